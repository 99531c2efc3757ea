/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/bond_ways.h"

#include <string.h>

#include "run/socket.h"

const struct addr_pair *bond_ways_receiver(const struct plait_run *run, const struct linkspec *spec)
{
    if (spec->to[0] == '\0')
        return &run->receiver;
    for (uint32_t i = 0; i < run->wanted_count; i++) {
        if (strcmp(run->wanted[i].to, spec->to) == 0)
            return &run->wanted[i].remote;
    }
    return &spec->remote;
}

bool bond_ways_is_known(const struct plait_run *run, const struct linkspec *spec)
{
    return addr_pair_is_known(bond_ways_receiver(run, spec));
}

const struct plait_addr *bond_ways_remote(const struct plait_run *run, const struct linkspec *spec,
                                          uint8_t family, struct run_error *error)
{
    const struct addr_pair *receiver = bond_ways_receiver(run, spec);
    const struct plait_addr *remote = addr_of_family(receiver, spec->src.family);
    const struct plait_addr *wished = addr_of_family(receiver, family);
    if (spec->src.family == 0 && wished)
        return wished;
    if (!remote)
        (void)run_fail(error, PLAIT_ERR_INVALID,
                       "%s: src= is IPv%u and the receiver is not; use addresses of one kind",
                       spec->name, (unsigned)spec->src.family);
    return remote;
}

struct hostlink bond_ways_seen(const struct plait_run *run, const struct linkspec *spec,
                               const struct hostlink *host)
{
    struct hostlink own[HOSTLINKS_MAX];
    struct run_error ignored;
    if (spec->to[0] == '\0')
        return *host;
    int count = hostlinks_read(bond_ways_receiver(run, spec), own, &ignored);
    const struct hostlink *seen = hostlinks_find(own, count > 0 ? (uint32_t)count : 0, host->dev);
    return seen ? *seen : *host;
}

const struct hostlink_way *bond_ways_pick(const struct linkspec *spec, const struct hostlink *seen)
{
    for (int i = 0; i < 2; i++) {
        if (spec->src.family != 0 && seen->way[i].remote.family == spec->src.family)
            return &seen->way[i];
    }
    return hostlink_best(seen);
}

const struct hostlink_way *bond_ways_try(const struct linkspec *spec, uint8_t family,
                                         const struct hostlink *seen)
{
    const struct hostlink_way *best = bond_ways_pick(spec, seen);
    for (int i = 0; i < 2; i++) {
        if (family != 0 && spec->src.family == 0 && seen->way[i].remote.family == family &&
            hostlink_rank(&seen->way[i]) == hostlink_rank(best))
            return &seen->way[i];
    }
    return best;
}

uint8_t bond_ways_other(const struct plait_run *run, const struct link *link,
                        const struct hostlink *seen)
{
    const uint8_t other = link->remote.family == 4 ? 6 : 4;
    const struct plait_addr *remote = addr_of_family(bond_ways_receiver(run, &link->spec), other);
    if (link->spec.src.family != 0 || !remote)
        return 0;
    bool leads = seen ? bond_ways_try(&link->spec, other, seen)->remote.family == other
                      : socket_leads(remote);
    return leads ? other : 0;
}

const char *bond_ways_lack(const struct hostlink *host, const struct hostlink_way *way)
{
    static const char *const lack[] = {"no address", "no route", ""};
    return host->is_up && host->is_running ? lack[hostlink_rank(way)] : "no carrier";
}

bool bond_ways_can_use(const struct plait_run *run, const struct hostlink *host,
                       const struct linkspec *spec, bool is_named)
{
    if (!bond_ways_is_known(run, spec))
        return false;
    if (!is_named)
        return spec->to[0] != '\0' ? host->is_up && host->is_running : hostlink_is_usable(host);
    return host->is_up && host->is_running &&
           (spec->to[0] != '\0' || hostlink_rank(bond_ways_pick(spec, host)) > 0);
}

const struct hostlink_way *bond_ways_own(const struct link *link, const struct hostlink *seen)
{
    for (int i = 0; i < 2; i++) {
        if (addr_equal(&seen->way[i].remote, &link->remote))
            return &seen->way[i];
    }
    return NULL;
}
