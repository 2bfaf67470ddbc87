/* A data catalogue made by hand, so that the reader of registers is tested without the compiler:
 * the province's registers and one ("things") with a field of every other type. */
#ifndef JIFEN_TESTS_CATALOGUE_H
#define JIFEN_TESTS_CATALOGUE_H

#include "lang/rules.h"

enum { REG_PERSON, REG_PERMIT, REG_EDUCATION, REG_PENSION, REG_THINGS, REG_POST, REG_COUNT };

/* Valid forever; max_records of `pension` is 4. */
const struct rules *catalogue(void);

#endif
