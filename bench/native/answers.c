/* SPDX-License-Identifier: MIT
 * See answers.h. */
#include "answers.h"

#include <stdio.h>
#include <string.h>

#define BODY "<body xmlns='http://jabber.org/protocol/httpbind'"

void bench_attribute(const char *from, const char *name, char *value, size_t capacity)
{
    size_t size = strlen(name);
    value[0] = '\0';
    for (const char *at = from; (at = strstr(at, name)); at += size) {
        const char *quote = at + size + 1;
        if (at == from || at[-1] != ' ' || at[size] != '=' || (*quote != '"' && *quote != '\''))
            continue;
        const char *end = strchr(quote + 1, *quote);
        if (end && (size_t)(end - quote) <= capacity)
            snprintf(value, (size_t)(end - quote), "%s", quote + 1);
        return;
    }
}

static size_t creation(const char *request, char *answer)
{
    static unsigned sessions;
    char wait[8];
    bench_attribute(request, "wait", wait, sizeof wait);
    return (size_t)snprintf(
        answer, BENCH_ANSWER_MAX,
        BODY " sid='bench-%u' wait='%s' requests='2' hold='1' inactivity='60' polling='2'"
             " ver='1.6' from='localhost' authid='1' xmlns:xmpp='urn:xmpp:xbosh'"
             " xmpp:version='1.0' xmpp:restartlogic='true'"
             " xmlns:stream='http://etherx.jabber.org/streams'><stream:features><mechanisms"
             " xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms>"
             "</stream:features></body>",
        ++sessions, wait);
}

static size_t iq_result(const char *iq, const char *payload, char *answer)
{
    char id[128];
    bench_attribute(iq, "id", id, sizeof id);
    return (size_t)snprintf(answer, BENCH_ANSWER_MAX,
                            BODY "><iq xmlns='jabber:client' type='result' id='%s'>%s</iq></body>",
                            id, payload);
}

size_t bench_answer(const char *request, char *answer)
{
    char sid[64];
    bench_attribute(request, "sid", sid, sizeof sid);
    if (!*sid)
        return creation(request, answer);
    if (strstr(request, "<auth"))
        return (size_t)snprintf(answer, BENCH_ANSWER_MAX,
                                BODY "><success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/></body>");
    if (strstr(request, "restart="))
        return (size_t)snprintf(answer, BENCH_ANSWER_MAX,
                                BODY
                                " xmlns:stream='http://etherx.jabber.org/streams'><stream:features>"
                                "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>"
                                "<session xmlns='urn:ietf:params:xml:ns:xmpp-session'/>"
                                "</stream:features></body>");
    const char *iq = strstr(request, "<iq");
    if (iq && strstr(iq, "xmpp-bind"))
        return iq_result(iq,
                         "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
                         "<jid>alice@localhost/desk</jid></bind>",
                         answer);
    if (iq && strstr(iq, "xmpp-session"))
        return iq_result(iq, "", answer);
    if (strstr(request, "type='termina") || strstr(request, "type=\"termina"))
        return (size_t)snprintf(answer, BENCH_ANSWER_MAX, BODY " type='terminate'/>");
    return 0;
}
