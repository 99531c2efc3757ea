/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/command.h"

int command_lab(const struct options *options)
{
    (void)options;
    return 0;
}
