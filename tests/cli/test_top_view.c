/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "cli/top_view.h"

struct screen {
    char text[4096];
    bool on_time_good;
};

static void on_text(void *ctx, enum top_tone tone, const char *text)
{
    struct screen *screen = ctx;
    size_t len = strlen(screen->text);
    (void)snprintf(screen->text + len, sizeof screen->text - len, "%s", text);
    if (strstr(text, "on time"))
        screen->on_time_good = tone == TOP_GOOD;
}

static void on_row_end(void *ctx)
{
    on_text(ctx, TOP_PLAIN, "\n");
}

static json_t *receiver(int number, int delivered, int missing)
{
    return json_pack("{s:i, s:s, s:b, s:{s:i, s:i}, s:[]}", "session", number, "role", "receiver",
                     "up", 1, "stream", "delivered", delivered, "missing", missing, "paths");
}

/* Draws a snapshot of these sessions at this second; takes them over. */
static void draw(struct screen *screen, struct top_history *history, int second, int unix_s,
                 json_t *sessions)
{
    struct top_output out = {screen, 120, on_text, on_row_end};
    json_t *snapshot = json_pack("{s:I, s:I, s:o}", "now_ns", (json_int_t)second * 1000000000,
                                 "unix_ms", (json_int_t)unix_s * 1000, "sessions", sessions);
    memset(screen, 0, sizeof *screen);
    top_view_draw(&out, history, snapshot, NULL, 40);
    json_decref(snapshot);
}

static void a_session_keeps_its_minute_when_another_leaves(void **state)
{
    static struct top_history history;
    static struct screen screen;
    (void)state;
    draw(&screen, &history, 1, 1, json_pack("[oo]", receiver(0, 100, 0), receiver(3, 500, 50)));
    draw(&screen, &history, 2, 2, json_pack("[oo]", receiver(0, 200, 0), receiver(3, 600, 50)));
    draw(&screen, &history, 3, 3, json_pack("[o]", receiver(3, 690, 60)));
    assert_non_null(strstr(screen.text, "on time 95.00 % (last minute)")); /* of 190 and 10 */
    /* Another session with its number has its own. */
    draw(&screen, &history, 4, 4, json_pack("[o]", receiver(3, 40, 10)));
    assert_non_null(strstr(screen.text, "on time 80.00 % (since it began)"));
}

static void a_clock_set_back_changes_nothing(void **state)
{
    static struct top_history history;
    static struct screen screen;
    (void)state;
    draw(&screen, &history, 1, 9000, json_pack("[o]", receiver(0, 100, 0)));
    draw(&screen, &history, 2, 10, json_pack("[o]", receiver(0, 175, 25)));
    assert_non_null(strstr(screen.text, "on time 75.00 % (last minute)"));
    /* The program began anew, or its host. */
    draw(&screen, &history, 0, 11, json_pack("[o]", receiver(0, 9, 1)));
    assert_non_null(strstr(screen.text, "on time 90.00 % (since it began)"));
}

static void nothing_yet_is_not_good(void **state)
{
    static struct top_history history;
    static struct screen screen;
    (void)state;
    draw(&screen, &history, 1, 1, json_pack("[o]", receiver(0, 0, 0)));
    assert_non_null(strstr(screen.text, "on time - "));
    assert_false(screen.on_time_good);
    draw(&screen, &history, 2, 2, json_pack("[o]", receiver(0, 10, 0)));
    assert_non_null(strstr(screen.text, "on time 100 % (last minute)"));
    assert_true(screen.on_time_good);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_session_keeps_its_minute_when_another_leaves),
        cmocka_unit_test(a_clock_set_back_changes_nothing),
        cmocka_unit_test(nothing_yet_is_not_good),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
