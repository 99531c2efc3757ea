/* SPDX-License-Identifier: BSD-2-Clause */
/* Trace points: what the session decides, told to plait_config.trace. Each is called behind
 * trace_on(), so that it is one branch while nobody asks. */
#ifndef PLAIT_SESSION_TRACE_H
#define PLAIT_SESSION_TRACE_H

#include "core/session/session.h"
#include "plait/trace.h"

static inline bool trace_on(const struct session *session)
{
    return session->config->trace != NULL;
}

/* The packet in `out` went to path `slot`, whose newest packet number is its own. `item` and
 * `views` (paths_used of them) are what the choice was made from; NULL: there was none. */
void trace_sent(const struct session *session, uint64_t now, uint32_t slot,
                enum plait_trace_why why, uint64_t seq, uint32_t count, size_t bytes,
                const struct sched_view *views, const struct sched_item *item);

/* kind: PLAIT_TRACE_LOST or PLAIT_TRACE_OVERDUE. */
void trace_lost(const struct session *session, uint64_t now, uint32_t slot,
                enum plait_trace_kind kind, const struct sent_packet *packet);

/* kind: PLAIT_TRACE_DROPPED or PLAIT_TRACE_EXPIRED. */
void trace_gone(const struct session *session, uint64_t now, enum plait_trace_kind kind,
                const struct source *source);

void trace_nack(const struct session *session, uint64_t now, const struct frame_nack *nack);

/* Released up to `end` without `missing` source packets right before it. */
void trace_missing(const struct session *session, uint64_t now, uint64_t end, uint64_t missing);

void trace_metrics(const struct session *session, uint64_t now, uint32_t slot);

void trace_state(const struct session *session, uint64_t now, uint32_t slot,
                 enum path_state before);

#endif
