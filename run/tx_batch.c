/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/tx_batch.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <string.h>
#include <sys/socket.h>

#include "run/addr.h"

#define TX_GSO_SEGMENTS  64    /* the kernel's UDP_MAX_SEGMENTS */
#define TX_GSO_BYTES     65000 /* below the largest IP datagram */
#define TX_GSO_SIZE_MAX  1472  /* a segment must fit the MTU; larger datagrams go alone */
#define TX_CONTROL_BYTES 96    /* in6_pktinfo and the segment size */

/* One message of sendmmsg: `items` datagrams in one piece of memory. */
struct tx_message {
    struct sockaddr_storage remote;
    struct iovec iov;
    uint32_t first;
    uint32_t items;
    _Alignas(struct cmsghdr) uint8_t control[TX_CONTROL_BYTES];
};

void tx_batch_init(struct tx_batch *batch, int fd, uint8_t family)
{
    batch->fd = fd;
    batch->family = family;
    batch->gso = true;
    batch->dropped += batch->count;
    batch->count = 0;
    batch->bytes = 0;
}

int tx_batch_add(struct tx_batch *batch, const struct plait_addr *local,
                 const struct plait_addr *remote, const uint8_t *data, size_t len)
{
    int err = 0;
    if (len > TX_BATCH_BYTES) {
        batch->dropped++;
        return EMSGSIZE;
    }
    if (batch->count == TX_BATCH_ITEMS || batch->bytes + len > TX_BATCH_BYTES)
        err = tx_batch_flush(batch);
    struct tx_item *item = &batch->items[batch->count++];
    item->local = *local;
    item->remote = *remote;
    item->offset = batch->bytes;
    item->len = (uint32_t)len;
    memcpy(batch->data + batch->bytes, data, len);
    batch->bytes += (uint32_t)len;
    return err;
}

/* How many datagrams from `first` on can go as one message: equal size, only the last shorter. */
static uint32_t tx_run(const struct tx_batch *batch, uint32_t first)
{
    const struct tx_item *head = &batch->items[first];
    uint32_t bytes = head->len;
    uint32_t items = 1;
    if (!batch->gso || head->len > TX_GSO_SIZE_MAX || head->len == 0)
        return 1;
    while (first + items < batch->count && items < TX_GSO_SEGMENTS) {
        const struct tx_item *next = &batch->items[first + items];
        if (next->len > head->len || next->len == 0 || bytes + next->len > TX_GSO_BYTES ||
            !addr_equal(&next->remote, &head->remote) || !addr_equal(&next->local, &head->local))
            break;
        bytes += next->len;
        items++;
        if (next->len < head->len)
            break;
    }
    return items;
}

static void tx_control_add(struct msghdr *header, struct cmsghdr **cmsg, int level, int type,
                           const void *data, size_t len)
{
    *cmsg = *cmsg ? CMSG_NXTHDR(header, *cmsg) : CMSG_FIRSTHDR(header);
    (*cmsg)->cmsg_level = level;
    (*cmsg)->cmsg_type = type;
    (*cmsg)->cmsg_len = CMSG_LEN(len);
    memcpy(CMSG_DATA(*cmsg), data, len);
}

static void tx_control(const struct tx_batch *batch, const struct tx_item *item, uint32_t items,
                       struct msghdr *header)
{
    struct cmsghdr *cmsg = NULL;
    size_t used = 0;
    if (item->local.family != 0 && batch->family == 4) {
        struct in_pktinfo info = {0};
        memcpy(&info.ipi_spec_dst, item->local.ip, 4);
        tx_control_add(header, &cmsg, IPPROTO_IP, IP_PKTINFO, &info, sizeof info);
        used += CMSG_SPACE(sizeof info);
    } else if (item->local.family != 0) {
        struct in6_pktinfo info = {0};
        struct sockaddr_storage kernel;
        struct sockaddr_in6 in6;
        (void)addr_to_kernel(&item->local, 6, &kernel);
        memcpy(&in6, &kernel, sizeof in6);
        info.ipi6_addr = in6.sin6_addr;
        info.ipi6_ifindex = item->local.scope;
        tx_control_add(header, &cmsg, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof info);
        used += CMSG_SPACE(sizeof info);
    }
    if (items > 1) {
        uint16_t size = (uint16_t)item->len;
        tx_control_add(header, &cmsg, IPPROTO_UDP, UDP_SEGMENT, &size, sizeof size);
        used += CMSG_SPACE(sizeof size);
    }
    header->msg_controllen = used;
    if (used == 0)
        header->msg_control = NULL;
}

static uint32_t tx_build(struct tx_batch *batch, uint32_t first, struct tx_message *messages,
                         struct mmsghdr *headers)
{
    uint32_t count = 0;
    for (uint32_t i = first; i < batch->count; count++) {
        const struct tx_item *item = &batch->items[i];
        struct tx_message *message = &messages[count];
        struct msghdr *header = &headers[count].msg_hdr;
        memset(&headers[count], 0, sizeof headers[count]);
        memset(message->control, 0, sizeof message->control);
        message->first = i;
        message->items = tx_run(batch, i);
        const struct tx_item *last = &batch->items[i + message->items - 1];
        message->iov.iov_base = batch->data + item->offset;
        message->iov.iov_len = last->offset + last->len - item->offset;
        header->msg_name = &message->remote;
        header->msg_namelen = addr_to_kernel(&item->remote, batch->family, &message->remote);
        header->msg_iov = &message->iov;
        header->msg_iovlen = 1;
        header->msg_control = message->control;
        header->msg_controllen = sizeof message->control;
        tx_control(batch, item, message->items, header);
        i += message->items;
    }
    return count;
}

/* GSO is refused by some devices (EIO: no checksum offload) and old kernels (EINVAL). */
static bool tx_is_gso_refusal(int err)
{
    return err == EIO || err == EINVAL || err == EOPNOTSUPP || err == ENOPROTOOPT ||
           err == EMSGSIZE;
}

int tx_batch_flush(struct tx_batch *batch)
{
    struct tx_message messages[TX_BATCH_ITEMS];
    struct mmsghdr headers[TX_BATCH_ITEMS];
    int result = 0;
    int refused = 0; /* why the last joined message was */
    uint32_t next = 0;
    while (next < batch->count) {
        uint32_t count = tx_build(batch, next, messages, headers);
        int done = sendmmsg(batch->fd, headers, count, 0);
        int err = done < 0 ? errno : 0;
        batch->syscalls++;
        for (int i = 0; i < done; i++) {
            batch->sent += messages[i].items;
            next += messages[i].items;
        }
        if (done >= 0 || err == EINTR) {
            refused = done > 0 ? 0 : refused;
            continue;
        }
        if (messages[0].items > 1 && tx_is_gso_refusal(err)) {
            batch->gso = false;
            refused = err;
            continue;
        }
        /* Refused alone for the same reason: that was the address, not the joining. */
        batch->gso = batch->gso || err == refused;
        refused = 0;
        /* Not kept for later: the core takes it for lost and repairs it in time. */
        batch->dropped += messages[0].items;
        next += messages[0].items;
        result = err;
    }
    batch->count = 0;
    batch->bytes = 0;
    return result;
}
