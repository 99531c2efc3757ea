/* SPDX-License-Identifier: BSD-2-Clause */
/* A program with functions of its own that are called like some inside libplait and libplaitfec,
 * and that uses both: it links, each calls its own, and the endpoint works. */
#include <stdio.h>
#include <stdlib.h>

#include "plait/fec.h"
#include "plait/plait.h"

int packet_decode(int x);
int noise_wipe(int x);
int path_step(int x);
int reorder_pop(int x);
int rq_solve(int x);
int gf256_ref = 7;

int packet_decode(int x)
{
    return x + 1;
}

int noise_wipe(int x)
{
    return x + 2;
}

int path_step(int x)
{
    return x + 3;
}

int reorder_pop(int x)
{
    return x + 4;
}

int rq_solve(int x)
{
    return x + 5;
}

static void draw(void *ctx, uint8_t *out, size_t n)
{
    (void)ctx;
    for (size_t i = 0; i < n; i++)
        out[i] = (uint8_t)(i * 37 + 11);
}

int main(void)
{
    const struct plait_config config = {
        .role = PLAIT_SENDER, .secret_key = {9}, .random = draw, .store_packets = 64};
    const size_t bytes = plait_endpoint_bytes(&config);
    const uint8_t peer[PLAIT_KEY_BYTES] = {9};
    const struct plait_path_config path = {.local = {.family = 4, .ip = {10, 0, 0, 1}, .port = 1},
                                           .remote = {.family = 4, .ip = {10, 0, 0, 2}, .port = 2}};
    void *memory = aligned_alloc(64, (bytes + 63) & ~(size_t)63);
    struct plait_endpoint *ep;
    struct plait_poll poll;
    uint32_t session, slot;

    if (packet_decode(0) + noise_wipe(0) + path_step(0) + reorder_pop(0) + rq_solve(0) != 15 ||
        gf256_ref != 7)
        return 1;
    if (plait_endpoint_init(memory, bytes, &config, 1, &ep) != PLAIT_OK ||
        plait_session_open(ep, 1, peer, NULL, &session) != PLAIT_OK ||
        plait_path_add(ep, 1, session, &path, &slot) != PLAIT_OK)
        return 1;
    if (plait_endpoint_poll(ep, 1, &poll) != PLAIT_POLL_TRANSMIT || poll.data[0] != 0x10)
        return 1;
    plait_endpoint_wipe(ep);
    free(memory);
    puts("embedded");
    return 0;
}
