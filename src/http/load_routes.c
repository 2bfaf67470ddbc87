/* Loads of registers by their departments: stage, look at the preview, accept, reverse. */
#include "service/loads.h"

#include <string.h>

#include "http/handlers.h"

/* /api/v1/loads/{number} */
#define AT_NUMBER 3
#define ARENA_MAX ((size_t)2 << 30) /* a load knows everybody: more than a request's own arena */

static struct loads begin(struct http_worker *w, const struct http_request *q, struct arena *a)
{
    arena_init(a, ARENA_MAX);
    return (struct loads){.s = w->store, .a = a, .r = w->rules, .c = &q->caller};
}

static void answer_load(struct http_worker *w, const struct http_request *q,
                        struct http_response *r, enum err e, const struct load *l)
{
    struct json j;

    if (e == ERR_OK) {
        json_init(&j, &r->body, false);
        load_add_json(l, w->rules, q->lang, &j);
    }
    answer_end(q, r, e);
}

/* ?mode= and ?encoding=, words of their lists; the first unless given. */
static bool query_word(const struct http_request *q, struct http_response *r, const char *name,
                       const char *const *words, size_t count, size_t *ret)
{
    const struct str v = http_query(q, name);

    *ret = 0;
    if (v.n == 0) return true;
    for (size_t i = 0; i < count; i++)
        if (str_eq(v, str_from_c(words[i]))) {
            *ret = i;
            return true;
        }
    problem_field(r, q, HTTP_FIELD_VALUE, str_from_c(name), NULL, 0);
    return false;
}

static bool read_ask(const struct http_request *q, struct http_response *r, struct load_ask *ret)
{
    static const char *const encodings[] = {"utf-8", "gb18030"};
    size_t mode, encoding;

    *ret = (struct load_ask){.bytes = q->body, .file_name = http_query(q, "file")};
    if (!query_needed(q, r, "register", &ret->reg) ||
        !query_word(q, r, "mode", load_mode_words, LOAD_MODE_COUNT, &mode) ||
        !query_word(q, r, "encoding", encodings, 2, &encoding))
        return false;
    ret->mode = (enum load_mode)mode;
    ret->encoding = encoding == 1 ? CSV_GB18030 : CSV_UTF8;
    return true;
}

void handle_load_stage(struct http_worker *w, const struct http_request *q, struct http_response *r)
{
    struct load_ask ask;
    struct arena a;
    struct load l;
    struct buf trouble;

    if (!read_ask(q, r, &ask)) return;
    struct loads x = begin(w, q, &a);
    buf_init(&trouble, 0);
    const enum err e = load_stage(&x, request_key(q), &ask, &l, &trouble);
    const struct str why = str_trim(buf_str(&trouble));
    if (e == ERR_INPUT)
        http_problem(r, q, 422, HTTP_FILE_UNUSABLE, &why, 1);
    else if (e == ERR_NOT_FOUND)
        problem_field(r, q, HTTP_FIELD_VALUE, STR("register"), NULL, 0);
    else
        answer_load(w, q, r, e, &l);
    buf_done(&trouble);
    loads_done(&x);
    arena_done(&a);
}

void handle_loads(struct http_worker *w, const struct http_request *q, struct http_response *r)
{
    struct arena a;
    struct load *items;
    uint32_t count;
    int64_t after = 0;
    struct json j;

    if (!query_int(q, r, "after", 0, INT64_MAX, &after)) return;
    struct loads x = begin(w, q, &a);
    const enum err e = load_list(&x, after, &items, &count);
    if (e == ERR_OK) {
        json_init(&j, &r->body, false);
        json_open_object(&j);
        json_key(&j, "items");
        json_open_array(&j);
        for (uint32_t i = 0; i < count; i++)
            load_add_json(&items[i], w->rules, q->lang, &j);
        json_end(&j);
        if (count > 0)
            put_int(&j, "last", items[count - 1].object.id);
        else
            put_null(&j, "last");
        json_end(&j);
    }
    answer_end(q, r, e);
    arena_done(&a);
}

void handle_load_show(struct http_worker *w, const struct http_request *q, struct http_response *r)
{
    struct arena a;
    struct load l;
    struct loads x = begin(w, q, &a);

    answer_load(w, q, r, load_get(&x, q->segments[AT_NUMBER], &l), &l);
    arena_done(&a);
}

void handle_load_errors(struct http_worker *w, const struct http_request *q,
                        struct http_response *r)
{
    struct arena a;
    struct str csv;
    struct loads x = begin(w, q, &a);

    r->type = "text/csv; charset=utf-8";
    http_add_header(r, q, "Content-Disposition", STR("attachment; filename=\"errors.csv\""));
    const enum err e = load_errors(&x, q->segments[AT_NUMBER], &csv);
    answer_text(q, r, e, csv);
    arena_done(&a);
}

typedef enum err load_step(struct loads *x, struct str key, struct str number, struct load *ret);

static void step(struct http_worker *w, const struct http_request *q, struct http_response *r,
                 load_step *run)
{
    struct arena a;
    struct load l;
    struct loads x = begin(w, q, &a);
    const enum err e = run(&x, request_key(q), q->segments[AT_NUMBER], &l);
    const struct str why = str_from_c(load_why_text(x.why, q->lang));
    if (e == ERR_CONFLICT && why.n > 0)
        http_problem(r, q, 409, HTTP_LOAD_NOT_NOW, &why, 1);
    else if (e == ERR_DENIED && x.why == LOAD_WHY_SAME_PERSON)
        http_problem(r, q, 403, HTTP_LOAD_NOT_NOW, &why, 1);
    else if (e == ERR_CONFLICT)
        http_problem(r, q, 409, HTTP_NOT_NOW, NULL, 0);
    else
        answer_load(w, q, r, e, &l);
    if (e != ERR_OK) answer_guard(q, r, load_why_guard(x.why));
    arena_done(&a);
}

void handle_load_accept(struct http_worker *w, const struct http_request *q,
                        struct http_response *r)
{
    step(w, q, r, load_accept);
}

void handle_load_second(struct http_worker *w, const struct http_request *q,
                        struct http_response *r)
{
    step(w, q, r, load_second);
}

void handle_load_drop(struct http_worker *w, const struct http_request *q, struct http_response *r)
{
    step(w, q, r, load_drop);
}

void handle_load_reverse(struct http_worker *w, const struct http_request *q,
                         struct http_response *r)
{
    step(w, q, r, load_reverse);
}
