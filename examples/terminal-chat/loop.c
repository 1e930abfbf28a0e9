/* SPDX-License-Identifier: MIT
 * Waiting for the network, the keyboard and signals together. Signals are let in only while
 * waiting, so none is missed between looking and waiting. */
#include "loop.h"

#include <signal.h>
#include <sys/select.h>
#include <unistd.h>

static volatile sig_atomic_t is_interrupted, is_resized;

static void on_signal(int number)
{
    if (number == SIGWINCH)
        is_resized = 1;
    else
        is_interrupted = 1;
}

void loop_init(void)
{
    static const int caught[] = {SIGINT, SIGTERM, SIGHUP, SIGWINCH};
    struct sigaction action = {.sa_handler = on_signal};
    sigset_t blocked;
    sigemptyset(&action.sa_mask);
    sigemptyset(&blocked);
    for (size_t i = 0; i < sizeof(caught) / sizeof(caught[0]); i++) {
        sigaction(caught[i], &action, NULL);
        sigaddset(&blocked, caught[i]);
    }
    sigprocmask(SIG_BLOCK, &blocked, NULL);
    signal(SIGPIPE, SIG_IGN);
}

static int earlier(int a_ms, int b_ms)
{
    return a_ms < 0 || (b_ms >= 0 && b_ms < a_ms) ? b_ms : a_ms;
}

int loop_turn(bosh_curl *curl, int with_input, int timeout_ms)
{
    int curl_fd = bosh_curl_fd(curl), wait_ms = earlier(timeout_ms, bosh_curl_timeout_ms(curl));
    struct timespec wait = {wait_ms / 1000, wait_ms % 1000 * 1000000L};
    fd_set readable;
    sigset_t none;
    int seen = 0;
    sigemptyset(&none);
    FD_ZERO(&readable);
    FD_SET(curl_fd, &readable);
    if (with_input)
        FD_SET(STDIN_FILENO, &readable);
    int ready = pselect(curl_fd + 1, &readable, NULL, NULL, wait_ms < 0 ? NULL : &wait, &none);
    if (ready > 0 && with_input && FD_ISSET(STDIN_FILENO, &readable))
        seen |= LOOP_INPUT;
    if (is_interrupted)
        seen |= LOOP_INTERRUPTED;
    if (is_resized)
        seen |= LOOP_RESIZED;
    is_interrupted = is_resized = 0;
    bosh_curl_turn(curl, 0);
    return seen;
}
