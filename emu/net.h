/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * All links of a scenario, both directions, under one clock: what the simulator (virtual time) and
 * the lab (real time) run. Time starts at the first datagram sent on any link in any direction.
 */
#ifndef EMU_NET_H
#define EMU_NET_H

#include "emu/link.h"

struct emu_net;

/*
 * The scenario's traces must outlive the net and all be attached (asserted). NULL without memory.
 */
struct emu_net *emu_net_create(const struct emu_scenario *scenario, uint64_t seed);

void emu_net_destroy(struct emu_net *net);

unsigned emu_net_link_count(const struct emu_net *net);

const char *emu_net_link_name(const struct emu_net *net, unsigned link);

/* Starts time at origin_ns; without it the first emu_net_send does. Once, before the first send. */
void emu_net_start(struct emu_net *net, uint64_t origin_ns);

/* As emu_link_send, on direction `dir` of link `link` (0..emu_net_link_count - 1). */
enum emu_fate emu_net_send(struct emu_net *net, unsigned link, enum emu_dir dir, uint64_t now,
                           const void *data, size_t len);

/* When the next datagram arrives on any link, or EMU_NEVER. */
uint64_t emu_net_next_ns(const struct emu_net *net);

/* Takes the datagram that arrived first, of all links and directions, by `now`; false when none. */
bool emu_net_recv(struct emu_net *net, uint64_t now, struct emu_arrival *arrival);

/*
 * How often the NAT of a link has given out another public port by `now`. The host compares it with
 * what it saw before: a datagram that LEAVES the field in a new epoch comes from a new source
 * address, and what the receiver sends to the old address is lost (the host drops it).
 */
unsigned emu_net_epoch(const struct emu_net *net, unsigned link, uint64_t now);

/* One direction, for statistics and capacity (emu/link.h). */
const struct emu_link *emu_net_link(const struct emu_net *net, unsigned link, enum emu_dir dir);

#endif
