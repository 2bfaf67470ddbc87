/* Fuzz target: the reader of population images, behind its checksums.
 *
 * The input is a segment. Checked besides not crashing: what is accepted is scored by both
 * evaluators, which agree; written as an image and read back, it is accepted again. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/date.h"
#include "base/file.h"
#include "service/population_image.h"
#include "tests/fuzz/fuzz.h"

#define INPUT_BYTES_MAX ((size_t)1 << 18)
#define ALIGNMENT 64u

static struct arena rules_arena;
static const struct rules *rules;
static char path[] = "/tmp/jifen-fuzz-population-XXXXXX";

static void tear_down(void)
{
    unlink(path);
}

static void set_up(void)
{
    rules = fuzz_rules(&rules_arena, JIFEN_FUZZ_RULES);
    int fd = mkstemp(path);
    FUZZ_CHECK(fd >= 0);
    close(fd);
    FUZZ_CHECK(atexit(tear_down) == 0);
}

static void write_and_read(const struct image_segment *s)
{
    const struct image_source source = {.origin = IMAGE_FROM_FILES};
    const struct image_run all = {&s->people, 0, s->people.count};
    struct image_writer *w;
    struct population_image *m;
    uint32_t segment;
    FUZZ_CHECK(image_writer_open(path, rules, &w) == ERR_OK);
    FUZZ_CHECK(image_writer_segment(w, &all, 1, s->strangers, s->stranger_count) == ERR_OK);
    FUZZ_CHECK(image_writer_commit(w, &source) == ERR_OK);
    FUZZ_CHECK(image_open(path, rules, NULL, &m) == ERR_OK);
    FUZZ_CHECK(image_counts(m)->persons == s->people.count);
    FUZZ_CHECK(image_verify(m, NULL, NULL, &segment) == ERR_OK);
    image_close(m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || size > INPUT_BYTES_MAX) return 0;
    if (!rules) set_up();
    size_t padded = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    char *bytes = aligned_alloc(ALIGNMENT, padded);
    FUZZ_CHECK(bytes);
    memset(bytes, 0, padded);
    memcpy(bytes, data, size);
    struct image_segment s = {.flags = IMAGE_WITH_IDS | IMAGE_WITH_KEYS};
    arena_init(&s.arena, FUZZ_ARENA_BYTES);
    if (image_segment_read((struct str){bytes, padded}, rules, true, &s) == ERR_OK) {
        fuzz_score_population(&s.people, 0, date_from_civil(2026, 3, 1));
        write_and_read(&s);
    }
    arena_done(&s.arena);
    free(bytes);
    return 0;
}
