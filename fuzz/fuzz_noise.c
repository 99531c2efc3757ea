/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Handshake messages, cookie replies and macs: raw bytes from the input, or genuine ones with some
 * bytes changed or cut. Only what is unchanged is accepted.
 */
#include "fuzz/fuzz.h"

#include <stdbool.h>
#include <string.h>

#include <sodium.h>

#include "core/crypto/cookie.h"
#include "core/crypto/noise.h"

#define PAYLOAD_LEN 20
#define MESSAGE_MAX (NOISE_FIRST_OVERHEAD + PAYLOAD_LEN)

static const uint8_t payload[PAYLOAD_LEN] = "a handshake payload";
static const uint8_t psk[NOISE_KEY_LEN] = {9};
static const uint8_t address[6] = {192, 0, 2, 1, 0x1f, 0x90};

/* A genuine exchange, made once; each run starts from copies. */
struct genuine {
    bool made;
    struct noise_handshake responder, initiator;
    uint8_t first[MESSAGE_MAX], second[NOISE_SECOND_OVERHEAD + PAYLOAD_LEN];
    struct cookie_keys keys;
    struct cookie_jar jar;
    uint8_t mac1[COOKIE_MAC_LEN], reply[COOKIE_REPLY_LEN];
};

static void make_genuine(struct genuine *genuine)
{
    static const uint8_t secrets[5][NOISE_KEY_LEN] = {{1}, {2}, {3}, {4}, {5}};
    struct noise_keypair i, r;
    struct noise_handshake responder;
    uint8_t out[PAYLOAD_LEN], remote[NOISE_KEY_LEN];

    noise_keypair_from_secret(&i, secrets[0]);
    noise_keypair_from_secret(&r, secrets[1]);
    noise_initiator_start(&genuine->initiator, NOISE_IKPSK2, &i, r.public_key, "fuzz", 4);
    noise_responder_start(&genuine->responder, NOISE_IKPSK2, &r, "fuzz", 4);
    noise_create_first(&genuine->initiator, secrets[2], payload, PAYLOAD_LEN, genuine->first,
                       sizeof genuine->first);
    responder = genuine->responder;
    fuzz_require(noise_consume_first(&responder, genuine->first, sizeof genuine->first, out,
                                     sizeof out, remote) == PAYLOAD_LEN);
    noise_create_second(&responder, secrets[3], psk, payload, PAYLOAD_LEN, genuine->second,
                        sizeof genuine->second);

    cookie_keys_derive(&genuine->keys, r.public_key);
    cookie_jar_init(&genuine->jar, secrets[4]);
    cookie_mac1(&genuine->keys, genuine->first, sizeof genuine->first, genuine->mac1);
    cookie_create_reply(&genuine->jar, &genuine->keys, 0, address, sizeof address, genuine->mac1,
                        secrets[4], genuine->reply);
    genuine->made = true;
}

/* A copy with bytes changed and the end cut, or raw input; tells whether it is still the original.
 */
struct forgery {
    uint8_t bytes[MESSAGE_MAX + 64];
    size_t len;
    bool unchanged;
};

static void forge(struct forgery *forgery, struct fuzz_input *input, const uint8_t *original,
                  size_t len)
{
    const uint64_t how = fuzz_read(input, 1);

    memset(forgery->bytes, 0, sizeof forgery->bytes);
    if (how < 64) {
        forgery->len = input->left < sizeof forgery->bytes ? input->left : sizeof forgery->bytes;
        memcpy(forgery->bytes, input->at, forgery->len);
    } else {
        memcpy(forgery->bytes, original, len);
        forgery->len = how < 96 ? fuzz_read(input, 1) % sizeof forgery->bytes : len;
        for (int i = 0; i < 16 && input->left > 0; i++) {
            const size_t at = fuzz_read(input, 1) % len;

            forgery->bytes[at] ^= (uint8_t)fuzz_read(input, 1);
        }
    }
    forgery->unchanged = forgery->len == len && memcmp(forgery->bytes, original, len) == 0;
}

static void try_first(const struct genuine *genuine, struct fuzz_input *input)
{
    struct noise_handshake hs = genuine->responder;
    struct forgery forgery;
    uint8_t out[PAYLOAD_LEN], remote[NOISE_KEY_LEN];
    int len;

    forge(&forgery, input, genuine->first, sizeof genuine->first);
    len = noise_consume_first(&hs, forgery.bytes, forgery.len, out, sizeof out, remote);
    fuzz_require(len == (forgery.unchanged ? PAYLOAD_LEN : NOISE_REJECTED));
    if (!forgery.unchanged)
        fuzz_require(memcmp(&hs, &genuine->responder, sizeof hs) == 0);
}

static void try_second(const struct genuine *genuine, struct fuzz_input *input)
{
    struct noise_handshake hs = genuine->initiator;
    struct forgery forgery;
    uint8_t out[PAYLOAD_LEN];
    int len;

    forge(&forgery, input, genuine->second, sizeof genuine->second);
    len = noise_consume_second(&hs, forgery.bytes, forgery.len, psk, out, sizeof out);
    fuzz_require(len == (forgery.unchanged ? PAYLOAD_LEN : NOISE_REJECTED));
    if (!forgery.unchanged)
        fuzz_require(memcmp(&hs, &genuine->initiator, sizeof hs) == 0);
}

static void try_cookie(const struct genuine *genuine, struct fuzz_input *input)
{
    struct forgery forgery;
    uint8_t cookie[COOKIE_LEN], mac2[COOKIE_MAC_LEN];
    int result;

    forge(&forgery, input, genuine->reply, sizeof genuine->reply);
    result =
        cookie_consume_reply(&genuine->keys, genuine->mac1, forgery.bytes, forgery.len, cookie);
    fuzz_require(result == (forgery.unchanged ? 0 : COOKIE_REJECTED));
    if (forgery.unchanged) {
        cookie_mac2(cookie, payload, PAYLOAD_LEN, mac2);
        fuzz_require(cookie_mac2_is_valid(&genuine->jar, 0, address, sizeof address, payload,
                                          PAYLOAD_LEN, mac2));
    }
}

static void try_mac1(const struct genuine *genuine, struct fuzz_input *input)
{
    struct forgery forgery;

    forge(&forgery, input, genuine->first, sizeof genuine->first);
    fuzz_require(cookie_mac1_is_valid(&genuine->keys, forgery.bytes, forgery.len, genuine->mac1) ==
                 forgery.unchanged);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct genuine genuine;
    struct fuzz_input input = {data, size};

    if (!genuine.made) {
        if (sodium_init() < 0)
            return 0;
        make_genuine(&genuine);
    }
    switch (fuzz_read(&input, 1) % 4) {
    case 0:
        try_first(&genuine, &input);
        break;
    case 1:
        try_second(&genuine, &input);
        break;
    case 2:
        try_cookie(&genuine, &input);
        break;
    default:
        try_mac1(&genuine, &input);
    }
    return 0;
}
