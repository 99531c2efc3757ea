/* SPDX-License-Identifier: BSD-2-Clause */
/* How an experiment's summary is printed: a row for people, an object for programs. */
#include "sim/experiment.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

void experiment_print_head(FILE *out)
{
    fprintf(out,
            "%-18s %5s %6s | %-17s %8s %8s %8s %8s %8s | %-15s %6s | %6s %6s %6s %6s | %8s %8s "
            "%8s %8s %6s | q95 ms\n",
            "scenario", "Mb/s", "ms", "on time %", "+5ms %", "O0 %", "O1 %", "O2 %", "of O1 %",
            "sent/media", "back", "resent", "reinj", "repair", "drop %", "p50", "p99", "p99.9",
            "max", "gap");
}

/* A share that is not there without a bound. */
static void print_bounded(FILE *out, struct estimate share)
{
    if (share.mean >= 0) {
        fprintf(out, " %8.4f", 100 * share.mean);
    } else {
        fprintf(out, " %8s", "-");
    }
}

void experiment_print_row(FILE *out, const struct experiment *experiment,
                          const struct experiment_summary *s)
{
    fprintf(out, "%-14.*s+%-3u %5.1f %6llu | %8.4f +-%-6.4f %8.4f",
            (int)strcspn(base_name(experiment->scenario), "."), base_name(experiment->scenario),
            experiment->added_count, (double)experiment->rate_bps / 1e6,
            (unsigned long long)(experiment->latency_ns / 1000000), 100 * s->on_time.mean,
            100 * s->on_time.half, 100 * s->on_time_5.mean);
    for (int level = 0; level < EMU_BOUND_LEVELS; level++) {
        print_bounded(out, s->bound[level]);
    }
    print_bounded(out, s->ratio);
    fprintf(out,
            " | %6.4f +-%.4f %5.3f | %6.2f %6.2f %6.2f %6.2f | %8.2f %8.2f %8.2f %8.2f %6.0f |",
            s->sent.mean, s->sent.half, s->returned.mean, 100 * s->resent.mean,
            100 * s->reinjected.mean, 100 * s->repair.mean, 100 * s->dropped.mean, s->p50_ms.mean,
            s->p99_ms.mean, s->p999_ms.mean, s->max_ms.mean, s->gap_ms.mean);
    for (uint32_t i = 0; i < s->links; i++) {
        fprintf(out, " %.0f", s->queue_p95_ms[i].mean);
    }
    fprintf(out, "\n");
    if (s->failed) {
        fprintf(out, "  FAILED %u of %u: %s\n", s->failed, s->seeds, s->error);
    }
}

/* The name of a file may be no text. */
static json_t *text(const char *name)
{
    json_t *string = json_string(name);
    return string ? string : json_string("?");
}

static void add(json_t *object, const char *name, struct estimate estimate)
{
    json_t *pair = json_pack("{s:f, s:f}", "mean", estimate.mean, "half_95", estimate.half);
    json_object_set_new(object, name, pair);
}

void experiment_print_json(FILE *out, const struct experiment *experiment,
                           const struct experiment_summary *s)
{
    json_t *object =
        json_pack("{s:o, s:i, s:I, s:I, s:i, s:I, s:i, s:i, s:s}", "scenario",
                  text(base_name(experiment->scenario)), "added_links",
                  (int)experiment->added_count, "rate_bps", (json_int_t)experiment->rate_bps,
                  "latency_ms", (json_int_t)(experiment->latency_ns / 1000000), "seconds",
                  (int)experiment->seconds, "first_seed", (json_int_t)experiment->first_seed,
                  "seeds", (int)s->seeds, "failed", (int)s->failed, "error", s->error);
    if (!object) {
        abort();
    }
    add(object, "on_time_share", s->on_time);
    add(object, "on_time_5ms_share", s->on_time_5);
    if (s->bound[EMU_BOUND_KNOWN].mean >= 0) {
        add(object, "bound_o0_share", s->bound[EMU_BOUND_LOSSLESS]);
        add(object, "bound_o1_share", s->bound[EMU_BOUND_KNOWN]);
        add(object, "bound_o2_share", s->bound[EMU_BOUND_LEARNT]);
        add(object, "on_time_of_bound", s->ratio);
    }
    add(object, "sent_bytes_a_media_byte", s->sent);
    add(object, "returned_bytes_a_media_byte", s->returned);
    add(object, "resent_share", s->resent);
    add(object, "reinjected_share", s->reinjected);
    add(object, "repair_share", s->repair);
    add(object, "dropped_share", s->dropped);
    add(object, "latency_p50_ms", s->p50_ms);
    add(object, "latency_p99_ms", s->p99_ms);
    add(object, "latency_p999_ms", s->p999_ms);
    add(object, "latency_max_ms", s->max_ms);
    add(object, "longest_gap_ms", s->gap_ms);
    json_t *queues = json_array();
    for (uint32_t i = 0; i < s->links; i++) {
        json_array_append_new(queues, json_real(s->queue_p95_ms[i].mean));
    }
    json_object_set_new(object, "queue_p95_ms", queues);
    json_object_set_new(object, "cpu_s", json_real(s->cpu_s));
    json_dumpf(object, out, JSON_COMPACT | JSON_PRESERVE_ORDER);
    fprintf(out, "\n");
    json_decref(object);
}
