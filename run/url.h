/* SPDX-License-Identifier: BSD-2-Clause */
/* What --in and --out accept. Parsing opens nothing. */
#ifndef PLAIT_RUN_URL_H
#define PLAIT_RUN_URL_H

#include "run/error.h"

#define URL_PATH 4096 /* longest file name, with the final zero */
#define URL_HOST 256  /* longest HOST:PORT, with the final zero */

enum url_kind {
    URL_UDP = 1,   /* udp://HOST:PORT and rtp://HOST:PORT: one UDP datagram is one datagram */
    URL_STDIO = 2, /* "-": standard input or output */
    URL_FILE = 3,  /* file:PATH, file:///PATH */
    URL_SRT = 4,   /* srt://HOST:PORT?mode=... */
};

struct url {
    enum url_kind kind;
    char text[URL_PATH + 16]; /* as written, for messages */
    char host[URL_HOST];      /* UDP, SRT: HOST:PORT, still to be looked up */
    char path[URL_PATH];      /* FILE */
    char query[URL_HOST];     /* what follows '?' */
    char iface[16];           /* UDP, of a multicast group: iface=, "" by the routes */
    int ttl;                  /* UDP, of a multicast group: ttl=, 0 is the host's default */
};

/* PLAIT_ERR_INVALID with the value and the cure in error. */
int url_parse(const char *text, struct url *out, struct run_error *error);

/* Cuts the next KEY=VALUE off a query: returns KEY, NULL when *next is NULL, which it becomes after
 * the last. *value is NULL where there is no '='. */
char *url_pair(char **next, char **value);

#endif
