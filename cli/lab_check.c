/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/lab_check.h"

#include "run/input.h"

void lab_check_written(struct lab_check *check, uint64_t now, size_t len)
{
    check->write_ns[check->written % LAB_CHECK_WRITES] = now;
    check->written++;
    check->written_bytes += len;
}

void lab_check_delivered(struct lab_check *check, uint64_t now, const uint8_t *data, size_t len)
{
    uint64_t number = 0;
    check->delivered++;
    check->delivered_bytes += len;
    if (!check->is_numbered)
        return;
    if (!input_synth_check(data, len, &number) || number >= check->written) {
        check->damaged++;
        return;
    }
    if (number < check->next)
        check->disorder++;
    else
        check->next = number + 1;
    uint64_t bin = (now - check->write_ns[number % LAB_CHECK_WRITES]) / LAB_CHECK_BIN_NS;
    check->latency[bin < LAB_CHECK_BINS ? bin : LAB_CHECK_BINS - 1]++;
    check->measured++;
}

uint64_t lab_check_latency(const struct lab_check *check, double share)
{
    uint64_t wanted = (uint64_t)((double)check->measured * share);
    uint64_t seen = 0;
    for (uint32_t bin = 0; check->measured > 0 && bin < LAB_CHECK_BINS; bin++) {
        seen += check->latency[bin];
        if (seen >= wanted && seen > 0)
            return (bin + 1) * LAB_CHECK_BIN_NS;
    }
    return 0;
}
