/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The scenario format: one link a line, blank-separated key=value, '#' starts a comment.
 *
 *   name=TEXT     what the link is called; default link1, link2, ...
 *   trace=PATH    capacity as recorded (emu/trace.h); relative to the scenario file
 *   rate=NUMBER   or a fixed capacity: bit/s, with k, M or G for 10^3, 10^6, 10^9; a bare number
 *                 below 1000 is taken as Mbit/s. At least 10 kbit/s.
 *   delay=MS      one-way propagation; default 0
 *   jitter=MS     the delay wanders by at most this much to either side (emu/link.h); default 0
 *   loss=P        each datagram is lost with this probability, 0..1
 *   ge=P:R:H      or in bursts (Gilbert-Elliott): P good to bad and R bad to good at each chance, H
 *                 the loss in the bad state
 *   queue=MS      a datagram that would wait longer than this for its first byte to leave is
 *                 dropped; default 500
 *   dup=P corrupt=P reorder=P    probability of a second copy, of flipped bits, of being overtaken
 *   down=A-B+A-B  the link is cut from second A to second B
 *   detour=A-B:MS+A-B:MS  from second A to second B the way takes MS longer
 *   rebind=S+S    at these seconds a NAT gives the sender of this link another public port
 *
 * An r prefix sets the reverse direction (rtrace= rrate= rdelay= rjitter= rloss= rge= rqueue= rdup=
 * rcorrupt= rreorder= rdown= rdetour=). A scenario describes uplinks, so what names nothing for the
 * reverse direction gets 100 Mbit/s without loss, with the forward direction's delay, jitter,
 * outages and detours.
 * Numbers may have decimals; probabilities are shares (0.05, not 5). Time starts at the first
 * datagram sent on any link.
 */
#ifndef EMU_SCENARIO_H
#define EMU_SCENARIO_H

#include "emu/limits.h"
#include "emu/trace.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum emu_dir {
    EMU_FORWARD = 0, /* from the sender in the field to the receiver */
    EMU_REVERSE = 1,
    EMU_DIRS = 2
};

/* From from_ns (included) to to_ns (excluded), since the start. */
struct emu_outage {
    uint64_t from_ns;
    uint64_t to_ns;
};

/* Likewise, what leaves the link in this time takes more_ns longer. */
struct emu_detour {
    uint64_t from_ns;
    uint64_t to_ns;
    uint64_t more_ns;
};

/* One direction of one link. May be filled by hand; zero is a valid value of all but the rate. */
struct emu_dir_spec {
    const struct emu_trace *trace; /* NULL: rate_bps holds; owned by the scenario or the caller */
    char trace_path[EMU_PATH_MAX]; /* as written; "" with a fixed rate */
    uint64_t rate_bps;
    uint64_t delay_ns;
    uint64_t jitter_ns;
    uint64_t queue_ns;
    double loss; /* independent; unused when ge_enter > 0 */
    double ge_enter;
    double ge_leave;
    double ge_loss;
    double dup;
    double corrupt;
    double reorder;
    struct emu_outage down[EMU_OUTAGES_MAX]; /* rising, apart from each other */
    unsigned down_count;
    struct emu_detour detour[EMU_DETOURS_MAX]; /* rising, apart from each other */
    unsigned detour_count;
};

struct emu_link_spec {
    char name[EMU_NAME_MAX];
    struct emu_dir_spec dir[EMU_DIRS];
    uint64_t rebind_ns[EMU_REBINDS_MAX]; /* rising */
    unsigned rebind_count;
};

/* Zero it, then parse or load; emu_scenario_free afterwards. */
struct emu_scenario {
    struct emu_link_spec link[EMU_LINKS_MAX];
    unsigned link_count;
    struct emu_trace trace[EMU_TRACES_MAX];
    unsigned trace_count;
};

/*
 * Reads text[0..len) into *scenario, replacing what it held. Opens no file: directions that name a
 * trace keep its path and trace == NULL until emu_scenario_attach. Returns 0; or -1 with one line
 * in error (EMU_ERROR_MAX bytes) that names line, key, value and cure; *scenario is then empty.
 */
int emu_scenario_parse(struct emu_scenario *scenario, const char *text, size_t len, char *error);

/*
 * Gives the trace in text[0..len) to every direction that names trace_path; a copy is kept. Returns
 * 0; or -1 with one line in error. Not once an emu_net or emu_link uses the scenario.
 */
int emu_scenario_attach(struct emu_scenario *scenario, const char *trace_path, const char *text,
                        size_t len, char *error);

/* The path of the first trace that is still to be attached, or NULL when all are. */
const char *emu_scenario_missing(const struct emu_scenario *scenario);

/*
 * Reads a scenario file and the traces it names (scenario_file.c, the one part of the library that
 * opens files). Returns 0; or -1 with one line in error, *scenario empty.
 */
int emu_scenario_load(struct emu_scenario *scenario, const char *path, char *error);

/* Frees the traces and empties the scenario. No emu_net or emu_link may use it any more. */
void emu_scenario_free(struct emu_scenario *scenario);

#endif
