// SPDX-License-Identifier: BSD-2-Clause
// What all codes of the FEC library share: the error codes.
#ifndef PLAIT_FEC_H
#define PLAIT_FEC_H

// Every function that can fail returns one of these, or 0 or more when it did not.
enum plait_fec_err {
    PLAIT_FEC_ERR_ARG = -1,     // an argument is NULL or out of its documented range
    PLAIT_FEC_ERR_MEMORY = -2,  // the memory given is smaller than the *_bytes function says
    PLAIT_FEC_ERR_CORRUPT = -3, // symbols contradict each other: at least one is wrong
    PLAIT_FEC_ERR_TOO_FEW = -4, // not enough symbols to decode
};

#endif
