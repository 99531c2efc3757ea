/* SPDX-License-Identifier: BSD-2-Clause */
#include "sim/adversary.h"

#include <stdlib.h>
#include <string.h>

#include "sim/check_state.h"
#include "sim/rng.h"
#include "sim/world.h"

#define HELD_MAX     128
#define RECORDS      512
#define ACT_EVERY_NS (7 * SIM_MS)
#define HOLD_MAX_NS  (400 * SIM_MS)
#define CUT_MAX_NS   (700 * SIM_MS)
#define FIRST_TYPE   0x10 /* docs/PROTOCOL.md, section 2 */
#define MAC2_BITS    128

struct datagram {
    uint64_t at_ns; /* held: when it goes on */
    enum sim_side to;
    uint32_t link;
    uint32_t era; /* restarts before it */
    struct plait_addr source;
    size_t len;
    uint8_t data[PLAIT_MAX_UDP];
};

struct adversary {
    struct adversary_config config;
    struct sim_rng rng;
    uint64_t next_act_ns;
    uint64_t cut_until_ns[SIM_SIDES]; /* one direction silent: each side believes another story */
    uint32_t held;
    struct datagram hold[HELD_MAX];
    uint64_t recorded;
    struct datagram record[RECORDS]; /* all of these did arrive once */
    struct adversary_counts counts;
    struct check_state_copy *before, *after;
};

struct adversary *adversary_create(const struct adversary_config *config, uint64_t seed)
{
    struct adversary *adversary = calloc(1, sizeof *adversary);
    if (!adversary) {
        abort();
    }
    adversary->config = *config;
    adversary->rng.state = sim_mix(seed, 0x6576696c);
    adversary->next_act_ns = config->from_ns;
    adversary->before = check_state_create();
    adversary->after = check_state_create();
    return adversary;
}

void adversary_free(struct adversary *adversary)
{
    if (adversary) {
        check_state_free(adversary->before);
        check_state_free(adversary->after);
    }
    free(adversary);
}

const char *adversary_kind_text(enum adversary_act_kind kind)
{
    static const char *const text[ADVERSARY_KINDS] = {
        "dropped",         "delayed",         "duplicated",     "bits flipped",
        "lengths changed", "sources spoofed", "replayed",       "replayed of old sessions",
        "injected",        "turned back",     "directions cut", "checked to change nothing"};
    return text[kind];
}

struct adversary_counts adversary_counts(const struct adversary *adversary)
{
    return adversary->counts;
}

static void count(struct adversary *adversary, enum adversary_act_kind kind)
{
    adversary->counts.of[kind]++;
}

/* How often one of the two sides lost all its state so far. */
static uint32_t era_of(const struct world *world)
{
    uint32_t era = world->epoch;
    for (uint32_t i = 0; i < world->next_fault; i++) {
        era += world->config.fault[i].kind == SIM_FAULT_RECEIVER_RESTART;
    }
    return era;
}

static struct datagram make(enum sim_side to, uint32_t link, const struct plait_addr *source,
                            const uint8_t *data, size_t len)
{
    struct datagram datagram = {.to = to, .link = link, .source = *source};
    datagram.len = len < sizeof datagram.data ? len : sizeof datagram.data;
    memcpy(datagram.data, data, datagram.len);
    return datagram;
}

/* A genuine datagram arrives at last. What was taken is remembered: it may be replayed from now on
 * (what was refused, because it came too early, could rightly be taken later). */
static void let_arrive(struct adversary *adversary, struct world *world,
                       const struct datagram *datagram)
{
    if (world_arrive(world, datagram->to, datagram->link, &datagram->source, datagram->data,
                     datagram->len) != PLAIT_OK) {
        return;
    }
    /* Later records replace earlier ones at random, so that old sessions stay represented. */
    uint64_t slot = adversary->recorded < RECORDS ? adversary->recorded
                                                  : sim_rng_next(&adversary->rng) % (2 * RECORDS);
    adversary->recorded++;
    if (slot < RECORDS) {
        adversary->record[slot] = *datagram;
        adversary->record[slot].era = era_of(world);
    }
}

/* ---- What cannot be authentic must change nothing ---- */

struct snapshot {
    int err;
    struct plait_stats stats;
};

static void take_snapshot(const struct world *world, const struct host *host,
                          struct snapshot *snapshot)
{
    memset(snapshot, 0, sizeof *snapshot);
    uint64_t local = sim_clock_local(&host->clock, world->now);
    snapshot->err = plait_stats_get(host->ep, local, host->session, &snapshot->stats);
    if (snapshot->err || !snapshot->stats.up) {
        /* After a restart of the receiver the replay of a handshake's first message is answered, as
         * a new one would be; it comes to nothing without the keys. */
        memset(snapshot, 0, sizeof *snapshot);
    }
    for (uint32_t i = 0; i < PLAIT_MAX_PATHS; i++) {
        snapshot->stats.path[i].duplicates = 0; /* replays are counted there */
    }
}

static size_t first_difference(const struct snapshot *a, const struct snapshot *b)
{
    const uint8_t *x = (const uint8_t *)a;
    const uint8_t *y = (const uint8_t *)b;
    size_t at = 0;
    while (at < sizeof *a && x[at] == y[at]) {
        at++;
    }
    return at;
}

static uint64_t bytes_out(const struct world *world, enum sim_side side)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < world->config.scenario->link_count; i++) {
        sum += side == SIM_SENDER ? world->line[i].forward_bytes
                                  : world->line[i].reverse_bytes + world->line[i].nat_lost;
    }
    return sum;
}

/* The first message of a handshake that differs in nothing but mac2, which counts only under load,
 * is a replay: a receiver that has lost its state answers it. */
static bool may_be_answered(const struct datagram *datagram, bool is_altered)
{
    return !is_altered && datagram->len > 0 && datagram->data[0] == FIRST_TYPE;
}

/* is_altered: it never was authentic. */
static void forge(struct adversary *adversary, struct world *world, const struct datagram *datagram,
                  bool is_altered, const char *what)
{
    struct host *host = &world->host[datagram->to];
    if (!host->ep) {
        return;
    }
    struct snapshot before;
    struct snapshot after;
    host_drain(world, host, world->now);
    take_snapshot(world, host, &before);
    check_state_take(adversary->before, host->ep);
    uint64_t out_before = bytes_out(world, datagram->to);
    uint64_t delivered_before = world->check.delivered;
    int result = world_arrive(world, datagram->to, datagram->link, &datagram->source,
                              datagram->data, datagram->len);
    take_snapshot(world, host, &after);
    check_state_take(adversary->after, host->ep);
    const char *changed = may_be_answered(datagram, is_altered)
                              ? NULL
                              : check_state_differs(adversary->before, adversary->after);
    count(adversary, ADVERSARY_CHECKED);
    uint64_t answer = bytes_out(world, datagram->to) - out_before;
    size_t differs = first_difference(&before, &after);
    if (differs < sizeof before) {
        world_fail(world, "adversary",
                   "%s, %zu bytes to side %d (recv %d), changed byte %zu of the statistics", what,
                   datagram->len, (int)datagram->to, result, differs);
    } else if (answer > datagram->len) {
        world_fail(world, "adversary", "%s, %zu bytes to side %d (recv %d), drew %llu bytes", what,
                   datagram->len, (int)datagram->to, result, (unsigned long long)answer);
    } else if (changed) {
        world_fail(world, "adversary", "%s, %zu bytes to side %d (recv %d), changed %s", what,
                   datagram->len, (int)datagram->to, result, changed);
    } else if (world->check.delivered != delivered_before) {
        world_fail(world, "adversary", "%s, %zu bytes to side %d (recv %d), drew a delivery", what,
                   datagram->len, (int)datagram->to, result);
    }
}

/* ---- What it does ---- */

static void spoof(struct adversary *adversary, struct plait_addr *source)
{
    uint64_t draw = sim_rng_next(&adversary->rng);
    memset(source, 0, sizeof *source);
    source->family = 4;
    source->ip[0] = 192;
    source->ip[2] = 2;
    source->ip[3] = (uint8_t)draw;
    source->port = (uint16_t)(draw >> 8 | 1);
    count(adversary, ADVERSARY_SPOOFED);
}

static void hold(struct adversary *adversary, const struct datagram *datagram, uint64_t until_ns)
{
    if (adversary->held < HELD_MAX) {
        adversary->hold[adversary->held] = *datagram;
        adversary->hold[adversary->held++].at_ns = until_ns;
    }
}

/* True when the datagram is authentic no more. */
static bool flip(struct adversary *adversary, struct datagram *datagram)
{
    if (!datagram->len) {
        return false;
    }
    bool is_first = datagram->data[0] == FIRST_TYPE;
    uint64_t bit = sim_rng_next(&adversary->rng) % (8 * datagram->len);
    datagram->data[bit / 8] ^= (uint8_t)(1U << bit % 8);
    count(adversary, ADVERSARY_FLIPPED);
    return !is_first || bit < 8 * datagram->len - MAC2_BITS;
}

void adversary_on_passing(struct adversary *adversary, struct world *world, enum sim_side to,
                          uint32_t link, const struct plait_addr *source, const uint8_t *data,
                          size_t len, bool is_corrupted)
{
    struct datagram datagram = make(to, link, source, data, len);
    uint64_t now = world->now;
    bool is_active = now >= adversary->config.from_ns && now < adversary->config.to_ns;
    if (is_active && now < adversary->cut_until_ns[to]) {
        return;
    }
    /* What the link changed is authentic no more; a bit flipped once again might make it so. */
    if (!is_active || is_corrupted) {
        let_arrive(adversary, world, &datagram);
        return;
    }
    uint64_t later = now + 1 + sim_rng_next(&adversary->rng) % HOLD_MAX_NS;
    struct datagram forged = datagram;
    bool is_altered;
    switch (sim_rng_next(&adversary->rng) % 20) {
    case 0: /* drop */
        count(adversary, ADVERSARY_DROPPED);
        break;
    case 1: /* delay: also reorders */
        count(adversary, ADVERSARY_DELAYED);
        hold(adversary, &datagram, later);
        break;
    case 2: /* duplicate, at once */
        count(adversary, ADVERSARY_DUPLICATED);
        let_arrive(adversary, world, &datagram);
        let_arrive(adversary, world, &datagram);
        break;
    case 3: /* flip a bit, the original arrives after it */
        is_altered = flip(adversary, &forged);
        forge(adversary, world, &forged, is_altered, "a flipped bit");
        let_arrive(adversary, world, &datagram);
        break;
    case 4: /* flip a bit, the original is gone */
        is_altered = flip(adversary, &forged);
        forge(adversary, world, &forged, is_altered, "a flipped bit");
        break;
    case 5: /* the original comes from somewhere else, as after a NAT's rebinding */
        spoof(adversary, &datagram.source);
        let_arrive(adversary, world, &datagram);
        break;
    default:
        let_arrive(adversary, world, &datagram);
    }
}

static void inject_noise(struct adversary *adversary, struct world *world, enum sim_side to,
                         uint32_t link)
{
    struct datagram noise = {.to = to, .link = link};
    uint64_t draw = sim_rng_next(&adversary->rng);
    spoof(adversary, &noise.source);
    noise.len = (size_t)(draw % (draw % 3 ? PLAIT_MAX_UDP : 64));
    for (size_t i = 0; i < noise.len; i++) {
        noise.data[i] = (uint8_t)sim_rng_next(&adversary->rng);
    }
    count(adversary, ADVERSARY_INJECTED);
    forge(adversary, world, &noise, true, "noise");
}

static void inject_recorded(struct adversary *adversary, struct world *world)
{
    uint64_t known = adversary->recorded < RECORDS ? adversary->recorded : RECORDS;
    if (!known) {
        return;
    }
    struct datagram old = adversary->record[sim_rng_next(&adversary->rng) % known];
    bool is_altered;
    count(adversary, ADVERSARY_REPLAYED);
    if (old.era != era_of(world)) {
        count(adversary, ADVERSARY_REPLAYED_OLD);
    }
    switch (sim_rng_next(&adversary->rng) % 6) {
    case 0:
        forge(adversary, world, &old, false, "a replay");
        break;
    case 1:
        spoof(adversary, &old.source);
        forge(adversary, world, &old, false, "a replay from another source");
        break;
    case 2:
        is_altered = flip(adversary, &old);
        forge(adversary, world, &old, is_altered, "a replay with a flipped bit");
        break;
    case 3:
        old.len = sim_rng_next(&adversary->rng) % (old.len + 1);
        if (old.len) {
            old.len--;
        }
        count(adversary, ADVERSARY_CUT_SHORT);
        forge(adversary, world, &old, true, "a replay cut short");
        break;
    case 4:
        if (old.len < PLAIT_MAX_UDP) {
            old.data[old.len++] = (uint8_t)sim_rng_next(&adversary->rng);
            count(adversary, ADVERSARY_CUT_SHORT);
            forge(adversary, world, &old, true, "a replay with a byte more");
        }
        break;
    default: /* turned back on the side it came from */
        old.to = old.to == SIM_SENDER ? SIM_RECEIVER : SIM_SENDER;
        old.source =
            old.to == SIM_SENDER ? world_receiver_address() : world_public_address(old.link, 0);
        count(adversary, ADVERSARY_TURNED_BACK);
        forge(adversary, world, &old, true, "a datagram turned back");
    }
}

uint64_t adversary_next(const struct adversary *adversary)
{
    uint64_t next = adversary->next_act_ns;
    for (uint32_t i = 0; i < adversary->held; i++) {
        next = adversary->hold[i].at_ns < next ? adversary->hold[i].at_ns : next;
    }
    return next;
}

static void release_held(struct adversary *adversary, struct world *world)
{
    for (uint32_t i = 0; i < adversary->held;) {
        if (adversary->hold[i].at_ns > world->now) {
            i++;
            continue;
        }
        struct datagram datagram = adversary->hold[i];
        adversary->hold[i] = adversary->hold[--adversary->held];
        let_arrive(adversary, world, &datagram);
    }
}

void adversary_act(struct adversary *adversary, struct world *world)
{
    release_held(adversary, world);
    if (world->now < adversary->next_act_ns) {
        return;
    }
    if (world->now >= adversary->config.to_ns) {
        adversary->next_act_ns = PLAIT_NEVER;
        return;
    }
    adversary->next_act_ns = world->now + ACT_EVERY_NS;
    uint64_t draw = sim_rng_next(&adversary->rng);
    enum sim_side to = draw & 1 ? SIM_SENDER : SIM_RECEIVER;
    uint32_t link = (uint32_t)(draw >> 8) % world->config.scenario->link_count;
    if (draw >> 16 & 1) {
        inject_noise(adversary, world, to, link);
    } else {
        inject_recorded(adversary, world);
    }
    if (sim_rng_chance(&adversary->rng, 3000)) {
        count(adversary, ADVERSARY_SPLIT);
        adversary->cut_until_ns[to] = world->now + sim_rng_next(&adversary->rng) % CUT_MAX_NS;
    }
}
