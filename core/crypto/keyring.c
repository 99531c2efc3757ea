/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/crypto/keyring.h"

#include <assert.h>
#include <string.h>

#include "core/crypto/replay.h"

static void derive(uint8_t out[AEAD_KEY_LEN], const uint8_t secret[AEAD_KEY_LEN], const char *label)
{
    crypto_generichash_blake2b(out, AEAD_KEY_LEN, (const uint8_t *)label, strlen(label), secret,
                               AEAD_KEY_LEN);
}

/* Turns a generation's secret into its key and into the next generation's secret, so that the
 * secret behind a key in use is never kept beside it. */
static void step_chain(struct aead_key *key, enum aead_suite suite, uint8_t secret[AEAD_KEY_LEN])
{
    uint8_t bytes[AEAD_KEY_LEN];
    uint8_t next_secret[AEAD_KEY_LEN];

    derive(bytes, secret, "plait packet key v1");
    derive(next_secret, secret, "plait next secret v1");
    aead_key_init(key, suite, bytes);
    memcpy(secret, next_secret, AEAD_KEY_LEN);
    sodium_memzero(bytes, sizeof bytes);
    sodium_memzero(next_secret, sizeof next_secret);
}

static void step_send(struct keyring *ring, uint64_t now)
{
    step_chain(&ring->send, ring->send.suite, ring->send_chain);
    ring->send_generation++;
    ring->send_since = now;
    ring->sealed = 0;
}

/* The peer was seen to use the next key: follow with both directions. */
static void follow_peer(struct keyring *ring, uint64_t now)
{
    ring->previous = ring->current;
    ring->previous_held = true;
    ring->previous_until = now + KEYRING_PREVIOUS_NS;
    ring->current = ring->next;
    step_chain(&ring->next, ring->next.suite, ring->recv_chain);
    ring->recv_generation++;
    ring->opened = 0;
    if (ring->send_generation < ring->recv_generation)
        step_send(ring, now);
    assert(ring->send_generation - ring->recv_generation <= 1);
}

void keyring_init(struct keyring *ring, enum aead_suite suite, bool leads,
                  const uint8_t send_key[AEAD_KEY_LEN], const uint8_t recv_key[AEAD_KEY_LEN],
                  uint64_t now)
{
    keyring_wipe(ring);
    ring->leads = leads;
    memcpy(ring->send_chain, send_key, AEAD_KEY_LEN);
    memcpy(ring->recv_chain, recv_key, AEAD_KEY_LEN);
    step_chain(&ring->send, suite, ring->send_chain);
    step_chain(&ring->current, suite, ring->recv_chain);
    step_chain(&ring->next, suite, ring->recv_chain);
    ring->send_since = now;
}

/* The leader may move when the follower is known to have opened a packet of the last move. */
static bool may_rekey(const struct keyring *ring)
{
    return ring->leads && ring->send_generation == ring->recv_generation;
}

static bool rekey_is_due(const struct keyring *ring, uint64_t now)
{
    return now >= ring->send_since + KEYRING_REKEY_NS || ring->sealed >= KEYRING_REKEY_PACKETS ||
           ring->opened >= KEYRING_REKEY_PACKETS;
}

void keyring_advance(struct keyring *ring, uint64_t now)
{
    if (ring->previous_held && now >= ring->previous_until) {
        aead_key_wipe(&ring->previous);
        ring->previous_held = false;
    }
    if (may_rekey(ring) && rekey_is_due(ring, now))
        step_send(ring, now);
}

uint64_t keyring_deadline(const struct keyring *ring)
{
    uint64_t deadline = UINT64_MAX;

    if (may_rekey(ring))
        deadline = ring->send_since + KEYRING_REKEY_NS;
    if (ring->previous_held && ring->previous_until < deadline)
        deadline = ring->previous_until;
    return deadline;
}

unsigned keyring_phase(const struct keyring *ring)
{
    return (unsigned)(ring->send_generation % KEYRING_PHASES);
}

uint64_t keyring_next_number(const struct keyring *ring, uint32_t path_id)
{
    assert(path_id < KEYRING_PATHS_MAX);
    return ring->next_number[path_id];
}

int keyring_seal(struct keyring *ring, uint32_t path_id, uint64_t packet_number, const uint8_t *aad,
                 size_t aad_len, const uint8_t *in, size_t len, uint8_t *out)
{
    assert(path_id < KEYRING_PATHS_MAX && packet_number <= REPLAY_NUMBER_MAX);
    if (packet_number < ring->next_number[path_id]) {
        assert(!"a packet number is used once");
        return KEYRING_REUSED;
    }
    if (ring->sealed >= KEYRING_SEAL_MAX)
        return KEYRING_EXHAUSTED;
    ring->next_number[path_id] = packet_number + 1;
    ring->sealed++;
    return aead_seal(&ring->send, path_id, packet_number, aad, aad_len, in, len, out);
}

/* The receiving key of a phase, or NULL when none of that phase is held. */
static const struct aead_key *key_of_phase(const struct keyring *ring, uint64_t now, unsigned phase)
{
    switch ((phase - ring->recv_generation) % KEYRING_PHASES) {
    case 0:
        return &ring->current;
    case 1:
        return &ring->next;
    case KEYRING_PHASES - 1:
        return ring->previous_held && now < ring->previous_until ? &ring->previous : NULL;
    default:
        return NULL;
    }
}

int keyring_open(struct keyring *ring, uint64_t now, unsigned phase, uint32_t path_id,
                 uint64_t packet_number, const uint8_t *aad, size_t aad_len, const uint8_t *in,
                 size_t len, uint8_t *out)
{
    const struct aead_key *key = key_of_phase(ring, now, phase);
    int result;

    assert(phase < KEYRING_PHASES);
    if (ring->forged >= KEYRING_FORGED_MAX)
        return KEYRING_EXHAUSTED;
    if (key == NULL)
        return KEYRING_REJECTED;
    result = aead_open(key, path_id, packet_number, aad, aad_len, in, len, out);
    if (result < 0) {
        ring->forged++;
        return KEYRING_REJECTED;
    }
    if (key == &ring->next)
        follow_peer(ring, now);
    if (key != &ring->previous)
        ring->opened++;
    return result;
}

bool keyring_is_authentic(const struct keyring *ring, uint64_t now, unsigned phase,
                          uint32_t path_id, uint64_t packet_number, const uint8_t *aad,
                          size_t aad_len, const uint8_t *in, size_t len, uint8_t *out)
{
    const struct aead_key *key = key_of_phase(ring, now, phase);

    assert(phase < KEYRING_PHASES);
    return key != NULL && aead_open(key, path_id, packet_number, aad, aad_len, in, len, out) >= 0;
}

void keyring_wipe(struct keyring *ring)
{
    sodium_memzero(ring, sizeof *ring);
}
