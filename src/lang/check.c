/* rules_compile: the order of the passes, and what all of them use.
 *
 * Structure: growing arrays; findings; symbols; the current place; the passes.
 *
 * Invariants: every index in the image points at an element that exists when the pass that stores
 * it ends; a rule set with an error never becomes an image. */
#include "lang/check_internal.h"

#include <string.h>

#define FIRST_ROOM 16u

void *check_room(struct check *k, const void *items, uint32_t count, uint32_t *cap, size_t size)
{
    if (k->nomem) return NULL;
    if (items == NULL || count == *cap) {
        uint32_t room = *cap > 0 ? *cap * 2 : FIRST_ROOM;
        void *grown = arena_grow(k->a, items, count, room, size);
        if (grown == NULL || room < *cap) {
            k->nomem = true;
            return NULL;
        }
        *cap = room;
        return grown;
    }
    return (void *)(uintptr_t)items;
}

/* ---- findings ---- */

void check_finding(struct check *k, enum severity severity, enum lang_msg m, struct src_pos at,
                   struct src_pos other, const struct str *args, size_t arg_count)
{
    size_t before = k->diags->count;

    diag_add(k->diags, lang_message(m), severity, at, other, args, arg_count);
    if (k->diags->count > before) k->diags->items[before].heading = k->heading;
}

/* ---- symbols ---- */

static uint32_t bucket_of(enum sym_kind kind, int32_t scope, struct str ascii)
{
    uint64_t h = 1469598103934665603u ^ ((uint64_t)kind << 32) ^ (uint32_t)scope;

    for (size_t i = 0; i < ascii.n; i++)
        h = (h ^ (uint8_t)ascii.p[i]) * 1099511628211u;
    return (uint32_t)((h ^ (h >> 29)) % SYMBOL_BUCKETS);
}

void check_declare(struct check *k, enum sym_kind kind, int32_t scope, struct str ascii,
                   int32_t index, struct src_pos pos)
{
    struct symbol *s = CHECK_ADD(k, k->symbols, k->symbol_count, k->symbol_cap);
    int32_t *bucket = &k->buckets[bucket_of(kind, scope, ascii)];

    if (s == NULL) return;
    *s = (struct symbol){kind, scope, ascii, index, k->scheme, pos, *bucket};
    *bucket = (int32_t)k->symbol_count - 1;
}

static bool symbol_is(const struct symbol *s, enum sym_kind kind, int32_t scope, struct str ascii)
{
    return s->kind == kind && s->scope == scope && str_eq(s->ascii, ascii);
}

/* Members and fields belong to their enum or register, schemes to the folder. */
static bool symbol_is_global(enum sym_kind kind)
{
    return kind == SYM_SCHEME || kind == SYM_MEMBER || kind == SYM_FIELD;
}

const struct symbol *check_symbol(const struct check *k, enum sym_kind kind, int32_t scope,
                                  struct str ascii)
{
    for (int32_t i = k->buckets[bucket_of(kind, scope, ascii)]; i >= 0; i = k->symbols[i].next) {
        const struct symbol *s = &k->symbols[i];
        if (!symbol_is(s, kind, scope, ascii)) continue;
        if (symbol_is_global(kind) || rules_in_chain(k->r, s->scheme, k->scheme)) return s;
    }
    return NULL;
}

const struct symbol *check_symbol_anywhere(const struct check *k, enum sym_kind kind,
                                           struct str ascii)
{
    int32_t i = k->buckets[bucket_of(kind, -1, ascii)];

    while (i >= 0 && !symbol_is(&k->symbols[i], kind, -1, ascii))
        i = k->symbols[i].next;
    return i >= 0 ? &k->symbols[i] : NULL;
}

struct str check_ascii(const struct check *k, struct str word)
{
    struct str ascii = names_to_ascii(k->names, word);

    /* an ASCII word is its own ASCII form, declared or not */
    if (ascii.p != NULL && names_to_zh(k->names, ascii).p == NULL) return (struct str){NULL, 0};
    return ascii;
}

void check_undeclared(struct check *k, const struct ast *name)
{
    struct str near = names_split(k->a, k->names, name->name); /* 年龄至少: 「年龄」 至少 */

    if (near.p == NULL) near = names_nearest(k->names, name->name, k->lang);
    if (near.p != NULL)
        FINDING(k, MSG_NAME_UNDECLARED_NEAR, name->pos, NO_POS, name->name, near);
    else
        FINDING(k, MSG_NAME_UNDECLARED, name->pos, NO_POS, name->name);
}

/* The word is declared, but not as what is needed here: say where it is, if it can be seen. */
void check_wrong_kind(struct check *k, enum sym_kind kind, const struct ast *name)
{
    struct str ascii = check_ascii(k, name->name);
    struct str wanted = text_kind(k, kind);
    const struct symbol *elsewhere = NULL, *seen = NULL;

    for (uint32_t i = 0; i < k->symbol_count; i++) {
        const struct symbol *s = &k->symbols[i];
        if (!str_eq(s->ascii, ascii)) continue;
        if (s->kind == kind) elsewhere = s;
        if (rules_in_chain(k->r, s->scheme, k->scheme)) seen = s;
    }
    if (elsewhere != NULL && !symbol_is_global(kind))
        FINDING(k, MSG_NAME_NOT_VISIBLE, name->pos, elsewhere->pos, name->name, wanted);
    else if (seen != NULL)
        FINDING(k, MSG_NAME_WRONG_KIND, name->pos, seen->pos, name->name, wanted,
                text_kind(k, seen->kind));
    else
        FINDING(k, MSG_NAME_NOT_A, name->pos, NO_POS, name->name, wanted);
}

int32_t check_resolve(struct check *k, enum sym_kind kind, int32_t scope, const struct ast *name)
{
    const struct symbol *s;
    struct str ascii;

    if (name->kind != AST_NAME) return -1;
    ascii = check_ascii(k, name->name);
    if (ascii.p == NULL) {
        check_undeclared(k, name);
        return -1;
    }
    s = check_symbol(k, kind, scope, ascii);
    if (s == NULL) check_wrong_kind(k, kind, name);
    return s != NULL ? s->index : -1;
}

bool check_is_new(struct check *k, enum sym_kind kind, int32_t scope, const struct ast *decl)
{
    int32_t i = k->buckets[bucket_of(kind, scope, decl->name)];

    for (; i >= 0; i = k->symbols[i].next) {
        const struct symbol *s = &k->symbols[i];
        if (!symbol_is(s, kind, scope, decl->name)) continue;
        if (!symbol_is_global(kind) && !rules_in_chain(k->r, s->scheme, k->scheme)) continue;
        FINDING(k, MSG_NAME_TWICE, decl->pos, s->pos, k->lang == LANG_ZH ? decl->alt : decl->name,
                text_kind(k, kind));
        return false;
    }
    return true;
}

struct rule_name check_name(const struct ast *decl)
{
    return (struct rule_name){.zh = decl->alt, .ascii = decl->name};
}

struct rule_label check_label(const struct ast *n)
{
    return (struct rule_label){.zh = n->name, .en = n->alt};
}

/* ---- the current place ---- */

void check_enter(struct check *k, int32_t scheme)
{
    k->scheme = scheme;
    k->file = k->r->schemes[scheme].file;
    k->lang = k->asts[k->file].lang;
    k->heading = (struct str){NULL, 0};
}

void check_enter_item(struct check *k, size_t item)
{
    k->heading = k->asts[k->file].headings[item];
}

void check_each(struct check *k, enum ast_kind kind, check_item_fn *fn)
{
    for (uint32_t s = 0; s < k->r->scheme_count && !k->nomem; s++) {
        check_enter(k, (int32_t)s);
        const struct ast_file *f = &k->asts[k->file];
        for (size_t i = 0; i < f->item_count && !k->nomem; i++) {
            if (f->items[i]->kind != kind) continue;
            check_enter_item(k, i);
            fn(k, f->items[i]);
        }
    }
}

/* ---- the passes ---- */

static enum err check_state(const struct check *k)
{
    if (k->nomem || k->diags->out_of_memory) return ERR_NOMEM;
    return k->diags->errors > 0 ? ERR_RULES : ERR_OK;
}

/* Parse every file. Errors of grammar end the run: what they hide would only mislead. */
static enum err parse_all(struct check *k)
{
    k->asts = ARENA_ARRAY(k->a, struct ast_file, k->file_count);
    if (k->asts == NULL) return ERR_NOMEM;
    for (size_t i = 0; i < k->file_count; i++) {
        enum err e = parse_file(k->a, k->files, (uint32_t)i, k->diags, &k->asts[i]);
        if (e != ERR_OK && e != ERR_RULES) return e;
        k->files[i].lang = k->asts[i].lang;
    }
    enum err e = names_build(k->a, k->asts, k->file_count, k->diags, &k->names);
    if (e != ERR_OK && e != ERR_RULES) return e;
    return check_state(k);
}

static enum err hash_schemes(struct check *k)
{
    struct rules *r = k->r;
    struct buf all, one;
    enum err e = ERR_OK;

    buf_init(&all, 0);
    for (uint32_t s = 0; s < r->scheme_count && e == ERR_OK; s++) {
        buf_init(&one, 0);
        e = canonical_file(&k->asts[r->schemes[s].file], k->names, &one);
        if (e == ERR_OK) e = buf_err(&one);
        if (e == ERR_OK) e = hash_sm3(buf_str(&one), &r->schemes[s].hash);
        buf_done(&one);
        buf_add(&all, (struct str){(const char *)r->schemes[s].hash.bytes, HASH_BYTES});
    }
    if (e == ERR_OK) e = buf_err(&all);
    if (e == ERR_OK) e = hash_sm3(buf_str(&all), &r->hash);
    buf_done(&all);
    return e;
}

/* Stages: a later one runs only when the earlier ones found nothing that it would stumble over. */
static enum err check_all(struct check *k)
{
    static void (*const stages[])(struct check *) = {check_schemes,  check_catalogue, check_params,
                                                     check_tree,     check_bodies,    check_clauses,
                                                     check_cases_all};

    for (size_t i = 0; i < sizeof stages / sizeof stages[0]; i++) {
        stages[i](k);
        if (k->nomem || k->diags->out_of_memory) return ERR_NOMEM;
        /* without schemes, a catalogue or a tree nothing further can be judged */
        if (i < 4 && k->diags->errors > 0) return ERR_RULES;
    }
    if (k->diags->errors == 0) check_bounds(k);
    enum err e = check_state(k);
    return e == ERR_OK ? hash_schemes(k) : e;
}

enum err rules_compile(struct arena *a, struct src_file *files, size_t file_count,
                       struct diag_list *diags, const struct rules **ret)
{
    struct check k = {.a = a, .files = files, .file_count = file_count, .diags = diags};
    enum err e;

    k.r = ARENA_NEW(a, struct rules);
    k.buckets = ARENA_ARRAY(a, int32_t, SYMBOL_BUCKETS);
    if (k.r == NULL || k.buckets == NULL) return ERR_NOMEM;
    memset(k.buckets, 0xff, SYMBOL_BUCKETS * sizeof *k.buckets);
    k.r->files = files;
    k.r->file_count = file_count;
    e = parse_all(&k);
    if (e == ERR_OK) e = check_all(&k);
    diag_sort(diags);
    if (e == ERR_OK) *ret = k.r;
    return e;
}
