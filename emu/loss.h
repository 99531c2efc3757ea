/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which datagrams a link loses: independently, or in bursts by the chain of Gilbert (1960) and
 * Elliott (1963), which takes a step at each chance whether or not anything was sent in it.
 */
#ifndef EMU_LOSS_H
#define EMU_LOSS_H

#include "emu/scenario.h"

struct emu_loss {
    uint64_t key;
    uint64_t chance; /* the chain's state is that at this chance */
    double enter;
    double leave;
    double bad_loss;
    double loss;
    bool is_chain;
    bool is_bad;
};

void emu_loss_init(struct emu_loss *loss, const struct emu_dir_spec *spec, uint64_t key);

/*
 * True when the datagram that ended in `chance` as number `index` (from 0) is lost. `chance` must
 * not fall from call to call. Costs a step for each chance since the last call when in bursts.
 */
bool emu_loss_draw(struct emu_loss *loss, uint64_t chance, uint64_t index);

#endif
