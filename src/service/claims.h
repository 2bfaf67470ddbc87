/* 积分申请 and 复核申请: filed from the line they concern, with materials, a receipt number and a
 * legal deadline; taken up by staff of the place where the permit is. Deciding is later work.
 *
 * What is filed is frozen: statement, materials and their digests are kept as they were, and one
 * digest over all of it stands on the receipt. At most one claim of a person on an indicator is
 * open. Whoever reads somebody else's claim has that recorded by the caller (reads_record), before
 * the answer leaves. */
#ifndef JIFEN_SERVICE_CLAIMS_H
#define JIFEN_SERVICE_CLAIMS_H

#include "base/put.h"
#include "lang/rules.h"
#include "service/due.h"
#include "service/lifecycle.h"
#include "service/material.h"
#include "store/store.h"

extern const struct life claim_life;

enum claim_kind {
#define KIND(id, code, term, zh, en) CLAIM_KIND_##id,
#include "service/claim.def"
#undef KIND
    CLAIM_KIND_COUNT
};

#define CLAIM_STATEMENT 6000 /* most bytes */

struct claim_file {
    struct str name, media_type; /* as sent; the type is found anew, and must agree if given */
    struct str bytes;
};
struct claim_filing {
    enum claim_kind kind;
    struct str indicator; /* ASCII name of an indicator that applies to the person */
    struct str reason;    /* code of claim.def */
    struct str month;     /* YYYY-MM that is disputed; may be empty */
    struct str statement;
    struct claim_file files[MATERIAL_COUNT];
    uint32_t file_count;
};
/* What is wrong with a filing: for problem details. Members may be empty. */
struct claim_fault {
    const char *field; /* "indicator", "materials" … */
    const char *code;  /* stable */
    const char *text[LANG_COUNT];
    const struct life_word *guard; /* that said no; NULL = none did */
};

/* {"kind","indicator","reason","month"?,"statement","materials":[{"name","media_type","base64"}]}.
 * ERR_SYNTAX: no such JSON; ERR_RANGE: *ret_fault. Texts and bytes live in the arena. */
NODISCARD enum err claim_filing_read(struct arena *a, struct str json, struct claim_filing *ret,
                                     struct claim_fault *ret_fault);

/* File it for the caller. Answer: {"number","state","deadline","working_days","provisional",
 * "digest"}. ERR_RANGE with *ret_fault: something is wrong with what is filed; ERR_EXISTS: one on
 * the indicator is open (ret_fault->guard); ERR_NOT_FOUND: the caller has no permit anywhere, so no
 * place is in charge; ERR_DENIED; ERR_CONFLICT: the key was used for another. */
NODISCARD enum err claim_file(struct store *s, struct arena *a, const struct rules *r,
                              const struct caller *c, struct str key, const struct claim_filing *f,
                              struct str *ret_answer, struct claim_fault *ret_fault);
/* "take", "withdraw". Answer {"number","state","deadline"}. ERR_NOT_FOUND, ERR_DENIED, ERR_CONFLICT
 * (not in this state). */
NODISCARD enum err claim_step(struct store *s, struct arena *a, const struct caller *c,
                              struct str key, struct str number, struct str event,
                              struct str *ret_answer);
/* For due.h: an overdue one is told to the superior. */
NODISCARD enum err claim_due(const struct due_call *d, const struct store_object *o,
                             uint32_t *steps);

/* {"items":[…]} of the caller, newest first. */
NODISCARD enum err claims_own(struct store *s, struct arena *a, const struct rules *r,
                              const struct caller *c, struct json *out);
/* {"items":[…],"next":number or null} of the caller's place, oldest first, behind `after`; nobody's
 * name. `state` empty = those that are open. */
NODISCARD enum err claims_list(struct store *s, struct arena *a, const struct rules *r,
                               const struct caller *c, struct str state, int64_t after,
                               struct json *out);
/* One claim: one's own, or of the caller's place. *ret_person: whose it is. ERR_NOT_FOUND also
 * where it is somebody else's. Staff also see which materials others have handed in too (a hint,
 * never a reason), and whether the digest still fits. */
NODISCARD enum err claim_show(struct store *s, struct arena *a, const struct rules *r,
                              const struct caller *c, struct str number, struct json *out,
                              int64_t *ret_person);
NODISCARD enum err claim_material(struct store *s, struct arena *a, const struct caller *c,
                                  struct str number, int64_t id, struct store_material *ret,
                                  int64_t *ret_person);
/* {"kinds":[{"kind","text","working_days","reasons":[{"reason","text"}]}],"limits":{…}} */
void claims_form(int32_t division, enum lang lang, struct json *out);

#endif
