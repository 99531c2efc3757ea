// SPDX-License-Identifier: BSD-2-Clause
// RFC 6330 5.3.3 and 5.3.5: parameters, random numbers, tuples and the columns they stand for.
#include "rq_params.h"
#include "rq_tables.h"

static uint32_t prime_from(uint32_t n)
{
    for (;; n++) {
        uint32_t d = 2;
        while (d * d <= n && n % d)
            d++;
        if (d * d > n)
            return n;
    }
}

bool rq_params_find(struct rq_params *params, uint32_t k)
{
    if (k == 0 || k > RQ_K_MAX)
        return false;
    int low = 0, high = RQ_ROWS - 1;
    while (low < high) {
        int middle = (low + high) / 2;
        if (rq_rows[middle].kp < k)
            low = middle + 1;
        else
            high = middle;
    }
    const struct rq_row *row = &rq_rows[low];
    uint32_t l = (uint32_t)row->kp + row->s + row->h;
    *params = (struct rq_params){.k = k,
                                 .kp = row->kp,
                                 .j = row->j,
                                 .s = row->s,
                                 .h = row->h,
                                 .w = row->w,
                                 .l = l,
                                 .p = l - row->w,
                                 .p1 = prime_from(l - row->w),
                                 .b = (uint32_t)row->w - row->s};
    return true;
}

static inline uint32_t random_word(uint32_t y, uint32_t i)
{
    return rq_random[0][(y + i) & 255] ^ rq_random[1][((y >> 8) + i) & 255] ^
           rq_random[2][((y >> 16) + i) & 255] ^ rq_random[3][((y >> 24) + i) & 255];
}

uint32_t rq_rand(uint32_t y, uint32_t i, uint32_t m)
{
    return random_word(y, i) % m;
}

static inline uint32_t tuple_seed(const struct rq_params *params, uint32_t isi)
{
    uint32_t a = (53591 + params->j * 997) | 1;
    return 10267 * (params->j + 1) + isi * a;
}

static inline uint32_t degree_of(const struct rq_params *params, uint32_t y)
{
    uint32_t v = random_word(y, 0) & 0xFFFFF;
    uint32_t d = 1;
    while (v >= rq_degree[d])
        d++;
    return d < params->w - 2 ? d : params->w - 2;
}

struct rq_tuple rq_tuple_of(const struct rq_params *params, uint32_t isi)
{
    uint32_t y = tuple_seed(params, isi);
    struct rq_tuple t;
    t.d = degree_of(params, y);
    t.a = 1 + rq_rand(y, 1, params->w - 1);
    t.b = rq_rand(y, 2, params->w);
    t.d1 = t.d < 4 ? 2 + (random_word(isi, 3) & 1) : 2;
    t.a1 = 1 + rq_rand(isi, 4, params->p1 - 1);
    t.b1 = rq_rand(isi, 5, params->p1);
    return t;
}

static inline uint32_t step(uint32_t at, uint32_t by, uint32_t modulus)
{
    at += by;
    return at >= modulus ? at - modulus : at;
}

void rq_columns_of(const struct rq_params *params, uint32_t isi, struct rq_columns *out)
{
    struct rq_tuple t = rq_tuple_of(params, isi);
    uint32_t n = 0;
    for (; n < t.d; n++) {
        out->at[n] = (uint16_t)t.b;
        t.b = step(t.b, t.a, params->w);
    }
    out->n_lt = n;
    for (uint32_t i = 0; i < t.d1; i++) {
        while (t.b1 >= params->p)
            t.b1 = step(t.b1, t.a1, params->p1);
        out->at[n++] = (uint16_t)(params->w + t.b1);
        t.b1 = step(t.b1, t.a1, params->p1);
    }
    out->n = n;
}

uint32_t rq_columns_count(const struct rq_params *params, uint32_t isi)
{
    uint32_t d = degree_of(params, tuple_seed(params, isi));
    return d + (d < 4 ? 2 + (random_word(isi, 3) & 1) : 2);
}
