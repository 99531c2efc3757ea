/* SPDX-License-Identifier: BSD-2-Clause */
/* The option table and its parser. */
#include "../run/support.h"

#include "cli/options.h"

struct row {
    unsigned command;
    const char *words[6];
    const char *tells; /* NULL: taken; else a part of the refusal */
};

static const struct row rows[] = {
    {FOR_SEND, {"--to", "h:1", "--in", "-"}, NULL},
    {FOR_SEND, {"--to=h:1", "--in=-"}, NULL},
    {FOR_SEND, {"--link", "dev=a", "--link", "dev=b"}, NULL},
    {FOR_SEND, {"--mode", "backup"}, NULL},
    {FOR_SEND, {"--latency", "20"}, NULL},
    {FOR_SEND, {"--latency", "10000"}, NULL},
    {FOR_LAB, {"--rate", "8M", "--seconds", "3"}, NULL},
    {FOR_SEND, {"--help"}, NULL},
    {FOR_SEND, {"-h"}, NULL},
    {FOR_SEND, {"--latency", "19"}, "--latency '19' is out of range; give a whole number, 20"},
    {FOR_SEND, {"--latency", "10001"}, "20 to 10000"},
    {FOR_SEND, {"--latency", "400ms"}, "'400ms' is no number of milliseconds; give a whole"},
    {FOR_LAB, {"--seed", "a"}, "'a' is no number; give"},
    {FOR_LAB, {"--rate", "100"}, "at least 1k"},
    {FOR_SEND, {"--latency", "99999999999999999999999"}, "is out of range"},
    {FOR_SEND, {"--latency", "-5"}, "--latency '-5'"},
    {FOR_SEND, {"--latency", ""}, "--latency '' is empty"},
    {FOR_SEND, {"--latency"}, "--latency has no value; give MS"},
    {FOR_SEND, {"--mode", "fast"}, "--mode 'fast' is not known; give one of: aggregate, backup"},
    {FOR_SEND, {"--rate", "quick"}, "--rate 'quick'"},
    {FOR_SEND, {"--listen", "h:1"}, "--listen is no option of this command"},
    {FOR_RECV, {"--link", "dev=a"}, "--link is no option of this command"},
    {FOR_SEND, {"--bogus"}, "--bogus is no option"},
    {FOR_SEND, {"--no-fec=1"}, "--no-fec takes no value"},
    {FOR_SEND, {"-x"}, "-x is no option"},
};

static int parse(struct options *options, const struct row *row, char words[6][64],
                 struct run_error *error)
{
    char *pointers[6];
    int count = 0;
    while (count < 6 && row->words[count]) {
        (void)snprintf(words[count], 64, "%s", row->words[count]);
        pointers[count] = words[count];
        count++;
    }
    return options_parse(options, row->command, count, pointers, error);
}

static void words_are_taken_or_refused(void **state)
{
    struct options options;
    struct run_error error;
    char words[6][64];
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        int err = parse(&options, &rows[i], words, &error);
        assert_int_equal(err == PLAIT_OK, rows[i].tells == NULL);
        if (err != PLAIT_OK)
            assert_tells(error, rows[i].tells);
    }
}

static void values_arrive(void **state)
{
    static const struct row row = {
        FOR_LAB, {"--rate=2.5M", "--seed", "9", "--mode", "broadcast"}, NULL};
    static const struct row links = {
        FOR_SEND, {"--link", "dev=a", "--link=dev=b", "--no-fec"}, NULL};
    struct options options;
    struct run_error error;
    char words[6][64];
    (void)state;
    assert_int_equal(parse(&options, &row, words, &error), PLAIT_OK);
    assert_int_equal(options.rate_bps, 2500000);
    assert_int_equal(options.seed, 9);
    assert_int_equal(options.mode, PLAIT_MODE_BROADCAST);
    assert_int_equal(parse(&options, &links, words, &error), PLAIT_OK);
    assert_int_equal(options.links.count, 2);
    assert_string_equal(options.links.items[1], "dev=b");
    assert_true(options.no_fec);
    assert_int_equal(options.latency_ms, 0);
}

static void secret_leaves_the_command_line(void **state)
{
    static const struct row row = {FOR_SEND, {"--secret", "open sesame", "--http-token=abc"}, NULL};
    struct options options;
    struct run_error error;
    char words[6][64];
    (void)state;
    assert_int_equal(parse(&options, &row, words, &error), PLAIT_OK);
    assert_string_equal(options.secret, "open sesame");
    assert_string_equal(options.http_token, "abc");
    assert_string_equal(words[1], "xxxxxxxxxxx");
    assert_null(strstr(words[2], "abc"));
}

static void list_has_an_end(void **state)
{
    struct options options;
    struct run_error error;
    const struct option *row = options_find("allow", FOR_RECV);
    (void)state;
    memset(&options, 0, sizeof options);
    assert_non_null(row);
    for (int i = 0; i < OPTIONS_MAX_LIST; i++)
        assert_int_equal(options_set(&options, row, "f", &error), PLAIT_OK);
    assert_int_equal(options_set(&options, row, "last", &error), PLAIT_ERR_INVALID);
    assert_tells(error, "--allow 'last'");
}

/* What the help, the man page and the completions rely on. */
static void table_is_complete(void **state)
{
    (void)state;
    for (size_t i = 0; i < options_count; i++) {
        const struct option *row = &options_table[i];
        assert_true(row->commands != 0);
        assert_true(strlen(row->help) > 8);
        assert_int_equal(row->value == NULL, row->kind == OPTION_FLAG);
        assert_int_equal(row->choices != NULL, row->kind == OPTION_CHOICE);
        assert_true(row->kind != OPTION_NUMBER || row->min < row->max);
        assert_true(row->offset < sizeof(struct options));
        for (size_t k = 0; k < i; k++) /* one meaning a command */
            assert_true(strcmp(row->name, options_table[k].name) != 0 ||
                        (row->commands & options_table[k].commands) == 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_taken_or_refused),
        cmocka_unit_test(values_arrive),
        cmocka_unit_test(secret_leaves_the_command_line),
        cmocka_unit_test(list_has_an_end),
        cmocka_unit_test(table_is_complete),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
