/* SPDX-License-Identifier: BSD-2-Clause */
/* The keys of a running session, for a protocol analyser (packaging/wireshark). Whoever has them
 * reads the recorded traffic of that session; nothing of Plait needs them. */
#ifndef PLAIT_KEYLOG_H
#define PLAIT_KEYLOG_H

#include "plait/plait.h"

#ifdef __cplusplus
extern "C" {
#endif

enum plait_suite {
    PLAIT_SUITE_CHACHA20_POLY1305 = 1,
    PLAIT_SUITE_AES256_GCM = 2,
};

/* One direction: sealed packets to this connection ID, in this key phase, under this key. */
struct plait_direction_keys {
    uint32_t receiver_cid; /* 24 bits, as in the packets' headers */
    uint8_t phase;         /* 0..3 */
    enum plait_suite suite;
    uint8_t key[PLAIT_KEY_BYTES];
};

/* The keys in use now. Both have changed when PLAIT_EVENT_SESSION_UP or PLAIT_EVENT_REKEYED is
 * told; a sender seals with its new one a round trip before it is told of. PLAIT_ERR_NOT_FOUND: no
 * such session. PLAIT_ERR_STATE: it has no keys yet. */
int plait_session_keys(const struct plait_endpoint *ep, uint32_t session,
                       struct plait_direction_keys *sent, struct plait_direction_keys *received);

#ifdef __cplusplus
}
#endif
#endif
