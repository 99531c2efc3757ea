/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A session: keys and paths shared with a peer, and the one stream that goes from the sender to the
 * receiver. It ties the islands together. rx writes state, tx reads it; neither calls the other.
 *
 *   session.c    life: start, keys, paths, end
 *   handshake.c  the two handshake messages
 *   rx.c         opens packets, dispatches frames
 *   rx_path.c    learns paths and addresses
 *   offset.c     what time it is at the receiver
 *   rx_report.c  works in the receiver's reports
 *   tx.c         fills datagrams: what goes first
 *   tx_media.c   which source packet on which path
 *   backup.c     which path carries in backup mode; broadcast.c: where each carries all
 *   budget.c     what goes in an over-load; margin.c: how far forecasts are trusted then
 *   protect.c    repair symbols; protect_rx.c: recovers from them
 *   padding.c    what fills an idle link
 *   advice.c     what an encoder is told
 *   feedback.c   the receiver's reports
 *   deliver.c    releases, reassembles, hands out
 *   timers.c     what time alone changes
 *   stats.c      what plait_stats_get tells
 *   trace.c      tells plait_config.trace what is decided
 */
#ifndef PLAIT_SESSION_SESSION_H
#define PLAIT_SESSION_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arq/gaps.h"
#include "core/arq/rtx_policy.h"
#include "core/arq/rtx_store.h"
#include "core/base/arena.h"
#include "core/base/limits.h"
#include "core/crypto/cookie.h"
#include "core/crypto/keyring.h"
#include "core/crypto/noise.h"
#include "core/crypto/replay.h"
#include "core/media/clock.h"
#include "core/media/hint.h"
#include "core/media/reorder.h"
#include "core/path/path.h"
#include "core/path/way_back.h"
#include "core/sched/sched.h"
#include "core/session/advice.h"
#include "core/session/margin.h"
#include "core/session/protect.h"
#include "core/wire/frame.h"
#include "core/wire/packet.h"
#include "plait/plait.h"
#include "plait/stats.h"

#define HANDSHAKE_MAX  256 /* bytes of any handshake message */
#define CID_INDEX_BITS 6   /* low bits of a CID: the session's index */
#define CID_NONE       UINT32_MAX
#define FIRST_PAYLOAD  44
#define SECOND_PAYLOAD 28

enum session_state {
    SESSION_NONE = 0,
    SESSION_CONNECTING = 1, /* no keys yet */
    SESSION_UP = 2,
    SESSION_CLOSING = 3, /* saying goodbye */
    SESSION_OVER = 4,    /* the event is to be told, then the slot is free */
};

enum session_fact {
    SESSION_FACT_OPENED,
    SESSION_FACT_KEYED,  /* keys agreed (and, at the receiver, confirmed) */
    SESSION_FACT_CLOSED, /* close asked for here */
    SESSION_FACT_GOODBYES_SENT,
    SESSION_FACT_ENDED, /* by the peer, by silence, by revocation */
    SESSION_FACT_TOLD,
    SESSION_FACT_UNCONFIRMED, /* receiver: nobody used the keys of its answer */
};

enum session_state session_step(enum session_state state, enum session_fact fact);

/* What one handshake leaves: keys, the two connection IDs, where the packet numbers start. */
struct keyset {
    struct keyring ring;
    uint32_t local_cid, remote_cid; /* CID_NONE: not in use */
    uint64_t send_base, recv_base;  /* first packet numbers */
};

#define FIRSTS_KNOWN 6 /* a round trip of 4 s is answered so many late */

/* A FIRST that was given up for the next one. It may be answered yet, and the answer is worth what
 * it proves. */
struct given_up {
    uint32_t cid;
    uint64_t started_ns; /* 0: none, or its answer came */
    struct noise_handshake noise;
    uint8_t mac1[PACKET_MAC_LEN];
};

/* The sender's handshake under way. */
struct initiation {
    bool active;
    struct noise_handshake noise;
    uint8_t message[HANDSHAKE_MAX];
    size_t len;
    uint32_t local_cid;
    struct given_up before[FIRSTS_KNOWN];
    uint64_t stamp;      /* of the last FIRST made: rises with each */
    uint64_t started_ns; /* when its first copy was sent; NEVER: not yet */
    uint64_t next_ns, interval_ns;
    uint32_t paths_due; /* bit i: to be sent on path i */
    uint8_t cookie[COOKIE_LEN];
    uint64_t cookie_until_ns;
};

/* The receiver's answer under way: keys that the sender has not confirmed yet. */
struct tentative {
    bool active;
    struct keyset keys;
    uint64_t instance, stamp, first_seq, since_ns;
    uint8_t first_digest[32]; /* names the FIRST it answers: a repetition gets the same answer */
    uint8_t message[HANDSHAKE_MAX];
    size_t len;
    uint64_t latency_wish_ns;
    enum plait_mode mode;
};

struct path_addr {
    struct plait_addr local, remote; /* where we send */
    struct plait_addr candidate;     /* a new address of the peer, under validation */
    struct plait_addr candidate_local;
    uint32_t candidate_link;
    bool moving;
    uint64_t unvalidated_bytes; /* what an address that is not validated may still be sent */
    uint64_t gone_below;        /* packets with lower numbers do not bring a removed path back */
    struct replay_window replay;
};

#define HEADROOM_KEPT (2 * NS_PER_S)
#define REVIEW_EVERY  (20 * NS_PER_MS) /* at least, while something is under way */

struct session {
    enum session_state state;
    bool is_used; /* it was reset since the endpoint's start: its pools may hold something */
    bool is_sender;
    uint32_t index;
    const struct plait_config *config; /* the endpoint's copy */
    uint8_t peer_key[PLAIT_KEY_BYTES];
    uint8_t psk[PLAIT_KEY_BYTES];
    bool has_psk;
    uint64_t instance;
    uint64_t stamp; /* receiver: of the FIRST that led to the keys */
    enum plait_mode mode;
    uint64_t latency_ns;      /* agreed */
    uint64_t latency_wish_ns; /* own */
    uint64_t peer_wish_ns;    /* receiver: the sender's */
    enum plait_close close_reason;
    uint64_t since_ns, last_authentic_ns;
    bool heard;                 /* sender: a receipt came under the keys in use */
    uint64_t answered_after_ns; /* how long the handshake took that brought them; sender */
    uint64_t rekeys;            /* handshakes and key generations so far */
    uint64_t generation;        /* of the keyring when it was looked at last */

    struct keyset keys;
    struct initiation initiation; /* sender */
    struct tentative tentative;   /* receiver */

    struct path paths[MAX_PATHS];
    struct path_addr addrs[MAX_PATHS];
    uint32_t paths_used;     /* one above the highest slot ever in use */
    uint32_t goodbyes;       /* still to be sent */
    uint64_t share_since_ns; /* when the paths' media_bytes were halved last */

    struct plait_event events[EVENTS_QUEUED];
    uint32_t events_head, events_count;

    /* sender */
    struct rtx_store store;
    struct sched sched;
    struct media_clock clock;
    struct hint hint;
    struct advice advice;
    struct margin margin;
    uint64_t copies;              /* broadcast: over further paths, each for the first time */
    uint64_t aside_age_ns;        /* how old what was set aside was then: smoothed */
    bool pressed;                 /* what is worth most goes first */
    uint64_t budget_ns;           /* when the backlog is to be weighed again */
    uint64_t report_ns;           /* the newest report's time, receiver's clock */
    struct way_back way_back;     /* of reports */
    uint64_t reviewed_ns;         /* when session_review ran last */
    uint64_t held_up_ns;          /* when it ran first after a hold-up; 0: that is over */
    uint64_t blocked_until_ns;    /* media waits for pacing until then; NEVER: for a report */
    uint64_t control_due_ns;      /* LATENCY, SKIP, PATH_GONE: when to send; NEVER */
    bool latency_pending;         /* the receiver has not confirmed our wish */
    uint64_t skip_from, skip_end; /* dropped packets the receiver is to be told of lie in here */
    uint64_t broadcast_next[MAX_PATHS];

    /* receiver */
    bool waits; /* the peer's session of before is handed out first, and its end told */
    struct reorder reorder;
    struct gaps gaps;
    uint64_t feedback_sent_ns;
    uint64_t report_due_ns; /* REPORT, LATENCY */
    uint32_t feedback_turn;
    uint32_t feedback_paths; /* bit i: the report under way is still to go on path i */
    uint32_t feedback_told;  /* bit i: it holds path i's receipts */
    uint8_t *assembly;       /* PLAIT_MAX_DATAGRAM: a fragmented datagram */
    size_t assembled;
    bool assembling;
    uint64_t headroom_since_ns;
    int64_t headroom_ns, headroom_next_ns;

    struct protect protect;
    struct plait_stream_stats stream;
    uint8_t plain[MAX_UDP + 16]; /* the packet being written */
};

/* -- session.c -- */
void session_cut(struct session *session, struct arena *arena, const struct plait_config *config);
/* Source packet payload limit: what a datagram carries besides header, frame header and tag. */
uint32_t session_payload_max(const struct plait_config *config);
/* Cleans the slot for a new peer; pools stay. */
void session_reset(struct session *session, const struct plait_config *config, uint32_t index,
                   uint64_t now);
/* Wipes the slot and what its pools hold. */
void session_wipe(struct session *session);
void session_adopt_keys(struct session *session, uint64_t now, const struct keyset *keys);
void session_start_stream(struct session *session, uint64_t first_seq);
void session_end(struct session *session, enum session_fact fact, enum plait_close reason);
int session_path_add(struct session *session, uint64_t now, uint32_t slot,
                     const struct plait_path_config *config);
void session_path_remove(struct session *session, uint64_t now, uint32_t slot);
void session_tell(struct session *session, enum plait_event_kind kind, uint32_t path,
                  uint64_t value);
/* How long nothing authentic may come before the sender shakes hands anew: once reports flow they
 * never pause for long, but under new keys the first takes a round trip. */
uint64_t session_silence_ns(const struct session *session);
/* The peer did not follow a rekey, and the key is half used up. */
bool session_key_is_old(const struct session *session);
/* Wipes what a handshake under way holds. */
void session_forget_handshake(struct session *session);
/* A latency that may be wished, and agreed on. */
static inline bool session_is_latency(uint64_t ns)
{
    return ns >= PLAIT_LATENCY_MIN_NS && ns <= PLAIT_LATENCY_MAX_NS;
}
/* This latency holds from now on, for the queues that paths are allowed, too. */
void session_agree_latency(struct session *session, uint64_t latency_ns);
/* Packet numbers of new keys start above every number used so far. */
uint64_t session_number_base(const struct session *session);
void session_path_step(struct session *session, uint32_t slot, uint64_t now, enum path_fact fact);
/* A copy of a source packet counts no longer as under way: when it was the last, the source packet
 * is wanted again (early: before a loss was known). */
void session_copy_gone(struct session *session, struct sent_packet *packet, bool early);
/* What is in flight on the path is no longer; source packets are wanted again. */
void session_forget_flight(struct session *session, uint32_t slot);

/* -- handshake.c -- */
/* Starts a new initiation (keys of an old one keep working until the new ones are there). */
void session_initiate(struct session *session, uint64_t now, const struct noise_keypair *own,
                      const struct cookie_keys *peer_cookie_keys);
/* One more path to send it on. One that has been under way for long is made anew: answered before,
 * it would be answered again with the time of then. */
void session_initiation_on_path(struct session *session, uint64_t now, uint32_t slot);
void session_initiation_mac(struct session *session, uint64_t now,
                            const struct cookie_keys *peer_cookie_keys);
/* The mac1 of the FIRST under way, or of one given up for it, that has this CID; NULL: none has. */
const uint8_t *session_first_mac1(const struct initiation *in, uint32_t cid);
/* An authentic answer, SECOND or COOKIE, to a FIRST that was given up, if it is one: the round trip
 * is longer than the next is waited for, so the one under way is waited for longer; the one after
 * it where the handshake before took far less. */
void session_wait_longer(struct session *session, uint64_t now, uint32_t cid);
/* SECOND arrived. PLAIT_OK: keys adopted. */
int session_on_second(struct session *session, uint64_t now, const struct packet_header *header);

struct first_payload {
    uint8_t suites; /* bit n: enum aead_suite n */
    enum plait_mode mode;
    uint64_t latency_ns, instance, first_seq, send_base, stamp;
};
/* header: the packet's, whose CID must be the one that was sealed. */
bool first_payload_decode(const uint8_t *bytes, size_t len, const struct packet_header *header,
                          struct first_payload *out);
/* Whether a FIRST may take the place of the handshake under way, or of the session: PLAIT_OK,
 * PLAIT_ERR_REPLAYED for one that is not the newest of its sender's start, PLAIT_ERR_LIMIT while
 * another start's handshake has only just begun. */
int session_may_answer(const struct session *session, uint64_t now,
                       const struct first_payload *payload);
/* Answers a FIRST whose payload and sender are known: fills session->tentative. */
int session_answer(struct session *session, uint64_t now, struct noise_handshake *noise,
                   const struct first_payload *payload, uint32_t remote_cid);
/* The peer has begun another beside this one. */
void session_replaced(struct session *session, uint64_t now);
/* A packet under the tentative keys opened. */
void session_confirm(struct session *session, uint64_t now);

/* -- rx.c -- */
int session_on_sealed(struct session *session, uint64_t now, uint32_t link,
                      const struct plait_addr *local, const struct plait_addr *remote,
                      const uint8_t *data, size_t len, const struct packet_header *header);
/* A source packet came, in a DATA frame or recovered. */
void session_on_source(struct session *session, uint64_t now, uint64_t seq, uint64_t written_ns,
                       uint8_t flags, const uint8_t *payload, size_t len, bool recovered);

/* -- rx_path.c -- */
/* The receiver learns paths and addresses from packets that opened. Only one that is newer than all
 * before it can move a path; it moves when the new address has answered a challenge. */
void session_learn_path(struct session *session, uint64_t now, uint32_t slot, uint32_t link,
                        const struct plait_addr *local, const struct plait_addr *remote,
                        uint64_t number, bool is_newest);
/* What comes from an address that is not validated is what may be sent to it. */
void session_credit_address(struct session *session, uint32_t slot, const struct plait_addr *remote,
                            size_t len);
/* Receiver: nothing came on the path for longer than silence_ns, and on others it did: the link is
 * down, not the sender. */
bool session_path_is_mute(const struct session *session, uint64_t now, uint32_t slot,
                          uint64_t silence_ns);
void session_on_response(struct session *session, uint64_t now, uint32_t slot,
                         const struct plait_addr *from, uint64_t token);
void session_on_path_gone(struct session *session, uint64_t now,
                          const struct frame_path_gone *gone);

/* -- offset.c -- */
void session_on_time(struct session *session, uint64_t now, uint32_t slot, uint64_t time_ns);
/* A clock was set: every relative delay is forgotten. */
void session_forget_delays(struct session *session);

/* -- rx_report.c (sender) -- */
void session_on_ack(struct session *session, uint64_t now, uint64_t time_ns,
                    const struct frame_ack *ack);
void session_on_nack(struct session *session, uint64_t now, const struct frame_nack *nack);
/* How long the links have served on since the newest report, where reports come in bunches: what
 * that brought is told of with the next. */
uint64_t session_unheard_ns(const struct session *session, uint64_t now);
/* After all frames of a report, and by time: overdue packets, suspects, resends. */
void session_review(struct session *session, uint64_t now);

/* -- tx.c -- */
/* Fills out->data.. with the next datagram; false when there is nothing to send now. */
bool session_poll_transmit(struct session *session, uint64_t now, struct plait_poll *out);
/* Seals what stands in session->plain after the header and fills out. */
void session_seal(struct session *session, uint64_t now, uint32_t slot, size_t len,
                  struct plait_poll *out);
/* After media, so long without a receipt or anything sent on the path and a PING goes. */
uint64_t session_tail_ns(const struct path *path);
/* Fills out with a datagram, of max_udp bytes or a small one, that wants a receipt and tells
 * nothing. */
void session_send_padding(struct session *session, uint64_t now, uint32_t slot, bool is_full,
                          struct plait_poll *out);
static inline struct writer session_writer(struct session *session)
{
    struct writer w = {session->plain + PACKET_SEALED_HEADER,
                       session->plain + session->config->max_udp - AEAD_TAG_LEN, false};
    return w;
}

/* -- tx_media.c -- */
bool session_transmit_media(struct session *session, uint64_t now, struct plait_poll *out);
int session_write(struct session *session, uint64_t now, const uint8_t *data, size_t len,
                  enum plait_worth worth);
/* Sends a source packet over the path. views, item: what the choice was made from, NULL when there
 * was none. */
void session_send_source(struct session *session, uint64_t now, uint32_t slot,
                         struct source *source, const struct sched_view *views,
                         const struct sched_item *item, struct plait_poll *out);
/* The path has something to send and may not: pacing will call again, or the window was in the way.
 */
void session_note_blocked(struct session *session, struct path *path, uint64_t now);
/* Delay from now until a packet on this path would arrive. */
uint64_t session_delay(struct session *session, uint32_t slot, uint64_t now, uint32_t bytes);

/* -- broadcast.c -- */
bool session_transmit_broadcast(struct session *session, uint64_t now, struct plait_poll *out);

/* -- backup.c -- */
/* True where the path does not bring a full packet in time that is written behind another one now:
 * datagrams come in pieces, and what has no time to spare for one packet brings none of it. */
bool session_path_is_slow(const struct session *session, uint32_t slot);
/* True in backup mode where a path in one of these states (bits, 1 << enum path_state) goes before
 * this one, as sched_backup_rank() has it: it is kept for need, and is to cost nothing. */
bool session_is_reserve(const struct session *session, uint32_t slot, uint32_t states);
/* In backup mode: leaves usable the view of the path that carries. When that one has become weak it
 * gives way to another. */
void session_leave_reserves(struct session *session, uint64_t now, struct sched_view *views,
                            uint32_t count);
/* What was weak for long enough gets its turn again. */
void session_review_backup(struct session *session, uint64_t now);

/* -- budget.c -- */
/* A source packet that was never sent is given up, with the other pieces of its datagram: counted
 * by its worth, and the receiver told. */
void session_count_drop(struct session *session, uint64_t now, const struct source *source);
void session_drop(struct session *session, uint64_t now, struct source *source);
/* A fresh source packet would be late as things stand: it makes way for those behind it, with the
 * other pieces of its datagram, but for good only when no path could bring it, were it empty. */
void session_set_aside(struct session *session, uint64_t now, struct source *source);
void session_take_back(struct session *session, uint64_t now, struct source *source);
void session_drop_hopeless(struct session *session, uint64_t now);
/* True when what was set aside may take the place of what is fresh: that has waited for waited_ns,
 * which is clearly less than what was set aside had. The links carry more than is written again. */
bool session_is_eased(const struct session *session, uint64_t waited_ns);
/* Dropped packets for one SKIP frame; how many ranges. More are left while skip_from < skip_end. */
uint32_t session_take_skips(struct session *session, uint64_t now,
                            struct seq_range range[NACK_MAX_RANGES]);
/* The receiver still misses a dropped packet: the SKIP that told of it may be lost. */
void session_skip_again(struct session *session, uint64_t now, struct source *source);
/* Weighs what waits against what can be carried in time, and drops LOW where it is too much.
 * views: of this moment. */
void session_budget(struct session *session, uint64_t now, const struct sched_view *views);

/* The piece of the same datagram before it, after it; NULL: there is none, or it is kept no more.
 */
static inline struct source *session_piece_before(struct session *session,
                                                  const struct source *piece)
{
    return (piece->flags & FRAME_DATA_CONT) == 0 ? NULL
                                                 : rtx_store_find(&session->store, piece->seq - 1);
}

static inline struct source *session_piece_after(struct session *session,
                                                 const struct source *piece)
{
    return (piece->flags & FRAME_DATA_MORE) == 0 ? NULL
                                                 : rtx_store_find(&session->store, piece->seq + 1);
}

/* What it takes on a link. */
static inline uint32_t session_sent_bytes(const struct source *source)
{
    return source->len + PACKET_SEALED_HEADER + FRAME_DATA_HEADER + AEAD_TAG_LEN + IP_UDP_OVERHEAD;
}

/* The fresh source packet to be sent next; NULL when there is none. */
struct source *session_next_fresh(struct session *session);

/* How long after it was written a source packet must have arrived, by the sender's reckoning: the
 * latency, less what the receiver releases early and what write times lean to the early side. */
uint64_t session_lasts_ns(const struct session *session);

/* Media that would arrive closer to its deadline than this is set aside unsent. */
uint64_t session_margin_ns(const struct session *session, uint64_t now);

/* What a second copy of a packet that `path` has in flight would cost the media that waits. */
enum rtx_room session_room(struct session *session, uint64_t now, const struct path *path);

/* -- advice.c -- */
/* Advises the encoder, ADVICE_EVERY_NS apart at least. */
void session_advise(struct session *session, uint64_t now);

/* -- protect.c -- */
/* Sender: what was sent already says from now on by the receiver's clock as known now when it was
 * written. The receiver may hold copies that say otherwise, so no repair covers it. */
void session_stamp_again(struct session *session);
/* Sender: the source packet is sent for the first time, on this path; it says when it was written,
 * and earns repair its share. */
void session_on_first_sent(struct session *session, struct source *source, uint32_t slot);
/* Sender: fills a datagram with a repair symbol if one is due and capacity is spare. */
bool session_transmit_repair(struct session *session, uint64_t now, struct plait_poll *out);

/* -- feedback.c (receiver) -- */
bool session_transmit_feedback(struct session *session, uint64_t now, struct plait_poll *out);
uint64_t session_feedback_due(const struct session *session);

/* -- deliver.c (receiver) -- */
bool session_poll_deliver(struct session *session, uint64_t now, struct plait_poll *out);
/* Receiver: something waits to be handed out. */
bool session_holds(const struct session *session);
/* The peer has said goodbye or begun anew, and what came before that is still to be handed out in
 * its time. */
bool session_lingers(const struct session *session);

/* -- padding.c -- */
/* Sender: the path is tried with padding, while there has been no media. */
bool session_pads(const struct session *session, uint32_t slot);
/* Fills a datagram with padding if a path is tried and has room. */
bool session_transmit_padding(struct session *session, uint64_t now, struct plait_poll *out);

/* -- timers.c -- */
void session_on_time_passed(struct session *session, uint64_t now);
/* Nothing more is sent now: paths with room are limited by the application. */
void session_on_drained(struct session *session, uint64_t now);
/* Sender: something is under way. */
bool session_is_flying(const struct session *session);
uint64_t session_timeout(const struct session *session, uint64_t now);

/* -- stats.c -- */
/* Receiver: the smallest time to spare of the last second's arrivals; negative: late; 0 when
 * nothing came for HEADROOM_KEPT. */
int64_t session_headroom_ns(const struct session *session, uint64_t now);
/* Media went or came over the path: for the share shown. */
void session_count_media(struct session *session, uint64_t now, uint32_t slot, uint64_t bytes);
void session_path_stats(const struct session *session, uint32_t slot, struct plait_path_stats *out);
void session_stats(const struct session *session, uint64_t now, struct plait_stats *out);

#endif
