/* JSON members that speak of rules, further to base/put.h: points, names, divisions, changes. */
#ifndef JIFEN_SERVICE_PUT_RULES_H
#define JIFEN_SERVICE_PUT_RULES_H

#include "base/put.h"
#include "engine/changes.h"

/* With two decimals, or as many as the scale holds. */
void put_points(struct json *j, const char *key, const struct rules *r, int64_t v); /* "77.25" */
void put_scaled(struct json *j, const char *key, int64_t scale, int64_t v);
void put_delta(struct json *j, const char *key, int64_t scale, int64_t v); /* "+0.25" */
void put_names(struct json *j, const struct rule_name *n, enum lang lang); /* name, title */
void put_title(struct json *j, const struct rule_name *n, enum lang lang);
void put_division(struct json *j, int32_t code, enum lang lang); /* division, division_name */

/* One end of a comparison: {on, total, total_max, status}. */
struct change_end {
    const struct rules *rules;
    const struct score *score;
    int32_t day;
};
void put_change_end(struct json *j, const char *key, const struct change_end *d);
/* delta, cause, text: members of the object that is open. */
void put_change_cause(struct json *j, const struct changes *x, const struct change *c,
                      enum lang lang);
/* delta, causes: members of the object that is open (docs/changes.schema.json). */
void put_changes(struct json *j, const struct changes *x, enum lang lang);

#endif
