/* SPDX-License-Identifier: BSD-2-Clause */
#include "http/fields.h"

#include <string.h>

#define NANO 1e-9
#define BIT  0.125 /* bit/s to byte/s */
#define PPM  1e-6

#define S(member, type, metric, help, scale, counter, side)                                        \
    {                                                                                              \
#member, metric, help, scale, offsetof(struct plait_stream_stats, member), type, counter,  \
            side                                                                                   \
    }
#define P(member, type, metric, help, scale, counter, side)                                        \
    {                                                                                              \
#member, metric, help, scale, offsetof(struct plait_path_stats, member), type, counter,    \
            side                                                                                   \
    }
#define D(member, metric, help)                                                                    \
    {                                                                                              \
#member, metric, help, 1, offsetof(struct plait_door_stats, member), FIELD_U64, 1, 0       \
    }
#define TX PLAIT_SENDER
#define RX PLAIT_RECEIVER

const struct field field_stream[] = {
    S(written, FIELD_U64, "plait_stream_written_packets_total", "Source packets taken in.", 1, 1,
      TX),
    S(written_bytes, FIELD_U64, "plait_stream_written_bytes_total",
      "Payload of the source packets taken in.", 1, 1, TX),
    S(sent_first, FIELD_U64, "plait_stream_sent_packets_total", "First transmissions.", 1, 1, TX),
    S(resent, FIELD_U64, "plait_stream_resent_packets_total",
      "Transmissions after a loss was known.", 1, 1, TX),
    S(reinjected, FIELD_U64, "plait_stream_reinjected_packets_total",
      "Second copies before a loss was known.", 1, 1, TX),
    S(repair_sent, FIELD_U64, "plait_stream_repair_packets_total", "Repair symbols sent.", 1, 1,
      TX),
    S(acked, FIELD_U64, "plait_stream_acked_packets_total",
      "Source packets known to have arrived in time.", 1, 1, TX),
    S(dropped, FIELD_U64, "plait_stream_dropped_packets_total",
      "Source packets never sent, no way to make it in time.", 1, 1, TX),
    S(dropped_low, FIELD_U64, "plait_stream_dropped_low_packets_total",
      "Of the dropped, those of low worth.", 1, 1, TX),
    S(dropped_key, FIELD_U64, "plait_stream_dropped_key_packets_total",
      "Of the dropped, those of key or top worth.", 1, 1, TX),
    S(expired, FIELD_U64, "plait_stream_expired_packets_total",
      "Source packets sent whose deadline passed without a receipt.", 1, 1, TX),
    S(backlog, FIELD_U32, "plait_stream_backlog_packets", "Source packets waiting to be sent.", 1,
      0, TX),
    S(advice_bps, FIELD_U64, "plait_stream_advice_bytes_per_second",
      "Media rate that can be sent now within the latency.", BIT, 0, TX),
    S(expected, FIELD_U64, "plait_stream_expected_packets_total",
      "Sequence numbers whose deadline has passed.", 1, 1, RX),
    S(delivered, FIELD_U64, "plait_stream_delivered_packets_total",
      "Source packets delivered in order and on time.", 1, 1, RX),
    S(delivered_bytes, FIELD_U64, "plait_stream_delivered_bytes_total",
      "Payload of the delivered packets.", 1, 1, RX),
    S(datagrams, FIELD_U64, "plait_stream_datagrams_total", "Media datagrams handed out.", 1, 1,
      RX),
    S(missing, FIELD_U64, "plait_stream_missing_packets_total",
      "Source packets not there by their deadline.", 1, 1, RX),
    S(late, FIELD_U64, "plait_stream_late_packets_total", "Of the missing, arrived afterwards.", 1,
      1, RX),
    S(skipped, FIELD_U64, "plait_stream_skipped_packets_total",
      "Of the missing, given up by the sender.", 1, 1, RX),
    S(duplicates, FIELD_U64, "plait_stream_duplicate_packets_total",
      "Source packets that arrived more than once.", 1, 1, RX),
    S(recovered_fec, FIELD_U64, "plait_stream_recovered_fec_packets_total",
      "Delivered thanks to a repair symbol.", 1, 1, RX),
    S(recovered_arq, FIELD_U64, "plait_stream_recovered_arq_packets_total",
      "Delivered by a second transmission.", 1, 1, RX),
    S(reorder_depth, FIELD_U32, "plait_stream_reorder_packets", "Packets waiting for their turn.",
      1, 0, RX),
    S(latency_ns, FIELD_U64, "plait_stream_latency_agreed_seconds", "Agreed latency.", NANO, 0, 0),
    S(latency_measured_ns, FIELD_U64, "plait_stream_latency_seconds",
      "Latency of the last delivery.", NANO, 0, RX),
    S(headroom_ns, FIELD_I64, "plait_stream_headroom_seconds",
      "Smallest time to spare of the arrivals in the last second.", NANO, 0, RX),
};
const size_t field_stream_count = sizeof(field_stream) / sizeof(field_stream[0]);

const struct field field_path[] = {
    P(rate_bps, FIELD_U64, "plait_path_rate_bytes_per_second", "Delivery rate now.", BIT, 0, TX),
    P(capacity_bps, FIELD_U64, "plait_path_capacity_bytes_per_second", "Estimated capacity.", BIT,
      0, TX),
    P(pacing_bps, FIELD_U64, "plait_path_pacing_bytes_per_second", "Pacing rate.", BIT, 0, TX),
    P(rtt_ns, FIELD_U64, "plait_path_rtt_seconds", "Smoothed round-trip time.", NANO, 0, 0),
    P(min_rtt_ns, FIELD_U64, "plait_path_min_rtt_seconds", "Smallest round-trip time.", NANO, 0, 0),
    P(queue_ns, FIELD_U64, "plait_path_queue_seconds", "Own queue on the link.", NANO, 0, TX),
    P(jitter_ns, FIELD_U64, "plait_path_jitter_seconds", "Variation of the delay.", NANO, 0, 0),
    P(bytes_in_flight, FIELD_U32, "plait_path_in_flight_bytes", "Bytes sent, no receipt yet.", 1, 0,
      TX),
    P(window_bytes, FIELD_U32, "plait_path_window_bytes", "Limit of the bytes in flight.", 1, 0,
      TX),
    P(loss_ppm, FIELD_U32, "plait_path_loss_ratio", "Share of packets lost lately.", PPM, 0, 0),
    P(share_ppm, FIELD_U32, "plait_path_share_ratio", "Share of the stream's bytes lately.", PPM, 0,
      0),
    P(packets_sent, FIELD_U64, "plait_path_sent_packets_total", "Packets sent.", 1, 1, 0),
    P(bytes_sent, FIELD_U64, "plait_path_sent_bytes_total", "UDP payload sent.", 1, 1, 0),
    P(packets_received, FIELD_U64, "plait_path_received_packets_total",
      "Authentic packets received.", 1, 1, 0),
    P(bytes_received, FIELD_U64, "plait_path_received_bytes_total",
      "UDP payload of authentic packets received.", 1, 1, 0),
    P(packets_acked, FIELD_U64, "plait_path_acked_packets_total", "Packets with a receipt.", 1, 1,
      TX),
    P(packets_lost, FIELD_U64, "plait_path_lost_packets_total", "Packets declared lost.", 1, 1, TX),
    P(packets_spurious, FIELD_U64, "plait_path_spurious_packets_total",
      "Packets declared lost that had a receipt later.", 1, 1, TX),
    P(duplicates, FIELD_U64, "plait_path_duplicate_packets_total",
      "Packets whose number was seen before.", 1, 1, 0),
};
const size_t field_path_count = sizeof(field_path) / sizeof(field_path[0]);

/* What is turned away has one metric for all reasons (metrics.c). */
const struct field field_door[] = {
    D(received, "plait_door_received_datagrams_total", "Datagrams that came in."),
    D(malformed, NULL, "No Plait packet."),
    D(unauthentic, NULL, "Did not open."),
    D(replayed, NULL, "Number seen before."),
    D(refused, NULL, "Peer not allowed."),
    D(unknown_session, NULL, "For no session that is here."),
    D(rate_limited, NULL, "More handshakes than are answered."),
    D(no_room, NULL, "All sessions are taken."),
    D(cookies_sent, "plait_door_cookies_sent_total", "Cookies asked for while under load."),
};
const size_t field_door_count = sizeof(field_door) / sizeof(field_door[0]);

int64_t field_value(const struct field *field, const void *base)
{
    const unsigned char *at = (const unsigned char *)base + field->offset;
    uint32_t u32;
    int64_t i64;

    if (field->type == FIELD_U32) {
        memcpy(&u32, at, sizeof(u32));
        return u32;
    }
    memcpy(&i64, at, sizeof(i64)); /* no total comes near 2^63 */
    return i64;
}
