/* Random small rule programs for advice: a catalogue whose fields have few values and marks here
 * and there, and clauses that read them with bands, units, caps and conditions that need two facts.
 */
#ifndef JIFEN_TESTS_SMALL_H
#define JIFEN_TESTS_SMALL_H

#include "lang/rules.h"

/* A program as the text of one file; the same arguments give the same text. The compiler refuses a
 * cap that cannot bind: then the program without caps can be tried. */
void small_program(uint64_t seed, bool capped, struct buf *out);

#endif
