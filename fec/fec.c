// SPDX-License-Identifier: BSD-2-Clause
// Errors and version of the library.
#include <plait/fec.h>

const char *plait_fec_strerror(int err)
{
    switch (err) {
    case PLAIT_FEC_OK:
        return "success";
    case PLAIT_FEC_ERR_NULL:
        return "a required pointer is null";
    case PLAIT_FEC_ERR_RANGE:
        return "a parameter is out of range";
    case PLAIT_FEC_ERR_MEMORY:
        return "the memory given is too small";
    case PLAIT_FEC_ERR_MORE:
        return "more symbols are needed";
    case PLAIT_FEC_ERR_TWICE:
        return "the symbol was added before";
    case PLAIT_FEC_ERR_FULL:
        return "no room for another symbol";
    case PLAIT_FEC_ERR_CORRUPT:
        return "the symbols contradict each other";
    case PLAIT_FEC_ERR_MISMATCH:
        return "the object belongs to other parameters";
    default:
        return "unknown error";
    }
}

uint32_t plait_fec_version(void)
{
    return PLAIT_FEC_VERSION;
}
