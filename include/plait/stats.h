/* SPDX-License-Identifier: BSD-2-Clause */
/* Statistics: a snapshot by value. Totals only ever grow while a session lives; rates and delays
 * are the current estimates. On a sender the forward path is measured from the receiver's receipts.
 */
#ifndef PLAIT_STATS_H
#define PLAIT_STATS_H

#include "plait/plait.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Raised when a field changes its name, its meaning or its place. 2: a path's `window` is
 * `window_bytes`. */
#define PLAIT_STATS_VERSION 2

enum plait_path_state {
    PLAIT_PATH_NONE = 0,       /* slot not in use */
    PLAIT_PATH_VALIDATING = 1, /* challenge sent, carries nothing else */
    PLAIT_PATH_ACTIVE = 2,     /* carries media */
    PLAIT_PATH_SUSPECT = 3,    /* receipts overdue: media only for want of others */
    PLAIT_PATH_DOWN = 4,       /* silent for long: probed every 150 ms */
};

struct plait_path_stats {
    uint32_t path;
    uint32_t link;
    enum plait_path_state state;
    struct plait_addr local, remote;
    uint64_t rate_bps;     /* sender: delivery rate now, bit/s */
    uint64_t capacity_bps; /* sender: estimated capacity, bit/s */
    uint64_t pacing_bps;   /* sender */
    uint64_t rtt_ns;       /* smoothed; 0: not measured yet */
    uint64_t min_rtt_ns;   /* 0: not measured yet */
    uint64_t queue_ns;     /* sender: own queue on the link (one-way delay above its minimum) */
    uint64_t jitter_ns;
    uint32_t bytes_in_flight;
    uint32_t window_bytes;             /* media is sent only while bytes_in_flight stays within */
    uint32_t loss_ppm;                 /* share of packets lost lately, parts a million */
    uint32_t share_ppm;                /* of the stream's bytes lately */
    uint64_t packets_sent, bytes_sent; /* bytes: UDP payload */
    uint64_t packets_received, bytes_received;              /* authentic ones */
    uint64_t packets_acked, packets_lost, packets_spurious; /* spurious: lost, then acked */
    uint64_t duplicates;                                    /* packets with a number seen before */
};

/* Sender: written = acked + dropped + expired, once all is settled (counted in source packets;
 * a datagram above one packet is several). Receiver: expected = delivered + missing. */
struct plait_stream_stats {
    /* sender */
    uint64_t written, written_bytes;   /* source packets taken, their payload */
    uint64_t sent_first;               /* first transmissions */
    uint64_t resent;                   /* after a loss was known or the peer asked */
    uint64_t reinjected;               /* second copies before a loss was known */
    uint64_t repair_sent;              /* repair symbols */
    uint64_t acked;                    /* source packets known to have arrived in time to count */
    uint64_t dropped;                  /* never sent: could not make it, or store full */
    uint64_t dropped_low, dropped_key; /* of those, by worth: LOW; KEY and TOP */
    uint64_t expired;                  /* sent, deadline passed unacknowledged */
    uint32_t backlog;                  /* source packets written and not sent yet */
    uint64_t advice_bps;               /* plait_stream_advice() */
    /* receiver */
    uint64_t expected;                   /* sequence numbers whose deadline has passed */
    uint64_t delivered, delivered_bytes; /* source packets, in order */
    uint64_t datagrams;                  /* media datagrams handed out */
    uint64_t missing;                    /* never there by the deadline: late + lost + skipped */
    uint64_t late;                       /* of those, arrived after it */
    uint64_t skipped;                    /* of those, given up by the sender */
    uint64_t duplicates;                 /* arrived more than once, or after being skipped */
    uint64_t recovered_fec;              /* delivered thanks to a repair symbol */
    uint64_t recovered_arq;              /* delivered by a second transmission of any kind */
    uint32_t reorder_depth;              /* packets waiting now */
    uint64_t latency_ns;                 /* agreed; a sender's too */
    uint64_t latency_measured_ns;        /* of the last delivery, by the receiver's estimate */
    int64_t headroom_ns;                 /* smallest time to spare of arrivals in the last second */
};

struct plait_stats {
    uint32_t version; /* PLAIT_STATS_VERSION */
    uint32_t session;
    uint8_t peer_key[PLAIT_KEY_BYTES];
    uint8_t up; /* 1: keys are there */
    uint64_t uptime_ns;
    uint64_t rekeys; /* handshakes and key generations so far */
    struct plait_stream_stats stream;
    uint32_t paths; /* entries used below */
    struct plait_path_stats path[PLAIT_MAX_PATHS];
};

/* Datagrams that never reached a session, by reason. */
struct plait_door_stats {
    uint64_t received, malformed, unauthentic, replayed, refused, unknown_session, rate_limited,
        cookies_sent;
    uint64_t no_room; /* handshakes of peers that are allowed, while all sessions are taken */
};

/* PLAIT_ERR_NOT_FOUND for a session that is not there; sessions are numbered 0..max_sessions-1. */
int plait_stats_get(const struct plait_endpoint *ep, uint64_t now, uint32_t session,
                    struct plait_stats *out);
void plait_door_stats_get(const struct plait_endpoint *ep, struct plait_door_stats *out);

#ifdef __cplusplus
}
#endif
#endif
