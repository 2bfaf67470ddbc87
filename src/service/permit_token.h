/* The electronic permit: a short-lived token that anybody checks offline with the public key.
 *
 *   token = base64url(payload) "." base64url(signature)
 *   payload = JSON {"v":1,"n":number,"s":state,"f":in force,"d":division,"i":issued,"e":expires,
 *             "k":key}, times in seconds since 1970 UTC; nothing else, in any order, no name twice
 *   signature = SM2 with SM3 over "jifen-permit-1." and the first part as it stands
 *
 * A token says nothing about the person: who holds it out shows that by other means. It lives for
 * a minute, so that a picture of it is worth nothing, and so that a suspension shows at once. */
#ifndef JIFEN_SERVICE_PERMIT_TOKEN_H
#define JIFEN_SERVICE_PERMIT_TOKEN_H

#include "base/crypt.h"
#include "service/permit.h"

#define PERMIT_TOKEN_SECONDS 60      /* how long one made here lives */
#define PERMIT_TOKEN_SECONDS_MAX 300 /* one that claims to live longer is refused */
#define PERMIT_TOKEN_SKEW 30         /* seconds a verifier's clock may be behind */
#define PERMIT_TOKEN_MAX 1024        /* bytes */
#define PERMIT_KEY_ID 16             /* hex digits */

/* First digits of the SM3 of the public key in PEM. */
NODISCARD enum err permit_key_id(const struct sm2_key *k, char ret[PERMIT_KEY_ID + 1]);
/* A key in a PEM file, private or public. ERR_NOT_FOUND, ERR_IO, ERR_SYNTAX. */
NODISCARD enum err permit_key_read_file(const char *path, struct sm2_key **ret);

/* `now` in microseconds. ERR_RANGE: the card has no number, or one that no token holds. */
NODISCARD enum err permit_token_make(const struct sm2_key *k, const struct permit_card *card,
                                     int64_t now, struct buf *out);

enum permit_verdict {
    PERMIT_TOKEN_GOOD,      /* signed, in its time, the permit was in force when it was made */
    PERMIT_TOKEN_NOT_VALID, /* signed, in its time, and the permit is not in force: see state */
    PERMIT_TOKEN_EXPIRED,
    PERMIT_TOKEN_FUTURE,    /* made after now, by more than PERMIT_TOKEN_SKEW */
    PERMIT_TOKEN_WRONG_KEY, /* names another key */
    PERMIT_TOKEN_FORGED,    /* the signature does not fit */
    PERMIT_TOKEN_MALFORMED,
    PERMIT_VERDICT_COUNT
};
struct permit_shown { /* what a token says; to be believed from GOOD to FUTURE only */
    char number[40], state[40];
    bool in_force;
    int32_t division;
    int64_t issued, expires; /* microseconds UTC */
};
/* Needs no database. `ret` is filled from GOOD to FUTURE, else zeroed. */
enum permit_verdict permit_token_verify(struct str token, const struct sm2_key *k, int64_t now,
                                        struct permit_shown *ret);
const char *permit_verdict_code(enum permit_verdict v);
const char *permit_verdict_text(enum permit_verdict v, enum lang lang);
/* {"verdict","verdict_text","valid"} and from GOOD to FUTURE {"number","state","state_text",
 * "division","division_name","issued","expires"} */
void permit_shown_write(enum permit_verdict v, const struct permit_shown *x, enum lang lang,
                        struct json *out);

/* `text` as a QR code (error correction M) in SVG: one path, four modules of quiet zone, a title
 * for those who cannot see it. No script, no style sheet. ERR_RANGE: too long for a code. */
NODISCARD enum err permit_qr_svg(struct str text, struct str title, struct buf *out);

/* {"token","svg","expires","verify_url","state","valid"}: `verify_base` is what the address begins
 * with ("https://jifen.example/verify"). */
NODISCARD enum err permit_qr_write(const struct sm2_key *k, const struct permit_card *card,
                                   struct str verify_base, const struct caller *c,
                                   struct json *out);

#endif
