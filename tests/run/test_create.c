/* SPDX-License-Identifier: BSD-2-Clause */
/* What plait_run_create() refuses, and how it tells. */
#include "support.h"

#include "plait/run.h"

static void mistakes_are_told(void **state)
{
    static const char *const bad_links[] = {"dev"};
    struct plait_run_config config = {0};
    struct plait_run *run = NULL;
    char error[PLAIT_RUN_ERROR_TEXT];
    (void)state;
    config.endpoint.role = PLAIT_SENDER;
    config.endpoint.secret_key[0] = 1;
    config.address = "127.0.0.1";
    assert_int_equal(plait_run_create(&config, &run, error), PLAIT_ERR_INVALID);
    assert_null(run);
    assert_non_null(strstr(error, "PORT"));
    config.address = "127.0.0.1:9";
    config.links = bad_links;
    config.link_count = 1;
    assert_int_equal(plait_run_create(&config, &run, error), PLAIT_ERR_INVALID);
    assert_non_null(strstr(error, "'dev'"));
    plait_run_destroy(NULL);
}

/* A field that a program forgot ends it with a line, not in a crash. */
static void what_was_forgotten_is_told(void **state)
{
    static const char *const holed[] = {"name=a", NULL};
    static const struct {
        enum plait_role role;
        const char *address;
        const char *const *links;
        uint32_t link_count;
        const char *told;
    } cases[] = {
        {PLAIT_RECEIVER, NULL, NULL, 0, "address"},
        {PLAIT_SENDER, NULL, NULL, 0, "address"},
        {PLAIT_SENDER, "127.0.0.1:9", NULL, 2, "links"},
        {PLAIT_SENDER, "127.0.0.1:9", holed, 2, "links"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct plait_run_config config = {0};
        struct plait_run *run = NULL;
        char error[PLAIT_RUN_ERROR_TEXT];
        config.endpoint.role = cases[i].role;
        config.endpoint.secret_key[0] = 1;
        config.address = cases[i].address;
        config.links = cases[i].links;
        config.link_count = cases[i].link_count;
        assert_int_equal(plait_run_create(&config, &run, error), PLAIT_ERR_INVALID);
        assert_null(run);
        assert_non_null(strstr(error, cases[i].told));
    }
}

/* Of a wrong configuration it is told which field, and with what it would be right. */
static void the_wrong_field_is_named(void **state)
{
    static const struct {
        struct plait_config endpoint;
        int err;
        const char *told;
    } cases[] = {
        {{.role = (enum plait_role)7}, PLAIT_ERR_INVALID, "endpoint.role"},
        {{.latency_ns = 1}, PLAIT_ERR_INVALID, "endpoint.latency_ns"},
        {{.mode = (enum plait_mode)9}, PLAIT_ERR_INVALID, "endpoint.mode"},
        {{.scheduler = (enum plait_scheduler)9}, PLAIT_ERR_INVALID, "endpoint.scheduler"},
        {{.controller = (enum plait_controller)9}, PLAIT_ERR_INVALID, "endpoint.controller"},
        {{.max_udp = 599}, PLAIT_ERR_INVALID, "endpoint.max_udp is not 600 to 1472"},
        {{.max_sessions = 65}, PLAIT_ERR_INVALID, "endpoint.max_sessions"},
        {{.max_peers = 1025}, PLAIT_ERR_INVALID, "endpoint.max_peers"},
        {{.store_packets = 65}, PLAIT_ERR_INVALID, "endpoint.store_packets"},
        {{.test_first_pn = UINT64_MAX}, PLAIT_ERR_INVALID, "endpoint.test_first_pn"},
        {{0}, PLAIT_ERR_CRYPTO, "peer_key"}, /* that of all zeros is none */
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct plait_run_config config = {.endpoint = cases[i].endpoint, .address = "127.0.0.1:9"};
        struct plait_run *run = NULL;
        char error[PLAIT_RUN_ERROR_TEXT];
        if (config.endpoint.role == 0)
            config.endpoint.role = PLAIT_SENDER;
        config.endpoint.secret_key[0] = 1;
        assert_int_equal(plait_run_create(&config, &run, error), cases[i].err);
        assert_null(run);
        if (!strstr(error, cases[i].told))
            fail_msg("'%s' does not tell '%s'", error, cases[i].told);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mistakes_are_told),
        cmocka_unit_test(what_was_forgotten_is_told),
        cmocka_unit_test(the_wrong_field_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
