/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The sender's half of forward error correction. A loss is repaired cheapest by sending again, so a
 * repair symbol is worth sending for a source packet only as far as resending may fail: the risk of
 * a packet is p^(1 + resends that can still arrive), p the loss measured on its path before any
 * recovery. Over the youngest packets under way the risks add up to the failures expected, and as
 * many repair symbols are wanted as make more failures than that improbable. So at long latencies
 * none are sent, and most where the first transmission is also the last.
 *
 * While resending mends most losses, repair stays a small share of the media: a loss estimated too
 * high must not fill the links. Where nothing sent again comes in time, repair is all there is, and
 * on a link that loses a tenth that takes as much as half of the media; so it does where a fifth is
 * lost and one resend has to do. A stream so thin that it could be sent many times over is not held
 * to a share.
 */
#include "core/session/session.h"

#include <assert.h>

#include "core/base/seq.h"
#include "core/session/trace.h"

#define PPM        UINT64_C(1000000)
#define RISK_MAX   (PPM / 2)
#define ROUNDS_MAX 3      /* with as many resends possible nothing is protected */
#define MEAN_PPM   100000 /* repair is at most a tenth of the fresh media .. */
#define BURST_PPM  250000 /* .. and a quarter of a window, .. */
#define LOSS_TIMES 3      /* .. or so many times what is lost; .. */
#define LAST_PPM   500000 /* .. half of both at most, and where nothing can be sent again; .. */
#define THIN_TIMES 16     /* .. as much as the media where a link carries so many times that */
#define CREDIT_MAX UINT64_C(11200)
/* A path with more than this of our own queue has nothing to spare. */
#define OWN_QUEUE   (10 * NS_PER_MS)
#define SPACED_OVER 8                /* packets over which their spacing is taken */
#define RESEND_GAP  (20 * NS_PER_MS) /* what detection takes beyond a round trip, at worst */

/* What a repair symbol on one path could do now. */
struct way {
    bool open; /* has capacity to spare */
    uint64_t arrival_ns;
    uint64_t loss_ppm;
    uint64_t expected_ppm; /* failures among what it would come in time for */
    uint64_t worth_ppm;    /* the same; what is under way on the path itself counts half */
    uint64_t pending;      /* source packets among these not known to have arrived */
    uint64_t first;        /* the oldest of them */
};

struct survey {
    struct way ways[MAX_PATHS];
    uint64_t resend_ns, round_ns; /* the fastest path's arrival; a resend's cost with detection */
    uint64_t last;                /* youngest packet worth protecting */
    uint64_t lasts_ns;            /* from a packet's writing to its deadline */
};

/* The symbols wanted for so many failures expected: with one less, more failures than symbols would
 * have a probability above 0.3 % (Poisson). */
static uint32_t symbols_wanted(uint64_t expected_ppm, uint64_t loss_ppm)
{
    static const uint32_t enough_for_ppm[] = {
        3005,    79530,   281000,  581200,  953800,  1381000, 1852000, 2357000, 2891000,
        3450000, 4030000, 4627000, 5241000, 5870000, 6511000, 7163000, 7826000, 8499000,
    };
    const uint32_t most = sizeof enough_for_ppm / sizeof enough_for_ppm[0];
    uint32_t n = 0;

    /* The symbols can be lost like everything else. */
    while (n < most && expected_ppm + n * loss_ppm > enough_for_ppm[n])
        n++;
    return n;
}

/* How far apart packets are written lately; 0: not known, or less than is reckoned with anyway. */
static uint64_t mean_spacing(struct rtx_store *store)
{
    const uint64_t n = min_u64(store->next - store->first, SPACED_OVER);
    uint64_t ns;

    if (n < 2)
        return 0;
    ns = rtx_store_find(store, store->next - 1)->written_ns -
         rtx_store_find(store, store->next - n)->written_ns;
    return ns / (n - 1) < RESEND_GAP ? 0 : ns / (n - 1);
}

/* How long after a packet its loss shows: reordering is outwaited, and something has to come after
 * it, what a thin stream writes next or a PING. */
static uint64_t shown_after_ns(const struct path *path, uint64_t spaced_ns)
{
    return max_u64(min_u64(spaced_ns, session_tail_ns(path)),
                   max_u64(path->loss.window_ns, LOSS_WINDOW_MIN));
}

/* False when nothing can be gained on any path. */
static bool look(struct session *session, uint64_t now, struct survey *survey)
{
    const uint32_t whole = session->config->max_udp + IP_UDP_OVERHEAD;
    const uint64_t spaced = mean_spacing(&session->store);
    bool any_open = false, any_loss = false;

    survey->resend_ns = survey->round_ns = NEVER;
    for (uint32_t i = 0; i < session->paths_used; i++) {
        struct path *path = &session->paths[i];
        struct way *way = &survey->ways[i];

        *way = (struct way){.loss_ppm = min_u64(path->loss.ppm, RISK_MAX)};
        if (session_is_reserve(session, i, 1U << PATH_ACTIVE))
            continue;
        any_loss = any_loss || (path_is_live(path) && path->loss.ppm > 0);
        /* What it held is wanted elsewhere, as long as it could come in time. */
        if (path->state == PATH_SUSPECT && now - path->suspect_since_ns < session->latency_ns)
            return false;
        if (path->state != PATH_ACTIVE || path->rtt.smoothed_ns == 0)
            continue;
        way->arrival_ns = session_delay(session, i, now, whole);
        /* A link in trouble: what looks spare elsewhere is wanted for what it holds. */
        if (path_is_silent(path, session->report_ns))
            return false;
        way->open = path->queue_ns <= OWN_QUEUE + path->forward.jitter_ns &&
                    (path->sent.bytes_in_flight + whole <= path->cc.window / 4 * 3 ||
                     path->last_reported.app_limited) &&
                    path_can_send(path, now, whole);
        any_open = any_open || way->open;
        survey->resend_ns = min_u64(survey->resend_ns, way->arrival_ns + RESEND_GAP);
        survey->round_ns =
            min_u64(survey->round_ns, path->rtt.smoothed_ns + shown_after_ns(path, spaced));
    }
    if (!any_open || !any_loss)
        return false;
    session->protect.no_resend = session->latency_ns < survey->resend_ns + survey->round_ns;
    return session->latency_ns < survey->resend_ns + ROUNDS_MAX * survey->round_ns;
}

/* The probability that no copy of it arrives in time, resends included. */
static uint64_t risk_ppm(const struct session *session, const struct survey *survey,
                         const struct source *source, uint64_t deadline_ns)
{
    const uint64_t resent_ns = source->last_sent_ns + survey->resend_ns;
    uint64_t rounds = deadline_ns > resent_ns ? (deadline_ns - resent_ns) / survey->round_ns : 0;
    uint64_t loss = 0, risk;

    for (uint32_t i = 0; i < session->paths_used; i++) {
        if (source->paths & (1U << i))
            loss = max_u64(loss, survey->ways[i].loss_ppm);
    }
    if (source->live == 0)
        return RISK_MAX; /* known to be lost */
    rounds += source->live - 1;
    risk = loss;
    for (; rounds > 0 && risk > 0; rounds--)
        risk = risk * loss / PPM;
    return risk;
}

/* Adds one packet to what each path could protect. */
static void weigh(const struct session *session, struct survey *survey, const struct source *source,
                  uint64_t now)
{
    const uint64_t deadline_ns = source->written_ns + survey->lasts_ns;
    const uint64_t risk = risk_ppm(session, survey, source, deadline_ns);

    if (risk == 0)
        return;
    survey->last = max_u64(survey->last, source->seq);
    for (uint32_t i = 0; i < session->paths_used; i++) {
        struct way *way = &survey->ways[i];

        if (!way->open || now + way->arrival_ns > deadline_ns)
            continue;
        way->expected_ppm += risk;
        way->worth_ppm += source->paths & (1U << i) ? risk / 2 : risk;
        way->pending++;
        way->first = source->seq;
    }
}

/* The packets sent last, youngest first; a packet that was never sent ends them. */
static void weigh_all(struct session *session, struct survey *survey, uint64_t now)
{
    const struct rtx_store *store = &session->store;
    const uint64_t window = store->next - min_u64(store->next, PROTECT_WINDOW);
    const uint64_t low = max_u64(max_u64(store->first, session->protect.from), window);

    survey->last = 0;
    survey->lasts_ns = session_lasts_ns(session);
    for (uint64_t seq = store->next; seq-- > low;) {
        const struct source *source = rtx_store_find(&session->store, seq);

        if (source->sends == 0)
            break;
        if (source->state == SOURCE_SENT)
            weigh(session, survey, source, now);
    }
}

/* What share of the media repair may take where that is usual_ppm. */
static uint64_t share_ppm(const struct session *session, uint32_t slot, uint64_t usual_ppm)
{
    const struct path *path = &session->paths[slot];

    if (path_serves_bps(path) / THIN_TIMES > session->advice.written_bps)
        return PPM;
    if (session->protect.no_resend)
        return LAST_PPM;
    return max_u64(usual_ppm, min_u64(LOSS_TIMES * path->loss.ppm, LAST_PPM));
}

/* Symbols sent already that cover the packet and something younger, or it alone. */
static uint32_t symbols_over(const struct protect *protect, uint64_t first)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < PROTECT_RECENT; i++)
        n += protect->last_covered[i] > first;
    return n;
}

/* The path on which a repair symbol is worth most, when one is due; else -1. The one place that
 * decides it. */
static int protect_due(struct session *session, uint64_t now, struct survey *survey)
{
    const struct way *best = NULL;
    uint32_t slot, wanted, sent;
    uint64_t may_ppm;

    if (session->config->fec_off || session->mode == PLAIT_MODE_BROADCAST ||
        session->store.fresh_count + session->store.wanted_count > 0 ||
        session->protect.credit_bytes < CC_PACKET || !look(session, now, survey))
        return -1;
    weigh_all(session, survey, now);
    for (uint32_t i = 0; i < session->paths_used; i++) {
        struct way *way = &survey->ways[i];

        way->worth_ppm = way->worth_ppm * (PPM - way->loss_ppm) / PPM;
        if (way->pending > 0 && (best == NULL || way->worth_ppm > best->worth_ppm))
            best = way;
    }
    if (best == NULL)
        return -1;
    slot = (uint32_t)(best - survey->ways);
    wanted = symbols_wanted(best->expected_ppm, best->loss_ppm);
    sent = symbols_over(&session->protect, best->first);
    may_ppm = (survey->last - best->first) * share_ppm(session, slot, BURST_PPM);
    return sent < wanted && sent * PPM <= may_ppm ? (int)slot : -1;
}

/* The repair symbol over first .. last; its length. */
static size_t encode(struct session *session, uint64_t first, uint64_t last)
{
    struct protect *protect = &session->protect;
    struct plait_rlc_config config = {.window = PROTECT_WINDOW};
    struct plait_rlc_encoder *encoder;
    int err;

    for (uint64_t seq = first; seq <= last; seq++)
        config.symbol_bytes = (uint32_t)max_u64(
            config.symbol_bytes, SYMBOL_HEADER + rtx_store_find(&session->store, seq)->len);
    err = plait_rlc_encoder_create(&encoder, &config, protect->codec, protect->codec_bytes);
    for (uint64_t seq = first; seq <= last && err == PLAIT_FEC_OK; seq++)
        err = plait_rlc_encoder_add(encoder, (uint32_t)seq, rtx_store_symbol(&session->store, seq),
                                    SYMBOL_HEADER + rtx_store_find(&session->store, seq)->len);
    if (err == PLAIT_FEC_OK)
        err = plait_rlc_encode(encoder, (uint32_t)first, (uint32_t)(last - first + 1),
                               ++protect->key, PROTECT_DENSITY, protect->symbol);
    assert(err == PLAIT_FEC_OK);
    (void)err;
    return config.symbol_bytes;
}

static void stamp(struct session *session, struct source *source)
{
    const int64_t offset_ns = media_clock_offset(&session->clock, session->latency_ns);

    /* What was written before the receiver's clock began says its first moment. */
    source->written = frame_written((uint64_t)max_i64(0, (int64_t)source->written_ns + offset_ns));
    protect_stamp(rtx_store_symbol(&session->store, source->seq), source->len, source->flags,
                  source->written);
}

void session_stamp_again(struct session *session)
{
    for (uint64_t seq = session->store.first; seq < session->store.next; seq++) {
        struct source *source = rtx_store_find(&session->store, seq);

        if (source != NULL && source->sends > 0)
            stamp(session, source);
    }
    session->protect.from = session->store.next;
}

void session_on_first_sent(struct session *session, struct source *source, uint32_t slot)
{
    struct protect *protect = &session->protect;
    const uint64_t more = source->len * share_ppm(session, slot, MEAN_PPM) / PPM;

    stamp(session, source);
    protect->credit_bytes = min_u64(protect->credit_bytes + more, CREDIT_MAX);
}

bool session_transmit_repair(struct session *session, uint64_t now, struct plait_poll *out)
{
    struct protect *protect = &session->protect;
    struct frame frame; /* not cleared: see session_send_source() */
    struct survey survey;
    const int slot = protect_due(session, now, &survey);
    struct writer w = session_writer(session);
    struct path *path;
    size_t symbol_len;
    uint32_t bytes;

    if (slot < 0)
        return false;
    symbol_len = encode(session, survey.ways[slot].first, survey.last);
    frame.type = FRAME_REPAIR;
    frame.repair = (struct frame_repair){
        .first = (uint32_t)survey.ways[slot].first,
        .count = (uint8_t)(survey.last - survey.ways[slot].first + 1),
        .key = protect->key,
        .symbol = protect->symbol,
        .len = symbol_len,
    };
    frame_encode(&w, &frame);
    assert(!w.bad);
    session_seal(session, now, (uint32_t)slot,
                 (size_t)(w.at - session->plain) - PACKET_SEALED_HEADER, out);
    path = &session->paths[slot];
    bytes = (uint32_t)out->len + IP_UDP_OVERHEAD;
    path_on_sent(path, now, bytes,
                 path_arrival(path, now, bytes, session->report_ns, session->clock.offset_ns))
        ->kind = SENT_REPAIR;
    protect->credit_bytes -= min_u64(protect->credit_bytes, frame.repair.len);
    protect->last_covered[protect->turn++ % PROTECT_RECENT] = survey.last + 1;
    session->stream.repair_sent++;
    if (trace_on(session))
        trace_sent(session, now, (uint32_t)slot, PLAIT_TRACE_REPAIR, survey.ways[slot].first,
                   frame.repair.count, out->len, NULL, NULL);
    return true;
}
