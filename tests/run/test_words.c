/* SPDX-License-Identifier: BSD-2-Clause */
/* What people type: URLs, addresses, links, rates. */
#include "support.h"

#include <net/if.h>

#include "run/addr.h"
#include "run/hostlinks.h"
#include "run/linkspec.h"
#include "run/url.h"

struct url_row {
    const char *text;
    int kind; /* 0: refused */
    const char *host_or_path;
};

static const struct url_row url_rows[] = {
    {"udp://127.0.0.1:5000", URL_UDP, "127.0.0.1:5000"},
    {"udp://@:5000", URL_UDP, ":5000"},
    {"udp://[::1]:5000?pkt_size=1316", URL_UDP, "[::1]:5000"},
    {"rtp://239.1.2.3:5004", URL_UDP, "239.1.2.3:5004"},
    {"srt://host:9000?mode=caller", URL_SRT, "host:9000"},
    {"-", URL_STDIO, ""},
    {"file:a b.ts", URL_FILE, "a b.ts"},
    {"file:///tmp/x.ts", URL_FILE, "/tmp/x.ts"},
    {"udp://239.1.2.3:5004?pkt_size=1316&ttl=4&iface=lo", URL_UDP, "239.1.2.3:5004"},
    {"udp://127.0.0.1:5000/", URL_UDP, "127.0.0.1:5000"},
    {"udp://127.0.0.1:5000/live", 0, ""},
    {"udp://127.0.0.1:5000?fifo_size=9", 0, ""},
    {"udp://239.1.2.3:5000?ttl=0", 0, ""},
    {"udp://239.1.2.3:5000?ttl", 0, ""},
    {"rtp://239.1.2.3:5000?iface=much-too-long-a-name", 0, ""},
    {"udp://", 0, ""},
    {"udp://127.0.0.1", 0, ""},
    {"file:", 0, ""},
    {"http://x:1", 0, ""},
    {"5000", 0, ""},
    {"", 0, ""},
};

static void url_is_read(void **state)
{
    struct url url;
    struct run_error error;
    (void)state;
    for (size_t i = 0; i < COUNT(url_rows); i++) {
        const struct url_row *row = &url_rows[i];
        int err = url_parse(row->text, &url, &error);
        assert_int_equal(err == PLAIT_OK, row->kind != 0);
        if (err != PLAIT_OK) {
            assert_tells(error, row->text);
            assert_tells(error, "write");
            continue;
        }
        assert_int_equal(url.kind, row->kind);
        assert_string_equal(url.kind == URL_FILE ? url.path : url.host, row->host_or_path);
    }
}

static void url_of_any_length_is_refused_whole(void **state)
{
    struct url url;
    struct run_error error;
    char text[URL_PATH * 2];
    (void)state;
    memset(text, 'a', sizeof text);
    text[sizeof text - 1] = '\0';
    memcpy(text, "file:", 5);
    assert_int_equal(url_parse(text, &url, &error), PLAIT_ERR_INVALID);
    memcpy(text, "udp://", 6);
    text[URL_PATH] = '\0';
    assert_int_equal(url_parse(text, &url, &error), PLAIT_ERR_INVALID);
}

struct addr_row {
    const char *text;
    enum addr_use use;
    const char *back; /* NULL: refused */
};

static const struct addr_row addr_rows[] = {
    {"127.0.0.1:7000", ADDR_REACH, "127.0.0.1:7000"},
    {"[::1]:7000", ADDR_REACH, "[::1]:7000"},
    {"[2001:db8::1]:65535", ADDR_REACH, "[2001:db8::1]:65535"},
    {"127.0.0.1:0", ADDR_LISTEN, "127.0.0.1:0"},
    {"127.0.0.1:0", ADDR_REACH, NULL},
    {"127.0.0.1", ADDR_REACH, NULL},
    {"127.0.0.1:", ADDR_REACH, NULL},
    {"127.0.0.1:65536", ADDR_REACH, NULL},
    {"127.0.0.1:7000x", ADDR_REACH, NULL},
    {"127.0.0.1:-1", ADDR_REACH, NULL},
    {":7000", ADDR_REACH, NULL},
    {"::1:7000", ADDR_REACH, NULL}, /* where does the port begin? */
    {"[::1:7000", ADDR_REACH, NULL},
    {"[::1]7000", ADDR_REACH, NULL},
    {"", ADDR_REACH, NULL},
    {"300.1.1.1.invalid:7000", ADDR_REACH, NULL},
};

static void address_is_read(void **state)
{
    struct plait_addr addr;
    struct run_error error;
    char text[ADDR_TEXT];
    (void)state;
    for (size_t i = 0; i < COUNT(addr_rows); i++) {
        const struct addr_row *row = &addr_rows[i];
        int err = addr_parse(row->text, row->use, &addr, &error);
        assert_int_equal(err == PLAIT_OK, row->back != NULL);
        if (err == PLAIT_OK)
            assert_string_equal(addr_text(&addr, text), row->back);
        else
            assert_tells(error, row->text);
    }
}

static void address_survives_the_kernels_form(void **state)
{
    static const char *const texts[] = {"192.0.2.7:9", "[2001:db8::7]:9"};
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct plait_addr addr;
        struct plait_addr back;
        struct run_error error;
        struct sockaddr_storage kernel;
        assert_int_equal(addr_parse(texts[i], ADDR_REACH, &addr, &error), PLAIT_OK);
        assert_true(addr_to_kernel(&addr, 6, &kernel) > 0); /* IPv4 as IPv4-mapped */
        addr_from_kernel(&kernel, &back);
        assert_true(addr_equal(&addr, &back));
        assert_int_equal(addr_to_kernel(&addr, 4, &kernel) > 0, addr.family == 4);
    }
}

static void link_is_read(void **state)
{
    struct linkspec spec;
    char numbered[32];
    struct run_error error;
    (void)state;
    assert_int_equal(linkspec_parse("dev=wwan0,src=192.168.8.100,to=127.0.0.1:7001,name=Telia,"
                                    "max=8M,cost=3,priority=2",
                                    0, &spec, &error),
                     PLAIT_OK);
    assert_string_equal(spec.dev, "wwan0");
    assert_string_equal(spec.name, "Telia");
    assert_string_equal(spec.to, "127.0.0.1:7001");
    assert_int_equal(spec.src.family, 4);
    assert_int_equal(spec.max_bps, 8000000);
    assert_int_equal(spec.cost, 3);
    assert_int_equal(spec.priority, 2);
    assert_int_equal(linkspec_parse("src=fe80::1%wwan0,dev=wwan0", 0, &spec, &error), PLAIT_OK);
    assert_string_equal(spec.dev, "wwan0");
    assert_int_equal(spec.src.family, 6);
    (void)snprintf(numbered, sizeof numbered, "src=fe80::1%%%u", if_nametoindex("lo"));
    assert_int_equal(linkspec_parse(numbered, 0, &spec, &error), PLAIT_OK);
    assert_string_equal(spec.dev, "lo");
    assert_int_equal(linkspec_parse("src=fe80::1,dev=wwan0", 0, &spec, &error), PLAIT_OK);
}

static void link_is_named_by_what_it_is(void **state)
{
    static const char *const rows[][2] = {{"dev=eth1,cost=1", "eth1"},
                                          {"src=10.0.0.7", "10.0.0.7"},
                                          {"src=fe80::1%wwan0", "wwan0"},
                                          {"cost=1", "link3"}};
    struct linkspec spec;
    struct run_error error;
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_int_equal(linkspec_parse(rows[i][0], 2, &spec, &error), PLAIT_OK);
        assert_string_equal(spec.name, rows[i][1]);
    }
}

static void malformed_link_is_refused(void **state)
{
    static const char *const rows[][2] = {
        {"wwan0", "wwan0"},
        {"", "''"},
        {"dev=", "dev="},
        {"dev=a-name-that-is-too-long", "a-name-that-is-too-long"},
        {"dev=wwan0 max=8M", "comma"},
        {"dev=eth0/1", "eth0/1"},
        {"src=host", "host"},
        {"src=fe80::1%wwan0,dev=eth0", "wwan0 and eth0"},
        {"src=fe80::1", "name its device"},
        {"src=fe80::1%", "dev="},
        {"src=fe80::1%0", "write the device's name"},
        {"src=fe80::1%4294967297", "write the device's name"},
        {"src=2001:db8::1%wwan0", "dev=wwan0"},
        {"src=10.0.0.7%wwan0", "dev=wwan0"},
        {"max=fast", "max=fast"},
        {"max=8X", "max=8X"},
        {"cost=-1", "cost=-1"},
        {"priority=1.5", "priority=1.5"},
        {"colour=red", "colour"},
        {"cost=1,,cost=2", "''"},
        {"cost=99999999", "99999999"},
        {"dev=wwan0,dev=wwan1", "dev=wwan1"}, /* two links in one: give each a --link */
        {"cost=1,max=8M,cost=2", "cost=2"},
    };
    struct linkspec spec;
    struct run_error error;
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_int_equal(linkspec_parse(rows[i][0], 0, &spec, &error), PLAIT_ERR_INVALID);
        assert_tells(error, rows[i][1]);
    }
    assert_int_equal(linkspec_parse("to=127.0.0.1", 0, &spec, &error), PLAIT_OK);
    assert_int_equal(linkspec_resolve(&spec, ADDR_REACH, &error), PLAIT_ERR_INVALID); /* no port */
    assert_tells(error, "127.0.0.1");
    assert_int_equal(linkspec_parse("to=127.0.0.1:7", 0, &spec, &error), PLAIT_OK);
    assert_int_equal(linkspec_resolve(&spec, ADDR_REACH, &error), PLAIT_OK);
    assert_int_equal(spec.remote.of[0].port, 7);
}

static void same_device_twice_is_refused(void **state)
{
    struct linkspec specs[2];
    struct run_error error;
    (void)state;
    assert_int_equal(linkspec_parse("dev=eth1,name=a", 0, &specs[0], &error), PLAIT_OK);
    assert_int_equal(linkspec_parse("dev=eth1,name=b", 1, &specs[1], &error), PLAIT_OK);
    assert_int_equal(linkspec_check(specs, 2, &error), PLAIT_ERR_INVALID);
    assert_tells(error, "'b'");
    assert_int_equal(linkspec_parse("max=8M", 0, &specs[0], &error), PLAIT_OK);
    assert_int_equal(linkspec_parse("max=8M", 1, &specs[1], &error), PLAIT_OK);
    assert_int_equal(linkspec_check(specs, 2, &error), PLAIT_ERR_INVALID);
    assert_int_equal(linkspec_parse("max=8M,name=b", 1, &specs[1], &error), PLAIT_OK);
    assert_int_equal(linkspec_check(specs, 2, &error), PLAIT_OK);
    assert_int_equal(linkspec_parse("dev=eth1,name=a", 0, &specs[0], &error), PLAIT_OK);
    /* The same device on the way to another address is another link. */
    assert_int_equal(linkspec_parse("dev=eth1,to=127.0.0.1:7001", 1, &specs[1], &error), PLAIT_OK);
    assert_int_equal(linkspec_check(specs, 2, &error), PLAIT_OK);
}

static void host_knows_its_own_addresses(void **state)
{
    struct plait_addr remote;
    struct run_error error;
    (void)state;
    assert_int_equal(addr_parse("127.0.0.1:7000", ADDR_REACH, &remote, &error), PLAIT_OK);
    assert_true(hostlinks_is_own(&remote));
    assert_int_equal(addr_parse("198.51.100.7:7000", ADDR_REACH, &remote, &error), PLAIT_OK);
    assert_false(hostlinks_is_own(&remote));
}

static void loopback_is_known_but_no_link(void **state)
{
    struct hostlink links[HOSTLINKS_MAX];
    struct addr_pair receiver;
    struct run_error error;
    (void)state;
    assert_int_equal(addr_parse_pair("198.51.100.7:7000", ADDR_REACH, &receiver, &error), PLAIT_OK);
    int count = hostlinks_read(&receiver, links, &error);
    assert_true(count >= 0 && count <= HOSTLINKS_MAX);
    const struct hostlink *loopback = hostlinks_find(links, (uint32_t)count, "lo");
    assert_true(loopback && loopback->is_loopback && !hostlink_is_usable(loopback));
}

static void rate_is_read(void **state)
{
    uint64_t bps = 0;
    (void)state;
    assert_true(linkspec_rate_parse("5000000", &bps) && bps == 5000000);
    assert_true(linkspec_rate_parse("2.5M", &bps) && bps == 2500000);
    assert_true(linkspec_rate_parse("64k", &bps) && bps == 64000);
    assert_true(linkspec_rate_parse("1G", &bps) && bps == 1000000000);
    assert_false(linkspec_rate_parse("0", &bps));
    assert_false(linkspec_rate_parse("-5M", &bps));
    assert_false(linkspec_rate_parse("5Mx", &bps));
    assert_false(linkspec_rate_parse("nan", &bps));
    assert_false(linkspec_rate_parse("1e30", &bps));
    assert_false(linkspec_rate_parse("", &bps));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(url_is_read),
        cmocka_unit_test(url_of_any_length_is_refused_whole),
        cmocka_unit_test(address_is_read),
        cmocka_unit_test(address_survives_the_kernels_form),
        cmocka_unit_test(link_is_read),
        cmocka_unit_test(link_is_named_by_what_it_is),
        cmocka_unit_test(malformed_link_is_refused),
        cmocka_unit_test(same_device_twice_is_refused),
        cmocka_unit_test(host_knows_its_own_addresses),
        cmocka_unit_test(loopback_is_known_but_no_link),
        cmocka_unit_test(rate_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
