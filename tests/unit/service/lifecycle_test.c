/* Life cycles as tables: they are whole, and docs/LIFECYCLES.md says what they say.
 *
 * lifecycle_test docs/LIFECYCLES.md     JIFEN_ACCEPT=1 writes the file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "service/claims.h"
#include "service/identity.h"
#include "service/loads.h"
#include "service/permit.h"
#include "service/term.h"
#include "service/trials.h"

static const struct life *const lives[] = {&permit_life, &claim_life, &load_life, &identity_life,
                                           &trial_life};
static const char *document;

static const char intro[] =
    "# 办理流程 · Life cycles\n\n"
    "由 `src/service/*.def` 生成，测试比对；改流程就改表。· Made from `src/service/*.def` and "
    "compared by a test; to change a\nlife cycle, change its table, then run the test with "
    "`JIFEN_ACCEPT=1`.\n\n";

static void make_document(struct buf *out)
{
    buf_add_c(out, intro);
    for (size_t i = 0; i < sizeof lives / sizeof *lives; i++)
        life_add_markdown(lives[i], out);
    term_add_markdown(out);
    while (out->n > 1 && out->p[out->n - 2] == '\n')
        out->n--;
}

static void the_document_is_the_table(void **state)
{
    struct file_map m;
    struct buf b;

    (void)state;
    buf_init(&b, 0);
    make_document(&b);
    if (getenv("JIFEN_ACCEPT")) {
        struct file_new f;
        assert_int_equal(file_new_open(document, &f), ERR_OK);
        fwrite(b.p, 1, b.n, f.stream);
        assert_int_equal(file_new_commit(&f), ERR_OK);
    }
    assert_int_equal(file_map(document, &m), ERR_OK);
    assert_true(str_eq(m.bytes, buf_str(&b)));
    file_unmap(&m);
    buf_done(&b);
}

static bool is_state(const struct life *l, const char *name)
{
    return life_state_named(l, str_from_c(name)) != NULL;
}

/* Every row is between states there are, a pair of state and event has one row, no role is left
 * out, nothing leaves an end but an appeal. */
static void rows_are_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof lives / sizeof *lives; i++)
        for (uint32_t k = 0; k < lives[i]->row_count; k++) {
            const struct life_row *r = &lives[i]->rows[k];
            assert_true(!*r->from || is_state(lives[i], r->from));
            assert_true(is_state(lives[i], r->to));
            assert_true(r->roles != 0 && r->roles < ROLE_BIT(ROLE_COUNT));
            assert_true(*r->text[LANG_ZH] && *r->text[LANG_EN]);
            for (uint32_t n = 0; n < k; n++) {
                const struct life_row *o = &lives[i]->rows[n];
                if (strcmp(o->from, r->from) == 0 && strcmp(o->event, r->event) == 0)
                    fail_msg("%s: two rows of %s, %s", lives[i]->kind, r->from, r->event);
            }
            const struct life_state *from = life_state_named(lives[i], str_from_c(r->from));
            if (from && from->is_end) assert_string_equal(r->event, "overturn");
        }
}

/* A guard has a code of its own that begins with the life cycle's name, and both sentences; every
 * bit of a row is a guard. */
static void guards_have_codes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof lives / sizeof *lives; i++) {
        const struct life *l = lives[i];
        uint32_t used = 0;
        for (uint32_t k = 0; k < l->row_count; k++)
            used |= l->rows[k].guards;
        assert_true(used != 0 && !(used & 1));
        for (uint8_t g = 1; g < 32 && used >> g; g++) {
            const struct life_word *word = &l->guards[g];
            const size_t n = strlen(l->kind);
            assert_true(used >> g & 1); /* none is left over */
            assert_true(strncmp(word->code, l->kind, n) == 0 && word->code[n] == '.');
            assert_true(*word->text[LANG_ZH] && *word->text[LANG_EN]);
            for (uint8_t o = 1; o < g; o++)
                assert_string_not_equal(word->code, l->guards[o].code);
        }
    }
}

/* A ground belongs to an event; who may give it may bring the event about. */
static void grounds_belong_to_events(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof lives / sizeof *lives; i++)
        for (uint32_t g = 0; g < lives[i]->ground_count; g++) {
            const struct life_ground *x = &lives[i]->grounds[g];
            uint32_t roles = 0;
            for (uint32_t k = 0; k < lives[i]->row_count; k++)
                if (strcmp(lives[i]->rows[k].event, x->event) == 0)
                    roles |= lives[i]->rows[k].roles;
            assert_true(x->roles != 0 && (x->roles & ~roles) == 0);
        }
}

/* From nothing every state can be reached, and from every state that is no end, an end. */
static void every_state_is_on_a_way(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof lives / sizeof *lives; i++) {
        const struct life *l = lives[i];
        for (uint32_t s = 0; s < l->state_count; s++) {
            bool entered = false, left = l->states[s].is_end;
            for (uint32_t k = 0; k < l->row_count; k++) {
                const bool loop = strcmp(l->rows[k].from, l->rows[k].to) == 0;
                entered |= !loop && strcmp(l->rows[k].to, l->states[s].name) == 0;
                left |= !loop && strcmp(l->rows[k].from, l->states[s].name) == 0;
            }
            /* what a load brought enters by being adopted */
            entered |= strcmp(l->states[s].name, "suspended_record") == 0;
            if (!entered || !left) fail_msg("%s: %s", l->kind, l->states[s].name);
        }
    }
}

/* The clock has at most one thing to do with a permit or a claim in a state. (With loads the
 * operator, who is the system too, may do the rest.) */
static void the_clock_knows_what_to_do(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++)
        for (uint32_t s = 0; s < lives[i]->state_count; s++) {
            uint32_t n = 0;
            for (uint32_t k = 0; k < lives[i]->row_count; k++)
                n += (lives[i]->rows[k].roles & ROLE_BIT(ROLE_SYSTEM)) &&
                     strcmp(lives[i]->rows[k].from, lives[i]->states[s].name) == 0;
            assert_true(n <= 1);
        }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_document_is_the_table), cmocka_unit_test(rows_are_whole),
        cmocka_unit_test(guards_have_codes),         cmocka_unit_test(grounds_belong_to_events),
        cmocka_unit_test(every_state_is_on_a_way),   cmocka_unit_test(the_clock_knows_what_to_do),
    };

    if (argc != 2) return 2;
    document = argv[1];
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
