/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/path/rival.h"

#include "core/base/seq.h"
#include "core/path/cc.h"

#define STANDS_ROUNDS 4        /* so long must the queue stand: ours is gone after one or two */
#define STANDS_LEAST  NS_PER_S /* links that fade for shorter are many */
#define LONE_NEAR     4        /* times near_ns: the same lateness */
#define LONE_ROUNDS   2
#define LONE_LEAST    (300 * NS_PER_MS)
#define USUAL_NS      (10 * NS_PER_S)
/* Below, the smallest window by itself makes a queue that would pass for somebody else's. */
#define USUAL_LEAST (4 * CC_WINDOW_MIN)
/* Our window has given way where no more than one in so many of the usual bytes is in flight. With
 * more, a link that only fades would pass for a shared one. */
#define GIVEN_WAY    2
#define OURS_PERCENT 150 /* of the round trip at the start: so much grows only what is ours */
#define LOSS_TENTHS  7   /* is left after a loss: CUBIC's (RFC 9438, 4.6) */
/* The curve's C, bytes a cubic second. CUBIC's is 0.4 packets (RFC 9438, 5.1); the rest makes up
 * for the looks and for what is not sent because it would come too late. */
#define CURVE_BYTES  ((int64_t)CC_PACKET)
#define CURVE_MAX_MS 100000
#define RENO_PERCENT 53 /* of a packet a round below the peak (RFC 9438, 4.3) */
#define LOSS_ROUNDS  3  /* an overflow's losses come in for so long */
#define EMPTY_ROUNDS 2  /* a queue that shows no more for so long is gone */
#define LOOK_ROUNDS  16 /* between looks, and.. */
#define LOOK_LEAST   (4 * NS_PER_S)
#define AGAIN_ROUNDS 3 /* the first one, and the one after it was ours, come sooner */
#define AGAIN_LEAST  NS_PER_S
/* Alone, half the window halves the round trip; beside a window like ours it takes a quarter. */
#define ALONE_PERCENT 62
#define LOOKS         2 /* in a row: in one of them the other may have given way to a loss */
#define LOOKS_STILL   2
#define STILL_NEAR    2 /* times near_ns: so much is no change .. */
#define MOVES_NEAR    4 /* .. where more than so many times was to be expected */

/* What is late where nothing of ours is left at the link is not late by us, whatever the path lets
 * queue, if it is so again and again by the same: a link that stalls makes it late by anything.
 */
static bool is_not_ours(struct rival *rival, const struct rival_facts *f, uint64_t rtt_ns,
                        uint64_t own_ns)
{
    if (f->lone_ns > own_ns) {
        if (rival->lone_seen_ns == 0)
            rival->lone_low_ns = rival->lone_high_ns = f->lone_ns;
        rival->lone_low_ns = min_u64(rival->lone_low_ns, f->lone_ns);
        rival->lone_high_ns = max_u64(rival->lone_high_ns, f->lone_ns);
        rival->lone_seen_ns = f->now;
        if (rival->lone_high_ns - rival->lone_low_ns > LONE_NEAR * f->near_ns)
            rival->lone_seen_ns = 0;
    }
    return rival->lone_seen_ns != 0 &&
           f->now - rival->lone_seen_ns < max_u64(LONE_ROUNDS * rtt_ns, LONE_LEAST);
}

/* The controller's rules are in force: has the queue stood in spite of them? */
static void watch(struct rival *rival, const struct rival_facts *f, uint64_t rtt_ns, uint64_t dt_ns)
{
    const uint64_t least_ns = f->target_ns + f->target_ns / 4;
    const bool not_ours = is_not_ours(rival, f, rtt_ns, least_ns + f->scatter_ns);
    const uint64_t own_ns = least_ns + (not_ours ? f->scatter_ns : f->allowed_ns);

    rival->usual = max_u64(rival->usual, f->window);
    /* A pause tells nothing: what comes after it has waited, but stood no longer. */
    rival->since_ns += dt_ns - min_u64(dt_ns, rtt_ns);
    if (f->queue_ns <= own_ns) {
        rival->usual -=
            rival->usual / 1000 * (min_u64(dt_ns, NS_PER_S) / 1000) / (USUAL_NS / 1000000);
        rival->since_ns = f->now;
        rival->empty_rtt_ns = f->base_rtt_ns;
        return;
    }
    if (rival->usual < USUAL_LEAST || f->bytes_in_flight > rival->usual / GIVEN_WAY ||
        f->now - rival->since_ns < max_u64(STANDS_LEAST, STANDS_ROUNDS * rtt_ns))
        return;
    rival->state = RIVAL_STARTING;
    rival->share = max_u64(f->bytes_in_flight, CC_WINDOW_MIN);
    rival->peak = 0;
    rival->look_rtt_ns = rtt_ns;
    rival->since_ns = f->now;
}

static void leave(struct rival *rival, uint64_t now)
{
    rival->state = RIVAL_ALONE;
    rival->since_ns = now;
}

static uint64_t cube_root(uint64_t number)
{
    uint64_t root = 0;

    for (uint64_t bit = UINT64_C(1) << 20; bit; bit >>= 1) {
        const uint64_t next = root | bit;

        if (next * next * next <= number)
            root = next;
    }
    return root;
}

/* From here on the share grows along CUBIC's curve (RFC 9438, 4.2), level where it comes to peak.
 */
static void aim(struct rival *rival, uint64_t now, uint64_t peak)
{
    rival->reno = rival->share;
    rival->peak = min_u64(max_u64(peak, rival->share), CC_WINDOW_MAX);
    rival->peak_ns =
        now + NS_PER_MS * cube_root((rival->peak - rival->share) * 1000000000 / CURVE_BYTES);
}

/* No less than the share that was aimed from: the cube root is rounded down. */
static uint64_t curve(const struct rival *rival, uint64_t now)
{
    const int64_t ms = min_i64((int64_t)(now - rival->peak_ns) / (int64_t)NS_PER_MS, CURVE_MAX_MS);

    return (uint64_t)((int64_t)rival->peak + ms * ms * ms / 1000000 * CURVE_BYTES / 1000);
}

static void give_way(struct rival *rival, uint64_t now, uint64_t rtt_ns)
{
    /* Who loses below his last peak leaves room to who is new (RFC 9438, 4.7). */
    const uint64_t peak =
        rival->share < rival->peak ? rival->share * (10 + LOSS_TENTHS) / 20 : rival->share;

    rival->share = max_u64(rival->share * LOSS_TENTHS / 10, CC_WINDOW_MIN);
    aim(rival, now, peak);
    rival->calm_ns = now + LOSS_ROUNDS * rtt_ns;
    /* The other gives way too, now: a look would take that for our doing. */
    rival->look_ns = max_u64(rival->look_ns, rival->calm_ns);
}

static void start(struct rival *rival, const struct rival_facts *f, uint64_t rtt_ns)
{
    rival->look_rtt_ns = min_u64(rival->look_rtt_ns, rtt_ns);
    /* Either the queue grows as we do, or it was gone as soon as we stopped giving way. */
    if (rtt_ns > rival->look_rtt_ns / 100 * OURS_PERCENT || rival->since_ns != f->now) {
        /* So a link that the smallest window fills is not tried for ever. */
        rival->usual /= 2;
        leave(rival, f->now);
        return;
    }
    rival->share += f->acked_bytes;
    if (rival->share < rival->usual)
        return;
    rival->state = RIVAL_SHARING;
    rival->looks_ours = rival->looks_still = 0;
    rival->least_rtt_ns = rtt_ns;
    rival->look_ns = f->now + max_u64(AGAIN_LEAST, AGAIN_ROUNDS * rtt_ns);
    /* Half of all that is in flight now, where the link carries as much as before. */
    aim(rival, f->now,
        rival->usual * (rtt_ns / 1000) / ((rival->empty_rtt_ns + f->target_ns) / 1000) / 2);
}

static void grow(struct rival *rival, const struct rival_facts *f, uint64_t rtt_ns,
                 uint64_t heard_ns)
{
    const uint64_t used_ns = 2 * f->bytes_in_flight > rival->share ? heard_ns : 0;
    const uint64_t percent = rival->reno < rival->peak ? RENO_PERCENT : 100;

    rival->peak_ns += heard_ns - used_ns;
    rival->reno += CC_PACKET * percent / 100 * (used_ns / 1000) / (rtt_ns / 1000);
    if (used_ns == 0)
        return;
    const uint64_t aimed = min_u64(max_u64(curve(rival, f->now), rival->reno), CC_WINDOW_MAX);
    rival->share = max_u64(rival->share, min_u64(aimed, rival->share + f->acked_bytes));
}

static void share(struct rival *rival, const struct rival_facts *f, uint64_t rtt_ns,
                  uint64_t heard_ns)
{
    grow(rival, f, rtt_ns, heard_ns);
    if (f->now < rival->look_ns || f->bytes_in_flight < CC_WINDOW_MIN)
        return;
    rival->state = RIVAL_LOOKING;
    rival->look_lost = false;
    rival->look_rtt_ns = rtt_ns;
    rival->look_least_ns = NEVER;
    rival->look_window = max_u64(min_u64(rival->share, f->bytes_in_flight) / 2, CC_WINDOW_MIN / 2);
    /* At the rate that the link had without a queue. */
    rival->look_moves_ns =
        rival->look_window * (rival->empty_rtt_ns / 1000) / (rival->usual / 1000 + 1);
    rival->look_ns = f->now + rtt_ns + rtt_ns / 2;
}

/* The look has changed nothing, though it must have if there were a queue. */
static bool is_still(const struct rival *rival, const struct rival_facts *f)
{
    const uint64_t same_ns = STILL_NEAR * f->near_ns;

    return rival->look_moves_ns > MOVES_NEAR * f->near_ns &&
           rival->look_least_ns + same_ns >= rival->look_rtt_ns &&
           rival->look_least_ns <= rival->least_rtt_ns + same_ns;
}

/* Returns what of the queue is none. */
static uint64_t look(struct rival *rival, const struct rival_facts *f, uint64_t rtt_ns, bool lost)
{
    bool still;

    rival->look_lost = rival->look_lost || lost;
    if (f->now + rtt_ns / 2 >= rival->look_ns)
        rival->look_least_ns = min_u64(rival->look_least_ns, rtt_ns);
    if (f->now < rival->look_ns)
        return 0;
    still = is_still(rival, f);
    rival->looks_still = still ? rival->looks_still + 1 : 0;
    if (rival->looks_still == LOOKS_STILL) {
        leave(rival, f->now);
        return rival->least_rtt_ns - f->base_rtt_ns;
    }
    rival->state = RIVAL_SHARING;
    rival->looks_ours++;
    rival->look_ns = f->now + max_u64(AGAIN_LEAST, AGAIN_ROUNDS * rtt_ns);
    if (rtt_ns >= rival->look_rtt_ns / 100 * ALONE_PERCENT) {
        rival->looks_ours = 0;
        if (!still)
            rival->look_ns = f->now + max_u64(LOOK_LEAST, LOOK_ROUNDS * rtt_ns);
        if (rival->look_lost)
            give_way(rival, f->now, rtt_ns);
    } else if (rival->looks_ours == LOOKS) {
        leave(rival, f->now);
    }
    return 0;
}

uint64_t rival_on_report(struct rival *rival, const struct rival_facts *f)
{
    const uint64_t rtt_ns = f->base_rtt_ns + f->queue_ns;
    const uint64_t dt_ns = f->now - rival->updated_ns;
    const uint64_t heard_ns = min_u64(dt_ns, rtt_ns); /* the rest of it was a pause */
    const bool lost = f->lost_bytes > 0 && f->now >= rival->calm_ns;

    rival->updated_ns = f->now;
    if (rival->empty_rtt_ns == 0 || f->base_rtt_ns < rival->empty_rtt_ns)
        rival->empty_rtt_ns = f->base_rtt_ns;
    if (rival->state == RIVAL_ALONE) {
        watch(rival, f, rtt_ns, dt_ns);
        return 0;
    }
    if (f->longer_ns != 0) {
        leave(rival, f->now);
        return f->longer_ns;
    }
    rival->peak_ns += dt_ns - heard_ns;
    rival->least_rtt_ns = min_u64(rival->least_rtt_ns, rtt_ns);
    if (rtt_ns > rival->empty_rtt_ns + f->target_ns / 2 + f->allowed_ns)
        rival->since_ns = f->now;
    if (f->now - rival->since_ns > EMPTY_ROUNDS * rtt_ns)
        leave(rival, f->now);
    else if (rival->state == RIVAL_LOOKING)
        return look(rival, f, rtt_ns, lost);
    else if (lost)
        give_way(rival, f->now, rtt_ns);
    else if (rival->state == RIVAL_STARTING)
        start(rival, f, rtt_ns);
    else
        share(rival, f, rtt_ns, heard_ns);
    return 0;
}
