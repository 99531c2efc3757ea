/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/report_decisions.h"

#include <stdio.h>
#include <string.h>

static const char *const triggers[] = {"fresh", "resend", "reinject", "repair", "probe"};

static const char *text_of(const json_t *data, const char *name)
{
    const char *text = json_string_value(json_object_get(data, name));
    return text ? text : "";
}

/* The place of a role's session; REPORT_SESSIONS when there is none. */
static uint32_t find(const struct report_decisions *decisions, const json_t *data)
{
    json_int_t session = json_integer_value(json_object_get(data, "session"));
    const char *role = text_of(data, "role");
    for (uint32_t i = 0; i < decisions->sessions; i++) {
        if (decisions->of[i].session == session && strcmp(decisions->of[i].role, role) == 0)
            return i;
    }
    return REPORT_SESSIONS;
}

static uint32_t place(struct report_decisions *decisions, const json_t *data)
{
    uint32_t at = find(decisions, data);
    if (at < REPORT_SESSIONS || decisions->sessions == REPORT_SESSIONS)
        return at;
    at = decisions->sessions++;
    decisions->of[at].session = json_integer_value(json_object_get(data, "session"));
    (void)snprintf(decisions->of[at].role, sizeof decisions->of[at].role, "%s",
                   text_of(data, "role"));
    return at;
}

/* How the chosen path stood among those that were ready. */
static void weigh(struct report_path *path, json_int_t chosen, const json_t *candidates)
{
    double own = 0, earliest = 1e18;
    uint32_t ready = 0;
    size_t at;
    json_t *candidate;
    json_array_foreach(candidates, at, candidate)
    {
        double arrival = json_number_value(json_object_get(candidate, "arrival_ms"));
        if (json_integer_value(json_object_get(candidate, "path_id")) == chosen)
            own = arrival;
        else if (strcmp(text_of(candidate, "state"), "ready") != 0)
            continue;
        ready++;
        earliest = arrival < earliest ? arrival : earliest;
    }
    if (ready == 0)
        return;
    path->only += ready == 1;
    path->earliest += ready > 1 && own <= earliest;
    path->lighter += ready > 1 && own > earliest;
}

static void sent_taken(uint64_t *counts, struct report_path *path, const json_t *data)
{
    for (int why = REPORT_FRESH; why <= REPORT_PROBE; why++) {
        if (strcmp(text_of(data, "trigger"), triggers[why]) == 0) {
            counts[why]++;
            path->sent[why]++;
        }
    }
    weigh(path, json_integer_value(json_object_get(data, "path_id")),
          json_object_get(data, "candidates"));
}

bool report_decision_taken(struct report_decisions *decisions, const char *name, const json_t *data)
{
    static const struct {
        const char *name;
        enum report_count count;
    } counted[] = {
        {"packet_lost", REPORT_LOST},       {"packet_overdue", REPORT_LOST},
        {"source_dropped", REPORT_DROPPED}, {"source_expired", REPORT_EXPIRED},
        {"source_missing", REPORT_MISSING},
    };
    if (!json_object_get(data, "role") || json_object_get(data, "stream"))
        return false;
    uint32_t at = place(decisions, data);
    if (at == REPORT_SESSIONS)
        return true;
    decisions->records++;
    uint64_t *counts = decisions->of[at].count;
    struct report_path *path =
        &decisions->of[at]
             .path[(size_t)json_integer_value(json_object_get(data, "path_id")) % PLAIT_MAX_PATHS];
    if (strcmp(name, "packet_sent") == 0)
        sent_taken(counts, path, data);
    for (size_t i = 0; i < sizeof counted / sizeof counted[0]; i++) {
        if (strcmp(name, counted[i].name) != 0)
            continue;
        json_int_t missing = json_integer_value(json_object_get(data, "missing"));
        counts[counted[i].count] += missing > 0 ? (uint64_t)missing : 1;
        path->lost += counted[i].count == REPORT_LOST;
    }
    return true;
}

json_t *report_decisions_so_far(const struct report_decisions *decisions, const json_t *session)
{
    uint32_t at = find(decisions, session);
    if (at == REPORT_SESSIONS)
        return NULL;
    json_t *list = json_array();
    for (int i = 0; i < REPORT_COUNTS; i++)
        (void)json_array_append_new(list, json_integer((json_int_t)decisions->of[at].count[i]));
    return list;
}

static json_t *path_json(uint32_t id, const struct report_path *path)
{
    json_t *out = json_pack("{s:i, s:I, s:I, s:I, s:I}", "path_id", (int)id, "lost",
                            (json_int_t)path->lost, "only", (json_int_t)path->only, "earliest",
                            (json_int_t)path->earliest, "lighter", (json_int_t)path->lighter);
    for (int why = REPORT_FRESH; why <= REPORT_PROBE; why++)
        (void)json_object_set_new(out, triggers[why], json_integer((json_int_t)path->sent[why]));
    return out;
}

json_t *report_decisions_json(const struct report_decisions *decisions)
{
    json_t *out = json_array();
    for (uint32_t i = 0; i < decisions->sessions; i++) {
        json_t *paths = json_array();
        for (uint32_t k = 0; k < PLAIT_MAX_PATHS; k++) {
            const struct report_path *path = &decisions->of[i].path[k];
            uint64_t all = path->sent[REPORT_FRESH] + path->sent[REPORT_RESEND] +
                           path->sent[REPORT_REINJECT] + path->sent[REPORT_REPAIR];
            if (all > 0)
                (void)json_array_append_new(paths, path_json(k, path));
        }
        (void)json_array_append_new(out,
                                    json_pack("{s:s, s:I, s:o}", "role", decisions->of[i].role,
                                              "session", decisions->of[i].session, "paths", paths));
    }
    return out;
}
