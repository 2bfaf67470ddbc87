/* Writing JSON.
 *
 * Structure: every value begins with value_start (comma, line, indent) and objects and arrays are
 * kept on a small stack. Invariants: a key stands only in an object and before exactly one value;
 * a value in an object only after a key; what is written is valid UTF-8 whatever the caller gave.
 */
#include "base/json.h"

#include <string.h>

void json_init(struct json *j, struct buf *out, bool pretty)
{
    *j = (struct json){.out = out, .pretty = pretty};
}

static void line_start(struct json *j)
{
    if (!j->pretty) return;
    buf_add_char(j->out, '\n');
    for (int i = 0; i < j->depth; i++)
        buf_add(j->out, STR("  "));
}

/* Comma and line break before a member of the innermost container. */
static void item_start(struct json *j)
{
    if (j->has_items[j->depth - 1]) buf_add_char(j->out, ',');
    j->has_items[j->depth - 1] = true;
    line_start(j);
}

static void value_start(struct json *j)
{
    if (j->after_key) {
        j->after_key = false;
        return;
    }
    if (j->depth == 0) return;
    INVARIANT(j->open[j->depth - 1] == '[');
    item_start(j);
}

static void container_start(struct json *j, char open)
{
    value_start(j);
    INVARIANT(j->depth < JSON_DEPTH_MAX);
    j->open[j->depth] = open;
    j->has_items[j->depth] = false;
    j->depth++;
    buf_add_char(j->out, open);
}

void json_open_object(struct json *j)
{
    container_start(j, '{');
}

void json_open_array(struct json *j)
{
    container_start(j, '[');
}

void json_end(struct json *j)
{
    INVARIANT(j->depth > 0 && !j->after_key);
    j->depth--;
    if (j->has_items[j->depth]) line_start(j);
    buf_add_char(j->out, j->open[j->depth] == '{' ? '}' : ']');
}

/* A character that cannot stand for itself. */
static void add_escaped(struct buf *out, unsigned char c)
{
    static const char FROM[] = "\"\\\b\f\n\r\t", TO[] = "\"\\bfnrt";
    const char *at = c ? strchr(FROM, c) : NULL;

    if (at) {
        buf_add_char(out, '\\');
        buf_add_char(out, TO[at - FROM]);
    } else {
        buf_printf(out, "\\u%04x", (unsigned)c);
    }
}

static bool needs_escape(unsigned char c)
{
    return c < 0x20 || c == '"' || c == '\\' || c == 0x7F;
}

static void add_text(struct buf *out, struct str v)
{
    size_t plain = 0; /* start of what can be copied as it is */

    for (size_t at = 0; at < v.n;) {
        uint32_t cp = (unsigned char)v.p[at];
        size_t n = 1;

        if (cp < 0x80 && !needs_escape((unsigned char)cp)) {
            at++;
            continue;
        }
        if (cp >= 0x80) n = text_utf8_decode(v, at, &cp);
        if (n > 1) {
            at += n;
            continue;
        }
        buf_add(out, (struct str){v.p + plain, at - plain});
        if (n == 0)
            buf_add(out, STR("\xEF\xBF\xBD")); /* U+FFFD for a byte that is not UTF-8 */
        else
            add_escaped(out, (unsigned char)cp);
        plain = ++at;
    }
    buf_add(out, (struct str){v.p ? v.p + plain : NULL, v.n - plain});
}

static void add_string(struct buf *out, struct str v)
{
    buf_add_char(out, '"');
    add_text(out, v);
    buf_add_char(out, '"');
}

void json_key(struct json *j, const char *key)
{
    INVARIANT(j->depth > 0 && j->open[j->depth - 1] == '{' && !j->after_key);
    item_start(j);
    add_string(j->out, str_from_c(key));
    buf_add_c(j->out, j->pretty ? ": " : ":");
    j->after_key = true;
}

void json_str(struct json *j, struct str v)
{
    value_start(j);
    add_string(j->out, v);
}

void json_text_begin(struct json *j)
{
    value_start(j);
    buf_add_char(j->out, '"');
}

void json_text_add(struct json *j, struct str v)
{
    add_text(j->out, v);
}

void json_text_end(struct json *j)
{
    buf_add_char(j->out, '"');
}

void json_int(struct json *j, int64_t v)
{
    value_start(j);
    buf_add_int(j->out, v);
}

void json_bool(struct json *j, bool v)
{
    value_start(j);
    buf_add_c(j->out, v ? "true" : "false");
}

void json_add_null(struct json *j)
{
    value_start(j);
    buf_add_c(j->out, "null");
}
