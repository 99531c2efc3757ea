/* SPDX-License-Identifier: BSD-2-Clause */
#include "plait/keylog.h"

#include <string.h>

#include "core/endpoint/endpoint.h"

static void keys_copy(struct plait_direction_keys *out, uint32_t cid, uint64_t generation,
                      const struct aead_key *key)
{
    out->receiver_cid = cid;
    out->phase = (uint8_t)(generation % KEYRING_PHASES);
    out->suite = (enum plait_suite)key->suite;
    memcpy(out->key, key->bytes, sizeof out->key);
}

int plait_session_keys(const struct plait_endpoint *ep, uint32_t index,
                       struct plait_direction_keys *sent, struct plait_direction_keys *received)
{
    const struct session *session = endpoint_session(ep, index);

    if (session == NULL)
        return PLAIT_ERR_NOT_FOUND;
    if (session->keys.local_cid == CID_NONE)
        return PLAIT_ERR_STATE;
    keys_copy(sent, session->keys.remote_cid, session->keys.ring.send_generation,
              &session->keys.ring.send);
    keys_copy(received, session->keys.local_cid, session->keys.ring.recv_generation,
              &session->keys.ring.current);
    return PLAIT_OK;
}
