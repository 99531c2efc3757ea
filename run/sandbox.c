/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/sandbox.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__has_include)
#if __has_include(<linux/landlock.h>)
#include <linux/landlock.h>
#define SANDBOX_LANDLOCK 1
#endif
#endif

#if defined(__SANITIZE_ADDRESS__)
#define SANDBOX_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANDBOX_SANITIZED 1
#endif
#endif

#if defined(__x86_64__)
#define SANDBOX_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__) && defined(__AARCH64EL__)
#define SANDBOX_ARCH AUDIT_ARCH_AARCH64
#endif

#if defined(SANDBOX_ARCH) && !defined(SANDBOX_SANITIZED)

/* What the loop, libsodium, jansson and the HTTP server's threads call once all runs. */
static const int sandbox_allowed[] = {
    SYS_accept4,
    SYS_bind,
    SYS_brk,
    SYS_clock_gettime,
    SYS_clock_nanosleep,
    SYS_close,
    SYS_connect,
    SYS_dup,
    SYS_epoll_create1,
    SYS_epoll_ctl,
    SYS_epoll_pwait,
    SYS_eventfd2,
    SYS_exit,
    SYS_exit_group,
    SYS_fcntl,
    SYS_fstat,
    SYS_fsync,
    SYS_futex,
    SYS_getpeername,
    SYS_getpid,
    SYS_getrandom,
    SYS_getsockname,
    SYS_getsockopt,
    SYS_gettid,
    SYS_gettimeofday,
    SYS_getuid,
    SYS_listen,
    SYS_lseek,
    SYS_madvise,
    SYS_membarrier,
    SYS_mmap,
    SYS_mprotect,
    SYS_mremap,
    SYS_munmap,
    SYS_nanosleep,
    SYS_newfstatat,
    SYS_pipe2,
    SYS_ppoll,
    SYS_prctl,
    SYS_pread64,
    SYS_pselect6,
    SYS_pwrite64,
    SYS_read,
    SYS_readv,
    SYS_recvfrom,
    SYS_recvmmsg,
    SYS_recvmsg,
    SYS_restart_syscall,
    SYS_rt_sigaction,
    SYS_rt_sigprocmask,
    SYS_rt_sigreturn,
    SYS_rt_sigtimedwait,
    SYS_sched_getaffinity,
    SYS_sched_yield,
    SYS_sendfile,
    SYS_sendmmsg,
    SYS_sendmsg,
    SYS_sendto,
    SYS_set_robust_list,
    SYS_setsockopt,
    SYS_shutdown,
    SYS_sigaltstack,
    SYS_signalfd4,
    SYS_socketpair,
    SYS_statx,
    SYS_sysinfo,
    SYS_timerfd_create,
    SYS_timerfd_settime,
    SYS_uname,
    SYS_write,
    SYS_writev,
#ifdef SYS_accept
    SYS_accept,
#endif
#ifdef SYS_arch_prctl
    SYS_arch_prctl,
#endif
#ifdef SYS_epoll_pwait2
    SYS_epoll_pwait2,
#endif
#ifdef SYS_epoll_wait
    SYS_epoll_wait,
#endif
#ifdef SYS_poll
    SYS_poll,
#endif
#ifdef SYS_rseq
    SYS_rseq,
#endif
#ifdef SYS_select
    SYS_select,
#endif
#ifdef SYS_time
    SYS_time,
#endif
};

#define SANDBOX_ALLOWED (sizeof sandbox_allowed / sizeof sandbox_allowed[0])
#define SANDBOX_STEPS   (2 * SANDBOX_ALLOWED + 40)
#define SANDBOX_NAMESPACES                                                                         \
    (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID |  \
     CLONE_NEWNET)
#define FIELD_OF(member) ((uint32_t)offsetof(struct seccomp_data, member))

/* The lower half of an argument (both architectures are little-endian). */
#define ARGUMENT_OF(index) (FIELD_OF(args) + 8U * (index))

static struct sock_filter step(uint16_t code, uint32_t k, uint8_t if_true, uint8_t if_false)
{
    struct sock_filter filter = {code, if_true, if_false, k};
    return filter;
}

/* Calls of which only some forms are needed. Each ends with an answer, or with the next call. */
static uint16_t sandbox_arguments(struct sock_filter *out, uint16_t n)
{
    const uint16_t load = BPF_LD | BPF_W | BPF_ABS;
    const uint16_t equal = BPF_JMP | BPF_JEQ | BPF_K;
    const uint16_t any_of = BPF_JMP | BPF_JSET | BPF_K;
    const uint32_t allow = SECCOMP_RET_ALLOW, refuse = SECCOMP_RET_ERRNO | ENOSYS;
    const uint16_t answer = BPF_RET | BPF_K;
    const struct sock_filter steps[] = {
        /* Files may be opened to be read, and only so. */
        step(equal, SYS_openat, 0, 4),
        step(load, ARGUMENT_OF(2), 0, 0),
        step(any_of, O_ACCMODE | O_CREAT | O_TRUNC, 0, 1),
        step(answer, refuse, 0, 0),
        step(answer, allow, 0, 0),
        /* Threads, no processes; clone3() cannot be looked into, so libc has to do without it. */
        step(equal, SYS_clone, 0, 5),
        step(load, ARGUMENT_OF(0), 0, 0),
        step(any_of, SANDBOX_NAMESPACES, 1, 0),
        step(any_of, CLONE_THREAD, 1, 0),
        step(answer, refuse, 0, 0),
        step(answer, allow, 0, 0),
        step(equal, SYS_socket, 0, 6),
        step(load, ARGUMENT_OF(0), 0, 0),
        step(equal, AF_INET, 3, 0),
        step(equal, AF_INET6, 2, 0),
        step(equal, AF_NETLINK, 1, 0),
        step(answer, refuse, 0, 0),
        step(answer, allow, 0, 0),
        /* Of this process (libc asks for 0 too), not of others of the same user. */
        step(equal, SYS_tgkill, 1, 0),
        step(equal, SYS_prlimit64, 0, 5),
        step(load, ARGUMENT_OF(0), 0, 0),
        step(equal, 0, 2, 0),
        step(equal, (uint32_t)getpid(), 1, 0),
        step(answer, refuse, 0, 0),
        step(answer, allow, 0, 0),
        /* These two type into the terminal that the program was started from. */
        step(equal, SYS_ioctl, 0, 5),
        step(load, ARGUMENT_OF(1), 0, 0),
        step(equal, TIOCSTI, 1, 0),
        step(equal, TIOCLINUX, 0, 1),
        step(answer, refuse, 0, 0),
        step(answer, allow, 0, 0),
    };
    memcpy(out + n, steps, sizeof steps);
    return (uint16_t)(n + sizeof steps / sizeof steps[0]);
}

static uint16_t sandbox_program(struct sock_filter *out)
{
    const uint16_t load = BPF_LD | BPF_W | BPF_ABS;
    const uint16_t equal = BPF_JMP | BPF_JEQ | BPF_K;
    const uint16_t answer = BPF_RET | BPF_K;
    uint16_t n = 0;
    out[n++] = step(load, FIELD_OF(arch), 0, 0);
    out[n++] = step(equal, SANDBOX_ARCH, 1, 0);
    out[n++] = step(answer, SECCOMP_RET_KILL_PROCESS, 0, 0);
    out[n++] = step(load, FIELD_OF(nr), 0, 0);
    for (size_t i = 0; i < SANDBOX_ALLOWED; i++) {
        out[n++] = step(equal, (uint32_t)sandbox_allowed[i], 0, 1);
        out[n++] = step(answer, SECCOMP_RET_ALLOW, 0, 0);
    }
    n = sandbox_arguments(out, n);
    out[n++] = step(answer, SECCOMP_RET_ERRNO | ENOSYS, 0, 0);
    return n;
}

static bool sandbox_seccomp(void)
{
    struct sock_filter filter[SANDBOX_STEPS];
    struct sock_fprog program = {sandbox_program(filter), filter};
    assert(program.len <= SANDBOX_STEPS);
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) == 0;
}

#else

static bool sandbox_seccomp(void)
{
    return false;
}

#endif

#if defined(SANDBOX_LANDLOCK) && !defined(SANDBOX_SANITIZED)

/* What libc reads to look a name up: a sender's receiver may move. */
static const char *const sandbox_names[] = {"/etc/hosts", "/etc/resolv.conf", "/etc/nsswitch.conf",
                                            "/etc/host.conf", "/etc/gai.conf"};

/* flags: O_DIRECTORY, or 0 for one file. */
static void sandbox_readable(int ruleset, const char *path, int flags)
{
    struct landlock_path_beneath_attr rule = {0};
    rule.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE;
    rule.parent_fd = open(path, O_PATH | O_CLOEXEC | flags);
    if (rule.parent_fd < 0)
        return;
    (void)syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    close(rule.parent_fd);
}

/* Threads that are there already stay as they are. */
static bool sandbox_is_alone(void)
{
    struct stat info;
    return stat("/proc/self/task", &info) == 0 && info.st_nlink == 3; /* . and .. and this one */
}

static bool sandbox_landlock(const char *const *readable, uint32_t count)
{
    const bool is_alone = sandbox_is_alone();
    /* The rights of the first version of the interface: every kernel that has it knows them. */
    struct landlock_ruleset_attr attr = {0};
    attr.handled_access_fs = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof attr, 0);
    if (ruleset < 0)
        return false;
    for (uint32_t i = 0; i < count; i++)
        sandbox_readable(ruleset, readable[i], O_DIRECTORY);
    for (size_t i = 0; i < sizeof sandbox_names / sizeof sandbox_names[0]; i++)
        sandbox_readable(ruleset, sandbox_names[i], 0);
    bool done = syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
    close(ruleset);
    return done && is_alone;
}

#else

static bool sandbox_landlock(const char *const *readable, uint32_t count)
{
    (void)readable;
    (void)count;
    return false;
}

#endif

struct sandbox_result sandbox_enter(const char *const *readable, uint32_t count)
{
    struct sandbox_result result = {false, false};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return result;
    result.has_landlock = sandbox_landlock(readable, count);
    result.has_seccomp = sandbox_seccomp();
    return result;
}
