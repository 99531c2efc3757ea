/* SPDX-License-Identifier: BSD-2-Clause */
/* The link emulator: read a scenario (scenario.h), run its links (net.h, or one by one link.h). */
#ifndef EMU_EMU_H
#define EMU_EMU_H

#include "emu/limits.h"
#include "emu/link.h"
#include "emu/net.h"
#include "emu/scenario.h"
#include "emu/trace.h"

#endif
