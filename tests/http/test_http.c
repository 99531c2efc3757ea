/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "http/access.h"
#include "http/assets.h"
#include "http/decisions.h"
#include "http/fields.h"
#include "http/json.h"
#include "http/mailbox.h"
#include "http/metrics.h"
#include "http/settle.h"
#include "http/words.h"
#include "made_up.h"

#define SECOND UINT64_C(1000000000)

static struct made_up world;

/* A model that has lived `seconds`, two snapshots a second. */
static struct model *lived(int seconds)
{
    struct model *model = model_create();
    struct http_event events[8];

    assert_non_null(model);
    made_up_init(&world, 3, 1700000000000);
    for (int i = 0; i < 2 * seconds; i++) {
        size_t count = made_up_step(&world, SECOND / 2, events, 8);
        for (size_t k = 0; k < count; k++) {
            model_event_taken(model, &events[k]);
        }
        if (model_snapshot_taken(model, &world.snapshot)) {
            model_history_add(model, json_sample_text(model));
        }
    }
    return model;
}

static void mailbox_gives_the_newest_snapshot_once(void **state)
{
    struct http_mailbox *box = mailbox_create();

    (void)state;
    assert_null(mailbox_take(box));
    made_up_init(&world, 2, 0);
    for (int i = 0; i < 5; i++) {
        made_up_step(&world, SECOND, NULL, 0);
        mailbox_put(box, &world.snapshot);
    }
    const struct http_snapshot *got = mailbox_take(box);
    assert_non_null(got);
    assert_int_equal(got->now_ns, 5 * SECOND);
    assert_int_equal(got->sessions, 2);
    assert_memory_equal(&got->session[1], &world.snapshot.session[1], sizeof(got->session[1]));
    assert_null(mailbox_take(box));
    mailbox_put(box, &world.snapshot);
    assert_non_null(mailbox_take(box));
    mailbox_destroy(box);
}

static void decisions_that_do_not_fit_are_counted(void **state)
{
    struct decisions *decisions = decisions_create();
    struct plait_trace record = {.kind = PLAIT_TRACE_DROPPED, .role = PLAIT_SENDER};
    const struct plait_trace *taken;
    (void)state;

    record.path = UINT32_MAX;
    for (uint64_t i = 0; i < DECISIONS_KEPT + 10; i++) {
        record.u.gone.seq = i;
        decisions_put(decisions, &record);
    }
    for (uint64_t i = 0; i < DECISIONS_KEPT; i++) {
        taken = decisions_take(decisions);
        assert_true(taken != NULL && taken->u.gone.seq == i);
    }
    assert_null(decisions_take(decisions));
    assert_int_equal(decisions_lost(decisions), 10);
    assert_int_equal(decisions_lost(decisions), 0);
    decisions_destroy(decisions);
}

/* Estimates are told where they changed. */
static void metrics_are_told_when_they_change(void **state)
{
    struct decisions *decisions = decisions_create();
    struct plait_trace record = {.kind = PLAIT_TRACE_METRICS, .role = PLAIT_SENDER, .path = 3};
    json_t *data;
    (void)state;

    record.u.metrics.rtt_ns = 40500000;
    record.u.metrics.window_bytes = 20000;
    data = decisions_json(decisions, &record);
    assert_true(json_number_value(json_object_get(data, "smoothed_rtt")) == 40.5);
    assert_int_equal(json_integer_value(json_object_get(data, "congestion_window")), 20000);
    assert_int_equal(json_integer_value(json_object_get(data, "path_id")), 3);
    json_decref(data);
    assert_null(decisions_json(decisions, &record));
    record.u.metrics.window_bytes = 30000;
    data = decisions_json(decisions, &record);
    assert_null(json_object_get(data, "smoothed_rtt"));
    assert_int_equal(json_integer_value(json_object_get(data, "congestion_window")), 30000);
    json_decref(data);
    decisions_destroy(decisions);
}

static void mailbox_counts_events_that_do_not_fit(void **state)
{
    struct http_mailbox *box = mailbox_create();
    struct http_event event = {.link = UINT32_MAX}, got;

    (void)state;
    for (uint64_t i = 0; i < MAILBOX_EVENTS + 3; i++) {
        event.now_ns = i;
        mailbox_put_event(box, &event);
    }
    assert_int_equal(mailbox_events_dropped(box), 3);
    for (uint64_t i = 0; i < MAILBOX_EVENTS; i++) {
        assert_true(mailbox_take_event(box, &got));
        assert_int_equal(got.now_ns, i);
    }
    assert_false(mailbox_take_event(box, &got));
    mailbox_destroy(box);
}

static void rates_come_from_totals(void **state)
{
    struct model *model = lived(10);
    (void)state;
    assert_in_range(model_rates(model, 0)->media_bps, 7900000, 8100000);
    assert_in_range(model_rates(model, 1)->media_bps, 7900000, 8100000);
    assert_true(model_rates(model, 0)->sent_bps[0] > 0);
    assert_true(model_rates(model, 1)->received_bps[0] > 0);
    model_destroy(model);
}

static void a_session_that_starts_anew_has_no_negative_rate(void **state)
{
    struct model *model = lived(10);
    struct plait_stats *stats = &world.snapshot.session[0].stats;

    (void)state;
    world.snapshot.now_ns += SECOND;
    stats->uptime_ns = 1;
    stats->stream.written_bytes = 5;
    model_snapshot_taken(model, &world.snapshot);
    assert_int_equal(model_rates(model, 0)->media_bps, 0);
    model_destroy(model);
}

/* Places in the list change; role and number say which session it is. */
static void a_session_keeps_its_rate_when_another_leaves(void **state)
{
    struct model *model = lived(10);
    uint64_t received_bps = model_rates(model, 1)->received_bps[0];

    (void)state;
    assert_true(received_bps > 0);
    world.snapshot.session[0] = world.snapshot.session[1];
    world.snapshot.sessions = 1;
    model_snapshot_taken(model, &world.snapshot);
    assert_int_equal(model_rates(model, 0)->received_bps[0], received_bps);
    assert_int_equal(model_rates(model, 1)->received_bps[0], 0);
    model_destroy(model);
}

static void history_is_one_sample_a_second_for_ten_minutes(void **state)
{
    struct model *model = lived(700);
    (void)state;
    assert_int_equal(model_history_count(model), MODEL_HISTORY);
    char *text = json_history_text(model);
    json_t *value = json_loads(text, 0, NULL);
    json_t *samples = json_object_get(value, "samples");
    assert_int_equal(json_array_size(samples), MODEL_HISTORY);
    json_int_t last = 0;
    for (size_t i = 0; i < MODEL_HISTORY; i++) {
        json_int_t at = json_integer_value(json_object_get(json_array_get(samples, i), "t"));
        assert_true(i == 0 || at - last == 1000);
        last = at;
    }
    assert_true(json_array_size(json_object_get(value, "events")) > 10);
    json_decref(value);
    free(text);
    model_destroy(model);
}

static void snapshot_has_every_field_of_its_side(void **state)
{
    struct model *model = lived(3);
    char *text = json_snapshot_text(model, "t", 4);
    json_t *value = json_loads(text, 0, NULL);
    json_t *sessions = json_object_get(value, "sessions");
    json_t *sender = json_array_get(sessions, 0), *receiver = json_array_get(sessions, 1);
    json_t *path = json_array_get(json_object_get(sender, "paths"), 1);

    (void)state;
    assert_int_equal(json_array_size(sessions), 2);
    assert_non_null(json_object_get(json_object_get(sender, "stream"), "written_bytes"));
    assert_null(json_object_get(json_object_get(sender, "stream"), "recovered_fec"));
    assert_non_null(json_object_get(json_object_get(receiver, "stream"), "recovered_fec"));
    assert_string_equal(json_string_value(json_object_get(path, "name")), "Tele2");
    assert_string_equal(json_string_value(json_object_get(path, "state")), "active");
    assert_string_equal(json_string_value(json_object_get(path, "local")), "192.168.9.100:40000");
    assert_non_null(json_object_get(path, "capacity_bps"));
    json_decref(value);
    free(text);
    model_destroy(model);
}

/* What Prometheus has in its base units, JSON has with the unit in the name. */
static void names_carry_their_units(void **state)
{
    static const char *const units[][2] = {
        {"_bytes_per_second", "_bps"},
        {"_bytes", "bytes"},
        {"_seconds", "_ns"},
        {"_ratio", "_ppm"},
    };
    const struct field *const tables[] = {field_stream, field_path};
    const size_t counts[] = {field_stream_count, field_path_count};

    (void)state;
    for (size_t t = 0; t < 2; t++) {
        for (size_t i = 0; i < counts[t]; i++) {
            const struct field *field = &tables[t][i];
            const char *unit = "";

            for (size_t k = 0; k < 4 && *unit == '\0'; k++)
                unit = strstr(field->metric, units[k][0]) ? units[k][1] : "";
            if (!strstr(field->name, unit))
                fail_msg("%s (%s) has no %s", field->name, field->metric, unit);
        }
    }
}

static void names_that_are_no_utf8_do_no_harm(void **state)
{
    struct model *model = lived(2);
    (void)state;
    memcpy(world.snapshot.link[0].name, "\xff\xfe\"\\\n", 6);
    memcpy(world.snapshot.link[1].name, "\"\\\n", 4);
    memcpy(world.snapshot.session[0].name, "\xc3", 2);
    model_snapshot_taken(model, &world.snapshot);
    char *text = json_snapshot_text(model, "t", 4), *legacy = json_legacy_text(model);
    json_t *value = json_loads(text, 0, NULL), *other = json_loads(legacy, 0, NULL);
    assert_non_null(value);
    assert_non_null(other);
    json_decref(value);
    json_decref(other);
    free(text);
    free(legacy);
    char *metrics = metrics_text(&world.snapshot);
    assert_non_null(strstr(metrics, "link=\"\\\"\\\\\""));
    value = json_string(metrics); /* which refuses what is no UTF-8, as Prometheus does */
    assert_non_null(value);
    json_decref(value);
    free(metrics);
    model_destroy(model);
}

static void legacy_has_a_publisher_a_session(void **state)
{
    struct model *model = lived(2);

    (void)state;
    memcpy(world.snapshot.session[0].name, "car", 4);
    memcpy(world.snapshot.session[1].name, "car", 4);
    world.snapshot.session[1].stats.session = 7;
    model_snapshot_taken(model, &world.snapshot);
    char *text = json_legacy_text(model);
    json_t *value = json_loads(text, 0, NULL);
    json_t *publishers = json_object_get(value, "publishers");
    assert_non_null(json_object_get(publishers, "car"));
    assert_non_null(json_object_get(json_object_get(publishers, "car-7"), "bitrate"));
    json_decref(value);
    free(text);
    model_destroy(model);
}

static void events_are_told_in_words(void **state)
{
    static const enum plait_event_kind kinds[] = {PLAIT_EVENT_PATH_DOWN, PLAIT_EVENT_REKEYED};
    char text[HTTP_TEXT];

    (void)state;
    words_event_text(&(struct plait_event){.kind = kinds[0]}, "wwan0", text, sizeof(text));
    assert_string_equal(text, "wwan0 is down");
    assert_string_equal(words_event(kinds[0]), "path_down");
    assert_string_equal(words_event(kinds[1]), "rekeyed");
    assert_string_equal(words_event((enum plait_event_kind)0), "note");
    assert_string_equal(words_event((enum plait_event_kind)77), "note");
}

static void a_moment_of_overdue_receipts_is_no_news(void **state)
{
    static struct settle settle;
    struct http_event event = {.now_ns = SECOND, .event = {PLAIT_EVENT_PATH_SUSPECT, 3, 0}}, out;

    (void)state;
    assert_false(settle_event_taken(&settle, &event));
    assert_false(settle_due(&settle, SECOND + SECOND / 2, &out));
    event.event.kind = PLAIT_EVENT_PATH_UP;
    assert_false(settle_event_taken(&settle, &event));
    assert_false(settle_due(&settle, 9 * SECOND, &out));
    assert_true(settle_event_taken(&settle, &event));
    event.event.kind = PLAIT_EVENT_PATH_SUSPECT;
    assert_false(settle_event_taken(&settle, &event));
    assert_true(settle_due(&settle, 2 * SECOND, &out));
    assert_int_equal(out.event.path, 3);
    assert_false(settle_due(&settle, 2 * SECOND, &out));
    event.event.kind = PLAIT_EVENT_PATH_DOWN;
    assert_true(settle_event_taken(&settle, &event));
}

static void settling_takes_no_session_for_another(void **state)
{
    static struct settle settle;
    struct http_event event = {.now_ns = SECOND};

    (void)state;
    for (event.session = 0; event.session < 64; event.session++) {
        event.event.kind = PLAIT_EVENT_PATH_UP;
        assert_true(settle_event_taken(&settle, &event));
        event.event.kind = PLAIT_EVENT_PATH_SUSPECT;
        assert_false(settle_event_taken(&settle, &event));
    }
}

static void hosts_and_tokens(void **state)
{
    uint8_t digest[ACCESS_DIGEST];

    (void)state;
    assert_true(access_host_allowed("localhost:9000"));
    assert_true(access_host_allowed("127.0.0.1:9000"));
    assert_true(access_host_allowed("[::1]:9000"));
    assert_false(access_host_allowed("evil.example:9000"));
    assert_false(access_host_allowed("127.0.0.1.evil.example"));
    assert_false(access_host_allowed("[::1"));
    assert_false(access_host_allowed(""));
    access_token_digest("abc", digest);
    assert_true(access_token_equal(digest, "abc"));
    assert_false(access_token_equal(digest, "abcd"));
    assert_false(access_token_equal(digest, "ab"));
    assert_false(access_token_equal(digest, ""));
    assert_string_equal(access_bearer("bearer abc"), "abc");
    assert_null(access_bearer("Basic abc"));
    assert_null(access_bearer(NULL));
}

static void bad_addresses_are_refused_with_a_cure(void **state)
{
    static const struct {
        const char *listen, *token, *words;
    } bad[] = {
        {"nonsense", NULL, "ADDR:PORT"},       {"127.0.0.1:", NULL, "ADDR:PORT"},
        {"127.0.0.1:http", NULL, "ADDR:PORT"}, {"192.0.2.77:8080", "x", "no such address"},
        {"0.0.0.0:0", NULL, "token"},          {"[::]:0", "", "token"},
    };
    struct http_server *server = NULL, *other = NULL;
    char why[256];

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct http_config config = {.listen = bad[i].listen, .token = bad[i].token};
        assert_true(http_server_open(&config, &server, why, sizeof(why)) < 0);
        assert_non_null(strstr(why, bad[i].words));
    }
    struct http_config config = {.listen = ":0"};
    assert_int_equal(http_server_open(&config, &server, why, sizeof(why)), 0);
    config.listen = http_server_address(server);
    assert_memory_equal(config.listen, "127.0.0.1:", 10);
    assert_true(http_server_open(&config, &other, why, sizeof(why)) < 0);
    assert_non_null(strstr(why, "another program"));
    http_server_stop(server);
}

static void the_page_is_embedded_and_asks_no_other_host(void **state)
{
    (void)state;
    assert_null(http_asset_find("/nothing"));
    assert_non_null(http_asset_find("/dygraph.js"));
    const struct http_asset *page = http_asset_find("/");
    assert_non_null(page);
    assert_null(strstr((const char *)page->data, "http:"));
    assert_null(strstr((const char *)page->data, "https:"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mailbox_gives_the_newest_snapshot_once),
        cmocka_unit_test(decisions_that_do_not_fit_are_counted),
        cmocka_unit_test(metrics_are_told_when_they_change),
        cmocka_unit_test(mailbox_counts_events_that_do_not_fit),
        cmocka_unit_test(rates_come_from_totals),
        cmocka_unit_test(a_session_that_starts_anew_has_no_negative_rate),
        cmocka_unit_test(a_session_keeps_its_rate_when_another_leaves),
        cmocka_unit_test(history_is_one_sample_a_second_for_ten_minutes),
        cmocka_unit_test(snapshot_has_every_field_of_its_side),
        cmocka_unit_test(names_carry_their_units),
        cmocka_unit_test(names_that_are_no_utf8_do_no_harm),
        cmocka_unit_test(legacy_has_a_publisher_a_session),
        cmocka_unit_test(events_are_told_in_words),
        cmocka_unit_test(a_moment_of_overdue_receipts_is_no_news),
        cmocka_unit_test(settling_takes_no_session_for_another),
        cmocka_unit_test(hosts_and_tokens),
        cmocka_unit_test(bad_addresses_are_refused_with_a_cure),
        cmocka_unit_test(the_page_is_embedded_and_asks_no_other_host),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
