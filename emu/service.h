/* SPDX-License-Identifier: BSD-2-Clause */
/* The bottleneck of a direction: when a datagram's last byte leaves. Times are since the start. */
#ifndef EMU_SERVICE_H
#define EMU_SERVICE_H

#include "emu/scenario.h"

struct emu_service {
    const struct emu_dir_spec *spec;
    uint64_t slot_ns; /* fixed rate: the time in which EMU_CHANCE_BYTES leave */
    uint64_t end_ns;  /* when the last datagram taken has left */
    uint64_t chance;  /* the chance it ended in */
    uint32_t left;    /* trace: bytes of that chance still free */
    uint64_t ended;   /* datagrams that ended in that chance */
};

struct emu_departure {
    uint64_t start_ns; /* the first byte leaves */
    uint64_t end_ns;   /* the last byte has left */
    uint64_t chance;   /* in which the last byte left; never falls from one to the next */
    uint64_t index;    /* how many ended in that chance before */
};

/* The spec must outlive the service. */
void emu_service_init(struct emu_service *service, const struct emu_dir_spec *spec);

/* Queues `bytes` (headers included) at now_ns; false, and nothing changed, when queue_ns forbids.
 */
bool emu_service_take(struct emu_service *service, uint64_t now_ns, uint64_t bytes,
                      struct emu_departure *departure);

/* How long until all that was taken has left. */
uint64_t emu_service_queue_ns(const struct emu_service *service, uint64_t now_ns);

/* The bytes that can leave from from_ns (included) to to_ns (excluded), outages apart. */
uint64_t emu_service_capacity_bytes(const struct emu_dir_spec *spec, uint64_t from_ns,
                                    uint64_t to_ns);

/* The most bytes that can leave within any window_ns, outages not counted. */
uint64_t emu_service_peak_bytes(const struct emu_dir_spec *spec, uint64_t window_ns);

/* The outage that covers at_ns, or NULL. */
const struct emu_outage *emu_service_outage(const struct emu_dir_spec *spec, uint64_t at_ns);

/* The first chance from `chance` on that no outage covers; the spec has a trace. */
uint64_t emu_service_usable(const struct emu_dir_spec *spec, uint64_t chance);

/* The longest that anything takes after it left: delay, jitter and detours. */
uint64_t emu_service_longest_ns(const struct emu_dir_spec *spec);

/* When what leaves at at_ns arrives: delay, detour and jitter (link.h). `key` is emu_draw_key's. */
uint64_t emu_service_arrival_ns(const struct emu_dir_spec *spec, uint64_t key, uint64_t at_ns);

#endif
