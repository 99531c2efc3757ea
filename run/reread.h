/* SPDX-License-Identifier: BSD-2-Clause */
/* Files that are read again while the stream runs, which nothing may hold up. */
#ifndef PLAIT_RUN_REREAD_H
#define PLAIT_RUN_REREAD_H

#include <stdbool.h>
#include <sys/stat.h>

/* A pipe was read at the start: it gives nothing a second time, and a FIFO waits for a writer. */
static inline bool reread_is_pipe(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISFIFO(info.st_mode);
}

#endif
