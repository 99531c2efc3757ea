/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/socket.h"

#include <errno.h>
#include <linux/filter.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int socket_listen_parse(const char *text, struct plait_addr *out, struct run_error *error)
{
    struct addr_pair found;
    int err = addr_parse_pair(text, ADDR_LISTEN, &found, error);
    if (err != PLAIT_OK)
        return err;
    *out = found.of[0];
    if (text[0] != ':')
        return PLAIT_OK;
    int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const struct plait_addr *any = addr_of_family(&found, 6);
    if (fd >= 0 && any)
        *out = *any;
    if (fd >= 0)
        close(fd);
    return PLAIT_OK;
}

static void socket_buffer(int fd, int force, int plain, int bytes)
{
    /* Above the host's limit only with CAP_NET_ADMIN; without it the kernel cuts to the limit. */
    if (setsockopt(fd, SOL_SOCKET, force, &bytes, sizeof bytes) != 0)
        (void)setsockopt(fd, SOL_SOCKET, plain, &bytes, sizeof bytes);
}

static int socket_device(int fd, const char *dev, struct run_error *error)
{
    if (!dev || dev[0] == '\0')
        return PLAIT_OK;
    if (if_nametoindex(dev) == 0)
        return run_fail(error, PLAIT_ERR_INVALID, "dev=%s: no such device; see: ip -br link", dev);
    if (setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, dev, (socklen_t)strlen(dev)) == 0)
        return PLAIT_OK;
    if (errno == EPERM || errno == EACCES)
        return run_fail(error, PLAIT_ERR_REFUSED,
                        "dev=%s: binding to a device is not permitted; give plait CAP_NET_RAW "
                        "(setcap cap_net_raw+ep), or use src=IP with its own routing table",
                        dev);
    return run_fail(error, PLAIT_ERR_INVALID, "dev=%s: cannot bind to it (%s); see: ip -br link",
                    dev, strerror(errno));
}

static int socket_bind(int fd, const struct socket_config *config, struct run_error *error)
{
    struct sockaddr_storage kernel;
    char text[ADDR_TEXT];
    if (addr_is_any(&config->bind) && config->bind.port == 0 && !config->pktinfo)
        return PLAIT_OK;
    socklen_t len = addr_to_kernel(&config->bind, config->bind.family, &kernel);
    const struct sockaddr *address = (const struct sockaddr *)&kernel;
    if (bind(fd, address, len) == 0)
        return PLAIT_OK;
    if (config->bind.port != 0)
        addr_text(&config->bind, text);
    else
        addr_ip_text(&config->bind, text);
    if (errno == EADDRINUSE)
        return run_fail(error, PLAIT_ERR_INVALID,
                        "%s: the port is in use; stop the other program (see: ss -ulpn) or "
                        "take another port",
                        text);
    if (errno == EADDRNOTAVAIL)
        return run_fail(error, PLAIT_ERR_INVALID,
                        "%s: this host has no such address; see: ip -br addr", text);
    if (errno == EACCES)
        return run_fail(error, PLAIT_ERR_INVALID,
                        "%s: not permitted to use this port; give plait CAP_NET_BIND_SERVICE "
                        "(setcap cap_net_bind_service+ep), or take one above 1023",
                        text);
    return run_fail(error, PLAIT_ERR_INVALID, "%s: cannot bind (%s); take another address", text,
                    strerror(errno));
}

bool socket_leads(const struct plait_addr *remote)
{
    struct sockaddr_storage kernel;
    socklen_t len = addr_to_kernel(remote, remote->family, &kernel);
    int fd = socket(remote->family == 4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool leads = fd >= 0 && connect(fd, (const struct sockaddr *)&kernel, len) == 0;
    if (fd >= 0)
        close(fd);
    return leads;
}

bool socket_multicast_by(int fd, uint8_t family, unsigned ifindex)
{
    struct ip_mreqn request = {0};
    request.imr_ifindex = (int)ifindex;
    return (family == 4
                ? setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &request, sizeof request)
                : setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, &ifindex, sizeof ifindex)) == 0;
}

/* Where multicast goes out; *ifindex is 0 where the routes tell. */
static int socket_multicast(int fd, const struct socket_config *config, unsigned *ifindex,
                            struct run_error *error)
{
    int err = 0;
    int level = config->bind.family == 4 ? IPPROTO_IP : IPPROTO_IPV6;
    *ifindex = 0;
    if (config->iface && config->iface[0] != '\0') {
        *ifindex = if_nametoindex(config->iface);
        if (*ifindex == 0)
            return run_fail(error, PLAIT_ERR_INVALID, "iface=%.15s: no such device; see: %s",
                            config->iface, "ip -br link");
        err = socket_multicast_by(fd, config->bind.family, *ifindex) ? 0 : -1;
    }
    if (err == 0 && config->ttl > 0)
        err = setsockopt(fd, level, level == IPPROTO_IP ? IP_MULTICAST_TTL : IPV6_MULTICAST_HOPS,
                         &config->ttl, sizeof config->ttl);
    if (err == 0)
        return PLAIT_OK;
    return run_fail(error, PLAIT_ERR_INVALID, "ttl= or iface= cannot be set (%s); leave them away",
                    strerror(errno));
}

/* 0, or -1 with errno. */
static int socket_member(int fd, const struct plait_addr *group, unsigned ifindex)
{
    if (group->family == 4) {
        struct ip_mreqn request = {0};
        memcpy(&request.imr_multiaddr, group->ip, 4);
        request.imr_ifindex = (int)ifindex;
        return setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &request, sizeof request);
    }
    struct ipv6_mreq request = {0};
    memcpy(&request.ipv6mr_multiaddr, group->ip, 16);
    request.ipv6mr_interface = ifindex != 0 ? ifindex : group->scope;
    return setsockopt(fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, &request, sizeof request);
}

static int socket_join(int fd, const struct plait_addr *group, unsigned ifindex,
                       struct run_error *error)
{
    if (socket_member(fd, group, ifindex) != 0)
        return run_fail(error, PLAIT_ERR_INVALID,
                        "cannot join the multicast group (%s); check the route: ip route",
                        strerror(errno));
    return PLAIT_OK;
}

/* Who does not search for the path's MTU lets routers cut packets up (RFC 8085, section 3.2): where
 * a firewall drops ICMP, the kernel would never hear that a tunnel carries less. */
static void socket_family(int fd, const struct socket_config *config)
{
    int on = 1, cut = IP_PMTUDISC_DONT;
    int v6only = config->dual ? 0 : 1;
    if (config->bind.family == 4 || config->dual)
        (void)setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &cut, sizeof cut);
    if (config->bind.family == 6)
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6only, sizeof v6only);
    if (config->pktinfo && config->bind.family == 4)
        (void)setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof on);
    if (config->pktinfo && config->bind.family == 6)
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on);
}

static int socket_set_up(int fd, const struct socket_config *config, struct run_error *error)
{
    int on = 1;
    unsigned ifindex;
    socket_buffer(fd, SO_RCVBUFFORCE, SO_RCVBUF, SOCKET_BUFFER_BYTES);
    socket_buffer(fd, SO_SNDBUFFORCE, SO_SNDBUF, SOCKET_BUFFER_BYTES);
    (void)setsockopt(fd, IPPROTO_UDP, UDP_GRO, &on, sizeof on);
    socket_family(fd, config);
    if (config->broadcast)
        (void)setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof on);
    if (config->join)
        (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    int err = socket_device(fd, config->dev, error);
    if (err == PLAIT_OK)
        err = socket_bind(fd, config, error);
    if (err == PLAIT_OK)
        err = socket_multicast(fd, config, &ifindex, error);
    if (err == PLAIT_OK && config->join)
        err = socket_join(fd, &config->bind, ifindex, error);
    return err;
}

int socket_open(const struct socket_config *config, struct run_error *error)
{
    int domain = config->bind.family == 6 ? AF_INET6 : AF_INET;
    int fd = socket(domain, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return run_fail(error, PLAIT_ERR_SYSTEM, "cannot open a UDP socket (%s)%s", strerror(errno),
                        errno == EAFNOSUPPORT ? "; this host has no IPv6, use IPv4"
                        : errno == EMFILE     ? "; raise that limit: ulimit -n"
                                              : "");
    int err = socket_set_up(fd, config, error);
    if (err != PLAIT_OK) {
        close(fd);
        return err;
    }
    return fd;
}

/* The kernel asks this for each datagram: 0 is the socket that was bound first, 1 the other. */
static bool socket_divide(int fd, uint8_t first_byte)
{
    struct sock_filter steps[] = {
        {BPF_LD | BPF_B | BPF_ABS, 0, 0, 0},
        {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, first_byte},
        {BPF_RET | BPF_K, 0, 0, 1},
        {BPF_RET | BPF_K, 0, 0, 0},
    };
    struct sock_fprog program = {sizeof steps / sizeof steps[0], steps};
    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &program, sizeof program) == 0;
}

int socket_open_beside(int fd, const struct socket_config *config, uint8_t first_byte)
{
    struct socket_config own = *config;
    struct run_error ignored;
    int on = 1;
    int domain = config->bind.family == 6 ? AF_INET6 : AF_INET;
    int beside = socket(domain, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (beside < 0)
        return -1;
    struct plait_addr bound;
    socket_local(fd, &bound);
    own.bind.port = bound.port;
    socket_buffer(beside, SO_RCVBUFFORCE, SO_RCVBUF, SOCKET_BESIDE_BYTES);
    socket_family(beside, &own);
    /* Set on the first one only now: its own bind had to notice a port that is in use. */
    if (setsockopt(beside, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) == 0 &&
        setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) == 0 &&
        socket_bind(beside, &own, &ignored) == PLAIT_OK && socket_divide(beside, first_byte))
        return beside;
    close(beside);
    return -1;
}

void socket_local(int fd, struct plait_addr *out)
{
    struct sockaddr_storage kernel = {0};
    socklen_t len = sizeof kernel;
    (void)getsockname(fd, (struct sockaddr *)&kernel, &len);
    addr_from_kernel(&kernel, out);
}

bool socket_is_gone(int errno_value)
{
    return errno_value == ENODEV || errno_value == ENXIO || errno_value == EADDRNOTAVAIL ||
           errno_value == EINVAL || errno_value == EBADF;
}
