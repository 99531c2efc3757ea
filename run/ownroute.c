/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/ownroute.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <string.h>

#define MESSAGE_BYTES 512
#define ANSWER_BYTES  8192

uint32_t own_route_table(uint32_t ifindex)
{
    return OWN_ROUTE_TABLES + ifindex;
}

static uint8_t own_family(const struct own_route *own)
{
    return own->source.family == 4 ? AF_INET : AF_INET6;
}

static size_t own_ip_len(const struct plait_addr *addr)
{
    return addr->family == 4 ? 4 : 16;
}

/* Sends and waits for the kernel's word: 0, or errno. */
static int own_ask(struct nlmsghdr *ask)
{
    char answer[ANSWER_BYTES];
    struct mnl_socket *netlink = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
    int result = -1;
    ask->nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
    ask->nlmsg_seq = 1;
    if (netlink && mnl_socket_bind(netlink, 0, MNL_SOCKET_AUTOPID) == 0 &&
        mnl_socket_sendto(netlink, ask, ask->nlmsg_len) >= 0) {
        ssize_t got = mnl_socket_recvfrom(netlink, answer, sizeof answer);
        if (got >= 0)
            result = mnl_cb_run(answer, (size_t)got, 1, mnl_socket_get_portid(netlink), NULL, NULL);
    }
    int number = errno;
    if (netlink)
        (void)mnl_socket_close(netlink);
    return result < 0 ? number : 0;
}

static int own_rule(const struct own_route *own, uint16_t type, uint16_t flags)
{
    char buffer[MESSAGE_BYTES];
    struct nlmsghdr *ask = mnl_nlmsg_put_header(buffer);
    ask->nlmsg_type = type;
    ask->nlmsg_flags = flags;
    struct fib_rule_hdr *rule = mnl_nlmsg_put_extra_header(ask, sizeof *rule);
    rule->family = own_family(own);
    rule->src_len = own->source.family == 4 ? 32 : 128;
    rule->action = FR_ACT_TO_TBL;
    mnl_attr_put(ask, FRA_SRC, own_ip_len(&own->source), own->source.ip);
    mnl_attr_put_u32(ask, FRA_PRIORITY, OWN_ROUTE_PRIORITY);
    mnl_attr_put_u32(ask, FRA_TABLE, own_route_table(own->ifindex));
    mnl_attr_put_u8(ask, FRA_PROTOCOL, OWN_ROUTE_PROTOCOL);
    return own_ask(ask);
}

static int own_default(const struct own_route *own, uint16_t type, uint16_t flags)
{
    char buffer[MESSAGE_BYTES];
    bool has_gateway = own->gateway.family != 0;
    struct nlmsghdr *ask = mnl_nlmsg_put_header(buffer);
    ask->nlmsg_type = type;
    ask->nlmsg_flags = flags;
    struct rtmsg *route = mnl_nlmsg_put_extra_header(ask, sizeof *route);
    route->rtm_family = own_family(own);
    route->rtm_table = RT_TABLE_UNSPEC;
    route->rtm_protocol = OWN_ROUTE_PROTOCOL;
    route->rtm_scope = has_gateway ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK;
    route->rtm_type = RTN_UNICAST;
    /* Two sticks may have the same gateway: which device it is behind is not to be looked up. */
    route->rtm_flags = has_gateway ? RTNH_F_ONLINK : 0;
    mnl_attr_put_u32(ask, RTA_TABLE, own_route_table(own->ifindex));
    mnl_attr_put_u32(ask, RTA_OIF, own->ifindex);
    if (has_gateway)
        mnl_attr_put(ask, RTA_GATEWAY, own_ip_len(&own->gateway), own->gateway.ip);
    return own_ask(ask);
}

/* Takes the table's default route away, wherever it leads, if it is Plait's. */
static void own_forget(const struct own_route *own)
{
    char buffer[MESSAGE_BYTES];
    struct nlmsghdr *ask = mnl_nlmsg_put_header(buffer);
    ask->nlmsg_type = RTM_DELROUTE;
    struct rtmsg *route = mnl_nlmsg_put_extra_header(ask, sizeof *route);
    route->rtm_family = own_family(own);
    route->rtm_table = RT_TABLE_UNSPEC;
    route->rtm_protocol = OWN_ROUTE_PROTOCOL;
    route->rtm_scope = RT_SCOPE_NOWHERE; /* of any */
    route->rtm_type = RTN_UNICAST;
    mnl_attr_put_u32(ask, RTA_TABLE, own_route_table(own->ifindex));
    (void)own_ask(ask);
}

int own_route_set(struct own_route *own, const struct plait_addr *source,
                  const struct plait_addr *gateway, uint32_t ifindex, struct run_error *error)
{
    const struct own_route wanted = {true, *source, *gateway, ifindex};
    if (own->is_set && (own->ifindex != ifindex || !addr_equal(&own->source, source) ||
                        !addr_equal(&own->gateway, gateway)))
        own_route_clear(own);
    /* What a crash has left may lead elsewhere. */
    if (!own->is_set)
        own_forget(&wanted);
    /* "Exists" is as good: set here before, or with the same metric by somebody else, whose it
     * stays. And asking so changes nothing, so that nobody is told of a change. */
    int number = own_default(&wanted, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL);
    if (number == 0 || number == EEXIST) {
        /* Taken back first: kernels before 4.12 would have it twice. */
        (void)own_rule(&wanted, RTM_DELRULE, 0);
        number = own_rule(&wanted, RTM_NEWRULE, NLM_F_CREATE);
        if (number != 0)
            (void)own_default(&wanted, RTM_DELROUTE, 0);
    }
    if (number != 0)
        return run_fail(error, number == EPERM ? PLAIT_ERR_REFUSED : PLAIT_ERR_SYSTEM,
                        "its own routing table cannot be set (%s)", strerror(number));
    *own = wanted;
    return PLAIT_OK;
}

void own_route_clear(struct own_route *own)
{
    if (!own->is_set)
        return;
    (void)own_rule(own, RTM_DELRULE, 0);
    (void)own_default(own, RTM_DELROUTE, 0); /* gone already when its device is */
    own->is_set = false;
}
