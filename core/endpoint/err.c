/* SPDX-License-Identifier: BSD-2-Clause */
#include "plait/plait.h"

const char *plait_strerror(int err)
{
    static const char *const text[] = {
        [-PLAIT_OK] = "no error",
        [-PLAIT_ERR_INVALID] = "an argument is out of range",
        [-PLAIT_ERR_NO_MEMORY] = "not enough memory",
        [-PLAIT_ERR_LIMIT] = "a limit is reached",
        [-PLAIT_ERR_NOT_FOUND] = "not found",
        [-PLAIT_ERR_TOO_BIG] = "the datagram is too big",
        [-PLAIT_ERR_STATE] = "not possible in this state",
        [-PLAIT_ERR_CRYPTO] = "a key is malformed or the crypto library does not start",
        [-PLAIT_ERR_MALFORMED] = "not a Plait packet",
        [-PLAIT_ERR_UNAUTHENTIC] = "not authentic",
        [-PLAIT_ERR_REPLAYED] = "seen before",
        [-PLAIT_ERR_REFUSED] = "the peer is not allowed",
        [-PLAIT_ERR_FULL] = "the send store is full",
    };
    const int count = (int)(sizeof text / sizeof text[0]);

    if (err == PLAIT_ERR_SYSTEM)
        return "the operating system refused";
    return err <= 0 && err > -count ? text[-err] : "unknown error";
}
