/* Tickets of 浙里办: one adapter, two kinds, never interchangeable. The contract of the service that
 * tells what a ticket is worth is docs/CHANNEL.md.
 *
 *   ticket     comes with the redirect of the App and of Alipay
 *   ticketId   is given by ssoTicket() inside WeChat
 *
 * The call is made from here alone, signed (HMAC-SM3) with a secret that no browser sees. A ticket
 * is worth something once: whatever came of it, its text is refused from then on, under either
 * kind; unless the service gave no answer, when it may be tried again. */
#ifndef JIFEN_HTTP_TICKET_H
#define JIFEN_HTTP_TICKET_H

#include "base/text.h"

#define TICKET_USED_S 600  /* how long a used ticket is remembered */
#define TICKET_FRESH_S 300 /* a ticket was issued at most so long ago */

enum ticket_kind { TICKET_APP, TICKET_WECHAT, TICKET_KINDS };
extern const char *const ticket_words[TICKET_KINDS]; /* "ticket", "ticketId" */

struct ticket_config {
    struct str url[TICKET_KINDS]; /* empty: this kind is not set up */
    struct str app_key, app_secret;
    const char *ca;      /* NULL = the system's */
    uint32_t timeout_ms; /* 0 = FETCH_TIMEOUT_MS */
};
struct tickets;

/* Texts of c are copied. ERR_INPUT: something in c cannot be (message names it). */
NODISCARD enum err tickets_open(const struct ticket_config *c, struct buf *message,
                                struct tickets **ret);
void tickets_free(struct tickets *t);                          /* accepts NULL */
bool tickets_has(const struct tickets *t, enum ticket_kind k); /* t may be NULL */

struct ticket_identity {
    struct str subject, id_number; /* id_number may be empty */
};
/* ERR_DENIED: not a ticket, used before, refused, too old, of the other kind; ERR_IO: the service
 * does not answer; ERR_CORRUPT: it answers nonsense; ERR_NOT_FOUND: this kind is not set up.
 * `why`: for the operators' log, without personal data. */
NODISCARD enum err ticket_redeem(struct tickets *t, struct arena *a, enum ticket_kind k,
                                 struct str value, int64_t now, struct buf *why,
                                 struct ticket_identity *ret);

#endif
