/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The autopsy: of each source packet when it was written, each sending with what the link really
 * did with it, and so why those that were not on time were not. It looks at the sender's state from
 * outside and changes nothing. One source packet a datagram; a sender's restart ends it.
 */
#ifndef PLAIT_SIM_AUTOPSY_H
#define PLAIT_SIM_AUTOPSY_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "emu/link.h"
#include "plait/plait.h"

#define AUTOPSY_SENDINGS     6
#define AUTOPSY_PACKET_BYTES 1400 /* what a packet takes of a link, about */

/* What would have kept a packet off a link, by the sender's own rules. */
enum autopsy_door {
    AUTOPSY_OPEN,
    AUTOPSY_DOUBT,  /* the path is not active */
    AUTOPSY_WINDOW, /* too much in flight */
    AUTOPSY_PACING, /* too soon after the one before */
    AUTOPSY_DOORS
};

struct world;

struct autopsy_sending {
    uint64_t at_ns;       /* world time */
    uint64_t expected_ns; /* when the sender thought it would arrive, world time */
    uint64_t overdue_ns;  /* when the sender knew at the latest that it did not keep to that */
    uint64_t arrives_ns;  /* when it did; PLAIT_NEVER: not */
    uint64_t unloaded_ns; /* from now until it would arrive without a queue */
    uint32_t wait_ms;     /* what stood in that link's queue, truly */
    uint32_t other_ms;    /* until it would have arrived by the best of the other links, truly */
    uint8_t link;
    uint8_t fate;       /* enum emu_fate */
    uint8_t other_door; /* enum autopsy_door: that other link's */
};

struct autopsy_packet {
    uint64_t seq;
    uint64_t noticed_ns; /* first seen wanted again (looked at each sample); 0: never */
    uint64_t dropped_ns; /* first seen given up; 0: never */
    uint32_t sendings;   /* all of them; those beyond AUTOPSY_SENDINGS are not kept */
    struct autopsy_sending sending[AUTOPSY_SENDINGS];
};

enum autopsy_class {
    AUTOPSY_ON_TIME,
    AUTOPSY_DROPPED,      /* a: never sent, given up by the sender */
    AUTOPSY_WAITED,       /* b: waited more than half its latency, or for ever, to be sent */
    AUTOPSY_RESENT_LATE,  /* c: faded or lost; sent again when even an empty link was too slow */
    AUTOPSY_RESENT_FADED, /* d: sent again in time, and that came late or not at all, too */
    AUTOPSY_UNNOTICED,    /* e: never sent again: nothing wrong was to be noticed in time */
    AUTOPSY_UNSENT,       /* f: overdue or lost by its knowledge, in time, but not sent again */
    AUTOPSY_HELD,         /* g: a copy arrived in time, but did not come out in time */
    AUTOPSY_CLASSES
};

struct autopsy;

struct autopsy *autopsy_create(void);
void autopsy_free(struct autopsy *autopsy);

/* The ledger's newest entry was taken by the sender. */
void autopsy_on_written(struct autopsy *autopsy, const struct world *world);

/* Before and after the sender's datagram was handed to a link. */
void autopsy_before_sent(struct autopsy *autopsy, const struct world *world, uint32_t link);
void autopsy_on_sent(struct autopsy *autopsy, const struct world *world, uint32_t link,
                     enum emu_fate fate);

/* Looks for what was given up or is wanted again. */
void autopsy_on_sampled(struct autopsy *autopsy, const struct world *world);

/* What became of the datagram `index` of the ledger; NULL: nothing is known of it. */
const struct autopsy_packet *autopsy_packet(const struct autopsy *autopsy, uint64_t index);

/* What a link could have carried and did not while media had waited for 50 ms or was set aside, and
 * this door was what forbade it. */
uint64_t autopsy_idle_bytes(const struct autopsy *autopsy, uint32_t link, enum autopsy_door door);
enum autopsy_class autopsy_classify(const struct autopsy *autopsy, const struct world *world,
                                    uint64_t index);

/* autopsy_report.c: packets not on time, at most `limit`, then the tables. */
void autopsy_print(FILE *out, const struct autopsy *autopsy, const struct world *world,
                   unsigned limit);

#endif
