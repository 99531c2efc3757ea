/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs a program as on a kernel before 5.7 without CAP_NET_RAW: no socket binds to a device.
 * refuse-bind [--no-admin] PROGRAM ARGS..; --no-admin also takes CAP_NET_ADMIN away. */
#include <errno.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ARGUMENT(n) ((unsigned)offsetof(struct seccomp_data, args) + 8U * (n))

static int refuse_binding(void)
{
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (unsigned)offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_setsockopt, 0, 5),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, ARGUMENT(1)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SOL_SOCKET, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, ARGUMENT(2)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SO_BINDTODEVICE, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof filter / sizeof filter[0], filter};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
               ? prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program)
               : -1;
}

int main(int count, char **words)
{
    int at = 1;
    if (count > 1 && strcmp(words[1], "--no-admin") == 0) {
        at = 2;
        if (prctl(PR_CAPBSET_DROP, CAP_NET_ADMIN, 0, 0, 0) != 0) {
            perror("refuse-bind: CAP_NET_ADMIN");
            return 77;
        }
    }
    if (count <= at || refuse_binding() != 0) {
        perror("refuse-bind");
        return 77;
    }
    execv(words[at], words + at);
    perror(words[at]);
    return 1;
}
