/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/bond_links.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "run/bond_names.h"
#include "run/bond_places.h"
#include "run/bond_trial.h"
#include "run/bond_ways.h"
#include "run/hostlinks.h"

#define LINKS_RETRY_NS UINT64_C(2000000000) /* after a link that could not be opened */

/* What the host has, read once a refresh. */
struct bond_host {
    struct hostlink links[HOSTLINKS_MAX];
    uint32_t count;
};

static bool links_is_attached(const struct link *link)
{
    return link->loop != NULL;
}

static void links_tell(struct plait_run *run, uint64_t now, uint32_t link, const char *text)
{
    if (run->on_link)
        run->on_link(run->on_link_ctx, now, link, text);
}

/* What is not named, but matches a pattern or is taken for a link by itself. */
static bool links_wish_unnamed(const struct plait_run *run, const struct hostlink *host,
                               struct linkspec *spec)
{
    bool is_wished = run->wanted_count == 0 && !run->is_local;
    memset(spec, 0, sizeof *spec);
    for (uint32_t i = 0; i < run->wanted_count && !is_wished; i++) {
        is_wished =
            linkspec_is_pattern(&run->wanted[i]) && fnmatch(run->wanted[i].dev, host->dev, 0) == 0;
        if (is_wished)
            *spec = run->wanted[i];
    }
    memcpy(spec->dev, host->dev, sizeof spec->dev);
    memcpy(spec->name, host->dev, sizeof host->dev);
    return is_wished && !host->is_loopback && bond_ways_can_use(run, host, spec, false);
}

/* The links that this interface is to be, PLAIT_MAX_PATHS at most: those that name it, where there
 * are any. Returns how many can be used now. */
static uint32_t links_wish(const struct plait_run *run, const struct hostlink *host,
                           struct linkspec *specs)
{
    uint32_t count = 0;
    bool is_named = false;
    for (uint32_t i = 0; i < run->wanted_count; i++) {
        if (strcmp(run->wanted[i].dev, host->dev) != 0)
            continue;
        is_named = true;
        if (bond_ways_can_use(run, host, &run->wanted[i], true))
            specs[count++] = run->wanted[i];
    }
    return is_named ? count : links_wish_unnamed(run, host, specs);
}

/* ---- one link ---- */

static int links_path_add(struct plait_run *run, uint64_t now, struct link *link)
{
    struct plait_path_config path = {0};
    path.link = link->index;
    path.remote = link->remote;
    path.max_bps = link->spec.max_bps;
    path.cost = link->spec.cost;
    path.priority = link->spec.priority;
    return plait_path_add(run->node.endpoint, now, run->session, &path, &link->path);
}

/* The link whose packets carry the same source address; NULL when there is none. */
static const struct link *links_twin(const struct plait_run *run, const struct link *link)
{
    for (uint32_t i = 0; i < run->link_count; i++) {
        const struct link *other = &run->links[i];
        if (other != link && links_is_attached(other) && other->by_source &&
            addr_equal(&other->config.bind, &link->config.bind))
            return other;
    }
    return NULL;
}

/* The way out by the source address: set here where that is permitted, else told how to. The page
 * shows the beginning, the log all of it. */
static void links_route_by_source(struct plait_run *run, struct link *link,
                                  const struct hostlink_way *way)
{
    char ip[ADDR_TEXT], gateway[ADDR_TEXT];
    bool has_gateway = way->gateway.family != 0;
    struct run_error why;
    const struct link *twin = links_twin(run, link);
    char dev[sizeof link->spec.dev];
    memcpy(dev, link->spec.dev, sizeof dev);
    uint32_t table = own_route_table(link->ifindex);
    int err =
        twin ? PLAIT_ERR_REFUSED
             : own_route_set(&link->own, &link->config.bind, &way->gateway, link->ifindex, &why);
    addr_ip_text(&link->config.bind, ip);
    addr_ip_text(&way->gateway, gateway);
    int used = snprintf(link->note, sizeof link->note,
                        "may not bind to %.15s (cure: setcap cap_net_raw+ep on plait); ", dev);
    char *rest = link->note + used;
    size_t room = sizeof link->note - (size_t)used;
    if (twin)
        (void)snprintf(rest, room, "%.15s has the same address %.46s, so nothing tells them apart",
                       twin->spec.dev, ip);
    else if (err == PLAIT_OK)
        (void)snprintf(rest, room, "sends from %.46s by routing table %u of its own", ip, table);
    else
        (void)snprintf(rest, room,
                       "sends from %.46s, which needs, as root: ip rule add from %.46s lookup %u; "
                       "ip route add default %s%.46s%sdev %.15s table %u",
                       ip, ip, table, has_gateway ? "via " : "", has_gateway ? gateway : "",
                       has_gateway ? " onlink " : "", dev, table);
}

/* Where binding to a device is not permitted (Linux before 5.7, without CAP_NET_RAW), its address
 * as the source does it too, with a routing table for that source. */
static int links_open_by_source(struct plait_run *run, uint64_t now, struct link *link,
                                const struct hostlink_way *way, struct run_error *error)
{
    struct link_hooks hooks = {run, bond_on_datagram};
    link->config.bind = link->spec.src.family != 0 ? link->spec.src : way->address;
    if (addr_is_link_local(&link->config.bind))
        link->config.bind.scope = link->ifindex;
    link->config.dev = NULL;
    link->by_source = true;
    int err = link_open(link, &run->loop, run->rx, &hooks, error);
    if (err != PLAIT_OK)
        return err;
    links_route_by_source(run, link, way);
    if (link->trial.turns < 2) /* else it is one of the two that have been told */
        links_tell(run, now, link->index, link->note);
    return PLAIT_OK;
}

static int links_attach(struct plait_run *run, uint64_t now, uint32_t slot,
                        const struct linkspec *spec, const struct hostlink *host,
                        struct run_error *error)
{
    struct link_hooks hooks = {run, bond_on_datagram};
    struct link *link = &run->links[slot];
    const enum link_told told = link->told;
    const struct link_trial trial = link->trial;
    memset(link, 0, sizeof *link);
    link->told = told;
    link->trial = trial;
    link->trial.since = now;
    link->spec = *spec;
    link->index = slot;
    link->ifindex = host ? host->ifindex : 0;
    struct hostlink seen;
    const struct hostlink_way *way = NULL;
    const struct plait_addr *remote = bond_ways_remote(run, spec, trial.family, error);
    link->fd = -1;
    link->path = UINT32_MAX;
    if (slot == run->link_count)
        run->link_count++;
    if (!remote)
        return PLAIT_ERR_INVALID;
    link->remote = *remote;
    if (host) {
        seen = bond_ways_seen(run, spec, host);
        way = bond_ways_try(spec, trial.family, &seen);
        link->remote = way->remote;
    }
    int err = link_open(link, &run->loop, run->rx, &hooks, error);
    if (err == PLAIT_ERR_REFUSED && way && way->address.family != 0 && !host->is_loopback)
        err = links_open_by_source(run, now, link, way, error);
    if (err == PLAIT_OK && run->session_open)
        err = links_path_add(run, now, link);
    if (err != PLAIT_OK) {
        link_close(link);
        own_route_clear(&link->own);
        link->loop = NULL;
        link->fd = -1;
        link->path = UINT32_MAX;
        return err;
    }
    link->told = LINK_TOLD_NONE;
    return PLAIT_OK;
}

/* What a link waits for, once: the next thing is told of when it is nearer to being open. */
static void links_tell_waiting(struct plait_run *run, uint64_t now, uint32_t slot,
                               enum link_told what, const char *text)
{
    struct link *link = &run->links[slot];
    if (!run->on_link || link->told >= what)
        return;
    link->told = what;
    links_tell(run, now, slot, text);
}

static void links_let_go(struct plait_run *run, uint64_t now, struct link *link)
{
    if (run->session_open && link->path != UINT32_MAX)
        (void)plait_path_remove(run->node.endpoint, now, run->session, link->path);
    link_close(link);
    own_route_clear(&link->own);
    node_drain(&run->node, now);
    link->path = UINT32_MAX;
}

static void links_detach(struct plait_run *run, uint64_t now, uint32_t slot, const char *why)
{
    struct link *link = &run->links[slot];
    char text[80];
    (void)snprintf(text, sizeof text, "%.31s: %.40s", link->spec.name, why);
    links_let_go(run, now, link);
    link->trial.turns = 0;
    links_tell_waiting(run, now, slot, LINK_TOLD_LACKING, text);
}

/* ---- all of them ---- */

static int links_host(const struct plait_run *run, struct bond_host *host, struct run_error *error)
{
    int count = hostlinks_read(&run->receiver, host->links, error);
    host->count = count > 0 ? (uint32_t)count : 0;
    return count;
}

static bool links_is_fixed_wanted(const struct plait_run *run, const struct link *link,
                                  const char **why)
{
    bool is_wanted = run->is_local && linkspec_equal(&bond_places_local, &link->spec);
    for (uint32_t i = 0; i < run->wanted_count && !is_wanted; i++)
        is_wanted = linkspec_equal(&run->wanted[i], &link->spec);
    if (!is_wanted)
        return false;
    /* The way that is the better one may be another than at the start; what carries, or is tried,
     * stays. */
    bool is_kept = run->session_up || link->trial.family == link->remote.family;
    uint8_t family = is_kept ? link->remote.family : link->spec.src.family;
    const struct plait_addr *remote = addr_of_family(bond_ways_receiver(run, &link->spec), family);
    *why = "the receiver has another address";
    return remote && addr_equal(remote, &link->remote);
}

static bool links_is_still_wanted(const struct plait_run *run, const struct link *link,
                                  const struct bond_host *host, const char **why)
{
    struct linkspec specs[PLAIT_MAX_PATHS];
    *why = "no longer wanted";
    if (link->spec.dev[0] == '\0')
        return links_is_fixed_wanted(run, link, why);
    const struct hostlink *now = hostlinks_find(host->links, host->count, link->spec.dev);
    if (!now || now->ifindex != link->ifindex) {
        *why = "unplugged";
        return false;
    }
    struct hostlink seen = bond_ways_seen(run, &link->spec, now);
    const struct hostlink_way *way = bond_ways_own(link, &seen);
    *why = way ? bond_ways_lack(&seen, way) : "the receiver has another address";
    if (!way || hostlink_rank(way) < hostlink_rank(bond_ways_pick(&link->spec, &seen)))
        return false;
    if (link->by_source && link->spec.src.family == 0 && way->address.family != 0 &&
        !addr_equal(&way->address, &link->config.bind)) {
        *why = "another address";
        return false;
    }
    uint32_t count = links_wish(run, now, specs);
    for (uint32_t i = 0; i < count; i++) {
        if (linkspec_equal(&specs[i], &link->spec))
            return true;
    }
    if (count > 0)
        *why = "its options have changed";
    else if ((*why)[0] == '\0')
        *why = "no longer wanted";
    return false;
}

/* Its gateway may have changed, or somebody has cleaned up the host's tables. */
static void links_keep_route(const struct plait_run *run, struct link *link,
                             const struct bond_host *host)
{
    struct run_error ignored;
    const struct hostlink *now = hostlinks_find(host->links, host->count, link->spec.dev);
    if (!links_is_attached(link) || !link->own.is_set || !now)
        return;
    struct hostlink seen = bond_ways_seen(run, &link->spec, now);
    const struct hostlink_way *way = bond_ways_own(link, &seen);
    if (way)
        (void)own_route_set(&link->own, &link->config.bind, &way->gateway, now->ifindex, &ignored);
}

/* A change that is to be told of sooner is not held up. */
static void links_retry(struct plait_run *run, uint64_t now)
{
    if (run->watch.settle.at > now + LINKS_RETRY_NS)
        run->watch.settle.at = now + LINKS_RETRY_NS;
}

static void links_failed(struct plait_run *run, uint64_t now, uint32_t slot,
                         const struct run_error *why)
{
    char text[sizeof why->text + 64];
    (void)snprintf(text, sizeof text, "%.31s cannot be used yet: %s", run->links[slot].spec.name,
                   why->text);
    links_retry(run, now);
    links_tell_waiting(run, now, slot, LINK_TOLD_FAILED, text);
}

static void links_add(struct plait_run *run, uint64_t now, const struct linkspec *spec,
                      const struct hostlink *host)
{
    uint32_t slot = bond_places_of(run, spec);
    struct run_error error;
    char text[64];
    if (slot == PLAIT_MAX_PATHS)
        return;
    if (links_attach(run, now, slot, spec, host, &error) == PLAIT_OK) {
        (void)snprintf(text, sizeof text, "%.31s: plugged in", spec->name);
        links_tell(run, now, slot, text);
    } else {
        links_failed(run, now, slot, &error);
    }
}

static void links_add_missing(struct plait_run *run, uint64_t now, const struct bond_host *host)
{
    struct linkspec specs[PLAIT_MAX_PATHS];
    for (uint32_t i = 0; i < host->count; i++) {
        uint32_t count = links_wish(run, &host->links[i], specs);
        for (uint32_t k = 0; k < count; k++) {
            if (!bond_places_has(run, &specs[k]))
                links_add(run, now, &specs[k], &host->links[i]);
        }
    }
}

/* Links without a device are the user's word alone: they are opened once and stay. One that fails
 * holds up no other, and is tried again. */
static void links_add_fixed(struct plait_run *run, uint64_t now)
{
    struct run_error why;
    uint32_t count = run->is_local ? 1 : run->wanted_count;
    for (uint32_t i = 0; i < count; i++) {
        const struct linkspec *spec = run->is_local ? &bond_places_local : &run->wanted[i];
        uint32_t slot = bond_places_of(run, spec);
        if (spec->dev[0] != '\0' || bond_places_has(run, spec) || slot == PLAIT_MAX_PATHS ||
            !bond_ways_is_known(run, spec))
            continue;
        if (links_attach(run, now, slot, spec, NULL, &why) != PLAIT_OK)
            links_failed(run, now, slot, &why);
    }
}

/* Each that is named and not there: a modem that is not plugged in looks like a wrong name. */
static void links_tell_missing(struct plait_run *run, uint64_t now, const struct bond_host *host)
{
    char text[128];
    for (uint32_t i = 0; i < run->wanted_count; i++) {
        const struct linkspec *spec = &run->wanted[i];
        const struct hostlink *found = hostlinks_find(host->links, host->count, spec->dev);
        uint32_t slot = bond_places_of(run, spec);
        if (spec->dev[0] == '\0' || linkspec_is_pattern(spec) || !bond_ways_is_known(run, spec) ||
            bond_places_has(run, spec) || slot == PLAIT_MAX_PATHS)
            continue;
        (void)snprintf(text, sizeof text, "dev=%.15s: %s yet, waiting for it (%s)", spec->dev,
                       found ? bond_ways_lack(found, bond_ways_pick(spec, found))
                             : "no such device",
                       found ? "see: ip addr" : "is the name right? see: ip -br link");
        links_tell_waiting(run, now, slot, found ? LINK_TOLD_LACKING : LINK_TOLD_ABSENT, text);
    }
}

void bond_links_refresh(struct plait_run *run, uint64_t now)
{
    struct bond_host host;
    struct run_error ignored;
    const char *why;
    if (run->closing)
        return;
    run->is_local = run->wanted_count == 0 && (hostlinks_is_own(&run->receiver.of[0]) ||
                                               hostlinks_is_own(&run->receiver.of[1]));
    if (links_host(run, &host, &ignored) < 0) {
        links_retry(run, now);
        return;
    }
    for (uint32_t i = 0; i < run->link_count; i++) {
        if (links_is_attached(&run->links[i]) &&
            !links_is_still_wanted(run, &run->links[i], &host, &why))
            links_detach(run, now, i, why);
    }
    bond_places_keep(run);
    for (uint32_t i = 0; i < run->link_count; i++)
        links_keep_route(run, &run->links[i], &host);
    links_add_fixed(run, now);
    links_add_missing(run, now, &host);
    links_tell_missing(run, now, &host);
    bond_trial_arm(run, now);
    node_drain(&run->node, now);
}

void bond_links_turn(struct plait_run *run, uint64_t now, uint32_t slot)
{
    struct link *link = &run->links[slot];
    const struct linkspec spec = link->spec;
    const struct hostlink *found = NULL;
    const uint8_t before = link->remote.family;
    struct hostlink seen;
    struct bond_host host;
    struct run_error why;
    char text[80];
    if (spec.dev[0] != '\0') {
        if (links_host(run, &host, &why) < 0)
            return;
        found = hostlinks_find(host.links, host.count, spec.dev);
        if (!found)
            return;
        seen = bond_ways_seen(run, &spec, found);
    }
    const uint8_t other = bond_ways_other(run, link, found ? &seen : NULL);
    if (other == 0)
        return;
    (void)snprintf(text, sizeof text, "%.31s: no answer over IPv%u, trying IPv%u", spec.name,
                   (unsigned)before, (unsigned)other);
    if (link->trial.turns++ == 0)
        links_tell(run, now, slot, text);
    link->trial.family = other;
    links_let_go(run, now, link);
    if (links_attach(run, now, slot, &spec, found, &why) != PLAIT_OK) {
        link->trial.family = before;
        links_failed(run, now, slot, &why);
    }
    node_drain(&run->node, now);
}

int bond_links_join(struct plait_run *run, uint64_t now)
{
    for (uint32_t i = 0; i < run->link_count; i++) {
        if (!links_is_attached(&run->links[i]))
            continue;
        int err = links_path_add(run, now, &run->links[i]);
        if (err != PLAIT_OK)
            return err;
    }
    return PLAIT_OK;
}

static int links_parse(struct plait_run *run, const char *const *links, uint32_t count,
                       enum addr_use use, struct linkspec *out, struct run_error *error)
{
    if (count > PLAIT_MAX_PATHS)
        return run_fail(error, PLAIT_ERR_INVALID, "%u links are too many; at most %d", count,
                        PLAIT_MAX_PATHS);
    for (uint32_t i = 0; i < count; i++) {
        int err = linkspec_parse(links[i], i, &out[i], error);
        if (err == PLAIT_OK)
            err = bond_names_resolve(run, out, i, &use, error);
        if (err == PLAIT_OK && bond_ways_is_known(run, &out[i]) &&
            !bond_ways_remote(run, &out[i], 0, error))
            err = PLAIT_ERR_INVALID;
        if (err != PLAIT_OK)
            return err;
    }
    return linkspec_check(out, count, error);
}

uint32_t bond_links_count(const struct plait_run *run)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < run->link_count; i++)
        count += links_is_attached(&run->links[i]);
    return count;
}

/* With a network that has come, names may lead elsewhere. */
static void links_on_changed(void *ctx, uint64_t now)
{
    struct plait_run *run = ctx;
    uint32_t before = bond_links_count(run);
    bond_names_number_anew(run);
    bond_links_refresh(run, now);
    if (bond_links_count(run) > before)
        bond_names_look(run);
}

int bond_links_open(struct plait_run *run, const char *const *links, uint32_t count,
                    struct run_error *error)
{
    uint64_t now = plait_run_now_ns();
    /* A name server that does not answer for the receiver is not waited for again. */
    enum addr_use use = addr_pair_is_known(&run->receiver) ? ADDR_SOON : ADDR_NUMBER;
    int err = links_parse(run, links, count, use, run->wanted, error);
    if (err != PLAIT_OK)
        return err;
    run->wanted_count = count;
    run->watch.ctx = run;
    run->watch.on_changed = links_on_changed;
    err = linkwatch_open(&run->watch, &run->loop, error);
    if (err != PLAIT_OK)
        return err;
    err = bond_trial_open(run, error);
    if (err != PLAIT_OK)
        return err;
    bond_places_keep(run);
    bond_links_refresh(run, now); /* maybe none yet: a host starts before its modems do */
    return PLAIT_OK;
}

int bond_links_set(struct plait_run *run, uint64_t now, const char *const *links, uint32_t count,
                   struct run_error *error)
{
    struct linkspec wanted[PLAIT_MAX_PATHS];
    int err = links_parse(run, links, count, ADDR_NUMBER, wanted, error);
    if (err != PLAIT_OK)
        return err;
    memcpy(run->wanted, wanted, count * sizeof wanted[0]);
    run->wanted_count = count;
    for (uint32_t i = 0; i < run->link_count; i++)
        run->links[i].told = LINK_TOLD_NONE;
    bond_names_look(run);
    bond_links_refresh(run, now);
    return PLAIT_OK;
}

void bond_links_close(struct plait_run *run)
{
    linkwatch_close(&run->watch);
    bond_trial_close(run);
    for (uint32_t i = 0; i < run->link_count; i++)
        own_route_clear(&run->links[i].own);
}
