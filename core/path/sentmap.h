/* SPDX-License-Identifier: BSD-2-Clause */
/* What a path has sent and not heard of: one entry a packet number, in a ring. The oldest unsettled
 * entry bounds the ring: a path that has SENTMAP_PACKETS unsettled packets sends no more. */
#ifndef PLAIT_PATH_SENTMAP_H
#define PLAIT_PATH_SENTMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/limits.h"

#define SEQ_NONE UINT64_MAX

enum sent_state {
    SENT_FREE = 0, /* settled or never used */
    SENT_IN_FLIGHT = 1,
    SENT_OVERDUE = 2, /* in flight, and should have been reported by now */
    SENT_LOST = 3,    /* no longer counted in flight; kept to notice a spurious verdict */
};

enum sent_kind {
    SENT_MEDIA = 0, /* first transmission */
    SENT_AGAIN = 1, /* resend or second copy */
    SENT_REPAIR = 2,
    SENT_PROBE = 3, /* ping, challenge, other control that wants a receipt */
};

struct sent_packet {
    uint64_t number;
    uint64_t seq; /* the source packet in it, or SEQ_NONE */
    uint64_t sent_ns;
    uint64_t expected_ns;  /* when it should arrive, receiver's clock */
    uint64_t overtaken_ns; /* receiver's clock when a later one had arrived; 0: not yet */
    /* delivery-rate sampling (BBR draft, "delivery rate estimation") */
    uint64_t delivered, delivered_ns, first_sent_ns;
    uint32_t bytes; /* UDP payload and IP_UDP_OVERHEAD */
    uint8_t state, kind;
    bool app_limited;
    bool counted; /* its source packet counts it among the copies under way */
};

struct sentmap {
    struct sent_packet *ring; /* SENTMAP_PACKETS, of any content; NULL: nothing is recorded */
    uint64_t oldest;          /* every number below is settled */
    uint64_t flying;          /* no number below is in flight */
    uint64_t next;            /* the next packet number */
    uint64_t newest;          /* the last one recorded; those behind it want no receipt */
    uint64_t largest_acked;   /* valid when any_acked */
    uint64_t bytes_in_flight;
    bool any_acked;
};

void sentmap_init(struct sentmap *map, struct sent_packet *ring, uint64_t first_number);

/* True while another packet can be recorded. */
bool sentmap_has_room(const struct sentmap *map);

/* The number `next` goes to a packet of which no receipt is expected. */
void sentmap_skip(struct sentmap *map);

/* Records the packet with number `next` and moves on; returns its entry to be filled (number, state
 * and in-flight bytes are set). */
struct sent_packet *sentmap_record(struct sentmap *map, uint64_t now, uint32_t bytes);

/* The entry of a number that is unsettled (in flight, overdue or lost); NULL otherwise. */
struct sent_packet *sentmap_find(struct sentmap *map, uint64_t number);

/* Settles an entry (acknowledged or forgotten); its fields stay readable until the next record. */
void sentmap_settle(struct sentmap *map, struct sent_packet *packet);

/* Takes an entry out of the flight; it is kept as lost. */
void sentmap_mark_lost(struct sentmap *map, struct sent_packet *packet);

/* The oldest entry still in flight (or overdue), NULL when there is none. */
struct sent_packet *sentmap_oldest_in_flight(struct sentmap *map);

#endif
