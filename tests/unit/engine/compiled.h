/* Rule texts compiled for a test, and findings as text. */
#ifndef JIFEN_TESTS_COMPILED_H
#define JIFEN_TESTS_COMPILED_H

#include "engine/check.h"

struct compiled {
    struct arena arena;
    struct src_file files[8];
    size_t file_count;
    struct diag_list diags;
    const struct rules *r;
};

/* One file from a text; aborts the test, with the findings, when it has errors. */
void compiled_text(struct compiled *c, const char *text);
/* Every .md file of a folder, in the order of names. */
void compiled_folder(struct compiled *c, const char *path);
void compiled_done(struct compiled *c);
/* All findings so far, rendered in the language; in the arena. */
const char *compiled_findings(struct compiled *c, enum lang lang);

/* The small rules of test_check.c and test_explain.c: `clauses` stands after the catalogue. */
extern const char compiled_head[];

#endif
