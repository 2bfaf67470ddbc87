/* The error table (err.def) as functions.
 *
 * Structure: one table indexed by the value; err_invariant_failed is the only way out that does
 * not return. Invariant: every value of the enumeration has a row, because both are made from the
 * same list. */
#include "base/err.h"

#include <stdio.h>
#include <stdlib.h>

static const struct {
    int exit_code;
    const char *text;
} ERRORS[ERR_COUNT] = {
#define ERR(code, exit_code, text) [ERR_##code] = {exit_code, text},
#include "base/err.def"
#undef ERR
};

const char *err_text(enum err e)
{
    INVARIANT((unsigned)e < ERR_COUNT);
    return ERRORS[e].text;
}

int err_exit_code(enum err e)
{
    INVARIANT((unsigned)e < ERR_COUNT);
    return ERRORS[e].exit_code;
}

void err_invariant_failed(const char *cond, const char *file, int line)
{
    fprintf(stderr, "%s:%d: impossible state: not (%s)\n", file, line, cond);
    abort();
}
