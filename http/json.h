/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The JSON of the operator's window. Names are those of plait/stats.h, units last.
 *
 * snapshot: {version, boot, title, now_ns, unix_ms,
 *   links: [{link, name, device, note, cost, priority, max_bps}],
 *   sessions: [{session, role, name, peer, up, uptime_ns, rekeys, media_bps, discarded, stream:
 * {..}, paths: [{path, link, name, state, local, remote, sent_bps, received_bps, ..}]}], door:
 * {..}, events: [{id, now_ns, unix_ms, session, link, kind, value, text}]}
 *
 * boot: another number each time the program begins; event ids count from 1 then.
 *
 * sample (of the history, short because a phone loads ten minutes of them): {t: unix_ms,
 *   s: [{k: "sender:0", m: media_bps, ok, bad, fec, arq, lat, head (ms), adv,
 *        p: [[link, rate_bps, capacity_bps, rtt_ms, queue_ms, loss_ppm, share_ppm, state]..]}]}
 */
#ifndef HTTP_JSON_H
#define HTTP_JSON_H

#include <jansson.h>

#include "http/model.h"

/* One session as --stats has it: {session, role, peer, up, uptime_ns, rekeys, stream: {..}, paths:
 * [{path, link, name, state, local, remote, ..}]}. names[path.link] is the name, "" without (NULL:
 * none; name_count entries). To be freed. */
json_t *json_stats(const struct plait_stats *stats, enum plait_role role, const char *const *names,
                   uint32_t name_count);
/* {received, malformed, ..}: datagrams that reached no session. */
json_t *json_door(const struct plait_door_stats *door);

/* Names come from users and devices: what is no UTF-8 is "?" and does not take the rest along. */
json_t *json_text(const char *text);

/* The same with names and rates out of the snapshot; `rates` may be NULL (then without the *_bps
 * out of totals). */
json_t *json_session(const struct http_snapshot *snapshot, const struct http_session *session,
                     const struct model_rates *rates);
json_t *json_event(const struct model_event *event);
/* The sample (see above) of a session that is JSON already, as json_session() made it. */
json_t *json_sample_of_session(const json_t *session);
json_t *json_links(const struct http_snapshot *snapshot);

/* Texts, zero-terminated, to be freed; NULL without memory. The model must have a snapshot. */
char *json_snapshot_text(const struct model *model, const char *title, size_t newest_events);
char *json_sample_text(const struct model *model);
char *json_history_text(const struct model *model);
char *json_legacy_text(const struct model *model);

#endif
