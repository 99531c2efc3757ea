/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The margin: media that is expected to arrive closer to its deadline than this is set aside
 * unsent. A packet that comes late has taken the place of one that would have come in time; one
 * that is dropped too early leaves a place empty, but only once, at the end of the over-load.
 *
 * How much later than forecast packets come is taken to fall off exponentially, with the measured
 * mean m. With a margin M the share e^(-M/m) comes late for as long as the over-load lasts, while M
 * worth of packets is dropped for nothing once: the sum is least at M = m ln(T / m), T being how
 * much longer the over-load lasts. As for most things whose end nobody knows, the best guess is: as
 * long again as it has lasted.
 */
#ifndef PLAIT_SESSION_MARGIN_H
#define PLAIT_SESSION_MARGIN_H

#include <stdbool.h>
#include <stdint.h>

/* Zero it to start. */
struct margin {
    uint64_t since_ns, last_ns; /* the first and the last drop of this over-load; 0: none yet */
    uint64_t start_ns;          /* of the stream; 0: not yet */
};

/* Media was dropped or set aside. */
void margin_on_dropped(struct margin *margin, uint64_t now);

/* The stream's first datagram was written. */
static inline void margin_on_start(struct margin *margin, uint64_t now)
{
    margin->start_ns = now;
}

/* True when media was dropped lately, or may be soon, for all that is known of a new stream: what
 * the links can carry beyond it is soon spent, and a second copy sent now takes the place of what
 * comes in the next seconds. */
bool margin_is_wary(const struct margin *margin, uint64_t now);

/* The margin where forecasts are wrong by late_ns (m), at most a third of the latency. */
uint64_t margin_ns(const struct margin *margin, uint64_t now, uint64_t late_ns,
                   uint64_t latency_ns);

#endif
