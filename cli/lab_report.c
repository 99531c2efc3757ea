/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/lab_report.h"

#include "http/json.h"

static double percent(uint64_t part, uint64_t whole)
{
    return whole > 0 ? 100.0 * (double)part / (double)whole : 0.0;
}

static double in_ms(uint64_t ns)
{
    return (double)ns / 1e6;
}

static void report_links(FILE *to, const struct lab_ends *ends, const struct emu_net *net)
{
    fprintf(to, "  %-18s %7s %10s %8s %8s %8s\n", "link", "share", "datagrams", "lost", "queue",
            "cut");
    for (uint32_t i = 0; i < ends->sender.paths; i++) {
        const struct plait_path_stats *path = &ends->sender.path[i];
        const struct emu_stats *emulated =
            emu_link_stats(emu_net_link(net, path->link, EMU_FORWARD));
        fprintf(to, "  %-18s %6.1f%% %10llu %8llu %8llu %8llu\n",
                emu_net_link_name(net, path->link), path->share_ppm / 1e4,
                (unsigned long long)path->packets_sent,
                (unsigned long long)emulated->fate[EMU_LOST],
                (unsigned long long)emulated->fate[EMU_DROPPED_QUEUE],
                (unsigned long long)emulated->fate[EMU_DROPPED_DOWN]);
        uint64_t beyond = emulated->fate[EMU_DROPPED_MEMORY] + emulated->fate[EMU_DROPPED_SIZE];
        if (beyond > 0)
            fprintf(to, "  %-18s %llu more were too many or too long for the emulator\n", "",
                    (unsigned long long)beyond);
    }
}

void lab_report_print(FILE *to, const struct lab_ends *ends, const struct lab_check *check,
                      const struct emu_net *net, uint64_t ran_ns)
{
    const struct plait_stream_stats *out = &ends->receiver.stream;
    uint64_t sent_bytes = 0;
    for (uint32_t i = 0; i < ends->sender.paths; i++)
        sent_bytes += ends->sender.path[i].bytes_sent;
    fprintf(to, "lab: %u links, %.1f s\n", emu_net_link_count(net), (double)ran_ns / 1e9);
    fprintf(to, "  written    %llu datagrams, %.1f MB\n", (unsigned long long)check->written,
            (double)check->written_bytes / 1e6);
    fprintf(to, "  delivered  %llu (%.2f %%)%s\n", (unsigned long long)check->delivered,
            percent(check->delivered, check->written),
            !check->is_numbered || check->delivered == 0 ? ""
            : check->damaged + check->disorder == 0      ? ", in order, byte for byte"
                                                         : ", DAMAGED OR OUT OF ORDER");
    fprintf(to, "  missing    %llu (late %llu, given up by the sender %llu)\n",
            (unsigned long long)out->missing, (unsigned long long)out->late,
            (unsigned long long)out->skipped);
    fprintf(to, "  recovered  %llu by resending, %llu by FEC\n",
            (unsigned long long)out->recovered_arq, (unsigned long long)out->recovered_fec);
    if (check->measured > 0)
        fprintf(to, "  latency    median %.1f ms, 99 %% %.1f ms, largest %.1f ms\n",
                in_ms(lab_check_latency(check, 0.5)), in_ms(lab_check_latency(check, 0.99)),
                in_ms(lab_check_latency(check, 1.0)));
    else
        fprintf(to, "  latency    %.1f ms\n", in_ms(out->latency_measured_ns));
    if (check->written_bytes > 0)
        fprintf(to, "  sent       %.3f bytes a byte of media\n",
                (double)sent_bytes / (double)check->written_bytes);
    report_links(to, ends, net);
}

json_t *lab_report_emulated(const struct emu_net *net, uint64_t now)
{
    json_t *links = json_array();
    for (unsigned i = 0; i < emu_net_link_count(net); i++) {
        const struct emu_link *link = emu_net_link(net, i, EMU_FORWARD);
        const struct emu_stats *stats = emu_link_stats(link);
        (void)json_array_append_new(
            links,
            json_pack("{s:o, s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "name",
                      json_text(emu_net_link_name(net, i)), "down", emu_link_is_down(link, now),
                      "queue_ns", (json_int_t)emu_link_queue_ns(link, now), "accepted",
                      (json_int_t)stats->fate[EMU_ACCEPTED], "lost",
                      (json_int_t)stats->fate[EMU_LOST], "dropped_queue",
                      (json_int_t)stats->fate[EMU_DROPPED_QUEUE], "dropped_down",
                      (json_int_t)stats->fate[EMU_DROPPED_DOWN], "dropped_size",
                      (json_int_t)stats->fate[EMU_DROPPED_SIZE], "dropped_memory",
                      (json_int_t)stats->fate[EMU_DROPPED_MEMORY], "sent_bytes",
                      (json_int_t)stats->sent_bytes, "arrived", (json_int_t)stats->arrived,
                      "duplicated", (json_int_t)stats->duplicated));
    }
    return links;
}

json_t *lab_report_check(const struct lab_check *check)
{
    return json_pack(
        "{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "written", (json_int_t)check->written,
        "written_bytes", (json_int_t)check->written_bytes, "refused", (json_int_t)check->refused,
        "delivered", (json_int_t)check->delivered, "delivered_bytes",
        (json_int_t)check->delivered_bytes, "damaged", (json_int_t)check->damaged, "disorder",
        (json_int_t)check->disorder, "latency_p50_ns", (json_int_t)lab_check_latency(check, 0.5),
        "latency_p99_ns", (json_int_t)lab_check_latency(check, 0.99));
}
