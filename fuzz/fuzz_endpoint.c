/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Unauthenticated bytes at both ends of a live session: anything is refused, and the session goes
 * on. The first byte of a datagram says what it is made to look like, so that the input gets past
 * the header: a packet of the session, a handshake message with a good mac1, or as it comes.
 */
#include "fuzz/fuzz.h"

#include <string.h>

#include "tests/session/pair.h"

static struct pair world;

static void begin(void)
{
    pair_init(&world);
    world.sender.config.store_packets = world.receiver.config.store_packets = 64;
    pair_start(&world, 2, NULL);
    pair_stream(&world, 100, 100);
    pair_run(&world, world.now + SECOND_NS);
}

static void dress(struct datagram *d, unsigned what, const struct cookie_keys *keys)
{
    const uint32_t cid = d->to_receiver ? pair_receiving(&world)->keys.local_cid
                                        : pair_sending(&world)->keys.local_cid;

    switch (what % 4) {
    case 0:
        if (d->len >= PACKET_SEALED_HEADER)
            packet_encode_sealed(d->bytes, what >> 4, cid, d->bytes[4] % 20,
                                 world.next_written + d->bytes[5]);
        break;
    case 1:
        if (d->len < PACKET_FIRST_HEADER + 2 * PACKET_MAC_LEN)
            return;
        packet_encode_first(d->bytes, what >> 7, what);
        cookie_mac1(keys, d->bytes, d->len - 2 * PACKET_MAC_LEN,
                    d->bytes + d->len - 2 * PACKET_MAC_LEN);
        break;
    case 2:
        if (d->len >= PACKET_SECOND_HEADER)
            packet_encode_second(d->bytes, what, cid);
        break;
    default:
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    struct datagram d = {.from = pair_addr(9, 9, 9), .to = pair_addr(255, 1, 5000)};
    static struct cookie_keys keys;
    static uint64_t executions;
    uint64_t before;

    if (world.sender.ep == NULL) {
        begin();
        cookie_keys_derive(&keys, world.receiver.public_key);
    }
    while (input.left > 2) {
        const unsigned what = (unsigned)fuzz_read(&input, 1);

        d.len = fuzz_read(&input, 1) * 2;
        d.len = d.len > input.left ? input.left : d.len;
        memcpy(d.bytes, input.at, d.len);
        input.at += d.len;
        input.left -= d.len;
        d.to_receiver = (what & 8) == 0;
        dress(&d, what, &keys);
        fuzz_require(pair_inject(&world, &d) < 0);
        world.now += 10 * 1000;
    }
    if (++executions % 64 != 0)
        return 0;
    before = world.delivered;
    pair_stream(&world, 5, 100);
    pair_run(&world, world.now + 300 * MS);
    fuzz_require(world.delivered == before + 5 && world.wrong == 0);
    fuzz_require(pair_told(&world, 1, PLAIT_EVENT_SESSION_CLOSED) == 0);
    return 0;
}
