/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>

#include "cli/command.h"

int command_bench(const struct options *options)
{
    (void)options;
    puts("The measurements live in the source tree, each with its own README or --help:\n"
         "  bench/cpu/cpu.py   CPU seconds a GB and peak memory beside librist and SRT\n"
         "  bench/flood/flood.py   a session under 100,000 handshakes a second\n"
         "  bench/fec          speed of the erasure codes\n"
         "  bench/duel         recorded links beside librist, SRT and srtla\n"
         "  bench/bound        the clairvoyant bound of a scenario");
    return EXIT_GOOD;
}
