/* SPDX-License-Identifier: BSD-2-Clause */
#include "sim/swarm.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/media/clock.h"

#define RECOVERY_NS    (2 * SIM_S)
#define WIRE_BYTES     72   /* header, tag, UDP and IP around a source packet, at most */
#define DEFAULT_UDP    1372 /* of an endpoint whose limit is not set */
#define PIECE_OVERHEAD 36   /* of a datagram around the largest source packet */
#define PACKETS_A_S    1500 /* source packets a second, at most: keeps a world short */
#define GOOD_LOSS      0.05
#define RARE_FROM      94001          /* seeds before it are recorded with what they found */
#define ODD_FROM       103501         /* and those before it have no odd load */
#define HOLD_FROM      115001         /* and in those before it no program is held up */
#define ATTACK_SLACK   (700 * SIM_MS) /* delays made by an adversary bend the clock estimate */

struct maker {
    struct swarm_world *made;
    struct sim_rng rng;
    struct sim_rng rare; /* of what worlds before RARE_FROM have not */
    struct sim_rng odd;  /* of what worlds before ODD_FROM have not */
    bool has_rare;
    bool has_odd;
    bool adversary;
    uint64_t start_ns, faults_to_ns;
    uint64_t capacity_bps;           /* of all links together */
    uint64_t weakest_bps;            /* of the slowest link */
    uint64_t rtt_ns;                 /* longest */
    uint64_t way_min_ns, way_max_ns; /* shortest and longest way, either direction, all links */
    uint64_t set_ns;                 /* all that clocks are set by */
    uint64_t back_ns;                /* of it, back: for so long a host's time stands still */
    uint64_t delay_ms;               /* 0: each link its own; else all about the same */
    double loss;                     /* highest, mean of a link, both ways */
    bool rebinds;                    /* the reports to the old address are lost */
    bool detours;
    bool reorders; /* a link holds some datagrams longer than a loss is waited for */
    size_t text_len;
};

static uint64_t pick(struct maker *m, uint64_t low, uint64_t high)
{
    return sim_rng_between(&m->rng, low, high);
}

static bool percent(struct maker *m, uint32_t p)
{
    return sim_rng_chance(&m->rng, p * 10000);
}

static uint64_t pick_rare(struct maker *m, uint64_t low, uint64_t high)
{
    return sim_rng_between(&m->rare, low, high);
}

static bool rarely(struct maker *m, uint32_t p)
{
    return m->has_rare && sim_rng_chance(&m->rare, p * 10000);
}

static uint64_t pick_odd(struct maker *m, uint64_t low, uint64_t high)
{
    return sim_rng_between(&m->odd, low, high);
}

static bool oddly(struct maker *m, uint32_t p)
{
    return m->has_odd && sim_rng_chance(&m->odd, p * 10000);
}

static void print(struct maker *m, const char *format, ...) SIM_PRINTF(2, 3);

static void print(struct maker *m, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    size_t left = sizeof m->made->text - m->text_len;
    int n = vsnprintf(m->made->text + m->text_len, left, format, args);
    va_end(args);
    assert(n >= 0 && (size_t)n < left);
    m->text_len += (size_t)n;
}

/* ---- Links ---- */

static void make_loss(struct maker *m)
{
    double mean = 0;
    if (percent(m, 40)) {
        mean = (double)pick(m, 1, (uint64_t)(GOOD_LOSS * 1e4)) / 1e4;
        print(m, " loss=%.4f", mean);
    } else if (percent(m, 40)) {
        double enter = (double)pick(m, 1, 100) / 1e4;
        double lost = (double)pick(m, 20, 80) / 100;
        print(m, " ge=%.4f:0.25:%.2f", enter, lost);
        mean = lost * enter / (enter + 0.25);
    }
    if (percent(m, 20)) {
        double back = (double)pick(m, 1, 300) / 1e4;
        print(m, " rloss=%.4f", back);
        mean += back; /* a receipt whose reports are all lost is a loss to the sender */
    }
    if (percent(m, 25)) {
        print(m, " dup=%.4f", (double)pick(m, 1, 200) / 1e4);
    }
    if (percent(m, 25)) {
        double corrupt = (double)pick(m, 1, 100) / 1e4;
        print(m, " corrupt=%.4f rcorrupt=0.001", corrupt);
        mean += corrupt;
    }
    m->loss = mean > m->loss ? mean : m->loss;
    if (percent(m, 25)) {
        m->reorders = true;
        print(m, " reorder=%.4f", (double)pick(m, 1, 200) / 1e4);
    }
}

static double random_second(struct maker *m, double from)
{
    double to = (double)m->faults_to_ns / 1e9;
    return from + (to - from) * (double)pick(m, 0, 1000) / 1000;
}

static void make_outages(struct maker *m)
{
    double from = (double)m->start_ns / 1e9;
    if (percent(m, 40)) {
        double a = random_second(m, from);
        double b = random_second(m, a);
        if (b - a > 0.02) {
            print(m, " down=%.3f-%.3f", a, b);
            if (percent(m, 70)) {
                print(m, " rdown=%.3f-%.3f", a, b);
            }
        }
    }
    if (percent(m, 40)) {
        double a = random_second(m, from);
        print(m, " rebind=%.3f", a);
        m->rebinds = true;
        double b = random_second(m, a + 0.1);
        if (percent(m, 30) && b > a) {
            print(m, "+%.3f", b);
        }
    }
}

/* The route becomes longer, for a time or for good. Returns by how much, ms. */
static uint64_t make_detour(struct maker *m)
{
    if (!rarely(m, 5)) {
        return 0;
    }
    uint64_t more = pick_rare(m, 5, rarely(m, 70) ? 60 : 150);
    uint64_t from = pick_rare(m, m->start_ns / SIM_MS, m->faults_to_ns / SIM_MS - 1);
    uint64_t to = rarely(m, 30) ? 1000000 : pick_rare(m, from + 1, m->faults_to_ns / SIM_MS);
    double a = (double)from / 1e3, b = (double)to / 1e3;
    print(m, " detour=%.3f-%.3f:%llu", a, b, (unsigned long long)more);
    if (rarely(m, 40)) {
        print(m, " rdetour=%.3f-%.3f:%llu", a, b, (unsigned long long)pick_rare(m, 0, more));
    }
    m->detours = true;
    m->reorders = true; /* where it ends what is sent later comes sooner */
    return more;
}

static void make_link(struct maker *m, uint32_t link)
{
    static const uint64_t kbps[] = {600, 1000, 2000, 3000, 5000, 8000, 12000, 20000};
    uint64_t rate = kbps[pick(m, 0, sizeof kbps / sizeof kbps[0] - 1)] * 1000;
    uint64_t delay = pick(m, 2, percent(m, 80) ? 60 : 150);
    uint64_t back = percent(m, 80) ? delay : pick(m, 2, 100);
    if (m->delay_ms) {
        delay = back = m->delay_ms + pick(m, 0, 3);
    }
    uint64_t least = delay < back ? delay : back;
    uint64_t jitter = percent(m, 70) ? pick(m, 0, least < 20 ? least : 20) : 0;
    print(m, "name=link%u rate=%llu delay=%llu jitter=%llu queue=%llu", link,
          (unsigned long long)rate, (unsigned long long)delay, (unsigned long long)jitter,
          (unsigned long long)pick(m, 150, 1000));
    if (back != delay) {
        print(m, " rdelay=%llu", (unsigned long long)back);
    }
    make_loss(m);
    make_outages(m);
    uint64_t more = make_detour(m);
    print(m, "\n");
    uint64_t serial_ns = UINT64_C(1500) * 8 * SIM_S / rate;
    uint64_t rtt = (delay + back + 2 * jitter + 2 * more) * SIM_MS + serial_ns;
    uint64_t shorter = (delay < back ? delay : back) - jitter;
    uint64_t longer = (delay > back ? delay : back) + jitter + more;
    m->rtt_ns = rtt > m->rtt_ns ? rtt : m->rtt_ns;
    m->way_min_ns = shorter * SIM_MS < m->way_min_ns ? shorter * SIM_MS : m->way_min_ns;
    longer = longer * SIM_MS + serial_ns;
    m->way_max_ns = longer > m->way_max_ns ? longer : m->way_max_ns;
    m->capacity_bps += rate;
    m->weakest_bps = rate < m->weakest_bps ? rate : m->weakest_bps;
}

/* ---- Faults ---- */

static int by_time(const void *a, const void *b)
{
    const struct sim_fault *x = a;
    const struct sim_fault *y = b;
    return (x->at_ns > y->at_ns) - (x->at_ns < y->at_ns);
}

static void fault(struct maker *m, enum sim_fault_kind kind, uint32_t link, uint64_t value)
{
    struct sim_config *config = &m->made->config;
    config->fault[config->faults++] =
        (struct sim_fault){pick(m, m->start_ns, m->faults_to_ns), kind, link, value};
}

/* A machine was suspended, or the caller's clock is none that only goes forward. */
static void make_sets(struct maker *m)
{
    struct sim_config *config = &m->made->config;
    while (rarely(m, 5)) {
        enum sim_fault_kind kind =
            rarely(m, 50) ? SIM_FAULT_SENDER_CLOCK : SIM_FAULT_RECEIVER_CLOCK;
        bool back = rarely(m, 35);
        uint64_t by = pick_rare(m, 1, back || rarely(m, 60) ? 500 : rarely(m, 60) ? 2000 : 20000);
        uint64_t at = pick_rare(m, m->start_ns / SIM_MS, m->faults_to_ns / SIM_MS) * SIM_MS;
        by *= SIM_MS;
        config->fault[config->faults++] = (struct sim_fault){at, kind, 0, back ? 0 - by : by};
        m->set_ns += by;
        m->back_ns += back ? by : 0;
    }
}

static void make_faults(struct maker *m, uint32_t links)
{
    struct sim_config *config = &m->made->config;
    if (links > 1 && percent(m, 15)) { /* comes later */
        config->links_off = 1;
        fault(m, SIM_FAULT_PATH_ADD, 0, 0);
    }
    if (links > 1 && percent(m, 15)) { /* goes, and may come back */
        fault(m, SIM_FAULT_PATH_REMOVE, links - 1, 0);
        fault(m, SIM_FAULT_PATH_ADD, links - 1, 0);
    }
    if (percent(m, m->adversary ? 30 : 10)) {
        fault(m, SIM_FAULT_SENDER_RESTART, 0, 0);
    }
    if (percent(m, m->adversary ? 30 : 10)) {
        fault(m, SIM_FAULT_RECEIVER_RESTART, 0, 0);
    }
    if (percent(m, 10)) {
        fault(m, SIM_FAULT_LATENCY, 0, pick(m, 150, 2000) * SIM_MS);
    }
    make_sets(m);
    qsort(config->fault, config->faults, sizeof config->fault[0], by_time);
    /* A link that is gone at the end is no capacity: bring back what the order left away. */
    uint64_t off = config->links_off;
    for (uint32_t i = 0; i < config->faults; i++) {
        uint64_t bit = UINT64_C(1) << config->fault[i].link;
        off = config->fault[i].kind == SIM_FAULT_PATH_ADD      ? off & ~bit
              : config->fault[i].kind == SIM_FAULT_PATH_REMOVE ? off | bit
                                                               : off;
    }
    for (uint32_t link = 0; link < links; link++) {
        if (off >> link & 1) {
            config->fault[config->faults++] =
                (struct sim_fault){m->faults_to_ns, SIM_FAULT_PATH_ADD, link, 0};
        }
    }
}

/* ---- Endpoint, clocks, load ---- */

static uint64_t first_number(struct maker *m)
{
    static const uint8_t bits[] = {8, 14, 16, 24, 30, 32, 48};
    if (percent(m, 50)) {
        return 0;
    }
    uint64_t wrap = UINT64_C(1) << bits[pick(m, 0, sizeof bits - 1)];
    uint64_t before = pick(m, 1, 2000);
    return wrap > before ? wrap - before : 0;
}

static void make_endpoint(struct maker *m)
{
    struct sim_config *config = &m->made->config;
    struct plait_config *endpoint = &config->endpoint;
    endpoint->latency_ns = pick(m, 150, percent(m, 50) ? 1000 : 2000) * SIM_MS;
    config->receiver_latency_ns = percent(m, 15) ? pick(m, 150, 2000) * SIM_MS : 0;
    endpoint->mode = percent(m, 80)   ? PLAIT_MODE_AGGREGATE
                     : percent(m, 50) ? PLAIT_MODE_BACKUP
                                      : PLAIT_MODE_BROADCAST;
    endpoint->scheduler = percent(m, 70)   ? PLAIT_SCHED_ON_TIME
                          : percent(m, 50) ? PLAIT_SCHED_EARLIEST
                                           : PLAIT_SCHED_DWRR;
    endpoint->controller = percent(m, 80) ? PLAIT_CC_DELAY : PLAIT_CC_AIMD;
    endpoint->fec_off = percent(m, 20);
    endpoint->reinject_off = percent(m, 20);
    endpoint->store_packets = 4096; /* two seconds of the load: a smaller world is a faster one */
    endpoint->max_udp = percent(m, 70) ? 0 : (uint16_t)pick(m, 600, PLAIT_MAX_UDP);
    endpoint->test_first_seq = first_number(m);
    endpoint->test_first_pn = first_number(m);
    for (int side = 0; side < SIM_SIDES; side++) {
        config->clock[side].offset_ns = pick(m, 0, UINT64_C(1) << pick(m, 10, 55));
        config->clock[side].drift_ppm = (int32_t)pick(m, 0, 100) - 50;
    }
    if (rarely(m, 5)) { /* one is slewed (Linux: by up to 500 ppm) */
        config->clock[pick_rare(m, 0, 1)].drift_ppm = (int32_t)pick_rare(m, 0, 1000) - 500;
    }
}

/* Source packets a second, where none is longer than `piece` bytes. */
static uint64_t packets_a_second(const struct load_config *load, uint64_t piece)
{
    uint64_t bytes = 0, pieces = 0;
    for (uint64_t size = load->size_min; size <= load->size_max; size++) {
        bytes += size;
        pieces += (size + piece - 1) / piece;
    }
    return load->rate_bps / 8 * pieces / bytes;
}

static void make_load(struct maker *m)
{
    static const uint32_t sizes[][2] = {{1316, 1316}, {1316, 1316}, {1316, 1316}, {188, 188},
                                        {1, 200},     {1, 1400},    {1, 5000},    {1400, 1472}};
    struct sim_config *config = &m->made->config;
    struct load_config *load = &config->load;
    const uint32_t *size = sizes[pick(m, 0, sizeof sizes / sizeof sizes[0] - 1)];
    load->size_min = size[0];
    load->size_max = size[1];
    bool all_links = config->endpoint.mode == PLAIT_MODE_AGGREGATE;
    uint64_t wire_bps = (all_links ? m->capacity_bps : m->weakest_bps) * pick(m, 10, 45) / 100;
    uint64_t mean = (load->size_min + load->size_max) / 2;
    uint64_t packet = mean < 500 ? mean : 500; /* an upper bound of the fragments' overhead */
    load->rate_bps = wire_bps * packet / (packet + WIRE_BYTES);
    uint64_t udp = config->endpoint.max_udp ? config->endpoint.max_udp : DEFAULT_UDP;
    uint64_t piece = mean / (mean / (udp - PIECE_OVERHEAD) + 1);
    uint64_t most = PACKETS_A_S * 8 * (piece < 1200 ? piece : 1200);
    load->rate_bps = load->rate_bps < most ? load->rate_bps : most;
    if (2 * packets_a_second(load, udp - PIECE_OVERHEAD) > config->endpoint.store_packets) {
        config->endpoint.store_packets *= 2; /* where half of the datagrams are in two pieces */
    }
    if (percent(m, 40)) {
        load->frame_ns = SIM_S / pick(m, 24, 60);
        load->key_every = percent(m, 50) ? 60 : 0;
    }
    if (load->frame_ns && oddly(m, 40)) {
        load->key_every = (uint32_t)pick_odd(m, 10, 120);
        load->key_weight = (uint32_t)pick_odd(m, 2, 30);
    }
    load->worths = percent(m, 50);
    load->ts = percent(m, 40);
    load->start_ns = m->start_ns;
}

/* An encoder that stops and starts again, anywhere in the load. */
static void make_pauses(struct maker *m)
{
    struct load_config *load = &m->made->config.load;
    uint64_t to = (load->stop_ns - load->start_ns) / SIM_MS;
    uint64_t at = pick_odd(m, 0, to);
    while (oddly(m, 30) && at < to && load->steps + 2 <= LOAD_STEPS_MAX) {
        uint64_t lasts = pick_odd(m, 100, oddly(m, 70) ? 1000 : 5000);
        load->step[load->steps++] = (struct load_step){at * SIM_MS, 0};
        load->step[load->steps++] = (struct load_step){(at + lasts) * SIM_MS, load->rate_bps};
        at += lasts + pick_odd(m, 100, 3000);
    }
}

/* What clocks that were set, or drift faster than they should, leave in doubt. That one was set is
 * known only when a packet seems to have come before it was sent, and smallest delays are kept for
 * longer than a world lasts. */
static uint64_t clock_doubt(const struct maker *m)
{
    const struct sim_config *config = &m->made->config;
    uint64_t ppm = (uint64_t)abs(config->clock[0].drift_ppm - config->clock[1].drift_ppm);
    uint64_t drifts = ppm > CLOCK_DRIFT_PPM ? config->load.stop_ns / 1000000 * ppm : 0;
    return (m->set_ns < m->way_max_ns ? m->set_ns : m->way_max_ns) + drifts;
}

/* What can be asked of the calm: everything, where there is time for three more attempts; half,
 * where there is time for the slowest link at all; else only that something flows. */
static void make_demands(struct maker *m)
{
    struct sim_config *config = &m->made->config;
    uint64_t latency = config->endpoint.latency_ns; /* the least of all, the wish of one side */
    for (uint32_t i = 0; i < config->faults; i++) {
        bool changes = config->fault[i].kind == SIM_FAULT_LATENCY;
        latency = changes && config->fault[i].value < latency ? config->fault[i].value : latency;
    }
    config->calm_from_ns = m->faults_to_ns + RECOVERY_NS + m->back_ns;
    config->load.stop_ns = config->calm_from_ns + latency + 2 * SIM_S;
    uint64_t doubt = clock_doubt(m);
    uint64_t lasts = latency - (latency < doubt ? latency : doubt);
    bool roomy = lasts > 4 * m->rtt_ns + 250 * SIM_MS && !config->load.key_every;
    bool tight = lasts < m->rtt_ns + 100 * SIM_MS;
    if (tight && doubt > 0) { /* it may be held for out of date as soon as it is written */
        config->calm_from_ns = PLAIT_NEVER;
    }
    config->calm_share_ppm = roomy ? 995000 : tight ? 0 : 500000;
    bool loses = m->loss > 0 || m->adversary || (m->rebinds && m->made->scenario.link_count == 1);
    if (config->endpoint.controller == PLAIT_CC_AIMD && loses) {
        config->calm_share_ppm = 0; /* it takes loss for congestion: that is what it is there for */
    } else if (config->endpoint.controller == PLAIT_CC_AIMD && m->reorders && roomy) {
        config->calm_share_ppm = 500000; /* what is overtaken by much looks lost (seed 67881) */
    }
    /* For up to half a minute a longer route, or a smallest delay by the clock of before, passes
     * for a queue of somebody else's: the share beside it gives way to loss (seed 96130). */
    if ((m->detours || m->set_ns > 0) && loses) {
        config->calm_share_ppm = 0;
    }
    /* A clock is set by the fastest way there and the fastest way back, of any link, at any load.
     */
    config->late_ns = SIM_MS + (m->way_max_ns - m->way_min_ns) / 2 + doubt;
    config->early_ns = config->late_ns + SIM_LEAN_NS;
    if (m->adversary) {
        config->adversary = (struct adversary_config){true, m->start_ns, m->faults_to_ns};
        config->early_ns = config->late_ns = ATTACK_SLACK + doubt;
    }
    config->end_ns = config->load.stop_ns + 5 * SIM_S + config->late_ns;
    config->sample_ns = 20 * SIM_MS;
}

/* A program is held up by others on its machine, or by a disk. */
static void make_holds(struct maker *m)
{
    struct sim_config *config = &m->made->config;
    while (oddly(m, 25) && config->faults < SIM_FAULTS_MAX) {
        enum sim_fault_kind kind = oddly(m, 50) ? SIM_FAULT_SENDER_HOLD : SIM_FAULT_RECEIVER_HOLD;
        uint64_t lasts = pick_odd(m, 1, oddly(m, 70) ? 50 : 300) * SIM_MS;
        uint64_t at = pick_odd(m, 0, (m->faults_to_ns - lasts) / SIM_MS) * SIM_MS;
        uint32_t i = config->faults++;
        for (; i > 0 && config->fault[i - 1].at_ns > at; i--) {
            config->fault[i] = config->fault[i - 1];
        }
        config->fault[i] = (struct sim_fault){at, kind, 0, lasts};
    }
}

void swarm_make(struct swarm_world *made, uint64_t seed, bool adversary)
{
    struct maker m = {
        .made = made, .adversary = adversary, .weakest_bps = UINT64_MAX, .way_min_ns = UINT64_MAX};
    char error[EMU_ERROR_MAX];
    memset(made, 0, sizeof *made);
    m.rng.state = sim_mix(seed, adversary ? 0x61747461636b : 0x737761726d);
    m.has_rare = seed >= RARE_FROM;
    m.rare.state = sim_mix(m.rng.state, 0x72617265);
    m.has_odd = seed >= ODD_FROM;
    m.odd.state = sim_mix(m.rng.state, 0x6c6f6164);
    m.start_ns = pick(&m, 50, 1500) * SIM_MS;
    m.faults_to_ns = m.start_ns + pick(&m, 1500, 5000) * SIM_MS;
    uint32_t links = (uint32_t)pick(&m, 1, 6);
    m.delay_ms = percent(&m, 40) ? pick(&m, 5, 80) : 0;
    for (uint32_t link = 0; link < links; link++) {
        make_link(&m, link);
    }
    int err = emu_scenario_parse(&made->scenario, made->text, m.text_len, error);
    if (err != 0) {
        fprintf(stderr, "plait-sim: seed %llu: %s\n", (unsigned long long)seed, error);
        abort();
    }
    world_defaults(&made->config, &made->scenario, seed);
    snprintf(made->config.replay, sizeof made->config.replay, "plait-sim --seed %llu%s",
             (unsigned long long)seed, adversary ? " --adversary" : "");
    make_endpoint(&m);
    make_faults(&m, links);
    make_load(&m);
    make_demands(&m);
    make_pauses(&m);
    if (seed >= HOLD_FROM && !adversary) { /* an adversary looks at once at what it did */
        make_holds(&m);
    }
}

void swarm_free(struct swarm_world *made)
{
    emu_scenario_free(&made->scenario);
}
