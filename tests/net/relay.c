/* SPDX-License-Identifier: MIT
 * bosh-relay: a bad line between two network namespaces, the one it is started in and a new one of
 * its own, each with a TUN interface. README.md lists what it is told on standard input. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { PACKET_MAX = 2048, QUEUE_MAX = 4000, PROTOCOL_TCP = 6 };

typedef struct packet {
    struct packet *next;
    uint64_t due_us;
    size_t size;
    uint8_t bytes[];
} packet;

/* Chances are in per mille. */
typedef struct rule_set {
    unsigned loss, twice, overtake, delay_ms, jitter_ms, bytes_per_s;
} rule_set;

typedef struct tally {
    unsigned long carried, lost, doubled, overtaking, forgotten, overflown, refused;
} tally;

typedef struct direction {
    const char *name;
    int from, to; /* TUN devices */
    int port_at;  /* of the client, in a TCP header */
    rule_set rules;
    tally counts;
    packet *first; /* sorted by due_us */
    size_t queued;
    uint64_t last_due_us; /* of the packets that keep their order */
    uint64_t free_us;     /* when the line has sent what it took */
} direction;

typedef struct both_ways {
    direction out, in; /* as the client sees them */
    uint64_t dice;
    /* Flows by the client's port: those that were seen, and those that were forgotten since. */
    uint8_t seen[65536], forgotten[65536];
    char input[512];
    size_t input_size;
} both_ways;

static uint64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* splitmix64 */
static unsigned roll(both_ways *relay, unsigned sides)
{
    uint64_t z = relay->dice += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    z ^= z >> 31;
    return sides ? (unsigned)(z % sides) : 0;
}

/* ----------------------------------------------------------------------------------- packets */

/* Does it belong to a flow that was forgotten? As a NAT that has restarted does with it. */
static int is_forgotten(both_ways *relay, const direction *way, const uint8_t *bytes, size_t size)
{
    size_t header = size ? (bytes[0] & 15u) * 4u : 0;
    if (header < 20 || bytes[0] >> 4 != 4 || bytes[9] != PROTOCOL_TCP || size < header + 4)
        return 0;
    const uint8_t *at = bytes + header + way->port_at;
    unsigned port = (unsigned)at[0] << 8 | at[1];
    relay->seen[port] = 1;
    return relay->forgotten[port];
}

static void enqueue(direction *way, const uint8_t *bytes, size_t size, uint64_t due_us)
{
    packet *one = malloc(sizeof *one + size);
    if (!one)
        abort();
    one->due_us = due_us;
    one->size = size;
    memcpy(one->bytes, bytes, size);
    packet **at = &way->first;
    while (*at && (*at)->due_us <= due_us)
        at = &(*at)->next;
    one->next = *at;
    *at = one;
    way->queued++;
}

static void carry(both_ways *relay, direction *way, const uint8_t *bytes, size_t size)
{
    const rule_set *rules = &way->rules;
    tally *counts = &way->counts;
    uint64_t now = now_us();
    if (is_forgotten(relay, way, bytes, size)) {
        counts->forgotten++;
        return;
    }
    if (roll(relay, 1000) < rules->loss) {
        counts->lost++;
        return;
    }
    unsigned copies = roll(relay, 1000) < rules->twice ? 2 : 1;
    counts->doubled += copies - 1;
    for (; copies; copies--) {
        if (way->queued >= QUEUE_MAX) {
            counts->overflown++;
            return;
        }
        if (way->free_us < now)
            way->free_us = now;
        if (rules->bytes_per_s)
            way->free_us += size * 1000000 / rules->bytes_per_s;
        uint64_t due =
            way->free_us + 1000u * (rules->delay_ms + (uint64_t)roll(relay, rules->jitter_ms + 1));
        if (roll(relay, 1000) < rules->overtake) {
            counts->overtaking += way->first != NULL;
            due = now;
        } else {
            if (due < way->last_due_us)
                due = way->last_due_us;
            way->last_due_us = due;
        }
        enqueue(way, bytes, size, due);
    }
}

static void take(both_ways *relay, direction *way)
{
    uint8_t bytes[PACKET_MAX];
    ssize_t got;
    while ((got = read(way->from, bytes, sizeof bytes)) > 0)
        carry(relay, way, bytes, (size_t)got);
}

/* Passes on what is due. Returns the milliseconds until more is, -1 for never. */
static int give(direction *way)
{
    uint64_t now = now_us();
    packet *one;
    while ((one = way->first) && one->due_us <= now) {
        way->first = one->next;
        way->queued--;
        /* An interface that is down refuses it: that is a packet lost, too. */
        if (write(way->to, one->bytes, one->size) == (ssize_t)one->size)
            way->counts.carried++;
        else
            way->counts.refused++;
        free(one);
    }
    return one ? (int)((one->due_us - now) / 1000) + 1 : -1;
}

/* -------------------------------------------------------------------------------------- orders */

static void tell_counts(const direction *way)
{
    const tally *c = &way->counts;
    printf("{\"way\":\"%s\",\"carried\":%lu,\"lost\":%lu,\"doubled\":%lu,\"overtaking\":%lu,"
           "\"forgotten\":%lu,\"overflown\":%lu,\"refused\":%lu}\n",
           way->name, c->carried, c->lost, c->doubled, c->overtaking, c->forgotten, c->overflown,
           c->refused);
    fflush(stdout);
}

/* A line set to other rules does not hold back new packets for the old ones. */
static void set_rules(direction *way, const rule_set *rules)
{
    way->rules = *rules;
    way->last_due_us = way->free_us = 0;
}

static int obey(both_ways *relay, const char *line)
{
    char name[8];
    rule_set rules;
    if (sscanf(line, "set %7s %u %u %u %u %u %u", name, &rules.loss, &rules.twice, &rules.overtake,
               &rules.delay_ms, &rules.jitter_ms, &rules.bytes_per_s) == 7) {
        int is_both = strcmp(name, "both") == 0;
        if (is_both || strcmp(name, "out") == 0)
            set_rules(&relay->out, &rules);
        if (is_both || strcmp(name, "in") == 0)
            set_rules(&relay->in, &rules);
    } else if (strcmp(line, "forget") == 0) {
        memcpy(relay->forgotten, relay->seen, sizeof relay->seen);
    } else if (strcmp(line, "count") == 0) {
        tell_counts(&relay->out);
        tell_counts(&relay->in);
    } else {
        fprintf(stderr, "bosh-relay: no such order: %s\n", line);
        return 0;
    }
    return 1;
}

/* Reads and obeys whole lines. Returns 0 at the end of the input, and at an order unknown. */
static int take_orders(both_ways *relay)
{
    ssize_t got = read(STDIN_FILENO, relay->input + relay->input_size,
                       sizeof relay->input - relay->input_size);
    if (got <= 0)
        return got < 0 && errno == EINTR;
    relay->input_size += (size_t)got;
    char *start = relay->input, *newline;
    while ((newline = memchr(start, '\n', relay->input_size))) {
        *newline = '\0';
        if (!obey(relay, start))
            return 0;
        relay->input_size -= (size_t)(newline + 1 - start);
        start = newline + 1;
    }
    memmove(relay->input, start, relay->input_size);
    return relay->input_size < sizeof relay->input;
}

/* --------------------------------------------------------------------------------------- start */

static int open_tun(const char *name)
{
    struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI};
    int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    snprintf(request.ifr_name, sizeof request.ifr_name, "%s", name);
    if (fd < 0 || ioctl(fd, TUNSETIFF, &request) < 0) {
        fprintf(stderr, "bosh-relay: no TUN interface %s: %s\n", name, strerror(errno));
        exit(1);
    }
    return fd;
}

static void run(both_ways *relay)
{
    for (;;) {
        int out_ms = give(&relay->out), in_ms = give(&relay->in);
        int wait_ms = in_ms < 0 || (out_ms >= 0 && out_ms < in_ms) ? out_ms : in_ms;
        struct pollfd wait[] = {{.fd = STDIN_FILENO, .events = POLLIN},
                                {.fd = relay->out.from, .events = POLLIN},
                                {.fd = relay->in.from, .events = POLLIN}};
        if (poll(wait, 3, wait_ms) < 0 && errno != EINTR)
            return;
        if (wait[0].revents && !take_orders(relay))
            return;
        if (wait[1].revents)
            take(relay, &relay->out);
        if (wait[2].revents)
            take(relay, &relay->in);
    }
}

int main(int argc, char **argv)
{
    static both_ways relay = {.out = {.name = "out", .port_at = 0},
                              .in = {.name = "in", .port_at = 2}};
    if (argc != 3) {
        fputs("usage: bosh-relay INTERFACE SEED (see README.md)\n", stderr);
        return 2;
    }
    relay.dice = strtoull(argv[2], NULL, 10);
    int near = open_tun(argv[1]);
    if (unshare(CLONE_NEWNET) < 0) {
        fprintf(stderr, "bosh-relay: no network namespace: %s\n", strerror(errno));
        return 1;
    }
    int far = open_tun("net0");
    relay.out.from = relay.in.to = far;
    relay.out.to = relay.in.from = near;
    puts("{\"ready\":true}");
    fflush(stdout);
    run(&relay);
    return 0;
}
