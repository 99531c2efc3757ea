// SPDX-License-Identifier: BSD-2-Clause
// Runs the fuzz target it is linked with, fuzz/fuzz_*.c, on a bounded number of reproducible
// inputs: for builds without libFuzzer.
#include "fec_random.h"
#include "fuzz/fuzz.h"
#include "tap.h"

#ifndef RUNS
#define RUNS 1500
#endif
#define BYTES_MAX 160

int main(void)
{
    struct tap tap = {0, 0};
    struct fec_random random = {UINT64_C(0xda3e39cb94b95bdb)};
    for (int i = 0; i < RUNS; i++) {
        uint8_t data[BYTES_MAX];
        size_t size = fec_random_below(&random, BYTES_MAX);
        fec_random_fill(&random, data, size);
        LLVMFuzzerTestOneInput(data, size); // aborts when something is wrong
    }
    tap_ok(&tap, true, "%d random inputs", RUNS);
    return tap_done(&tap);
}
