/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/arq/rtx_policy.h"

#define PATIENCE_SHARE 2 /* of the slack, at most, is spent waiting for an overdue copy */

bool rtx_gives_up(enum rtx_room room, bool silent)
{
    return room != RTX_ROOM_NONE && (silent || room != RTX_ROOM_TIGHT);
}

enum rtx_verdict rtx_policy(const struct rtx_facts *f)
{
    uint64_t patience;

    if (f->arrival_ns > f->slack_ns)
        return RTX_NEVER;
    if (f->overdue_ns == 0)
        return RTX_NOW;
    if (f->room == RTX_ROOM_NONE || (f->room != RTX_ROOM_SPARE && f->forecast_ns < f->slack_ns))
        return RTX_LATER;
    /* After waiting, one try and its repetition must still fit. */
    patience = f->slack_ns > f->arrival_ns + f->round_ns
                   ? (f->slack_ns - f->arrival_ns - f->round_ns) / PATIENCE_SHARE
                   : 0;
    if (patience < f->normal_ns)
        patience = f->normal_ns;
    return f->overdue_ns >= patience ? RTX_NOW : RTX_LATER;
}
