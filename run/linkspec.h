/* SPDX-License-Identifier: BSD-2-Clause */
/* --link: comma-separated key=value. */
#ifndef PLAIT_RUN_LINKSPEC_H
#define PLAIT_RUN_LINKSPEC_H

#include "run/addr.h"

#define LINKSPEC_NAME 32 /* bytes with the final zero */
#define LINKSPEC_HOST 256

struct linkspec {
    char name[LINKSPEC_NAME]; /* name=; else the device, else the source address, else linkN */
    char dev[16];             /* dev=: interface (IFNAMSIZ bytes); "" any */
    struct plait_addr src;    /* src=: family 0 any; a link-local one has no scope: see dev */
    char to[LINKSPEC_HOST];   /* to=HOST:PORT: "" the receiver's own */
    struct addr_pair remote;  /* what that is; of use once it is resolved */
    uint64_t max_bps;         /* max=: 0 none; k, M, G suffixes */
    uint32_t cost;            /* cost= */
    uint32_t priority;        /* priority= */
};

/* index: the link's number, for its default name. What to= names is not looked up. */
int linkspec_parse(const char *text, uint32_t index, struct linkspec *out, struct run_error *error);

/* Looks up what to= names, if it is there (see addr_parse_pair; ADDR_REACH may take seconds). */
int linkspec_resolve(struct linkspec *spec, enum addr_use use, struct run_error *error);

/* Two links may not be the same device and source, nor two the same without either, unless their
 * names differ: it would be counted twice. Link i was parsed with the index i. */
int linkspec_check(const struct linkspec *specs, uint32_t count, struct run_error *error);

/* Whether both say the same, the name included, whatever to= is resolved to. */
bool linkspec_equal(const struct linkspec *a, const struct linkspec *b);

/* Whether dev= may stand for several devices (fnmatch(3)). */
bool linkspec_is_pattern(const struct linkspec *spec);

/* Reads a bit rate: a number with an optional k, M or G; 1 kbit/s to 100 Gbit/s. */
bool linkspec_rate_parse(const char *text, uint64_t *bps);

#endif
