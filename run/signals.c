/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/signals.h"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "plait/run.h"

static void signals_on_ready(void *ctx, uint64_t now, short revents)
{
    struct signals *signals = ctx;
    struct signalfd_siginfo info;
    (void)revents;
    while (read(signals->watch.fd, &info, sizeof info) == (ssize_t)sizeof info) {
        if (info.ssi_signo != SIGHUP)
            signals->on_quit(signals->ctx, now, (int)info.ssi_signo);
        else if (signals->on_reload)
            signals->on_reload(signals->ctx, now);
    }
}

static sigset_t signals_set(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    return set;
}

static void signals_on_early_end(int number)
{
    (void)number;
    _exit(0);
}

void signals_end_at_once(void)
{
    struct sigaction action = {0};
    sigset_t reload;
    action.sa_handler = signals_on_early_end;
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    sigemptyset(&reload);
    sigaddset(&reload, SIGHUP);
    (void)sigprocmask(SIG_BLOCK, &reload, NULL);
}

int signals_block(void)
{
    sigset_t set = signals_set();
    return sigprocmask(SIG_BLOCK, &set, NULL) == 0 ? PLAIT_OK : PLAIT_ERR_SYSTEM;
}

int signals_open(struct signals *signals, struct loop *loop)
{
    sigset_t set = signals_set();
    if (signals_block() != PLAIT_OK)
        return PLAIT_ERR_SYSTEM;
    signals->loop = loop;
    signals->watch.fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    if (signals->watch.fd < 0)
        return PLAIT_ERR_SYSTEM;
    signals->watch.events = POLLIN;
    signals->watch.on_ready = signals_on_ready;
    signals->watch.ctx = signals;
    return loop_watch_add(loop, &signals->watch);
}

void signals_close(struct signals *signals)
{
    if (!signals->loop)
        return;
    loop_watch_remove(signals->loop, &signals->watch);
    if (signals->watch.fd >= 0)
        close(signals->watch.fd);
    signals->loop = NULL;
}
