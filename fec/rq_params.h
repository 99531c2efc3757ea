// SPDX-License-Identifier: BSD-2-Clause
// RFC 6330 parameters of a source block and the columns each encoding symbol adds up.
#ifndef PLAIT_FEC_RQ_PARAMS_H
#define PLAIT_FEC_RQ_PARAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RQ_K_MAX       56403
#define RQ_ESI_MAX     0xFFFFFFu
#define RQ_MAX_H       16
#define RQ_MAX_COLUMNS 33 // 30 LT columns and 3 PI columns

// Names as in RFC 6330 5.3.3.3: kp is K', l the number of intermediate symbols, of which w take
// part in the LT code and p = l - w are permanently inactive; p1 is the smallest prime >= p.
struct rq_params {
    uint32_t k, kp, j, s, h, w, l, p, p1, b;
};

// A symbol's columns: the first n_lt are below w, the rest are PI columns.
struct rq_columns {
    uint32_t n, n_lt;
    uint16_t at[RQ_MAX_COLUMNS];
};

struct rq_tuple {
    uint32_t d, a, b, d1, a1, b1;
};

// False when k is 0 or above RQ_K_MAX.
bool rq_params_find(struct rq_params *params, uint32_t k);

struct rq_tuple rq_tuple_of(const struct rq_params *params, uint32_t isi);
void rq_columns_of(const struct rq_params *params, uint32_t isi, struct rq_columns *out);

// The number of columns without the columns themselves.
uint32_t rq_columns_count(const struct rq_params *params, uint32_t isi);

// RFC 6330 5.3.5.1.
uint32_t rq_rand(uint32_t y, uint32_t i, uint32_t m);

// The internal symbol ID of a wire ESI.
static inline uint32_t rq_isi(const struct rq_params *params, uint32_t esi)
{
    return esi < params->k ? esi : esi + (params->kp - params->k);
}

#endif
