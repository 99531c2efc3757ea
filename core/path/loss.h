/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Loss detection of one path. A packet is lost when a later one of the SAME path has arrived and
 * the path's own reordering is outwaited (RACK, RFC 8985, with the receiver's times). Packets of
 * other paths prove nothing. The window follows what was seen: a spurious verdict widens it.
 */
#ifndef PLAIT_PATH_LOSS_H
#define PLAIT_PATH_LOSS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/path/sentmap.h"

#define LOSS_WINDOW_MIN (4 * NS_PER_MS)
#define LOSS_WINDOW_MAX (80 * NS_PER_MS)

struct loss {
    uint64_t window_ns;    /* reordering to outwait; 0 is taken as LOSS_WINDOW_MIN */
    uint64_t overtaken_to; /* packet numbers below have their overtaken_ns set */
    uint64_t scan;         /* below: nothing in flight */
    uint32_t ppm;          /* smoothed share of packets lost */
    uint64_t lost, acked, spurious;
};

/* A report up to `largest` (received at received_ns, receiver's clock) has been worked in. */
void loss_on_report(struct loss *loss, struct sentmap *map, uint64_t received_ns);

/* An entry in state SENT_LOST was reported after all, late by late_ns. */
void loss_on_spurious(struct loss *loss, uint64_t late_ns);

void loss_on_acked(struct loss *loss);

/* The next packet lost by the receiver's time report_ns: already marked lost; NULL when none. */
struct sent_packet *loss_next(struct loss *loss, struct sentmap *map, uint64_t report_ns);

#endif
