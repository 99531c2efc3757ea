/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An authenticated peer that says anything: frames made of the input are sealed with the session's
 * own keys and handed to either side, between media and time. Nothing may crash, read uninitialised
 * memory or grow without limit; what such a peer does to its own stream is its own affair.
 */
#include "fuzz/fuzz.h"

#include <string.h>

#include "tests/session/pair.h"

static struct pair world;
static uint64_t number[2];

/* The world as every input finds it, or what an input finds could not be found again. */
static struct {
    struct pair pair;
    uint8_t *memory[2];
    size_t bytes[2];
    struct datagram *flight;
} start;

/* The sender's pools of paths from 2 on are never touched: they need not be kept. */
static void begin(void)
{
    pair_init(&world);
    world.sender.config.store_packets = world.receiver.config.store_packets = 64;
    world.receiver.config.max_sessions = 1;
    pair_start(&world, 2, NULL);
    pair_stream(&world, 50, 100);
    start.pair = world;
    start.bytes[0] = (size_t)((uint8_t *)pair_sending(&world)->paths[2].sent.ring -
                              (uint8_t *)world.sender.memory);
    start.bytes[1] = plait_endpoint_bytes(&world.receiver.config);
    start.memory[0] = malloc(start.bytes[0]);
    start.memory[1] = malloc(start.bytes[1]);
    start.flight = malloc((world.flying + 1) * sizeof *start.flight);
    memcpy(start.memory[0], world.sender.memory, start.bytes[0]);
    memcpy(start.memory[1], world.receiver.memory, start.bytes[1]);
    memcpy(start.flight, world.flight, world.flying * sizeof *start.flight);
}

static void again(void)
{
    world = start.pair;
    memcpy(world.sender.memory, start.memory[0], start.bytes[0]);
    memcpy(world.receiver.memory, start.memory[1], start.bytes[1]);
    memcpy(world.flight, start.flight, world.flying * sizeof *start.flight);
    number[0] = number[1] = 0;
}

/* Numbers run ahead of the real ones. */
static void speak(bool to_receiver, uint8_t path, const uint8_t *frames, size_t len)
{
    const struct session *from = to_receiver ? pair_sending(&world) : pair_receiving(&world);
    const struct plait_addr receiver = pair_addr(255, 1, 5000);

    if (from == NULL || from->state != SESSION_UP ||
        len > MAX_UDP - PACKET_SEALED_HEADER - AEAD_TAG_LEN)
        return;
    number[to_receiver] += 1;
    if (number[to_receiver] < from->paths[path % MAX_PATHS].sent.next + 1000)
        number[to_receiver] = from->paths[path % MAX_PATHS].sent.next + 1000;
    pair_speak(&world, to_receiver,
               to_receiver ? &world.link[path % PAIR_LINKS].outside : &receiver, path,
               number[to_receiver], frames, len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    int steps = 0;

    if (world.sender.ep == NULL)
        begin();
    else
        again();
    while (input.left > 1 && steps++ < 64) {
        const unsigned what = (unsigned)fuzz_read(&input, 1);
        size_t len = fuzz_read(&input, 1);

        len = len > input.left ? input.left : len;
        if (what % 8 < 5)
            speak((what & 1) == 0, (uint8_t)(what >> 4), input.at, len);
        else if (what % 8 == 5)
            pair_write(&world, 1 + len * 8);
        else
            pair_run(&world, world.now + len * MS / 8);
        input.at += len;
        input.left -= len;
        if (pair_sending(&world) == NULL)
            break;
    }
    return 0;
}
