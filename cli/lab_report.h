/* SPDX-License-Identifier: BSD-2-Clause */
/* The lab's figures, as the closing summary and as JSON. */
#ifndef PLAIT_CLI_LAB_REPORT_H
#define PLAIT_CLI_LAB_REPORT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "cli/lab_check.h"
#include "emu/emu.h"
#include "plait/stats.h"

struct lab_ends {
    bool has_sender, has_receiver;
    struct plait_stats sender, receiver;
};

void lab_report_print(FILE *to, const struct lab_ends *ends, const struct lab_check *check,
                      const struct emu_net *net, uint64_t ran_ns);

/* [{name, down, sent, lost, dropped_queue, dropped_down, capacity_bytes, ..}], forward direction.
 */
json_t *lab_report_emulated(const struct emu_net *net, uint64_t now);

/* {written, delivered, damaged, disorder, latency_p50_ns, latency_p99_ns, ..} */
json_t *lab_report_check(const struct lab_check *check);

#endif
