/* SPDX-License-Identifier: BSD-2-Clause */
/* A line is rejected, or means the same when it is written and read again. */
#include "fuzz/fuzz.h"

#include <string.h>

#include "core/crypto/keyfile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *line = (const char *)data;
    struct keyfile_peer peer = {0}, peer_again = {0};
    struct noise_keypair pair, pair_again;
    char out[KEYFILE_LINE_MAX];

    if (keyfile_decode_public(line, size, &peer) == 0) {
        const int len = keyfile_encode_public(&peer, out);

        fuzz_require(len > 0 && (size_t)len == strlen(out));
        fuzz_require(keyfile_decode_public(out, (size_t)len, &peer_again) == 0);
        fuzz_require(memcmp(&peer, &peer_again, sizeof peer) == 0);
    }
    if (keyfile_decode_secret(line, size, &pair) == 0) {
        const int len = keyfile_encode_secret(&pair, out);

        fuzz_require(len > 0 && (size_t)len == strlen(out));
        fuzz_require(keyfile_decode_secret(out, (size_t)len, &pair_again) == 0);
        fuzz_require(memcmp(&pair, &pair_again, sizeof pair) == 0);
    }
    return 0;
}
