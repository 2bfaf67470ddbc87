/* Lines that are written by a thread of their own: whoever adds one waits for a short lock, never
 * for the file. When the file is slower than the lines come, lines are dropped and counted. */
#ifndef JIFEN_HTTP_LOG_H
#define JIFEN_HTTP_LOG_H

#include "base/text.h"

struct line_log;

NODISCARD enum err line_log_open(int fd, struct line_log **ret); /* fd stays the caller's */
void line_log_add(struct line_log *l, struct str line); /* with its line end; l may be NULL */
uint64_t line_log_dropped(struct line_log *l);
void line_log_close(struct line_log *l); /* writes what is there; accepts NULL */

#endif
