/* What random tests share. */
#include "random_env.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/date.h"
#include "base/file.h"

uint64_t random_env(const char *name, uint64_t otherwise)
{
    const char *v = getenv(name);
    return v && *v ? strtoull(v, NULL, 10) : otherwise;
}

int32_t random_day(uint64_t n)
{
    return date_from_civil(2024, 1, 1) + (int32_t)(n * 2654435761u % 1500);
}

bool random_files(struct arena *a, char **path, int count, struct src_file *files)
{
    for (int i = 0; files && i < count; i++) {
        struct file_map m;
        if (file_map(path[i], &m) != ERR_OK) return false;
        files[i].path = str_from_c(path[i]);
        files[i].text = str_copy(a, m.bytes);
        file_unmap(&m);
    }
    return files != NULL;
}

bool random_rules(struct arena *a, char **path, int count, const struct rules **ret)
{
    struct diag_list diags;

    arena_init(a, 0);
    diag_list_init(&diags, a);
    struct src_file *files = ARENA_ARRAY(a, struct src_file, (size_t)count);
    return random_files(a, path, count, files) &&
           rules_compile(a, files, (size_t)count, &diags, ret) == ERR_OK;
}

void random_parts(struct CMUnitTest *ret, char (*names)[RANDOM_NAME_BYTES], uint32_t count,
                  const char *what, CMUnitTestFunction test)
{
    for (uint32_t i = 0; i < count; i++) {
        snprintf(names[i], RANDOM_NAME_BYTES, "%s, part %u of %u", what, i + 1, count);
        ret[i] = (struct CMUnitTest){
            .name = names[i], .test_func = test, .initial_state = (void *)(uintptr_t)i};
    }
}
