/* SPDX-License-Identifier: BSD-2-Clause */
/* Every limit and default of the link emulator on one page. */
#ifndef EMU_LIMITS_H
#define EMU_LIMITS_H

#include <stdint.h>

#define EMU_NEVER UINT64_MAX

#define EMU_NS_PER_MS 1000000ULL
#define EMU_NS_PER_S  1000000000ULL

/* Scenario text. */
#define EMU_LINKS_MAX   16U
#define EMU_TRACES_MAX  32U
#define EMU_NAME_MAX    32U   /* bytes with the closing zero */
#define EMU_PATH_MAX    256U  /* bytes with the closing zero */
#define EMU_LINE_MAX    1024U /* bytes without the line end */
#define EMU_LINES_MAX   1000U
#define EMU_TEXT_MAX    (256U * 1024U)
#define EMU_OUTAGES_MAX 64U
#define EMU_DETOURS_MAX 16U
#define EMU_REBINDS_MAX 16U
#define EMU_ERROR_MAX   256U /* bytes of an error text with the closing zero */

/* Values. */
#define EMU_RATE_MIN_BPS  10000ULL
#define EMU_RATE_MAX_BPS  10000000000ULL
#define EMU_DELAY_MAX_MS  60000U
#define EMU_JITTER_MAX_MS 10000U
#define EMU_QUEUE_MAX_MS  60000U
#define EMU_TIME_MAX_S    1000000U

/* What a direction gets that names nothing. */
#define EMU_QUEUE_DEFAULT_MS         500U
#define EMU_REVERSE_RATE_DEFAULT_BPS 100000000ULL

/* Traces: one line is the millisecond at which EMU_CHANCE_BYTES could leave. */
#define EMU_CHANCE_BYTES     1500U
#define EMU_TRACE_LINES_MAX  4000000U
#define EMU_TRACE_MAX_MS     86400000U
#define EMU_TRACE_FILE_BYTES (32U * 1024U * 1024U)

/* A datagram counts its payload and IPv4 and UDP headers; a longer one does not fit 1500 bytes. */
#define EMU_OVERHEAD_BYTES 28U
#define EMU_DATAGRAM_MAX   (EMU_CHANCE_BYTES - EMU_OVERHEAD_BYTES)

/*
 * Datagrams one direction holds at once, queued or in flight: enough for what it can move in the
 * time one can stay, at EMU_SLOT_BYTES a datagram, within these limits.
 */
#define EMU_SLOTS_MIN  256U
#define EMU_SLOTS_MAX  4096U
#define EMU_SLOT_BYTES 100U

/* How long a duplicate follows its original, and a reordered datagram is held, at most. */
#define EMU_DUPLICATE_MAX_NS (10 * EMU_NS_PER_MS)
#define EMU_HOLD_MIN_NS      (5 * EMU_NS_PER_MS)
#define EMU_HOLD_MAX_NS      (30 * EMU_NS_PER_MS)

#endif
