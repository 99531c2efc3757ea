/* SPDX-License-Identifier: BSD-2-Clause */
#include "emu/loss.h"

#include "emu/draw.h"

#include <assert.h>
#include <string.h>

void emu_loss_init(struct emu_loss *loss, const struct emu_dir_spec *spec, uint64_t key)
{
    memset(loss, 0, sizeof *loss);
    loss->key = key;
    loss->loss = spec->loss;
    loss->enter = spec->ge_enter;
    loss->leave = spec->ge_leave;
    loss->bad_loss = spec->ge_loss;
    loss->is_chain = spec->ge_enter > 0;
}

static void step(struct emu_loss *loss)
{
    double share;

    loss->chance++;
    share = emu_draw_share(loss->key, EMU_DRAW_STATE, loss->chance, 0);
    if (loss->is_bad) {
        loss->is_bad = share >= loss->leave;
    } else {
        loss->is_bad = share < loss->enter;
    }
}

bool emu_loss_draw(struct emu_loss *loss, uint64_t chance, uint64_t index)
{
    double probability = loss->loss;

    if (loss->is_chain) {
        assert(chance >= loss->chance);
        while (loss->chance < chance) {
            step(loss);
        }
        probability = loss->is_bad ? loss->bad_loss : 0;
    }
    return probability > 0 && emu_draw_share(loss->key, EMU_DRAW_LOSS, chance, index) < probability;
}
