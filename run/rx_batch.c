/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/rx_batch.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "run/addr.h"

#define RX_DATAGRAM_BYTES 65536 /* the largest a GRO socket hands over */
#define RX_CONTROL_BYTES  128

struct rx_slot {
    struct sockaddr_storage remote;
    struct iovec iov;
    _Alignas(struct cmsghdr) uint8_t control[RX_CONTROL_BYTES];
};

struct rx_batch {
    struct mmsghdr headers[RX_BATCH_MESSAGES];
    struct rx_slot slots[RX_BATCH_MESSAGES];
    uint8_t data[RX_BATCH_MESSAGES][RX_DATAGRAM_BYTES];
};

struct rx_batch *rx_batch_create(void)
{
    return malloc(sizeof(struct rx_batch));
}

void rx_batch_destroy(struct rx_batch *batch)
{
    free(batch);
}

static void rx_prepare(struct rx_batch *batch)
{
    for (int i = 0; i < RX_BATCH_MESSAGES; i++) {
        struct msghdr *header = &batch->headers[i].msg_hdr;
        struct rx_slot *slot = &batch->slots[i];
        slot->iov.iov_base = batch->data[i];
        slot->iov.iov_len = RX_DATAGRAM_BYTES;
        header->msg_name = &slot->remote;
        header->msg_namelen = sizeof slot->remote;
        header->msg_iov = &slot->iov;
        header->msg_iovlen = 1;
        header->msg_control = slot->control;
        header->msg_controllen = sizeof slot->control;
        header->msg_flags = 0;
    }
}

static void rx_pktinfo(struct cmsghdr *cmsg, struct plait_addr *local)
{
    struct sockaddr_storage kernel = {0};
    if (cmsg->cmsg_level == IPPROTO_IP) {
        struct in_pktinfo info;
        struct sockaddr_in in = {0};
        memcpy(&info, CMSG_DATA(cmsg), sizeof info);
        in.sin_family = AF_INET;
        in.sin_addr = info.ipi_spec_dst;
        memcpy(&kernel, &in, sizeof in);
    } else {
        struct in6_pktinfo info;
        struct sockaddr_in6 in6 = {0};
        memcpy(&info, CMSG_DATA(cmsg), sizeof info);
        in6.sin6_family = AF_INET6;
        in6.sin6_addr = info.ipi6_addr;
        if (IN6_IS_ADDR_LINKLOCAL(&info.ipi6_addr))
            in6.sin6_scope_id = info.ipi6_ifindex;
        memcpy(&kernel, &in6, sizeof in6);
    }
    addr_from_kernel(&kernel, local);
}

/* Returns the segment size, or 0 when the message is one datagram. */
static size_t rx_control(struct msghdr *header, struct plait_addr *local)
{
    size_t segment = 0;
    for (struct cmsghdr *cmsg = CMSG_FIRSTHDR(header); cmsg; cmsg = CMSG_NXTHDR(header, cmsg)) {
        if (cmsg->cmsg_level == IPPROTO_UDP && cmsg->cmsg_type == UDP_GRO) {
            int size = 0;
            memcpy(&size, CMSG_DATA(cmsg), sizeof size);
            segment = size > 0 ? (size_t)size : 0;
        } else if ((cmsg->cmsg_level == IPPROTO_IP && cmsg->cmsg_type == IP_PKTINFO) ||
                   (cmsg->cmsg_level == IPPROTO_IPV6 && cmsg->cmsg_type == IPV6_PKTINFO)) {
            rx_pktinfo(cmsg, local);
        }
    }
    return segment;
}

static void rx_hand_out(struct rx_batch *batch, int index, uint64_t now,
                        const struct rx_hooks *hooks)
{
    struct plait_addr local = {0};
    struct plait_addr remote;
    size_t len = batch->headers[index].msg_len;
    const uint8_t *data = batch->data[index];
    size_t segment = rx_control(&batch->headers[index].msg_hdr, &local);
    addr_from_kernel(&batch->slots[index].remote, &remote);
    if (segment == 0 || segment > len)
        segment = len;
    size_t at = 0;
    do { /* once for an empty datagram too */
        size_t piece = len - at < segment ? len - at : segment;
        hooks->on_datagram(hooks->ctx, now, &local, &remote, data + at, piece);
        at += piece;
    } while (at < len);
}

int rx_batch_read(struct rx_batch *batch, int fd, int rounds, uint64_t now,
                  const struct rx_hooks *hooks)
{
    for (int round = 0; round < rounds; round++) {
        rx_prepare(batch);
        int count = recvmmsg(fd, batch->headers, RX_BATCH_MESSAGES, MSG_DONTWAIT, NULL);
        if (count < 0)
            return errno == EAGAIN || errno == EINTR ? 0 : errno;
        for (int i = 0; i < count; i++)
            rx_hand_out(batch, i, now, hooks);
        if (count < RX_BATCH_MESSAGES)
            return 0;
    }
    return 0;
}
