/* The audit chain, read by auditors. */
#include "service/audit.h"

#include "base/decimal.h"

/* The kind, and the account it is about. */
static void put_kind(struct json *out, struct str kind)
{
    int64_t account = 0;
    size_t n = 0;

    while (n < kind.n && kind.p[n] != AUDIT_OF_ACCOUNT[0])
        n++;
    put_str(out, "kind", (struct str){kind.p, n});
    const bool has = n < kind.n && decimal_parse((struct str){kind.p + n + 1, kind.n - n - 1}, 1,
                                                 &account) == ERR_OK;
    if (has)
        put_int(out, "account", account);
    else
        put_null(out, "account");
}

void audit_put_record(struct json *out, const struct store_audit_record *x)
{
    json_open_object(out);
    put_int(out, "seq", x->seq);
    put_instant(out, "at", x->recorded);
    put_int(out, "command", x->command);
    put_kind(out, x->kind);
    put_int(out, "actor", x->actor);
    put_str(out, "role", x->role);
    put_str(out, "office", x->office);
    put_str(out, "purpose", x->purpose);
    if (x->person != 0)
        put_int(out, "person", x->person);
    else
        put_null(out, "person");
    put_str(out, "key", x->key);
    put_hash(out, "payload", &x->payload);
    put_hash(out, "effects", &x->effects);
    put_hash(out, "hash", &x->hash);
    json_end(out);
}

enum err audit_list(struct store *s, struct arena *a, const struct caller *c, int64_t after,
                    struct json *out)
{
    struct store_audit_record *items;
    uint32_t count;
    enum err e = access_check(c, ACTION_AUDIT_READ, 0, 0);

    if (e == ERR_OK) e = store_audit_list(s, a, after, AUDIT_LIMIT, &items, &count);
    if (e != ERR_OK) return e;
    json_open_object(out);
    json_key(out, "records");
    json_open_array(out);
    for (uint32_t i = 0; i < count; i++)
        audit_put_record(out, &items[i]);
    json_end(out);
    if (count == AUDIT_LIMIT)
        put_int(out, "next", items[count - 1].seq);
    else
        put_null(out, "next");
    json_end(out);
    return buf_err(out->out);
}

enum err audit_verify(struct store *s, struct arena *a, const struct caller *c, int64_t head_seq,
                      const struct hash *head, struct json *out)
{
    struct store_audit_finding f;
    enum err e = access_check(c, ACTION_AUDIT_VERIFY, 0, 0);

    if (e == ERR_OK) e = store_audit_verify(s, a, head_seq, head, &f);
    if (e != ERR_OK) return e;
    json_open_object(out);
    put_bool(out, "ok", f.seq == 0);
    put_int(out, "records", f.records);
    put_hash(out, "head", &f.head);
    if (f.seq != 0)
        put_int(out, "first_wrong", f.seq);
    else
        put_null(out, "first_wrong");
    const struct message *m = f.seq != 0 ? store_fault_message(f.fault) : NULL;
    if (m)
        put_str(out, "code", str_from_c(m->code));
    else
        put_null(out, "code");
    put_str(out, "why", str_from_c(m ? m->text[c->lang] : ""));
    json_end(out);
    return buf_err(out->out);
}
