/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "http/access.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define HOST_MAX 256

/* Splits at the last colon; brackets of an IPv6 address are taken off. */
static bool split(const char *address, char host[HOST_MAX], const char **port)
{
    const char *colon = strrchr(address, ':');
    if (colon == NULL || colon[1] == '\0' || (size_t)(colon - address) >= HOST_MAX) {
        return false;
    }
    size_t len = (size_t)(colon - address);
    if (len >= 2 && address[0] == '[' && colon[-1] == ']') {
        address++;
        len -= 2;
    }
    memcpy(host, address, len);
    host[len] = '\0';
    *port = colon + 1;
    return true;
}

/* getaddrinfo(3) takes 99999 for 34463. */
static bool is_port(const char *text)
{
    size_t digits = strspn(text, "0123456789");
    return text[digits] == '\0' && digits <= 5 && atoi(text) <= 65535;
}

static bool is_loopback(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, address, sizeof(in));
        return (ntohl(in.sin_addr.s_addr) >> 24) == 127;
    }
    if (address->sa_family == AF_INET6) {
        struct sockaddr_in6 in6;
        memcpy(&in6, address, sizeof(in6));
        return IN6_IS_ADDR_LOOPBACK(&in6.sin6_addr);
    }
    return false;
}

static const char *cure(int error)
{
    switch (error) {
    case EADDRINUSE:
        return "another program has this port; choose another one";
    case EADDRNOTAVAIL:
        return "this host has no such address; use 127.0.0.1 or one that `ip addr` shows";
    case EMFILE:
    case ENFILE:
        return "raise that limit: ulimit -n";
    case EACCES:
        return "ports below 1024 need root; choose a higher one";
    default:
        return "use ADDR:PORT, such as 127.0.0.1:8080";
    }
}

static int bind_and_listen(const struct addrinfo *info)
{
    int on = 1;
    int fd = socket(info->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        return -1;
    }
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(fd, info->ai_addr, info->ai_addrlen) != 0 || listen(fd, SOMAXCONN) != 0) {
        int error = errno;
        close(fd);
        errno = error;
        return -1;
    }
    return fd;
}

static void name_bound(int fd, char *bound, size_t len)
{
    struct sockaddr_storage address;
    socklen_t size = sizeof(address);
    char host[HOST_MAX], port[16];

    if (getsockname(fd, (struct sockaddr *)&address, &size) != 0 ||
        getnameinfo((struct sockaddr *)&address, size, host, sizeof(host), port, sizeof(port),
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
        snprintf(bound, len, "?");
        return;
    }
    snprintf(bound, len, address.ss_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
}

int access_listen(const char *address, char *bound, size_t bound_len, bool *loopback, char *why,
                  size_t why_len)
{
    char host[HOST_MAX];
    const char *port;
    struct addrinfo hints = {.ai_family = AF_UNSPEC,
                             .ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *info = NULL;

    if (!split(address, host, &port)) {
        snprintf(why, why_len, "\"%.100s\": no port; %s", address, cure(0));
        return -1;
    }
    if (!is_port(port)) {
        snprintf(why, why_len, "\"%.100s\": the port is no number up to 65535; %s", address,
                 cure(0));
        return -1;
    }
    int error = getaddrinfo(host[0] != '\0' ? host : "127.0.0.1", port, &hints, &info);
    if (error != 0) {
        snprintf(why, why_len, "\"%.100s\": %s; %s", address, gai_strerror(error), cure(0));
        return -1;
    }
    int fd = bind_and_listen(info);
    if (fd < 0) {
        snprintf(why, why_len, "\"%.100s\": %s; %s", address, strerror(errno), cure(errno));
    } else {
        *loopback = is_loopback(info->ai_addr);
        name_bound(fd, bound, bound_len);
    }
    freeaddrinfo(info);
    return fd;
}

bool access_host_allowed(const char *host)
{
    char name[HOST_MAX];
    unsigned char ip[16];

    if (host == NULL) {
        return true; /* HTTP/1.0 has none, and no browser speaks that */
    }
    size_t len = strlen(host);
    if (len == 0 || len >= sizeof(name)) {
        return false;
    }
    if (host[0] == '[') {
        const char *end = strchr(host, ']');
        if (end == NULL) {
            return false;
        }
        len = (size_t)(end - host) - 1;
        host++;
    } else {
        len = strcspn(host, ":");
    }
    memcpy(name, host, len);
    name[len] = '\0';
    return strcasecmp(name, "localhost") == 0 || inet_pton(AF_INET, name, ip) == 1 ||
           inet_pton(AF_INET6, name, ip) == 1;
}

void access_token_digest(const char *token, uint8_t digest[ACCESS_DIGEST])
{
    crypto_generichash(digest, ACCESS_DIGEST, (const uint8_t *)token, strlen(token), NULL, 0);
}

bool access_token_equal(const uint8_t digest[ACCESS_DIGEST], const char *given)
{
    uint8_t other[ACCESS_DIGEST];

    access_token_digest(given, other);
    return sodium_memcmp(digest, other, ACCESS_DIGEST) == 0;
}

const char *access_bearer(const char *authorization)
{
    static const char scheme[] = "Bearer ";
    if (authorization == NULL || strncasecmp(authorization, scheme, sizeof(scheme) - 1) != 0) {
        return NULL;
    }
    return authorization + sizeof(scheme) - 1;
}
