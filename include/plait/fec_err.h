// SPDX-License-Identifier: BSD-2-Clause
// The errors of libplaitfec, below the headers of its codes.
#ifndef PLAIT_FEC_ERR_H
#define PLAIT_FEC_ERR_H

enum plait_fec_err {
    PLAIT_FEC_OK = 0,
    PLAIT_FEC_ERR_NULL = -1,    // a pointer that must not be null is null
    PLAIT_FEC_ERR_RANGE = -2,   // a number (K, symbol size, ESI, count) is outside its range
    PLAIT_FEC_ERR_MEMORY = -3,  // the memory given is smaller than the *_bytes function says
    PLAIT_FEC_ERR_MORE = -4,    // not yet: more symbols are needed
    PLAIT_FEC_ERR_TWICE = -5,   // this symbol was added before; the first one is kept
    PLAIT_FEC_ERR_FULL = -6,    // there is no room for another symbol
    PLAIT_FEC_ERR_CORRUPT = -7, // the symbols contradict each other: at least one is damaged
    PLAIT_FEC_ERR_MISMATCH = -8 // the object given belongs to other parameters
};

#endif
