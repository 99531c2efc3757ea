/* SPDX-License-Identifier: BSD-2-Clause */
/* Every protocol constant on one page. Times are nanoseconds, sizes bytes, unless the name says so.
 */
#ifndef PLAIT_BASE_LIMITS_H
#define PLAIT_BASE_LIMITS_H

#include <stdint.h>

#define NS_PER_US UINT64_C(1000)
#define NS_PER_MS UINT64_C(1000000)
#define NS_PER_S  UINT64_C(1000000000)
#define NEVER     UINT64_MAX

/* -- Sizes -- */
#define MAX_PATHS       16
#define MAX_UDP         1472 /* largest UDP payload: 1500 - IPv4 and UDP headers */
#define DEFAULT_MAX_UDP 1372 /* fits a path of 1400 bytes with IPv4, 1420 with IPv6 */
#define MIN_MAX_UDP     600
#define IP_UDP_OVERHEAD 28   /* what a link carries besides the payload */
#define DEFAULT_STORE   8192 /* source packets: one latency at 80 Mbit/s */
#define MAX_STORE       65536
#define MIN_STORE       64
#define SENTMAP_PACKETS 8192 /* a path's packets that are unaccounted for, a power of two */
#define ACK_HISTORY     256  /* receipts a path remembers for reporting, a power of two */
#define ACK_MAX_ENTRIES 192  /* packet numbers one ACK frame describes */
#define NACK_MAX_RANGES 24
#define SYMBOL_HEADER   5 /* a source symbol's, before the payload: length and flags, write time */
#define PROTECT_WINDOW  128 /* source packets one repair symbol covers at most; the wire: 255 */
#define EVENTS_QUEUED   64

/* -- Feedback (every 10-20 ms or 8 packets) -- */
#define ACK_EVERY_PACKETS 8
#define ACK_DELAY         (10 * NS_PER_MS)
#define ACK_TICK          (32 * NS_PER_US) /* resolution of receive times on the wire */

/* -- Paths -- */
#define FAR_RTT             (250 * NS_PER_MS) /* a start on a link so far takes seconds */
#define KEEPALIVE           (200 * NS_PER_MS) /* an active path without media is asked this often */
#define PING_EVERY          NS_PER_S /* one with media: what is small enters a link at once */
#define PROBE_EVERY         (25 * NS_PER_MS)   /* a suspect path */
#define PROBE_DOWN_EVERY    (150 * NS_PER_MS)  /* a path that is down */
#define SUSPECT_AFTER       (100 * NS_PER_MS)  /* no receipts; or four times the jitter */
#define PATH_DOWN_AFTER     (3000 * NS_PER_MS) /* of silence while probed */
#define PATH_KEPT           (30 * NS_PER_S)    /* a receiver's, of silence while others speak */
#define CHALLENGE_EVERY     (100 * NS_PER_MS)
#define CHALLENGE_MAX_EVERY (1600 * NS_PER_MS)
#define CHALLENGE_AGAIN     (2000 * NS_PER_MS) /* the receiver measures a round trip so often */

/* -- Sessions -- */
#define HANDSHAKE_RETRY     (250 * NS_PER_MS) /* doubles to .. */
#define HANDSHAKE_RETRY_MAX (1000 * NS_PER_MS)
#define HANDSHAKE_SLOW_MAX  (5 * NS_PER_S)     /* .. and where answers come late to this */
#define HANDSHAKE_KEPT      (5 * NS_PER_S)     /* a receiver's answer waits this long */
#define SILENCE_AT_FIRST    (2000 * NS_PER_MS) /* the same, while no receipt came under new keys */
#define SILENCE_RECONNECT   (400 * NS_PER_MS)  /* nothing authentic: shake hands anew */
#define SESSION_DEAD_AFTER  (30 * NS_PER_S) /* nothing authentic: the receiver frees the session */
#define CLOSE_COPIES        3               /* goodbyes on each path */
#define GONE_COPIES         3               /* times a path's removal is told */

/* The receiver hands out this much before the deadline, so that a timer's slack does not cross it.
 */
#define RELEASE_LEAD (2 * NS_PER_MS)

#endif
