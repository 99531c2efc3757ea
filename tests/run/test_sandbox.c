/* SPDX-License-Identifier: BSD-2-Clause */
/* Each test enters the sandbox in a process of its own, because there is no way out of it. */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "run/sandbox.h"

#define CHILD_HELD    0
#define CHILD_MISSING 77 /* this kernel or this build has no such thing */

static int in_child(int (*body)(void))
{
    int status = 0;
    pid_t child = fork();
    if (child == 0)
        _exit(body());
    if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status))
        return 99;
    return WEXITSTATUS(status);
}

static void expect_held(int (*body)(void))
{
    assert_int_equal(in_child(body), CHILD_HELD);
}

static int no_program_is_started(void)
{
    char *const words[] = {strdup("/bin/true"), NULL};
    if (!sandbox_enter(NULL, 0).has_seccomp)
        return CHILD_MISSING;
    return execv(words[0], words) == -1 && errno == ENOSYS ? CHILD_HELD : 1;
}

static int nothing_is_written_anew(void)
{
    char name[] = "/tmp/plait-sandbox-XXXXXX";
    int before = mkstemp(name);
    if (before < 0 || unlink(name) != 0)
        return 2;
    if (!sandbox_enter(NULL, 0).has_seccomp)
        return CHILD_MISSING;
    if (write(before, "x", 1) != 1) /* what was open stays open */
        return 3;
    return open("/tmp/plait-sandbox-new", O_WRONLY | O_CREAT, 0600) == -1 ? CHILD_HELD : 1;
}

static int work_goes_on(void)
{
    char byte = 0;
    int ends[2];
    if (!sandbox_enter(NULL, 0).has_seccomp)
        return CHILD_MISSING;
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    void *memory = malloc(1 << 22);
    bool good = fd >= 0 && memory && pipe2(ends, O_CLOEXEC) == 0 && write(ends[1], "x", 1) == 1 &&
                read(ends[0], &byte, 1) == 1 && byte == 'x';
    free(memory);
    return good ? CHILD_HELD : 1;
}

/* A link or an srt:// adapter that is opened again may name its host. */
static int names_are_looked_up(void)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_DGRAM};
    struct addrinfo *found;
    if (!sandbox_enter(NULL, 0).has_landlock)
        return CHILD_MISSING;
    return getaddrinfo("localhost", "7000", &hints, &found) == 0 ? CHILD_HELD : 1;
}

static void *idle(void *ctx)
{
    return ctx;
}

/* Of what has arguments only what is needed: threads but no process, no namespace; no way into the
 * terminal's input; no socket to another program of this host, no signal and no limit for one. */
static int arguments_are_looked_at(void)
{
    pthread_t thread;
    char key = 'x';
    if (!sandbox_enter(NULL, 0).has_seccomp)
        return CHILD_MISSING;
    if (pthread_create(&thread, NULL, idle, NULL) != 0 || pthread_join(thread, NULL) != 0)
        return 2;
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    if (child > 0 || errno != ENOSYS)
        return 3;
    if (ioctl(STDIN_FILENO, TIOCSTI, &key) != -1 || errno != ENOSYS)
        return 4;
    if (socket(AF_UNIX, SOCK_STREAM, 0) != -1 || errno != ENOSYS)
        return 5;
    if (syscall(SYS_tgkill, getppid(), getppid(), 0) != -1 || errno != ENOSYS)
        return 6;
    if (prlimit(getppid(), RLIMIT_CORE, NULL, NULL) != -1 || errno != ENOSYS)
        return 7;
    if (syscall(SYS_tgkill, getpid(), getpid(), 0) != 0 || prlimit(0, RLIMIT_CORE, NULL, NULL) != 0)
        return 8;
    return socket(AF_NETLINK, SOCK_RAW, 0) >= 0 && socket(AF_INET6, SOCK_DGRAM, 0) >= 0 ? CHILD_HELD
                                                                                        : 9;
}

static void *wait_for_end(void *ctx)
{
    char byte;
    (void)!read(*(int *)ctx, &byte, 1);
    return NULL;
}

/* Landlock holds no thread that was there before: then it does not count as in force. */
static int an_earlier_thread_is_told_of(void)
{
    int ends[2];
    pthread_t thread;
    if (pipe(ends) != 0 || pthread_create(&thread, NULL, wait_for_end, &ends[0]) != 0)
        return 2;
    return sandbox_enter(NULL, 0).has_landlock ? 1 : CHILD_HELD;
}

static int only_named_directories_are_read(void)
{
    static const char *const readable[] = {"/etc", "/no/such/directory"};
    if (!sandbox_enter(readable, 2).has_landlock)
        return CHILD_MISSING;
    if (open("/etc/passwd", O_RDONLY) < 0)
        return 2;
    if (open("/etc", O_RDONLY | O_DIRECTORY) != -1 || errno != EACCES)
        return 3;
    return open("/usr/bin/env", O_RDONLY) == -1 && errno == EACCES ? CHILD_HELD : 1;
}

static void holds_programs(void **state)
{
    (void)state;
    expect_held(no_program_is_started);
}

static void holds_writing(void **state)
{
    (void)state;
    expect_held(nothing_is_written_anew);
}

static void lets_work_go_on(void **state)
{
    (void)state;
    expect_held(work_goes_on);
}

static void holds_reading(void **state)
{
    (void)state;
    expect_held(only_named_directories_are_read);
}

static void holds_arguments(void **state)
{
    (void)state;
    expect_held(arguments_are_looked_at);
}

static void lets_names_be_looked_up(void **state)
{
    (void)state;
    expect_held(names_are_looked_up);
}

static void tells_of_threads(void **state)
{
    (void)state;
    expect_held(an_earlier_thread_is_told_of);
}

/* A wholly skipped program is "1..0 # SKIP" in TAP. */
int main(void)
{
    const struct CMUnitTest all[] = {
        cmocka_unit_test(holds_programs),          cmocka_unit_test(holds_writing),
        cmocka_unit_test(lets_work_go_on),         cmocka_unit_test(holds_arguments),
        cmocka_unit_test(holds_reading),           cmocka_unit_test(tells_of_threads),
        cmocka_unit_test(lets_names_be_looked_up),
    };
    const struct CMUnitTest without_landlock[] = {all[0], all[1], all[2], all[3]};
    if (in_child(work_goes_on) == CHILD_MISSING) {
        puts("1..0 # SKIP no seccomp in this kernel, or a build with the address sanitizer");
        return 0;
    }
    if (in_child(only_named_directories_are_read) != CHILD_MISSING)
        return cmocka_run_group_tests(all, NULL, NULL);
    puts("# not tested: reading, because Landlock is not in this kernel");
    return cmocka_run_group_tests(without_landlock, NULL, NULL);
}
