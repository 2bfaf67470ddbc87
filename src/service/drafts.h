/* Drafts of rules: files that take the place of those in force of the same scheme, or add one.
 *
 *   files ──► draft_compile: with the files in force that stay ──► rule image, findings
 *                                                              └─► kept, if it compiles
 *
 * What does not compile is not kept: the files stay with whoever writes them, and every kept
 * draft can be run. It never changes; a new version is a new draft. What it replaces may change
 * beneath it, so that it is compiled again whenever it is run. */
#ifndef JIFEN_SERVICE_DRAFTS_H
#define JIFEN_SERVICE_DRAFTS_H

#include "base/json.h"
#include "lang/rules.h"
#include "service/access.h"
#include "store/store.h"

#define DRAFT_FILES_MAX 40
#define DRAFT_BYTES_MAX ((size_t)2 << 20) /* of all files */
#define DRAFT_LIST_MAX 200

struct draft_file {
    struct str name, text; /* name: without folders, ends in .md */
    struct str scheme;     /* ASCII name; "" = the file does not say */
    struct hash digest;    /* SM3 of the text */
    struct str digest_hex; /* the same */
};

struct draft {
    struct store_object object;
    struct str name;
    struct draft_file *files; /* texts only from draft_texts */
    uint32_t file_count;
    struct str rules,
        base; /* digests (hexadecimal): of the draft's image, of the rules in force then */
};

struct drafts { /* what a call works with */
    struct store *s;
    struct arena *a;
    const struct rules *r; /* in force, with the texts of their files */
    const struct caller *c;
};

/* What a compilation found. */
struct draft_checked {
    struct src_file *files; /* the set compiled: names without folders, in their order */
    size_t count;
    bool *of_draft; /* per file */
    struct diag_list diags;
    const struct rules *rules; /* NULL: it does not compile */
};

/* Fill in schemes and digests of the files and compile. ERR_RULES: does not compile, diags say why.
 * ERR_USAGE: the rules in force come without texts (a compiled image), nothing can be replaced.
 * ERR_RANGE: no file, too many or too large ones, two of a name, a name that is none. */
NODISCARD enum err draft_compile(struct arena *a, const struct rules *base,
                                 struct draft_file *files, uint32_t count,
                                 struct draft_checked *ret);

/* Compile and keep. ERR_RULES: nothing is kept; *checked says why, as it does on success. 
 * ERR_DENIED also where a file's scheme is not of the caller's place. */
NODISCARD enum err draft_make(struct drafts *x, struct str key, struct str name,
                              struct draft_file *files, uint32_t count,
                              struct draft_checked *checked, struct draft *ret);
NODISCARD enum err draft_get(struct drafts *x, struct str number, struct draft *ret);
/* Newest first, those of the caller's place, DRAFT_LIST_MAX at most. */
NODISCARD enum err draft_list(struct drafts *x, struct draft **ret, uint32_t *ret_count);
/* Read the texts of its files. */
NODISCARD enum err draft_texts(struct drafts *x, struct draft *d);
/* Whoever runs a simulation reads it without being asked again. */
NODISCARD enum err draft_find(struct drafts *x, struct str number, struct draft *ret);

void draft_add_json(const struct draft *d, const struct rules *r, bool with_texts, enum lang lang,
                    struct json *out);
/* An array: file, line, column, severity, sentence and remedy in both languages. */
void draft_add_findings(const struct draft_checked *k, struct json *out);

#endif
