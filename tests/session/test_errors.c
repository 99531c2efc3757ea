/* SPDX-License-Identifier: BSD-2-Clause */
/* Every error plait.h promises, and that nothing has happened after it. */
#include "tests/session/support.h"

#include "plait/keys.h"

static void assert_refused(const struct plait_config *config)
{
    static _Alignas(64) uint8_t memory[4096];
    struct plait_endpoint *ep;

    assert_non_null(plait_config_fault(config));
    assert_int_equal(plait_endpoint_bytes(config), 0);
    assert_int_equal(plait_endpoint_init(memory, sizeof memory, config, 0, &ep), PLAIT_ERR_INVALID);
}

static void configurations(void **state)
{
    const struct plait_config good = ((struct pair *)*state)->sender.config;
    struct plait_config c = good;

    assert_null(plait_config_fault(&c));
    memset(c.secret_key, 0, sizeof c.secret_key);
    assert_refused(&c);
    assert_string_equal(plait_config_fault(&c), "secret_key is all zeros");
    c.role = (enum plait_role)0; /* comes before the key */
    assert_refused(&c);
    assert_memory_equal(plait_config_fault(&c), "role", 4);
    c = good, c.role = (enum plait_role)3;
    assert_refused(&c);
    c = good, c.latency_ns = PLAIT_LATENCY_MIN_NS - 1;
    assert_refused(&c);
    c = good, c.latency_ns = PLAIT_LATENCY_MAX_NS + 1;
    assert_refused(&c);
    c = good, c.mode = (enum plait_mode)3;
    assert_refused(&c);
    c = good, c.scheduler = (enum plait_scheduler)3;
    assert_refused(&c);
    c = good, c.controller = (enum plait_controller)2;
    assert_refused(&c);
    c = good, c.max_udp = 599;
    assert_refused(&c);
    c = good, c.max_udp = PLAIT_MAX_UDP + 1;
    assert_refused(&c);
    c = good, c.max_sessions = 65;
    assert_refused(&c);
    c = good, c.max_peers = 1025;
    assert_refused(&c);
    c = good, c.store_packets = 32;
    assert_refused(&c);
    c = good, c.store_packets = 100;
    assert_refused(&c);
    c = good, c.store_packets = 131072;
    assert_refused(&c);
    c = good, c.random = NULL;
    assert_refused(&c);
}

static void memory_of_the_endpoint(void **state)
{
    struct pair *pair = *state;
    const size_t bytes = plait_endpoint_bytes(&pair->receiver.config);
    uint8_t *memory = aligned_alloc(64, (bytes + 127) & ~(size_t)63);
    struct plait_endpoint *ep;

    assert_int_equal(plait_endpoint_init(memory, bytes - 1, &pair->receiver.config, 0, &ep),
                     PLAIT_ERR_NO_MEMORY);
    assert_int_equal(plait_endpoint_init(NULL, bytes, &pair->receiver.config, 0, &ep),
                     PLAIT_ERR_INVALID);
    assert_int_equal(plait_endpoint_init(memory + 1, bytes, &pair->receiver.config, 0, &ep),
                     PLAIT_ERR_INVALID);
    assert_int_equal(plait_endpoint_init(memory, bytes, &pair->receiver.config, 0, &ep), PLAIT_OK);
    plait_endpoint_wipe(ep);
    free(memory);
}

static bool holds(const uint8_t *memory, size_t bytes, const uint8_t *wanted, size_t len)
{
    const uint8_t *at = memory, *end = memory + bytes - len;

    while (at <= end && (at = memchr(at, wanted[0], (size_t)(end - at) + 1)) != NULL) {
        if (memcmp(at++, wanted, len) == 0)
            return true;
    }
    return false;
}

/* What may be found of a side after its end: nothing of its keys, nothing of what it carried. */
static void nothing_is_left(struct pair_side *side, const struct session *session)
{
    const size_t bytes = plait_endpoint_bytes(&side->config);
    const struct keyring ring = session->keys.ring;
    uint8_t psk[PLAIT_KEY_BYTES], media[32];
    const struct {
        const uint8_t *bytes;
        size_t len;
    } secrets[] = {
        {side->secret, PLAIT_KEY_BYTES},           {psk, sizeof psk},
        {ring.send.bytes, sizeof ring.send.bytes}, {ring.current.bytes, sizeof ring.current.bytes},
        {ring.next.bytes, sizeof ring.next.bytes}, {ring.send_chain, sizeof ring.send_chain},
        {ring.recv_chain, sizeof ring.recv_chain}, {media, sizeof media},
    };

    memcpy(psk, session->psk, sizeof psk);
    for (size_t i = 0; i < sizeof media; i++)
        media[i] = (uint8_t)(100 + i); /* of pair_write's pattern */
    for (size_t i = 0; i < sizeof secrets / sizeof secrets[0]; i++)
        assert_true(holds(side->memory, bytes, secrets[i].bytes, secrets[i].len));
    plait_endpoint_wipe(side->ep);
    for (size_t i = 0; i < sizeof secrets / sizeof secrets[0]; i++)
        assert_false(holds(side->memory, bytes, secrets[i].bytes, secrets[i].len));
    side->ep = NULL;
}

static void wiping_leaves_no_secret(void **state)
{
    static const uint8_t psk[PLAIT_KEY_BYTES] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
    struct pair *pair = *state;

    pair_start(pair, 2, psk);
    pair_stream(pair, 1000, 1000);
    nothing_is_left(&pair->sender, pair_sending(pair));
    nothing_is_left(&pair->receiver, pair_receiving(pair));
}

static void sessions(void **state)
{
    struct pair *pair = *state;
    const uint8_t low_order[PLAIT_KEY_BYTES] = {0};
    uint32_t session;

    pair_start(pair, 1, NULL);
    assert_int_equal(
        plait_session_open(pair->receiver.ep, 0, pair->sender.public_key, NULL, &session),
        PLAIT_ERR_STATE);
    assert_int_equal(plait_session_open(pair->sender.ep, 0, low_order, NULL, &session),
                     PLAIT_ERR_CRYPTO);
    assert_int_equal(
        plait_session_open(pair->sender.ep, 0, pair->receiver.public_key, NULL, &session),
        PLAIT_ERR_LIMIT);
    assert_int_equal(plait_session_close(pair->sender.ep, 0, 1), PLAIT_ERR_NOT_FOUND);
    assert_int_equal(plait_session_close(pair->sender.ep, 0, UINT32_MAX), PLAIT_ERR_NOT_FOUND);
    assert_int_equal(plait_session_latency_set(pair->sender.ep, 0, 7, SECOND_NS),
                     PLAIT_ERR_NOT_FOUND);
    assert_int_equal(plait_session_latency_set(pair->sender.ep, 0, 0, PLAIT_LATENCY_MIN_NS - 1),
                     PLAIT_ERR_INVALID);
    assert_int_equal(plait_session_latency_set(pair->sender.ep, 0, 0, PLAIT_LATENCY_MAX_NS + 1),
                     PLAIT_ERR_INVALID);
    /* closed before it was up */
    assert_int_equal(plait_session_close(pair->sender.ep, 0, 0), PLAIT_OK);
    pair_drain(pair, &pair->sender);
    assert_int_equal(pair_told(pair, 0, PLAIT_EVENT_SESSION_CLOSED), 1);
    assert_null(pair_sending(pair));
    assert_int_equal(
        plait_session_open(pair->sender.ep, pair->now, pair->receiver.public_key, NULL, &session),
        PLAIT_OK);
}

static void paths(void **state)
{
    struct pair *pair = *state;
    struct plait_path_config config = {.remote = pair_addr(255, 1, 5000)};
    uint32_t path;

    pair_start(pair, 0, NULL);
    assert_int_equal(plait_path_add(pair->sender.ep, 0, 3, &config, &path), PLAIT_ERR_NOT_FOUND);
    config.remote.family = 5;
    assert_int_equal(plait_path_add(pair->sender.ep, 0, 0, &config, &path), PLAIT_ERR_INVALID);
    config.remote.family = 4;
    config.remote.port = 0;
    assert_int_equal(plait_path_add(pair->sender.ep, 0, 0, &config, &path), PLAIT_ERR_INVALID);
    config.remote.port = 5000;
    config.local.family = 77;
    assert_int_equal(plait_path_add(pair->sender.ep, 0, 0, &config, &path), PLAIT_ERR_INVALID);
    config.local.family = 6;
    assert_int_equal(plait_path_add(pair->sender.ep, 0, 0, &config, &path), PLAIT_ERR_INVALID);
    config.local.family = 0;
    for (uint32_t i = 0; i < PLAIT_MAX_PATHS; i++) {
        assert_int_equal(plait_path_add(pair->sender.ep, pair->now, 0, &config, &path), PLAIT_OK);
        assert_int_equal(path, i);
    }
    assert_int_equal(plait_path_add(pair->sender.ep, 0, 0, &config, &path), PLAIT_ERR_LIMIT);
    assert_int_equal(plait_path_remove(pair->sender.ep, 0, 3, 0), PLAIT_ERR_NOT_FOUND);
    assert_int_equal(plait_path_remove(pair->sender.ep, 0, 0, 16), PLAIT_ERR_NOT_FOUND);
    assert_int_equal(plait_path_remove(pair->sender.ep, pair->now, 0, 5), PLAIT_OK);
    assert_int_equal(plait_path_remove(pair->sender.ep, 0, 0, 5), PLAIT_ERR_NOT_FOUND);
    assert_int_equal(plait_path_add(pair->sender.ep, pair->now, 0, &config, &path), PLAIT_OK);
    assert_int_equal(path, 5);
    pair_drain(pair, &pair->sender);
    pair_run(pair, pair->now + SECOND_NS);
    assert_int_equal(plait_path_add(pair->receiver.ep, 0, 0, &config, &path), PLAIT_ERR_STATE);
    assert_int_equal(plait_path_remove(pair->receiver.ep, 0, 0, 0), PLAIT_ERR_STATE);
    assert_int_equal(plait_session_close(pair->sender.ep, 0, 0), PLAIT_OK);
    assert_int_equal(plait_path_add(pair->sender.ep, 0, 0, &config, &path), PLAIT_ERR_STATE);
    assert_int_equal(plait_session_latency_set(pair->sender.ep, 0, 0, SECOND_NS), PLAIT_ERR_STATE);
}

/* A receiver has one session for each key: two would end each other for ever. Another address may
 * be another receiver with the same key, and what is closed is in nobody's way. */
static void two_sessions_with_one_receiver(void **state)
{
    struct pair *pair = *state;
    struct plait_path_config config = {.link = 7};
    uint32_t second, path;

    pair->sender.config.max_sessions = 2;
    pair_start(pair, 1, NULL);
    config.remote = pair_sending(pair)->addrs[0].remote;
    assert_int_equal(
        plait_session_open(pair->sender.ep, pair->now, pair->receiver.public_key, NULL, &second),
        PLAIT_OK);
    assert_int_equal(plait_path_add(pair->sender.ep, pair->now, second, &config, &path),
                     PLAIT_ERR_STATE);
    config.remote.port++;
    assert_int_equal(plait_path_add(pair->sender.ep, pair->now, second, &config, &path), PLAIT_OK);
    config.remote.port--;
    assert_int_equal(plait_session_close(pair->sender.ep, pair->now, pair->session), PLAIT_OK);
    assert_int_equal(plait_path_add(pair->sender.ep, pair->now, second, &config, &path), PLAIT_OK);
}

/* Over, and not yet told: nothing can be changed any more. */
static void a_session_that_is_over(void **state)
{
    struct pair *pair = *state;

    pair_start(pair, 1, NULL);
    assert_int_equal(plait_session_close(pair->sender.ep, 0, 0), PLAIT_OK);
    assert_int_equal(pair_sending(pair)->state, SESSION_OVER);
    assert_int_equal(plait_path_remove(pair->sender.ep, 0, 0, 0), PLAIT_ERR_STATE);
    assert_int_equal(plait_session_latency_set(pair->sender.ep, 0, 0, SECOND_NS), PLAIT_ERR_STATE);
    assert_int_equal(pair_sending(pair)->latency_wish_ns, 200 * MS);
}

static void streams(void **state)
{
    struct pair *pair = *state;
    static uint8_t bytes[PLAIT_MAX_DATAGRAM + 1];
    struct plait_endpoint *ep;
    int err = PLAIT_OK;

    pair_start(pair, 1, NULL);
    ep = pair->sender.ep;
    assert_int_equal(plait_stream_write(ep, 0, 9, bytes, 1, PLAIT_WORTH_AUTO), PLAIT_ERR_NOT_FOUND);
    assert_int_equal(plait_stream_write(ep, 0, 0, bytes, 0, PLAIT_WORTH_AUTO), PLAIT_ERR_INVALID);
    assert_int_equal(plait_stream_write(ep, 0, 0, bytes, 1, (enum plait_worth)5),
                     PLAIT_ERR_INVALID);
    assert_int_equal(plait_stream_write(ep, 0, 0, bytes, sizeof bytes, PLAIT_WORTH_AUTO),
                     PLAIT_ERR_TOO_BIG);
    assert_int_equal(plait_stream_pending(ep, 0), 0);
    for (int i = 0; i < 1100 && err == PLAIT_OK; i++)
        err = plait_stream_write(ep, pair->now, 0, bytes, 100, PLAIT_WORTH_AUTO);
    assert_int_equal(err, PLAIT_ERR_FULL);
    assert_int_equal(plait_stream_pending(ep, 0), 1024);
    assert_true(pair_stats(pair, &pair->sender).stream.dropped >= 1);
    pair_drain(pair, &pair->sender);
    pair_run(pair, pair->now + 500 * MS);
    assert_int_equal(plait_stream_write(pair->receiver.ep, 0, 0, bytes, 1, PLAIT_WORTH_AUTO),
                     PLAIT_ERR_STATE);
    assert_int_equal(plait_stream_pending(pair->receiver.ep, 0), 0);
    assert_int_equal(plait_stream_pending(ep, 9), 0);
    assert_int_equal(plait_stream_advice(ep, 9), 0);
}

static void peers(void **state)
{
    struct pair *pair = *state;
    uint8_t key[PLAIT_KEY_BYTES] = {9};
    struct plait_stats stats;

    pair->receiver.config.max_peers = 3;
    pair_start(pair, 1, NULL);
    assert_int_equal(plait_peer_allow(pair->sender.ep, key, NULL), PLAIT_ERR_STATE);
    for (uint8_t i = 0; i < 2; i++) {
        key[1] = i;
        assert_int_equal(plait_peer_allow(pair->receiver.ep, key, NULL), PLAIT_OK);
        assert_int_equal(plait_peer_allow(pair->receiver.ep, key, key), PLAIT_OK);
    }
    key[1] = 7;
    assert_int_equal(plait_peer_allow(pair->receiver.ep, key, NULL), PLAIT_ERR_LIMIT);
    key[1] = 0; /* its secret is taken away */
    assert_int_equal(plait_peer_allow(pair->receiver.ep, key, NULL), PLAIT_OK);
    assert_true(sodium_is_zero(endpoint_peer_find(pair->receiver.ep, key)->psk, PLAIT_KEY_BYTES));
    key[1] = 7;
    assert_int_equal(plait_peer_revoke(pair->receiver.ep, 0, key), PLAIT_ERR_NOT_FOUND);
    key[1] = 1;
    assert_int_equal(plait_peer_revoke(pair->receiver.ep, 0, key), PLAIT_OK);
    key[1] = 7;
    assert_int_equal(plait_peer_allow(pair->receiver.ep, key, NULL), PLAIT_OK);
    assert_int_equal(plait_stats_get(pair->receiver.ep, 0, 17, &stats), PLAIT_ERR_NOT_FOUND);
}

static void every_code_has_its_text(void **state)
{
    const char *unknown = plait_strerror(1);

    (void)state;
    assert_string_not_equal(plait_strerror(PLAIT_ERR_SYSTEM), unknown);
    for (int err = 0; err >= PLAIT_ERR_FULL; err--) {
        assert_non_null(plait_strerror(err));
        assert_string_not_equal(plait_strerror(err), unknown);
        for (int other = 0; other > err; other--)
            assert_string_not_equal(plait_strerror(err), plait_strerror(other));
    }
    assert_string_equal(plait_strerror(PLAIT_ERR_FULL - 1), unknown);
    assert_string_equal(plait_strerror(INT32_MIN), unknown);
}

static void keys_as_text(void **state)
{
    uint8_t secret[PLAIT_KEY_BYTES], public_key[PLAIT_KEY_BYTES], back[PLAIT_KEY_BYTES];
    const uint8_t random[PLAIT_KEY_BYTES] = {4, 5, 6};
    char text[PLAIT_KEY_TEXT], name[PLAIT_KEY_NAME], long_name[PLAIT_KEY_NAME + 1];
    struct plait_pair_keys pair;

    (void)state;
    assert_int_equal(plait_key_generate(random, secret, public_key), PLAIT_OK);
    assert_int_equal(plait_key_secret_text(secret, text), PLAIT_OK);
    assert_int_equal(plait_key_secret_parse(text, strlen(text), back), PLAIT_OK);
    assert_memory_equal(back, secret, sizeof back);
    assert_int_equal(plait_key_secret_parse(text, strlen(text) - 1, back), PLAIT_ERR_CRYPTO);
    assert_int_equal(plait_key_public_text(public_key, "van-7", text), PLAIT_OK);
    assert_int_equal(plait_key_public_parse(text, strlen(text), back, name), PLAIT_OK);
    assert_memory_equal(back, public_key, sizeof back);
    assert_string_equal(name, "van-7");
    assert_int_equal(plait_key_public_parse("plait", 5, back, name), PLAIT_ERR_CRYPTO);
    memset(long_name, 'a', sizeof long_name);
    long_name[PLAIT_KEY_NAME] = 0;
    assert_int_equal(plait_key_public_text(public_key, long_name, text), PLAIT_ERR_INVALID);
    assert_int_equal(plait_key_public_text(public_key, "a b", text), PLAIT_ERR_INVALID);
    assert_int_equal(plait_pair_derive("", 0, &pair), PLAIT_ERR_INVALID);
    assert_int_equal(plait_pair_derive(text, 1025, &pair), PLAIT_ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PAIR_TEST(configurations),
        PAIR_TEST(memory_of_the_endpoint),
        PAIR_TEST(wiping_leaves_no_secret),
        PAIR_TEST(sessions),
        PAIR_TEST(paths),
        PAIR_TEST(two_sessions_with_one_receiver),
        PAIR_TEST(a_session_that_is_over),
        PAIR_TEST(streams),
        PAIR_TEST(peers),
        PAIR_TEST(every_code_has_its_text),
        PAIR_TEST(keys_as_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
