/* SPDX-License-Identifier: BSD-2-Clause */
/* A file behind a pipe, which a thread of its own empties: who writes is never held up by a disk,
 * and sees by poll(2) that it falls behind. */
#ifndef PLAIT_RUN_FILE_WRITER_H
#define PLAIT_RUN_FILE_WRITER_H

#include <stdbool.h>
#include <stdint.h>

#include "run/error.h"

struct file_writer;

/* NULL with the reason in error. The file stays the caller's, and open until it is closed here. A
 * write that fails (a full disk) is the last one, or with `retries` tried again each second. */
struct file_writer *file_writer_open(int file, bool retries, struct run_error *error);

/* The pipe: non-blocking. EPIPE: the file is given up, see file_writer_failed(). */
int file_writer_pipe(const struct file_writer *writer);

/* Before anything is written. Again: nothing happens. False: there is no thread to be had, which
 * is EAGAIN below until there is one. */
bool file_writer_start(struct file_writer *writer);

/* The errno of the newest write, or start; 0: it has not failed. */
int file_writer_failed(const struct file_writer *writer);

/* Waits until all is written; returns as file_writer_failed(). -1: it was not by `until`
 * (clock_now_ns()), and may never be; the file is in use until the program ends. NULL is allowed.
 */
int file_writer_close(struct file_writer *writer, uint64_t until);

#endif
