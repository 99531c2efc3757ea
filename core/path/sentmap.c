/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/path/sentmap.h"

#include <assert.h>

#define SLOT(map, number) (&(map)->ring[(number) & (SENTMAP_PACKETS - 1)])

void sentmap_init(struct sentmap *map, struct sent_packet *ring, uint64_t first_number)
{
    map->ring = ring;
    map->oldest = map->flying = first_number;
    map->next = first_number;
    map->newest = NEVER;
    map->largest_acked = 0;
    map->bytes_in_flight = 0;
    map->any_acked = false;
}

static void advance_oldest(struct sentmap *map)
{
    while (map->oldest < map->next && SLOT(map, map->oldest)->state == SENT_FREE)
        map->oldest++;
}

bool sentmap_has_room(const struct sentmap *map)
{
    return map->next - map->oldest < SENTMAP_PACKETS - 1;
}

void sentmap_skip(struct sentmap *map)
{
    if (map->ring != NULL && map->next - map->oldest < SENTMAP_PACKETS)
        SLOT(map, map->next)->state = SENT_FREE;
    map->oldest += map->oldest == map->next;
    map->next++;
}

struct sent_packet *sentmap_record(struct sentmap *map, uint64_t now, uint32_t bytes)
{
    struct sent_packet *packet = SLOT(map, map->next);

    assert(sentmap_has_room(map));
    *packet = (struct sent_packet){
        .number = map->next,
        .seq = SEQ_NONE,
        .sent_ns = now,
        .bytes = bytes,
        .state = SENT_IN_FLIGHT,
    };
    map->newest = map->next++;
    map->bytes_in_flight += bytes;
    return packet;
}

struct sent_packet *sentmap_find(struct sentmap *map, uint64_t number)
{
    struct sent_packet *packet;

    if (number < map->oldest || number >= map->next)
        return NULL;
    packet = SLOT(map, number);
    return packet->number == number && packet->state != SENT_FREE ? packet : NULL;
}

static void leave_flight(struct sentmap *map, struct sent_packet *packet)
{
    if (packet->state == SENT_IN_FLIGHT || packet->state == SENT_OVERDUE) {
        assert(map->bytes_in_flight >= packet->bytes);
        map->bytes_in_flight -= packet->bytes;
    }
}

void sentmap_settle(struct sentmap *map, struct sent_packet *packet)
{
    leave_flight(map, packet);
    packet->state = SENT_FREE;
    advance_oldest(map);
}

void sentmap_mark_lost(struct sentmap *map, struct sent_packet *packet)
{
    leave_flight(map, packet);
    packet->state = SENT_LOST;
}

struct sent_packet *sentmap_oldest_in_flight(struct sentmap *map)
{
    if (map->flying < map->oldest)
        map->flying = map->oldest;
    for (; map->flying < map->next; map->flying++) {
        struct sent_packet *packet = SLOT(map, map->flying);

        if (packet->state == SENT_IN_FLIGHT || packet->state == SENT_OVERDUE)
            return packet;
    }
    return NULL;
}
