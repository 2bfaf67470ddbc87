/* The dictionary of a rule folder: one Chinese word <-> one ASCII word.
 *
 * Structure: entries in order of declaration, and two open-addressed hash tables over them.
 * Invariant: a word is in at most one entry; the first declaration wins, later ones that differ are
 * reported. Read-only once built. */
#include "lang/front_internal.h"

#include <string.h>

struct entry {
    struct str zh, ascii;
    struct src_pos pos;
    uint64_t zh_chars, ascii_chars; /* a bit per character (hashed), for names_nearest */
};

struct names {
    struct entry *entries;
    size_t count, cap;
    uint32_t *by_zh, *by_ascii; /* entry + 1; 0 = free */
    size_t slots;               /* a power of two, above 2 * count */
};

/* --- tables ----------------------------------------------------------------------------------- */

static size_t hash_of(struct str s)
{
    uint64_t h = 14695981039346656037u;
    for (size_t i = 0; i < s.n; i++)
        h = (h ^ (unsigned char)s.p[i]) * 1099511628211u;
    return (size_t)(h ^ (h >> 29));
}

static struct str entry_word(const struct names *n, const uint32_t *table, uint32_t entry)
{
    const struct entry *e = &n->entries[entry];
    return table == n->by_zh ? e->zh : e->ascii;
}

/* The slot that holds `word`, or the free one where it belongs. */
static uint32_t *slot_of(const struct names *n, uint32_t *table, struct str word)
{
    size_t i = hash_of(word);
    for (;; i++) {
        uint32_t *slot = &table[i & (n->slots - 1)];
        if (*slot == 0 || str_eq(entry_word(n, table, *slot - 1), word)) return slot;
    }
}

static const struct entry *entry_find(const struct names *n, uint32_t *table, struct str word)
{
    if (n->slots == 0) return NULL;
    uint32_t *slot = slot_of(n, table, word);
    return *slot ? &n->entries[*slot - 1] : NULL;
}

static bool tables_grow(struct arena *a, struct names *n)
{
    size_t slots = n->slots ? n->slots * 2 : 256;
    uint32_t *zh = ARENA_ARRAY(a, uint32_t, slots), *ascii = ARENA_ARRAY(a, uint32_t, slots);
    if (!zh || !ascii) return false;
    n->by_zh = zh;
    n->by_ascii = ascii;
    n->slots = slots;
    for (uint32_t i = 0; i < n->count; i++) {
        *slot_of(n, zh, n->entries[i].zh) = i + 1;
        *slot_of(n, ascii, n->entries[i].ascii) = i + 1;
    }
    return true;
}

/* A bit for each character, to rule out far words quickly. */
static uint64_t chars_mask(struct str s)
{
    uint64_t mask = 0;
    for (size_t i = 0; i < s.n;) {
        uint32_t cp = 0;
        size_t step = text_utf8_decode(s, i, &cp);
        mask |= 1ull << ((cp * 2654435761u) >> 26);
        i += step ? step : 1;
    }
    return mask;
}

static bool entry_add(struct arena *a, struct names *n, const struct ast *decl)
{
    if (n->count == n->cap) {
        size_t cap = n->cap ? n->cap * 2 : 128;
        void *grown = arena_grow(a, n->entries, n->cap, cap, sizeof *n->entries);
        if (!grown) return false;
        n->entries = grown;
        n->cap = cap;
    }
    if (n->count * 2 >= n->slots && !tables_grow(a, n)) return false;
    n->entries[n->count] = (struct entry){.zh = decl->alt,
                                          .ascii = decl->name,
                                          .pos = decl->pos,
                                          .zh_chars = chars_mask(decl->alt),
                                          .ascii_chars = chars_mask(decl->name)};
    n->count++;
    *slot_of(n, n->by_zh, decl->alt) = (uint32_t)n->count;
    *slot_of(n, n->by_ascii, decl->name) = (uint32_t)n->count;
    return true;
}

/* --- building --------------------------------------------------------------------------------- */

struct build {
    struct arena *a;
    struct names *n;
    struct diag_list *diags;
    struct str heading;
};

static void conflict(struct build *b, enum lang_msg m, const struct ast *decl, struct src_pos first,
                     struct str word, struct str here, struct str there)
{
    struct str args[] = {word, here, there};
    size_t before = b->diags->count;
    diag_add(b->diags, lang_message(m), SEVERITY_ERROR, decl->pos, first, args, 3);
    if (b->diags->count > before) b->diags->items[before].heading = b->heading;
}

static bool decl_take(struct build *b, const struct ast *decl)
{
    struct names *n = b->n;
    if (decl->name.n == 0 || decl->alt.n == 0) return true; /* reported by the parser */
    const struct entry *zh = entry_find(n, n->by_zh, decl->alt);
    const struct entry *ascii = entry_find(n, n->by_ascii, decl->name);
    if (zh && ascii && zh == ascii) return true;
    if (zh)
        conflict(b, MSG_NAME_TWO_ASCII, decl, zh->pos, decl->alt, decl->name, zh->ascii);
    else if (ascii)
        conflict(b, MSG_NAME_TWO_ZH, decl, ascii->pos, decl->name, decl->alt, ascii->zh);
    else
        return entry_add(b->a, n, decl);
    return true;
}

static bool tree_take(struct build *b, const struct ast *n)
{
    if (n->kind == AST_DECL_NAME && !decl_take(b, n)) return false;
    for (size_t i = 0; i < n->kid_count; i++)
        if (!tree_take(b, n->kids[i])) return false; /* as deep as the tree: AST_DEPTH_MAX */
    return true;
}

enum err names_build(struct arena *a, const struct ast_file *files, size_t count,
                     struct diag_list *diags, struct names **ret)
{
    struct build b = {.a = a, .n = ARENA_NEW(a, struct names), .diags = diags};
    if (!b.n || !tables_grow(a, b.n)) return ERR_NOMEM;
    for (size_t f = 0; f < count; f++) {
        for (size_t i = 0; i < files[f].item_count; i++) {
            b.heading = files[f].headings[i];
            if (!tree_take(&b, files[f].items[i])) return ERR_NOMEM;
        }
    }
    if (diags->out_of_memory) return ERR_NOMEM;
    *ret = b.n;
    return ERR_OK;
}

/* --- asking ----------------------------------------------------------------------------------- */

static bool is_ascii_word(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] >= 0x80) return false;
    return true;
}

struct str names_to_ascii(const struct names *n, struct str word)
{
    if (is_ascii_word(word)) return word;
    const struct entry *e = entry_find(n, n->by_zh, word);
    return e ? e->ascii : (struct str){NULL, 0};
}

struct str names_to_zh(const struct names *n, struct str ascii)
{
    const struct entry *e = entry_find(n, n->by_ascii, ascii);
    return e ? e->zh : (struct str){NULL, 0};
}

static size_t chars_count(struct str s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        n += ((unsigned char)s.p[i] & 0xC0) != 0x80;
    return n;
}

#define NEAREST_CHARS_MAX 64

struct nearest {
    struct str word, best;
    size_t limit; /* changes that are still near */
    uint64_t mask;
};

static void nearest_try(struct nearest *s, struct str candidate, uint64_t mask)
{
    /* Each change adds or removes at most two characters of the sets. */
    if ((size_t)__builtin_popcountll(s->mask ^ mask) > 2 * s->limit) return;
    size_t d = text_distance(s->word, candidate, s->limit + 1);
    if (d > s->limit) return;
    s->best = candidate;
    s->limit = d > 0 ? d - 1 : 0;
}

struct str names_nearest(const struct names *n, struct str word, enum lang lang)
{
    size_t chars = chars_count(word);
    if (chars == 0 || chars > NEAREST_CHARS_MAX) return (struct str){NULL, 0};
    size_t limit = lang == LANG_ZH ? (chars >= 5 ? 2 : 1) : (chars >= 6 ? 2 : 1);
    if (chars == 1) return (struct str){NULL, 0};
    struct nearest s = {.word = word, .limit = limit, .mask = chars_mask(word)};
    for (size_t i = 0; i < n->count; i++) {
        const struct entry *e = &n->entries[i];
        if (lang == LANG_ZH)
            nearest_try(&s, e->zh, e->zh_chars);
        else
            nearest_try(&s, e->ascii, e->ascii_chars);
    }
    for (int kw = KW_NONE + 1; kw < KW_COUNT_OF; kw++) {
        struct str k = keyword_str((enum keyword)kw, lang);
        if (chars_count(k) > 1) nearest_try(&s, k, chars_mask(k));
    }
    return s.best;
}

/* --- taking words apart ----------------------------------------------------------------------- */

#define SPLIT_BYTES_MAX 192

/* Fewest pieces that make up word[0..i), and the length of the last of them. */
struct split_step {
    uint32_t pieces; /* 0 = no reading */
    uint32_t last;
    bool is_name;
};

static void split_steps(const struct names *n, struct str word, struct split_step *steps)
{
    for (size_t end = 3; end <= word.n; end += 3) {
        for (size_t start = 0; start < end; start += 3) {
            struct str piece = {word.p + start, end - start};
            bool name = entry_find(n, n->by_zh, piece) != NULL;
            bool known = name || keyword_find(piece, LANG_ZH) != KW_NONE;
            uint32_t before = start == 0 ? 0 : steps[start].pieces;
            if (!known || (start > 0 && before == 0)) continue;
            if (steps[end].pieces != 0 && steps[end].pieces <= before + 1) continue;
            steps[end] = (struct split_step){before + 1, (uint32_t)(end - start), name};
        }
    }
}

struct str names_split(struct arena *a, const struct names *n, struct str word)
{
    struct split_step steps[SPLIT_BYTES_MAX + 1] = {{0}};
    struct str nothing = {NULL, 0};
    /* Chinese characters here are three bytes each. */
    if (word.n == 0 || word.n > SPLIT_BYTES_MAX || !name_is_plain_zh(word)) return nothing;
    split_steps(n, word, steps);
    if (steps[word.n].pieces < 2) return nothing;
    size_t size = word.n + (size_t)steps[word.n].pieces * 7, at = size;
    char *out = ARENA_ARRAY(a, char, size + 1);
    if (!out) return nothing;
    for (size_t end = word.n; end > 0;) {
        const struct split_step *s = &steps[end];
        struct str open = STR("「"), close = STR("」");
        if (s->is_name) memcpy(out + (at -= close.n), close.p, close.n);
        memcpy(out + (at -= s->last), word.p + end - s->last, s->last);
        if (s->is_name) memcpy(out + (at -= open.n), open.p, open.n);
        end -= s->last;
        if (end > 0) out[--at] = ' ';
    }
    return (struct str){out + at, size - at};
}
