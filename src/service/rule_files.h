/* Rule folders, rule files and rule images from disk -> a compiled rule image. */
#ifndef JIFEN_SERVICE_RULE_FILES_H
#define JIFEN_SERVICE_RULE_FILES_H

#include "lang/rules.h"

struct rule_set {
    struct src_file *files; /* by path; texts live in the arena; none for an image file */
    size_t file_count;
    const struct rules *rules; /* NULL until compiled */
    struct str trouble;        /* on failure: the path it is about */
    size_t prose_files; /* Markdown files in folders that are no rule files and were left out */
};

/* Read rule files: each path is a file, or a folder whose *.md files with a rule file's first line
 * are taken, subfolders included, in the order of their paths. Fails with ret->trouble set:
 * ERR_NOT_FOUND, ERR_IO, ERR_INPUT (no rule file there), ERR_NOMEM. */
NODISCARD enum err rule_files_read(struct arena *a, const char *const *paths, size_t count,
                                   struct rule_set *ret);

/* Read and compile. A single file whose name does not end in .md is an image written by
 * `jifen rules compile`. Further: ERR_RULES (findings in diags), ERR_CORRUPT (a damaged image). */
NODISCARD enum err rule_set_load(struct arena *a, const char *const *paths, size_t count,
                                 struct diag_list *diags, struct rule_set *ret);

/* Is this the first line of a rule file? */
bool rule_file_has_head(struct str text);

#endif
