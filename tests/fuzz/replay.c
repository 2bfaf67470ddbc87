/* Replays a kept corpus through a fuzz target, as one ordinary test: replay CORPUS-DIRECTORY.
 *
 * Each input is named before it runs, so that after a crash the last line of the log is the input
 * that caused it; the plan then lacks its test, which the test runner reports. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "tests/fuzz/fuzz.h"

static int is_input(const struct dirent *e)
{
    return e->d_name[0] != '.';
}

static bool replay(const char *dir, const char *name)
{
    struct buf path;
    buf_init(&path, 0);
    buf_printf(&path, "%s/%s%c", dir, name, '\0');
    struct file_map map;
    bool good = buf_err(&path) == ERR_OK && file_map(path.p, &map) == ERR_OK;
    if (good) {
        /* A copy of the exact size, so that the sanitizer sees a read past its end. */
        uint8_t *bytes = malloc(map.bytes.n ? map.bytes.n : 1);
        INVARIANT(bytes);
        if (map.bytes.n) memcpy(bytes, map.bytes.p, map.bytes.n);
        LLVMFuzzerTestOneInput(bytes, map.bytes.n);
        free(bytes);
        file_unmap(&map);
    }
    buf_done(&path);
    return good;
}

int main(int argc, char **argv)
{
    struct dirent **names = NULL;
    int count = argc == 2 ? scandir(argv[1], &names, is_input, alphasort) : -1;
    bool good = count > 0;
    for (int i = 0; i < count; i++) {
        printf("# %s\n", names[i]->d_name);
        fflush(stdout);
        good = replay(argv[1], names[i]->d_name) && good;
        free(names[i]);
    }
    free(names);
    printf("%sok 1 - replay of %d inputs\n1..1\n", good ? "" : "not ", count);
    return good ? 0 : 1;
}
