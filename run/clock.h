/* SPDX-License-Identifier: BSD-2-Clause */
/* The only clock the project reckons with: monotonic, never stepped (clock_gettime(2),
 * CLOCK_MONOTONIC). */
#ifndef PLAIT_RUN_CLOCK_H
#define PLAIT_RUN_CLOCK_H

#include <stdint.h>

#define CLOCK_MS UINT64_C(1000000)
#define CLOCK_S  UINT64_C(1000000000)

/* Nanoseconds since an origin that is fixed while the host runs. */
uint64_t clock_now_ns(void);

/* Milliseconds since 1970 by the host's calendar, which may be stepped: for people to read, never
 * to reckon with. */
uint64_t clock_unix_ms(void);

#endif
