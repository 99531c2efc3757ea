/* SPDX-License-Identifier: BSD-2-Clause */
#include "http/model.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WINDOW_NS UINT64_C(2000000000) /* rates are means over this */
#define TOTALS    16                   /* snapshots kept for them; four a second fill 4 s */

/* The growing figures of one session. */
struct session_totals {
    enum plait_role role;
    uint32_t session;
    uint64_t uptime_ns; /* falls when the session of this number is another one */
    uint64_t media_bytes;
    uint64_t sent_bytes[PLAIT_MAX_PATHS], received_bytes[PLAIT_MAX_PATHS];
};

struct totals {
    uint64_t now_ns;
    uint32_t sessions;
    struct session_totals session[HTTP_MAX_SESSIONS];
};

struct model {
    uint32_t boot;
    bool any;
    struct http_snapshot snapshot;
    struct model_rates rates[HTTP_MAX_SESSIONS];
    struct totals totals[TOTALS];
    uint64_t totals_next, totals_count;
    struct model_event event[MODEL_EVENTS];
    uint64_t events; /* ever */
    char *history[MODEL_HISTORY];
    uint64_t samples; /* ever */
    uint64_t sampled_ns;
};

struct model *model_create(void)
{
    struct model *model = calloc(1, sizeof(*model));
    if (model != NULL) {
        model->boot = randombytes_random();
    }
    return model;
}

uint32_t model_boot(const struct model *model)
{
    return model->boot;
}

void model_destroy(struct model *model)
{
    if (model != NULL) {
        for (size_t i = 0; i < MODEL_HISTORY; i++) {
            free(model->history[i]);
        }
        free(model);
    }
}

static void totals_of(const struct http_snapshot *snapshot, struct totals *out)
{
    memset(out, 0, sizeof(*out));
    out->now_ns = snapshot->now_ns;
    out->sessions = snapshot->sessions;
    for (uint32_t i = 0; i < snapshot->sessions; i++) {
        const struct http_session *session = &snapshot->session[i];
        const struct plait_stats *stats = &session->stats;
        out->session[i].uptime_ns = stats->uptime_ns;
        out->session[i].role = session->role;
        out->session[i].session = stats->session;
        out->session[i].media_bytes = session->role == PLAIT_SENDER ? stats->stream.written_bytes
                                                                    : stats->stream.delivered_bytes;
        for (uint32_t k = 0; k < stats->paths && k < PLAIT_MAX_PATHS; k++) {
            uint32_t path = stats->path[k].path % PLAIT_MAX_PATHS;
            out->session[i].sent_bytes[path] = stats->path[k].bytes_sent;
            out->session[i].received_bytes[path] = stats->path[k].bytes_received;
        }
    }
}

static uint64_t bits_per_second(uint64_t now, uint64_t then, uint64_t ns)
{
    return now > then && ns > 0 ? (uint64_t)((double)(now - then) * 8e9 / (double)ns) : 0;
}

/* The oldest totals within the window, or the ones just before when snapshots are rare. */
static const struct totals *totals_then(const struct model *model, uint64_t now_ns)
{
    const struct totals *then = NULL;
    uint64_t oldest = model->totals_next - model->totals_count;
    for (uint64_t i = model->totals_next; i > oldest; i--) {
        const struct totals *candidate = &model->totals[(i - 1) % TOTALS];
        if (then != NULL && now_ns - candidate->now_ns > WINDOW_NS) {
            break;
        }
        then = candidate;
    }
    return then;
}

/* The same session as it was then, wherever it stood; NULL: it is new. */
static const struct session_totals *session_then(const struct totals *then,
                                                 const struct session_totals *now)
{
    for (uint32_t i = 0; i < then->sessions; i++) {
        const struct session_totals *one = &then->session[i];
        if (one->role == now->role && one->session == now->session &&
            one->uptime_ns <= now->uptime_ns) {
            return one;
        }
    }
    return NULL;
}

static void rates_update(struct model *model)
{
    struct totals now;
    totals_of(&model->snapshot, &now);
    const struct totals *then = totals_then(model, now.now_ns);

    memset(model->rates, 0, sizeof(model->rates));
    for (uint32_t i = 0; then != NULL && i < now.sessions; i++) {
        const struct session_totals *one = &now.session[i], *was = session_then(then, one);
        uint64_t ns = now.now_ns - then->now_ns;
        struct model_rates *rates = &model->rates[i];
        if (was == NULL) {
            continue;
        }
        rates->media_bps = bits_per_second(one->media_bytes, was->media_bytes, ns);
        for (uint32_t p = 0; p < PLAIT_MAX_PATHS; p++) {
            rates->sent_bps[p] = bits_per_second(one->sent_bytes[p], was->sent_bytes[p], ns);
            rates->received_bps[p] =
                bits_per_second(one->received_bytes[p], was->received_bytes[p], ns);
        }
    }
    model->totals[model->totals_next++ % TOTALS] = now;
    if (model->totals_count < TOTALS) {
        model->totals_count++;
    }
}

bool model_snapshot_taken(struct model *model, const struct http_snapshot *snapshot)
{
    model->snapshot = *snapshot;
    rates_update(model);
    /* A little less than a second, so that a publisher of exactly one a second is not halved. */
    bool due = !model->any || snapshot->now_ns - model->sampled_ns >= MODEL_SAMPLE_NS * 9 / 10;
    if (due) {
        model->sampled_ns = snapshot->now_ns;
    }
    model->any = true;
    return due;
}

void model_event_taken(struct model *model, const struct http_event *event)
{
    struct model_event *slot = &model->event[model->events % MODEL_EVENTS];
    slot->id = ++model->events;
    slot->event = *event;
    slot->link[0] = '\0';
    if (event->link != UINT32_MAX) {
        char spare[HTTP_NAME];
        const char *name = model_link_name(&model->snapshot, event->link, spare, sizeof(spare));
        snprintf(slot->link, sizeof(slot->link), "%s", name);
    }
}

void model_history_add(struct model *model, char *sample)
{
    char **slot = &model->history[model->samples++ % MODEL_HISTORY];
    free(*slot);
    *slot = sample;
}

const struct http_snapshot *model_snapshot(const struct model *model)
{
    return model->any ? &model->snapshot : NULL;
}

const struct model_rates *model_rates(const struct model *model, uint32_t session_index)
{
    return &model->rates[session_index % HTTP_MAX_SESSIONS];
}

const char *model_link_name(const struct http_snapshot *snapshot, uint32_t link, char *spare,
                            size_t len)
{
    for (uint32_t i = 0; i < snapshot->links; i++) {
        if (snapshot->link[i].link == link && snapshot->link[i].name[0] != '\0') {
            return snapshot->link[i].name;
        }
    }
    snprintf(spare, len, "link %u", link);
    return spare;
}

size_t model_events(const struct model *model)
{
    return model->events < MODEL_EVENTS ? (size_t)model->events : MODEL_EVENTS;
}

const struct model_event *model_event(const struct model *model, size_t index)
{
    return &model->event[(model->events - model_events(model) + index) % MODEL_EVENTS];
}

size_t model_history_count(const struct model *model)
{
    return model->samples < MODEL_HISTORY ? (size_t)model->samples : MODEL_HISTORY;
}

const char *model_history(const struct model *model, size_t index)
{
    return model->history[(model->samples - model_history_count(model) + index) % MODEL_HISTORY];
}
