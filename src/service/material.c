/* What a file is, from its bytes. See material.h. */
#include "service/material.h"

#include <string.h>

static const struct {
    const char *code, *text[LANG_COUNT];
} verdicts[MATERIAL_VERDICT_COUNT] = {
    [MATERIAL_GOOD] = {"good", {"可以接收", "can be taken"}},
    [MATERIAL_EMPTY] = {"empty", {"文件是空的", "the file is empty"}},
    [MATERIAL_TOO_LARGE] = {"too_large",
                            {"文件过大，每个至多5 MB，合计至多15 MB",
                             "too large: 5 MB each at most, 15 MB together"}},
    [MATERIAL_TYPE] = {"type",
                       {"只接收 JPEG、PNG 图片和 PDF", "only JPEG and PNG pictures and PDF"}},
    [MATERIAL_BROKEN] = {"broken",
                         {"文件不完整或者已损坏，请重新拍摄或者另存",
                          "the file is cut or damaged; take or save it anew"}},
    [MATERIAL_PIXELS_TOO_MANY] = {"pixels", {"图片的像素过多", "the picture has too many pixels"}},
    [MATERIAL_TWO_IN_ONE] = {"two_in_one",
                             {"文件里夹带了别的内容，请重新拍摄或者另存",
                              "something else is hidden in the file; take or save it anew"}},
    [MATERIAL_ACTIVE] = {"active",
                         {"PDF 含有脚本或者附件，请打印成普通 PDF 再提交",
                          "the PDF holds scripts or attachments; print it to a plain PDF"}},
};

const char *material_verdict_code(enum material_verdict v)
{
    return verdicts[v].code;
}

const char *material_verdict_text(enum material_verdict v, enum lang lang)
{
    return verdicts[v].text[lang];
}

static uint32_t byte_at(struct str s, size_t at)
{
    return (unsigned char)s.p[at];
}

static uint32_t be16(struct str s, size_t at)
{
    return byte_at(s, at) << 8 | byte_at(s, at + 1);
}

static uint32_t be32(struct str s, size_t at)
{
    return be16(s, at) << 16 | be16(s, at + 2);
}

static bool begins(struct str s, size_t at, const char *magic, size_t n)
{
    return at <= s.n && s.n - at >= n && memcmp(s.p + at, magic, n) == 0;
}

static enum material_verdict sized(uint32_t width, uint32_t height, struct material_kind *k)
{
    if (width == 0 || height == 0) return MATERIAL_BROKEN;
    if (width > MATERIAL_SIDE || height > MATERIAL_SIDE ||
        (uint64_t)width * height > MATERIAL_PIXELS)
        return MATERIAL_PIXELS_TOO_MANY;
    k->width = width;
    k->height = height;
    return MATERIAL_GOOD;
}

/* --- JPEG (ITU-T T.81): segments, entropy-coded data, end --- */

static bool is_frame(uint32_t marker)
{
    return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
}

/* Behind a scan's head: on to the next marker that is neither a stuffed byte nor a restart. */
static size_t skip_scan(struct str s, size_t at)
{
    while (at + 1 < s.n) {
        const uint32_t next = byte_at(s, at + 1);
        if (byte_at(s, at) == 0xFF && next != 0 && next != 0xFF && (next < 0xD0 || next > 0xD7))
            return at;
        at++;
    }
    return s.n;
}

static bool is_zeros(struct str s, size_t at)
{
    while (at < s.n && s.p[at] == 0)
        at++;
    return at == s.n;
}

static enum material_verdict check_jpeg(struct str s, struct material_kind *k)
{
    bool has_frame = false, has_scan = false;
    size_t at = 2;

    k->media_type = "image/jpeg";
    while (at + 4 <= s.n || (at + 2 <= s.n && byte_at(s, at + 1) == 0xD9)) {
        if (byte_at(s, at) != 0xFF) return MATERIAL_BROKEN;
        const uint32_t marker = byte_at(s, at + 1);
        if (marker == 0xFF) { /* fill byte */
            at++;
            continue;
        }
        if (marker == 0xD9) {
            if (!has_frame || !has_scan) return MATERIAL_BROKEN;
            return is_zeros(s, at + 2) ? MATERIAL_GOOD : MATERIAL_TWO_IN_ONE;
        }
        const uint32_t length = be16(s, at + 2);
        if (marker < 0xC0 || length < 2 || s.n - at - 2 < length) return MATERIAL_BROKEN;
        if (is_frame(marker)) {
            if (length < 8) return MATERIAL_BROKEN;
            const enum material_verdict v = sized(be16(s, at + 7), be16(s, at + 5), k);
            if (v != MATERIAL_GOOD) return v;
            has_frame = true;
        }
        at += 2 + length;
        if (marker == 0xDA) {
            has_scan = true;
            at = skip_scan(s, at);
        }
    }
    return MATERIAL_BROKEN;
}

/* --- PNG (ISO/IEC 15948): chunks from IHDR to IEND --- */

static enum material_verdict check_png(struct str s, struct material_kind *k)
{
    bool has_data = false;
    size_t at = 8;

    k->media_type = "image/png";
    if (s.n < at + 25 || be32(s, at) != 13 || !begins(s, at + 4, "IHDR", 4)) return MATERIAL_BROKEN;
    const enum material_verdict v = sized(be32(s, at + 8), be32(s, at + 12), k);
    if (v != MATERIAL_GOOD) return v;
    while (s.n - at >= 12) {
        const uint32_t length = be32(s, at);
        if (length > s.n - at - 12) return MATERIAL_BROKEN;
        if (begins(s, at + 4, "IDAT", 4)) has_data = true;
        const bool is_end = begins(s, at + 4, "IEND", 4);
        at += 12 + (size_t)length;
        if (!is_end) continue;
        if (!has_data || length != 0) return MATERIAL_BROKEN;
        return is_zeros(s, at) ? MATERIAL_GOOD : MATERIAL_TWO_IN_ONE;
    }
    return MATERIAL_BROKEN;
}

/* --- PDF: its head, its end, and no means to run or bring anything --- */

static bool has(struct str s, size_t from, size_t to, const char *word)
{
    if (to > s.n) to = s.n;
    return from < to && memmem(s.p + from, to - from, word, strlen(word)) != NULL;
}

static enum material_verdict check_pdf(struct str s, struct material_kind *k)
{
    static const char *const active[] = {"/JavaScript",   "/JS",        "/Launch",
                                         "/EmbeddedFile", "/RichMedia", "/XFA"};
    const size_t tail = s.n > 1024 ? s.n - 1024 : 0;

    k->media_type = "application/pdf";
    if (s.n < 32 || (byte_at(s, 5) != '1' && byte_at(s, 5) != '2')) return MATERIAL_BROKEN;
    if (!has(s, tail, s.n, "%%EOF") || !has(s, tail, s.n, "startxref")) return MATERIAL_BROKEN;
    for (size_t i = 0; i < sizeof active / sizeof *active; i++)
        if (has(s, 0, s.n, active[i])) return MATERIAL_ACTIVE;
    return MATERIAL_GOOD;
}

/* --- two in one --- */

static bool has_folded(struct str s, size_t to, const char *word)
{
    const size_t n = strlen(word);

    for (size_t i = 0; i + n <= to; i++)
        if (strncasecmp(s.p + i, word, n) == 0) return true;
    return false;
}

/* A page within what a browser looks at to guess a type, an archive's list at the end, another
 * type's head near the beginning. */
static bool is_two(struct str s)
{
    static const char *const pages[] = {"<script", "<html", "<svg",  "<!doctype",
                                        "<iframe", "<body", "<?php", "#!/"};
    const size_t head = s.n < 4096 ? s.n : 4096;
    const size_t tail = s.n > 66000 ? s.n - 66000 : 0;

    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++)
        if (has_folded(s, head, pages[i])) return true;
    if (has(s, 1, head, "%PDF-") || has(s, 0, head, "PK\003\004")) return true;
    return has(s, tail, s.n, "PK\005\006");
}

enum material_verdict material_check(struct str bytes, struct material_kind *ret)
{
    struct material_kind k = {.media_type = NULL};
    enum material_verdict v = MATERIAL_TYPE;

    if (bytes.n == 0) return MATERIAL_EMPTY;
    if (bytes.n > MATERIAL_BYTES) return MATERIAL_TOO_LARGE;
    if (begins(bytes, 0, "\xFF\xD8\xFF", 3))
        v = check_jpeg(bytes, &k);
    else if (begins(bytes, 0, "\x89PNG\r\n\x1A\n", 8))
        v = check_png(bytes, &k);
    else if (begins(bytes, 0, "%PDF-", 5))
        v = check_pdf(bytes, &k);
    if (v == MATERIAL_GOOD && is_two(bytes)) v = MATERIAL_TWO_IN_ONE;
    if (v == MATERIAL_GOOD) *ret = k;
    return v;
}

/* --- names --- */

void material_add_name(struct buf *out, struct str name)
{
    const size_t limit = out->n + MATERIAL_NAME;
    size_t at = 0;

    for (size_t i = 0; i < name.n; i++)
        if (name.p[i] == '/' || name.p[i] == '\\') at = i + 1;
    while (at < name.n) {
        uint32_t cp;
        const size_t n = text_utf8_decode(name, at, &cp);
        if (n == 0 || out->n + n > limit) return;
        /* neither control characters nor those that turn the direction of reading */
        const bool hidden = cp < 0x20 || (cp >= 0x7F && cp < 0xA0) ||
                            (cp >= 0x200B && cp <= 0x200F) || (cp >= 0x202A && cp <= 0x202E) ||
                            (cp >= 0x2066 && cp <= 0x2069) || cp == 0xFEFF;
        if (!hidden) buf_add(out, (struct str){name.p + at, n});
        at += n;
    }
}
