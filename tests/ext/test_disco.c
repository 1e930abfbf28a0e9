/* SPDX-License-Identifier: MIT
 * Answers to service discovery and ping: DSC-1, PING-1. */
#include "stage.h"
#include "tests/check.h"

#include <bosh/ext/disco.h>

#define INFO "http://jabber.org/protocol/disco#info"
#define ITEMS "http://jabber.org/protocol/disco#items"

static stage on;

static void ask(const char *query)
{
    char stanza[300];
    snprintf(stanza, sizeof(stanza),
             "<iq xmlns='jabber:client' type='get' id='q1' from='bob@localhost/x'>%s</iq>", query);
    stage_receive(&on, stanza);
    stage_sent(&on);
}

static int sent(const char *part)
{
    return strstr(on.sent, part) != NULL;
}

static void test_answers(void)
{
    static const char *const features[] = {"urn:xmpp:receipts", NULL};
    static const bosh_disco self = {"client", "console", "my chat", features};
    stage_open(&on);
    CHECK_INT(bosh_disco_answer(on.client, &self), BOSH_OK);
    stage_login(&on);

    ask("<query xmlns='" INFO "'/>");
    CHECK(sent("type='result'") && sent("to='bob@localhost/x'") && sent("id='q1'"));
    CHECK(sent("<identity category='client' type='console' name='my chat'/>"));
    CHECK(sent("<feature var='" INFO "'/>") && sent("<feature var='" ITEMS "'/>"));
    CHECK(sent("<feature var='urn:xmpp:ping'/>") && sent("<feature var='urn:xmpp:receipts'/>"));

    ask("<query xmlns='" ITEMS "'/>");
    CHECK(sent("type='result'") && sent("<query xmlns='" ITEMS "'/>"));

    ask("<ping xmlns='urn:xmpp:ping'/>");
    CHECK(sent("type='result'") && !sent("error"));

    ask("<query xmlns='" INFO "' node='x'/>");
    CHECK(sent("item-not-found") && !sent("type='result'")); // one answer (IQ-2)
    ask("<query xmlns='" ITEMS "' node='x'/>");
    CHECK(sent("item-not-found"));

    ask("<time xmlns='urn:xmpp:time'/>"); // not ours
    CHECK(sent("service-unavailable"));
    stage_close(&on);
    CHECK_INT(stage_done(&on), 0);
}

static const check_test tests[] = {{"answers", test_answers}};

CHECK_MAIN(tests)
