// SPDX-License-Identifier: BSD-2-Clause
// The same Reed-Solomon work done by other libraries, where they are installed.
#ifndef PLAIT_BENCH_FEC_BENCH_RS_PEERS_H
#define PLAIT_BENCH_FEC_BENCH_RS_PEERS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// One block: source symbols, room for repair symbols, which source symbols are lost (as many as
// there are repair symbols) and where they are to be restored to.
struct rs_peer_job {
    uint32_t k, m;
    size_t t;
    uint8_t **source, **repair, **restored;
    uint32_t *lost;
    void *state; // the library's own
};

// A library; the functions are null when it is not built in. prepare is not timed and returns 0
// when the library cannot do this block; decode does everything from the losses on.
struct rs_peer {
    const char *name;
    int (*prepare)(struct rs_peer_job *job);
    void (*encode)(void *job);
    void (*decode)(void *job);
    void (*finish)(struct rs_peer_job *job);
};

extern const struct rs_peer rs_peer_isal;
extern const struct rs_peer rs_peer_cm256;
extern const struct rs_peer rs_peer_jerasure;

#ifdef __cplusplus
}
#endif

#endif
