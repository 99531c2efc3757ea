/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A recorded link in Mahimahi's format (Netravali et al., USENIX ATC 2015): one line is the
 * millisecond at which EMU_CHANCE_BYTES could leave; a millisecond named twice is two chances. The
 * recording starts again at its last timestamp, without end.
 */
#ifndef EMU_TRACE_H
#define EMU_TRACE_H

#include <stddef.h>
#include <stdint.h>

struct emu_trace {
    uint32_t *at_ms;    /* times of the chances of one turn, not falling */
    uint64_t count;     /* chances a turn, at least 1 */
    uint64_t period_ns; /* length of a turn: the last timestamp, at least 1 ms */
};

/*
 * Reads a trace from text[0..len). Blank lines and lines that start with '#' are skipped.
 * Returns 0; or -1 with one line in error (EMU_ERROR_MAX bytes) and nothing to free.
 */
int emu_trace_parse(struct emu_trace *trace, const char *text, size_t len, char *error);

/* Frees what emu_trace_parse allocated; a zeroed trace is allowed. */
void emu_trace_free(struct emu_trace *trace);

/* Time of a chance in ns since the start; chances are numbered from 0 through all turns. */
uint64_t emu_trace_time_ns(const struct emu_trace *trace, uint64_t chance);

/* The first chance at or after at_ns (since the start). */
uint64_t emu_trace_find(const struct emu_trace *trace, uint64_t at_ns);

#endif
