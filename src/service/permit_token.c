/* Tokens of the electronic permit. See permit_token.h. */
#include "service/permit_token.h"

#include <jansson.h>
#include <qrencode.h>
#include <stdlib.h>
#include <string.h>

#include "base/division.h"
#include "base/file.h"
#include "base/put.h"

#define DOMAIN "jifen-permit-1." /* a signature made for something else never fits */
#define SIGNATURE_BYTES 64
#define MEMBERS 8

static const struct {
    const char *code, *text[LANG_COUNT];
} verdicts[PERMIT_VERDICT_COUNT] = {
    [PERMIT_TOKEN_GOOD] = {"good", {"居住证有效", "the permit is in force"}},
    [PERMIT_TOKEN_NOT_VALID] = {"not_valid",
                                {"居住证目前不在有效状态", "the permit is not in force"}},
    [PERMIT_TOKEN_EXPIRED] = {"expired",
                              {"二维码已过期，请持证人刷新",
                               "the code has expired; ask the holder for a fresh one"}},
    [PERMIT_TOKEN_FUTURE] = {"future",
                             {"二维码的时间在将来，请检查本机时钟",
                              "the code is from the future; check this device's clock"}},
    [PERMIT_TOKEN_WRONG_KEY] = {"wrong_key",
                                {"不是用本系统的密钥签发的",
                                 "signed with a key of another system"}},
    [PERMIT_TOKEN_FORGED] = {"forged", {"签名不符", "the signature does not fit"}},
    [PERMIT_TOKEN_MALFORMED] = {"malformed", {"不是居住证二维码", "this is no permit code"}},
};

const char *permit_verdict_code(enum permit_verdict v)
{
    return verdicts[v].code;
}

const char *permit_verdict_text(enum permit_verdict v, enum lang lang)
{
    return verdicts[v].text[lang];
}

/* --- keys --- */

enum err permit_key_id(const struct sm2_key *k, char ret[PERMIT_KEY_ID + 1])
{
    struct buf pem, hex;
    struct hash h;

    buf_init(&pem, 0);
    buf_init(&hex, 0);
    enum err e = sm2_key_add_pem(k, false, &pem);
    if (e == ERR_OK) e = buf_err(&pem);
    if (e == ERR_OK) e = hash_sm3(buf_str(&pem), &h);
    if (e == ERR_OK) {
        hash_add_text(&hex, &h);
        e = buf_err(&hex);
    }
    if (e == ERR_OK) {
        memcpy(ret, hex.p, PERMIT_KEY_ID);
        ret[PERMIT_KEY_ID] = '\0';
    }
    buf_done(&pem);
    buf_done(&hex);
    return e;
}

enum err permit_key_read_file(const char *path, struct sm2_key **ret)
{
    struct file_map file;
    enum err e = file_map(path, &file);

    if (e != ERR_OK) return e;
    e = file.bytes.n > 0 ? sm2_key_read_pem(file.bytes, ret) : ERR_SYNTAX;
    file_unmap(&file);
    return e;
}

/* --- making --- */

static void add_payload(struct buf *out, const struct permit_card *card, int64_t issued,
                        const char *key)
{
    struct json j;

    json_init(&j, out, false);
    json_open_object(&j);
    put_int(&j, "v", 1);
    put_str(&j, "n", card->number);
    put_str(&j, "s", card->state);
    put_int(&j, "f", card->is_valid);
    put_int(&j, "d", card->division);
    put_int(&j, "i", issued);
    put_int(&j, "e", issued + PERMIT_TOKEN_SECONDS);
    put_text(&j, "k", key);
    json_end(&j);
}

/* Sign the first part, which stands in `out` behind `at`. */
static enum err add_signature(const struct sm2_key *k, struct str part, struct buf *out)
{
    uint8_t signature[SIGNATURE_BYTES];
    struct buf signed_text;

    buf_init(&signed_text, 0);
    buf_add_c(&signed_text, DOMAIN);
    buf_add(&signed_text, part);
    enum err e = buf_err(&signed_text);
    if (e == ERR_OK) e = sm2_sign(k, buf_str(&signed_text), signature);
    buf_done(&signed_text);
    if (e != ERR_OK) return e;
    buf_add_char(out, '.');
    base64url_add(out, (struct str){(const char *)signature, sizeof signature});
    return buf_err(out);
}

enum err permit_token_make(const struct sm2_key *k, const struct permit_card *card, int64_t now,
                           struct buf *out)
{
    const struct permit_shown *room = NULL;
    char key[PERMIT_KEY_ID + 1];
    struct buf payload, part;

    if (card->number.n == 0 || card->number.n >= sizeof room->number ||
        card->state.n >= sizeof room->state)
        return ERR_RANGE;
    buf_init(&payload, 0);
    buf_init(&part, 0);
    enum err e = permit_key_id(k, key);
    if (e == ERR_OK) add_payload(&payload, card, now / MICROS_PER_SECOND, key);
    if (e == ERR_OK) e = buf_err(&payload);
    if (e == ERR_OK) base64url_add(&part, buf_str(&payload));
    if (e == ERR_OK) e = buf_err(&part);
    if (e == ERR_OK) {
        buf_add(out, buf_str(&part));
        e = add_signature(k, buf_str(&part), out);
    }
    buf_done(&payload);
    buf_done(&part);
    return e;
}

/* --- checking --- */

static bool is_signed(struct str part, struct str signature64, const struct sm2_key *k)
{
    struct buf signature, text;

    buf_init(&signature, SIGNATURE_BYTES);
    buf_init(&text, 0);
    buf_add_c(&text, DOMAIN);
    buf_add(&text, part);
    const bool good = base64url_parse(signature64, &signature) == ERR_OK &&
                      signature.n == SIGNATURE_BYTES && !text.failed &&
                      sm2_verify(k, buf_str(&text), (const uint8_t *)signature.p);
    buf_done(&signature);
    buf_done(&text);
    return good;
}

static bool take_text(const json_t *o, const char *name, char *ret, size_t room)
{
    const json_t *v = json_object_get(o, name);
    const size_t n = json_is_string(v) ? json_string_length(v) : 0;

    if (n == 0 || n >= room) return false;
    memcpy(ret, json_string_value(v), n);
    ret[n] = '\0';
    return strlen(ret) == n;
}

static bool take_int(const json_t *o, const char *name, int64_t lo, int64_t hi, int64_t *ret)
{
    const json_t *v = json_object_get(o, name);

    if (!json_is_integer(v) || json_integer_value(v) < lo || json_integer_value(v) > hi)
        return false;
    *ret = json_integer_value(v);
    return true;
}

/* Exactly the members of the format, each of its type and range. */
static bool take_payload(struct str text, struct permit_shown *x, char key[PERMIT_KEY_ID + 1])
{
    const int64_t last = INT64_MAX / MICROS_PER_SECOND;
    int64_t v, f, d, i, e;
    json_t *o = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, NULL);
    const bool good = json_is_object(o) && json_object_size(o) == MEMBERS &&
                      take_int(o, "v", 1, 1, &v) &&
                      take_text(o, "n", x->number, sizeof x->number) &&
                      take_text(o, "s", x->state, sizeof x->state) && take_int(o, "f", 0, 1, &f) &&
                      take_int(o, "d", 100000, 999999, &d) && take_int(o, "i", 0, last, &i) &&
                      take_int(o, "e", 0, last, &e) && take_text(o, "k", key, PERMIT_KEY_ID + 1);

    json_decref(o);
    if (!good || e <= i || e - i > PERMIT_TOKEN_SECONDS_MAX) return false;
    x->in_force = f;
    x->division = (int32_t)d;
    x->issued = i * MICROS_PER_SECOND;
    x->expires = e * MICROS_PER_SECOND;
    return true;
}

static enum permit_verdict judge(struct str token, const struct sm2_key *k, int64_t now,
                                 struct permit_shown *x)
{
    const char *dot = token.n <= PERMIT_TOKEN_MAX ? memchr(token.p, '.', token.n) : NULL;
    char own[PERMIT_KEY_ID + 1], key[PERMIT_KEY_ID + 1];
    struct buf payload;

    if (!dot) return PERMIT_TOKEN_MALFORMED;
    const struct str part = {token.p, (size_t)(dot - token.p)};
    const struct str signature = {dot + 1, token.n - part.n - 1};
    buf_init(&payload, PERMIT_TOKEN_MAX);
    const bool reads = base64url_parse(part, &payload) == ERR_OK && !payload.failed &&
                       take_payload(buf_str(&payload), x, key);
    buf_done(&payload);
    if (!reads || permit_key_id(k, own) != ERR_OK) return PERMIT_TOKEN_MALFORMED;
    if (strcmp(own, key) != 0) return PERMIT_TOKEN_WRONG_KEY;
    if (!is_signed(part, signature, k)) return PERMIT_TOKEN_FORGED;
    if (x->issued > now && x->issued - now > PERMIT_TOKEN_SKEW * MICROS_PER_SECOND)
        return PERMIT_TOKEN_FUTURE;
    if (now >= x->expires) return PERMIT_TOKEN_EXPIRED;
    return x->in_force ? PERMIT_TOKEN_GOOD : PERMIT_TOKEN_NOT_VALID;
}

static bool is_believed(enum permit_verdict v)
{
    return v <= PERMIT_TOKEN_FUTURE;
}

enum permit_verdict permit_token_verify(struct str token, const struct sm2_key *k, int64_t now,
                                        struct permit_shown *ret)
{
    struct permit_shown x = {.in_force = false};
    const enum permit_verdict v = token.n > 0 ? judge(token, k, now, &x) : PERMIT_TOKEN_MALFORMED;

    *ret = is_believed(v) ? x : (struct permit_shown){.in_force = false};
    return v;
}

void permit_shown_write(enum permit_verdict v, const struct permit_shown *x, enum lang lang,
                        struct json *out)
{
    json_open_object(out);
    put_text(out, "verdict", verdicts[v].code);
    put_text(out, "verdict_text", verdicts[v].text[lang]);
    put_bool(out, "valid", v == PERMIT_TOKEN_GOOD);
    if (is_believed(v)) {
        const struct life_state *state = life_state_named(&permit_life, str_from_c(x->state));
        const struct division *d = division_find(x->division);
        put_text(out, "number", x->number);
        put_text(out, "state", x->state);
        put_text(out, "state_text", state ? state->text[lang] : x->state);
        put_int(out, "division", x->division);
        put_text(out, "division_name", d ? (lang == LANG_ZH ? d->zh : d->en) : "");
        put_instant(out, "issued", x->issued);
        put_instant(out, "expires", x->expires);
    }
    json_end(out);
}

/* --- as a picture --- */

#define QUIET 4 /* modules around the code, as ISO/IEC 18004 asks */

static void add_escaped(struct buf *out, struct str text)
{
    for (size_t i = 0; i < text.n; i++) {
        const char c = text.p[i];
        if (c == '<')
            buf_add_c(out, "&lt;");
        else if (c == '>')
            buf_add_c(out, "&gt;");
        else if (c == '&')
            buf_add_c(out, "&amp;");
        else if (c == '"')
            buf_add_c(out, "&quot;");
        else if ((unsigned char)c >= 0x20)
            buf_add_char(out, c);
    }
}

/* Dark modules as runs along each row: "M x y h n v 1 h -n z". */
static void add_path(struct buf *out, const QRcode *code)
{
    for (int y = 0; y < code->width; y++)
        for (int x = 0; x < code->width;) {
            const unsigned char *row = code->data + (size_t)y * (size_t)code->width;
            int n = 0;
            while (x + n < code->width && (row[x + n] & 1))
                n++;
            if (n > 0) buf_printf(out, "M%d %dh%dv1h-%dz", x + QUIET, y + QUIET, n, n);
            x += n > 0 ? n : 1;
        }
}

enum err permit_qr_svg(struct str text, struct str title, struct buf *out)
{
    if (text.n == 0 || text.n > 2 * PERMIT_TOKEN_MAX) return ERR_RANGE;
    QRcode *code = QRcode_encodeData((int)text.n, (const unsigned char *)text.p, 0, QR_ECLEVEL_M);
    if (!code) return ERR_RANGE;
    const int side = code->width + 2 * QUIET;
    buf_printf(out,
               "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"img\" "
               "shape-rendering=\"crispEdges\"><title>",
               side, side);
    add_escaped(out, title);
    buf_printf(out, "</title><path fill=\"#fff\" d=\"M0 0h%dv%dh-%dz\"/><path fill=\"#000\" d=\"",
               side, side, side);
    add_path(out, code);
    buf_add_c(out, "\"/></svg>");
    QRcode_free(code);
    return buf_err(out);
}

enum err permit_qr_write(const struct sm2_key *k, const struct permit_card *card,
                         struct str verify_base, const struct caller *c, struct json *out)
{
    const struct life_state *state = life_state_named(&permit_life, card->state);
    const int64_t issued = c->now / MICROS_PER_SECOND;
    struct buf token, address, svg, title;

    buf_init(&token, 0);
    buf_init(&address, 0);
    buf_init(&svg, 0);
    buf_init(&title, 0);
    buf_printf(&title, "%s %.*s %s", c->lang == LANG_ZH ? "电子居住证" : "Electronic permit",
               STR_ARG(card->number), state ? state->text[c->lang] : "");
    enum err e = permit_token_make(k, card, c->now, &token);
    buf_add(&address, verify_base);
    buf_add_c(&address, "?token=");
    buf_add(&address, buf_str(&token));
    if (e == ERR_OK) e = buf_err(&address) == ERR_OK ? buf_err(&title) : ERR_NOMEM;
    if (e == ERR_OK) e = permit_qr_svg(buf_str(&address), buf_str(&title), &svg);
    if (e == ERR_OK) {
        json_open_object(out);
        put_str(out, "token", buf_str(&token));
        put_str(out, "svg", buf_str(&svg));
        put_instant(out, "expires", (issued + PERMIT_TOKEN_SECONDS) * MICROS_PER_SECOND);
        put_str(out, "verify_url", buf_str(&address));
        put_str(out, "state", card->state);
        put_bool(out, "valid", card->is_valid);
        json_end(out);
    }
    buf_done(&token);
    buf_done(&address);
    buf_done(&svg);
    buf_done(&title);
    return e;
}
