/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/srt_link.h"

#include <stdlib.h>
#include <string.h>

#include <srt/srt.h>

#include "run/addr.h"
#include "run/clock.h"
#include "run/signals.h"
#include "run/socket.h"

#define SRT_LINK_RETRY_NS CLOCK_S

static bool srt_number(const char *value, int min, int max, int *out)
{
    char *end = NULL;
    long number = strtol(value, &end, 10);
    *out = (int)number;
    return value[0] != '\0' && *end == '\0' && number >= min && number <= max;
}

static bool srt_text(const char *value, size_t min, char *out, size_t size)
{
    size_t len = strlen(value);
    if (len < min || len >= size)
        return false;
    memcpy(out, value, len + 1);
    return true;
}

static bool srt_set(struct srt_link *link, const char *key, const char *value)
{
    if (strcmp(key, "mode") == 0) {
        link->listens = strcmp(value, "listener") == 0;
        return link->listens || strcmp(value, "caller") == 0;
    }
    if (strcmp(key, "latency") == 0)
        return srt_number(value, 0, 60000, &link->latency_ms);
    if (strcmp(key, "pbkeylen") == 0)
        return srt_number(value, 16, 32, &link->key_length) && link->key_length % 8 == 0;
    if (strcmp(key, "passphrase") == 0)
        return srt_text(value, 10, link->passphrase, sizeof link->passphrase);
    return strcmp(key, "streamid") == 0 &&
           srt_text(value, 1, link->stream_id, sizeof link->stream_id);
}

static int srt_query(struct srt_link *link, const struct url *url, struct run_error *error)
{
    char copy[sizeof url->query];
    memcpy(copy, url->query, sizeof copy);
    link->listens = url->host[0] == ':';
    char *next = copy[0] != '\0' ? copy : NULL, *value, *pair;
    while ((pair = url_pair(&next, &value)) != NULL) {
        if (!value || !srt_set(link, pair, value))
            return run_fail(error, PLAIT_ERR_INVALID,
                            "'%.150s': '%.40s' is wrong; write mode=caller|listener, latency=MS, "
                            "passphrase=10 to 79 bytes, pbkeylen=16|24|32 or streamid=TEXT",
                            url->text, pair);
    }
    return PLAIT_OK;
}

static SRTSOCKET srt_make(const struct srt_link *link)
{
    const int no = 0;
    const int payload = SRT_LINK_MAX_PACKET;
    SRTSOCKET made = srt_create_socket();
    if (made == SRT_INVALID_SOCK)
        return made;
    (void)srt_setsockflag(made, SRTO_RCVSYN, &no, sizeof no);
    (void)srt_setsockflag(made, SRTO_SNDSYN, &no, sizeof no);
    (void)srt_setsockflag(made, SRTO_PAYLOADSIZE, &payload, sizeof payload);
    if (link->latency_ms > 0)
        (void)srt_setsockflag(made, SRTO_LATENCY, &link->latency_ms, sizeof link->latency_ms);
    if (link->passphrase[0] != '\0')
        (void)srt_setsockflag(made, SRTO_PASSPHRASE, link->passphrase,
                              (int)strlen(link->passphrase));
    if (link->key_length > 0)
        (void)srt_setsockflag(made, SRTO_PBKEYLEN, &link->key_length, sizeof link->key_length);
    if (link->stream_id[0] != '\0')
        (void)srt_setsockflag(made, SRTO_STREAMID, link->stream_id, (int)strlen(link->stream_id));
    return made;
}

static int srt_listen_start(struct srt_link *link, const struct url *url, struct run_error *error)
{
    const struct sockaddr *address = (const struct sockaddr *)&link->address;
    const int both = 0; /* families; asked of a wildcard only */
    link->listener = srt_make(link);
    if (link->address.ss_family == AF_INET6)
        (void)srt_setsockflag(link->listener, SRTO_IPV6ONLY, &both, sizeof both);
    if (link->listener == SRT_INVALID_SOCK ||
        srt_bind(link->listener, address, (int)link->address_len) == SRT_ERROR ||
        srt_listen(link->listener, 1) == SRT_ERROR)
        return run_fail(error, PLAIT_ERR_INVALID,
                        "'%.150s' cannot listen (%s); take another address or port", url->text,
                        srt_getlasterror_str());
    return PLAIT_OK;
}

int srt_link_open(struct srt_link *link, const struct url *url, struct run_error *error)
{
    struct plait_addr address;
    memset(link, 0, sizeof *link);
    link->listener = link->peer = SRT_INVALID_SOCK;
    int err = srt_query(link, url, error);
    if (err == PLAIT_OK)
        err = link->listens ? socket_listen_parse(url->host, &address, error)
                            : addr_parse(url->host, ADDR_REACH, &address, error);
    if (err != PLAIT_OK)
        return err;
    link->address_len = addr_to_kernel(&address, address.family, &link->address);
    (void)signals_block();
    (void)srt_startup(); /* counted by libsrt itself */
    srt_setloglevel(0);  /* its own words would break the one line of an error */
    link->is_started = true;
    if (link->listens)
        err = srt_listen_start(link, url, error);
    if (err != PLAIT_OK)
        srt_link_close(link);
    return err;
}

static void srt_hang_up(struct srt_link *link)
{
    if (link->peer != SRT_INVALID_SOCK)
        (void)srt_close(link->peer);
    link->peer = SRT_INVALID_SOCK;
}

void srt_link_close(struct srt_link *link)
{
    if (!link->is_started)
        return;
    srt_hang_up(link);
    if (link->listener != SRT_INVALID_SOCK)
        (void)srt_close(link->listener);
    (void)srt_cleanup();
    link->is_started = false;
}

static void srt_reach(struct srt_link *link, uint64_t now)
{
    const struct sockaddr *address = (const struct sockaddr *)&link->address;
    if (link->listens) {
        link->peer = srt_accept(link->listener, NULL, NULL);
        return;
    }
    if (now < link->retry_at)
        return;
    link->retry_at = now + SRT_LINK_RETRY_NS;
    link->peer = srt_make(link);
    if (link->peer != SRT_INVALID_SOCK &&
        srt_connect(link->peer, address, (int)link->address_len) == SRT_ERROR)
        srt_hang_up(link);
}

bool srt_link_is_connected(struct srt_link *link, uint64_t now)
{
    if (link->peer == SRT_INVALID_SOCK)
        srt_reach(link, now);
    if (link->peer == SRT_INVALID_SOCK)
        return false;
    SRT_SOCKSTATUS state = srt_getsockstate(link->peer);
    if (state >= SRTS_BROKEN)
        srt_hang_up(link);
    return state == SRTS_CONNECTED;
}

int srt_link_receive(struct srt_link *link, uint8_t *data, size_t size)
{
    int len = srt_recvmsg(link->peer, (char *)data, (int)size);
    if (len != SRT_ERROR)
        return len;
    if (srt_getlasterror(NULL) == SRT_EASYNCRCV)
        return 0;
    srt_hang_up(link);
    return -1;
}

bool srt_link_send(struct srt_link *link, const uint8_t *data, size_t len)
{
    if (len > SRT_LINK_MAX_PACKET)
        return false;
    if (srt_sendmsg2(link->peer, (const char *)data, (int)len, NULL) != SRT_ERROR)
        return true;
    if (srt_getlasterror(NULL) != SRT_EASYNCSND)
        srt_hang_up(link);
    return false;
}
