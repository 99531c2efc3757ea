/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/adaptive.h"

#include <string.h>

#include "run/linkspec.h"

int adaptive_parse(const struct options *options, uint64_t *least_bps, uint64_t *most_bps,
                   struct run_error *error)
{
    const char *text = options->adaptive;
    char least[32] = "";
    const char *dash = text ? strchr(text, '-') : NULL;
    if (!text)
        return PLAIT_OK;
    if (options->in)
        return run_fail(error, PLAIT_ERR_INVALID,
                        "--adaptive '%.60s' is for the lab's own input; leave --in away", text);
    if (options->rate_bps > 0)
        return run_fail(error, PLAIT_ERR_INVALID,
                        "--adaptive '%.60s' and --rate are both there; give one", text);
    if (dash && (size_t)(dash - text) < sizeof least)
        memcpy(least, text, (size_t)(dash - text));
    if (!dash || !linkspec_rate_parse(least, least_bps) ||
        !linkspec_rate_parse(dash + 1, most_bps) || *least_bps == 0 || *most_bps < *least_bps)
        return run_fail(error, PLAIT_ERR_INVALID,
                        "--adaptive '%.60s' is no range; give two rates like 500k-20M", text);
    return PLAIT_OK;
}
