/* SPDX-License-Identifier: BSD-2-Clause */
/* Every frame type there and back with extremes; truncated and flipped ones read nothing beyond. */
#include "tests/support.h"

#include "core/wire/frame.h"

static const uint8_t payload[] = "what a source packet holds";

static uint32_t random_ranges(uint64_t *seed, uint64_t base, struct seq_range *range)
{
    const uint32_t n = (uint32_t)random_below(seed, NACK_MAX_RANGES + 1);

    for (uint32_t i = 0; i < n; i++) {
        range[i].first = base + random_number(seed, 20);
        range[i].count = 1 + random_below(seed, MAX_STORE);
        base = range[i].first + range[i].count;
    }
    return n;
}

static void random_ack(uint64_t *seed, struct frame_ack *ack)
{
    ack->path = (uint32_t)random_below(seed, 256);
    ack->largest = random_number(seed, 62);
    ack->age_ns = random_number(seed, 26) * ACK_TICK;
    ack->count = 1 + (uint32_t)random_below(seed, ACK_MAX_ENTRIES);
    if (ack->count - 1 > ack->largest)
        ack->count = (uint32_t)ack->largest + 1;
    ack->received[0] = true;
    for (uint32_t i = 1; i < ack->count; i++) {
        ack->received[i] = random_below(seed, 3) != 0;
        if (ack->received[i])
            ack->before_ns[i] =
                ((int64_t)random_number(seed, 30) - (int64_t)random_number(seed, 30)) *
                (int64_t)ACK_TICK;
    }
}

static struct frame random_frame(uint64_t *seed, enum frame_type type)
{
    struct frame f = {.type = type};

    switch (type) {
    case FRAME_ACK:
        random_ack(seed, &f.ack);
        break;
    case FRAME_NACK:
        f.nack.base = random_number(seed, 61);
        f.nack.end = f.nack.base + random_number(seed, 61);
        f.nack.ranges = random_ranges(seed, f.nack.base, f.nack.range);
        break;
    case FRAME_TIME:
        f.time_us = random_number(seed, 52);
        break;
    case FRAME_CHALLENGE:
    case FRAME_RESPONSE:
        f.token = random_u64(seed);
        break;
    case FRAME_PATH_GONE:
        f.path_gone.path = (uint32_t)random_below(seed, 256);
        f.path_gone.next_number = random_number(seed, 62);
        break;
    case FRAME_SKIP:
        f.skip.ranges = random_ranges(seed, random_number(seed, 61), f.skip.range);
        break;
    case FRAME_REPORT:
        f.report.delivered = random_number(seed, 62);
        f.report.missing = random_number(seed, 62);
        f.report.late = random_number(seed, 62);
        f.report.recovered_fec = random_number(seed, 62);
        f.report.duplicates = random_number(seed, 62);
        f.report.reorder_ns = random_number(seed, 32) * NS_PER_US;
        f.report.headroom_us = random_number(seed, 62);
        break;
    case FRAME_LATENCY:
        f.latency_us = random_number(seed, 62);
        break;
    case FRAME_CLOSE:
        f.close.code = random_number(seed, 62);
        break;
    case FRAME_DATA:
        f.data.flags = (uint8_t)random_below(seed, 16);
        f.data.seq = (uint32_t)random_u64(seed) & 0xffffff;
        f.data.written = (uint32_t)random_u64(seed) & 0xffffff;
        f.data.payload = payload;
        f.data.len = random_below(seed, sizeof payload + 1);
        break;
    case FRAME_REPAIR:
        f.repair.first = (uint32_t)random_u64(seed);
        f.repair.count = (uint8_t)random_u64(seed);
        f.repair.key = (uint16_t)random_u64(seed);
        f.repair.symbol = payload;
        f.repair.len = sizeof payload;
        break;
    default:
        break;
    }
    return f;
}

static void same_ranges(const struct seq_range *a, const struct seq_range *b, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        assert_true(a[i].first == b[i].first && a[i].count == b[i].count);
}

static void same_ack(const struct frame_ack *a, const struct frame_ack *b)
{
    assert_true(a->path == b->path && a->largest == b->largest && a->age_ns == b->age_ns);
    assert_int_equal(a->count, b->count);
    for (uint32_t i = 0; i < a->count; i++) {
        assert_int_equal(a->received[i], b->received[i]);
        assert_true(!a->received[i] || a->before_ns[i] == b->before_ns[i]);
    }
}

static void same(const struct frame *a, const struct frame *b)
{
    assert_int_equal(a->type, b->type);
    switch (a->type) {
    case FRAME_ACK:
        same_ack(&a->ack, &b->ack);
        break;
    case FRAME_NACK:
        assert_true(a->nack.base == b->nack.base && a->nack.end == b->nack.end);
        assert_int_equal(a->nack.ranges, b->nack.ranges);
        same_ranges(a->nack.range, b->nack.range, a->nack.ranges);
        break;
    case FRAME_SKIP:
        assert_int_equal(a->skip.ranges, b->skip.ranges);
        same_ranges(a->skip.range, b->skip.range, a->skip.ranges);
        break;
    case FRAME_REPORT:
        assert_memory_equal(&a->report, &b->report, sizeof a->report);
        break;
    case FRAME_PATH_GONE:
        assert_int_equal(a->path_gone.path, b->path_gone.path);
        assert_true(a->path_gone.next_number == b->path_gone.next_number);
        break;
    case FRAME_DATA:
        assert_true(a->data.flags == b->data.flags && a->data.seq == b->data.seq &&
                    a->data.written == b->data.written && a->data.len == b->data.len);
        assert_memory_equal(a->data.payload, b->data.payload, a->data.len);
        break;
    case FRAME_REPAIR:
        assert_true(a->repair.first == b->repair.first && a->repair.count == b->repair.count &&
                    a->repair.key == b->repair.key && a->repair.len == b->repair.len);
        assert_memory_equal(a->repair.symbol, b->repair.symbol, a->repair.len);
        break;
    case FRAME_PING:
        break;
    default:
        assert_true(a->token == b->token);
    }
}

static enum frame_type nth_type(int i)
{
    return i < FRAME_CLOSE    ? (enum frame_type)(i + 1)
           : i == FRAME_CLOSE ? FRAME_DATA
                              : FRAME_REPAIR;
}

static void there_and_back(void **state)
{
    uint64_t seed = 1;

    (void)state;
    for (int i = 0; i < 13 * 500; i++) {
        const struct frame frame = random_frame(&seed, nth_type(i % 13));
        uint8_t bytes[MAX_UDP];
        struct writer w = {bytes, bytes + sizeof bytes, false};
        struct frame back = {0};
        struct reader r;

        if (!frame_encode(&w, &frame)) {
            assert_int_equal(frame.type, FRAME_ACK); /* of many far apart */
            assert_ptr_equal(w.at, bytes);
            continue;
        }
        r = (struct reader){bytes, w.at, false};
        assert_true(frame_decode(&r, &back));
        same(&frame, &back);
        assert_false(frame_decode(&r, &back));
        assert_false(r.bad);
    }
}

/* Exactly as long as it must be: the sanitizer sees every byte read beyond. */
static void read_all(const uint8_t *bytes, size_t len)
{
    uint8_t *copy = malloc(len > 0 ? len : 1);
    struct reader r = {copy, copy + len, false};
    struct frame frame;
    size_t frames = 0;

    memcpy(copy, bytes, len);
    while (frame_decode(&r, &frame)) {
        assert_false(r.bad);
        assert_true(++frames <= len);
    }
    free(copy);
}

static void truncated_and_flipped(void **state)
{
    uint64_t seed = 2;

    (void)state;
    for (int i = 0; i < 13 * 12; i++) {
        const struct frame frame = random_frame(&seed, nth_type(i % 13));
        uint8_t bytes[MAX_UDP];
        struct writer w = {bytes, bytes + sizeof bytes, false};
        size_t len;

        if (!frame_encode(&w, &frame))
            continue;
        len = (size_t)(w.at - bytes);
        for (size_t k = 0; k < len; k++)
            read_all(bytes, k);
        for (size_t bit = 0; bit < len * 8 && bit < 2000; bit++) {
            bytes[bit / 8] ^= (uint8_t)(1U << (bit % 8));
            read_all(bytes, len);
            bytes[bit / 8] ^= (uint8_t)(1U << (bit % 8));
        }
    }
}

static void unknown_types_are_skipped(void **state)
{
    uint8_t bytes[] = {0, 0, 0x0f, 3, 1, 2, 3, 0x0c, 0, 0, 0x01, 0};
    struct reader r = {bytes, bytes + sizeof bytes, false};
    struct frame frame;

    (void)state;
    assert_true(frame_decode(&r, &frame));
    assert_int_equal(frame.type, FRAME_PING);
    assert_false(frame_decode(&r, &frame));
    assert_false(r.bad);
    for (unsigned type = 0x21; type < 256; type++) {
        bytes[0] = (uint8_t)type;
        r = (struct reader){bytes, bytes + sizeof bytes, false};
        assert_false(frame_decode(&r, &frame));
        assert_true(r.bad);
    }
}

static void longer_bodies_are_for_later_versions(void **state)
{
    const uint8_t bytes[] = {0x04, 3, 7, 0xaa, 0xbb, 0x01, 0};
    struct reader r = {bytes, bytes + sizeof bytes, false};
    struct frame frame;

    (void)state;
    assert_true(frame_decode(&r, &frame));
    assert_int_equal(frame.time_us, 7);
    assert_true(frame_decode(&r, &frame));
    assert_int_equal(frame.type, FRAME_PING);
}

static void out_of_range(void **state)
{
    static const uint8_t bad[][12] = {
        {10, 0x04, 8, 0xc0, 0x10, 0, 0, 0, 0, 0, 1}, /* TIME above 2^52 us */
        {5, 0x02, 3, 0x41, 0x00, 5},                 /* path 256 */
        {7, 0x02, 5, 0, 1, 0, 0, 0},                 /* three entries, numbers 0 and 1 */
        {6, 0x08, 2, 1, 0},                          /* an empty range */
        {3, 0x01, 5, 0},                             /* longer than the packet */
        {3, 0x05, 1, 0},                             /* token too short */
        {2, 0x04, 0x40},                             /* length cut in two */
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct reader r = {bad[i] + 1, bad[i] + 1 + bad[i][0], false};
        struct frame frame;

        assert_false(frame_decode(&r, &frame));
        assert_true(r.bad);
    }
}

static void no_room_writes_nothing(void **state)
{
    uint64_t seed = 3;

    (void)state;
    for (int i = 0; i < 13 * 20; i++) {
        const struct frame frame = random_frame(&seed, nth_type(i % 13));
        uint8_t bytes[MAX_UDP];
        struct writer w = {bytes, bytes + sizeof bytes, false};

        if (!frame_encode(&w, &frame))
            continue;
        for (uint8_t *end = bytes; end < w.at; end++) {
            struct writer small = {bytes, end, false};

            assert_false(frame_encode(&small, &frame));
            assert_ptr_equal(small.at, bytes);
            assert_false(small.bad);
        }
    }
}

static void write_times(void **state)
{
    static const uint64_t nows[] = {0, 1, 5, 33, 34, 100, 1000000, UINT64_C(4503599627)};

    (void)state;
    for (size_t i = 0; i < sizeof nows / sizeof *nows; i++) {
        const uint64_t now = nows[i] * NS_PER_S + 123456;

        for (int64_t ago_ms = -3999; ago_ms <= 29000; ago_ms += 37) {
            const int64_t written = (int64_t)now - ago_ms * (int64_t)NS_PER_MS;

            if (written >= 0)
                assert_in_range((uint64_t)written -
                                    frame_written_ns(frame_written((uint64_t)written), now),
                                0, 1999);
        }
    }
    assert_int_equal(frame_written_ns(0xffffff, 0), 0); /* from before the clock began */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(write_times),
        cmocka_unit_test(there_and_back),
        cmocka_unit_test(truncated_and_flipped),
        cmocka_unit_test(unknown_types_are_skipped),
        cmocka_unit_test(longer_bodies_are_for_later_versions),
        cmocka_unit_test(out_of_range),
        cmocka_unit_test(no_room_writes_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
