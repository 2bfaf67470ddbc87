/* See world.h. */
#include "world.h"

#include "base/division.h"
#include "base/file.h"
#include "lang/rules.h"

struct world w;

static void read_rules(char **path, int count)
{
    struct src_file *files = ARENA_ARRAY(&w.arena, struct src_file, (size_t)count);
    struct diag_list diags;

    diag_list_init(&diags, &w.arena);
    for (int i = 0; i < count; i++) {
        struct file_map m;
        INVARIANT(file_map(path[i], &m) == ERR_OK);
        files[i].path = str_from_c(path[i]);
        files[i].text = str_copy(&w.arena, m.bytes);
        file_unmap(&m);
    }
    INVARIANT(rules_compile(&w.arena, files, (size_t)count, &diags, &w.rules) == ERR_OK);
}

static void open_store(void)
{
    struct buf text, message;
    const char *given = getenv("JIFEN_STORE");

    snprintf(w.dir, sizeof w.dir, "world_XXXXXX");
    INVARIANT(mkdtemp(w.dir));
    if (given)
        snprintf(w.url, sizeof w.url, "%s", given);
    else
        snprintf(w.url, sizeof w.url, "sqlite:%s/jifen.db", w.dir);
    buf_init(&text, 0);
    buf_init(&message, 0);
    INVARIANT(keyring_add_key(&text) == ERR_OK);
    INVARIANT(keyring_read(buf_str(&text), NULL, &w.keys) == ERR_OK);
    INVARIANT(store_init(str_from_c(w.url), &message) == ERR_OK);
    buf_done(&text);
    buf_done(&message);
    INVARIANT(store_open(str_from_c(w.url), w.keys, &w.store) == ERR_OK);
    INVARIANT(facts_registers(&w.arena, w.rules, &w.regs, &w.reg_count) == ERR_OK);
    INVARIANT(store_registers(w.store, w.regs, w.reg_count) == ERR_OK);
}

void world_open(char **rule_files, int count)
{
    arena_init(&w.arena, 0);
    arena_init(&w.a, 0);
    read_rules(rule_files, count);
    open_store();
    world_begin(DAY(2015, 1, 1));
    for (uint32_t r = 0; r < w.reg_count; r++)
        INVARIANT(store_register_answer(w.store, r) == ERR_OK);
    world_commit();
}

void world_close(void)
{
    char command[64];

    w.store = store_close(w.store);
    keyring_free(w.keys);
    arena_done(&w.a);
    arena_done(&w.arena);
    snprintf(command, sizeof command, "rm -rf %s", w.dir);
    INVARIANT(system(command) == 0);
}

struct str world_key(void)
{
    char key[32];

    snprintf(key, sizeof key, "test-key-%08u", ++w.keys_used);
    return str_copy(&w.a, str_from_c(key));
}

int64_t world_person_of(const char *code)
{
    int64_t person;

    assert_int_equal(store_person_by_code(w.store, str_from_c(code), &person), ERR_OK);
    return person;
}

int world_fresh(void **state)
{
    (void)state;
    arena_done(&w.a);
    return 0;
}

struct load world_bring(const char *reg, enum load_mode mode, struct str file, struct str bytes,
                        int32_t day)
{
    struct caller c = world_system(day);
    struct loads x = {.s = w.store, .a = &w.a, .r = w.rules, .c = &c, .share_permille = 1000000};
    const struct load_ask ask = {
        .reg = str_from_c(reg), .mode = mode, .file_name = file, .bytes = bytes};
    struct buf trouble;
    struct load l;

    buf_init(&trouble, 0);
    assert_int_equal(load_stage(&x, world_key(), &ask, &l, &trouble), ERR_OK);
    assert_int_equal(load_accept(&x, world_key(), l.object.number, &l), ERR_OK);
    loads_done(&x);
    buf_done(&trouble);
    return l;
}

/* Nine in the morning, so that days and moments agree. */
static int64_t moment(int32_t day)
{
    return date_first_instant(day) + 9 * 3600 * MICROS_PER_SECOND;
}

void world_begin(int32_t day)
{
    const struct store_command c = {.key = world_key(),
                                    .role = STR("system"),
                                    .office = STR("test"),
                                    .kind = STR("test"),
                                    .at = moment(day)};
    struct store_began began;

    INVARIANT(store_command_begin(w.store, &w.a, &c, &began) == ERR_OK && !began.repeated);
}

void world_commit(void)
{
    INVARIANT(store_command_commit(w.store, STR("{}")) == ERR_OK);
}

int64_t world_person(const char *code)
{
    const struct store_identity i = {.code = str_from_c(code)};
    int64_t person;

    world_begin(DAY(2015, 1, 2));
    INVARIANT(store_person_add(w.store, &i, &person) == ERR_OK);
    world_commit();
    return person;
}

uint32_t world_reg(const char *ascii)
{
    for (uint32_t i = 0; i < w.rules->reg_count; i++)
        if (str_eq(w.rules->regs[i].name.ascii, str_from_c(ascii))) return i;
    INVARIANT(!"a register of the rules");
    return 0;
}

int world_field(uint32_t reg, const char *ascii)
{
    const struct rule_register *r = &w.rules->regs[reg];

    for (uint32_t i = 0; i < r->field_count; i++)
        if (str_eq(r->fields[i].name.ascii, str_from_c(ascii))) return (int)i;
    INVARIANT(!"a field of the register");
    return 0;
}

static struct store_cell cell_of(const struct rule_field *f, const char *text)
{
    struct store_cell c = {.known = true};
    const struct str s = str_from_c(text);
    int32_t v = 0;

    switch (f->type.vt) {
    case VT_DATE:
        if (s.n == 0)
            v = f->empty == EMPTY_OPEN ? DATE_OPEN_END : DATE_OPEN_START;
        else
            INVARIANT(date_parse(s, &v) == ERR_OK);
        break;
    case VT_MONTH:
        INVARIANT(month_parse(s, &v) == ERR_OK);
        break;
    case VT_DIVISION:
        INVARIANT(division_parse(s, &v) == ERR_OK);
        break;
    case VT_LEVEL:
    case VT_CATEGORY:
    case VT_KEY:
        c.t = str_copy(&w.a, s);
        break;
    case VT_BOOL:
    case VT_INT:
    case VT_POINTS:
    case VT_MONEY:
    case VT_MONTHS:
    case VT_DAYS:
    case VT_AGE:
    case VT_SHARE:
    case VT_COUNT_OF:
        v = (int32_t)strtol(text, NULL, 10);
        break;
    }
    c.i = v;
    return c;
}

void world_fact(int32_t day, int64_t person, const char *reg, ...)
{
    const uint32_t r = world_reg(reg);
    struct store_cell cells[64] = {{.known = false}};
    const char *name;
    int64_t fact;
    va_list va;

    va_start(va, reg);
    while ((name = va_arg(va, const char *))) {
        const int f = world_field(r, name);
        cells[f] = cell_of(&w.rules->regs[r].fields[f], va_arg(va, const char *));
    }
    va_end(va);
    world_begin(day);
    INVARIANT(store_fact_add(w.store, r, person, cells, &fact) == ERR_OK);
    world_commit();
}

struct caller world_resident(int64_t person, int32_t day)
{
    return (struct caller){.account = 1000000 + person,
                           .person = person,
                           .role = ROLE_RESIDENT,
                           .office = STR(""),
                           .now = moment(day),
                           .today = day};
}

struct caller world_staff(enum role role, int32_t division, int32_t day, int64_t account)
{
    return (struct caller){.account = account,
                           .role = role,
                           .division = division,
                           .office = STR("测试窗口"),
                           .purpose = STR("review"),
                           .now = moment(day),
                           .today = day};
}

struct caller world_system(int32_t day)
{
    return (struct caller){.role = ROLE_SYSTEM,
                           .division = 330000,
                           .office = STR("system"),
                           .now = moment(day),
                           .today = day};
}

uint64_t world_due(int32_t day)
{
    const struct caller c = world_system(day);
    struct due d = {0};

    while (!d.is_done)
        INVARIANT(due_portion(&d, w.store, w.rules, &c, 3) == ERR_OK);
    return d.steps;
}

void world_counts(struct buf *out)
{
    out->n = 0;
    INVARIANT(store_counts(w.store, out) == ERR_OK);
}

bool has(const struct buf *b, const char *text)
{
    return b->n > 0 && memmem(b->p, b->n, text, strlen(text)) != NULL;
}

void world_is_whole(void **state)
{
    struct store_audit_finding f;
    struct buf b;
    uint32_t count;

    (void)state;
    buf_init(&b, 0);
    assert_int_equal(store_check(w.store, LANG_EN, &b, &count), ERR_OK);
    if (count > 0) fail_msg("%.*s", STR_ARG(buf_str(&b)));
    buf_done(&b);
    assert_int_equal(store_audit_verify(w.store, &w.a, 0, NULL, &f), ERR_OK);
    assert_int_equal(f.seq, 0);
}
