/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/command.h"

int command_check(const struct options *options)
{
    (void)options;
    return 0;
}
