/* SPDX-License-Identifier: BSD-2-Clause */
/* serve_made_up ADDR:PORT SECONDS [LINKS [TOKEN]]: shows a made-up session, ten minutes of it at
 * once and then live. Prints the address it serves. */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "made_up.h"

#define STEP_NS    UINT64_C(500000000)
#define PAST_STEPS 1180

static void pass(uint64_t ns)
{
    struct timespec wait = {.tv_sec = (time_t)(ns / 1000000000),
                            .tv_nsec = (long)(ns % 1000000000)};
    nanosleep(&wait, NULL);
}

static void step(struct http_server *server, struct made_up *world)
{
    struct http_event events[8];
    size_t count = made_up_step(world, STEP_NS, events, 8);
    for (size_t i = 0; i < count; i++) {
        http_server_event(server, &events[i]);
    }
    http_server_publish(server, &world->snapshot);
}

int main(int argc, char **argv)
{
    static struct made_up world;
    struct http_server *server;
    struct http_config config = {.title = "plait lab"};
    char why[256];

    if (argc < 3) {
        fprintf(stderr, "usage: %s ADDR:PORT SECONDS [LINKS [TOKEN]]\n", argv[0]);
        return 2;
    }
    config.listen = argv[1];
    config.token = argc > 4 ? argv[4] : NULL;
    if (http_server_open(&config, &server, why, sizeof(why)) != 0) {
        fprintf(stderr, "--http %s\n", why);
        return 2;
    }
    if (http_server_start(server) != 0) {
        return 2;
    }
    uint64_t past_ms = PAST_STEPS * STEP_NS / 1000000;
    made_up_init(&world, argc > 3 ? (uint32_t)atoi(argv[3]) : 3,
                 (uint64_t)time(NULL) * 1000 - past_ms);
    for (int i = 0; i < PAST_STEPS; i++) {
        step(server, &world);
        pass(1000000);
    }
    printf("http://%s/\n", http_server_address(server));
    fflush(stdout);
    for (int i = 0; i < 2 * atoi(argv[2]); i++) {
        step(server, &world);
        pass(STEP_NS);
    }
    http_server_stop(server);
    return 0;
}
