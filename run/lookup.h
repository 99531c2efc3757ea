/* SPDX-License-Identifier: BSD-2-Clause */
/* Looks names up without holding up the loop: a name server that does not answer takes libc many
 * seconds. Each look-up is a thread that ends with it; its answer comes through a pipe, so that
 * nothing is shared and nobody waits for a thread whose answer is not wanted any more. */
#ifndef PLAIT_RUN_LOOKUP_H
#define PLAIT_RUN_LOOKUP_H

#include "run/addr.h"
#include "run/linkspec.h"
#include "run/loop.h"

#define LOOKUP_NAMES (PLAIT_MAX_PATHS + 1) /* of a sender: its receiver's, and each link's to= */

struct lookup_asked {
    uint32_t count;
    char name[LOOKUP_NAMES][LINKSPEC_HOST]; /* HOST:PORT */
    struct addr_pair known[LOOKUP_NAMES];   /* kept as long as they are among the answers */
};

struct lookup_found {
    uint32_t index;           /* in what was asked */
    struct addr_pair address; /* of[0].family 0: not found */
    struct run_error why;     /* then; else "" */
};

struct lookup {
    struct loop *loop; /* NULL: no look-up is under way */
    struct loop_watch watch;
    struct lookup_asked asked;
    void *ctx;
    void (*on_found)(void *ctx, uint64_t now, const struct lookup_found *found);
};

/* Looks up what `asked` holds, one after the other, and tells of each; ctx and on_found are set by
 * the caller before. One at a time: PLAIT_ERR_STATE while one is under way. PLAIT_ERR_SYSTEM: there
 * is no thread to be had. */
int lookup_start(struct lookup *lookup, struct loop *loop);

/* Its answer is not wanted any more. Safe on a zeroed one. */
void lookup_close(struct lookup *lookup);

#endif
