/* The certificate that the server shows, read from its files and exchanged as a whole.
 *
 * The library's callback names no server: there is one certificate in a process. */
#ifndef JIFEN_HTTP_SERVER_TLS_H
#define JIFEN_HTTP_SERVER_TLS_H

#include "base/message.h"

/* Read certificate (a chain: the server's own first) and key, both PEM; handshakes from now on show
 * them. Any thread. Where they cannot be used `message` says so in `lang`, what was shown before
 * stays, and it fails: ERR_IO (a file cannot be read), ERR_SYNTAX (not PEM, more than 16
 * certificates, a key with a password), ERR_CONFLICT (a key of another certificate), ERR_NOMEM. */
NODISCARD enum err tls_load(const char *cert_path, const char *key_path, enum lang lang,
                            struct buf *message);
void tls_forget(void); /* no handshake is under way */

/* For MHD_OPTION_HTTPS_CERT_CALLBACK2. */
void *tls_callback(void);

#endif
