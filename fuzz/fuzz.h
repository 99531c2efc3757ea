/* SPDX-License-Identifier: BSD-2-Clause */
/* What the fuzz targets share: reading choices out of the input, and saying that one is wrong. */
#ifndef PLAIT_FUZZ_FUZZ_H
#define PLAIT_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The part of the input that was not read yet; at its end it reads zeros. */
struct fuzz_input {
    const uint8_t *at;
    size_t left;
};

static inline uint64_t fuzz_read(struct fuzz_input *input, int bytes)
{
    uint64_t value = 0;

    for (int i = 0; i < bytes && input->left > 0; i++) {
        value = value << 8 | *input->at++;
        input->left--;
    }
    return value;
}

/* Holds in every build, unlike assert. */
static inline void fuzz_require(int condition)
{
    if (!condition)
        abort();
}

#endif
