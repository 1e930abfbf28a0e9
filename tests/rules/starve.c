/* SPDX-License-Identifier: MIT
 * Transcripts with each allocation, and each submit of the transport, failing once. A story then
 * ends at the first line that does not come true. Whatever it was: the client can be closed, the
 * end has a name, no rule is broken, nothing leaks. */
#include "play.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int is_over(const stage *s)
{
    bosh_state state = bosh_client_state(s->client);
    return state == BOSH_STATE_ENDED || state == BOSH_STATE_IDLE;
}

/* Close, and a server that lets go. */
static void leave(stage *s)
{
    static const char end[] =
        "<body xmlns='http://jabber.org/protocol/httpbind' type='terminate'/>";
    if (!is_over(s))
        bosh_client_close(s->client, NULL);
    for (int seconds = 0; seconds < 200 && !is_over(s); seconds++) {
        for (world_attempt *open; (open = stage_open_attempt(s));)
            world_transport_answer(&s->net, open, 200, 0, end, sizeof(end) - 1);
        stage_advance(s, s->net.now_ms + 1000);
    }
    if (!is_over(s))
        stage_fail("closed, but %s", bosh_state_text(bosh_client_state(s->client)));
}

static void check_names(const stage *s)
{
    for (const stage_entry *entry = s->log; entry; entry = entry->next)
        if (entry->kind == STAGE_EVENT && !*bosh_error_name(entry->error))
            stage_fail("error %d has no name", entry->error);
}

/* Tell it with one failure; neither: what it takes without. */
static void tell(play *p, const script *transcript, uint64_t allocation, uint64_t submit)
{
    int failures = stage_failures;
    play_open(p, transcript, WORLD_WHOLE);
    p->is_denied = 1;
    p->stage.alloc.fail_at = allocation;
    p->stage.net.refused_at = submit;
    play_lines(p);
    if (p->stage.client)
        leave(&p->stage);
    check_names(&p->stage);
    play_close(p);
    if (stage_failures != failures)
        printf("  %s:%d with %s %llu failing\n", transcript->path, transcript->lines[0].number,
               allocation ? "allocation" : "submit",
               (unsigned long long)(allocation ? allocation : submit));
}

void play_starved(const script *transcript)
{
    /* The standard login is the same everywhere: once is enough. */
    static int is_login_told;
    static play p;
    int failures = stage_failures;
    tell(&p, transcript, 0, 0);
    uint64_t calls = p.stage.alloc.calls, submits = p.stage.net.submits;
    uint64_t first = is_login_told ? p.login_calls + 1 : 1;
    is_login_told |= p.login_calls != 0;
    for (uint64_t at = first; at <= calls && stage_failures < failures + 3; at++)
        tell(&p, transcript, at, 0);
    for (uint64_t at = 1; at <= submits && stage_failures < failures + 3; at++)
        tell(&p, transcript, 0, at);
}
