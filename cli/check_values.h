/* SPDX-License-Identifier: BSD-2-Clause */
/* plait check: what the options of a file or of the command line say. */
#ifndef PLAIT_CLI_CHECK_VALUES_H
#define PLAIT_CLI_CHECK_VALUES_H

#include "cli/check.h"
#include "run/addr.h"

/* NULL is missing, and told. */
void check_address(struct check *check, const char *name, const char *value, enum addr_use use);
void check_url(struct check *check, const char *name, const char *value);

/* Each that cannot be read, and each whose device or address is not there. */
void check_links(struct check *check, const struct option_list *links);

/* The links of a lab, where a file of them is given. */
void check_scenario(struct check *check, const char *value);

/* The range of a lab's own input, where one is given. */
void check_adaptive(struct check *check, const struct options *options);

/* http, http-token, stats, trace and keylog, where they are given. */
void check_operator(struct check *check, const struct options *options);

#endif
