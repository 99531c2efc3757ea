/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/session/trace.h"

#include "core/base/seq.h"

static struct plait_trace record_of(const struct session *session, uint64_t now,
                                    enum plait_trace_kind kind, uint32_t slot)
{
    return (struct plait_trace){
        .kind = kind,
        .role = session->config->role,
        .session = session->index,
        .now = now,
        .path = slot,
    };
}

static void tell(const struct session *session, const struct plait_trace *record)
{
    session->config->trace(session->config->trace_ctx, record);
}

void trace_sent(const struct session *session, uint64_t now, uint32_t slot,
                enum plait_trace_why why, uint64_t seq, uint32_t count, size_t bytes,
                const struct sched_view *views, const struct sched_item *item)
{
    struct plait_trace record;

    record = record_of(session, now, PLAIT_TRACE_SENT, slot);
    record.u.sent.why = why;
    record.u.sent.packet = session->paths[slot].sent.next - 1;
    record.u.sent.seq = seq;
    record.u.sent.count = count;
    record.u.sent.bytes = (uint32_t)bytes;
    record.u.sent.slack_ns = item == NULL ? 0 : item->slack_ns;
    for (uint32_t i = 0; views != NULL && i < session->paths_used; i++) {
        struct plait_trace_candidate *candidate =
            &record.u.sent.candidate[record.u.sent.candidates];

        if (session->paths[i].state == PATH_NONE)
            continue;
        record.u.sent.candidates++;
        candidate->path = (uint8_t)i;
        candidate->usable = views[i].usable;
        candidate->ready = views[i].ready;
        candidate->doubtful = views[i].doubtful;
        candidate->arrival_ns = views[i].arrival_ns;
        candidate->burden_ns = sched_burden(&views[i], i, item);
    }
    tell(session, &record);
}

void trace_lost(const struct session *session, uint64_t now, uint32_t slot,
                enum plait_trace_kind kind, const struct sent_packet *packet)
{
    struct plait_trace record;

    record = record_of(session, now, kind, slot);
    record.u.lost.packet = packet->number;
    record.u.lost.has_seq = packet->seq != SEQ_NONE;
    record.u.lost.seq = packet->seq;
    record.u.lost.sent_ns = packet->sent_ns;
    tell(session, &record);
}

void trace_gone(const struct session *session, uint64_t now, enum plait_trace_kind kind,
                const struct source *source)
{
    struct plait_trace record;

    record = record_of(session, now, kind, UINT32_MAX);
    record.u.gone.seq = source->seq;
    record.u.gone.worth = (enum plait_worth)source->worth;
    record.u.gone.waited_ns = now - source->written_ns;
    tell(session, &record);
}

void trace_nack(const struct session *session, uint64_t now, const struct frame_nack *nack)
{
    struct plait_trace record;

    if (nack->ranges == 0)
        return;
    record = record_of(session, now, PLAIT_TRACE_NACK, UINT32_MAX);
    record.u.range.base = nack->base;
    record.u.range.end = nack->end;
    record.u.range.ranges = nack->ranges;
    for (uint32_t i = 0; i < nack->ranges; i++)
        record.u.range.missing += (uint32_t)nack->range[i].count;
    tell(session, &record);
}

void trace_missing(const struct session *session, uint64_t now, uint64_t end, uint64_t missing)
{
    struct plait_trace record;

    if (missing == 0)
        return;
    record = record_of(session, now, PLAIT_TRACE_MISSING, UINT32_MAX);
    record.u.range.base = end - missing;
    record.u.range.end = end;
    record.u.range.ranges = 1;
    record.u.range.missing = (uint32_t)missing;
    tell(session, &record);
}

void trace_metrics(const struct session *session, uint64_t now, uint32_t slot)
{
    struct plait_trace record;

    record = record_of(session, now, PLAIT_TRACE_METRICS, slot);
    session_path_stats(session, slot, &record.u.metrics);
    tell(session, &record);
}

void trace_state(const struct session *session, uint64_t now, uint32_t slot, enum path_state before)
{
    struct plait_trace record;

    record = record_of(session, now, PLAIT_TRACE_STATE, slot);
    record.u.state.before = (enum plait_path_state)before;
    record.u.state.after = (enum plait_path_state)session->paths[slot].state;
    tell(session, &record);
}
