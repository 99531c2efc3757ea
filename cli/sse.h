/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads the stream of server-sent events of another plait (http/http.h, /events). One that waits:
 * for `plait top`, never for the loop. */
#ifndef PLAIT_CLI_SSE_H
#define PLAIT_CLI_SSE_H

#include <stdbool.h>

#include "run/error.h"

#define SSE_LINE 1048576 /* longest message, bytes; a longer one is left out */

struct sse {
    int fd; /* -1: not connected */
    size_t len, scanned;
    bool too_long;
    char *buffer;
};

/* Connects to HOST:PORT within five seconds and asks for /events; token NULL: none. PLAIT_OK, or an
 * error: PLAIT_ERR_REFUSED is final (wrong token, no plait there), others may pass. */
int sse_open(struct sse *sse, const char *address, const char *token, struct run_error *error);

/* After the descriptor is readable: the next whole message, NULL when there is none yet; it is
 * valid until the next call. *ended is set when the other side has closed. */
char *sse_next(struct sse *sse, bool *ended);

void sse_close(struct sse *sse);

#endif
