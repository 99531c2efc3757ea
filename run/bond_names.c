/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/bond_names.h"

#include <string.h>

#include "run/bond_links.h"
#include "run/bond_ways.h"
#include "run/clock.h"

#define NAMES_AGAIN_NS (5 * CLOCK_S)
#define NAMES_PAUSE_NS (60 * CLOCK_S) /* between look-ups of what is known, at the most */

/* Whether it is worth asking for: a number stays what it is. */
static bool names_is_asked(const struct plait_run *run, const char *name,
                           const struct addr_pair *known)
{
    struct addr_pair number;
    struct run_error ignored;
    if (name[0] == '\0' || (run->session_up && addr_pair_is_known(known)))
        return false;
    for (uint32_t i = 0; i < run->names.lookup.asked.count; i++) {
        if (strcmp(run->names.lookup.asked.name[i], name) == 0)
            return false;
    }
    return addr_parse_pair(name, ADDR_NUMBER, &number, &ignored) != PLAIT_OK;
}

static void names_ask(struct plait_run *run, const char name[LINKSPEC_HOST],
                      const struct addr_pair *known)
{
    struct lookup_asked *asked = &run->names.lookup.asked;
    if (!names_is_asked(run, name, known))
        return;
    asked->known[asked->count] = *known;
    memcpy(asked->name[asked->count++], name, LINKSPEC_HOST);
}

/* What is known need not be asked for as often as what is not. */
static uint64_t names_pause(const struct plait_run *run)
{
    const struct bond_names *names = &run->names;
    for (uint32_t i = 0; i < names->lookup.asked.count; i++) {
        if (!addr_pair_is_known(&names->lookup.asked.known[i]))
            return NAMES_AGAIN_NS;
    }
    return names->pause_ns * 2 < NAMES_PAUSE_NS ? names->pause_ns * 2 : NAMES_PAUSE_NS;
}

static void names_on_due(void *ctx, uint64_t now)
{
    struct plait_run *run = ctx;
    struct lookup *lookup = &run->names.lookup;
    run->names.again.at = now + run->names.pause_ns;
    if (lookup->loop || run->closing)
        return;
    lookup->asked.count = 0;
    names_ask(run, run->names.receiver, &run->receiver);
    for (uint32_t i = 0; i < run->wanted_count; i++)
        names_ask(run, run->wanted[i].to, &run->wanted[i].remote);
    run->names.is_told &= run->names.has_failed;
    run->names.has_failed = false;
    run->names.pause_ns = names_pause(run);
    if (lookup->asked.count == 0)
        run->names.again.at = PLAIT_NEVER;
    else
        (void)lookup_start(lookup, &run->loop);
}

/* Whether that is news. What carries a session is left as it is. */
static bool names_take(const struct plait_run *run, struct addr_pair *known,
                       const struct addr_pair *found)
{
    if (!addr_pair_is_known(found) || (run->session_up && addr_pair_is_known(known)) ||
        (addr_equal(&known->of[0], &found->of[0]) && addr_equal(&known->of[1], &found->of[1])))
        return false;
    *known = *found;
    return true;
}

static void names_on_found(void *ctx, uint64_t now, const struct lookup_found *found)
{
    struct plait_run *run = ctx;
    struct bond_names *names = &run->names;
    const char *name = names->lookup.asked.name[found->index];
    bool is_news = false, has_failed = found->why.text[0] != '\0';
    if (strcmp(name, names->receiver) == 0)
        is_news = names_take(run, &run->receiver, &found->address);
    for (uint32_t i = 0; i < run->wanted_count; i++) {
        if (strcmp(name, run->wanted[i].to) == 0)
            is_news |= names_take(run, &run->wanted[i].remote, &found->address);
    }
    names->has_failed |= has_failed;
    if (has_failed) {
        names->why = found->why;
        bond_names_tell(run, now);
    }
    if (is_news)
        bond_links_refresh(run, now);
}

/* At the start nobody listens yet: it is told of by bond_names_tell(). */
static void names_wait(struct plait_run *run, const struct run_error *why)
{
    run->names.why = *why;
    run->names.has_failed = true;
    bond_names_look(run);
}

void bond_names_tell(struct plait_run *run, uint64_t now)
{
    struct bond_names *names = &run->names;
    if (names->why.text[0] == '\0' || names->is_told || !run->on_link)
        return;
    names->is_told = true;
    run->on_link(run->on_link_ctx, now, UINT32_MAX, names->why.text);
}

/* Each name once. */
static bool names_is_first(const struct plait_run *run, uint32_t index)
{
    const char *name = run->wanted[index].to;
    bool is_first = strcmp(name, run->names.receiver) != 0;
    for (uint32_t i = 0; i < index && is_first; i++)
        is_first = strcmp(name, run->wanted[i].to) != 0;
    return is_first;
}

const char *bond_names_unknown(const struct plait_run *run, uint32_t index)
{
    if (!addr_pair_is_known(&run->receiver) && index-- == 0)
        return run->names.receiver;
    for (uint32_t i = 0; i < run->wanted_count; i++) {
        const struct linkspec *spec = &run->wanted[i];
        if (spec->to[0] != '\0' && !bond_ways_is_known(run, spec) && names_is_first(run, i) &&
            index-- == 0)
            return spec->to;
    }
    return NULL;
}

int bond_names_open(struct plait_run *run, const char *receiver, struct run_error *error)
{
    struct bond_names *names = &run->names;
    if (strlen(receiver) >= sizeof names->receiver)
        return run_fail(error, PLAIT_ERR_INVALID, "'%.40s..' is too long for an address", receiver);
    memcpy(names->receiver, receiver, strlen(receiver) + 1);
    names->lookup.ctx = run;
    names->lookup.on_found = names_on_found;
    names->again.ctx = run;
    names->again.on_due = names_on_due;
    names->pause_ns = NAMES_AGAIN_NS;
    names->again.at = run->loop.now + NAMES_AGAIN_NS;
    int err = addr_parse_pair(receiver, ADDR_SOON, &run->receiver, error);
    if (err == PLAIT_ERR_SYSTEM)
        names_wait(run, error);
    else if (err != PLAIT_OK)
        return err;
    return loop_timer_add(&run->loop, &names->again);
}

/* What this name stands for, as far as it is known by then; NULL when nobody has asked. */
static const struct addr_pair *names_of(const struct linkspec *specs, uint32_t count,
                                        const char *name)
{
    for (uint32_t i = 0; i < count; i++) {
        if (strcmp(specs[i].to, name) == 0)
            return &specs[i].remote;
    }
    return NULL;
}

int bond_names_resolve(struct plait_run *run, struct linkspec *specs, uint32_t index,
                       enum addr_use *use, struct run_error *error)
{
    struct linkspec *spec = &specs[index];
    const struct addr_pair *known = names_of(specs, index, spec->to);
    if (spec->to[0] == '\0')
        return PLAIT_OK;
    if (!known)
        known = strcmp(run->names.receiver, spec->to) == 0
                    ? &run->receiver
                    : names_of(run->wanted, run->wanted_count, spec->to);
    if (known) {
        spec->remote = *known;
        return PLAIT_OK;
    }
    int err = linkspec_resolve(spec, *use, error);
    if (err != PLAIT_ERR_SYSTEM)
        return err;
    if (*use == ADDR_SOON)
        names_wait(run, error);
    *use = ADDR_NUMBER;
    bond_names_look(run);
    return PLAIT_OK;
}

static void names_number_anew(const char *name, struct addr_pair *known)
{
    struct addr_pair found;
    struct run_error ignored;
    if (strchr(name, '%') && addr_parse_pair(name, ADDR_NUMBER, &found, &ignored) == PLAIT_OK)
        *known = found;
}

void bond_names_number_anew(struct plait_run *run)
{
    names_number_anew(run->names.receiver, &run->receiver);
    for (uint32_t i = 0; i < run->wanted_count; i++)
        names_number_anew(run->wanted[i].to, &run->wanted[i].remote);
}

void bond_names_look(struct plait_run *run)
{
    run->names.pause_ns = NAMES_AGAIN_NS;
    run->names.again.at = run->loop.now;
}

void bond_names_close(struct plait_run *run)
{
    lookup_close(&run->names.lookup);
    loop_timer_remove(&run->loop, &run->names.again);
}
