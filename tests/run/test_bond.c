/* SPDX-License-Identifier: BSD-2-Clause */
/* The ready-made loop (plait/run.h): two of them in one thread, over loopback sockets. */
#include "support.h"

#include <pthread.h>
#include <stdbool.h>
#include <unistd.h>

#include "plait/keys.h"
#include "plait/run.h"
#include "run/bond.h"
#include "run/bond_links.h"

#define LATENCY_NS UINT64_C(500000000) /* wide: the machine may be busy */

/* Steps until then are counted, not timed; each waits at most a millisecond. */
#define PATIENCE_STEPS 10000

struct pair;

struct end {
    void (*in_datagram)(struct pair *pair, const uint8_t *data, size_t len); /* or NULL */
    void (*in_wake)(struct pair *pair);
    struct pair *pair;
    struct plait_run *run;
    uint32_t datagrams, ups, closes, paths, latencies, wakes;
    size_t bytes;
    uint8_t last;
};

struct pair {
    struct end sender, receiver;
    uint32_t spoilt, expected, stepped;
    struct plait_pair_keys keys;
};

static void on_datagram(void *ctx, uint32_t session, const uint8_t *data, size_t len)
{
    struct end *end = ctx;
    (void)session;
    end->datagrams++;
    end->bytes += len;
    end->last = data[0];
    if (end->in_datagram)
        end->in_datagram(end->pair, data, len);
}

static void on_event(void *ctx, uint32_t session, const struct plait_event *event)
{
    struct end *end = ctx;
    (void)session;
    end->ups += event->kind == PLAIT_EVENT_SESSION_UP;
    end->paths += event->kind == PLAIT_EVENT_PATH_UP;
    end->closes += event->kind == PLAIT_EVENT_SESSION_CLOSED;
    end->latencies += event->kind == PLAIT_EVENT_LATENCY;
}

static void on_wake(void *ctx)
{
    struct end *end = ctx;
    end->wakes++;
    if (end->in_wake)
        end->in_wake(end->pair);
}

static void open_receiver(struct pair *pair, const char *address)
{
    struct plait_run_config config = {0};
    char error[PLAIT_RUN_ERROR_TEXT];
    config.endpoint.role = PLAIT_RECEIVER;
    config.endpoint.latency_ns = LATENCY_NS;
    memcpy(config.endpoint.secret_key, pair->keys.receiver_secret, PLAIT_KEY_BYTES);
    config.address = address;
    config.hooks = (struct plait_run_hooks){&pair->receiver, on_datagram, on_event, on_wake};
    if (plait_run_create(&config, &pair->receiver.run, error) != PLAIT_OK)
        fail_msg("%s", error);
    assert_int_equal(plait_run_allow(pair->receiver.run, pair->keys.sender_public, pair->keys.psk),
                     PLAIT_OK);
}

static void open_sender(struct pair *pair, struct end *end,
                        const uint8_t secret_key[PLAIT_KEY_BYTES], uint64_t latency_ns)
{
    static const char *const links[] = {"name=a", "name=b"};
    struct plait_run_config config = {0};
    char error[PLAIT_RUN_ERROR_TEXT];
    char address[ADDR_TEXT];
    config.endpoint.role = PLAIT_SENDER;
    config.endpoint.latency_ns = latency_ns;
    memcpy(config.endpoint.secret_key, secret_key, PLAIT_KEY_BYTES);
    memcpy(config.peer_key, pair->keys.receiver_public, PLAIT_KEY_BYTES);
    config.psk = pair->keys.psk;
    config.address = addr_text(&pair->receiver.run->links[0].local, address);
    config.links = links;
    config.link_count = COUNT(links);
    config.hooks = (struct plait_run_hooks){end, on_datagram, on_event, on_wake};
    if (plait_run_create(&config, &end->run, error) != PLAIT_OK)
        fail_msg("%s", error);
}

static void step_until(struct pair *pair, const uint32_t *counter, uint32_t wanted)
{
    for (int i = 0; i < PATIENCE_STEPS && *counter < wanted; i++) {
        plait_run_step(pair->sender.run, 1000000);
        plait_run_step(pair->receiver.run, 1000000);
    }
    assert_true(*counter >= wanted);
}

static struct pair *open_pair(void)
{
    struct pair *pair = calloc(1, sizeof *pair);
    assert_non_null(pair);
    pair->sender.pair = pair->receiver.pair = pair;
    assert_int_equal(plait_pair_derive("test", 4, &pair->keys), PLAIT_OK);
    open_receiver(pair, "127.0.0.1:0");
    open_sender(pair, &pair->sender, pair->keys.sender_secret, LATENCY_NS);
    step_until(pair, &pair->sender.ups, 1);
    step_until(pair, &pair->receiver.ups, 1);
    step_until(pair, &pair->sender.paths, 2);
    return pair;
}

static void close_pair(struct pair *pair)
{
    plait_run_destroy(pair->sender.run);
    plait_run_destroy(pair->receiver.run);
    free(pair);
}

static void datagrams_go_through(void **state)
{
    struct pair *pair = open_pair();
    struct plait_stats stats;
    uint8_t data[1316];
    (void)state;
    for (int i = 0; i < 100; i++) {
        memset(data, i, sizeof data);
        assert_int_equal(plait_run_write(pair->sender.run, data, sizeof data, PLAIT_WORTH_AUTO),
                         PLAIT_OK);
        plait_run_step(pair->receiver.run, 0);
    }
    step_until(pair, &pair->receiver.datagrams, 100);
    assert_int_equal(pair->receiver.bytes, 100 * sizeof data);
    assert_int_equal(pair->receiver.last, 99);
    assert_int_equal(plait_run_stats(pair->sender.run, 0, &stats), PLAIT_OK);
    assert_int_equal(stats.stream.written, 100);
    assert_int_equal(stats.paths, 2);
    close_pair(pair);
}

static void goodbye_reaches_the_other_side(void **state)
{
    struct pair *pair = open_pair();
    (void)state;
    plait_run_drain(pair->sender.run);
    assert_int_equal(plait_run_write(pair->sender.run, (const uint8_t *)"x", 1, PLAIT_WORTH_AUTO),
                     PLAIT_ERR_STATE);
    step_until(pair, &pair->receiver.closes, 1);
    close_pair(pair);
}

static void step_both(struct plait_run *run, struct plait_run *other)
{
    plait_run_step(run, 1000000);
    plait_run_step(other, 1000000);
}

/* Of a receiver's sessions, not of the one that agreed last. */
static void drain_waits_for_the_longest_latency(void **state)
{
    struct pair *pair = open_pair();
    struct plait_run *receiver = pair->receiver.run;
    struct end slow = {.pair = pair};
    struct plait_pair_keys keys;
    struct plait_stats stats = {0};
    (void)state;
    assert_int_equal(plait_pair_derive("slow", 4, &keys), PLAIT_OK);
    assert_int_equal(plait_run_allow(receiver, keys.sender_public, pair->keys.psk), PLAIT_OK);
    open_sender(pair, &slow, keys.sender_secret, 4 * LATENCY_NS);
    for (int i = 0; i < PATIENCE_STEPS && slow.paths < 2; i++)
        step_both(slow.run, receiver);
    assert_int_equal(plait_run_write(slow.run, (const uint8_t *)"x", 1, PLAIT_WORTH_AUTO),
                     PLAIT_OK);
    for (int i = 0; i < PATIENCE_STEPS && stats.stream.reorder_depth == 0; i++) {
        step_both(slow.run, receiver);
        assert_int_equal(plait_run_stats(receiver, 1, &stats), PLAIT_OK);
    }
    assert_int_equal(plait_session_latency_set(pair->sender.run->node.endpoint, plait_run_now_ns(),
                                               0, LATENCY_NS + 1000000),
                     PLAIT_OK);
    step_until(pair, &pair->receiver.latencies, 1);
    plait_run_drain(receiver);
    assert_int_equal(pair->receiver.datagrams, 1);
    plait_run_destroy(slow.run);
    close_pair(pair);
}

/* The sender's links from now on; until so many paths have come up in all. */
static void set_links(struct pair *pair, const char *const *links, uint32_t count, uint32_t paths)
{
    struct run_error error;
    assert_int_equal(bond_links_set(pair->sender.run, plait_run_now_ns(), links, count, &error),
                     PLAIT_OK);
    step_until(pair, &pair->sender.paths, paths);
}

/* What is said of a link anew holds, and a link of which nothing changed stays as it is. */
static void changed_link_is_taken_anew(void **state)
{
    static const char *const links[] = {"name=a", "name=b,cost=7,max=8M"};
    struct pair *pair = open_pair();
    struct plait_run *run = pair->sender.run;
    const int kept = run->links[0].fd;
    uint32_t attached = 0, changed = 0;
    (void)state;
    set_links(pair, links, COUNT(links), 3);
    for (uint32_t i = 0; i < run->link_count; i++) {
        const struct linkspec *spec = &run->links[i].spec;
        attached += run->links[i].loop != NULL;
        changed += run->links[i].loop != NULL && spec->cost == 7 && spec->max_bps == 8000000;
    }
    assert_int_equal(attached, 2);
    assert_int_equal(changed, 1);
    assert_int_equal(run->links[0].fd, kept);
    close_pair(pair);
}

/* Without any that is wanted, a receiver on this host has the one that it would have had. */
static void no_wanted_link_leaves_the_local_one(void **state)
{
    struct pair *pair = open_pair();
    struct plait_run *run = pair->sender.run;
    (void)state;
    set_links(pair, NULL, 0, 3);
    assert_int_equal(bond_links_count(run), 1);
    for (uint32_t i = 0; i < run->link_count; i++)
        assert_int_equal(run->links[i].loop != NULL, strcmp(run->links[i].spec.name, "lo") == 0);
    close_pair(pair);
}

/* One that cannot be opened is told of and holds up no other. */
static void failed_link_holds_up_no_other(void **state)
{
    static const char *const links[] = {"name=a", "src=192.0.2.99", "name=c", "name=d"};
    struct pair *pair = open_pair();
    struct plait_run *run = pair->sender.run;
    (void)state;
    set_links(pair, links, COUNT(links), 4);
    assert_true(run->watch.settle.at != PLAIT_NEVER);
    close_pair(pair);
}

/* What was named stays, whatever the host says of its other interfaces. */
static void loopback_by_name_stays(void **state)
{
    static const char *const links[] = {"name=a", "dev=lo"};
    struct pair *pair = open_pair();
    struct plait_run *run = pair->sender.run;
    (void)state;
    set_links(pair, links, COUNT(links), 3);
    bond_links_refresh(run, plait_run_now_ns());
    bool is_there = false;
    for (uint32_t i = 0; i < run->link_count; i++)
        is_there |= run->links[i].loop && strcmp(run->links[i].spec.dev, "lo") == 0;
    assert_true(is_there);
    close_pair(pair);
}

/* A receiver that was restarted is found again without anybody's help. */
static void sender_comes_back_to_a_new_receiver(void **state)
{
    struct pair *pair = open_pair();
    char address[ADDR_TEXT];
    (void)state;
    addr_text(&pair->receiver.run->links[0].local, address);
    plait_run_drain(pair->receiver.run);
    plait_run_destroy(pair->receiver.run);
    open_receiver(pair, address);
    step_until(pair, &pair->sender.ups, 2);
    close_pair(pair);
}

static void wake_is_told(void **state)
{
    struct pair *pair = open_pair();
    (void)state;
    plait_run_wake(pair->sender.run);
    step_until(pair, &pair->sender.wakes, 1);
    close_pair(pair);
}

/* Each is filled with its number; a call to the run in between must leave the rest as it is. */
static void allow_another(struct pair *pair, const uint8_t *data, size_t len)
{
    const uint8_t key[PLAIT_KEY_BYTES] = {9, (uint8_t)(pair->receiver.datagrams % 8)};

    assert_int_equal(plait_run_allow(pair->receiver.run, key, NULL), PLAIT_OK);
    for (size_t i = 0; i < len; i++)
        pair->spoilt += data[i] != (uint8_t)pair->expected;
    pair->expected++;
}

static void a_hook_may_allow(void **state)
{
    struct pair *pair = open_pair();
    uint8_t data[1316];
    (void)state;
    pair->receiver.in_datagram = allow_another;
    for (int i = 0; i < 100; i++) {
        memset(data, i, sizeof data);
        assert_int_equal(plait_run_write(pair->sender.run, data, sizeof data, PLAIT_WORTH_AUTO),
                         PLAIT_OK);
        plait_run_step(pair->receiver.run, 0);
    }
    step_until(pair, &pair->receiver.datagrams, 100);
    assert_int_equal(pair->expected, 100);
    assert_int_equal(pair->spoilt, 0);
    close_pair(pair);
}

static void write_one(struct pair *pair)
{
    assert_int_equal(plait_run_write(pair->sender.run, (const uint8_t *)"w", 1, PLAIT_WORTH_AUTO),
                     PLAIT_OK);
}

static void a_hook_may_write(void **state)
{
    struct pair *pair = open_pair();
    (void)state;
    pair->sender.in_wake = write_one;
    for (uint32_t i = 1; i <= 5; i++) {
        plait_run_wake(pair->sender.run);
        step_until(pair, &pair->receiver.datagrams, i);
    }
    assert_int_equal(pair->receiver.last, 'w');
    close_pair(pair);
}

/* They would wait for what only their caller can do. */
static void step_and_drain(struct pair *pair)
{
    plait_run_step(pair->sender.run, PLAIT_NEVER);
    plait_run_drain(pair->sender.run);
    pair->stepped++;
}

static void a_hook_does_not_step(void **state)
{
    struct pair *pair = open_pair();
    (void)state;
    pair->sender.in_wake = step_and_drain;
    plait_run_wake(pair->sender.run);
    step_until(pair, &pair->stepped, 1);
    assert_int_equal(pair->sender.wakes, 1);
    write_one(pair); /* it was not drained */
    step_until(pair, &pair->receiver.datagrams, 1);
    close_pair(pair);
}

static void *wake(void *run)
{
    plait_run_wake(run);
    return NULL;
}

/* A receiver that nobody calls waits for ever, but for this. */
static void wake_ends_a_wait(void **state)
{
    struct pair *pair = calloc(1, sizeof *pair);
    pthread_t thread;
    (void)state;
    assert_non_null(pair);
    assert_int_equal(plait_pair_derive("test", 4, &pair->keys), PLAIT_OK);
    open_receiver(pair, "127.0.0.1:0");
    assert_int_equal(pthread_create(&thread, NULL, wake, pair->receiver.run), 0);
    while (pair->receiver.wakes == 0)
        plait_run_step(pair->receiver.run, PLAIT_NEVER);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(pair->receiver.wakes, 1);
    close_pair(pair);
}

static void lost_socket_is_opened_anew(void **state)
{
    struct pair *pair = open_pair();
    struct link *link = &pair->sender.run->links[0];
    static const uint8_t data[1316] = {7};
    (void)state;
    /* What a device that is gone looks like to a socket. */
    loop_watch_remove(&pair->sender.run->loop, &link->watch);
    int dead = socket(AF_UNIX, SOCK_DGRAM, 0);
    assert_int_equal(dup2(dead, link->fd), link->fd);
    close(dead);
    for (int i = 0; i < PATIENCE_STEPS && link->reopened == 0; i++) {
        (void)plait_run_write(pair->sender.run, data, sizeof data, PLAIT_WORTH_AUTO);
        plait_run_step(pair->sender.run, 1000000);
        plait_run_step(pair->receiver.run, 0);
    }
    assert_int_equal(link->reopened, 1);
    assert_true(link->fd >= 0);
    close_pair(pair);
}

struct told {
    uint32_t count;
    char text[512];
};

static void on_link(void *ctx, uint64_t now, uint32_t link, const char *text)
{
    struct told *told = ctx;
    (void)now;
    (void)link;
    told->count++;
    (void)snprintf(told->text, sizeof told->text, "%s", text);
}

/* A sender to nobody, over these links. */
static struct plait_run *sender_over(const char *const *links, uint32_t count)
{
    struct plait_run_config config = {0};
    struct plait_run *run = NULL;
    char error[PLAIT_RUN_ERROR_TEXT];
    config.endpoint.role = PLAIT_SENDER;
    config.endpoint.secret_key[0] = 1;
    config.peer_key[0] = 9;
    config.address = "127.0.0.1:9";
    config.links = links;
    config.link_count = count;
    assert_int_equal(plait_run_create(&config, &run, error), PLAIT_OK);
    return run;
}

/* A modem that is missing at the start keeps nobody from it and is told of once. */
static void missing_links_are_waited_for(void **state)
{
    static const char *const links[] = {"dev=nosuch0,cost=3", "src=192.0.2.99", "name=a"};
    struct plait_run *run = sender_over(links, 2);
    struct told told = {0};
    struct run_error why;
    (void)state;
    assert_int_equal(bond_links_count(run), 0);
    assert_int_equal(run->link_count, 2); /* they keep their places */
    assert_string_equal(run->links[0].spec.name, "nosuch0");
    run->on_link_ctx = &told;
    run->on_link = on_link;
    for (int i = 0; i < 3; i++)
        bond_links_refresh(run, plait_run_now_ns());
    assert_int_equal(told.count, 2);
    assert_non_null(strstr(told.text, "dev=nosuch0: no such device yet"));
    assert_int_equal(bond_links_set(run, plait_run_now_ns(), links, COUNT(links), &why), PLAIT_OK);
    assert_int_equal(bond_links_count(run), 1);
    assert_int_equal(run->link_count, 3);
    assert_non_null(run->links[2].loop);
    plait_run_destroy(run);
}

/* Links that are not wanted any more leave their places to those that are, in their order. */
static void places_are_left_to_others(void **state)
{
    static const char *const links[][10] = {
        {"dev=nosuch0", "dev=nosuch1", "dev=nosuch2", "dev=nosuch3", "dev=nosuch4", "dev=nosuch5",
         "dev=nosuch6", "dev=nosuch7", "name=a", "name=b"},
        {"name=x", "dev=nosuch9", "dev=nosuch1", "name=y"},
        {"dev=nosuch1"},
        {"dev=lo*", "name=x"},
    };
    static const char *const names[][4] = {
        {"nosuch0", "nosuch1", "nosuch2", "nosuch3"},
        {"x", "nosuch1", "nosuch9", "y"},
        {"", "nosuch1"},
        {"x"},
    };
    static const uint32_t counts[] = {10, 4, 1, 2}, places[] = {10, 4, 2, 1};
    struct plait_run *run = sender_over(links[0], counts[0]);
    struct run_error why;
    (void)state;
    for (size_t i = 0; i < COUNT(links); i++) {
        uint64_t now = plait_run_now_ns();
        assert_int_equal(bond_links_set(run, now, links[i], counts[i], &why), PLAIT_OK);
        assert_int_equal(run->link_count, places[i]);
        for (uint32_t k = 0; k < 4 && k < places[i]; k++)
            assert_string_equal(run->links[k].spec.name, names[i][k]);
    }
    plait_run_destroy(run);
}

/* Whom a receiver cannot answer is a stranger's choice (any source can be spoofed): it must not
 * cost the socket on which all sessions listen, nor joined datagrams. */
static void an_address_that_cannot_be_answered_costs_nothing(void **state)
{
    struct pair *pair = open_pair();
    struct link *link = &pair->receiver.run->links[0];
    struct plait_addr nobody = {.family = 4, .ip = {127, 0, 0, 1}, .port = 0};
    static const uint8_t answer[64];
    const int fd = link->fd;
    (void)state;
    for (int i = 0; i < 4; i++)
        link_send(link, &link->local, &nobody, answer, sizeof answer);
    link_flush(link, link->loop->now);
    assert_true(link->errors > 0);
    assert_int_equal(link->fd, fd);
    assert_int_equal(link->reopened, 0);
    assert_true(link->tx.gso);
    for (uint32_t i = 0; i < 20; i++) {
        assert_int_equal(
            plait_run_write(pair->sender.run, (const uint8_t *)"x", 1, PLAIT_WORTH_AUTO), PLAIT_OK);
        plait_run_step(pair->receiver.run, 0);
    }
    step_until(pair, &pair->receiver.datagrams, 20);
    close_pair(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(datagrams_go_through),
        cmocka_unit_test(changed_link_is_taken_anew),
        cmocka_unit_test(goodbye_reaches_the_other_side),
        cmocka_unit_test(drain_waits_for_the_longest_latency),
        cmocka_unit_test(no_wanted_link_leaves_the_local_one),
        cmocka_unit_test(failed_link_holds_up_no_other),
        cmocka_unit_test(loopback_by_name_stays),
        cmocka_unit_test(sender_comes_back_to_a_new_receiver),
        cmocka_unit_test(wake_is_told),
        cmocka_unit_test(a_hook_may_allow),
        cmocka_unit_test(a_hook_may_write),
        cmocka_unit_test(a_hook_does_not_step),
        cmocka_unit_test(wake_ends_a_wait),
        cmocka_unit_test(lost_socket_is_opened_anew),
        cmocka_unit_test(an_address_that_cannot_be_answered_costs_nothing),
        cmocka_unit_test(missing_links_are_waited_for),
        cmocka_unit_test(places_are_left_to_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
