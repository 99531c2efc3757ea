/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The clairvoyant bound: the share of a stream that a sender could deliver in time who knew every
 * delivery chance and every loss in advance. No scheduler, resending or code can do better.
 *
 * The chances of all links are cut into packet-sized ones, as many as a sender that always had
 * something to send would see packets end (so a trace's bytes carry over from chance to chance).
 * Each can be used by a packet that was written at or before send_ns, and arrives at arrive_ns.
 *
 * A link of fixed rate that is idle sends at once, not at the next cut. But no two packets begin in
 * the same chance, so each packet is taken for the chance in which it begins: it may be written up
 * to the chance's end, and arrives as if it had begun with it. That helps the bound by less than a
 * packet's time, and never below what a packet takes on an idle link (least_ns).
 *
 * Approximated: a trace's send_ns is the time of the chance in which the packet ends, even when its
 * first bytes left in the one before; a trace's cut does not move when chances stay unused; at a
 * fixed rate a packet that begins within a chance may end in the next one and be lost or not as
 * that one is, which is as often for as against; only payload + 28 bytes count, no header of a
 * protocol. The first two can help the bound by at most one packet a link and gap.
 *
 * A packet written at a and due at a + D can use a chance iff arrive - D <= a <= send: an interval,
 * so the graph is convex and a greedy matching is a maximum one (Glover, Naval Research Logistics
 * 1967). Swept here by chances in order of send_ns, each taking the oldest packet it can still
 * deliver; the same size as by packets, and it is also what an online sender could do.
 */
#ifndef EMU_BOUND_H
#define EMU_BOUND_H

#include "emu/scenario.h"

enum emu_bound_level {
    EMU_BOUND_LOSSLESS, /* O0: as if nothing were lost */
    EMU_BOUND_KNOWN,    /* O1: losses known in advance */
    EMU_BOUND_LEARNT,   /* O2: chances known, a loss learnt one way back after it; resends only */
    EMU_BOUND_LEVELS
};

struct emu_bound_chance {
    uint64_t send_ns;
    uint64_t arrive_ns;
    uint64_t least_ns; /* no packet takes less from its writing to its arrival */
    uint64_t learn_ns; /* the sender can know by now whether it arrived */
    uint32_t link;
    bool is_lost;
};

/* Chances of all links in order of send_ns, since the start. */
struct emu_bound {
    struct emu_bound_chance *chance;
    size_t count;
    uint64_t payload_bytes;
};

/* A stream of packets of the bound's payload size, one each interval from first_ns on, or each
 * when it was written. */
struct emu_bound_stream {
    uint64_t first_ns;
    uint64_t interval_ns;       /* at least 1 */
    const uint64_t *written_ns; /* the caller's, `packets` of them in order; NULL: by interval */
    uint64_t packets;
    uint64_t latency_ns;
};

struct emu_bound_result {
    uint64_t packets;
    uint64_t on_time;
    uint64_t sent; /* chances used, lost ones included */
};

/*
 * The chances of the forward directions up to horizon_ns for packets of payload_bytes
 * (1..EMU_DATAGRAM_MAX), with this seed's losses. All traces are attached (asserted). Returns 0, or
 * -1 without memory; emu_bound_free afterwards.
 */
int emu_bound_init(struct emu_bound *bound, const struct emu_scenario *scenario, uint64_t seed,
                   uint64_t payload_bytes, uint64_t horizon_ns);

void emu_bound_free(struct emu_bound *bound);

/* The stream of rate_bps (payload) for duration_ns from first_ns on. */
struct emu_bound_stream emu_bound_stream_of(const struct emu_bound *bound, uint64_t rate_bps,
                                            uint64_t first_ns, uint64_t duration_ns,
                                            uint64_t latency_ns);

/* How much of the stream can be on time. Returns 0, or -1 without memory. */
int emu_bound_match(const struct emu_bound *bound, enum emu_bound_level level,
                    const struct emu_bound_stream *stream, struct emu_bound_result *result);

/* As emu_bound_match; met[i] (stream->packets of them) becomes 1 for each packet i on time, else 0.
 * Which packets these are is the greedy's choice, how many is not. */
int emu_bound_match_each(const struct emu_bound *bound, enum emu_bound_level level,
                         const struct emu_bound_stream *stream, struct emu_bound_result *result,
                         uint8_t *met);

/*
 * For an encoder that holds its rate for window_ns at a time: writes to rate_bps[0..windows) the
 * highest rate of each window, from time 0 on, at which a share of at least `share` is on time at
 * EMU_BOUND_KNOWN. So that windows do not borrow from each other, each owns the chances from half a
 * latency after its begin to half a latency after its end. Found to 1/256 of itself; 0 when not
 * even ten packets a second pass. Returns 0, or -1 without memory.
 */
int emu_bound_adapt(const struct emu_bound *bound, uint64_t latency_ns, double share,
                    uint64_t window_ns, uint64_t windows, uint64_t *rate_bps);

#endif
