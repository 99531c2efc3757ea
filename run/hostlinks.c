/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/hostlinks.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>

#include "run/route.h"

static bool hostlinks_address(const struct sockaddr *from, uint8_t family, struct plait_addr *out)
{
    struct sockaddr_storage kernel = {0};
    if (!from || family == 0 || from->sa_family != (family == 4 ? AF_INET : AF_INET6))
        return false;
    memcpy(&kernel, from, family == 4 ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6));
    addr_from_kernel(&kernel, out);
    return true;
}

/* A link-local address leads to those of the same network alone. */
static bool hostlinks_is_foreign(const struct plait_addr *address, const struct plait_addr *remote)
{
    bool is_neighbour = addr_is_link_local(remote) && remote->scope == address->scope;
    return addr_is_link_local(address) && !is_neighbour;
}

/* label: the device's name, or that of an address on it, which is the device's and ":" something.
 */
static struct hostlink *hostlinks_slot(struct hostlink *links, uint32_t *count, const char *label)
{
    size_t len = strcspn(label, ":");
    for (uint32_t i = 0; i < *count; i++) {
        if (strlen(links[i].dev) == len && memcmp(links[i].dev, label, len) == 0)
            return &links[i];
    }
    if (*count == HOSTLINKS_MAX || len >= sizeof links->dev)
        return NULL;
    struct hostlink *fresh = &links[(*count)++];
    memset(fresh, 0, sizeof *fresh);
    memcpy(fresh->dev, label, len);
    fresh->ifindex = if_nametoindex(fresh->dev);
    return fresh;
}

static void hostlinks_subnet(struct hostlink_way *way, const struct sockaddr *netmask)
{
    struct plait_addr mask;
    if (!hostlinks_address(netmask, way->address.family, &mask))
        return;
    way->subnet = way->address;
    for (int i = 0; i < 16; i++) {
        way->subnet.ip[i] &= mask.ip[i];
        way->subnet_bits = (uint8_t)(way->subnet_bits + __builtin_popcount(mask.ip[i]));
    }
}

static void hostlinks_ways(struct hostlink *link, const struct addr_pair *receiver,
                           const struct ifaddrs *entry)
{
    for (int i = 0; i < 2; i++) {
        struct hostlink_way *way = &link->way[i];
        struct plait_addr address;
        way->remote = receiver->of[i];
        if (way->address.family != 0 ||
            !hostlinks_address(entry->ifa_addr, way->remote.family, &address) ||
            hostlinks_is_foreign(&address, &way->remote))
            continue;
        way->address = address;
        hostlinks_subnet(way, entry->ifa_netmask);
    }
}

static void hostlinks_routes(const struct addr_pair *receiver, int index, struct hostlink *links,
                             uint32_t count)
{
    struct route_found routes[HOSTLINKS_MAX];
    struct run_error ignored;
    if (receiver->of[index].family == 0)
        return;
    int found = route_interfaces(&receiver->of[index], routes, HOSTLINKS_MAX, &ignored);
    for (uint32_t i = 0; i < count; i++) {
        struct hostlink_way *way = &links[i].way[index];
        way->is_routed = found < 0;
        for (int k = 0; k < found; k++) {
            if (routes[k].ifindex != links[i].ifindex)
                continue;
            way->is_routed = true;
            way->gateway = routes[k].gateway;
        }
    }
}

int hostlinks_read(const struct addr_pair *receiver, struct hostlink out[HOSTLINKS_MAX],
                   struct run_error *error)
{
    struct ifaddrs *list = NULL;
    uint32_t count = 0;
    if (getifaddrs(&list) != 0)
        return run_fail(error, PLAIT_ERR_SYSTEM, "the list of interfaces cannot be read");
    for (const struct ifaddrs *entry = list; entry; entry = entry->ifa_next) {
        struct hostlink *link = hostlinks_slot(out, &count, entry->ifa_name);
        if (!link)
            continue;
        link->is_up = (entry->ifa_flags & IFF_UP) != 0;
        link->is_running = (entry->ifa_flags & IFF_RUNNING) != 0;
        link->is_loopback = (entry->ifa_flags & IFF_LOOPBACK) != 0;
        hostlinks_ways(link, receiver, entry);
    }
    freeifaddrs(list);
    for (int i = 0; i < 2; i++)
        hostlinks_routes(receiver, i, out, count);
    return (int)count;
}

int hostlink_rank(const struct hostlink_way *way)
{
    return way->address.family == 0 ? 0 : way->is_routed ? 2 : 1;
}

const struct hostlink_way *hostlink_best(const struct hostlink *link)
{
    return &link->way[hostlink_rank(&link->way[1]) > hostlink_rank(&link->way[0])];
}

bool hostlink_is_usable(const struct hostlink *link)
{
    return link->is_up && link->is_running && !link->is_loopback &&
           hostlink_rank(hostlink_best(link)) == 2;
}

const struct hostlink *hostlinks_find(const struct hostlink *links, uint32_t count, const char *dev)
{
    for (uint32_t i = 0; i < count; i++) {
        if (strcmp(links[i].dev, dev) == 0)
            return &links[i];
    }
    return NULL;
}

bool hostlinks_is_own(const struct plait_addr *remote)
{
    struct ifaddrs *list = NULL;
    struct plait_addr local;
    bool is_own = addr_is_loopback(remote);
    if (getifaddrs(&list) != 0)
        return is_own;
    for (const struct ifaddrs *entry = list; entry && !is_own; entry = entry->ifa_next)
        is_own = hostlinks_address(entry->ifa_addr, remote->family, &local) &&
                 memcmp(local.ip, remote->ip, sizeof local.ip) == 0;
    freeifaddrs(list);
    return is_own;
}
