/* SPDX-License-Identifier: MIT
 * The libstrophe adapter: stanzas both ways, handlers. */
#include "stage.h"
#include "tests/check.h"

#include <bosh/strophe.h>
#include <stdlib.h>

static stage on;
static xmpp_ctx_t *ctx;
static bosh_strophe *strophe;
static char told[1024];
static xmpp_stanza_t *kept;

static void note(const char *text)
{
    strncat(told, text, sizeof(told) - strlen(told) - 1);
}

static void open_strophe(void)
{
    told[0] = '\0';
    stage_open(&on);
    ctx = xmpp_ctx_new(NULL, NULL);
    CHECK_INT(bosh_strophe_new(on.client, ctx, &strophe), BOSH_OK);
    CHECK_STR(bosh_strophe_get_jid(strophe), "");
    stage_login(&on);
    CHECK_STR(bosh_strophe_get_jid(strophe), STAGE_JID);
    CHECK(bosh_strophe_get_context(strophe) == ctx);
    CHECK(bosh_strophe_get_client(strophe) == on.client);
    stage_sent(&on);
}

static void close_strophe(void)
{
    stage_close(&on);
    bosh_strophe_free(strophe);
    xmpp_ctx_free(ctx);
    CHECK_INT(stage_done(&on), 0);
}

static int keep(bosh_strophe *of, xmpp_stanza_t *stanza, void *userdata)
{
    CHECK(of == strophe);
    (void)userdata;
    if (kept)
        xmpp_stanza_release(kept);
    kept = xmpp_stanza_clone(stanza);
    return 1;
}

static void test_received(void)
{
    open_strophe();
    CHECK_INT(bosh_strophe_handler_add(strophe, keep, NULL, "message", NULL, NULL), BOSH_OK);
    stage_receive(&on, "<message xmlns='jabber:client' from='bob@localhost/x' type='chat' id='m1' "
                       "xml:lang='de' xmlns:k='urn:k' k:id='hidden'><body>a &lt;b&gt; &#xe4;</body>"
                       "<x xmlns='urn:x'>one<y/>two</x></message>");
    CHECK(kept != NULL);
    CHECK_STR(xmpp_stanza_get_name(kept), "message");
    CHECK_STR(xmpp_stanza_get_ns(kept), "jabber:client");
    CHECK_STR(xmpp_stanza_get_from(kept), "bob@localhost/x");
    CHECK_STR(xmpp_stanza_get_id(kept), "m1");
    CHECK_STR(xmpp_stanza_get_attribute(kept, "xml:lang"), "de");
    char *body = xmpp_message_get_body(kept);
    CHECK_STR(body, "a <b> \xc3\xa4");
    xmpp_free(ctx, body);
    xmpp_stanza_t *x = xmpp_stanza_get_child_by_ns(kept, "urn:x");
    CHECK(x != NULL);
    CHECK_STR(xmpp_stanza_get_text_ptr(xmpp_stanza_get_children(x)), "one");
    xmpp_stanza_t *y = xmpp_stanza_get_next(xmpp_stanza_get_children(x));
    CHECK_STR(xmpp_stanza_get_name(y), "y");
    CHECK_STR(xmpp_stanza_get_ns(y), "urn:x");
    CHECK_STR(xmpp_stanza_get_text_ptr(xmpp_stanza_get_next(y)), "two");
    // and back: what was received goes out as it came
    xmpp_stanza_set_to(kept, "carol@localhost");
    xmpp_stanza_del_attribute(kept, "from");
    CHECK_INT(bosh_strophe_send(strophe, kept), BOSH_OK);
    CHECK(strstr(stage_sent(&on), "<message xmlns='jabber:client'") != NULL);
    CHECK(strstr(on.sent, " xml:lang='de'") != NULL);
    CHECK(strstr(on.sent, "<x xmlns='urn:x'>one<y/>two</x></message>") != NULL);
    xmpp_stanza_release(kept);
    kept = NULL;
    close_strophe();
}

static void test_sent(void)
{
    bosh_ticket ticket = 0;
    open_strophe();
    xmpp_stanza_t *message = xmpp_message_new(ctx, "chat", "bob@localhost", "m1");
    xmpp_message_set_body(message, "tea & <cake>");
    xmpp_stanza_set_attribute(message, "lang", "en-GB"); // as libstrophe's parser leaves it
    CHECK_INT(bosh_strophe_send_ticket(strophe, message, &ticket), BOSH_OK);
    CHECK(ticket > 0);
    CHECK(strstr(stage_sent(&on), "<message xmlns='jabber:client'") != NULL);
    CHECK(strstr(on.sent, " xml:lang='en-GB'") != NULL);
    CHECK(strstr(on.sent, "<body>tea &amp; &lt;cake&gt;</body></message>") != NULL);

    xmpp_stanza_set_attribute(message, "xml:lang", "fr"); // then the other one is superfluous
    CHECK_INT(bosh_strophe_send(strophe, message), BOSH_OK);
    CHECK(strstr(stage_sent(&on), " xml:lang='fr'") != NULL);
    CHECK(strstr(on.sent, "en-GB") == NULL);

    xmpp_stanza_t *foreign = xmpp_stanza_new(ctx); // elsewhere "lang" means what it says
    xmpp_stanza_set_name(foreign, "f");
    xmpp_stanza_set_ns(foreign, "urn:f");
    xmpp_stanza_set_attribute(foreign, "lang", "c");
    xmpp_stanza_add_child_ex(message, foreign, 0);
    CHECK_INT(bosh_strophe_send(strophe, message), BOSH_OK);
    CHECK(strstr(stage_sent(&on), "<f xmlns='urn:f' lang='c'/>") != NULL);

    xmpp_message_set_body(message, "second"); // there is one already
    xmpp_stanza_release(message);
    close_strophe();
}

static void test_unsendable(void)
{
    open_strophe();
    xmpp_stanza_t *message = xmpp_message_new(ctx, "chat", "bob@localhost", "m1");
    xmpp_message_set_body(message, "\x01");
    CHECK_INT(bosh_strophe_send(strophe, message), BOSH_ERR_CHARACTER);
    xmpp_stanza_release(message);

    xmpp_stanza_t *odd = xmpp_stanza_new(ctx);
    xmpp_stanza_set_name(odd, "stream:stream");
    CHECK_INT(bosh_strophe_send(strophe, odd), BOSH_ERR_NAME);
    xmpp_stanza_set_name(odd, "body");
    CHECK_INT(bosh_strophe_send(strophe, odd), BOSH_ERR_STANZA_KIND);
    xmpp_stanza_release(odd);

    xmpp_stanza_t *deep = xmpp_message_new(ctx, NULL, NULL, NULL), *at = deep;
    for (int i = 0; i < BOSH_STROPHE_DEPTH_MAX; i++) {
        xmpp_stanza_t *child = xmpp_stanza_new(ctx);
        xmpp_stanza_set_name(child, "d");
        xmpp_stanza_add_child_ex(at, child, 0);
        at = child;
    }
    CHECK(bosh_strophe_send(strophe, deep) != BOSH_OK);
    xmpp_stanza_release(deep);
    CHECK(strstr(stage_sent(&on), "message") == NULL);
    close_strophe();
}

/* A stanza libstrophe could not work with is not given to handlers; those after it are. */
static void test_too_many_children(void)
{
    size_t size = (BOSH_STROPHE_CHILDREN_MAX + 1) * 4 + 200;
    char *stanza = malloc(size), *end = stanza;
    open_strophe();
    CHECK_INT(bosh_strophe_handler_add(strophe, keep, NULL, NULL, NULL, NULL), BOSH_OK);
    end += sprintf(end, "<message xmlns='jabber:client' id='big'>");
    for (int i = 0; i <= BOSH_STROPHE_CHILDREN_MAX; i++)
        end += sprintf(end, "<a/>");
    sprintf(end, "</message>");
    stage_receive(&on, stanza);
    CHECK(kept == NULL);
    stage_receive(&on, "<message xmlns='jabber:client' id='small'/>");
    CHECK_STR(kept ? xmpp_stanza_get_id(kept) : "", "small");
    if (kept)
        xmpp_stanza_release(kept);
    kept = NULL;
    free(stanza);
    close_strophe();
}

static int say_word(bosh_strophe *of, xmpp_stanza_t *stanza, void *userdata)
{
    (void)of;
    (void)stanza;
    note(userdata);
    return 1;
}

static int say_once(bosh_strophe *of, xmpp_stanza_t *stanza, void *userdata)
{
    (void)of;
    (void)stanza;
    note(userdata);
    return 0;
}

static int delete_all(bosh_strophe *of, xmpp_stanza_t *stanza, void *userdata)
{
    (void)stanza;
    note(userdata);
    bosh_strophe_handler_delete(of, delete_all); // itself, while it runs
    bosh_strophe_handler_delete(of, say_word);
    return 1;
}

static void test_handlers(void)
{
    static char all[] = "all ", chat[] = "chat ", id[] = "id ", once[] = "once ", stop[] = "stop ";
    open_strophe();
    CHECK_INT(bosh_strophe_handler_add(strophe, say_word, NULL, "message", NULL, all), BOSH_OK);
    CHECK_INT(bosh_strophe_handler_add(strophe, say_word, NULL, "message", NULL, all), BOSH_OK);
    CHECK_INT(bosh_strophe_handler_add(strophe, say_word, NULL, NULL, "chat", chat), BOSH_OK);
    CHECK_INT(bosh_strophe_id_handler_add(strophe, say_word, "m1", id), BOSH_OK);
    CHECK_INT(bosh_strophe_handler_add(strophe, say_once, "urn:x", NULL, NULL, once), BOSH_OK);
    stage_receive(&on, "<message xmlns='jabber:client' type='chat' id='m1'><x xmlns='urn:x'/>"
                       "</message>");
    CHECK_STR(told, "all chat id once ");
    told[0] = '\0';
    bosh_strophe_id_handler_delete(strophe, say_word, "other");
    stage_receive(&on, "<message xmlns='jabber:client' id='m1'><x xmlns='urn:x'/></message>");
    CHECK_STR(told, "all id ");
    told[0] = '\0';
    bosh_strophe_id_handler_delete(strophe, say_word, "m1");
    CHECK_INT(bosh_strophe_handler_add(strophe, delete_all, NULL, "presence", NULL, stop), BOSH_OK);
    stage_receive(&on, "<message xmlns='jabber:client' id='m1'/><presence xmlns='jabber:client'/>"
                       "<message xmlns='jabber:client' type='chat'/>"
                       "<presence xmlns='jabber:client'/>");
    CHECK_STR(told, "all stop ");
    close_strophe();
}

static int tick(bosh_strophe *of, void *userdata)
{
    int *left = userdata;
    CHECK(of == strophe);
    note("tick ");
    return --*left > 0;
}

static void test_timed_handlers(void)
{
    int twice = 2, ever = 1000;
    open_strophe();
    CHECK_INT(bosh_strophe_timed_handler_add(strophe, tick, 1000, &twice), BOSH_OK);
    stage_wait(&on, 5000);
    CHECK_STR(told, "tick tick ");
    CHECK_INT(bosh_strophe_timed_handler_add(strophe, tick, 1000, &ever), BOSH_OK);
    stage_wait(&on, 1500);
    bosh_strophe_timed_handler_delete(strophe, tick);
    stage_wait(&on, 5000);
    CHECK_STR(told, "tick tick tick ");
    close_strophe();
}

static int answer_ping(bosh_strophe *of, xmpp_stanza_t *stanza, void *userdata)
{
    xmpp_stanza_t *reply = xmpp_stanza_reply(stanza);
    (void)userdata;
    xmpp_stanza_set_type(reply, "result");
    CHECK_INT(bosh_strophe_send(of, reply), BOSH_OK);
    xmpp_stanza_release(reply);
    return 1;
}

static void test_iq(void)
{
    open_strophe();
    CHECK_INT(bosh_strophe_handler_add(strophe, answer_ping, "urn:xmpp:ping", "iq", "get", NULL),
              BOSH_OK);
    stage_receive(&on, "<iq xmlns='jabber:client' type='get' id='p1' from='localhost'>"
                       "<ping xmlns='urn:xmpp:ping'/></iq>");
    CHECK(strstr(stage_sent(&on), "type='result'") != NULL);
    CHECK(strstr(on.sent, "to='localhost'") != NULL);
    CHECK(strstr(on.sent, "service-unavailable") == NULL); // the handler's answer is the only one
    bosh_strophe_disconnect(strophe);
    CHECK(strstr(stage_sent(&on), "type='terminate'") != NULL);
    close_strophe();
}

static const check_test tests[] = {
    {"received", test_received},
    {"sent", test_sent},
    {"unsendable", test_unsendable},
    {"too_many_children", test_too_many_children},
    {"handlers", test_handlers},
    {"timed_handlers", test_timed_handlers},
    {"iq", test_iq},
};

CHECK_MAIN(tests)
