/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether a source packet goes again whose copy is overdue, not lost for certain: only where it can
 * still arrive, and not earlier than it pays. The one place that decides it; everybody else reports
 * facts. What is lost for certain goes again at once. */
#ifndef PLAIT_ARQ_RTX_POLICY_H
#define PLAIT_ARQ_RTX_POLICY_H

#include <stdbool.h>
#include <stdint.h>

/* What a second copy would cost. */
enum rtx_room {
    RTX_ROOM_SPARE, /* nothing: capacity is left over */
    RTX_ROOM_EASY,  /* a short wait: some media waits, or none does but did shortly before */
    RTX_ROOM_TIGHT, /* a wait: media has waited longer, and will have its turn */
    RTX_ROOM_NONE,  /* another packet its place */
};

struct rtx_facts {
    enum rtx_room room;
    uint64_t forecast_ns; /* from now until the copy under way is expected; read unless SPARE */
    uint64_t slack_ns;    /* until the deadline at the receiver */
    uint64_t arrival_ns;  /* a copy sent now on the best other path would need this long */
    uint64_t round_ns;    /* best round trip with detection: what one more try costs */
    uint64_t overdue_ns;  /* how long the copy under way is overdue */
};

/* False while no copy that is overdue on a path is given up for lost. From a path that has not
 * fallen silent, only slow, it may still come, and a second copy costs another packet its turn. */
bool rtx_gives_up(enum rtx_room room, bool silent);

/* Where rtx_gives_up() says that copies are given up: whether this one is. False: a second one
 * cannot arrive in time any more, or the first may still come by itself, and there is time to see.
 */
bool rtx_pays(const struct rtx_facts *facts);

#endif
