/* SPDX-License-Identifier: BSD-2-Clause */
/* plait top: the dashboard in a terminal, from the stream of another plait's --http. */
#include <locale.h>
#include <ncurses.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/sse.h"
#include "cli/top_view.h"

#define RETRY_MS    1000
#define STALE_MS    5000
#define PLAIN_WIDTH 120
#define PLAIN_ROWS  40

struct top {
    const char *address, *token;
    struct sse sse;
    struct top_history history;
    json_t *snapshot; /* the newest */
    struct run_error trouble;
    bool is_final; /* no use in trying again */
};

/* ---- a terminal ---- */

static void screen_text(void *ctx, enum top_tone tone, const char *text)
{
    static const int pair[] = {0, 0, 0, 1, 2, 3};
    attr_t attributes = tone == TOP_SOFT ? A_DIM : tone == TOP_STRONG ? A_BOLD : 0;
    int row, column;
    (void)ctx;
    getyx(stdscr, row, column);
    (void)row;
    attrset(attributes | (attr_t)COLOR_PAIR(pair[tone]));
    addnstr(text, COLS - 1 - column > 0 ? COLS - 1 - column : 0); /* cut, never wrapped */
}

static void screen_row_end(void *ctx)
{
    int row, column;
    (void)ctx;
    getyx(stdscr, row, column);
    (void)column;
    move(row + 1, 0);
}

static void screen_draw(struct top *top)
{
    struct top_output out = {NULL, COLS, screen_text, screen_row_end};
    erase();
    move(0, 0);
    if (top->snapshot)
        top_view_draw(&out, &top->history, top->snapshot,
                      top->trouble.text[0] != '\0' ? top->trouble.text : NULL, LINES);
    else
        screen_text(NULL, TOP_WARN,
                    top->trouble.text[0] != '\0' ? top->trouble.text : "connecting");
    refresh();
}

static volatile sig_atomic_t screen_was_asked_to_end;

static void screen_on_signal(int signal_number)
{
    (void)signal_number;
    screen_was_asked_to_end = 1;
}

/* ncurses' own handler would end the program as failed. */
static void screen_signals(void)
{
    struct sigaction action = {0};
    action.sa_handler = screen_on_signal;
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
}

static void screen_open(void)
{
    screen_signals();
    (void)initscr();
    (void)cbreak();
    (void)noecho();
    (void)curs_set(0);
    (void)keypad(stdscr, TRUE);
    timeout(0);
    if (has_colors()) {
        (void)start_color();
        (void)use_default_colors();
        (void)init_pair(1, COLOR_GREEN, -1);
        (void)init_pair(2, COLOR_YELLOW, -1);
        (void)init_pair(3, COLOR_RED, -1);
    }
}

/* True when it is time to leave. */
static bool screen_key(struct top *top)
{
    int key;
    if (screen_was_asked_to_end)
        return true;
    while ((key = getch()) != ERR) {
        if (key == 'q' || key == 'Q' || key == 3 || key == 27)
            return true;
        if (key == KEY_RESIZE)
            screen_draw(top);
    }
    return false;
}

/* ---- a pipe: one picture as plain text ---- */

static void plain_text(void *ctx, enum top_tone tone, const char *text)
{
    (void)tone;
    (void)fputs(text, ctx);
}

static void plain_row_end(void *ctx)
{
    (void)fputc('\n', ctx);
}

static void plain_draw(struct top *top)
{
    struct top_output out = {stdout, PLAIN_WIDTH, plain_text, plain_row_end};
    top_view_draw(&out, &top->history, top->snapshot, NULL, PLAIN_ROWS);
}

/* ---- both ---- */

static void top_read(struct top *top)
{
    bool ended;
    char *text;
    while ((text = sse_next(&top->sse, &ended)) != NULL) {
        json_t *snapshot = json_loads(text, 0, NULL);
        if (!json_is_object(snapshot)) {
            json_decref(snapshot);
            continue;
        }
        json_decref(top->snapshot);
        top->snapshot = snapshot;
        top->trouble.text[0] = '\0';
    }
    if (ended) {
        sse_close(&top->sse);
        (void)run_fail(&top->trouble, PLAIT_ERR_SYSTEM, "the connection ended; trying again");
    }
}

static void top_connect(struct top *top)
{
    struct run_error why;
    int err = sse_open(&top->sse, top->address, top->token, &why);
    if (err != PLAIT_OK)
        top->trouble = why;
    top->is_final = err == PLAIT_ERR_REFUSED;
}

/* Waits for news, a key or the time to try again. False when nothing came for STALE_MS. */
static bool top_wait(const struct top *top, bool keys)
{
    struct pollfd wait[] = {
        {.fd = top->sse.fd, .events = POLLIN},
        {.fd = keys ? STDIN_FILENO : -1, .events = POLLIN},
    };
    return poll(wait, 2, top->sse.fd >= 0 ? STALE_MS : RETRY_MS) != 0 || top->sse.fd < 0;
}

static int top_on_pipe(struct top *top)
{
    top_connect(top);
    while (top->sse.fd >= 0 && !top->snapshot && top_wait(top, false))
        top_read(top);
    if (!top->snapshot)
        return command_refuse("top", "%s",
                              top->trouble.text[0] != '\0' ? top->trouble.text : "no news came");
    plain_draw(top);
    return EXIT_GOOD;
}

static int top_on_terminal(struct top *top)
{
    top_connect(top);
    if (top->sse.fd < 0) /* the first time it is a mistake; later on it is the network */
        return command_refuse("top", "%s", top->trouble.text);
    screen_open();
    for (;;) {
        screen_draw(top);
        if (!top_wait(top, true)) { /* it may have died without a word */
            (void)run_fail(&top->trouble, PLAIT_ERR_SYSTEM, "no news for %d s", STALE_MS / 1000);
            sse_close(&top->sse);
        }
        if (screen_key(top))
            break;
        if (top->sse.fd >= 0)
            top_read(top);
        else
            top_connect(top);
        if (top->is_final)
            break;
    }
    (void)endwin();
    return top->is_final ? command_refuse("top", "%s", top->trouble.text) : EXIT_GOOD;
}

int command_top(const struct options *options)
{
    struct top top = {0};
    (void)setlocale(LC_ALL, "");
    top.sse.fd = -1;
    top.address = options->args.items[0];
    top.token = options->http_token;
    int code =
        isatty(STDOUT_FILENO) && isatty(STDIN_FILENO) ? top_on_terminal(&top) : top_on_pipe(&top);
    sse_close(&top.sse);
    json_decref(top.snapshot);
    return code;
}
