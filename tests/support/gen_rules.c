/* The generator of random rule programs.
 *
 *   catalogue (levels, categories, registers with roles) -> groups -> indicators, clauses, gates,
 *   vetoes over random expressions of the right types -> pieces -> text
 *
 * Structure: random numbers; pieces; the catalogue; expressions, one function per type; bodies;
 * statements; files; compiling with repair; shrinking.
 *
 * A piece's text holds '@' where its next kid stands; '\n' begins a line at the piece's own
 * indentation, '\t' after it one level deeper. */
#include "gen_rules.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* --- random numbers: SplitMix64 --- */

struct prng {
    uint64_t state;
};

static uint64_t prng_next(struct prng *g)
{
    uint64_t z = (g->state += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

/* --- pieces --- */

enum piece_type {
    P_NONE,
    P_STATEMENT, /* can be taken out */
    P_POINTS,
    P_INT,
    P_MONEY,
    P_AGE,
    P_MONTHS,
    P_DAYS,
    P_DATE,
    P_LEVEL,
    P_CATEGORY,
    P_BOOL,
    P_BODY, /* points, perhaps a block */
    P_ROW   /* can be taken out where others remain */
};

#define KIDS_MAX 8

struct piece {
    enum piece_type type;
    const char *text;
    struct piece *kids[KIDS_MAX];
    uint32_t kid_count;
    struct piece *instead;      /* what stands in its place now; NULL = itself */
    bool gone;                  /* taken out */
    const char *simple;         /* the simplest piece of its type; NULL = none */
    uint32_t first_line, lines; /* in its file, when last printed; 0 lines = nowhere */
};

#define STATEMENTS_MAX 160
#define FILES_MAX 4
#define ENUMS 3
#define REGISTERS_MAX 9
#define FIELDS_MAX 8

enum field_kind {
    F_DATE,
    F_MONTH,
    F_INT,
    F_MONEY,
    F_YESNO,
    F_LEVEL,
    F_CATEGORY,
    F_DIVISION,
    F_KEY,
    F_SHARE,
    F_KINDS
};

struct gen_field {
    char name[16];
    enum field_kind kind;
    int64_t lo, hi; /* F_INT, F_MONEY (yuan) */
};

struct gen_register {
    char name[16];
    bool one, spell, months, event, has_end, none_unknown;
    struct gen_field fields[FIELDS_MAX];
    uint32_t field_count;
};

struct gen_program {
    struct arena *a;
    struct prng g;
    uint32_t words; /* names made so far */
    struct gen_register regs[REGISTERS_MAX];
    uint32_t reg_count;
    uint32_t members[ENUMS]; /* enum 0: levels, 1 and 2: categories (1 is the permit's status) */
    bool has_force, has_param;
    int32_t scope; /* register whose record is at hand; -1 */
    uint32_t lets; /* points lets in scope: let_0 … */
    char let_names[4][16];
    struct piece *files[FILES_MAX][STATEMENTS_MAX];
    uint32_t file_statements[FILES_MAX], file_count;
    bool failed; /* memory ended */
};

static uint32_t below(struct gen_program *p, uint32_t n)
{
    return (uint32_t)(prng_next(&p->g) >> 33) % n;
}

static bool chance(struct gen_program *p, uint32_t percent)
{
    return below(p, 100) < percent;
}

static const char *format(struct gen_program *p, const char *fmt, ...) PRINTF_LIKE(2, 3);
static const char *format(struct gen_program *p, const char *fmt, ...)
{
    char local[512];
    va_list ap;
    va_start(ap, fmt);
    const int n = vsnprintf(local, sizeof local, fmt, ap);
    va_end(ap);
    INVARIANT(n >= 0 && (size_t)n < sizeof local);
    char *out = arena_alloc(p->a, (size_t)n + 1, 1);
    if (!out) {
        p->failed = true;
        return "";
    }
    memcpy(out, local, (size_t)n + 1);
    return out;
}

static struct piece *piece(struct gen_program *p, enum piece_type type, const char *text)
{
    static struct piece nothing;
    struct piece *x = ARENA_NEW(p->a, struct piece);
    if (!x) {
        p->failed = true;
        return &nothing;
    }
    x->type = type;
    x->text = text;
    return x;
}

static struct piece *piece1(struct gen_program *p, enum piece_type type, const char *text,
                            struct piece *a)
{
    struct piece *x = piece(p, type, text);
    x->kids[x->kid_count++] = a;
    return x;
}

static struct piece *piece2(struct gen_program *p, enum piece_type type, const char *text,
                            struct piece *a, struct piece *b)
{
    struct piece *x = piece1(p, type, text, a);
    x->kids[x->kid_count++] = b;
    return x;
}

static struct piece *piece3(struct gen_program *p, enum piece_type type, const char *text,
                            struct piece *a, struct piece *b, struct piece *c)
{
    struct piece *x = piece2(p, type, text, a, b);
    x->kids[x->kid_count++] = c;
    return x;
}

static const char *zh_of(struct gen_program *p, uint32_t n)
{
    static const char *const DIGIT[10] = {"甲", "乙", "丙", "丁", "戊",
                                          "己", "庚", "辛", "壬", "癸"};
    return format(p, "测%s%s%s", DIGIT[n / 100 % 10], DIGIT[n / 10 % 10], DIGIT[n % 10]);
}

/* A new name: w17 (测甲乙辛). */
static const char *declare(struct gen_program *p, char *name)
{
    const uint32_t n = p->words++;
    snprintf(name, 16, "w%u", n);
    return format(p, "%s (%s)", name, zh_of(p, n));
}

static void add(struct gen_program *p, uint32_t file, struct piece *x)
{
    if (p->file_statements[file] == STATEMENTS_MAX) return;
    p->files[file][p->file_statements[file]++] = x;
}

/* --- the catalogue --- */

static const char *member(struct gen_program *p, uint32_t e)
{
    return format(p, "m%u_%u", e, below(p, p->members[e]));
}

static void gen_enum(struct gen_program *p, uint32_t e)
{
    static const char *const KIND[ENUMS] = {"levels", "category", "category"};
    static const char *const ZH[ENUMS] = {"级", "态", "类"};
    static const char *const ZH_DIGIT[8] = {"一", "二", "三", "四", "五", "六", "七", "八"};
    char text[512];
    int at = snprintf(text, sizeof text, "%s e%u (%s):", KIND[e], e, ZH[e]);
    p->members[e] = e == 1 ? 3 : 2 + below(p, 6);
    for (uint32_t i = 0; i < p->members[e]; i++)
        at += snprintf(text + at, sizeof text - (size_t)at, "%s m%u_%u (%s员%s)",
                       i == 0   ? ""
                       : e == 0 ? " <"
                                : ",",
                       e, i, ZH[e], ZH_DIGIT[i]);
    add(p, 0, piece(p, P_NONE, format(p, "%s", text)));
}

static const char *field_declare(struct gen_program *p, struct gen_register *r, enum field_kind k,
                                 const char *role)
{
    static const char *const TYPE[F_KINDS] = {"date", "month", "integer u0", "money", "yesno",
                                              "e0",   "e2",    "division",   "key",   "share"};
    struct gen_field *f = &r->fields[r->field_count++];
    const char *name = declare(p, f->name), *empty = "", *range = "";

    f->kind = k;
    f->hi = k == F_INT ? 5 + below(p, 60) : 1000 * (1 + below(p, 2000));
    if (k == F_INT && chance(p, 80)) {
        f->lo = below(p, 3);
        range = format(p, " range %d u0 to %d u0", (int)f->lo, (int)f->hi);
    }
    if (k == F_MONEY && chance(p, 60)) range = format(p, " range 0 yuan to %d yuan", (int)f->hi);
    if (!strcmp(role, " end")) {
        empty = chance(p, 60) ? " empty is open" : "";
    } else if (!strcmp(role, " event")) {
        empty = chance(p, 30) ? " empty is always" : chance(p, 40) ? " empty is unknown" : "";
    } else if (*role == 0 && k != F_YESNO) {
        empty = chance(p, 30) ? " empty is unknown" : "";
    } else if (*role == 0) {
        empty = chance(p, 30) ? " empty is unknown" : "";
    }
    return format(p, "\n\t%s: %s%s%s%s", name, TYPE[k], role, empty, range);
}

static void gen_register(struct gen_program *p, uint32_t index)
{
    struct gen_register *r = &p->regs[index];
    static const enum field_kind EXTRA[] = {F_INT, F_MONEY,    F_YESNO, F_LEVEL, F_CATEGORY,
                                            F_KEY, F_DIVISION, F_SHARE, F_DATE};
    char text[2048];
    const char *name = index == 0 ? "person (人员)" : declare(p, r->name);
    const uint32_t shape = index == 0 ? 9 : below(p, 10); /* 0-2 event, 3-5 spell, 6-7 months, … */
    int at = 0;

    if (index == 0) snprintf(r->name, sizeof r->name, "person");
    r->one = index == 0 || (shape == 8 && chance(p, 70));
    r->event = shape < 3;
    r->spell = (shape >= 3 && shape < 6) || shape == 6 || shape == 7;
    r->months = shape == 6 || shape == 7;
    r->none_unknown = !r->one && chance(p, 25);
    at +=
        snprintf(text, sizeof text, "register %s supplied by \"登记\"%s%s%s:", name,
                 r->one ? " one per person" : "", r->none_unknown ? " none means unknown" : "",
                 r->one || chance(p, 50) ? "" : format(p, " at most %u records", 1 + below(p, 9)));
#define FIELD(k, role)                                                                             \
    at += snprintf(text + at, sizeof text - (size_t)at, "%s", field_declare(p, r, k, role))
    if (index == 0) FIELD(F_DATE, "");
    if (r->event) {
        FIELD(F_DATE, " event");
        r->has_end = chance(p, 25);
        if (r->has_end) FIELD(F_DATE, " end");
    }
    if (r->spell) {
        FIELD(r->months ? F_MONTH : F_DATE, " start");
        FIELD(r->months ? F_MONTH : F_DATE, " end");
        r->has_end = true;
    }
    for (uint32_t n = 1 + below(p, 3); n > 0; n--)
        FIELD(EXTRA[below(p, sizeof EXTRA / sizeof EXTRA[0])], "");
#undef FIELD
    add(p, 0, piece(p, P_NONE, format(p, "%s", text)));
}

static void gen_permit(struct gen_program *p)
{
    struct gen_register *r = &p->regs[p->reg_count];
    struct gen_field *f = r->fields;
    snprintf(r->name, sizeof r->name, "permit");
    snprintf(f[0].name, sizeof f[0].name, "place");
    f[0].kind = F_DIVISION;
    snprintf(f[1].name, sizeof f[1].name, "state");
    f[1].kind = F_KEY; /* of another category than the others: not for expressions */
    snprintf(f[2].name, sizeof f[2].name, "since");
    f[2].kind = F_DATE;
    snprintf(f[3].name, sizeof f[3].name, "till");
    f[3].kind = F_DATE;
    r->field_count = 4;
    r->spell = r->has_end = true;
    p->reg_count++;
    p->has_force = true;
    add(p, 0,
        piece(p, P_NONE,
              format(p,
                     "register permit (居住) supplied by \"登记\"%s:"
                     "\n\tplace (所在): division\n\tstate (状况): e1"
                     "\n\tsince (开始): date start\n\ttill (结束): date end empty is open",
                     chance(p, 50) ? " no overlap" : "")));
    add(p, 0,
        piece(p, P_NONE,
              "force permit match state at place:\n\tm1_0: in force valid"
              "\n\tm1_1: void suspended\n\tm1_2: void cancelled\n\tno record: void no_permit"));
}

static void gen_catalogue(struct gen_program *p)
{
    add(p, 0, piece(p, P_NONE, "unit u0 (次)"));
    for (uint32_t e = 0; e < ENUMS; e++)
        gen_enum(p, e);
    const uint32_t n = 3 + below(p, 4);
    for (p->reg_count = 0; p->reg_count < n; p->reg_count++)
        gen_register(p, p->reg_count);
    if (chance(p, 60)) gen_permit(p);
}

/* --- expressions --- */

static struct piece *gen_points(struct gen_program *p, uint32_t depth);
static struct piece *gen_cond(struct gen_program *p, uint32_t depth);
static struct piece *gen_date(struct gen_program *p, uint32_t depth);

/* A field of `kind` that can stand here: of the record at hand, or of a one-per-person register.
 * NULL when there is none. */
static const struct gen_field *find_field(struct gen_program *p, enum field_kind kind,
                                          const char **ret_register)
{
    const struct gen_field *found = NULL;
    uint32_t seen = 0;
    for (uint32_t r = 0; r < p->reg_count; r++) {
        const struct gen_register *reg = &p->regs[r];
        if (!reg->one && (int32_t)r != p->scope) continue;
        for (uint32_t i = 0; i < reg->field_count; i++) {
            if (reg->fields[i].kind != kind) continue;
            const uint32_t weight = (int32_t)r == p->scope ? 3 : 1;
            seen += weight;
            if (below(p, seen) >= weight) continue;
            found = &reg->fields[i];
            *ret_register = reg->name;
        }
    }
    return found;
}

/* A register with records and, if wanted, a field of `kind`. -1 when there is none. */
static int32_t find_records(struct gen_program *p, int kind,
                            bool (*fits)(const struct gen_register *),
                            const struct gen_field **ret_field)
{
    int32_t found = -1;
    uint32_t seen = 0;
    for (uint32_t r = 0; r < p->reg_count; r++) {
        const struct gen_register *reg = &p->regs[r];
        if (fits && !fits(reg)) continue;
        if (kind < 0) {
            if (reg->one && !chance(p, 10)) continue;
            if (below(p, ++seen) == 0) found = (int32_t)r;
            continue;
        }
        for (uint32_t i = 0; i < reg->field_count; i++) {
            if ((int)reg->fields[i].kind != kind || below(p, ++seen) != 0) continue;
            found = (int32_t)r;
            *ret_field = &reg->fields[i];
        }
    }
    return found;
}

static bool fits_day_spell(const struct gen_register *r)
{
    return r->spell && !r->months;
}

static bool fits_spell(const struct gen_register *r)
{
    return r->spell;
}

static bool fits_months(const struct gen_register *r)
{
    return r->months;
}

static const char *some_day(struct gen_program *p)
{
    return format(p, "%u-%02u-%02u", 2010 + below(p, 20), 1 + below(p, 12), 1 + below(p, 28));
}

static struct piece *gen_window(struct gen_program *p, int32_t reg)
{
    const struct gen_register *r = &p->regs[reg];
    if ((!r->event && !r->spell) || chance(p, 55)) return piece(p, P_NONE, "");
    switch (below(p, 5)) {
    case 0:
        return piece(p, P_NONE, format(p, " last %u years", 1 + below(p, 6)));
    case 1:
        return piece(p, P_NONE, format(p, " valid for %u months", 1 + below(p, 40)));
    case 2:
        return piece(p, P_NONE, " this year");
    case 3:
        return piece(p, P_NONE, " previous year");
    default:
        return piece(p, P_NONE,
                     format(p, " from %u-%02u-01 to %u-%02u-28", 2015 + below(p, 8),
                            1 + below(p, 12), 2023 + below(p, 6), 1 + below(p, 12)));
    }
}

/* " when …" over the records of `reg`, or nothing. */
static struct piece *gen_when(struct gen_program *p, int32_t reg, uint32_t depth)
{
    const int32_t outer = p->scope;
    if (depth == 0 || chance(p, 45)) return piece(p, P_NONE, "");
    p->scope = reg;
    struct piece *x = piece1(p, P_ROW, " when @", gen_cond(p, depth - 1));
    p->scope = outer;
    return x;
}

static struct piece *gen_literal(struct gen_program *p, enum piece_type t)
{
    switch ((int)t) {
    case P_POINTS:
        return piece(p, t,
                     chance(p, 60) ? format(p, "%upt", below(p, 30))
                                   : format(p, "%u.%02upt", below(p, 10), below(p, 100)));
    case P_INT:
        return piece(p, t, format(p, "%u u0", below(p, 20)));
    case P_MONEY:
        return piece(p, t, format(p, "%u yuan", 100 * below(p, 500)));
    case P_AGE:
        return piece(p, t, format(p, "%u years_old", 1 + below(p, 80)));
    case P_MONTHS:
        return piece(p, t, format(p, "%u months", 1 + below(p, 150)));
    case P_DAYS:
        return piece(p, t, format(p, "%u days", below(p, 3000)));
    default:
        return piece(p, P_DATE, some_day(p));
    }
}

/* sum, highest, lowest, current over a field; NULL when no register has one. */
static struct piece *gen_field_aggregate(struct gen_program *p, enum piece_type t,
                                         enum field_kind kind, const char *none, uint32_t depth)
{
    const struct gen_field *f = NULL;
    const bool current = chance(p, 30);
    const int32_t reg =
        p->scope >= 0 ? -1 : find_records(p, (int)kind, current ? fits_day_spell : NULL, &f);
    static const char *const VERB[] = {"highest", "lowest", "sum"};
    const bool sums = t == P_INT || t == P_MONEY;
    if (reg < 0) return NULL;
    const char *verb = current ? "current" : VERB[below(p, sums ? 3 : 2)];
    const bool sum = !strcmp(verb, "sum");
    const char *text = format(p, "%s(%s.%s@@%s)", verb, p->regs[reg].name, f->name,
                              sum ? "" : format(p, " if none %s", none));
    struct piece *window = current ? piece(p, P_NONE, "") : gen_window(p, reg);
    return piece2(p, t, text, gen_when(p, reg, depth), window);
}

static struct piece *gen_leaf(struct gen_program *p, enum piece_type t, enum field_kind kind,
                              uint32_t depth)
{
    const char *reg = NULL;
    const struct gen_field *f = find_field(p, kind, &reg);
    if (f && chance(p, p->scope >= 0 ? 85 : 40))
        return piece(p, t, format(p, "%s.%s", reg, f->name));
    struct piece *x = NULL;
    if (depth > 0) x = gen_field_aggregate(p, t, kind, gen_literal(p, t)->text, depth - 1);
    return x ? x : gen_literal(p, t);
}

static struct piece *gen_count(struct gen_program *p, uint32_t depth)
{
    const struct gen_field *unused = NULL;
    const int32_t reg = p->scope >= 0 ? -1 : find_records(p, -1, NULL, &unused);
    if (reg < 0) return piece(p, P_INT, "2 u0");
    struct piece *x = piece2(p, P_NONE, format(p, "count(%s@@)", p->regs[reg].name),
                             gen_when(p, reg, depth), gen_window(p, reg));
    return x;
}

static struct piece *gen_months(struct gen_program *p, uint32_t depth)
{
    const struct gen_field *unused = NULL;
    const int32_t reg = p->scope >= 0 ? -1 : find_records(p, -1, fits_spell, &unused);
    if (reg < 0 || chance(p, 25))
        return depth == 0 ? gen_literal(p, P_MONTHS)
                          : piece2(p, P_MONTHS, "months between(@, @)", gen_date(p, depth - 1),
                                   gen_date(p, depth - 1));
    if (fits_months(&p->regs[reg]) && chance(p, 50))
        return piece3(p, P_MONTHS, format(p, "consecutive months of(%s@@@)", p->regs[reg].name),
                      gen_when(p, reg, depth), gen_window(p, reg),
                      piece(p, P_NONE,
                            chance(p, 60) ? format(p, " gap at most %u months", below(p, 6)) : ""));
    const bool pooling = !p->regs[reg].months && chance(p, 60);
    return piece3(
        p, P_MONTHS, format(p, "months of(%s@@@)", p->regs[reg].name), gen_when(p, reg, depth),
        gen_window(p, reg),
        piece(p, P_NONE, pooling ? format(p, " pooling %u days", 15 + below(p, 40)) : ""));
}

static struct piece *gen_date(struct gen_program *p, uint32_t depth)
{
    if (depth == 0 || chance(p, 55)) {
        if (chance(p, 15)) return piece(p, P_DATE, "scoring day");
        return gen_leaf(p, P_DATE, F_DATE, depth);
    }
    if (chance(p, 40)) return piece1(p, P_DATE, "year start(@)", gen_date(p, depth - 1));
    return piece1(p, P_DATE,
                  format(p, "add months(@, %u months %s)", 1 + below(p, 60),
                         chance(p, 50) ? "clamped" : "next day"),
                  gen_date(p, depth - 1));
}

/* A quantity of a type; always fit to stand inside brackets. */
static struct piece *gen_quantity(struct gen_program *p, enum piece_type t, uint32_t depth)
{
    const enum field_kind kind = t == P_MONEY ? F_MONEY : F_INT;
    struct piece *x = NULL;
    if (t == P_POINTS) return gen_points(p, depth);
    if (depth > 0 && chance(p, 20)) {
        struct piece *a = gen_quantity(p, t, depth - 1), *b = gen_quantity(p, t, depth - 1);
        x = piece2(p, t, chance(p, 60) ? "((@) + (@))" : "((@) - (@))", a, b);
    } else if (depth > 0 && chance(p, 10)) {
        x = piece1(p, t, format(p, "((@) times %u)", 2 + below(p, 5)),
                   gen_quantity(p, t, depth - 1));
    } else if (t == P_AGE) {
        x = chance(p, 75) || depth == 0
                ? piece1(p, t, "age of(@)", gen_date(p, depth ? depth - 1 : 0))
                : piece2(p, t, "age of(@ as of @)", gen_date(p, depth - 1), gen_date(p, depth - 1));
    } else if (t == P_MONTHS) {
        x = gen_months(p, depth);
    } else if (t == P_DAYS) {
        x = piece2(p, t, "((@) - (@))", gen_date(p, depth ? depth - 1 : 0),
                   gen_date(p, depth ? depth - 1 : 0));
    } else {
        x = gen_leaf(p, t, kind, depth);
    }
    x->simple = gen_literal(p, t)->text;
    return x;
}

static enum piece_type some_quantity(struct gen_program *p)
{
    static const enum piece_type TYPES[] = {P_INT, P_INT,    P_MONEY,  P_AGE,
                                            P_AGE, P_MONTHS, P_MONTHS, P_DAYS};
    return TYPES[below(p, sizeof TYPES / sizeof TYPES[0])];
}

static struct piece *gen_comparison(struct gen_program *p, uint32_t depth)
{
    static const char *const VERB[] = {"at least",  "at most", "more than",
                                       "less than", "is",      "is not"};
    const char *verb = VERB[below(p, 6)], *reg = NULL;
    const struct gen_field *f;
    enum piece_type t;

    switch (below(p, 8)) {
    case 0: {
        struct piece *x = gen_leaf(p, P_DATE, F_DATE, depth);
        return piece2(p, P_BOOL, format(p, "(@) %s @", verb), x, gen_literal(p, P_DATE));
    }
    case 1:
        f = find_field(p, F_LEVEL, &reg);
        if (f) return piece(p, P_BOOL, format(p, "%s.%s %s %s", reg, f->name, verb, member(p, 0)));
        break;
    case 2:
        f = find_field(p, F_CATEGORY, &reg);
        if (f)
            return piece(
                p, P_BOOL,
                format(p, "%s.%s within {%s, %s}", reg, f->name, member(p, 2), member(p, 2)));
        break;
    case 3:
        f = find_field(p, F_DIVISION, &reg);
        if (f)
            return piece(p, P_BOOL,
                         format(p, "%s.%s within %s", reg, f->name,
                                chance(p, 40)   ? "here"
                                : chance(p, 50) ? "330100"
                                                : "{330106, 330200}"));
        break;
    case 4:
        f = find_field(p, F_YESNO, &reg);
        if (f) return piece(p, P_BOOL, format(p, "%s.%s", reg, f->name));
        break;
    case 5:
        f = find_field(p, F_SHARE, &reg);
        if (f)
            return piece(p, P_BOOL, format(p, "%s.%s %s %u%%", reg, f->name, verb, below(p, 101)));
        break;
    default:
        break;
    }
    t = some_quantity(p);
    struct piece *x = depth == 0 ? gen_quantity(p, t, 0) : gen_quantity(p, t, depth - 1);
    struct piece *y =
        chance(p, 80) || depth == 0 ? gen_literal(p, t) : gen_quantity(p, t, depth - 1);
    return piece2(p, P_BOOL, format(p, "(@) %s (@)", verb), x, y);
}

static struct piece *gen_cond(struct gen_program *p, uint32_t depth)
{
    struct piece *x = NULL;
    const struct gen_field *unused = NULL;
    if (depth > 0 && chance(p, 20)) {
        struct piece *a = gen_cond(p, depth - 1), *b = gen_cond(p, depth - 1);
        x = piece2(p, P_BOOL, chance(p, 50) ? "((@) and (@))" : "((@) or (@))", a, b);
    } else if (depth > 0 && chance(p, 10)) {
        x = piece1(p, P_BOOL, "not (@)", gen_cond(p, depth - 1));
    } else if (p->scope < 0 && chance(p, 40)) {
        const bool now = chance(p, 40);
        const int32_t reg = find_records(p, -1, now ? fits_day_spell : NULL, &unused);
        if (reg >= 0)
            x = piece2(p, P_BOOL, format(p, "%s(%s@@)", now ? "now any" : "any", p->regs[reg].name),
                       gen_when(p, reg, depth), now ? piece(p, P_NONE, "") : gen_window(p, reg));
    }
    return x ? x : gen_comparison(p, depth);
}

static struct piece *gen_per(struct gen_program *p, uint32_t depth)
{
    const enum piece_type t = some_quantity(p);
    const char *unit = t == P_MONEY    ? format(p, "%u yuan", 100 * (1 + below(p, 100)))
                       : t == P_AGE    ? format(p, "%u years_old", 1 + below(p, 3))
                       : t == P_MONTHS ? format(p, "%u months", 1 + below(p, 12))
                       : t == P_DAYS   ? format(p, "%u days", 1 + below(p, 400))
                                       : format(p, "%u u0", 1 + below(p, 5));
    const char *gain = p->has_param && chance(p, 20) ? "rate" : gen_literal(p, P_POINTS)->text;
    return piece1(p, P_POINTS, format(p, "per %s (@) gives %s", unit, gain),
                  gen_quantity(p, t, depth ? depth - 1 : 0));
}

static struct piece *gen_points(struct gen_program *p, uint32_t depth)
{
    static const char *const ROUND[] = {"rounded half up", "rounded down", "rounded up"};
    struct piece *x;
    const char *reg = NULL;
    const struct gen_field *share = find_field(p, F_SHARE, &reg);

    if (depth == 0 || chance(p, 15)) {
        if (p->lets > 0 && chance(p, 50))
            return piece(p, P_POINTS, p->let_names[below(p, p->lets)]);
        return gen_literal(p, P_POINTS);
    }
    switch (below(p, 8)) {
    case 0:
        x = piece2(p, P_POINTS, "((@) + (@))", gen_points(p, depth - 1), gen_points(p, depth - 1));
        break;
    case 1:
        x = piece1(p, P_POINTS, format(p, "((@) capped at %upt)", 1 + below(p, 20)),
                   gen_points(p, depth - 1));
        break;
    case 2:
        x = share && chance(p, 50)
                ? piece1(p, P_POINTS,
                         format(p, "((@) times %s.%s %s)", reg, share->name, ROUND[below(p, 3)]),
                         gen_points(p, depth - 1))
                : piece1(p, P_POINTS,
                         format(p, "((@) times %u/%u %s)", 1 + below(p, 5), 2 + below(p, 7),
                                ROUND[below(p, 3)]),
                         gen_points(p, depth - 1));
        break;
    case 3:
        x = piece2(p, P_POINTS, format(p, "((@) divided by (count_or_one) %s)", ROUND[below(p, 3)]),
                   gen_points(p, depth - 1), piece(p, P_NONE, ""));
        x->text = format(p, "((@) divided by (%u + @) %s)", 1 + below(p, 3), ROUND[below(p, 3)]);
        x->kids[1] = p->scope < 0 ? gen_count(p, depth - 1) : piece(p, P_NONE, "1");
        if (x->kids[1]->type == P_INT) x->kids[1] = piece(p, P_NONE, "1");
        break;
    default:
        x = gen_per(p, depth);
        break;
    }
    x->simple = gen_literal(p, P_POINTS)->text;
    return x;
}

/* --- bodies: blocks of points --- */

static struct piece *gen_body(struct gen_program *p, uint32_t depth);

static struct piece *gen_bands(struct gen_program *p, uint32_t depth)
{
    static const uint32_t UNIT[] = {
        [P_INT] = 1, [P_MONEY] = 500, [P_AGE] = 3, [P_MONTHS] = 6, [P_DAYS] = 100};
    static const char *const WORD[] = {[P_INT] = "u0",
                                       [P_MONEY] = "yuan",
                                       [P_AGE] = "years_old",
                                       [P_MONTHS] = "months",
                                       [P_DAYS] = "days"};
    const enum piece_type t = some_quantity(p);
    const uint32_t a = UNIT[t] * (1 + below(p, 8)), b = a + UNIT[t] * (1 + below(p, 8));
    const char *w = WORD[t];
    struct piece *x = piece1(p, P_BODY, NULL, gen_quantity(p, t, depth ? depth - 1 : 0));
    const bool other = chance(p, 40);
    x->text =
        format(p, "bands (@):\n\tless than %u %s: @\n\t%u %s or more %u %s or less: @\n\t%s: @", a,
               w, a, w, b, w, other ? "other" : format(p, "more than %u %s", b, w));
    for (int i = 0; i < 3; i++)
        x->kids[x->kid_count++] = gen_body(p, depth ? depth - 1 : 0);
    return x;
}

static struct piece *gen_match(struct gen_program *p, uint32_t depth)
{
    const char *reg = NULL, *subject = NULL;
    const bool level = chance(p, 50);
    const uint32_t e = level ? 0 : 2;
    const struct gen_field *f = find_field(p, level ? F_LEVEL : F_CATEGORY, &reg);
    struct piece *value;

    if (f) {
        subject = format(p, "%s.%s", reg, f->name);
        value = piece(p, P_NONE, subject);
    } else {
        value = NULL;
        for (int i = 0; i < 4 && !value; i++) {
            value =
                gen_field_aggregate(p, P_NONE, level ? F_LEVEL : F_CATEGORY, member(p, e), depth);
            if (value && !level && strncmp(value->text, "current", 7) != 0) value = NULL;
        }
        if (!value) return gen_bands(p, depth);
    }
    const uint32_t cut = 1 + below(p, p->members[e] - 1);
    struct piece *x = piece1(p, P_BODY, NULL, value);
    x->text = level ? format(p, "match @:\n\tm0_%u or more: @\n\tother: @", cut)
                    : format(p, "match @:\n\tm2_0: @\n\tother: @");
    x->kids[x->kid_count++] = gen_body(p, depth ? depth - 1 : 0);
    x->kids[x->kid_count++] = gen_body(p, depth ? depth - 1 : 0);
    return x;
}

static struct piece *gen_each(struct gen_program *p, uint32_t depth)
{
    const struct gen_field *key = NULL;
    const int32_t outer = p->scope;
    const int32_t reg = find_records(p, -1, NULL, &key);
    const char *same = "", *cap = "";
    if (reg < 0) return gen_points(p, depth);
    const struct gen_register *r = &p->regs[reg];
    for (uint32_t i = 0; i < r->field_count; i++)
        if (r->fields[i].kind == F_KEY && strcmp(r->name, "permit") != 0 && chance(p, 70))
            same = format(p, " same %s highest of", r->fields[i].name);
    if (r->event && chance(p, 40)) cap = format(p, " per year capped at %upt", 1 + below(p, 20));
    struct piece *when = gen_when(p, reg, depth), *window = gen_window(p, reg);
    p->scope = reg;
    const uint32_t lets = p->lets;
    p->lets = 0;
    struct piece *body = gen_body(p, depth ? depth - 1 : 0);
    p->lets = lets;
    p->scope = outer;
    return piece3(p, P_BODY, format(p, "each %s@@%s%s:\n\t@", r->name, same, cap), when, window,
                  body);
}

static struct piece *gen_body(struct gen_program *p, uint32_t depth)
{
    static const char *const LIST[] = {"highest of", "lowest of", "sum of"};
    struct piece *x;
    const uint32_t pick = depth == 0 ? 9 : below(p, 10);

    if (pick == 0 || pick == 1) {
        x = gen_bands(p, depth);
    } else if (pick == 2) {
        x = gen_match(p, depth);
    } else if (pick == 3) {
        x = piece3(p, P_BODY, "if @: @\nelse: @", gen_cond(p, depth), gen_body(p, depth - 1),
                   gen_body(p, depth - 1));
    } else if (pick == 4) {
        x = piece2(p, P_BODY, format(p, "%s:\n\t@\n\t@", LIST[below(p, 3)]), gen_body(p, depth - 1),
                   gen_body(p, depth - 1));
    } else if (pick == 5 && p->scope < 0) {
        x = gen_each(p, depth);
    } else if (pick == 6) {
        x = piece1(p, P_BODY, format(p, "capped at %upt:\n\t@", 1 + below(p, 25)),
                   gen_body(p, depth - 1));
    } else {
        x = gen_points(p, depth);
    }
    if (x->type == P_BODY) x->simple = gen_literal(p, P_POINTS)->text;
    return x;
}

/* --- statements --- */

static struct piece *gen_lets(struct gen_program *p)
{
    if (!chance(p, 25)) return piece(p, P_NONE, "");
    p->lets = 0;
    char name[16];
    struct piece *value = gen_points(p, 2);
    const char *decl = declare(p, name);
    memcpy(p->let_names[p->lets++], name, sizeof name);
    return piece1(p, P_NONE, format(p, "let %s = @\n\t", decl), value);
}

static void gen_clauses(struct gen_program *p, uint32_t file, const char *indicator, bool one)
{
    char first[16] = "", name[16];
    const uint32_t n = 1 + below(p, 3);
    for (uint32_t i = 0; i < n; i++) {
        const char *decl = declare(p, name);
        p->lets = 0;
        struct piece *when = i > 0 || chance(p, 50) ? gen_when(p, -1, 3) : piece(p, P_NONE, "");
        struct piece *lets = gen_lets(p);
        const char *except = one && i > 0 ? format(p, " exception to %s", first) : "";
        const char *dates = chance(p, 15) ? format(p, " from %u-01-01", 2023 + below(p, 4)) : "";
        add(p, file,
            piece3(p, P_STATEMENT,
                   format(p, "clause %s in %s%s%s%s@:\n\t@@", decl, indicator, dates, except,
                          one && i == 0 && file == 0 && chance(p, 30) ? " may vary" : ""),
                   when, lets, gen_body(p, 3)));
        if (i == 0) memcpy(first, name, sizeof first);
    }
    p->lets = 0;
}

static void gen_indicator(struct gen_program *p, uint32_t file, const char *group)
{
    char name[16];
    const char *decl = declare(p, name);
    const char *combine = chance(p, 15) ? " sum of" : chance(p, 10) ? " highest of" : "";
    const char *cap = chance(p, 35) ? format(p, " capped at %upt", 2 + below(p, 40)) : "";
    const char *floor = chance(p, 15) ? format(p, " floor at %upt", below(p, 4)) : "";
    const char *unknown = chance(p, 15) ? format(p, " if unknown from %u-01-01 counts %upt",
                                                 2024 + below(p, 4), below(p, 5))
                                        : "";
    const char *head =
        format(p, "indicator %s in %s%s%s%s%s", decl, group, combine, cap, floor, unknown);
    if (chance(p, 30)) {
        add(p, file, piece(p, P_STATEMENT, head));
        gen_clauses(p, file, name, *combine == 0);
    } else {
        p->lets = 0;
        struct piece *when = gen_when(p, -1, 3), *lets = gen_lets(p);
        add(p, file,
            piece3(p, P_STATEMENT, format(p, "%s@:\n\t@@", head), when, lets, gen_body(p, 4)));
        p->lets = 0;
    }
    if (chance(p, 15))
        add(p, file, piece1(p, P_STATEMENT, format(p, "veto %s when @", name), gen_cond(p, 3)));
}

static void gen_whole(struct gen_program *p, uint32_t file)
{
    char name[16];
    if (chance(p, 25)) add(p, file, piece1(p, P_STATEMENT, "veto all when @", gen_cond(p, 3)));
    if (chance(p, 25)) add(p, file, piece1(p, P_STATEMENT, "freeze when @", gen_cond(p, 3)));
    if (chance(p, 40)) {
        const char *decl = declare(p, name);
        add(p, file,
            piece3(p, P_STATEMENT, format(p, "gate %s:\n\t@\n\tany of:\n\t\t@\n\t\t@", decl),
                   gen_cond(p, 3), gen_cond(p, 2), gen_cond(p, 2)));
    }
}

static void gen_groups(struct gen_program *p)
{
    add(p, 0,
        piece(p, P_NONE,
              chance(p, 50) ? "grand total total (总计) floor at 0pt"
                            : "grand total total (总计)"));
    add(p, 0,
        piece(p, P_NONE,
              format(p, "group common (共同) in total%s", chance(p, 30) ? " highest of" : "")));
    add(p, 0,
        piece(p, P_NONE,
              format(p, "group local (地方) in total%s open to city, county",
                     chance(p, 50) ? " capped at 60pt" : "")));
    add(p, 0, piece(p, P_NONE, "group minus (减分) in total deducts open to city, county"));
    add(p, 0, piece(p, P_NONE, "group inner (里面) in common"));
}

static const char *const GROUPS[] = {"common", "common", "common", "inner",
                                     "local",  "minus",  "total"};

static void gen_head(struct gen_program *p, uint32_t file, const char *layer, const char *under)
{
    static const char *const NAME[FILES_MAX] = {"province", "city", "county", "town"};
    static const char *const ZH[FILES_MAX] = {"全省方案", "市方案", "县方案", "别县方案"};
    add(p, file, piece(p, P_NONE, format(p, "scheme \"%s\" (s_%s)", ZH[file], NAME[file])));
    add(p, file, piece(p, P_NONE, format(p, "layer %s", layer)));
    if (*under) add(p, file, piece(p, P_NONE, format(p, "under %s", under)));
    if (file == 0) add(p, file, piece(p, P_NONE, chance(p, 80) ? "scale 0.01pt" : "scale 0.001pt"));
    add(p, file, piece(p, P_NONE, "source \"来源\" from 2015-01-01"));
}

static void gen_province(struct gen_program *p)
{
    gen_head(p, 0, "province 330000", "");
    gen_catalogue(p);
    gen_groups(p);
    if (chance(p, 40)) {
        p->has_param = true;
        add(p, 0,
            piece(p, P_NONE,
                  "parameter rate (月分) open to city range 0.1pt to 5pt:"
                  "\n\tfrom 2015-01-01 to 2025-12-31 1pt\n\tfrom 2026-01-01 2pt"));
    }
    p->scope = -1;
    for (uint32_t n = 2 + below(p, 4); n > 0; n--)
        gen_indicator(p, 0, GROUPS[below(p, sizeof GROUPS / sizeof GROUPS[0])]);
    gen_whole(p, 0);
}

static void gen_local(struct gen_program *p, uint32_t file)
{
    static const char *const LAYER[] = {"", "city 330100", "county 330106", "county 330381"};
    static const char *const UNDER[] = {"", "s_province", "s_city", "s_province"};
    gen_head(p, file, LAYER[file], UNDER[file]);
    if (file == 1 && p->has_param && chance(p, 60))
        add(p, file, piece(p, P_NONE, "implements rate:\n\tfrom 2020-01-01 3pt"));
    for (uint32_t n = 1 + below(p, 3); n > 0; n--)
        gen_indicator(p, file, chance(p, 80) ? "local" : "minus");
    if (chance(p, 30)) gen_whole(p, file);
}

enum err gen_program_new(struct arena *a, uint64_t seed, struct gen_program **ret)
{
    struct gen_program *p = ARENA_NEW(a, struct gen_program);
    if (!p) return ERR_NOMEM;
    p->a = a;
    p->g.state = seed * 0x2545F4914F6CDD1Du + 1;
    p->scope = -1;
    gen_province(p);
    p->file_count = 1;
    if (chance(p, 45)) {
        p->file_count = 2 + below(p, 3);
        for (uint32_t f = 1; f < p->file_count; f++)
            gen_local(p, f);
    }
    if (p->failed) return ERR_NOMEM;
    *ret = p;
    return ERR_OK;
}

/* --- text --- */

struct printer {
    struct buf *out;
    uint32_t line;
};

static struct piece *standing(struct piece *x)
{
    while (x->instead)
        x = x->instead;
    return x;
}

static void print_piece(struct printer *pr, struct piece *given, uint32_t indent)
{
    struct piece *x = standing(given);
    uint32_t kid = 0, deeper = indent;

    given->first_line = pr->line;
    if (given->gone) return;
    for (const char *c = x->text; *c; c++) {
        if (*c == '@' && kid < x->kid_count) {
            print_piece(pr, x->kids[kid++], deeper);
        } else if (*c == '\n') {
            deeper = indent;
            while (c[1] == '\t') {
                deeper++;
                c++;
            }
            buf_add_char(pr->out, '\n');
            pr->line++;
            for (uint32_t i = 0; i < 2 * deeper; i++)
                buf_add_char(pr->out, ' ');
        } else {
            buf_add_char(pr->out, *c);
        }
    }
    given->lines = pr->line - given->first_line + 1;
}

static void print_file(const struct gen_program *p, uint32_t file, struct buf *out)
{
    struct printer pr = {out, 6};
    buf_add_c(out, "rules en 1\n\n# 一\n\n```rules\n");
    for (uint32_t i = 0; i < p->file_statements[file]; i++) {
        if (p->files[file][i]->gone) continue;
        print_piece(&pr, p->files[file][i], 0);
        buf_add_char(out, '\n');
        pr.line++;
    }
    buf_add_c(out, "```\n");
}

void gen_program_print(const struct gen_program *p, struct buf *out)
{
    for (uint32_t f = 0; f < p->file_count; f++)
        print_file(p, f, out);
}

enum err gen_program_files(const struct gen_program *p, struct arena *a, struct src_file **ret,
                           size_t *ret_count)
{
    static const char *const PATH[FILES_MAX] = {"province.md", "city.md", "county.md", "town.md"};
    struct src_file *files = ARENA_ARRAY(a, struct src_file, p->file_count);
    if (!files) return ERR_NOMEM;
    for (uint32_t f = 0; f < p->file_count; f++) {
        struct buf b;
        buf_init(&b, 0);
        print_file(p, f, &b);
        files[f].path = str_from_c(PATH[f]);
        files[f].text = str_copy(a, buf_str(&b));
        const bool ok = buf_err(&b) == ERR_OK && files[f].text.p;
        buf_done(&b);
        if (!ok) return ERR_NOMEM;
    }
    *ret = files;
    *ret_count = p->file_count;
    return ERR_OK;
}

/* --- compiling --- */

static enum err compile(const struct gen_program *p, struct arena *a, struct diag_list *diags,
                        const struct rules **ret)
{
    struct src_file *files;
    size_t count;
    enum err e = gen_program_files(p, a, &files, &count);
    *ret = NULL;
    return e == ERR_OK ? rules_compile(a, files, count, diags, ret) : e;
}

/* Take out the statements that errors stand in; returns how many. */
static uint32_t take_out(struct gen_program *p, const struct diag_list *diags)
{
    uint32_t taken = 0;
    for (size_t d = 0; d < diags->count; d++) {
        const struct diag *x = &diags->items[d];
        if (x->severity != SEVERITY_ERROR || x->at.file >= p->file_count) continue;
        for (uint32_t i = 0; i < p->file_statements[x->at.file]; i++) {
            struct piece *s = p->files[x->at.file][i];
            const bool inside =
                x->at.line >= s->first_line && x->at.line < s->first_line + s->lines;
            if (s->type != P_STATEMENT || s->gone || !inside) continue;
            s->gone = true;
            taken++;
        }
    }
    return taken;
}

enum err gen_program_compile(struct gen_program *p, struct arena *a, struct diag_list *diags,
                             const struct rules **ret)
{
    for (int round = 0; round < 8; round++) {
        struct diag_list local;
        diag_list_init(&local, a);
        const enum err e = compile(p, a, &local, ret);
        if (diags) *diags = local;
        if (e != ERR_RULES) return e;
        *ret = NULL;
        if (take_out(p, &local) == 0) return ERR_OK;
    }
    return ERR_OK;
}

/* --- shrinking --- */

struct shrink {
    struct gen_program *p;
    bool (*still)(void *ctx, const struct rules *r);
    void *ctx;
    uint32_t tries;
};

static bool holds(struct shrink *s)
{
    struct arena a;
    struct diag_list diags;
    const struct rules *r = NULL;
    if (s->tries == 0) return false;
    s->tries--;
    arena_init(&a, 0);
    diag_list_init(&diags, &a);
    const bool ok = compile(s->p, &a, &diags, &r) == ERR_OK && s->still(s->ctx, r);
    arena_done(&a);
    return ok;
}

static bool try_gone(struct shrink *s, struct piece *x)
{
    if (x->gone) return false;
    x->gone = true;
    if (holds(s)) return true;
    x->gone = false;
    return false;
}

static bool same_type(const struct piece *a, const struct piece *b)
{
    const bool points = a->type == P_BODY || a->type == P_POINTS;
    return a->type == b->type || (points && b->type == P_POINTS);
}

static bool try_instead(struct shrink *s, struct piece *x, struct piece *other)
{
    struct piece *at = standing(x);
    if (at == other) return false;
    at->instead = other;
    if (holds(s)) return true;
    at->instead = NULL;
    return false;
}

static bool shrink_piece(struct shrink *s, struct piece *x)
{
    struct piece *at = standing(x);
    bool changed = false;
    if (x->gone) return false;
    if ((x->type == P_STATEMENT || x->type == P_ROW) && try_gone(s, x)) return true;
    if (at->simple && strcmp(at->text, at->simple) != 0 &&
        try_instead(s, x, piece(s->p, at->type, at->simple)))
        return true;
    for (uint32_t i = 0; i < at->kid_count; i++)
        if (at->type != P_NONE && same_type(at, at->kids[i]) && try_instead(s, x, at->kids[i]))
            return true;
    for (uint32_t i = 0; i < at->kid_count; i++)
        changed |= shrink_piece(s, at->kids[i]);
    return changed;
}

void gen_program_shrink(struct gen_program *p, bool (*still)(void *ctx, const struct rules *r),
                        void *ctx, uint32_t tries)
{
    struct shrink s = {p, still, ctx, tries};
    bool changed = true;
    while (changed && s.tries > 0) {
        changed = false;
        while (p->file_count > 1) {
            p->file_count--;
            if (holds(&s)) continue;
            p->file_count++;
            break;
        }
        for (uint32_t f = 0; f < p->file_count; f++)
            for (uint32_t i = p->file_statements[f]; i-- > 0;)
                changed |= shrink_piece(&s, p->files[f][i]);
    }
}
