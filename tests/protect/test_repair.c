/* SPDX-License-Identifier: BSD-2-Clause */
/* Repair in whole bonds, in virtual time: what it saves where resending comes too late, what it may
 * cost, and when there must be none. The world's checkers compare every delivered byte. */
#include "tests/protect/support.h"

#include "core/endpoint/endpoint.h"
#include "sim/world.h"

static const char lossy[] = "rate=5 delay=60 loss=0.02 queue=300\n"
                            "rate=5 delay=60 loss=0.02 queue=300\n"
                            "rate=5 delay=60 loss=0.02 queue=300\n";
static const char heavy[] = "rate=5 delay=60 loss=0.15 queue=300\n"
                            "rate=5 delay=60 loss=0.15 queue=300\n"
                            "rate=5 delay=60 loss=0.15 queue=300\n";
static const char clean[] = "rate=5 delay=60 queue=300\n"
                            "rate=5 delay=60 queue=300\n";

struct bond {
    struct emu_scenario scenario;
    struct sim_config config;
    struct world world;
    struct measure_result result;
};

/* 4 Mbit/s for `seconds`; the world then lives on for settle_ms. */
static struct bond *bond_make(const char *links, uint64_t latency_ms, uint64_t seconds,
                              uint64_t settle_ms)
{
    struct bond *bond = calloc(1, sizeof *bond);
    char error[EMU_ERROR_MAX];

    assert_non_null(bond);
    assert_int_equal(emu_scenario_parse(&bond->scenario, links, strlen(links), error), 0);
    world_defaults(&bond->config, &bond->scenario, 3);
    bond->config.endpoint.latency_ns = latency_ms * SIM_MS;
    bond->config.early_ns = bond->config.late_ns = 20 * SIM_MS; /* the clocks' offset is a guess */
    bond->config.load.rate_bps = 4000000;
    bond->config.load.stop_ns = (1 + seconds) * SIM_S;
    bond->config.end_ns = bond->config.load.stop_ns + settle_ms * SIM_MS;
    return bond;
}

static void bond_run(struct bond *bond, const char *what)
{
    const bool passed = world_run(&bond->world, &bond->config);

    measure_finish(&bond->world, &bond->result);
    print_message("# %s: %.3f %% on time, %llu repairs for %llu packets, %llu recovered %s\n", what,
                  100.0 * (double)bond->result.on_time / (double)bond->result.written,
                  (unsigned long long)bond->result.repair,
                  (unsigned long long)bond->result.source_packets,
                  (unsigned long long)bond->result.recovered_fec, bond->world.error);
    assert_true(passed);
}

static void bond_free(struct bond *bond)
{
    world_free(&bond->world);
    emu_scenario_free(&bond->scenario);
    free(bond);
}

/* A loss is known after 120 ms, 30 ms before the deadline: 60 ms are needed. */
static void what_cannot_be_resent_is_recovered(void **state)
{
    struct bond *off = bond_make(lossy, 150, 20, 1500), *on = bond_make(lossy, 150, 20, 1500);

    (void)state;
    off->config.endpoint.fec_off = 1;
    bond_run(off, "150 ms, off");
    bond_run(on, "150 ms, on");
    assert_int_equal(off->result.repair, 0);
    assert_int_equal(off->result.recovered_fec, 0);
    assert_true(off->result.on_time * 1000 < off->result.written * 985);
    assert_true(on->result.on_time * 1000 >= on->result.written * 995);
    assert_true(on->result.recovered_fec * 100 > on->result.written);
    bond_free(off);
    bond_free(on);
}

static void at_one_and_a_half_round_trips_too(void **state)
{
    struct bond *off = bond_make(lossy, 200, 20, 1500), *on = bond_make(lossy, 200, 20, 1500);

    (void)state;
    off->config.endpoint.fec_off = 1;
    bond_run(off, "200 ms, off");
    bond_run(on, "200 ms, on");
    assert_true(on->result.on_time * 1000 >= on->result.written * 995);
    assert_true(on->result.on_time >= off->result.on_time);
    bond_free(off);
    bond_free(on);
}

/* What is in flight in a round trip of 300 ms is most of the window, and no sign of a full link. */
static void a_long_way_is_no_full_link(void **state)
{
    static const char far[] = "rate=12 delay=143 loss=0.02 queue=300\n";
    struct bond *bond = bond_make(far, 200, 20, 1500);

    (void)state;
    bond_run(bond, "143 ms away");
    assert_true(bond->result.repair * 20 > bond->result.written);
    bond_free(bond);
}

/* The links in reserve cost nothing: repair goes where the media goes. */
static void in_backup_mode_on_the_link_in_use(void **state)
{
    struct bond *off = bond_make(lossy, 150, 20, 1500), *on = bond_make(lossy, 150, 20, 1500);

    (void)state;
    off->config.load.rate_bps = on->config.load.rate_bps = 3000000;
    off->config.endpoint.mode = on->config.endpoint.mode = PLAIT_MODE_BACKUP;
    off->config.endpoint.fec_off = 1;
    bond_run(off, "backup, off");
    bond_run(on, "backup, on");
    assert_true(off->result.on_time * 1000 < off->result.written * 985);
    assert_true(on->result.on_time * 1000 >= on->result.written * 995);
    for (uint32_t i = 1; i < 3; i++)
        assert_true(on->world.line[i].forward_bytes * 100 < on->world.line[0].forward_bytes);
    bond_free(off);
    bond_free(on);
}

static void any_size_and_fragments_return(void **state)
{
    struct bond *bond = bond_make(lossy, 150, 10, 1500);

    (void)state;
    bond->config.load.size_min = 40;
    bond->config.load.size_max = 5000;
    bond_run(bond, "40 .. 5000 bytes");
    assert_true(bond->result.recovered_fec * 200 > bond->result.source_packets);
    assert_true(bond->result.on_time * 100 >= bond->result.written * 98);
    bond_free(bond);
}

static void bursts_of_frames_are_protected(void **state)
{
    struct bond *bond = bond_make(lossy, 200, 10, 1500);

    (void)state;
    bond->config.load.frame_ns = 40 * SIM_MS;
    bond_run(bond, "frames");
    assert_true(bond->result.on_time * 1000 >= bond->result.written * 990);
    bond_free(bond);
}

static void numbers_wrap(void **state)
{
    static const unsigned bits[] = {16, 32, 48};

    (void)state;
    for (size_t i = 0; i < sizeof bits / sizeof bits[0]; i++) {
        struct bond *bond = bond_make(lossy, 150, 4, 1500);

        bond->config.endpoint.test_first_seq = (UINT64_C(1) << bits[i]) - 700;
        bond->config.endpoint.test_first_pn = (UINT64_C(1) << bits[i]) - 700;
        bond_run(bond, "over the wrap");
        assert_true(bond->result.recovered_fec > 10);
        assert_true(bond->result.on_time * 1000 >= bond->result.written * 985);
        bond_free(bond);
    }
}

/* A loss estimated too high must not fill the links: a tenth, or three times what is lost. */
static void a_small_share_beside_resends(void **state)
{
    struct bond *bond = bond_make(lossy, 300, 10, 1500);

    (void)state;
    bond_run(bond, "2 % loss");
    assert_true((bond->result.repair - 8) * 10 <= bond->result.source_packets);
    bond_free(bond);
    bond = bond_make(heavy, 300, 10, 1500);
    bond_run(bond, "15 % loss");
    assert_true(bond->result.repair * 50 > bond->result.source_packets);
    assert_true((bond->result.repair - 8) * 100 <= bond->result.source_packets * 3 * 15);
    bond_free(bond);
}

/* A tenth recovers half of what is lost here. */
static void never_more_than_half_where_repair_is_all_there_is(void **state)
{
    struct bond *bond = bond_make(heavy, 150, 20, 1500);

    (void)state;
    bond_run(bond, "15 % loss, no resend in time");
    assert_true(bond->result.on_time * 1000 >= bond->result.written * 985);
    assert_true(bond->result.repair * 4 > bond->result.source_packets);
    assert_true((bond->result.repair - 8) * 2 <= bond->result.source_packets);
    bond_free(bond);
}

static void none_without_loss_or_with_time_to_resend(void **state)
{
    struct bond *calm = bond_make(clean, 150, 10, 1500), *slow = bond_make(lossy, 1000, 10, 2500);

    (void)state;
    bond_run(calm, "no loss");
    assert_int_equal(calm->result.repair, 0);
    bond_run(slow, "1 s");
    assert_int_equal(slow->result.repair, 0);
    bond_free(calm);
    bond_free(slow);
}

/* ---- The decision alone, in a session that has just run ---- */

#define UNDER_WAY 20

struct desk {
    struct bond *bond;
    struct session *session;
    struct plait_config *config;
    uint64_t now;
};

/* A session some 180 ms after its last packet: all are kept, and all are known to have arrived. */
static void desk_open(struct desk *desk)
{
    struct plait_endpoint *ep;

    desk->bond = bond_make(clean, 300, 3, 180);
    bond_run(desk->bond, "before the decision");
    ep = desk->bond->world.host[SIM_SENDER].ep;
    desk->session = endpoint_session(ep, 0);
    desk->config = &ep->config;
    assert_non_null(desk->session);
    desk->now =
        sim_clock_local(&desk->bond->world.host[SIM_SENDER].clock, desk->bond->world.now) + SIM_MS;
    desk->session->protect.credit_bytes = 11200;
    for (uint32_t i = 0; i < 2; i++)
        desk->session->paths[i].loss.ppm = 50000;
    assert_true(desk->session->store.next - desk->session->store.first > UNDER_WAY);
}

/* The youngest packets went over path 0 just now. */
static void send_some(struct desk *desk)
{
    for (uint32_t i = 1; i <= UNDER_WAY; i++) {
        struct source *source =
            rtx_store_find(&desk->session->store, desk->session->store.next - i);

        source->state = SOURCE_SENT;
        source->live = 1;
        source->paths = 1;
        source->written_ns = desk->now - 150 * SIM_MS;
        source->last_sent_ns = desk->now;
    }
}

static bool repairs(struct desk *desk, struct plait_poll *out)
{
    return session_transmit_repair(desk->session, desk->now, out);
}

static void what_is_known_to_have_arrived_needs_none(void **state)
{
    struct plait_poll out;
    struct desk desk;
    uint32_t sent = 0;

    (void)state;
    desk_open(&desk);
    assert_false(repairs(&desk, &out));
    send_some(&desk);
    for (; repairs(&desk, &out); sent++)
        assert_true(sent > 0 || out.link == 1); /* not the one the packets are on */
    /* One failure is expected; a quarter of the window is the most. */
    assert_in_range(sent, 3, 1 + UNDER_WAY / 4);
    assert_int_equal(desk.session->stream.repair_sent, sent);
    bond_free(desk.bond);
}

static void each_reason_against_it_counts(void **state)
{
    struct plait_poll out;
    struct desk desk;
    struct session *session;

    (void)state;
    desk_open(&desk);
    session = desk.session;
    send_some(&desk);
    desk.config->fec_off = 1;
    assert_false(repairs(&desk, &out));
    desk.config->fec_off = 0;
    session->store.fresh_count = 1; /* media waits */
    assert_false(repairs(&desk, &out));
    session->store.fresh_count = 0;
    session->protect.credit_bytes = 100;
    assert_false(repairs(&desk, &out));
    session->protect.credit_bytes = 11200;
    session->mode = PLAIT_MODE_BROADCAST;
    assert_false(repairs(&desk, &out));
    session->mode = PLAIT_MODE_AGGREGATE;
    session->latency_ns = 1000 * SIM_MS; /* three more tries fit */
    assert_false(repairs(&desk, &out));
    session->latency_ns = 300 * SIM_MS;
    for (uint32_t i = 0; i < 2; i++)
        session->paths[i].queue_ns += 100 * SIM_MS;
    assert_false(repairs(&desk, &out));
    for (uint32_t i = 0; i < 2; i++)
        session->paths[i].queue_ns = 0;
    desk.now += 100 * SIM_MS; /* too late for all of them */
    assert_false(repairs(&desk, &out));
    desk.now -= 100 * SIM_MS;
    assert_true(repairs(&desk, &out));
    bond_free(desk.bond);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_cannot_be_resent_is_recovered),
        cmocka_unit_test(at_one_and_a_half_round_trips_too),
        cmocka_unit_test(a_long_way_is_no_full_link),
        cmocka_unit_test(in_backup_mode_on_the_link_in_use),
        cmocka_unit_test(any_size_and_fragments_return),
        cmocka_unit_test(bursts_of_frames_are_protected),
        cmocka_unit_test(numbers_wrap),
        cmocka_unit_test(a_small_share_beside_resends),
        cmocka_unit_test(never_more_than_half_where_repair_is_all_there_is),
        cmocka_unit_test(none_without_loss_or_with_time_to_resend),
        cmocka_unit_test(what_is_known_to_have_arrived_needs_none),
        cmocka_unit_test(each_reason_against_it_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
