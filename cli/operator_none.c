/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/operator.h"

int operator_open(const struct options *options, const char *command, struct operator_view **out,
                  struct run_error *error)
{
    (void)command;
    *out = NULL;
    if (!options->http)
        return PLAIT_OK;
    return run_fail(error, PLAIT_ERR_INVALID,
                    "--http '%.100s': this plait was built without libmicrohttpd; install "
                    "libmicrohttpd-dev and build it again",
                    options->http);
}

void operator_close(struct operator_view *view)
{
    (void)view;
}

void operator_publish(struct operator_view *view, uint64_t now, const struct operator_side *sides,
                      uint32_t side_count, const struct operator_link *links, uint32_t link_count)
{
    (void)view;
    (void)now;
    (void)sides;
    (void)side_count;
    (void)links;
    (void)link_count;
}

void operator_event(struct operator_view *view, uint64_t now, uint32_t session,
                    const struct plait_event *event)
{
    (void)view;
    (void)now;
    (void)session;
    (void)event;
}
