/* Diagnostics: what is wrong, where (up to two places), and what to do.
 *
 * A list keeps every diagnostic of a run in the order of (file, line, column, code). The rendered
 * form, in the language asked for:
 *
 *     FILE:LINE:COL: CODE sentence           (a warning: CODE warning: sentence)
 *         the source line
 *                ^^^^^^
 *       see also FILE:LINE:COL:              (only with a second place)
 *         its source line
 *         ^^^
 *       clause: heading path                 (only where it is set)
 *       hint: what to do                     (only where the message has one)
 */
#ifndef JIFEN_BASE_DIAG_H
#define JIFEN_BASE_DIAG_H

#include "base/message.h"

struct src_file {
    struct str path; /* as the caller named it */
    struct str text; /* whole content, UTF-8 */
    enum lang lang;  /* keyword language of the file's first line; LANG_ZH when it has none */
};

struct src_pos {
    uint32_t file;  /* index into the list of files */
    uint32_t line;  /* from 1; 0 = the whole file */
    uint32_t col;   /* from 1, in characters; 0 = the whole line */
    uint32_t chars; /* how many characters are meant; 0 = one */
};

enum severity { SEVERITY_ERROR, SEVERITY_WARNING };

#define DIAG_ARGS_MAX 6

struct diag {
    const struct message *message;
    enum severity severity;
    struct src_pos at;
    struct src_pos other;           /* line 0 = there is no second place */
    struct str heading;             /* heading path the place stands under; may be empty */
    struct str args[DIAG_ARGS_MAX]; /* copies in the list's arena */
    size_t arg_count;
};

struct diag_list {
    struct arena *arena; /* not owned */
    struct diag *items;
    size_t count, cap;
    size_t errors; /* how many of them are SEVERITY_ERROR */
    size_t max;    /* further ones are counted, not kept; 0 = 1000 */
    size_t dropped;
    bool out_of_memory; /* sticky */
};

void diag_list_init(struct diag_list *l, struct arena *a);

/* Add one; the arguments are copied. Never fails visibly: a lack of memory sets out_of_memory and
 * counts as an error. */
void diag_add(struct diag_list *l, const struct message *m, enum severity severity,
              struct src_pos at, struct src_pos other, const struct str *args, size_t arg_count);

/* Order by place, drop exact repeats. */
void diag_sort(struct diag_list *l);

/* Render one. `lang` is normally the language of the file it stands in. */
void diag_render(struct buf *out, const struct diag *d, const struct src_file *files,
                 size_t file_count, enum lang lang);

#endif
