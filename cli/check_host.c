/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#include "cli/check.h"
#include "run/hostlinks.h"
#include "run/socket.h"

#define ANY_RECEIVER                                                                               \
    "192.0.2.1:7000"         /* documentation address: only a default route leads there            \
                              */
#define MAX_UDP_DEFAULT 1372 /* --max-udp's; see plait_config.max_udp */
#define YEAR_MIN        2024

/* A number out of a file under /proc, -1 when it is not there. */
static long check_number(const char *path)
{
    char text[32] = "";
    FILE *file = fopen(path, "re");
    if (!file)
        return -1;
    size_t got = fread(text, 1, sizeof text - 1, file);
    (void)fclose(file);
    return got > 0 ? strtol(text, NULL, 10) : -1;
}

static int check_mtu(const char *dev)
{
    struct ifreq request = {{{0}}, {{0}}};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    memcpy(request.ifr_name, dev, strlen(dev) + 1);
    int failed = fd < 0 || ioctl(fd, SIOCGIFMTU, &request) != 0;
    if (fd >= 0)
        (void)close(fd);
    return failed ? -1 : request.ifr_mtu;
}

static void check_permission(struct check *check)
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        check_say(check, CHECK_BAD, NULL, "no UDP socket can be opened: %s", strerror(errno));
        return;
    }
    int failed = setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "lo", 2) != 0;
    (void)close(fd);
    if (failed)
        check_say(check, CHECK_BAD, "setcap cap_net_raw+ep $(command -v plait)",
                  "sockets cannot be bound to a device: links of one subnet cannot be told apart");
    else
        check_say(check, CHECK_GOOD, NULL, "sockets can be bound to a device");
}

static void check_buffer(struct check *check, int option, const char *name)
{
    char cure[128];
    int bytes = SOCKET_BUFFER_BYTES, given = 0;
    socklen_t size = sizeof given;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    int force = option == SO_RCVBUF ? SO_RCVBUFFORCE : SO_SNDBUFFORCE;
    if (fd < 0)
        return;
    if (setsockopt(fd, SOL_SOCKET, force, &bytes, sizeof bytes) != 0)
        (void)setsockopt(fd, SOL_SOCKET, option, &bytes, sizeof bytes);
    (void)getsockopt(fd, SOL_SOCKET, option, &given, &size);
    (void)close(fd);
    given /= 2; /* the kernel counts its own needs too, and doubles (socket(7)) */
    (void)snprintf(cure, sizeof cure, "sysctl -w net.core.%s=%d", name, SOCKET_BUFFER_BYTES);
    if (given < SOCKET_BUFFER_BYTES / 8)
        check_say(check, CHECK_WARN, cure,
                  "socket buffer of only %d KiB: bursts above it are lost on the host itself",
                  given / 1024);
    else
        check_say(check, CHECK_GOOD, NULL, "socket buffer of %d KiB (%s)", given / 1024, name);
}

/* Strict filtering drops what comes back over the second of two modems. */
static void check_filter(struct check *check, const char *dev)
{
    char path[96], cure[96];
    (void)snprintf(path, sizeof path, "/proc/sys/net/ipv4/conf/%.15s/rp_filter", dev);
    long own = check_number(path);
    long all = check_number("/proc/sys/net/ipv4/conf/all/rp_filter");
    (void)snprintf(cure, sizeof cure, "sysctl -w net.ipv4.conf.%.15s.rp_filter=2", dev);
    if ((own > all ? own : all) == 1)
        check_say(check, CHECK_BAD, cure,
                  "%s drops answers whose best way back is another interface (rp_filter=1)", dev);
}

static bool check_sys_has(const char *dev, const char *what)
{
    char path[96];
    (void)snprintf(path, sizeof path, "/sys/class/net/%.15s/%s", dev, what);
    return access(path, F_OK) == 0;
}

/* Bridges of containers, their ports, and what no hardware stands behind and is not in use: nobody
 * wants these mended. */
static bool check_is_inner(const struct hostlink *link)
{
    return check_sys_has(link->dev, "bridge") || check_sys_has(link->dev, "master") ||
           (!link->is_up && !check_sys_has(link->dev, "device"));
}

static void check_link(struct check *check, const struct hostlink *link)
{
    const struct hostlink_way *way = hostlink_best(link);
    char text[ADDR_TEXT], cure[128];
    int mtu = check_mtu(link->dev);
    if (!hostlink_is_usable(link) && check_is_inner(link))
        return;
    (void)snprintf(cure, sizeof cure, "ip link set %s up", link->dev);
    if (!link->is_up) {
        check_say(check, CHECK_NOTE, cure, "%s is switched off", link->dev);
        return;
    }
    if (!link->is_running) {
        check_say(check, CHECK_NOTE, "plug it in, or wait until the modem has registered",
                  "%s has no carrier", link->dev);
        return;
    }
    if (way->address.family == 0) {
        (void)snprintf(cure, sizeof cure, "dhclient %s, or mmcli -m 0 --simple-connect=apn=..",
                       link->dev);
        check_say(check, CHECK_WARN, cure, "%s has no IPv%u%s address", link->dev,
                  (unsigned)way->remote.family, link->way[1].remote.family != 0 ? " or other" : "");
        return;
    }
    addr_ip_text(&way->address, text);
    if (!way->is_routed) {
        (void)snprintf(cure, sizeof cure, "ip route add default via GATEWAY dev %s metric %u",
                       link->dev, 700 + link->ifindex);
        check_say(check, CHECK_WARN, cure,
                  "%s (%s) has no route to the receiver: it is no link unless --link names it",
                  link->dev, text);
        return;
    }
    check_say(check, CHECK_GOOD, NULL, "%s is a link: %s, MTU %d", link->dev, text, mtu);
    int headers = way->remote.family == 4 ? 28 : 48; /* IP and UDP */
    if (mtu > 0 && mtu < MAX_UDP_DEFAULT + headers) {
        (void)snprintf(cure, sizeof cure, "plait send --max-udp %d", mtu - headers);
        check_say(check, CHECK_WARN, cure, "%s carries only %d bytes at a time", link->dev, mtu);
    }
    if (way->remote.family == 4)
        check_filter(check, link->dev);
}

static void check_same_subnet(struct check *check, const struct hostlink *links, int count)
{
    for (int i = 0; i < count; i++) {
        for (int k = 0; k < i; k++) {
            const struct hostlink_way *a = hostlink_best(&links[i]), *b = hostlink_best(&links[k]);
            if (!hostlink_is_usable(&links[i]) || !hostlink_is_usable(&links[k]) ||
                a->subnet_bits == 0 || a->subnet_bits != b->subnet_bits ||
                memcmp(a->subnet.ip, b->subnet.ip, 16) != 0)
                continue;
            bool is_same = memcmp(a->address.ip, b->address.ip, 16) == 0;
            check_say(
                check, CHECK_GOOD, NULL,
                "%s and %s are in the same subnet%s: fine, each socket is bound to its device",
                links[k].dev, links[i].dev, is_same ? " with the same address" : "");
        }
    }
}

static void check_interfaces(struct check *check, const struct options *options)
{
    struct hostlink links[HOSTLINKS_MAX];
    struct addr_pair receiver;
    struct run_error why;
    int usable = 0;
    const char *to = options->to ? options->to : ANY_RECEIVER;
    if (addr_parse_pair(to, ADDR_REACH, &receiver, &why) != PLAIT_OK) {
        check_say(check, CHECK_BAD, "check the name, and that this host has a name server",
                  "--to %s", why.text);
        (void)addr_parse_pair(ANY_RECEIVER, ADDR_REACH, &receiver, &why);
    }
    bool is_own = hostlinks_is_own(&receiver.of[0]) || hostlinks_is_own(&receiver.of[1]);
    if (options->links.count == 0 && is_own) {
        check_say(check, CHECK_GOOD, NULL,
                  "the receiver is on this host: without --link the loopback alone leads there");
        return;
    }
    int count = hostlinks_read(&receiver, links, &why);
    for (int i = 0; i < count; i++) {
        if (!links[i].is_loopback)
            check_link(check, &links[i]);
        usable += hostlink_is_usable(&links[i]);
    }
    check_same_subnet(check, links, count);
    if (is_own) /* the loopback leads there too */
        return;
    if (usable == 0)
        check_say(check, CHECK_BAD, "plug in a modem, or join a network",
                  "no interface leads to the receiver");
    else if (usable == 1)
        check_say(check, CHECK_WARN, "plug in another one",
                  "only one link: nothing to fall back on when it fails");
}

static void check_clock(struct check *check)
{
    struct timex state = {0};
    time_t now = time(NULL);
    struct tm utc;
    (void)gmtime_r(&now, &utc);
    if (utc.tm_year + 1900 < YEAR_MIN)
        check_say(check, CHECK_WARN, "timedatectl set-ntp true",
                  "the clock says %d: logs and recordings will bear a wrong date (the stream does "
                  "not care)",
                  utc.tm_year + 1900);
    else if (adjtimex(&state) == TIME_ERROR)
        check_say(check, CHECK_WARN, "timedatectl set-ntp true",
                  "the clock is not kept by a time server: logs of both sides will not match (the "
                  "stream does not care)");
    else
        check_say(check, CHECK_GOOD, NULL, "the clock is kept by a time server");
}

void check_host(struct check *check, const struct options *options, bool only_receives)
{
    printf("\nthis host\n");
    if (!only_receives) {
        check_permission(check);
        check_interfaces(check, options);
    }
    check_buffer(check, SO_RCVBUF, "rmem_max");
    check_buffer(check, SO_SNDBUF, "wmem_max");
    check_clock(check);
}
