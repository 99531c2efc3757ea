/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/stats_json.h"

#include <sodium.h>

#include "run/addr.h"

struct field {
    const char *name;
    json_int_t value;
};

static void fields_set(json_t *object, const struct field *fields, size_t count)
{
    for (size_t i = 0; i < count; i++)
        (void)json_object_set_new(object, fields[i].name, json_integer(fields[i].value));
}

#define FIELD(from, member)                                                                        \
    {                                                                                              \
#member, (json_int_t)(from)->member                                                        \
    }
#define FIELDS_SET(object, fields) fields_set(object, fields, sizeof(fields) / sizeof(fields)[0])

const char *stats_path_state(enum plait_path_state state)
{
    static const char *const names[] = {"none", "validating", "active", "suspect", "down"};
    return (unsigned)state < sizeof names / sizeof names[0] ? names[state] : "?";
}

static json_t *json_stream(const struct plait_stream_stats *stream, enum plait_role role)
{
    const struct field sender[] = {
        FIELD(stream, written),     FIELD(stream, written_bytes), FIELD(stream, sent_first),
        FIELD(stream, resent),      FIELD(stream, reinjected),    FIELD(stream, repair_sent),
        FIELD(stream, acked),       FIELD(stream, dropped),       FIELD(stream, dropped_low),
        FIELD(stream, dropped_key), FIELD(stream, expired),       FIELD(stream, backlog),
        FIELD(stream, advice_bps),  FIELD(stream, latency_ns),
    };
    const struct field receiver[] = {
        FIELD(stream, expected),
        FIELD(stream, delivered),
        FIELD(stream, delivered_bytes),
        FIELD(stream, datagrams),
        FIELD(stream, missing),
        FIELD(stream, late),
        FIELD(stream, skipped),
        FIELD(stream, duplicates),
        FIELD(stream, recovered_fec),
        FIELD(stream, recovered_arq),
        FIELD(stream, reorder_depth),
        FIELD(stream, latency_ns),
        FIELD(stream, latency_measured_ns),
        FIELD(stream, headroom_ns),
    };
    json_t *object = json_object();
    if (role == PLAIT_SENDER)
        FIELDS_SET(object, sender);
    else
        FIELDS_SET(object, receiver);
    return object;
}

static json_t *json_path(const struct plait_path_stats *path, const char *name)
{
    char text[ADDR_TEXT];
    const struct field fields[] = {
        FIELD(path, path),           FIELD(path, link),
        FIELD(path, rate_bps),       FIELD(path, capacity_bps),
        FIELD(path, pacing_bps),     FIELD(path, rtt_ns),
        FIELD(path, min_rtt_ns),     FIELD(path, queue_ns),
        FIELD(path, jitter_ns),      FIELD(path, bytes_in_flight),
        FIELD(path, window),         FIELD(path, loss_ppm),
        FIELD(path, share_ppm),      FIELD(path, packets_sent),
        FIELD(path, bytes_sent),     FIELD(path, packets_received),
        FIELD(path, bytes_received), FIELD(path, packets_acked),
        FIELD(path, packets_lost),   FIELD(path, packets_spurious),
        FIELD(path, duplicates),
    };
    json_t *object = json_object();
    (void)json_object_set_new(object, "name", json_string(name));
    (void)json_object_set_new(object, "state", json_string(stats_path_state(path->state)));
    (void)json_object_set_new(object, "local", json_string(addr_text(&path->local, text)));
    (void)json_object_set_new(object, "remote", json_string(addr_text(&path->remote, text)));
    FIELDS_SET(object, fields);
    return object;
}

json_t *stats_json_session(const struct plait_stats *stats, enum plait_role role,
                           const char *const *link_names, uint32_t link_count)
{
    char peer[sodium_base64_ENCODED_LEN(PLAIT_KEY_BYTES, sodium_base64_VARIANT_ORIGINAL)];
    const struct field fields[] = {FIELD(stats, session), FIELD(stats, uptime_ns),
                                   FIELD(stats, rekeys)};
    json_t *object = json_object();
    json_t *paths = json_array();
    sodium_bin2base64(peer, sizeof peer, stats->peer_key, PLAIT_KEY_BYTES,
                      sodium_base64_VARIANT_ORIGINAL);
    for (uint32_t i = 0; i < stats->paths && i < PLAIT_MAX_PATHS; i++) {
        const struct plait_path_stats *path = &stats->path[i];
        bool has_name = link_names && path->link < link_count;
        (void)json_array_append_new(paths, json_path(path, has_name ? link_names[path->link] : ""));
    }
    FIELDS_SET(object, fields);
    (void)json_object_set_new(object, "role",
                              json_string(role == PLAIT_SENDER ? "sender" : "receiver"));
    (void)json_object_set_new(object, "peer", json_string(peer));
    (void)json_object_set_new(object, "up", json_boolean(stats->up));
    (void)json_object_set_new(object, "stream", json_stream(&stats->stream, role));
    (void)json_object_set_new(object, "paths", paths);
    return object;
}

json_t *stats_json_door(const struct plait_door_stats *door)
{
    const struct field fields[] = {
        FIELD(door, received),     FIELD(door, malformed),    FIELD(door, unauthentic),
        FIELD(door, replayed),     FIELD(door, refused),      FIELD(door, unknown_session),
        FIELD(door, rate_limited), FIELD(door, cookies_sent),
    };
    json_t *object = json_object();
    FIELDS_SET(object, fields);
    return object;
}
