/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A path: an address pair with its own packet numbers, delay, rate and congestion control, and its
 * states. Facts are reported in the past tense; what was found is returned.
 *
 *   NONE -> VALIDATING -> ACTIVE <-> SUSPECT -> DOWN -> ACTIVE      (any) -> NONE when removed
 *
 * The sender's side uses all of it; the receiver's side validation, receipts and addresses.
 */
#ifndef PLAIT_PATH_PATH_H
#define PLAIT_PATH_PATH_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/limits.h"
#include "core/path/ackset.h"
#include "core/path/blinks.h"
#include "core/path/cc.h"
#include "core/path/drain.h"
#include "core/path/loss.h"
#include "core/path/middle.h"
#include "core/path/owd.h"
#include "core/path/pacer.h"
#include "core/path/rate.h"
#include "core/path/rtt.h"
#include "core/path/sentmap.h"
#include "core/path/shallow.h"
#include "core/path/swing.h"
#include "core/path/train.h"

#define PATH_ROOM_MAX (4000 * NS_PER_MS) /* what a link's queue takes, while nothing was lost */

/* The same numbers as enum plait_path_state. */
enum path_state {
    PATH_NONE = 0,
    PATH_VALIDATING = 1,
    PATH_ACTIVE = 2,
    PATH_SUSPECT = 3,
    PATH_DOWN = 4,
};

enum path_fact {
    PATH_FACT_ADDED,
    PATH_FACT_VALIDATED, /* the challenge came back */
    PATH_FACT_OVERDUE,   /* a receipt is overdue beyond doubt */
    PATH_FACT_ARRIVED,   /* a receipt came */
    PATH_FACT_SILENT,    /* for PATH_DOWN_AFTER */
    PATH_FACT_REMOVED,
};

struct path_validation {
    uint64_t token;   /* of the challenge under way; 0: none */
    uint64_t next_ns; /* when to (re)send it; NEVER: not needed */
    uint64_t sent_ns; /* when it was sent last */
    uint64_t interval_ns;
    bool repeated; /* sent more than once: an answer does not tell which one it is to */
};

struct path {
    enum path_state state;
    uint32_t link;
    uint32_t cost, priority;
    uint64_t max_bps;
    struct path_validation validation;
    uint64_t response_token; /* to answer; 0: none */

    /* forward: what we send */
    struct sentmap sent;
    struct owd forward;
    struct owd full; /* the same of packets of FULL_BYTES at least */
    struct rtt rtt;
    struct middle middle; /* of both directions */
    struct rate rate;
    struct swing swing;
    struct drain drain;
    struct shallow shallow;
    struct train train;
    struct blinks blinks;
    struct loss loss;
    struct cc cc;
    struct pacer pacer;
    uint64_t last_sent_ns, last_acked_ns;
    uint64_t pressure_ns; /* see path_window */
    uint64_t unheard_ns;  /* likewise */
    uint64_t rests_ns;  /* how long the link pauses between its bursts, smoothed; 0: it does not */
    uint64_t room_ns;   /* how much of it the link's queue takes: more is lost there */
    uint64_t peak_ns;   /* queue_ns at its highest lately */
    uint64_t radio_ppm; /* share of bytes lost while the queue is lower than that, smoothed */
    uint64_t radio_credit;    /* bytes: what that share lets be lost, and was not */
    uint64_t base_rtt_ns;     /* round trip without queue, with the report's delay; 0: unknown */
    uint64_t top_received_ns; /* receiver's clock: receipt of the largest packet acknowledged */
    uint64_t top_sent_ns;     /* when that one was sent, own clock */
    uint64_t suspect_since_ns;
    uint64_t held;   /* number of the last packet before the path was suspect; NEVER: none */
    bool loses_held; /* and that one was lost, not only late */
    bool weak;       /* in backup mode: it carried less than was written */
    uint64_t weak_until_ns, weak_for_ns; /* so long it is not used; how long that is */
    uint64_t ping_due_ns;                /* probe or keep-alive */
    uint64_t pinged_ns;                  /* the last PING alone */
    uint64_t late_ns;  /* how much later than forecast a packet comes that comes later: mean */
    uint64_t queue_ns; /* own queue: smallest delay above base in the last report */
    uint64_t report_bytes, report_queue_ns; /* of the report being worked in */
    uint64_t report_lone_ns; /* of it: least above base of what met nothing of ours; NEVER: none */
    bool backlogged;         /* most of the last report's bytes had waited at the link */
    uint64_t backlogged_ns;  /* the last report of which that held; 0: none */
    uint64_t busy_bytes, busy_ns; /* of those bytes, what had waited; how long the link served it */
    uint64_t since_stall_bytes;   /* of what had waited, what came since the link last stalled */
    uint64_t lost_bytes_unreported;           /* since the last report */
    uint64_t lost_bytes_untold, lost_sent_ns; /* to the controller; when the last was sent */
    struct sent_packet last_reported;
    uint64_t padding_bytes; /* sent before there was media */
    uint32_t gone_copies;   /* PATH_GONE frames still to be sent */
    uint64_t media_bytes;   /* smoothed, for the share shown */

    /* backward: what we receive */
    struct ackset receipts;
    struct owd backward;
    uint64_t last_received_ns;
    uint64_t packets_sent, bytes_sent, packets_received, bytes_received, duplicates;
};

/* The step function: applies a fact and returns the new state. Impossible pairs change nothing. */
enum path_state path_step(enum path_state state, enum path_fact fact);

/* Makes the slot a fresh path. Packet numbers and the ring go on where the slot's last user
 * stopped, so that no (key, path, number) is ever used twice. */
void path_start(struct path *path, uint64_t now, const struct cc_ops *ops, uint64_t target_ns,
                bool is_sender);

/* Bytes that may be in flight: the controller's window and, while media waits, what the link
 * carries in pressure_ns more, all of it only where the rate swings. Waiting in the link's queue
 * costs no more than waiting here, and keeps a link busy whose rate changes faster than reports
 * come. More by what it has served in unheard_ns, of which no report has told yet. Neither beside
 * somebody else. */
uint64_t path_window(const struct path *path);

/* What of pressure_ns the link is given. */
uint64_t path_pressed_ns(const struct path *path);

/* The most that may be sent, by configuration or a hold (shallow.h), bit/s; 0: no limit. */
uint64_t path_limit_bps(const struct path *path);

/* The rate at which the link is expected to serve, bit/s; 0: unknown. */
uint64_t path_serves_bps(const struct path *path);

/* True while media may be sent: window and pacing allow `bytes` at `now`. */
bool path_can_send(const struct path *path, uint64_t now, uint32_t bytes);

/* Records a packet that wants a receipt; returns its entry for seq and kind. */
struct sent_packet *path_on_sent(struct path *path, uint64_t now, uint32_t bytes,
                                 uint64_t expected_ns);

/* A packet was found lost (by loss_next or by timeout): tells the controller with the next report.
 */
void path_on_lost(struct path *path, const struct sent_packet *packet);

/* -- Working in a report (report.c): begin, each receipt in ascending order, end. -- */
void path_report_begin(struct path *path);
/* packet: its unsettled entry. received_ns: receiver's clock. Settles the entry. */
void path_on_acked(struct path *path, struct sent_packet *packet, uint64_t now,
                   uint64_t received_ns);
/* backward_ns: relative delay of reports (way_back.h). Informs rate, loss and cc. */
void path_report_end(struct path *path, uint64_t now, int64_t backward_ns);

/* The path fell silent. Whether it only holds what is on its way, or loses it, the last of that
 * will tell. */
void path_on_suspect(struct path *path, uint64_t now);
/* It is lost. */
void path_on_held_lost(struct path *path);

/* When the link will have served the first `bytes` of what is in flight, in the receiver's clock,
 * at the rate that the silence since the last receipt leaves to be believed; 0: not known. */
uint64_t path_served_ns(struct path *path, uint64_t bytes, uint64_t report_ns);

/* A clock was set: what was seen by the old one says nothing. */
void path_forget_delays(struct path *path);

/* What a packet takes at least, ns; a guess while nothing is known. Negative where the offset
 * (receiver's clock minus sender's) is out by more than that. */
int64_t path_way(const struct path *path, int64_t offset_ns);

/* What a full packet behind another one takes at least, by what full ones took longer than any: the
 * rate's estimate may be the application's. As path_way() while none was seen lately. */
int64_t path_way_of_two(const struct path *path, int64_t offset_ns);

/* When a packet of `bytes` sent now would arrive, in the receiver's clock: behind what is in
 * flight, at the rate that the silence since the last receipt leaves to be believed. report_ns is
 * the time of the newest report of any path (receiver's clock). Beside somebody else, with
 * little in flight, behind the queue last seen. offset_ns: receiver's clock minus sender's. */
uint64_t path_arrival(struct path *path, uint64_t now, uint32_t bytes, uint64_t report_ns,
                      int64_t offset_ns);

/* How long, up to report_ns, nothing came though the link had something of ours to carry. */
uint64_t path_silent_ns(struct path *path, uint64_t report_ns);

/* True when that is longer than links usually pause. */
bool path_is_silent(struct path *path, uint64_t report_ns);

/* Delay above base that is normal for this path: what overdue must exceed. */
uint64_t path_slack(const struct path *path);

static inline bool path_is_live(const struct path *path)
{
    return path->state == PATH_ACTIVE || path->state == PATH_SUSPECT || path->state == PATH_DOWN;
}

#endif
