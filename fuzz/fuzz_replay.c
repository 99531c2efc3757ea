/* SPDX-License-Identifier: BSD-2-Clause */
/* The replay window against a plain list of everything it ever accepted. */
#include "fuzz/fuzz.h"

#include <stdbool.h>

#include "core/crypto/replay.h"

#define ACCEPTED_MAX 512

struct model {
    uint64_t accepted[ACCEPTED_MAX];
    size_t count;
    uint64_t greatest;
};

static bool model_is_fresh(const struct model *model, uint64_t n)
{
    if (n > REPLAY_NUMBER_MAX)
        return false;
    if (model->count > 0 && n < model->greatest && model->greatest - n >= REPLAY_WINDOW)
        return false;
    for (size_t i = 0; i < model->count; i++) {
        if (model->accepted[i] == n)
            return false;
    }
    return true;
}

static void model_mark(struct model *model, uint64_t n)
{
    model->accepted[model->count++] = n;
    if (n > model->greatest)
        model->greatest = n;
}

/* A number near the greatest one, at a window's distance from it, or anywhere. */
static uint64_t pick(struct fuzz_input *input, const struct model *model)
{
    const uint64_t kind = fuzz_read(input, 1);
    const uint64_t offset = fuzz_read(input, 2) % 1024;

    switch (kind % 6) {
    case 0:
        return model->greatest + offset % 64;
    case 1:
        return model->greatest - offset;
    case 2:
        return model->greatest - REPLAY_WINDOW + offset % 128 - 64;
    case 3:
        return model->greatest + REPLAY_WINDOW + offset % 128 - 64;
    case 4:
        return REPLAY_NUMBER_MAX - offset;
    default:
        return fuzz_read(input, 8);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    struct replay_window window;
    static struct model model;

    model.count = 0;
    model.greatest = 0;
    replay_init(&window);
    while (input.left > 0 && model.count < ACCEPTED_MAX) {
        const uint64_t n = pick(&input, &model);

        fuzz_require(replay_is_fresh(&window, n) == model_is_fresh(&model, n));
        if (replay_is_fresh(&window, n)) {
            replay_mark(&window, n);
            model_mark(&model, n);
            fuzz_require(!replay_is_fresh(&window, n));
        }
    }
    return 0;
}
