/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/output.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

int output_open(const struct output_config *config, struct output **out, struct run_error *error)
{
    const struct url *url = config->url;
    switch (url->kind) {
    case URL_UDP:
        return output_udp_open(config, out, error);
    case URL_STDIO:
        return output_stream_open(config, STDOUT_FILENO, out, error);
    case URL_FILE: {
        int fd = open(url->path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
        if (fd < 0)
            return run_fail(error, PLAIT_ERR_INVALID,
                            "'%.200s' cannot be written (%s); take another place", url->text,
                            strerror(errno));
        /* Another one that writes there may be faster than poll(2) told. */
        (void)fcntl(fd, F_SETFL, O_NONBLOCK);
        int err = output_stream_open(config, fd, out, error);
        if (err != PLAIT_OK)
            close(fd);
        return err;
    }
    case URL_SRT:
        return output_srt_open(config, out, error);
    }
    return PLAIT_ERR_INVALID;
}

void output_start(struct output *output)
{
    if (output->config.url->kind == URL_FILE)
        output_stream_start(output);
}

void output_write(struct output *output, const uint8_t *data, size_t len)
{
    output->counts.datagrams++;
    output->counts.bytes += len;
    output->write(output, data, len);
}

void output_close(struct output *output)
{
    if (output)
        output->close(output);
}
