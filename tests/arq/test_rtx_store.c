/* SPDX-License-Identifier: BSD-2-Clause */
/* The sender's store against a naive model: random operations, the same answers. */
#include "tests/support.h"

#include "core/arq/rtx_store.h"

#define SIZE    64
#define PAYLOAD 32
#define START   (UINT64_C(0xffffffff) - 40)

struct model {
    enum source_state state;
    bool wanted;
    uint8_t worth;
    uint64_t written_ns;
    uint8_t first_byte;
};

static struct model model[100000];
static uint64_t first, next;

static struct model *at(uint64_t seq)
{
    return &model[seq - START];
}

static void compare_found(const struct source *source, enum source_state state, uint64_t from_ns)
{
    uint64_t seq = first;

    while (seq < next && (at(seq)->state != state || at(seq)->written_ns < from_ns))
        seq++;
    assert_true(source == NULL ? seq == next : source->seq == seq);
}

static void compare_since(struct rtx_store *store, uint64_t from_ns)
{
    compare_found(rtx_store_fresh_since(store, from_ns), SOURCE_FRESH, from_ns);
    compare_found(rtx_store_aside_since(store, from_ns), SOURCE_ASIDE, from_ns);
}

static void compare_pending(struct rtx_store *store, uint64_t from)
{
    const struct source *source = rtx_store_next_pending(store, from, next);
    uint64_t seq = from;

    while (seq < next && at(seq)->state != SOURCE_FRESH && at(seq)->state != SOURCE_SENT)
        seq++;
    assert_true(source == NULL ? seq == next : source->seq == seq);
    assert_null(rtx_store_next_pending(store, from, from));
}

static void compare(struct rtx_store *store)
{
    uint64_t wanted = UINT64_MAX, fresh = UINT64_MAX, worthy = UINT64_MAX;
    uint32_t pending = 0, wants = 0, freshes = 0, asides = 0;
    const struct source *source;

    for (uint64_t seq = next; seq-- > first;) {
        wanted = at(seq)->wanted ? seq : wanted;
        fresh = at(seq)->state == SOURCE_FRESH ? seq : fresh;
        worthy = fresh == seq && at(seq)->worth >= RTX_WORTHY ? seq : worthy;
        wants += at(seq)->wanted;
        freshes += at(seq)->state == SOURCE_FRESH;
        asides += at(seq)->state == SOURCE_ASIDE;
        pending += at(seq)->state == SOURCE_FRESH || at(seq)->state == SOURCE_SENT;
        source = rtx_store_find(store, seq);
        assert_non_null(source);
        assert_true(source->seq == seq && source->written_ns == at(seq)->written_ns);
        assert_int_equal(source->state, at(seq)->state);
        assert_int_equal(rtx_store_payload(store, seq)[0], at(seq)->first_byte);
    }
    assert_int_equal(store->pending_count, pending);
    assert_int_equal(store->wanted_count, wants);
    assert_int_equal(store->fresh_count, freshes);
    assert_int_equal(store->aside_count, asides);
    source = rtx_store_next_wanted(store);
    assert_true(source == NULL ? wanted == UINT64_MAX : source->seq == wanted);
    source = rtx_store_next_fresh(store);
    assert_true(source == NULL ? fresh == UINT64_MAX : source->seq == fresh);
    source = rtx_store_next_worthy(store);
    assert_true(source == NULL ? worthy == UINT64_MAX : source->seq == worthy);
    for (uint64_t seq = first; seq <= next; seq += 1 + (next - first) / 4)
        compare_pending(store, seq);
    compare_since(store, 0);
    for (uint64_t seq = first; seq < next; seq += 1 + (next - first) / 4)
        compare_since(store, at(seq)->written_ns + seq % 2);
    assert_null(rtx_store_find(store, first - 1));
    assert_null(rtx_store_find(store, next));
}

static void put(struct rtx_store *store, uint64_t now, uint64_t *seed)
{
    uint8_t payload[PAYLOAD];
    const struct source *source;
    uint8_t worth;

    memset(payload, (int)random_below(seed, 256), sizeof payload);
    worth = (uint8_t)(1 + random_below(seed, 4));
    source = rtx_store_put(store, now, payload, 1 + random_below(seed, PAYLOAD), worth);
    if (next - first == SIZE) {
        assert_null(source);
        return;
    }
    assert_non_null(source);
    *at(next++) = (struct model){SOURCE_FRESH, false, worth, now, payload[0]};
}

static void change(struct rtx_store *store, uint64_t now, uint64_t seq, uint64_t what)
{
    struct source *source = rtx_store_find(store, seq);
    struct model *m = at(seq);
    bool news;

    switch (what) {
    case 0:
        rtx_store_on_sent(store, source, now, 3);
        if (m->state == SOURCE_FRESH || m->state == SOURCE_ASIDE)
            m->state = SOURCE_SENT;
        m->wanted = false;
        break;
    case 1:
        news = rtx_store_on_arrived(store, source);
        assert_int_equal(news, m->state == SOURCE_FRESH || m->state == SOURCE_SENT);
        m->wanted = m->wanted && !news;
        m->state = news ? SOURCE_ARRIVED : m->state;
        break;
    case 2:
        rtx_store_on_dropped(store, source);
        m->state = SOURCE_DROPPED;
        m->wanted = false;
        break;
    case 3:
        rtx_store_set_aside(store, source);
        m->state = m->state == SOURCE_FRESH ? SOURCE_ASIDE : m->state;
        break;
    case 4:
        rtx_store_take_back(store, source);
        m->state = m->state == SOURCE_ASIDE ? SOURCE_FRESH : m->state;
        break;
    case 5:
        rtx_store_want(store, source, false);
        m->wanted = m->state == SOURCE_SENT;
        break;
    default:
        rtx_store_unwant(store, source);
        m->wanted = false;
    }
}

static void against_a_model(void **state)
{
    struct rtx_store store = {0};
    struct arena measure = {0}, cut = {0};
    uint64_t seed = 1, now = 1000;

    (void)state;
    rtx_store_cut(NULL, &measure, SIZE, PAYLOAD);
    cut.base = aligned_alloc(64, (measure.used + 63) & ~(size_t)63);
    rtx_store_cut(&store, &cut, SIZE, PAYLOAD);
    assert_int_equal(cut.used, measure.used);
    rtx_store_start(&store, START);
    first = next = START;
    for (int i = 0; i < 60000; i++) {
        const uint64_t what = random_below(&seed, 12);

        now += random_below(&seed, 10);
        if (what < 3) {
            put(&store, now, &seed);
        } else if (what == 3) {
            const uint64_t before = now - random_below(&seed, 300);
            struct source gone;

            while (rtx_store_expire(&store, before, &gone)) {
                assert_true(gone.seq == first && gone.state == at(first)->state);
                assert_true(at(first)->written_ns < before);
                first++;
            }
            assert_true(first == next || at(first)->written_ns >= before);
        } else if (first < next) {
            change(&store, now, first + random_below(&seed, next - first), what - 4);
        }
        if (i % 7 == 0)
            compare(&store);
    }
    free(cut.base);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(against_a_model),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
