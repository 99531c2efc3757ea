/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two keyrings and a network that loses, reorders, duplicates and forges as the input says. A
 * packet opens exactly when its generation says so; a forged one changes nothing but the counter.
 */
#include "fuzz/fuzz.h"

#include <stdbool.h>
#include <string.h>

#include "core/crypto/keyring.h"

#define FLIGHT    16
#define PLAIN_LEN 8
#define SECONDS   UINT64_C(1000000000)

struct message {
    bool used;
    int to;
    unsigned phase;
    uint32_t path_id;
    uint64_t packet_number, generation;
    uint8_t sealed[PLAIN_LEN + AEAD_TAG_LEN];
};

struct world {
    struct keyring rings[2];
    struct message flight[FLIGHT];
    uint64_t now;
};

static void send(struct world *world, struct fuzz_input *input, struct message *message)
{
    const int from = (int)(fuzz_read(input, 1) % 2);
    struct keyring *ring = &world->rings[from];
    static const uint8_t plain[PLAIN_LEN] = "payload";

    keyring_advance(ring, world->now);
    message->used = true;
    message->to = 1 - from;
    message->path_id = (uint32_t)(fuzz_read(input, 1) % KEYRING_PATHS_MAX);
    message->packet_number = keyring_next_number(ring, message->path_id);
    message->generation = ring->send_generation;
    message->phase = keyring_phase(ring);
    fuzz_require(keyring_seal(ring, message->path_id, message->packet_number, NULL, 0, plain,
                              PLAIN_LEN, message->sealed) == PLAIN_LEN + AEAD_TAG_LEN);
}

static bool must_open(const struct keyring *ring, uint64_t now, uint64_t generation)
{
    fuzz_require(generation <= ring->recv_generation + 1);
    if (generation + 1 == ring->recv_generation)
        return now < ring->previous_until;
    return generation + 1 > ring->recv_generation;
}

static void receive(struct world *world, const struct message *message)
{
    struct keyring *ring = &world->rings[message->to];
    const bool expected = must_open(ring, world->now, message->generation);
    uint8_t out[PLAIN_LEN + AEAD_TAG_LEN];
    const int len =
        keyring_open(ring, world->now, message->phase, message->path_id, message->packet_number,
                     NULL, 0, message->sealed, sizeof message->sealed, out);

    fuzz_require(len == (expected ? PLAIN_LEN : KEYRING_REJECTED));
    if (expected)
        fuzz_require(memcmp(out, "payload", PLAIN_LEN) == 0);
}

static void forge(struct world *world, struct fuzz_input *input, const struct message *original)
{
    struct message message = *original;
    struct keyring *ring = &world->rings[message.to];
    const struct keyring before = *ring;
    const size_t at = fuzz_read(input, 1) % sizeof message.sealed;
    const uint8_t change = (uint8_t)fuzz_read(input, 1);
    const size_t len = fuzz_read(input, 1) % (sizeof message.sealed + 1);
    uint8_t out[PLAIN_LEN + AEAD_TAG_LEN];

    message.sealed[at] ^= change;
    if (change == 0 && len == sizeof message.sealed)
        return;
    fuzz_require(keyring_open(ring, world->now, (unsigned)(fuzz_read(input, 1) % KEYRING_PHASES),
                              message.path_id, message.packet_number, NULL, 0, message.sealed, len,
                              out) == KEYRING_REJECTED);
    ring->forged = before.forged;
    fuzz_require(memcmp(ring, &before, sizeof before) == 0);
}

static void step(struct world *world, struct fuzz_input *input)
{
    const uint64_t what = fuzz_read(input, 1);
    struct message *message = &world->flight[what / 8 % FLIGHT];

    switch (what % 8) {
    case 0:
    case 1:
        send(world, input, message);
        break;
    case 2:
    case 3:
        if (message->used)
            receive(world, message);
        break;
    case 4:
        if (message->used)
            forge(world, input, message);
        break;
    case 5:
        world->now += fuzz_read(input, 1) * SECONDS;
        break;
    case 6:
        world->rings[what / 8 % 2].sealed = KEYRING_REKEY_PACKETS;
        break;
    default:
        keyring_advance(&world->rings[what / 8 % 2], world->now);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t keys[2][AEAD_KEY_LEN] = {{1}, {2}};
    static struct world world;
    struct fuzz_input input = {data, size};

    if (sodium_init() < 0)
        return 0;
    memset(&world, 0, sizeof world);
    keyring_init(&world.rings[0], AEAD_CHACHA20_POLY1305, true, keys[0], keys[1], 0);
    keyring_init(&world.rings[1], AEAD_CHACHA20_POLY1305, false, keys[1], keys[0], 0);
    for (int i = 0; i < 300 && input.left > 0; i++)
        step(&world, &input);
    return 0;
}
