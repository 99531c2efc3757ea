/* SPDX-License-Identifier: BSD-2-Clause */
/* Statistics as JSON. Names are those of plait/stats.h, units last. */
#ifndef PLAIT_RUN_STATS_JSON_H
#define PLAIT_RUN_STATS_JSON_H

#include <jansson.h>

#include "plait/stats.h"

/* One session: {session, role, peer, up, uptime_ns, rekeys, stream: {..}, paths: [{path, link,
 * name, state, local, remote, ..}]}. link_names[path.link] is the name, "" without (NULL: none;
 * link_count entries). Owned by the caller; NULL without memory. */
json_t *stats_json_session(const struct plait_stats *stats, enum plait_role role,
                           const char *const *link_names, uint32_t link_count);

/* {received, malformed, ..}: datagrams that reached no session. */
json_t *stats_json_door(const struct plait_door_stats *door);

/* "none", "validating", "active", "suspect", "down". */
const char *stats_path_state(enum plait_path_state state);

#endif
