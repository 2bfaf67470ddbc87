/* Rule sources from strings: what the tests of the checker share. */
#ifndef JIFEN_TESTS_CHECK_SUPPORT_H
#define JIFEN_TESTS_CHECK_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/date.h"
#include "lang/rules.h"

#define FILES_MOST 6

/* One run of the compiler over texts that are put together by printf. */
struct run {
    struct arena arena;
    struct src_file files[FILES_MOST];
    size_t file_count;
    struct diag_list diags;
    const struct rules *rules; /* NULL on errors */
    enum err err;
};

void run_init(struct run *t);
void run_done(struct run *t);
/* Add a file: the first line, the head and `code` in a fence under a heading. */
void run_province(struct run *t, const char *code);
void run_local(struct run *t, const char *name, const char *head, const char *code);
void run_compile(struct run *t);
/* Compile a province with the shared catalogue and one indicator of the given body. */
void run_body(struct run *t, const char *body);
/* The whole text of a file as it stands. */
void run_file(struct run *t, const char *path, struct str text);

bool run_has(const struct run *t, const char *code);
void run_print(const struct run *t);
/* The node of the only clause's body. */
const struct rule_node *run_root(const struct run *t);
int32_t find_indicator(const struct rules *r, const char *ascii);
int32_t find_group(const struct rules *r, const char *ascii);
int32_t find_param(const struct rules *r, const char *ascii);

#define DAY(y, m, d) date_from_civil((y), (m), (d))

#endif
