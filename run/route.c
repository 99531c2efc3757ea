/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/route.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "run/ownroute.h"

#define ROUTE_ATTRIBUTES (RTA_MULTIPATH + 1) /* those up to the last one looked at */
#define ROUTE_DUMP_BYTES 32768               /* what the kernel fills at most at a time (libmnl) */

struct route_search {
    const struct plait_addr *remote;
    struct route_found *out;
    uint32_t count, max;
};

static void route_add(struct route_search *search, uint32_t ifindex, uint8_t bits, uint32_t metric,
                      const struct plait_addr *gateway)
{
    for (uint32_t i = 0; i < search->count; i++) {
        struct route_found *known = &search->out[i];
        if (known->ifindex != ifindex)
            continue;
        if (bits > known->prefix_bits || (bits == known->prefix_bits && metric < known->metric)) {
            known->prefix_bits = bits;
            known->metric = metric;
            known->gateway = *gateway;
        }
        return;
    }
    if (search->count < search->max) {
        struct route_found found = {ifindex, metric, bits, *gateway};
        search->out[search->count++] = found;
    }
}

static bool route_covers(const uint8_t *prefix, uint8_t bits, const uint8_t *ip)
{
    uint8_t whole = bits / 8;
    uint8_t mask = (uint8_t)(0xff00u >> (bits % 8));
    if (memcmp(prefix, ip, whole) != 0)
        return false;
    return bits % 8 == 0 || ((prefix[whole] ^ ip[whole]) & mask) == 0;
}

static int route_on_attribute(const struct nlattr *attribute, void *ctx)
{
    const struct nlattr **table = ctx;
    int type = mnl_attr_get_type(attribute);
    if (type < ROUTE_ATTRIBUTES)
        table[type] = attribute;
    return MNL_CB_OK;
}

static void route_add_hops(struct route_search *search, const struct nlattr *hops, uint8_t bits,
                           uint32_t metric)
{
    const char *at = mnl_attr_get_payload(hops);
    size_t left = mnl_attr_get_payload_len(hops);
    struct rtnexthop hop;
    while (left >= sizeof hop) {
        memcpy(&hop, at, sizeof hop);
        size_t step = ((size_t)hop.rtnh_len + 3) & ~(size_t)3;
        if (hop.rtnh_len < sizeof hop || step > left)
            return;
        static const struct plait_addr none; /* stands in an attribute inside: not looked for */
        route_add(search, (uint32_t)hop.rtnh_ifindex, bits, metric, &none);
        at += step;
        left -= step;
    }
}

static void route_gateway(const struct nlattr *attribute, bool is_v4, struct plait_addr *out)
{
    if (!attribute || mnl_attr_get_payload_len(attribute) != (is_v4 ? 4 : 16))
        return;
    out->family = is_v4 ? 4 : 6;
    memcpy(out->ip, mnl_attr_get_payload(attribute), is_v4 ? 4 : 16);
}

static int route_on_message(const struct nlmsghdr *message, void *ctx)
{
    struct route_search *search = ctx;
    const struct nlattr *attribute[ROUTE_ATTRIBUTES] = {NULL};
    const struct rtmsg *route = mnl_nlmsg_get_payload(message);
    bool is_v4 = search->remote->family == 4;
    if (message->nlmsg_type != RTM_NEWROUTE || route->rtm_type != RTN_UNICAST ||
        route->rtm_protocol == OWN_ROUTE_PROTOCOL ||
        route->rtm_family != (is_v4 ? AF_INET : AF_INET6))
        return MNL_CB_OK;
    (void)mnl_attr_parse(message, sizeof *route, route_on_attribute, attribute);
    if (route->rtm_dst_len > 0) {
        const struct nlattr *prefix = attribute[RTA_DST];
        if (!prefix || mnl_attr_get_payload_len(prefix) != (is_v4 ? 4 : 16) ||
            route->rtm_dst_len > (is_v4 ? 32 : 128) ||
            !route_covers(mnl_attr_get_payload(prefix), route->rtm_dst_len, search->remote->ip))
            return MNL_CB_OK;
    }
    uint32_t metric = attribute[RTA_PRIORITY] ? mnl_attr_get_u32(attribute[RTA_PRIORITY]) : 0;
    if (attribute[RTA_OIF]) {
        struct plait_addr gateway = {0};
        route_gateway(attribute[RTA_GATEWAY], is_v4, &gateway);
        route_add(search, mnl_attr_get_u32(attribute[RTA_OIF]), route->rtm_dst_len, metric,
                  &gateway);
    }
    if (attribute[RTA_MULTIPATH])
        route_add_hops(search, attribute[RTA_MULTIPATH], route->rtm_dst_len, metric);
    return MNL_CB_OK;
}

static int route_dump(struct mnl_socket *netlink, char *buffer, struct route_search *search)
{
    struct nlmsghdr *ask = mnl_nlmsg_put_header(buffer);
    ask->nlmsg_type = RTM_GETROUTE;
    ask->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    ask->nlmsg_seq = 1;
    struct rtmsg *route = mnl_nlmsg_put_extra_header(ask, sizeof *route);
    route->rtm_family = search->remote->family == 4 ? AF_INET : AF_INET6;
    if (mnl_socket_sendto(netlink, ask, ask->nlmsg_len) < 0)
        return -1;
    for (int more = MNL_CB_OK; more > MNL_CB_STOP;) {
        ssize_t got = mnl_socket_recvfrom(netlink, buffer, ROUTE_DUMP_BYTES);
        if (got < 0)
            return -1;
        more = mnl_cb_run(buffer, (size_t)got, 1, mnl_socket_get_portid(netlink), route_on_message,
                          search);
        if (more < 0)
            return -1;
    }
    return 0;
}

int route_interfaces(const struct plait_addr *remote, struct route_found *out, uint32_t max,
                     struct run_error *error)
{
    struct route_search search = {remote, out, 0, max};
    char *buffer = malloc(ROUTE_DUMP_BYTES);
    struct mnl_socket *netlink = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
    int failed = -1;
    if (buffer && netlink && mnl_socket_bind(netlink, 0, MNL_SOCKET_AUTOPID) == 0)
        failed = route_dump(netlink, buffer, &search);
    int number = errno;
    if (netlink)
        (void)mnl_socket_close(netlink);
    free(buffer);
    if (failed != 0)
        return run_fail(error, PLAIT_ERR_SYSTEM, "the routes cannot be read (%s)",
                        strerror(number));
    return (int)search.count;
}
