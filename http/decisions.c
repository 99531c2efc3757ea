/* SPDX-License-Identifier: BSD-2-Clause */
#include "http/decisions.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "http/words.h"

struct decisions {
    atomic_uint head; /* next record to write */
    atomic_uint tail; /* next record to read */
    atomic_ullong lost;
    unsigned long long lost_told;
    struct plait_path_stats known[PLAIT_MAX_PATHS]; /* as written last, of session 0 */
    struct plait_trace taken;
    struct plait_trace record[DECISIONS_KEPT];
};

struct decisions *decisions_create(void)
{
    return calloc(1, sizeof(struct decisions));
}

void decisions_destroy(struct decisions *decisions)
{
    free(decisions);
}

void decisions_put(struct decisions *decisions, const struct plait_trace *record)
{
    unsigned head = atomic_load_explicit(&decisions->head, memory_order_relaxed);
    unsigned tail = atomic_load_explicit(&decisions->tail, memory_order_acquire);
    if (head - tail == DECISIONS_KEPT) {
        atomic_fetch_add_explicit(&decisions->lost, 1, memory_order_relaxed);
        return;
    }
    decisions->record[head % DECISIONS_KEPT] = *record;
    atomic_store_explicit(&decisions->head, head + 1, memory_order_release);
}

const struct plait_trace *decisions_take(struct decisions *decisions)
{
    unsigned tail = atomic_load_explicit(&decisions->tail, memory_order_relaxed);
    if (atomic_load_explicit(&decisions->head, memory_order_acquire) == tail) {
        return NULL;
    }
    decisions->taken = decisions->record[tail % DECISIONS_KEPT];
    atomic_store_explicit(&decisions->tail, tail + 1, memory_order_release);
    return &decisions->taken;
}

uint64_t decisions_lost(struct decisions *decisions)
{
    unsigned long long lost = atomic_load_explicit(&decisions->lost, memory_order_relaxed);
    unsigned long long fresh = lost - decisions->lost_told;
    decisions->lost_told = lost;
    return fresh;
}

const char *decisions_name(const struct plait_trace *record)
{
    switch (record->kind) {
    case PLAIT_TRACE_SENT:
        return "packet_sent";
    case PLAIT_TRACE_LOST:
        return "packet_lost";
    case PLAIT_TRACE_OVERDUE:
        return "packet_overdue";
    case PLAIT_TRACE_DROPPED:
        return "source_dropped";
    case PLAIT_TRACE_EXPIRED:
        return "source_expired";
    case PLAIT_TRACE_NACK:
        return record->role == PLAIT_SENDER ? "nack_received" : "nack_sent";
    case PLAIT_TRACE_METRICS:
        return "metrics_updated";
    case PLAIT_TRACE_STATE:
        return "path_state_updated";
    case PLAIT_TRACE_MISSING:
        return "source_missing";
    }
    return "unknown";
}

static double ms(uint64_t ns)
{
    return (double)(ns / 1000) / 1e3;
}

static json_t *integer(uint64_t value)
{
    return json_integer((json_int_t)value);
}

static const char *candidate_state(const struct plait_trace_candidate *candidate)
{
    return !candidate->usable    ? "unusable"
           : candidate->doubtful ? "doubtful"
           : candidate->ready    ? "ready"
                                 : "full";
}

static void add_sent(json_t *data, const struct plait_trace *record)
{
    static const char *const triggers[] = {"fresh", "resend", "reinject", "repair", "probe"};
    json_object_set_new(data, "trigger", json_string(triggers[record->u.sent.why]));
    json_object_set_new(data, "header",
                        json_pack("{s:o}", "packet_number", integer(record->u.sent.packet)));
    json_object_set_new(data, "raw", json_pack("{s:i}", "length", (int)record->u.sent.bytes));
    if (record->u.sent.why == PLAIT_TRACE_PROBE) {
        return;
    }
    json_object_set_new(data, "seq", integer(record->u.sent.seq));
    if (record->u.sent.why == PLAIT_TRACE_REPAIR) {
        json_object_set_new(data, "covers", integer(record->u.sent.count));
        return;
    }
    json_t *candidates = json_array();
    for (uint32_t i = 0; i < record->u.sent.candidates; i++) {
        const struct plait_trace_candidate *candidate = &record->u.sent.candidate[i];
        json_t *one = json_pack("{s:i, s:s}", "path_id", (int)candidate->path, "state",
                                candidate_state(candidate));
        if (candidate->usable) {
            json_object_set_new(one, "arrival_ms", json_real(ms(candidate->arrival_ns)));
            json_object_set_new(one, "burden_ms", json_real(ms(candidate->burden_ns)));
        }
        json_array_append_new(candidates, one);
    }
    json_object_set_new(data, "slack_ms", json_real(ms(record->u.sent.slack_ns)));
    json_object_set_new(data, "candidates", candidates);
}

static void add_lost(json_t *data, const struct plait_trace *record)
{
    json_object_set_new(data, "header",
                        json_pack("{s:o}", "packet_number", integer(record->u.lost.packet)));
    if (record->u.lost.has_seq) {
        json_object_set_new(data, "seq", integer(record->u.lost.seq));
    }
    json_object_set_new(data, "age_ms", json_real(ms(record->now - record->u.lost.sent_ns)));
    json_object_set_new(
        data, "trigger",
        json_string(record->kind == PLAIT_TRACE_LOST ? "reordering_threshold" : "time_threshold"));
}

static void add_gone(json_t *data, const struct plait_trace *record)
{
    static const char *const worths[] = {"auto", "low", "delta", "key", "top"};
    json_object_set_new(data, "seq", integer(record->u.gone.seq));
    json_object_set_new(data, "worth", json_string(worths[record->u.gone.worth]));
    json_object_set_new(data, "waited_ms", json_real(ms(record->u.gone.waited_ns)));
}

static void add_range(json_t *data, const struct plait_trace *record)
{
    json_object_set_new(data, "base", integer(record->u.range.base));
    json_object_set_new(data, "end", integer(record->u.range.end));
    json_object_set_new(data, "missing", integer(record->u.range.missing));
    json_object_set_new(data, "ranges", integer(record->u.range.ranges));
}

/* As qlog's recovery:metrics_updated: what changed, times in ms. */
static bool add_metrics(struct decisions *decisions, json_t *data, const struct plait_trace *record)
{
    const struct plait_path_stats *now = &record->u.metrics;
    struct plait_path_stats none = {0};
    struct plait_path_stats *before =
        record->session == 0 ? &decisions->known[record->path % PLAIT_MAX_PATHS] : &none;
    const struct {
        const char *name;
        uint64_t now, before;
        bool is_time;
    } metrics[] = {
        {"smoothed_rtt", now->rtt_ns, before->rtt_ns, true},
        {"min_rtt", now->min_rtt_ns, before->min_rtt_ns, true},
        {"queue_delay", now->queue_ns, before->queue_ns, true},
        {"jitter", now->jitter_ns, before->jitter_ns, true},
        {"congestion_window", now->window_bytes, before->window_bytes, false},
        {"bytes_in_flight", now->bytes_in_flight, before->bytes_in_flight, false},
        {"pacing_rate", now->pacing_bps, before->pacing_bps, false},
        {"delivery_rate", now->rate_bps, before->rate_bps, false},
        {"capacity", now->capacity_bps, before->capacity_bps, false},
        {"loss_ppm", now->loss_ppm, before->loss_ppm, false},
    };
    bool any = false;
    for (size_t i = 0; i < sizeof(metrics) / sizeof(metrics[0]); i++) {
        if (metrics[i].now != metrics[i].before) {
            any = true;
            json_object_set_new(data, metrics[i].name,
                                metrics[i].is_time ? json_real(ms(metrics[i].now))
                                                   : integer(metrics[i].now));
        }
    }
    *before = *now;
    return any;
}

json_t *decisions_json(struct decisions *decisions, const struct plait_trace *record)
{
    json_t *data = json_object();
    bool any = true;

    json_object_set_new(data, "role", json_string(words_role(record->role)));
    json_object_set_new(data, "session", integer(record->session));
    if (record->path != UINT32_MAX) {
        json_object_set_new(data, "path_id", integer(record->path));
    }
    switch (record->kind) {
    case PLAIT_TRACE_SENT:
        add_sent(data, record);
        break;
    case PLAIT_TRACE_LOST:
    case PLAIT_TRACE_OVERDUE:
        add_lost(data, record);
        break;
    case PLAIT_TRACE_DROPPED:
    case PLAIT_TRACE_EXPIRED:
        add_gone(data, record);
        break;
    case PLAIT_TRACE_NACK:
    case PLAIT_TRACE_MISSING:
        add_range(data, record);
        break;
    case PLAIT_TRACE_METRICS:
        any = add_metrics(decisions, data, record);
        break;
    case PLAIT_TRACE_STATE:
        json_object_set_new(data, "old", json_string(words_path_state(record->u.state.before)));
        json_object_set_new(data, "new", json_string(words_path_state(record->u.state.after)));
        break;
    }
    if (!any) {
        json_decref(data);
        return NULL;
    }
    return data;
}
