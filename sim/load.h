/* SPDX-License-Identifier: BSD-2-Clause */
/* What is written into the sender: numbered, checkable datagrams at a constant rate or in the
 * bursts of a video encoder's frames. A function of its configuration and seed. */
#ifndef PLAIT_SIM_LOAD_H
#define PLAIT_SIM_LOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "plait/plait.h"
#include "sim/rng.h"

#define LOAD_STEPS_MAX 32

/* Another rate from here on: a scene that changes; or none, a pause. */
struct load_step {
    uint64_t at_ns;    /* from the load's start */
    uint64_t rate_bps; /* 0: nothing is written */
};

struct load_config {
    uint64_t start_ns, stop_ns;  /* world time: first datagram, and none from here on */
    uint64_t rate_bps;           /* payload, bit/s */
    uint32_t size_min, size_max; /* bytes a datagram, uniform */
    bool two_sizes;              /* only these two, as often */
    uint64_t frame_ns;           /* 0: evenly spaced; else written in bursts this far apart */
    uint32_t key_every;          /* with frames: each so many is a key frame; 0: none */
    uint32_t key_weight;         /* so many times as large as the others; 0: four times */
    struct load_step step[LOAD_STEPS_MAX]; /* by time */
    uint32_t steps;
    bool ts;     /* datagrams of 1316 bytes are MPEG-TS */
    bool worths; /* mixed worths; else all PLAIT_WORTH_AUTO */
};

struct load {
    struct load_config config;
    struct sim_rng rng;
    uint64_t next_ns;
    uint64_t since_ns;     /* the schedule's beginning: the start, or the last change of rate */
    uint64_t written_bits; /* of the schedule, since then */
    uint64_t frame, frame_bits_end;
    uint64_t resume_ns; /* where the last pause ends, evenly spaced loads; 0: none so far */
    uint32_t step;      /* the next one, evenly spaced loads */
    uint32_t next_len;
    enum plait_worth next_worth;
};

void load_init(struct load *load, const struct load_config *config, uint64_t seed);

/* From now on at this rate (evenly spaced loads only): an encoder that was given another target. In
 * a pause it is the rate after it. */
void load_set_rate(struct load *load, uint64_t now, uint64_t rate_bps);

/* World time of the next datagram, PLAIT_NEVER when there is none. */
uint64_t load_next(const struct load *load);

/* Takes the next datagram's size and worth, and moves on. */
void load_take(struct load *load, uint32_t *len, enum plait_worth *worth);

#endif
