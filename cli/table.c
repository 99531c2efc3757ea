/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/table.h"

#include <string.h>
#include <unistd.h>

#include "http/words.h"

#define TABLE_CLEAR_LINE "\033[K"

void table_init(struct table *table, FILE *to)
{
    memset(table, 0, sizeof *table);
    table->to = to;
    table->is_terminal = isatty(fileno(to)) != 0;
}

static double in_ms(uint64_t ns)
{
    return (double)ns / 1e6;
}

static double in_mbps(uint64_t bps)
{
    return (double)bps / 1e6;
}

static void table_measure(struct table *table, const struct table_view *view)
{
    uint64_t written = view->sender->stream.written_bytes;
    uint64_t delivered = view->receiver ? view->receiver->stream.delivered_bytes : 0;
    double seconds = (double)(view->elapsed_ns - table->last_ns) / 1e9;
    if (seconds <= 0)
        return;
    table->in_bps = (double)(written - table->last_written_bytes) * 8 / seconds;
    table->out_bps = delivered >= table->last_delivered_bytes
                         ? (double)(delivered - table->last_delivered_bytes) * 8 / seconds
                         : 0;
    table->last_ns = view->elapsed_ns;
    table->last_written_bytes = written;
    table->last_delivered_bytes = delivered;
}

static const struct plait_path_stats *table_path(const struct table_view *view, uint32_t link)
{
    for (uint32_t i = 0; i < view->sender->paths; i++) {
        if (view->sender->path[i].link == link)
            return &view->sender->path[i];
    }
    return NULL;
}

static void table_link(struct table *table, const struct table_view *view, uint32_t link)
{
    const struct plait_path_stats *path = table_path(view, link);
    bool is_cut = view->link_is_cut && view->link_is_cut[link];
    if (!path)
        return;
    fprintf(table->to,
            "  %-16.16s %-10s %7.2f %9.2f %8.1f %8.1f %6.2f %6.1f %s" TABLE_CLEAR_LINE "\n",
            view->link_names[link], words_path_state(path->state), in_mbps(path->rate_bps),
            in_mbps(path->capacity_bps), in_ms(path->rtt_ns), in_ms(path->queue_ns),
            path->loss_ppm / 1e4, path->share_ppm / 1e4, is_cut ? "cut" : "");
}

static void table_draw_terminal(struct table *table, const struct table_view *view)
{
    static const struct plait_stream_stats nothing;
    const struct plait_stream_stats *out = view->receiver ? &view->receiver->stream : &nothing;
    if (table->lines > 0)
        fprintf(table->to, "\033[%uA", table->lines);
    fprintf(table->to, "  %-16s %-10s %7s %9s %8s %8s %6s %6s  %5.0f s" TABLE_CLEAR_LINE "\n",
            "LINK", "STATE", "Mbit/s", "ESTIMATE", "RTT ms", "QUEUE ms", "LOSS %", "SHARE",
            (double)view->elapsed_ns / 1e9);
    for (uint32_t i = 0; i < view->link_count; i++)
        table_link(table, view, i);
    fprintf(
        table->to,
        "  stream           in %.2f out %.2f Mbit/s, latency %.1f ms, waiting %u" TABLE_CLEAR_LINE
        "\n"
        "                   delivered %llu, late %llu, missing %llu, recovered %llu by resend "
        "%llu by FEC" TABLE_CLEAR_LINE "\n",
        table->in_bps / 1e6, table->out_bps / 1e6, in_ms(out->latency_measured_ns),
        out->reorder_depth, (unsigned long long)out->delivered, (unsigned long long)out->late,
        (unsigned long long)out->missing, (unsigned long long)out->recovered_arq,
        (unsigned long long)out->recovered_fec);
    table->lines = view->sender->paths + 3;
    fflush(table->to);
}

static void table_draw_line(struct table *table, const struct table_view *view)
{
    static const struct plait_stream_stats nothing;
    const struct plait_stream_stats *out = view->receiver ? &view->receiver->stream : &nothing;
    fprintf(table->to,
            "t_s=%.0f in_mbps=%.2f out_mbps=%.2f delivered=%llu late=%llu missing=%llu "
            "resent=%llu fec=%llu latency_ms=%.1f",
            (double)view->elapsed_ns / 1e9, table->in_bps / 1e6, table->out_bps / 1e6,
            (unsigned long long)out->delivered, (unsigned long long)out->late,
            (unsigned long long)out->missing, (unsigned long long)out->recovered_arq,
            (unsigned long long)out->recovered_fec, in_ms(out->latency_measured_ns));
    for (uint32_t i = 0; i < view->link_count; i++) {
        const struct plait_path_stats *path = table_path(view, i);
        if (path)
            fprintf(table->to, " %s=%s,%.2f/%.2fMbps,rtt%.0f,queue%.0f,loss%.1f%%",
                    view->link_names[i], words_path_state(path->state), in_mbps(path->rate_bps),
                    in_mbps(path->capacity_bps), in_ms(path->rtt_ns), in_ms(path->queue_ns),
                    path->loss_ppm / 1e4);
    }
    fputc('\n', table->to);
    fflush(table->to);
}

void table_draw(struct table *table, const struct table_view *view)
{
    table_measure(table, view);
    if (table->is_terminal)
        table_draw_terminal(table, view);
    else
        table_draw_line(table, view);
}
