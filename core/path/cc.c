/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/path/cc.h"

void cc_init(struct cc *cc, const struct cc_ops *ops, uint64_t target_ns)
{
    *cc = (struct cc){
        .ops = ops,
        .window = 10 * CC_PACKET,
        .target_ns = target_ns,
        .ssthresh = UINT64_MAX,
    };
}
