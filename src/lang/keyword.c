/* Keyword and unit tables, and the index the lexer and the formatter use.
 *
 * Structure: keyword.def is expanded into two arrays of rows; a word_index is a small hash table
 * over the first words of the keywords of one language.
 * Invariants: all tables are constant; an index is never changed after word_index_init. */
#include "lang/front_internal.h"

#include <string.h>

struct keyword_row {
    struct str text[LANG_COUNT];
};

#define TEXT(s)                                                                                    \
    {                                                                                              \
        (s), sizeof(s) - 1                                                                         \
    }

static const struct keyword_row keyword_rows[KW_COUNT_OF] = {
#define KEYWORD(id, zh, en) [KW_##id] = {{TEXT(zh), TEXT(en)}},
#define NOISE(id, zh) [KW_##id] = {{TEXT(zh), TEXT("")}},
#define UNIT_WORD(id, zh, one, many, scale)
#include "lang/keyword.def"
#undef KEYWORD
#undef NOISE
#undef UNIT_WORD
};

struct unit_row {
    struct str zh, one, many;
    int64_t scale;
};

static const struct unit_row unit_rows[UNIT_COUNT_OF] = {
#define KEYWORD(id, zh, en)
#define NOISE(id, zh)
#define UNIT_WORD(id, zh, one, many, scale) [UNIT_##id] = {TEXT(zh), TEXT(one), TEXT(many), scale},
#include "lang/keyword.def"
#undef KEYWORD
#undef NOISE
#undef UNIT_WORD
};

struct str keyword_str(enum keyword kw, enum lang lang)
{
    INVARIANT(kw < KW_COUNT_OF);
    return keyword_rows[kw].text[lang];
}

const char *keyword_text(enum keyword kw, enum lang lang)
{
    struct str s = keyword_str(kw, lang);
    return s.n > 0 ? s.p : "";
}

const char *unit_text(enum unit u, enum lang lang, bool one)
{
    INVARIANT(u < UNIT_COUNT_OF);
    const struct unit_row *r = &unit_rows[u];
    struct str s = lang == LANG_ZH ? r->zh : one ? r->one : r->many;
    return s.n > 0 ? s.p : "";
}

int64_t unit_scale(enum unit u)
{
    INVARIANT(u < UNIT_COUNT_OF);
    return unit_rows[u].scale > 0 ? unit_rows[u].scale : 1;
}

enum unit unit_find(struct str text, enum lang lang)
{
    for (int u = UNIT_NONE + 1; u < UNIT_COUNT_OF; u++) {
        const struct unit_row *r = &unit_rows[u];
        if (r->scale == 0) continue; /* no word of its own */
        bool hit =
            lang == LANG_ZH ? str_eq(text, r->zh) : str_eq(text, r->one) || str_eq(text, r->many);
        if (hit) return (enum unit)u;
    }
    return UNIT_NONE;
}

enum keyword keyword_find(struct str text, enum lang lang)
{
    for (int kw = KW_NONE + 1; kw < KW_COUNT_OF; kw++) {
        struct str s = keyword_rows[kw].text[lang];
        if (s.n > 0 && str_eq(s, text)) return (enum keyword)kw;
    }
    return KW_NONE;
}

enum keyword keyword_nearest(struct str text, enum lang lang)
{
    /* Chinese keywords are short: one character may be wrong, the first of two may not. */
    size_t limit = lang == LANG_EN ? 2 : 1, best = limit + 1, least = lang == LANG_EN ? 3 : 6;
    enum keyword found = KW_NONE;
    bool tied = false;
    if (text.n < least || text.n > 64) return KW_NONE;
    for (int kw = KW_NONE + 1; kw < KW_COUNT_OF; kw++) {
        struct str s = keyword_rows[kw].text[lang];
        bool starts = s.n >= 3 && str_starts(text, (struct str){s.p, 3});
        size_t bytes = (limit + 1) * 3; /* too different in length to be near */
        if (s.n + bytes < text.n || text.n + bytes < s.n) continue;
        if (s.n < least || (text.n == 6 && lang == LANG_ZH && !starts)) continue;
        size_t d = text_distance(text, s, limit + 1);
        tied = d == best ? true : d < best ? false : tied;
        if (d < best) {
            best = d;
            found = (enum keyword)kw;
        }
    }
    return tied ? KW_NONE : found;
}

/* --- the index ------------------------------------------------------------------------------ */

static uint32_t word_hash(struct str s)
{
    uint32_t h = 2166136261u;
    for (size_t i = 0; i < s.n; i++)
        h = (h ^ (unsigned char)s.p[i]) * 16777619u;
    return h ^ (h >> 15);
}

/* Take the next blank-separated word off *rest. */
static bool word_take(struct str *rest, struct str *ret)
{
    if (rest->n == 0) return false;
    const char *blank = memchr(rest->p, ' ', rest->n);
    size_t n = blank ? (size_t)(blank - rest->p) : rest->n;
    *ret = (struct str){rest->p, n};
    size_t step = blank ? n + 1 : n;
    *rest = (struct str){rest->p + step, rest->n - step};
    return true;
}

static void part_add(struct word_index *w, struct str part)
{
    /* Hash of the part, never 0; two parts with equal 16 bits only quote one name too many. */
    uint32_t h = word_hash(part), i = h;
    uint16_t mark = (uint16_t)((h >> 16) | 1u);
    while (w->part[i % WORD_SLOTS] != 0 && w->part[i % WORD_SLOTS] != mark)
        i++;
    w->part[i % WORD_SLOTS] = mark;
}

bool word_is_reserved(const struct word_index *w, struct str word)
{
    uint32_t h = word_hash(word), i = h;
    uint16_t mark = (uint16_t)((h >> 16) | 1u);
    for (; w->part[i % WORD_SLOTS] != 0; i++)
        if (w->part[i % WORD_SLOTS] == mark) return true;
    return false;
}

/* A later word of a keyword is mixed up with a name only after words that are a keyword themselves:
 * "at" + "least". */
static void parts_add(struct word_index *w, struct str text)
{
    struct str rest = text, part;
    while (word_take(&rest, &part)) {
        size_t before = (size_t)(part.p - text.p);
        struct str prefix = {text.p, before ? before - 1 : 0};
        if (before > 0 && keyword_find(prefix, w->lang) != KW_NONE) part_add(w, part);
        if (part.n == text.n) part_add(w, part);
    }
}

void word_index_init(struct word_index *w, enum lang lang)
{
    memset(w, 0, sizeof *w);
    w->lang = lang;
    for (int kw = KW_NONE + 1; kw < KW_COUNT_OF; kw++) {
        struct str rest = keyword_rows[kw].text[lang], first;
        if (!word_take(&rest, &first)) continue;
        uint32_t i = word_hash(first);
        while (w->keyword[i % WORD_SLOTS] != 0)
            i++;
        w->keyword[i % WORD_SLOTS] = (uint16_t)kw;
        parts_add(w, keyword_rows[kw].text[lang]);
    }
}

enum keyword word_index_next(const struct word_index *w, struct str word, uint32_t *at)
{
    uint32_t h = word_hash(word);
    for (uint32_t i = *at;; i++) {
        uint16_t kw = w->keyword[(h + i) % WORD_SLOTS];
        *at = i + 1;
        if (kw == 0) return KW_NONE;
        struct str rest = keyword_rows[kw].text[w->lang], first;
        if (word_take(&rest, &first) && str_eq(first, word)) return (enum keyword)kw;
    }
}
