/* The certificate shown in a handshake is a copy of the one in force, so that the one in force can
 * be exchanged (and its key wiped) while handshakes with it go on. */
#include "http/server_tls.h"

#include <gnutls/abstract.h>
#include <gnutls/x509.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"

#define CHAIN_MAX 16

struct shown {
    gnutls_x509_crt_t chain[CHAIN_MAX];
    unsigned count; /* 0 = none */
    gnutls_x509_privkey_t key;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of `now` */
static struct shown now;

enum fault { FAULT_FILE, FAULT_CERT, FAULT_KEY, FAULT_OTHER };

static const char *const fault_texts[][LANG_COUNT] = {
    [FAULT_FILE] = {"不能读取", "it cannot be read"},
    [FAULT_CERT] = {"不是 PEM 格式的证书", "it is no certificate in PEM form"},
    [FAULT_KEY] = {"不是不带口令的 PEM 格式私钥", "it is no key in PEM form without a password"},
    [FAULT_OTHER] = {"这个私钥不是该证书的", "the key is of another certificate"}};

static enum err say(enum err e, enum fault fault, const char *path, enum lang lang,
                    struct buf *message)
{
    if (e == ERR_NOMEM) return e;
    buf_printf(message,
               lang == LANG_ZH ? "TLS 证书不能用：%s：%s\n"
                               : "the TLS certificate cannot be used: "
                                 "%s: %s\n",
               path, fault_texts[fault][lang]);
    return e;
}

static void drop(struct shown *x)
{
    for (unsigned i = 0; i < x->count; i++)
        gnutls_x509_crt_deinit(x->chain[i]);
    if (x->key) gnutls_x509_privkey_deinit(x->key);
    *x = (struct shown){0};
}

/* --- reading --- */

static enum err err_of(int rc)
{
    return rc == GNUTLS_E_MEMORY_ERROR ? ERR_NOMEM : ERR_SYNTAX;
}

static enum err take_chain(const gnutls_datum_t *pem, struct shown *x)
{
    unsigned count = CHAIN_MAX;
    const int rc = gnutls_x509_crt_list_import(x->chain, &count, pem, GNUTLS_X509_FMT_PEM,
                                               GNUTLS_X509_CRT_LIST_IMPORT_FAIL_IF_EXCEED);

    if (rc <= 0) return err_of(rc);
    x->count = (unsigned)rc;
    return ERR_OK;
}

static enum err take_key(const gnutls_datum_t *pem, struct shown *x)
{
    int rc = gnutls_x509_privkey_init(&x->key);

    if (rc == 0) rc = gnutls_x509_privkey_import2(x->key, pem, GNUTLS_X509_FMT_PEM, NULL, 0);
    return rc == 0 ? ERR_OK : err_of(rc);
}

static enum err take_file(const char *path,
                          enum err (*take)(const gnutls_datum_t *, struct shown *), struct shown *x,
                          enum fault *fault)
{
    struct file_map file;
    const enum err e = file_map(path, &file);

    if (e != ERR_OK) {
        *fault = FAULT_FILE;
        return e == ERR_NOMEM ? e : ERR_IO;
    }
    const gnutls_datum_t pem = {(unsigned char *)(uintptr_t)file.bytes.p, (unsigned)file.bytes.n};
    const enum err taken = take(&pem, x);
    file_unmap(&file);
    return taken;
}

/* One digest for a public key and for the private key it belongs to. */
static enum err check_pair(const struct shown *x)
{
    unsigned char cert[32], key[32];
    size_t cert_n = sizeof cert, key_n = sizeof key;

    if (gnutls_x509_crt_get_key_id(x->chain[0], GNUTLS_KEYID_USE_SHA256, cert, &cert_n) != 0 ||
        gnutls_x509_privkey_get_key_id(x->key, GNUTLS_KEYID_USE_SHA256, key, &key_n) != 0)
        return ERR_SYNTAX;
    return cert_n == key_n && memcmp(cert, key, key_n) == 0 ? ERR_OK : ERR_CONFLICT;
}

static enum err read_pair(const char *cert_path, const char *key_path, enum lang lang,
                          struct buf *message, struct shown *x)
{
    enum fault fault = FAULT_CERT;
    enum err e = take_file(cert_path, take_chain, x, &fault);

    if (e != ERR_OK) return say(e, fault, cert_path, lang, message);
    fault = FAULT_KEY;
    e = take_file(key_path, take_key, x, &fault);
    if (e != ERR_OK) return say(e, fault, key_path, lang, message);
    e = check_pair(x);
    return e == ERR_OK ? e : say(e, FAULT_OTHER, key_path, lang, message);
}

enum err tls_load(const char *cert_path, const char *key_path, enum lang lang, struct buf *message)
{
    struct shown fresh = {0}, old;
    const enum err e = read_pair(cert_path, key_path, lang, message, &fresh);

    if (e != ERR_OK) {
        drop(&fresh);
        return e;
    }
    pthread_mutex_lock(&lock);
    old = now;
    now = fresh;
    pthread_mutex_unlock(&lock);
    drop(&old);
    return ERR_OK;
}

void tls_forget(void)
{
    pthread_mutex_lock(&lock);
    drop(&now);
    pthread_mutex_unlock(&lock);
}

/* --- showing --- */

static int copy_chain(const struct shown *x, gnutls_pcert_st **ret)
{
    gnutls_pcert_st *list = gnutls_calloc(x->count, sizeof *list);
    int rc = list ? 0 : GNUTLS_E_MEMORY_ERROR;
    unsigned n = 0;

    while (rc == 0 && n < x->count) {
        rc = gnutls_pcert_import_x509(&list[n], x->chain[n], 0);
        if (rc == 0) n++;
    }
    if (rc == 0) {
        *ret = list;
        return 0;
    }
    while (n > 0)
        gnutls_pcert_deinit(&list[--n]);
    gnutls_free(list);
    return rc;
}

static int copy_key(const struct shown *x, gnutls_privkey_t *ret)
{
    gnutls_privkey_t key;
    int rc = gnutls_privkey_init(&key);

    if (rc != 0) return rc;
    rc = gnutls_privkey_import_x509(key, x->key, GNUTLS_PRIVKEY_IMPORT_COPY);
    if (rc == 0)
        *ret = key;
    else
        gnutls_privkey_deinit(key);
    return rc;
}

/* A handshake's own copies, which GnuTLS frees after it. */
static int show(gnutls_session_t session, const struct gnutls_cert_retr_st *info,
                gnutls_pcert_st **ret_chain, unsigned *ret_count, gnutls_ocsp_data_st **ret_ocsp,
                unsigned *ret_ocsp_count, gnutls_privkey_t *ret_key, unsigned *ret_flags)
{
    gnutls_privkey_t key = NULL;

    (void)session;
    (void)info;
    pthread_mutex_lock(&lock);
    int rc = now.count > 0 ? copy_key(&now, &key) : GNUTLS_E_INSUFFICIENT_CREDENTIALS;
    if (rc == 0) rc = copy_chain(&now, ret_chain);
    *ret_count = now.count;
    pthread_mutex_unlock(&lock);
    if (rc != 0) {
        if (key) gnutls_privkey_deinit(key);
        *ret_count = 0;
        return rc;
    }
    *ret_key = key;
    *ret_ocsp = NULL;
    *ret_ocsp_count = 0;
    *ret_flags = GNUTLS_CERT_RETR_DEINIT_ALL;
    return 0;
}

void *tls_callback(void)
{
    static gnutls_certificate_retrieve_function3 *const function = show;
    void *pointer;

    memcpy(&pointer, &function, sizeof pointer);
    return pointer;
}
