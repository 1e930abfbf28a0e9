/* SPDX-License-Identifier: MIT
 * client/iq: requests and their one answer, and what nobody here understands. */
#include "tests/unit/scene.h"
#include "tests/check.h"

static scene s;

#define OWN "alice@example.org"

static void begin(void)
{
    scene_init(&s);
    scene_login(&s);
}

/* The id of the newest iq that was sent. */
static const char *sent_id(void)
{
    static char id[40];
    const char *begin = strstr(scene_sent(&s), "<iq");
    begin = begin ? strstr(begin, " id='") : NULL;
    sprintf(id, "%.*s", begin ? (int)strcspn(begin + 5, "'") : 0, begin ? begin + 5 : "");
    return id;
}

/* Ask `to`, and be answered from `from` (NULL: no such attribute). */
static const char *asked_and_answered(const char *to, const char *from, const char *type)
{
    char answer[400];
    begin();
    CHECK_INT(scene_ask(&s, to, 0), 0);
    scene_turn(&s);
    sprintf(answer, "<iq xmlns='jabber:client' type='%s' id='%s' %s%s%s/>", type, sent_id(),
            from ? "from='" : "", from ? from : "", from ? "'" : "");
    scene_answer(&s, ""); /* the poll */
    scene_told(&s);
    scene_answer(&s, answer);
    const char *told = strstr(scene_told(&s), "answer ");
    SCENE_END(&s);
    return told ? told + strlen("answer ") : "ignored";
}

static void request_is_answered_with_a_result_or_an_error(void)
{
    CHECK_NEEDS("requests");
    CHECK_STR(asked_and_answered("bob@example.org/x", "bob@example.org/x", "result"), "OK");
    CHECK_STR(asked_and_answered("bob@example.org/x", "bob@example.org/x", "error"),
              "ERR_IQ_ERROR");
}

/* IQ-3 */
static void answer_from_another_address_is_no_answer(void)
{
    CHECK_NEEDS("requests");
    CHECK_STR(asked_and_answered("bob@example.org/x", "bob@example.org", "result"), "ignored");
    CHECK_STR(asked_and_answered("bob@example.org/x", "bob@example.org/y", "result"), "ignored");
    CHECK_STR(asked_and_answered("bob@example.org", "mallory@example.org", "result"), "ignored");
    CHECK_STR(asked_and_answered("bob@example.org", NULL, "result"), "ignored");
    CHECK_STR(asked_and_answered(NULL, "bob@example.org", "result"), "ignored");
    CHECK_STR(asked_and_answered(NULL, OWN "/elsewhere", "result"), "ignored");
    CHECK_STR(asked_and_answered(OWN "/here2", NULL, "result"), "ignored");
}

/* IQ-3 */
static void answer_of_the_own_account_may_come_from_several_addresses(void)
{
    CHECK_NEEDS("requests");
    static const char *const to[] = {NULL, OWN, "example.org"};
    static const char *const from[] = {NULL, OWN, OWN "/here", "example.org", "Alice@EXAMPLE.org"};
    for (size_t i = 0; i < 3; i++)
        for (size_t j = 0; j < 5; j++)
            CHECK_STR(asked_and_answered(to[i], from[j], "result"), "OK");
}

/* IQ-3 */
static void addresses_compare_without_case_except_the_resource(void)
{
    CHECK_NEEDS("requests");
    CHECK_STR(asked_and_answered("Bob@Example.ORG/x", "bob@example.org/x", "result"), "OK");
    CHECK_STR(asked_and_answered("bob@example.org/X", "bob@example.org/x", "result"), "ignored");
}

/* IQ-1: one payload, an id nobody can guess. */
static void ids_are_long_and_never_the_same(void)
{
    CHECK_NEEDS("requests");
    char ids[50][40];
    begin();
    for (int i = 0; i < 50; i++) {
        const bosh_writer *iq = bosh_client_iq(s.client, "get", NULL);
        CHECK_INT(bosh_writer_error(iq), 0);
        CHECK_INT(scene_ask(&s, NULL, 0), 0);
        scene_turn(&s);
        scene_advance(&s, 100);
        scene_answer(&s, "");
        scene_advance(&s, 100);
        strcpy(ids[i], sent_id());
        CHECK_INT(strlen(ids[i]), 16);
        for (int j = 0; j < i; j++)
            CHECK(strcmp(ids[i], ids[j]) != 0);
    }
    SCENE_END(&s);
}

/* SEC-4 */
static void request_without_entropy_is_refused(void)
{
    CHECK_NEEDS("requests");
    begin();
    s.seed.is_broken = 1;
    CHECK_INT(scene_ask(&s, NULL, 0), BOSH_ERR_ENTROPY);
    CHECK_STR(scene_told(&s), "");
    SCENE_END(&s);
}

/* IQ-4 */
static void request_times_out_once(void)
{
    CHECK_NEEDS("requests");
    begin();
    scene_ask(&s, NULL, 2000);
    scene_turn(&s);
    scene_advance(&s, 1999);
    CHECK_STR(scene_told(&s), "");
    scene_advance(&s, 1);
    CHECK_STR(scene_told(&s), "answer ERR_IQ_TIMEOUT");
    char late[200];
    sprintf(late, "<iq xmlns='jabber:client' type='result' id='%s'/>", sent_id());
    scene_answer(&s, late);
    scene_advance(&s, 100000);
    CHECK(!strstr(scene_told(&s), "answer"));
    SCENE_END(&s);
}

/* Its time runs while it waits for a session, too. */
static void request_that_cannot_be_sent_times_out(void)
{
    CHECK_NEEDS("requests");
    scene_init(&s);
    scene_open(&s);
    CHECK_INT(scene_ask(&s, NULL, 2000), 0);
    scene_turn(&s);
    scene_advance(&s, 1999);
    CHECK_STR(scene_told(&s), "");
    scene_advance(&s, 1);
    CHECK_STR(scene_told(&s), "answer ERR_IQ_TIMEOUT");
    SCENE_END(&s);
}

static void request_of_a_freed_client_is_not_told(void)
{
    CHECK_NEEDS("requests");
    begin();
    CHECK_INT(scene_ask(&s, NULL, 0), 0);
    scene_turn(&s);
    scene_told(&s);
    bosh_client_free(s.client);
    s.client = s.net.client = NULL;
    CHECK_STR(scene_told(&s), "");
    SCENE_END(&s);
}

/* IQ-4: 30 s and the wait, unless configured. */
static void request_has_a_default_limit(void)
{
    CHECK_NEEDS("requests");
    for (uint32_t limit_ms = 0; limit_ms <= 5000; limit_ms += 5000) {
        scene_init(&s);
        s.config.iq_timeout_ms = limit_ms;
        scene_login(&s);
        scene_ask(&s, NULL, 0);
        scene_turn(&s);
        uint64_t expected_ms = limit_ms ? limit_ms : 80000;
        for (uint64_t ms = 0; ms < expected_ms - 500; ms += 500) {
            scene_advance(&s, 500);
            if (ms % 20000 == 0)
                scene_answer(&s, "");
        }
        CHECK(!strstr(scene_told(&s), "answer"));
        scene_advance(&s, 500);
        CHECK(strstr(scene_told(&s), "answer ERR_IQ_TIMEOUT"));
        SCENE_END(&s);
    }
}

/* IQ-4: requests that left are over with the session; what is still queued is asked in the next. */
static void request_is_disconnected_with_its_session(void)
{
    CHECK_NEEDS("reconnect");
    CHECK_NEEDS("requests");
    scene_init(&s);
    s.config.reconnect = BOSH_RECONNECT_ALWAYS;
    scene_login(&s);
    scene_ask(&s, NULL, 0);
    scene_turn(&s); /* the window is full now */
    scene_ask(&s, "bob@example.org", 0);
    scene_turn(&s);
    scene_answer_as(&s, "type='terminate' condition='item-not-found'", "");
    CHECK_STR(scene_told(&s), "unknown 1, answer ERR_IQ_DISCONNECTED,"
                              " waiting to reconnect ERR_CONDITION");
    bosh_client_close(s.client, NULL);
    scene_turn(&s);
    CHECK_STR(scene_told(&s), "closing, answer ERR_IQ_DISCONNECTED, unsent 2, ended");
    SCENE_END(&s);
}

static void ask_again(bosh_client *client, int error, const bosh_stanza *answer, void *user)
{
    scene_on_answer(client, error, answer, user);
    if (++s.saves < 5) /* borrowed as a counter */
        scene_note(&s, "asks %s", bosh_error_name(scene_ask(&s, NULL, 1000)));
}

/* A program that asks again whenever it fails must not keep the client from ending. */
static void request_made_while_ending_is_refused(void)
{
    CHECK_NEEDS("requests");
    begin();
    bosh_writer *iq = bosh_client_iq(s.client, "get", NULL);
    bosh_writer_element(iq, "query", "t:ask", NULL);
    CHECK_INT(bosh_client_request(s.client, iq, 0, ask_again, &s), 0);
    scene_turn(&s);
    scene_answer_as(&s, "type='terminate'", "");
    CHECK_STR(scene_told(&s), "unknown 1, answer ERR_IQ_DISCONNECTED, asks BOSH_ERR_STATE,"
                              " ended ERR_TERMINATED");
    CHECK(bosh_client_deadline(s.client) == BOSH_NEVER);
    SCENE_END(&s);
}

static void what_is_no_request_is_refused(void)
{
    CHECK_NEEDS("requests");
    static const char *const stanzas[][2] = {
        {"message", "get"}, {"iq", "result"}, {"iq", "error"}, {"iq", NULL}, {"iq", "nonsense"}};
    begin();
    for (size_t i = 0; i < 5; i++) {
        bosh_writer *w = bosh_client_writer(s.client);
        bosh_writer_start(w, stanzas[i][0], NULL);
        bosh_writer_attribute(w, "type", stanzas[i][1]);
        bosh_writer_attribute(w, "id", "x");
        CHECK_INT(bosh_client_request(s.client, w, 0, scene_on_answer, &s), BOSH_ERR_STANZA_KIND);
    }
    bosh_writer *w = bosh_client_writer(s.client);
    bosh_writer_start(w, "iq", NULL);
    bosh_writer_attribute(w, "type", "get");
    CHECK_INT(bosh_client_request(s.client, w, 0, scene_on_answer, &s), BOSH_ERR_STANZA_KIND);
    CHECK_INT(bosh_client_request(s.client, w, 0, NULL, &s), BOSH_ERR_ARGUMENT);
    CHECK_INT(bosh_client_request(s.client, NULL, 0, scene_on_answer, &s), BOSH_ERR_ARGUMENT);
    CHECK_INT(bosh_client_request(NULL, w, 0, scene_on_answer, &s), BOSH_ERR_ARGUMENT);
    CHECK_INT(bosh_client_queued(s.client), 0);
    SCENE_END(&s);
}

static void request_without_memory_is_refused_and_not_called_back(void)
{
    CHECK_NEEDS("requests");
    begin();
    int error = BOSH_ERR_MEMORY;
    for (uint64_t n = 1; n < 20 && error; n++) {
        bosh_writer *iq = bosh_client_iq(s.client, "get", "bob@example.org");
        bosh_writer_element(iq, "query", "t:ask", NULL);
        s.alloc.fail_at = s.alloc.calls + n;
        error = bosh_client_request(s.client, iq, 1000, scene_on_answer, &s);
        CHECK(error == 0 || error == BOSH_ERR_MEMORY);
    }
    CHECK_INT(error, 0);
    s.alloc.fail_at = 0;
    scene_turn(&s);
    scene_advance(&s, 2000);
    CHECK_STR(scene_told(&s), "answer ERR_IQ_TIMEOUT");
    SCENE_END(&s);
}

/* ---------------------------------------------------------------------------------- being asked */

#define GET(id) "<iq xmlns='jabber:client' type='get' id='" id "' from='bob@example.org/x'>"

/* IQ-2 */
static void request_nobody_takes_is_answered_service_unavailable(void)
{
    begin(); /* a handler for everything does not count */
    scene_answer(&s, GET("q1") "<query xmlns='t:unknown'/></iq>");
    CHECK_STR(scene_told(&s), "iq q1");
    CHECK(
        strstr(scene_sent(&s),
               "<iq xmlns='jabber:client' type='error' to='bob@example.org/x' id='q1'>"
               "<error type='cancel'>"
               "<service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>"));
    SCENE_END(&s);
}

/* STZ-3 */
static void results_and_errors_are_never_answered(void)
{
    begin();
    scene_answer(&s, "<iq xmlns='jabber:client' type='result' id='a' from='x@y'/>"
                     "<iq xmlns='jabber:client' type='error' id='b' from='x@y'/>"
                     "<iq xmlns='jabber:client' id='c' from='x@y'/>"
                     "<message xmlns='jabber:client' type='error' id='d' from='x@y'/>");
    CHECK(strstr(scene_sent(&s), "'/>")); /* an empty poll */
    CHECK(!strstr(scene_sent(&s), "<iq"));
    SCENE_END(&s);
}

/* IQ-1: there is no valid answer to it. */
static int answer_in_vain(bosh_client *client, const bosh_stanza *iq, void *user)
{
    (void)user;
    CHECK_INT(bosh_client_send(client, bosh_client_iq_result(client, iq), NULL), BOSH_ERR_ARGUMENT);
    return 1;
}

static void request_without_an_id_is_never_answered(void)
{
    begin();
    bosh_match match = {.ns = "t:known"};
    bosh_handler_add(s.client, &match, answer_in_vain, NULL);
    scene_answer(&s, "<iq xmlns='jabber:client' type='get' from='x@y'><query xmlns='t:odd'/></iq>"
                     "<iq xmlns='jabber:client' type='set' id='' from='x@y'/>"
                     "<iq xmlns='jabber:client' type='get'><query xmlns='t:known'/></iq>");
    CHECK_STR(scene_told(&s), "iq -, iq , iq -");
    CHECK(!strstr(scene_sent(&s), "<iq"));
    SCENE_END(&s);
}

static int answer_query(bosh_client *client, const bosh_stanza *iq, void *user)
{
    (void)user;
    bosh_writer *w = bosh_client_iq_result(client, iq);
    bosh_writer_element(w, "query", "t:known", "42");
    CHECK_INT(bosh_client_send(client, w, NULL), 0);
    return 1;
}

static void request_that_is_taken_is_answered_by_its_handler_alone(void)
{
    bosh_match match = {.ns = "t:known"};
    scene_init(&s);
    s.is_deaf = 1;
    scene_open(&s);
    bosh_handler_add(s.client, &match, answer_query, NULL);
    scene_login(&s);
    scene_answer(&s, GET("q1") "<query xmlns='t:known'/></iq>");
    CHECK(strstr(scene_sent(&s), "<iq xmlns='jabber:client' type='result'"
                                 " to='bob@example.org/x' id='q1'>"
                                 "<query xmlns='t:known'>42</query></iq></body>"));
    SCENE_END(&s);
}

/* jabber:client is a namespace, too, but names nothing that could be understood. */
static void handler_for_the_namespace_of_all_stanzas_takes_no_request(void)
{
    bosh_match match = {.ns = "jabber:client", .name = "message"};
    begin();
    bosh_handler_add(s.client, &match, answer_query, NULL);
    match.name = NULL;
    match.type = "set";
    bosh_handler_add(s.client, &match, answer_query, NULL);
    match.ns = "t:known";
    match.type = NULL;
    bosh_handler_remove(s.client, bosh_handler_add(s.client, &match, answer_query, NULL));
    scene_answer(&s, GET("q1") "<query xmlns='t:known'/></iq>");
    CHECK(strstr(scene_sent(&s), "service-unavailable"));
    SCENE_END(&s);
}

/* The client's own answers do not count against the queue's limit. */
static void automatic_answer_is_sent_when_the_queue_is_full(void)
{
    scene_init(&s);
    s.config.queue_bytes_max = 200;
    scene_login(&s);
    scene_say(&s, "a");
    scene_turn(&s);
    while (scene_say(&s, "b"))
        ;
    scene_answer(&s, GET("q1") "<query xmlns='t:unknown'/></iq>");
    scene_advance(&s, 100);
    while (!strstr(scene_sent(&s), "service-unavailable") && !s.problems) {
        scene_answer(&s, "");
        scene_advance(&s, 100);
    }
    CHECK(strstr(scene_sent(&s), "service-unavailable"));
    SCENE_END(&s);
}

static const check_test tests[] = {
    {"request_is_answered_with_a_result_or_an_error",
     request_is_answered_with_a_result_or_an_error},
    {"answer_from_another_address_is_no_answer", answer_from_another_address_is_no_answer},
    {"answer_of_the_own_account_may_come_from_several_addresses",
     answer_of_the_own_account_may_come_from_several_addresses},
    {"addresses_compare_without_case_except_the_resource",
     addresses_compare_without_case_except_the_resource},
    {"ids_are_long_and_never_the_same", ids_are_long_and_never_the_same},
    {"request_without_entropy_is_refused", request_without_entropy_is_refused},
    {"request_times_out_once", request_times_out_once},
    {"request_that_cannot_be_sent_times_out", request_that_cannot_be_sent_times_out},
    {"request_of_a_freed_client_is_not_told", request_of_a_freed_client_is_not_told},
    {"request_has_a_default_limit", request_has_a_default_limit},
    {"request_is_disconnected_with_its_session", request_is_disconnected_with_its_session},
    {"request_made_while_ending_is_refused", request_made_while_ending_is_refused},
    {"what_is_no_request_is_refused", what_is_no_request_is_refused},
    {"request_without_memory_is_refused_and_not_called_back",
     request_without_memory_is_refused_and_not_called_back},
    {"request_nobody_takes_is_answered_service_unavailable",
     request_nobody_takes_is_answered_service_unavailable},
    {"results_and_errors_are_never_answered", results_and_errors_are_never_answered},
    {"request_without_an_id_is_never_answered", request_without_an_id_is_never_answered},
    {"request_that_is_taken_is_answered_by_its_handler_alone",
     request_that_is_taken_is_answered_by_its_handler_alone},
    {"handler_for_the_namespace_of_all_stanzas_takes_no_request",
     handler_for_the_namespace_of_all_stanzas_takes_no_request},
    {"automatic_answer_is_sent_when_the_queue_is_full",
     automatic_answer_is_sent_when_the_queue_is_full},
};
CHECK_MAIN(tests)
