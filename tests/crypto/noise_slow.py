#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A slow, independent Noise IK / IKpsk2 (25519, ChaChaPoly, BLAKE2b), only to make facts to test
against: it shares nothing with core/crypto. The arithmetic is written out from RFC 7748 and
RFC 8439, the hash is Python's own.

    noise_slow.py FILE > tests/crypto/facts_noise.h

FILE holds the published IK vectors (cacophony's, as JSON)."""
import hashlib
import hmac
import json
import struct
import sys

P = 2**255 - 19
P1305 = 2**130 - 5


def x25519(scalar, point):
    k = int.from_bytes(scalar, "little") & ~7 & (2**254 - 1) | 2**254
    x1 = int.from_bytes(point, "little") & (2**255 - 1)
    x2, z2, x3, z3, swap = 1, 0, x1, 1, 0
    for t in reversed(range(255)):
        bit = k >> t & 1
        if swap ^ bit:
            x2, x3, z2, z3 = x3, x2, z3, z2
        swap = bit
        a, b, c, d = x2 + z2, x2 - z2, x3 + z3, x3 - z3
        da, cb, aa, bb = d * a, c * b, a * a, b * b
        x3, z3 = (da + cb) ** 2 % P, x1 * (da - cb) ** 2 % P
        e = aa - bb
        x2, z2 = aa * bb % P, e * (aa + 121665 * e) % P
    if swap:
        x2, z2 = x3, z3
    return (x2 * pow(z2, P - 2, P) % P).to_bytes(32, "little")


def public(secret):
    return x25519(secret, b"\x09" + bytes(31))


def chacha20_block(key, counter, nonce):
    state = b"expand 32-byte k" + key + struct.pack("<I", counter) + nonce
    words = struct.unpack("<16I", state)
    x = list(words)

    def quarter(a, b, c, d):
        for i, j, k, turn in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
            x[i] = (x[i] + x[j]) & 0xFFFFFFFF
            x[k] ^= x[i]
            x[k] = (x[k] << turn | x[k] >> (32 - turn)) & 0xFFFFFFFF

    for _ in range(10):
        for i in range(4):
            quarter(i, 4 + i, 8 + i, 12 + i)
        for i in range(4):
            quarter(i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4)
    return struct.pack("<16I", *((a + b) & 0xFFFFFFFF for a, b in zip(x, words)))


def seal(key, number, aad, plain):
    nonce = bytes(4) + struct.pack("<Q", number)
    stream = b"".join(chacha20_block(key, 1 + i, nonce) for i in range(len(plain) // 64 + 1))
    text = bytes(a ^ b for a, b in zip(plain, stream))
    one = chacha20_block(key, 0, nonce)
    r = int.from_bytes(one[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
    s = int.from_bytes(one[16:32], "little")
    padded = b"".join(m + bytes(-len(m) % 16) for m in (aad, text))
    padded += struct.pack("<QQ", len(aad), len(text))
    tag = 0
    for i in range(0, len(padded), 16):
        tag = (tag + int.from_bytes(padded[i : i + 16] + b"\x01", "little")) * r % P1305
    return text + ((tag + s) % 2**128).to_bytes(16, "little")


class Side:
    """Both sides walk the same transcript; seal is all that is needed to write it down."""

    def __init__(self, name, prologue, responder_public):
        name = name.encode()
        self.h = name.ljust(64, b"\0") if len(name) <= 64 else hashlib.blake2b(name).digest()
        self.ck = self.h
        self.k = None
        self.mix_hash(prologue)
        self.mix_hash(responder_public)

    def mix_hash(self, data):
        self.h = hashlib.blake2b(self.h + data).digest()

    def hkdf(self, data, count):
        temp = hmac.new(self.ck, data, hashlib.blake2b).digest()
        out, last = [], b""
        for i in range(count):
            last = hmac.new(temp, last + bytes([i + 1]), hashlib.blake2b).digest()
            out.append(last)
        return out

    def mix_key(self, data):
        self.ck, k = self.hkdf(data, 2)
        self.k, self.n = k[:32], 0

    def mix_psk(self, psk):
        self.ck, h, k = self.hkdf(psk, 3)
        self.mix_hash(h)
        self.k, self.n = k[:32], 0

    def seal(self, plain):
        out = seal(self.k, self.n, self.h, plain)
        self.n += 1
        self.mix_hash(out)
        return out


def handshake(prologue, i_static, i_eph, r_static, r_eph, psk, payloads):
    name = "Noise_IKpsk2_25519_ChaChaPoly_BLAKE2b" if psk else "Noise_IK_25519_ChaChaPoly_BLAKE2b"
    rs = public(r_static)
    side = Side(name, prologue, rs)

    def ephemeral(e):
        side.mix_hash(e)
        if psk:
            side.mix_key(e)
        return e

    first = ephemeral(public(i_eph))
    side.mix_key(x25519(i_eph, rs))
    first += side.seal(public(i_static))
    side.mix_key(x25519(i_static, rs))
    first += side.seal(payloads[0])
    second = ephemeral(public(r_eph))
    side.mix_key(x25519(r_eph, public(i_eph)))
    side.mix_key(x25519(r_eph, public(i_static)))
    if psk:
        side.mix_psk(psk)
    second += side.seal(payloads[1])
    keys = [k[:32] for k in side.hkdf(b"", 2)]
    messages = [first, second]
    for i, payload in enumerate(payloads[2:]):
        messages.append(seal(keys[i % 2], i // 2, b"", payload))
    return side.h, messages


def c_string(data):
    text = data.hex()
    rows = [text[i : i + 80] for i in range(0, len(text), 80)] or [""]
    return "\n            ".join('"%s"' % row for row in rows)


def c_facts(name, pattern, fields, payloads, messages):
    print("static const struct noise_facts %s = {" % name)
    print("    .pattern = %s," % pattern)
    for field, data in fields:
        print("    .%s =\n            %s," % (field, c_string(data)))
    for field, items in (("payloads", payloads), ("messages", messages)):
        print("    .%s = {" % field)
        for item in items:
            print("            %s," % c_string(item))
        print("    },")
    print("};")


FIELDS = ("prologue", "init_static", "init_ephemeral", "resp_static", "resp_ephemeral", "psk")


def check(path):
    """The published IK vector; this reimplementation must agree with it before it is believed."""
    name = "Noise_IK_25519_ChaChaPoly_BLAKE2b"
    v = [v for v in json.load(open(path))["vectors"] if v["protocol_name"] == name][0]
    secrets = [bytes.fromhex(v[field]) for field in FIELDS[1:5]]
    prologue = bytes.fromhex(v["init_prologue"])
    payloads = [bytes.fromhex(m["payload"]) for m in v["messages"]]
    h, messages = handshake(prologue, *secrets, None, payloads)
    assert h.hex() == v["handshake_hash"]
    assert [m.hex() for m in messages] == [m["ciphertext"] for m in v["messages"]]
    fields = list(zip(FIELDS, [prologue] + secrets)) + [("handshake_hash", h)]
    c_facts("ik_facts", "NOISE_IK", fields, payloads, messages)


def psk2():
    secrets = [hashlib.blake2b(b"plait psk2 fact %d" % i).digest()[:32] for i in range(5)]
    prologue = b"plait psk2 prologue"
    payloads = [b"", b"the second payload", b"forward", b"backward", b"forward again", b""]
    h, messages = handshake(prologue, *secrets, payloads)
    fields = list(zip(FIELDS, [prologue] + secrets)) + [("handshake_hash", h)]
    c_facts("psk2_facts", "NOISE_IKPSK2", fields, payloads, messages)


if __name__ == "__main__":
    print("""/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Made by tests/crypto/noise_slow.py. ik_facts is the vector of the cacophony project; psk2_facts
 * is computed by that script, which agrees with the former. Each: two handshake and four
 * transport messages.
 */
#ifndef PLAIT_TESTS_FACTS_NOISE_H
#define PLAIT_TESTS_FACTS_NOISE_H

#include "core/crypto/noise.h"

#define FACTS_MESSAGES 6

/* All in hexadecimal; psk is NULL without one. */
struct noise_facts {
    enum noise_pattern pattern;
    const char *prologue, *init_static, *init_ephemeral, *resp_static, *resp_ephemeral;
    const char *psk, *handshake_hash;
    const char *payloads[FACTS_MESSAGES], *messages[FACTS_MESSAGES];
};

/* clang-format off */""")
    check(sys.argv[1])
    print()
    psk2()
    print("/* clang-format on */\n\n#endif")
