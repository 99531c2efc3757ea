/* SPDX-License-Identifier: BSD-2-Clause */
/* Many datagrams in few system calls: what goes in comes out, whatever the kernel joins and cuts.
 */
#include "support.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "run/rx_batch.h"
#include "run/socket.h"
#include "run/tx_batch.h"

struct seen {
    uint32_t count;
    uint32_t sum_len;
    struct plait_addr local, remote;
    size_t len[256];
    uint8_t first[256];
};

static void on_datagram(void *ctx, uint64_t now, const struct plait_addr *local,
                        const struct plait_addr *remote, const uint8_t *data, size_t len)
{
    struct seen *seen = ctx;
    (void)now;
    assert_true(seen->count < 256);
    for (size_t i = 0; i < len; i++)
        assert_int_equal(data[i], data[0]);
    seen->len[seen->count] = len;
    seen->first[seen->count] = len > 0 ? data[0] : 0;
    seen->local = *local;
    seen->remote = *remote;
    seen->count++;
}

static int open_on(const char *address, bool dual, struct plait_addr *bound)
{
    struct socket_config config = {0};
    struct run_error error;
    assert_int_equal(addr_parse(address, ADDR_LISTEN, &config.bind, &error), PLAIT_OK);
    config.pktinfo = true;
    config.dual = dual;
    int fd = socket_open(&config, &error);
    assert_true(fd >= 0);
    socket_local(fd, bound);
    return fd;
}

static void exchange(bool gso, const size_t *sizes, size_t count, struct seen *seen)
{
    static const struct plait_addr unspecified;
    struct tx_batch *tx = calloc(1, sizeof *tx);
    struct rx_batch *rx = rx_batch_create();
    struct rx_hooks hooks = {seen, on_datagram};
    struct plait_addr from;
    struct plait_addr to;
    uint8_t data[16384];
    int out = open_on("127.0.0.1:0", false, &from);
    int in = open_on("127.0.0.1:0", false, &to);
    assert_true(tx && rx);
    tx_batch_init(tx, out, 4);
    tx->gso = gso;
    for (size_t i = 0; i < count; i++) {
        memset(data, (int)(i + 1), sizes[i]);
        assert_int_equal(tx_batch_add(tx, &unspecified, &to, data, sizes[i]), 0);
    }
    assert_int_equal(tx_batch_flush(tx), 0);
    assert_int_equal(tx->sent, count);
    assert_int_equal(rx_batch_read(rx, in, RX_BATCH_ROUNDS, 0, &hooks), 0);
    assert_int_equal(seen->count, count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(seen->len[i], sizes[i]);
        assert_int_equal(seen->first[i], sizes[i] > 0 ? i + 1 : 0);
    }
    assert_true(addr_equal(&seen->remote, &from));
    assert_int_equal(seen->local.family, 4); /* pktinfo told it */
    close(in);
    close(out);
    rx_batch_destroy(rx);
    free(tx);
}

/* Runs of equal size, a shorter one at the end of a run, longer ones, an empty one, a large one. */
static const size_t mixed[] = {1316, 1316, 1316, 500, 1316, 1400, 1400, 0, 40, 40, 16384, 7, 9};

static void mixed_sizes_come_through(void **state)
{
    struct seen with = {0};
    struct seen without = {0};
    (void)state;
    exchange(true, mixed, COUNT(mixed), &with);
    exchange(false, mixed, COUNT(mixed), &without);
}

static void batch_larger_than_itself_is_flushed_on_the_way(void **state)
{
    struct seen seen = {0};
    size_t sizes[150];
    (void)state;
    for (size_t i = 0; i < COUNT(sizes); i++)
        sizes[i] = 1316;
    exchange(true, sizes, COUNT(sizes), &seen);
}

static void dual_socket_answers_from_the_address_that_was_asked(void **state)
{
    static const struct plait_addr unspecified;
    struct tx_batch *tx = calloc(1, sizeof *tx);
    struct rx_batch *rx = rx_batch_create();
    struct seen asked = {0};
    struct seen answered = {0};
    struct rx_hooks ask = {&asked, on_datagram};
    struct rx_hooks answer = {&answered, on_datagram};
    struct plait_addr server_bound;
    struct plait_addr client_bound;
    struct plait_addr other = {4, {127, 0, 0, 9}, 0, 0}; /* one of several of this host */
    int server = open_on("[::]:0", true, &server_bound);
    int client = open_on("127.0.0.1:0", false, &client_bound);
    (void)state;
    assert_true(tx && rx);
    other.port = server_bound.port;
    tx_batch_init(tx, client, 4);
    (void)tx_batch_add(tx, &unspecified, &other, (const uint8_t *)"aaa", 3);
    assert_int_equal(tx_batch_flush(tx), 0);
    assert_int_equal(rx_batch_read(rx, server, RX_BATCH_ROUNDS, 0, &ask), 0);
    assert_int_equal(asked.count, 1);
    assert_memory_equal(asked.local.ip, other.ip, 16);
    assert_true(addr_equal(&asked.remote, &client_bound));
    tx_batch_init(tx, server, 6);
    (void)tx_batch_add(tx, &asked.local, &asked.remote, (const uint8_t *)"bbb", 3);
    (void)tx_batch_add(tx, &asked.local, &asked.remote, (const uint8_t *)"ccc", 3);
    assert_int_equal(tx_batch_flush(tx), 0);
    assert_int_equal(rx_batch_read(rx, client, RX_BATCH_ROUNDS, 0, &answer), 0);
    assert_int_equal(answered.count, 2);
    assert_memory_equal(answered.remote.ip, other.ip, 16);
    close(server);
    close(client);
    rx_batch_destroy(rx);
    free(tx);
}

static void refusal_drops_one_and_goes_on(void **state)
{
    static const struct plait_addr unspecified;
    struct tx_batch *tx = calloc(1, sizeof *tx);
    struct plait_addr bound;
    struct plait_addr nowhere = {6, {0}, 9, 0}; /* an IPv6 address on an IPv4 socket */
    int fd = open_on("127.0.0.1:0", false, &bound);
    (void)state;
    assert_non_null(tx);
    tx_batch_init(tx, fd, 4);
    (void)tx_batch_add(tx, &unspecified, &nowhere, (const uint8_t *)"a", 1);
    (void)tx_batch_add(tx, &unspecified, &bound, (const uint8_t *)"b", 1);
    assert_int_not_equal(tx_batch_flush(tx), 0);
    assert_int_equal(tx->dropped, 1);
    assert_int_equal(tx->sent, 1);
    close(fd);
    free(tx);
}

/* Handshakes have a socket of their own on the port; nobody else gets onto it. */
static void handshakes_come_to_a_socket_beside(void **state)
{
    static const char *const addresses[] = {"127.0.0.1:0", "[::]:0"};
    (void)state;
    for (size_t i = 0; i < COUNT(addresses); i++) {
        struct plait_addr at;
        struct run_error error;
        struct socket_config config = {.pktinfo = true, .dual = true};
        uint8_t byte = 0;
        int first = open_on(addresses[i], true, &at);
        config.bind = at;
        int beside = socket_open_beside(first, &config, 0x10);
        if (beside < 0) {
            print_message("# skip: no second socket on a port here: an old kernel\n");
            skip();
        }
        struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(at.port)};
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        int out = socket(AF_INET, SOCK_DGRAM, 0);
        for (unsigned value = 0; value < 256; value++) {
            byte = (uint8_t)value;
            assert_int_equal(sendto(out, &byte, 1, 0, (const struct sockaddr *)&to, sizeof to), 1);
            int there = value == 0x10 ? beside : first;
            assert_int_equal(recv(there == first ? beside : first, &byte, 1, 0), -1);
            assert_int_equal(recv(there, &byte, 1, 0), 1);
            assert_int_equal(byte, value);
        }
        assert_true(socket_open(&config, &error) < 0);
        assert_non_null(strstr(error.text, "in use"));
        close(out);
        close(beside);
        close(first);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mixed_sizes_come_through),
        cmocka_unit_test(batch_larger_than_itself_is_flushed_on_the_way),
        cmocka_unit_test(dual_socket_answers_from_the_address_that_was_asked),
        cmocka_unit_test(refusal_drops_one_and_goes_on),
        cmocka_unit_test(handshakes_come_to_a_socket_beside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
