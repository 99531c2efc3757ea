/* SPDX-License-Identifier: BSD-2-Clause */
/* In place of input_srt.c and output_srt.c where libsrt was not there to build with. */
#include "run/input.h"
#include "run/output.h"

static int srt_refuse(const struct url *url, struct run_error *error)
{
    return run_fail(error, PLAIT_ERR_INVALID,
                    "'%.200s': this plait was built without libsrt; take udp:// and let "
                    "srt-live-transmit stand between",
                    url->text);
}

int input_srt_open(const struct input_config *config, struct input **out, struct run_error *error)
{
    *out = NULL;
    return srt_refuse(config->url, error);
}

int output_srt_open(const struct output_config *config, struct output **out,
                    struct run_error *error)
{
    *out = NULL;
    return srt_refuse(config->url, error);
}
