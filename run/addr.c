/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/addr.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t mapped_prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

/* Splits at the last colon, or at the one behind the bracket. */
static bool addr_split(const char *text, char *host, size_t host_len, const char **port)
{
    const char *colon = strrchr(text, ':');
    if (!colon)
        return false;
    const char *begin = text;
    size_t len = (size_t)(colon - text);
    if (text[0] == '[') {
        const char *bracket = strchr(text, ']');
        if (!bracket || bracket[1] != ':')
            return false;
        begin = text + 1;
        len = (size_t)(bracket - begin);
        colon = bracket + 1;
    } else if (memchr(text, ':', len)) {
        return false; /* a bare IPv6 address: where the port begins is anybody's guess */
    }
    if (len >= host_len)
        return false;
    memcpy(host, begin, len);
    host[len] = '\0';
    *port = colon + 1;
    return true;
}

static int addr_port_parse(const char *text, const char *port, bool may_be_zero, uint16_t *out,
                           struct run_error *error)
{
    char *end = NULL;
    unsigned long value = strtoul(port, &end, 10);
    if (port[0] < '0' || port[0] > '9' || *end != '\0')
        return run_fail(error, PLAIT_ERR_INVALID, "'%s' has no port; add :PORT, 1 to 65535", text);
    if (value > 65535 || (value == 0 && !may_be_zero))
        return run_fail(error, PLAIT_ERR_INVALID,
                        "'%s': the port is out of range; write :PORT, 1 to 65535", text);
    *out = (uint16_t)value;
    return PLAIT_OK;
}

/* The first of its family, unless the one that was known comes later. */
static void addr_pair_add(struct addr_pair *pair, const struct addr_pair *known,
                          const struct plait_addr *address)
{
    int taken = pair->of[0].family != 0 && pair->of[0].family != address->family;
    const struct plait_addr *before = addr_of_family(known, address->family);
    if (pair->of[taken].family == 0 || (before && addr_equal(before, address)))
        pair->of[taken] = *address;
}

/* As getaddrinfo(), in at most a second a name server, twice where a search list is: what this
 * thread has of libc's settings is another for the call (resolver(3)). */
static int addr_ask_soon(const char *host, const struct addrinfo *hints, struct addrinfo **found)
{
    if (res_init() == 0) {
        _res.retrans = 1;
        _res.retry = 1;
    }
    int err = getaddrinfo(host, "0", hints, found);
    (void)res_init();
    return err;
}

static int addr_lookup(const char *host, enum addr_use use, uint16_t port,
                       const struct addr_pair *known, struct addr_pair *out)
{
    static const int flags[] = {[ADDR_LISTEN] = AI_PASSIVE,
                                [ADDR_REACH] = 0,
                                [ADDR_NUMBER] = AI_NUMERICHOST,
                                [ADDR_SOON] = 0};
    struct addrinfo hints = {0};
    struct addrinfo *found = NULL;
    hints.ai_socktype = SOCK_DGRAM;
    hints.ai_flags = flags[use];
    int err = use == ADDR_SOON ? addr_ask_soon(host, &hints, &found)
                               : getaddrinfo(host[0] ? host : NULL, "0", &hints, &found);
    if (err != 0)
        return err;
    memset(out, 0, sizeof *out);
    for (const struct addrinfo *entry = found; entry; entry = entry->ai_next) {
        struct sockaddr_storage kernel = {0};
        struct plait_addr address;
        memcpy(&kernel, entry->ai_addr, entry->ai_addrlen);
        addr_from_kernel(&kernel, &address);
        address.port = port;
        addr_pair_add(out, known, &address);
    }
    freeaddrinfo(found);
    return 0;
}

int addr_parse_pair_anew(const char *text, enum addr_use use, const struct addr_pair *known,
                         struct addr_pair *out, struct run_error *error)
{
    char host[256];
    const char *port_text = NULL;
    uint16_t port = 0;
    if (!addr_split(text, host, sizeof host, &port_text))
        return run_fail(error, PLAIT_ERR_INVALID,
                        "'%s' is no address; write HOST:PORT or [IPv6]:PORT", text);
    int err = addr_port_parse(text, port_text, use == ADDR_LISTEN, &port, error);
    if (err != PLAIT_OK)
        return err;
    if (host[0] == '\0' && use != ADDR_LISTEN)
        return run_fail(error, PLAIT_ERR_INVALID, "'%s' has no host; write HOST:PORT", text);
    err = addr_lookup(host, use, port, known, out);
    bool is_later = err == EAI_AGAIN || (use == ADDR_NUMBER && err == EAI_NONAME);
    if (err != 0)
        return run_fail(error, is_later ? PLAIT_ERR_SYSTEM : PLAIT_ERR_INVALID,
                        "'%s' cannot be looked up (%s); check the name, or write its IP address",
                        text, gai_strerror(err));
    return PLAIT_OK;
}

int addr_parse_pair(const char *text, enum addr_use use, struct addr_pair *out,
                    struct run_error *error)
{
    static const struct addr_pair none = {0};
    return addr_parse_pair_anew(text, use, &none, out, error);
}

int addr_parse(const char *text, enum addr_use use, struct plait_addr *out, struct run_error *error)
{
    struct addr_pair found;
    int err = addr_parse_pair(text, use, &found, error);
    if (err == PLAIT_OK)
        *out = found.of[0];
    return err;
}

int addr_parse_ip(const char *text, struct plait_addr *out, struct run_error *error)
{
    struct addrinfo hints = {0};
    struct addrinfo *found = NULL;
    hints.ai_socktype = SOCK_DGRAM;
    hints.ai_flags = AI_NUMERICHOST;
    if (getaddrinfo(text, "0", &hints, &found) != 0)
        return run_fail(error, PLAIT_ERR_INVALID,
                        "'%s' is no IP address; write one like 192.168.8.100 (see: ip addr)", text);
    struct sockaddr_storage kernel = {0};
    memcpy(&kernel, found->ai_addr, found->ai_addrlen);
    freeaddrinfo(found);
    addr_from_kernel(&kernel, out);
    return PLAIT_OK;
}

socklen_t addr_to_kernel(const struct plait_addr *addr, uint8_t socket_family,
                         struct sockaddr_storage *out)
{
    memset(out, 0, sizeof *out);
    if (socket_family == 4 && addr->family == 4) {
        struct sockaddr_in in = {0};
        in.sin_family = AF_INET;
        in.sin_port = htons(addr->port);
        memcpy(&in.sin_addr, addr->ip, 4);
        memcpy(out, &in, sizeof in);
        return sizeof in;
    }
    if (socket_family != 6 || (addr->family != 4 && addr->family != 6))
        return 0;
    struct sockaddr_in6 in6 = {0};
    in6.sin6_family = AF_INET6;
    in6.sin6_port = htons(addr->port);
    in6.sin6_scope_id = addr->scope;
    if (addr->family == 4) {
        memcpy(in6.sin6_addr.s6_addr, mapped_prefix, sizeof mapped_prefix);
        memcpy(in6.sin6_addr.s6_addr + 12, addr->ip, 4);
    } else {
        memcpy(in6.sin6_addr.s6_addr, addr->ip, 16);
    }
    memcpy(out, &in6, sizeof in6);
    return sizeof in6;
}

void addr_from_kernel(const struct sockaddr_storage *kernel, struct plait_addr *out)
{
    memset(out, 0, sizeof *out);
    if (kernel->ss_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, kernel, sizeof in);
        out->family = 4;
        out->port = ntohs(in.sin_port);
        memcpy(out->ip, &in.sin_addr, 4);
    } else if (kernel->ss_family == AF_INET6) {
        struct sockaddr_in6 in6;
        memcpy(&in6, kernel, sizeof in6);
        out->port = ntohs(in6.sin6_port);
        if (memcmp(in6.sin6_addr.s6_addr, mapped_prefix, sizeof mapped_prefix) == 0) {
            out->family = 4;
            memcpy(out->ip, in6.sin6_addr.s6_addr + 12, 4);
        } else {
            out->family = 6;
            out->scope = in6.sin6_scope_id;
            memcpy(out->ip, in6.sin6_addr.s6_addr, 16);
        }
    }
}

const char *addr_ip_text(const struct plait_addr *addr, char out[ADDR_TEXT])
{
    if (addr->family == 0)
        return strcpy(out, "-");
    (void)inet_ntop(addr->family == 4 ? AF_INET : AF_INET6, addr->ip, out, ADDR_TEXT);
    return out;
}

const char *addr_text(const struct plait_addr *addr, char out[ADDR_TEXT])
{
    char ip[INET6_ADDRSTRLEN] = "-";
    if (addr->family == 0)
        return strcpy(out, "-");
    (void)inet_ntop(addr->family == 4 ? AF_INET : AF_INET6, addr->ip, ip, sizeof ip);
    if (addr->family == 4)
        (void)snprintf(out, ADDR_TEXT, "%s:%u", ip, (unsigned)addr->port);
    else if (addr->scope != 0)
        (void)snprintf(out, ADDR_TEXT, "[%s%%%u]:%u", ip, (unsigned)addr->scope,
                       (unsigned)addr->port);
    else
        (void)snprintf(out, ADDR_TEXT, "[%s]:%u", ip, (unsigned)addr->port);
    return out;
}

bool addr_is_loopback(const struct plait_addr *addr)
{
    static const uint8_t one[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    return addr->family == 4 ? addr->ip[0] == 127
                             : addr->family == 6 && memcmp(addr->ip, one, 16) == 0;
}

bool addr_is_multicast(const struct plait_addr *addr)
{
    return addr->family == 4 ? (addr->ip[0] & 0xf0) == 0xe0
                             : addr->family == 6 && addr->ip[0] == 0xff;
}

bool addr_is_any(const struct plait_addr *addr)
{
    static const uint8_t zero[16] = {0};
    return memcmp(addr->ip, zero, 16) == 0;
}

bool addr_pair_is_known(const struct addr_pair *pair)
{
    return pair->of[0].family != 0;
}

const struct plait_addr *addr_of_family(const struct addr_pair *pair, uint8_t family)
{
    for (int i = 0; i < 2; i++) {
        if (pair->of[i].family != 0 && (family == 0 || pair->of[i].family == family))
            return &pair->of[i];
    }
    return NULL;
}

bool addr_is_link_local(const struct plait_addr *addr)
{
    return addr->family == 6 && addr->ip[0] == 0xfe && (addr->ip[1] & 0xc0) == 0x80;
}

bool addr_equal(const struct plait_addr *a, const struct plait_addr *b)
{
    return a->family == b->family && a->port == b->port && a->scope == b->scope &&
           memcmp(a->ip, b->ip, 16) == 0;
}
