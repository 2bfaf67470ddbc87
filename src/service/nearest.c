/* The nearest of several candidates, by edit distance and common beginning. */
#include "service/nearest.h"

#define DISTANCE_MAX 64

struct nearest nearest_to(struct str wanted)
{
    return (struct nearest){.wanted = wanted, .distance = DISTANCE_MAX + 1};
}

static size_t common_prefix(struct str a, struct str b)
{
    size_t n = 0;
    while (n < a.n && n < b.n && a.p[n] == b.p[n])
        n++;
    return n;
}

void nearest_offer(struct nearest *n, struct str candidate)
{
    size_t distance = text_distance(n->wanted, candidate, DISTANCE_MAX);
    size_t prefix = common_prefix(n->wanted, candidate);
    if (distance > n->distance || (distance == n->distance && prefix <= n->prefix)) return;
    n->best = candidate;
    n->distance = distance;
    n->prefix = prefix;
}

bool nearest_is_likely(const struct nearest *n)
{
    size_t longer = n->wanted.n > n->best.n ? n->wanted.n : n->best.n;
    return n->best.n > 0 && (n->distance <= 1 || n->distance * 3 <= longer);
}
