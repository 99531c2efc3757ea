/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The flooder: first handshake messages at a steady rate from random source addresses and ports,
 * written by a raw socket, for as long as asked. It knows the receiver's public key, as anybody who
 * was ever given it may: so every message has a good mac1 and gets past the cheapest check.
 *
 *   flood --to ADDR:PORT --peer FILE.pub --from NET/BITS --rate N --seconds S [--kind KIND]
 *
 * KIND: signed (default) as above; garbage: a first message's form, the rest random; short: 1 to 32
 * random bytes. Needs CAP_NET_RAW; the host must be able to answer into NET (flood.py makes it so).
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <sodium.h>

#include "core/crypto/cookie.h"
#include "core/session/session.h"
#include "core/wire/packet.h"
#include "plait/keys.h"

#define MESSAGES  1024 /* made beforehand; addresses and ports are drawn for each datagram */
#define BATCH     32
#define FIRST_LEN (PACKET_FIRST_HEADER + NOISE_FIRST_OVERHEAD + FIRST_PAYLOAD + 2 * PACKET_MAC_LEN)
#define PAUSE_NS  200000

struct datagram {
    struct iphdr ip;
    struct udphdr udp;
    uint8_t payload[FIRST_LEN];
};

enum kind { KIND_SIGNED, KIND_GARBAGE, KIND_SHORT };

struct flood {
    struct sockaddr_in to;
    uint32_t net, host_mask; /* host byte order */
    uint8_t peer[PLAIT_KEY_BYTES];
    uint64_t rate;
    double seconds;
    enum kind kind;
    uint64_t rng;
    uint8_t messages[MESSAGES][FIRST_LEN];
    size_t lens[MESSAGES];
};

static uint64_t draw(struct flood *flood)
{
    flood->rng ^= flood->rng << 13;
    flood->rng ^= flood->rng >> 7;
    flood->rng ^= flood->rng << 17;
    return flood->rng;
}

static uint64_t clock_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

static void make_messages(struct flood *flood)
{
    struct cookie_keys keys;
    cookie_keys_derive(&keys, flood->peer);
    for (int i = 0; i < MESSAGES; i++) {
        uint8_t *message = flood->messages[i];
        const size_t signed_len = FIRST_LEN - 2 * PACKET_MAC_LEN;
        randombytes_buf(message, FIRST_LEN);
        flood->lens[i] = FIRST_LEN;
        if (flood->kind == KIND_SHORT)
            flood->lens[i] = 1 + message[0] % 32;
        else
            packet_encode_first(message, 0, (uint32_t)i);
        if (flood->kind == KIND_SIGNED)
            cookie_mac1(&keys, message, signed_len, message + signed_len);
    }
}

static void fill(struct flood *flood, struct datagram *datagram)
{
    const uint64_t chance = draw(flood);
    const uint64_t which = (chance >> 48) % MESSAGES;
    const size_t len = flood->lens[which];
    memset(datagram, 0, sizeof datagram->ip + sizeof datagram->udp);
    datagram->ip.version = 4;
    datagram->ip.ihl = 5;
    datagram->ip.ttl = 64;
    datagram->ip.protocol = IPPROTO_UDP;
    datagram->ip.tot_len = htons((uint16_t)(sizeof datagram->ip + sizeof datagram->udp + len));
    datagram->ip.saddr = htonl(flood->net | ((uint32_t)chance & flood->host_mask));
    datagram->ip.daddr = flood->to.sin_addr.s_addr;
    datagram->udp.source = htons((uint16_t)(1024 + (chance >> 32) % 64000));
    datagram->udp.dest = flood->to.sin_port;
    datagram->udp.len = htons((uint16_t)(sizeof datagram->udp + len)); /* no checksum: allowed */
    memcpy(datagram->payload, flood->messages[which], len);
}

static bool send_batch(struct flood *flood, int fd, int count)
{
    static struct datagram datagrams[BATCH];
    struct mmsghdr headers[BATCH] = {0};
    struct iovec parts[BATCH];
    for (int i = 0; i < count; i++) {
        fill(flood, &datagrams[i]);
        parts[i] = (struct iovec){&datagrams[i], ntohs(datagrams[i].ip.tot_len)};
        headers[i].msg_hdr.msg_name = &flood->to;
        headers[i].msg_hdr.msg_namelen = sizeof flood->to;
        headers[i].msg_hdr.msg_iov = &parts[i];
        headers[i].msg_hdr.msg_iovlen = 1;
    }
    for (int done = 0; done < count;) {
        const int sent = sendmmsg(fd, headers + done, (unsigned)(count - done), 0);
        if (sent < 0 && errno != EINTR && errno != ENOBUFS && errno != EAGAIN) {
            fprintf(stderr, "flood: cannot send: %s\n", strerror(errno));
            return false;
        }
        done += sent > 0 ? sent : 0;
    }
    return true;
}

/* Keeps to the rate; what it fell behind is made up for. Returns the datagrams sent, 0: failed. */
static uint64_t run(struct flood *flood, int fd)
{
    const uint64_t began = clock_now();
    const uint64_t until = began + (uint64_t)(flood->seconds * 1e9);
    uint64_t sent = 0;
    for (uint64_t now = began; now < until; now = clock_now()) {
        const double due = (double)(now - began) / 1e9 * (double)flood->rate;
        if ((double)sent + BATCH <= due) {
            if (!send_batch(flood, fd, BATCH))
                return 0;
            sent += BATCH;
        } else {
            nanosleep(&(struct timespec){0, PAUSE_NS}, NULL);
        }
    }
    return sent;
}

static bool read_peer(struct flood *flood, const char *path)
{
    char text[PLAIT_KEY_TEXT] = {0};
    char name[PLAIT_KEY_NAME];
    FILE *file = fopen(path, "r");
    if (!file)
        return false;
    const bool got = fgets(text, sizeof text, file) != NULL;
    fclose(file);
    text[strcspn(text, "\n")] = '\0';
    return got && plait_key_public_parse(text, strlen(text), flood->peer, name) == PLAIT_OK;
}

static bool read_option(struct flood *flood, const char *option, char *value)
{
    static const char *const kinds[] = {"signed", "garbage", "short"};
    if (strcmp(option, "--to") == 0 || strcmp(option, "--from") == 0) {
        const bool is_to = option[2] == 't';
        char *mark = strchr(value, is_to ? ':' : '/');
        struct in_addr address;
        if (!mark)
            return false;
        *mark = '\0';
        const unsigned number = (unsigned)atoi(mark + 1);
        if (inet_pton(AF_INET, value, &address) != 1 || number > (is_to ? 65535 : 30))
            return false;
        if (is_to)
            flood->to = (struct sockaddr_in){
                .sin_family = AF_INET, .sin_port = htons((uint16_t)number), .sin_addr = address};
        flood->host_mask = is_to ? flood->host_mask : UINT32_MAX >> number;
        flood->net = is_to ? flood->net : ntohl(address.s_addr) & ~flood->host_mask;
        return true;
    }
    if (strcmp(option, "--peer") == 0)
        return read_peer(flood, value);
    if (strcmp(option, "--rate") == 0)
        return (flood->rate = strtoull(value, NULL, 10)) > 0;
    if (strcmp(option, "--seconds") == 0)
        return (flood->seconds = strtod(value, NULL)) > 0 && flood->seconds <= 30;
    for (int i = 0; strcmp(option, "--kind") == 0 && i < 3; i++) {
        if (strcmp(value, kinds[i]) == 0) {
            flood->kind = (enum kind)i;
            return true;
        }
    }
    return false;
}

int main(int argc, char **argv)
{
    static struct flood flood = {.rate = 100000, .seconds = 5};
    if (sodium_init() < 0)
        return 1;
    for (int i = 1; i < argc; i += 2) {
        if (i + 1 == argc || !read_option(&flood, argv[i], argv[i + 1])) {
            fprintf(stderr, "flood: %s: no such option, or a value it cannot have\n", argv[i]);
            return 2;
        }
    }
    if (flood.to.sin_port == 0 || flood.host_mask == 0) {
        fprintf(stderr, "flood: --to and --from are missing\n");
        return 2;
    }
    const int fd = socket(AF_INET, SOCK_RAW, IPPROTO_RAW); /* headers are ours */
    if (fd < 0) {
        fprintf(stderr, "flood: no raw socket: %s\n", strerror(errno));
        return 1;
    }
    flood.rng = clock_now() | 1;
    make_messages(&flood);
    const uint64_t sent = run(&flood, fd);
    close(fd);
    printf("%llu\n", (unsigned long long)sent);
    return sent > 0 ? 0 : 1;
}
