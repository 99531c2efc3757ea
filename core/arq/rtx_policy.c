/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/arq/rtx_policy.h"

#define PATIENCE_SHARE 2 /* of the slack, at most, is spent waiting for an overdue copy */

bool rtx_gives_up(enum rtx_room room, bool silent)
{
    return room != RTX_ROOM_NONE && (silent || room != RTX_ROOM_TIGHT);
}

bool rtx_pays(const struct rtx_facts *f)
{
    const uint64_t needed_ns = f->arrival_ns + f->round_ns;

    if (f->arrival_ns > f->slack_ns || (f->room != RTX_ROOM_SPARE && f->forecast_ns < f->slack_ns))
        return false;
    /* After waiting, one try and its repetition must still fit. */
    return f->slack_ns <= needed_ns || f->overdue_ns >= (f->slack_ns - needed_ns) / PATIENCE_SHARE;
}
