/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int input_descriptor_open(const struct input_config *config, int fd, struct input **out,
                                 struct run_error *error)
{
    struct stat info;
    bool regular = fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
    int err = regular ? input_file_open(config, fd, out, error)
                      : input_stream_open(config, fd, out, error);
    if (err != PLAIT_OK && fd != STDIN_FILENO)
        close(fd);
    return err;
}

int input_open(const struct input_config *config, struct input **out, struct run_error *error)
{
    struct input_config own = *config;
    struct stat info;
    if (own.rate_bps == 0)
        own.rate_bps = INPUT_RATE_DEFAULT_BPS;
    if (!own.url)
        return input_synth_open(&own, out, error);
    switch (own.url->kind) {
    case URL_UDP:
        return input_udp_open(&own, out, error);
    case URL_STDIO:
        return input_descriptor_open(&own, STDIN_FILENO, out, error);
    case URL_FILE: {
        /* Nobody waits here for a FIFO's writer, or a serial line's carrier. */
        int fd = open(own.url->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        if (fd < 0 || (fstat(fd, &info) == 0 && S_ISDIR(info.st_mode))) {
            int err = fd < 0 ? errno : EISDIR;
            if (fd >= 0)
                close(fd);
            return run_fail(error, PLAIT_ERR_INVALID,
                            "'%.200s' cannot be read (%s); check the name", own.url->text,
                            strerror(err));
        }
        return input_descriptor_open(&own, fd, out, error);
    }
    case URL_SRT:
        return input_srt_open(&own, out, error);
    }
    return PLAIT_ERR_INVALID;
}

void input_start(struct input *input, uint64_t now)
{
    input->start(input, now);
}

void input_close(struct input *input)
{
    if (input)
        input->close(input);
}
