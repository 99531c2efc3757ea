/* SPDX-License-Identifier: BSD-2-Clause */
#include "http/json.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "http/fields.h"
#include "http/words.h"

#define TEXT_FLAGS (JSON_COMPACT | JSON_REAL_PRECISION(6))

static json_t *integer(uint64_t value)
{
    return json_integer((json_int_t)value);
}

json_t *json_text(const char *text)
{
    json_t *value = json_string(text);
    return value != NULL ? value : json_string("?");
}

static void add_fields(json_t *to, const struct field *field, size_t count, const void *base,
                       int role)
{
    for (size_t i = 0; i < count; i++) {
        if (field[i].side == 0 || field[i].side == role) {
            json_object_set_new(to, field[i].name, json_integer(field_value(&field[i], base)));
        }
    }
}

static json_t *path_object(enum plait_role role, const struct plait_path_stats *path,
                           const char *name)
{
    char local[64], remote[64];
    json_t *out = json_object();

    words_address(&path->local, local, sizeof(local));
    words_address(&path->remote, remote, sizeof(remote));
    json_object_set_new(out, "path", integer(path->path));
    json_object_set_new(out, "link", integer(path->link));
    json_object_set_new(out, "name", json_text(name));
    json_object_set_new(out, "state", json_string(words_path_state(path->state)));
    json_object_set_new(out, "local", json_string(local));
    json_object_set_new(out, "remote", json_string(remote));
    add_fields(out, field_path, field_path_count, path, (int)role);
    return out;
}

json_t *json_stats(const struct plait_stats *stats, enum plait_role role, const char *const *names,
                   uint32_t name_count)
{
    char peer[sodium_base64_ENCODED_LEN(PLAIT_KEY_BYTES, sodium_base64_VARIANT_ORIGINAL)];
    json_t *out = json_object(), *stream = json_object(), *paths = json_array();

    sodium_bin2base64(peer, sizeof(peer), stats->peer_key, PLAIT_KEY_BYTES,
                      sodium_base64_VARIANT_ORIGINAL);
    json_object_set_new(out, "session", integer(stats->session));
    json_object_set_new(out, "role", json_string(words_role(role)));
    json_object_set_new(out, "peer", json_string(peer));
    json_object_set_new(out, "up", json_boolean(stats->up));
    json_object_set_new(out, "uptime_ns", integer(stats->uptime_ns));
    json_object_set_new(out, "rekeys", integer(stats->rekeys));
    add_fields(stream, field_stream, field_stream_count, &stats->stream, (int)role);
    json_object_set_new(out, "stream", stream);
    for (uint32_t i = 0; i < stats->paths && i < PLAIT_MAX_PATHS; i++) {
        const struct plait_path_stats *path = &stats->path[i];
        const char *name = names != NULL && path->link < name_count ? names[path->link] : "";
        json_array_append_new(paths, path_object(role, path, name));
    }
    json_object_set_new(out, "paths", paths);
    return out;
}

json_t *json_session(const struct http_snapshot *snapshot, const struct http_session *session,
                     const struct model_rates *rates)
{
    const struct plait_stats *stats = &session->stats;
    json_t *out = json_stats(stats, session->role, NULL, 0);
    json_t *paths = json_object_get(out, "paths");

    json_object_set_new(out, "name", json_text(session->name));
    json_object_set_new(out, "discarded", json_boolean(session->discarded));
    if (rates != NULL) {
        json_object_set_new(out, "media_bps", integer(rates->media_bps));
    }
    for (uint32_t i = 0; i < stats->paths && i < PLAIT_MAX_PATHS; i++) {
        char spare[HTTP_NAME];
        json_t *path = json_array_get(paths, i);
        uint32_t slot = stats->path[i].path % PLAIT_MAX_PATHS;
        const char *name = model_link_name(snapshot, stats->path[i].link, spare, sizeof(spare));
        json_object_set_new(path, "name", json_text(name));
        if (rates != NULL) {
            json_object_set_new(path, "sent_bps", integer(rates->sent_bps[slot]));
            json_object_set_new(path, "received_bps", integer(rates->received_bps[slot]));
        }
    }
    return out;
}

json_t *json_event(const struct model_event *event)
{
    const struct http_event *what = &event->event;
    char text[HTTP_TEXT + HTTP_NAME];
    json_t *out = json_object();

    if (what->text[0] != '\0') {
        snprintf(text, sizeof(text), "%s", what->text);
    } else {
        words_event_text(&what->event, event->link[0] != '\0' ? event->link : NULL, text,
                         sizeof(text));
    }
    json_object_set_new(out, "id", integer(event->id));
    json_object_set_new(out, "now_ns", integer(what->now_ns));
    json_object_set_new(out, "unix_ms", integer(what->unix_ms));
    if (what->session != UINT32_MAX) {
        json_object_set_new(out, "session", integer(what->session));
    }
    if (what->link != UINT32_MAX) {
        json_object_set_new(out, "link", integer(what->link));
    }
    json_object_set_new(out, "kind", json_string(words_event(what->event.kind)));
    json_object_set_new(out, "value", integer(what->event.value));
    json_object_set_new(out, "text", json_text(text));
    return out;
}

json_t *json_links(const struct http_snapshot *snapshot)
{
    json_t *out = json_array();
    for (uint32_t i = 0; i < snapshot->links; i++) {
        const struct http_link *link = &snapshot->link[i];
        json_t *one = json_object();
        json_object_set_new(one, "link", integer(link->link));
        json_object_set_new(one, "name", json_text(link->name));
        json_object_set_new(one, "device", json_text(link->device));
        json_object_set_new(one, "note", json_text(link->note));
        json_object_set_new(one, "cost", integer(link->cost));
        json_object_set_new(one, "priority", integer(link->priority));
        json_object_set_new(one, "max_bps", integer(link->max_bps));
        json_array_append_new(out, one);
    }
    return out;
}

json_t *json_door(const struct plait_door_stats *door)
{
    json_t *out = json_object();
    add_fields(out, field_door, field_door_count, door, 0);
    return out;
}

static json_t *events_array(const struct model *model, size_t newest)
{
    size_t count = model_events(model);
    json_t *out = json_array();
    for (size_t i = count > newest ? count - newest : 0; i < count; i++) {
        json_array_append_new(out, json_event(model_event(model, i)));
    }
    return out;
}

static char *text_of(json_t *value)
{
    char *text = json_dumps(value, TEXT_FLAGS);
    json_decref(value);
    return text;
}

char *json_snapshot_text(const struct model *model, const char *title, size_t newest_events)
{
    const struct http_snapshot *snapshot = model_snapshot(model);
    json_t *out = json_object(), *sessions = json_array();

    json_object_set_new(out, "version", integer(PLAIT_STATS_VERSION));
    json_object_set_new(out, "boot", integer(model_boot(model)));
    json_object_set_new(out, "title", json_text(title));
    json_object_set_new(out, "now_ns", integer(snapshot->now_ns));
    json_object_set_new(out, "unix_ms", integer(snapshot->unix_ms));
    json_object_set_new(out, "links", json_links(snapshot));
    for (uint32_t i = 0; i < snapshot->sessions; i++) {
        json_array_append_new(sessions,
                              json_session(snapshot, &snapshot->session[i], model_rates(model, i)));
    }
    json_object_set_new(out, "sessions", sessions);
    json_object_set_new(out, "door", json_door(&snapshot->door));
    json_object_set_new(out, "events", events_array(model, newest_events));
    return text_of(out);
}

static json_int_t number(const json_t *object, const char *name)
{
    return json_integer_value(json_object_get(object, name));
}

static json_int_t state_number(const char *state)
{
    for (int i = PLAIT_PATH_NONE; state != NULL && i <= PLAIT_PATH_DOWN; i++) {
        if (strcmp(words_path_state((enum plait_path_state)i), state) == 0) {
            return i;
        }
    }
    return PLAIT_PATH_NONE;
}

static json_t *sample_path(const json_t *path, int sender)
{
    const json_int_t values[] = {
        number(path, "link"),
        number(path, sender ? "sent_bps" : "received_bps"),
        number(path, "capacity_bps"),
        (number(path, "rtt_ns") + 999999) / 1000000, /* 0: unknown */
        number(path, "queue_ns") / 1000000,
        number(path, "loss_ppm"),
        number(path, "share_ppm"),
        state_number(json_string_value(json_object_get(path, "state"))),
    };
    json_t *out = json_array();
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        json_array_append_new(out, json_integer(values[i]));
    }
    return out;
}

json_t *json_sample_of_session(const json_t *session)
{
    const json_t *stream = json_object_get(session, "stream");
    const json_t *paths = json_object_get(session, "paths");
    const char *role = json_string_value(json_object_get(session, "role"));
    int sender = role != NULL && strcmp(role, words_role(PLAIT_SENDER)) == 0;
    char key[32];
    json_t *out = json_object(), *list = json_array();

    snprintf(key, sizeof(key), "%s:%lld", role != NULL ? role : "",
             (long long)number(session, "session"));
    const struct {
        const char *name;
        json_int_t value;
    } members[] = {
        {"m", number(session, "media_bps")},
        {"ok", number(stream, sender ? "acked" : "delivered")},
        {"bad", sender ? number(stream, "expired") + number(stream, "dropped")
                       : number(stream, "missing")},
        {"fec", number(stream, sender ? "repair_sent" : "recovered_fec")},
        {"arq", sender ? number(stream, "resent") + number(stream, "reinjected")
                       : number(stream, "recovered_arq")},
        {"lat", number(stream, "latency_measured_ns") / 1000000},
        {"head", number(stream, "headroom_ns") / 1000000},
        {"adv", number(stream, "advice_bps")},
    };
    json_object_set_new(out, "k", json_string(key));
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        json_object_set_new(out, members[i].name, json_integer(members[i].value));
    }
    for (size_t i = 0; i < json_array_size(paths); i++) {
        json_array_append_new(list, sample_path(json_array_get(paths, i), sender));
    }
    json_object_set_new(out, "p", list);
    return out;
}

char *json_sample_text(const struct model *model)
{
    const struct http_snapshot *snapshot = model_snapshot(model);
    json_t *out = json_object(), *sessions = json_array();

    json_object_set_new(out, "t", integer(snapshot->unix_ms));
    for (uint32_t i = 0; i < snapshot->sessions; i++) {
        json_t *session = json_session(snapshot, &snapshot->session[i], model_rates(model, i));
        json_array_append_new(sessions, json_sample_of_session(session));
        json_decref(session);
    }
    json_object_set_new(out, "s", sessions);
    return text_of(out);
}

char *json_history_text(const struct model *model)
{
    json_t *out = json_object(), *samples = json_array();
    for (size_t i = 0; i < model_history_count(model); i++) {
        json_array_append_new(samples, json_loads(model_history(model, i), 0, NULL));
    }
    json_object_set_new(out, "boot", integer(model_boot(model)));
    json_object_set_new(out, "samples", samples);
    json_object_set_new(out, "events", events_array(model, MODEL_EVENTS));
    return text_of(out);
}

/* What SLS and belabox receivers answer and NOALBS reads: bitrate in kbit/s, rtt in ms. */
static json_t *legacy_publisher(const struct http_session *session, const struct model_rates *rates)
{
    const struct plait_stats *stats = &session->stats;
    uint64_t rtt_ns = 0, active = 0;
    for (uint32_t i = 0; i < stats->paths && i < PLAIT_MAX_PATHS; i++) {
        if (stats->path[i].state == PLAIT_PATH_ACTIVE) {
            active++;
            rtt_ns = stats->path[i].rtt_ns > rtt_ns ? stats->path[i].rtt_ns : rtt_ns;
        }
    }
    json_t *out = json_object();
    json_object_set_new(out, "connected", json_boolean(stats->up));
    json_object_set_new(out, "bitrate", integer(rates->media_bps / 1000));
    json_object_set_new(out, "rtt", json_real((double)rtt_ns / 1e6));
    json_object_set_new(out, "latency", integer(stats->stream.latency_ns / 1000000));
    json_object_set_new(out, "network", integer(active));
    json_object_set_new(out, "dropped_pkts",
                        integer(session->role == PLAIT_SENDER
                                    ? stats->stream.dropped + stats->stream.expired
                                    : stats->stream.missing));
    json_object_set_new(out, "pktRcvLoss", integer(stats->stream.missing));
    json_object_set_new(out, "pktRcvDrop", integer(stats->stream.late));
    json_object_set_new(out, "uptime", integer(stats->uptime_ns / 1000000000));
    return out;
}

char *json_legacy_text(const struct model *model)
{
    const struct http_snapshot *snapshot = model_snapshot(model);
    json_t *out = json_object(), *publishers = json_object();

    for (uint32_t i = 0; i < snapshot->sessions; i++) {
        const struct http_session *session = &snapshot->session[i];
        char name[HTTP_NAME + 16];
        if (session->discarded) {
            continue; /* who switches scenes by this asks for what comes out */
        }
        if (session->name[0] != '\0' && json_object_get(publishers, session->name) == NULL) {
            snprintf(name, sizeof(name), "%s", session->name);
        } else if (session->name[0] != '\0') {
            snprintf(name, sizeof(name), "%s-%u", session->name, session->stats.session);
        } else if (session->stats.session == 0) {
            snprintf(name, sizeof(name), "live");
        } else {
            snprintf(name, sizeof(name), "live%u", session->stats.session);
        }
        json_t *publisher = legacy_publisher(session, model_rates(model, i));
        if (json_object_set_new(publishers, name, publisher) != 0) {
            json_object_set_new(publishers, "?", legacy_publisher(session, model_rates(model, i)));
        }
    }
    json_object_set_new(out, "publishers", publishers);
    json_object_set_new(out, "status", json_string("ok"));
    return text_of(out);
}
