/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Plait: one live stream over several weak links. The sans-I/O protocol core.
 *
 * The endpoint is a state machine without sockets, clock or threads. The caller owns all of those:
 *
 *   - every entry takes `now`, nanoseconds of one monotonic clock (any origin that keeps it below
 *     2^52 microseconds, 142 years; never stepping back);
 *   - after init and after EVERY call that changes the endpoint (recv, write, open, path_add, the
 *     passing of a timeout) call plait_endpoint_poll() until it returns PLAIT_POLL_TIMEOUT, carry
 * out what it says, and call it again at that time at the latest;
 *   - memory is one block of plait_endpoint_bytes(config), owned by the caller, never grown.
 *
 * An endpoint is a sender (opens sessions, writes one stream a session) or a receiver (admits
 * sessions, delivers their streams in order at write time + latency). It may be used by one thread
 * at a time. Functions return PLAIT_OK (0) or a negative enum plait_err; plait_strerror() has the
 * text.
 */
#ifndef PLAIT_PLAIT_H
#define PLAIT_PLAIT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PLAIT_NEVER        UINT64_MAX /* "no time": a timeout that never comes */
#define PLAIT_KEY_BYTES    32         /* X25519 secret and public keys, pre-shared keys */
#define PLAIT_MAX_PATHS    16         /* paths a session can have at a time */
#define PLAIT_MAX_DATAGRAM 16384      /* largest media datagram, bytes; above: PLAIT_ERR_TOO_BIG */
#define PLAIT_MAX_UDP      1472       /* largest UDP payload Plait ever sends, bytes */

#define PLAIT_LATENCY_MIN_NS     (20 * UINT64_C(1000000))
#define PLAIT_LATENCY_MAX_NS     (10000 * UINT64_C(1000000))
#define PLAIT_LATENCY_DEFAULT_NS (1000 * UINT64_C(1000000))

enum plait_err {
    PLAIT_OK = 0,
    PLAIT_ERR_INVALID = -1,     /* an argument is out of its documented range */
    PLAIT_ERR_NO_MEMORY = -2,   /* the block given to init is smaller than plait_endpoint_bytes() */
    PLAIT_ERR_LIMIT = -3,       /* a declared maximum (sessions, paths, peers, queue) is reached */
    PLAIT_ERR_NOT_FOUND = -4,   /* no such session, path or peer */
    PLAIT_ERR_TOO_BIG = -5,     /* a datagram above PLAIT_MAX_DATAGRAM */
    PLAIT_ERR_STATE = -6,       /* not possible in this state (write on a closing session, ..) */
    PLAIT_ERR_CRYPTO = -7,      /* a key is malformed, or the crypto library does not start */
    PLAIT_ERR_MALFORMED = -8,   /* a datagram that is no Plait packet: counted, dropped */
    PLAIT_ERR_UNAUTHENTIC = -9, /* a datagram that does not open: counted, dropped */
    PLAIT_ERR_REPLAYED = -10,   /* a packet number seen before: counted, dropped */
    PLAIT_ERR_REFUSED = -11,    /* a peer that is not on the allow list */
    PLAIT_ERR_FULL = -12,    /* the send store holds one latency of packets; this one was dropped */
    PLAIT_ERR_SYSTEM = -100, /* of plait/run.h: the operating system refused */
};

/* Text for an error code; never NULL. */
const char *plait_strerror(int err);

struct plait_addr {
    uint8_t family; /* 0 none, 4 or 6 */
    uint8_t ip[16]; /* network order; IPv4 in the first four bytes, the rest zero */
    uint16_t port;  /* host order */
    uint32_t scope; /* IPv6 scope id, else 0 */
};

enum plait_role {
    PLAIT_SENDER = 1,
    PLAIT_RECEIVER = 2,
};

/* Bonding mode: what several links are for. */
enum plait_mode {
    PLAIT_MODE_AGGREGATE = 0, /* all links carry parts of the stream */
    PLAIT_MODE_BACKUP = 1,    /* the link of the lowest priority number that lives, is not too slow
                                   for the latency and carries what is written carries it */
    PLAIT_MODE_BROADCAST = 2, /* every link carries all of it */
};

enum plait_scheduler {
    PLAIT_SCHED_ON_TIME = 0,  /* default: late binding, earliest and most probably on time */
    PLAIT_SCHED_EARLIEST = 1, /* plain earliest delivery, the baseline of docs/DECISIONS.md */
    PLAIT_SCHED_DWRR = 2,     /* deficit weighted round robin by estimated rate */
};

enum plait_controller {
    PLAIT_CC_DELAY = 0, /* default: delivery rate and queue delay */
    PLAIT_CC_AIMD = 1,  /* loss-based additive increase, multiplicative decrease */
};

/* What a media datagram is worth, when not all can go. */
enum plait_worth {
    PLAIT_WORTH_AUTO = 0,  /* let media hints decide (MPEG-TS is recognised), else DELTA */
    PLAIT_WORTH_LOW = 1,   /* first to go: null packets, disposable frames */
    PLAIT_WORTH_DELTA = 2, /* ordinary media */
    PLAIT_WORTH_KEY = 3,   /* key frames, tables, audio */
    PLAIT_WORTH_TOP = 4,   /* telemetry, control: last to go */
};

struct plait_trace; /* plait/trace.h */

struct plait_config {
    enum plait_role role;
    uint8_t secret_key[PLAIT_KEY_BYTES]; /* own static X25519 key; all zeros: invalid */
    uint64_t latency_ns;                 /* 0: default; the larger wish of both sides is agreed */
    enum plait_mode mode;
    enum plait_scheduler scheduler;
    enum plait_controller controller;
    uint8_t fec_off;      /* 1: never send repair symbols */
    uint8_t reinject_off; /* 1: never send a second copy before a loss is known */
    uint8_t hints_off;    /* 1: do not look into payloads for MPEG-TS */
    /* UDP payload limit, bytes, 600..1472; 0: 1372 (1400 with IPv4's header, 1420 with IPv6's). */
    uint16_t max_udp;
    uint32_t max_sessions; /* 0: 1 for a sender, 4 for a receiver; at most 64 */
    uint32_t max_peers;    /* receiver: allow-list entries; 0: 16; at most 1024 */
    /* Ring of source packets, a power of two, 64..65536; 0: 8192. Holds one latency of the stream.
     */
    uint32_t store_packets;
    /* Fills out with n unpredictable bytes. Required. Called only inside plait_endpoint_init(),
     * plait_session_open(), plait_endpoint_recv() and plait_endpoint_poll(). */
    void (*random)(void *ctx, uint8_t *out, size_t n);
    void *random_ctx;
    /* Told what is decided (plait/trace.h); NULL: nobody asks, and it costs nothing. */
    void (*trace)(void *ctx, const struct plait_trace *record);
    void *trace_ctx;
    /* First sequence number and packet number; 0 in production, near the wrap in tests. */
    uint64_t test_first_seq;
    uint64_t test_first_pn;
};

struct plait_endpoint;

/* The first field that is out of its range, with that range, in one line; NULL when none is. */
const char *plait_config_fault(const struct plait_config *config);

/* Bytes of memory the endpoint needs for this configuration; 0 when plait_config_fault() has one.
 */
size_t plait_endpoint_bytes(const struct plait_config *config);

/* Builds the endpoint in `memory` (at least plait_endpoint_bytes(), 64-byte aligned, of any
 * content, kept by the caller until plait_endpoint_wipe()). The configuration is copied. Most of
 * the memory is not touched before it is used, so untouched pages (mmap) stay free. It will hold
 * keys: leave it out of core dumps (MADV_DONTDUMP) where that matters. PLAIT_ERR_INVALID: the
 * configuration or the alignment; PLAIT_ERR_NO_MEMORY: too few bytes; PLAIT_ERR_CRYPTO: libsodium
 * does not start. */
int plait_endpoint_init(void *memory, size_t bytes, const struct plait_config *config, uint64_t now,
                        struct plait_endpoint **out);

/* Wipes keys and state; the memory may then be freed. */
void plait_endpoint_wipe(struct plait_endpoint *ep);

/* ---- Admission (receiver) ---- */

/* Lets the peer with this public key in; psk is 32 bytes or NULL. Again for the same key: replaced.
 * PLAIT_ERR_LIMIT: max_peers are there; PLAIT_ERR_STATE: a sender, which lets nobody in. */
int plait_peer_allow(struct plait_endpoint *ep, const uint8_t public_key[PLAIT_KEY_BYTES],
                     const uint8_t *psk);

/* Takes the peer from the list and ends its session at once. PLAIT_ERR_NOT_FOUND when unknown. */
int plait_peer_revoke(struct plait_endpoint *ep, uint64_t now,
                      const uint8_t public_key[PLAIT_KEY_BYTES]);

/* ---- Sessions and paths (sender; a receiver learns both from its peers) ---- */

/* Starts a session with the receiver of this public key; it is up with PLAIT_EVENT_SESSION_UP.
 * Needs at least one path to send its handshake on. psk is 32 bytes or NULL. A receiver has one
 * session up for each sender's key, and a new one replaces it (PLAIT_CLOSE_REPLACED): several
 * streams to one receiver are several senders, each an endpoint with a key of its own. Where a slot
 * is free the receiver still hands out what the replaced one holds: the new one's SESSION_UP may
 * come before the old one's SESSION_CLOSED, its media does not. PLAIT_ERR_STATE: not a sender;
 * PLAIT_ERR_CRYPTO: no valid key; PLAIT_ERR_LIMIT: max_sessions are there. */
int plait_session_open(struct plait_endpoint *ep, uint64_t now,
                       const uint8_t peer_key[PLAIT_KEY_BYTES], const uint8_t *psk,
                       uint32_t *session);

/* Says goodbye on every path and frees the session after that. The peer still delivers what it has,
 * in its time, and is then told of the end; nothing is sent again and nothing delivered here: to
 * drain first, stop writing and wait until plait_stream_pending() is 0 or one latency has passed.
 */
int plait_session_close(struct plait_endpoint *ep, uint64_t now, uint32_t session);

/* Wishes another latency (PLAIT_LATENCY_MIN_NS..MAX_NS); agreed with the peer within a round trip.
 * PLAIT_ERR_NOT_FOUND: no such session; PLAIT_ERR_STATE: it is ending; PLAIT_ERR_INVALID: out of
 * range. */
int plait_session_latency_set(struct plait_endpoint *ep, uint64_t now, uint32_t session,
                              uint64_t latency_ns);

/* What sessions that begin from now on wish; those that are there keep theirs. PLAIT_ERR_INVALID:
 * not PLAIT_LATENCY_MIN_NS..MAX_NS. */
int plait_endpoint_latency_set(struct plait_endpoint *ep, uint64_t latency_ns);

struct plait_path_config {
    uint32_t link;            /* the caller's number for the link, given back in TRANSMIT */
    struct plait_addr local;  /* family 0: left to the caller; else the remote's */
    struct plait_addr remote; /* where this link reaches the receiver */
    uint64_t max_bps;         /* upper limit the user set, bit/s; 0: none */
    uint32_t cost;            /* relative price, 0 is free; higher is used when needed */
    uint32_t priority;        /* backup mode: lower carries first */
};

/* Adds a path to a sender's session; `path` receives its ID (0..PLAIT_MAX_PATHS-1).
 * PLAIT_ERR_NOT_FOUND: no such session; PLAIT_ERR_STATE: a receiver's, or it is ending, or another
 * session has a path to this address and the same peer (see plait_session_open());
 * PLAIT_ERR_INVALID: no remote address or port, or a local one of another family;
 * PLAIT_ERR_LIMIT: PLAIT_MAX_PATHS are there. */
int plait_path_add(struct plait_endpoint *ep, uint64_t now, uint32_t session,
                   const struct plait_path_config *config, uint32_t *path);

/* Takes a path away (its link is gone); what was in flight on it is resent elsewhere.
 * PLAIT_ERR_NOT_FOUND: no such session or path; PLAIT_ERR_STATE: a receiver's, or it is over. */
int plait_path_remove(struct plait_endpoint *ep, uint64_t now, uint32_t session, uint32_t path);

/* ---- The stream ---- */

/* Takes one media datagram (copied; 1..PLAIT_MAX_DATAGRAM bytes), due at now + latency at the other
 * end. May be called before the session is up. PLAIT_ERR_FULL: it was counted as dropped;
 * PLAIT_ERR_NOT_FOUND: no such session; PLAIT_ERR_STATE: a receiver's, or it is ending;
 * PLAIT_ERR_INVALID: empty, or no such worth; PLAIT_ERR_TOO_BIG. */
int plait_stream_write(struct plait_endpoint *ep, uint64_t now, uint32_t session,
                       const uint8_t *data, size_t len, enum plait_worth worth);

/* Source packets written whose deadline has not passed and that are not known to have arrived. */
uint32_t plait_stream_pending(const struct plait_endpoint *ep, uint32_t session);

/* The media rate (bit/s) that can be sent now within the latency; 0 while unknown. */
uint64_t plait_stream_advice(const struct plait_endpoint *ep, uint32_t session);

/* ---- Input and output ---- */

/* Hands in one UDP payload. Whatever it is, it changes no state unless it is authentic. The return
 * value is for counting; every negative one means "dropped". */
int plait_endpoint_recv(struct plait_endpoint *ep, uint64_t now, uint32_t link,
                        const struct plait_addr *local, const struct plait_addr *remote,
                        const uint8_t *data, size_t len);

/* Up to 64 events of a session wait to be polled. LATENCY, OVERLOAD, ADVICE and REKEYED replace one
 * of their kind that waits. Who does not poll loses the oldest; SESSION_CLOSED is never lost. */
enum plait_event_kind {
    PLAIT_EVENT_SESSION_UP = 1,     /* value: agreed latency, ns */
    PLAIT_EVENT_SESSION_CLOSED = 2, /* value: enum plait_close */
    PLAIT_EVENT_PATH_UP = 3,        /* validated, carries media */
    PLAIT_EVENT_PATH_SUSPECT = 4,   /* overdue receipts: media only where no other path is left */
    PLAIT_EVENT_PATH_DOWN = 5,      /* silent for long */
    PLAIT_EVENT_PATH_REMOVED = 6,   /* taken away by either side, after it was up */
    PLAIT_EVENT_PATH_MOVED = 7,     /* the peer's address changed and was validated */
    PLAIT_EVENT_LATENCY = 8,        /* value: newly agreed latency, ns */
    PLAIT_EVENT_OVERLOAD = 9,       /* media is being dropped; value: packets dropped so far */
    PLAIT_EVENT_ADVICE = 10,        /* value: plait_stream_advice() changed, bit/s */
    /* Both directions; value: key generation. 0 at a receiver: a new handshake, of which a sender
     * is told by SESSION_UP. */
    PLAIT_EVENT_REKEYED = 11,
};

enum plait_close {
    PLAIT_CLOSE_LOCAL = 0,   /* plait_session_close() here */
    PLAIT_CLOSE_PEER = 1,    /* the peer said goodbye */
    PLAIT_CLOSE_SILENT = 2,  /* a receiver's: nothing authentic for 30 s. A sender tries on */
    PLAIT_CLOSE_REVOKED = 3, /* no longer allowed */
    /* The peer started anew; told when media of before is delivered, in its time (lost: where no
     * session is free, or the peer does so again before that). */
    PLAIT_CLOSE_REPLACED = 4,
    PLAIT_CLOSE_EXHAUSTED = 5, /* the peer does not change its keys, and ours are used up */
};

struct plait_event {
    enum plait_event_kind kind;
    uint32_t path; /* where it concerns one, else UINT32_MAX */
    uint64_t value;
};

enum plait_poll_kind {
    PLAIT_POLL_TIMEOUT = 0,  /* nothing more now; call again at `timeout` at the latest */
    PLAIT_POLL_TRANSMIT = 1, /* send this datagram */
    PLAIT_POLL_DELIVER = 2,  /* hand this media datagram to the output */
    PLAIT_POLL_EVENT = 3,
};

/* What to do next. Pointers are valid until the next call on the endpoint. */
struct plait_poll {
    enum plait_poll_kind kind;
    uint32_t session; /* not for TIMEOUT; UINT32_MAX for a TRANSMIT before a session exists */
    uint64_t timeout; /* TIMEOUT: absolute, ns, PLAIT_NEVER possible */
    const uint8_t *data;
    size_t len;
    uint32_t link;            /* TRANSMIT */
    struct plait_addr local;  /* TRANSMIT: source address to use, family 0: any */
    struct plait_addr remote; /* TRANSMIT */
    uint64_t seq;             /* DELIVER: of its (last) source packet */
    uint64_t latency_ns;      /* DELIVER: write to delivery, by the receiver's estimate */
    struct plait_event event; /* EVENT */
};

/* Returns kind (>= 0). Never fails. */
int plait_endpoint_poll(struct plait_endpoint *ep, uint64_t now, struct plait_poll *out);

#ifdef __cplusplus
}
#endif
#endif
