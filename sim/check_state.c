/* SPDX-License-Identifier: BSD-2-Clause */
#include "sim/check_state.h"

#include <stdlib.h>
#include <string.h>

#include "core/endpoint/endpoint.h"

#define SESSIONS 4 /* in use at a time, at most: worlds have one sender */

struct check_state_copy {
    uint32_t count;
    uint32_t index[SESSIONS];
    struct session session[SESSIONS];
};

struct check_state_copy *check_state_create(void)
{
    struct check_state_copy *copy = calloc(1, sizeof *copy);
    if (!copy) {
        abort();
    }
    return copy;
}

void check_state_free(struct check_state_copy *copy)
{
    free(copy);
}

void check_state_take(struct check_state_copy *copy, const struct plait_endpoint *ep)
{
    copy->count = 0;
    for (uint32_t i = 0; i < ep->config.max_sessions && copy->count < SESSIONS; i++) {
        if (ep->sessions[i].state == SESSION_NONE) {
            continue;
        }
        struct session *session = &copy->session[copy->count];
        memcpy(session, &ep->sessions[i], sizeof *session);
        session->keys.ring.forged = session->tentative.keys.ring.forged = 0;
        for (uint32_t k = 0; k < MAX_PATHS; k++) {
            session->paths[k].duplicates = 0;
        }
        copy->index[copy->count++] = i;
    }
}

const char *check_state_differs(const struct check_state_copy *a, const struct check_state_copy *b)
{
    if (a->count != b->count || memcmp(a->index, b->index, a->count * sizeof a->index[0]) != 0) {
        return "which sessions there are";
    }
    for (uint32_t i = 0; i < a->count; i++) {
        const struct session *x = &a->session[i];
        const struct session *y = &b->session[i];
        if (memcmp(&x->keys, &y->keys, sizeof x->keys) != 0) {
            return "a session's keys";
        }
        if (memcmp(&x->initiation, &y->initiation, sizeof x->initiation) != 0 ||
            memcmp(&x->tentative, &y->tentative, sizeof x->tentative) != 0) {
            return "a handshake";
        }
        if (memcmp(x->paths, y->paths, sizeof x->paths) != 0) {
            return "a path";
        }
        if (memcmp(x->addrs, y->addrs, sizeof x->addrs) != 0) {
            return "an address or a replay window";
        }
        if (memcmp(x, y, sizeof *x) != 0) {
            return "a session";
        }
    }
    return NULL;
}
