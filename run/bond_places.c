/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/bond_places.h"

#include <fnmatch.h>
#include <string.h>

const struct linkspec bond_places_local = {.name = "lo"};

static bool places_is_open(const struct link *link)
{
    return link->loop != NULL;
}

static bool places_is_same(const struct linkspec *a, const struct linkspec *b)
{
    return strcmp(a->dev, b->dev) == 0 && strcmp(a->name, b->name) == 0;
}

static bool places_is_named(const struct plait_run *run, const struct linkspec *spec)
{
    for (uint32_t i = 0; i < run->wanted_count; i++) {
        if (places_is_same(&run->wanted[i], spec))
            return true;
    }
    return false;
}

/* Whether it may come again. */
static bool places_is_wanted(const struct plait_run *run, const struct linkspec *spec)
{
    if (places_is_named(run, spec) || (run->is_local && places_is_same(spec, &bond_places_local)))
        return true;
    bool is_wanted = run->wanted_count == 0;
    for (uint32_t i = 0; i < run->wanted_count && !is_wanted; i++)
        is_wanted =
            linkspec_is_pattern(&run->wanted[i]) && fnmatch(run->wanted[i].dev, spec->dev, 0) == 0;
    return is_wanted && strcmp(spec->name, spec->dev) == 0;
}

bool bond_places_has(const struct plait_run *run, const struct linkspec *spec)
{
    for (uint32_t i = 0; i < run->link_count; i++) {
        if (places_is_open(&run->links[i]) && linkspec_equal(&run->links[i].spec, spec))
            return true;
    }
    return false;
}

uint32_t bond_places_of(const struct plait_run *run, const struct linkspec *spec)
{
    uint32_t unnamed = PLAIT_MAX_PATHS, free_place = PLAIT_MAX_PATHS;
    for (uint32_t i = run->link_count; i-- > 0;) {
        const struct linkspec *before = &run->links[i].spec;
        if (places_is_open(&run->links[i]))
            continue;
        if (places_is_same(before, spec))
            return i;
        if (before->name[0] == '\0')
            free_place = i;
        else if (!places_is_named(run, before))
            unnamed = i;
    }
    if (free_place != PLAIT_MAX_PATHS)
        return free_place;
    return run->link_count < PLAIT_MAX_PATHS ? run->link_count : unnamed;
}

static void places_clear(struct plait_run *run, uint32_t place)
{
    struct link *link = &run->links[place];
    memset(link, 0, sizeof *link);
    link->index = place;
    link->fd = -1;
    link->path = UINT32_MAX;
}

void bond_places_keep(struct plait_run *run)
{
    for (uint32_t i = 0; i < run->link_count; i++) {
        if (!places_is_open(&run->links[i]) && !places_is_wanted(run, &run->links[i].spec))
            places_clear(run, i);
    }
    for (uint32_t i = 0; i < run->wanted_count; i++) {
        const struct linkspec *spec = &run->wanted[i];
        uint32_t place = bond_places_of(run, spec);
        if (linkspec_is_pattern(spec) || bond_places_has(run, spec) || place == PLAIT_MAX_PATHS)
            continue;
        if (place == run->link_count || !places_is_same(&run->links[place].spec, spec))
            places_clear(run, place);
        run->links[place].spec = *spec;
        if (place == run->link_count)
            run->link_count++;
    }
    while (run->link_count > 0 && run->links[run->link_count - 1].spec.name[0] == '\0')
        run->link_count--;
}
