/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>

#include "cli/command.h"

int command_bench(const struct options *options)
{
    (void)options;
    puts("The measurements live in the source tree, each told at its top:\n"
         "  bench/cpu/cpu.py   CPU seconds a GB and peak memory beside librist and SRT\n"
         "  bench/flood/flood.py   a session under 100,000 handshakes a second\n"
         "  bench/fec          speed of the erasure codes\n"
         "  bench/duel         recorded links beside librist and SRT\n"
         "  bench/bonds        many random bonds, points missing to the clairvoyant bound\n"
         "  bench/http         what the dashboard's readers cost\n"
         "  bench/bound        the clairvoyant bound of a scenario");
    return EXIT_GOOD;
}
