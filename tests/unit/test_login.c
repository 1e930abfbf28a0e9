/* SPDX-License-Identifier: MIT
 * stream/login: the elements of the login, both ways. */
#include "tests/unit/duo.h"
#include "tests/check.h"
#include "world/scram.h"

#include <stdlib.h>

static duo d;

#define AUTH(mechanism, data)                                                                      \
    "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='" mechanism "'>" data "</auth>"
#define FAILURE(condition) SASL("failure") "<" condition "/><text>why</text></failure>"

static void end(void)
{
    CHECK_INT(duo_deinit(&d), 0);
}

static void begin(const char *offer)
{
    duo_init(&d);
    duo_begin(&d);
    CHECK_INT(duo_hear(&d, offer), 0);
}

/* SASL-3, SASL-9: base64 of "\0alice\0pencil" */
static void plain_login_sends_an_initial_response(void)
{
    begin(OFFER(MECHANISM("PLAIN")));
    CHECK_STR(duo_send(&d, 0), AUTH("PLAIN", "AGFsaWNlAHBlbmNpbA=="));
    CHECK_INT(d.stream.state, BOSH_STREAM_AUTHENTICATING);
    CHECK_STR(duo_send(&d, 1000), "");
    end();
}

/* SASL-3, SASL-11: no initial response is written "=". */
static void empty_initial_response_is_an_equals_sign(void)
{
    CHECK_NEEDS("EXTERNAL");
    duo_init(&d);
    d.options.credentials.allowed = "EXTERNAL";
    duo_begin(&d);
    duo_hear(&d, OFFER(MECHANISM("PLAIN") MECHANISM("EXTERNAL")));
    CHECK_STR(duo_send(&d, 0), AUTH("EXTERNAL", "="));
    duo_hear(&d, SUCCESS);
    CHECK_STR(duo_send(&d, 0), "[ to='example.org' xml:lang='en' from='alice@example.org'"
                               " xmpp:restart='true' xmlns:xmpp='urn:xmpp:xbosh']");
    end();
}

/* XMPP-6, XMPP-7 */
static void restart_is_an_empty_body_with_attributes(void)
{
    begin(OFFER(MECHANISM("PLAIN")));
    duo_send(&d, 0);
    duo_hear(&d, SUCCESS);
    CHECK_STR(duo_send(&d, 0), "[ to='example.org' xml:lang='en' xmpp:restart='true'"
                               " xmlns:xmpp='urn:xmpp:xbosh']");
    CHECK_STR(duo_send(&d, 0), "");
    end();
}

/* BIND-1, BIND-3 */
static void bind_asks_for_the_resource_or_for_none(void)
{
    static const char *const resources[] = {NULL, "a<b>&'c"};
    static const char *const expected[] = {BIND "</iq>",
                                           "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
                                           "<resource>a&lt;b&gt;&amp;'c</resource></bind></iq>"};
    for (size_t i = 0; i < 2; i++) {
        duo_init(&d);
        d.options.resource = resources[i];
        duo_begin(&d);
        duo_hear(&d, OFFER(MECHANISM("PLAIN")));
        duo_send(&d, 0);
        duo_hear(&d, SUCCESS);
        duo_send(&d, 0);
        duo_hear(&d, FEATURES(BIND));
        duo_send(&d, 0);
        CHECK(strncmp(d.sent, "<iq xmlns='jabber:client' type='set' id='", 41) == 0);
        CHECK_INT(strlen(d.id), 16); /* IQ-1 */
        CHECK_STR(d.sent + 41 + 16 + 2, expected[i]);
        end();
    }
}

/* What comes back as Base64 in an element of SASL, or goes out as such. */
static char *decode(const char *element)
{
    static char text[1000];
    size_t size;
    const char *begin = strchr(element, '>');
    snprintf(text, sizeof(text), "%.*s", (int)strcspn(begin + 1, "<"), begin + 1);
    char *data = world_base64_decode(text, &size);
    snprintf(text, sizeof(text), "%s", data ? data : "");
    free(data);
    return text;
}

static void hear_data(const char *element, const char *data)
{
    char xml[1000];
    char *base64 = world_base64_encode(data, strlen(data));
    snprintf(xml, sizeof(xml), "<%s xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>%s</%s>", element,
             base64, element);
    duo_hear(&d, xml);
    free(base64);
}

/* SCRAM-SHA-256 up to the client's proof, which is checked; the server's signature. */
static const char *scram_until_proof(void)
{
    static char signature[102];
    char first[200], server_first[300], final[400], proof[100];
    begin(OFFER(MECHANISM("SCRAM-SHA-256") MECHANISM("PLAIN")));
    CHECK(strstr(duo_send(&d, 0), "mechanism='SCRAM-SHA-256'"));
    snprintf(first, sizeof(first), "%s", decode(d.sent));
    CHECK(strncmp(first, "n,,n=alice,r=", 13) == 0);
    snprintf(server_first, sizeof(server_first), "r=%sX,s=c2FsdA==,i=4096", first + 13);
    hear_data("challenge", server_first);
    CHECK(strstr(duo_send(&d, 0), "<response"));
    snprintf(final, sizeof(final), "%s", decode(d.sent));
    char *given = strstr(final, ",p=");
    CHECK(given != NULL);
    if (!given)
        return "";
    *given = '\0';
    world_scram facts = {"SCRAM-SHA-256", "pencil", first, server_first, final};
    memcpy(signature, "v=", 3);
    CHECK_INT(world_scram_compute(&facts, proof, signature + 2), 0);
    CHECK_STR(given + 3, proof);
    return signature;
}

/* SASL-6, SCR-5, SCR-6 */
static void scram_login_verifies_the_server(void)
{
    hear_data("success", scram_until_proof());
    CHECK_INT(d.stream.state, BOSH_STREAM_RESTARTING);
    CHECK_STR(d.keys.mechanism, "SCRAM-SHA-256");
    end();
}

/* SCR-6: the signature may come as a last challenge, which is answered empty. */
static void scram_signature_in_a_challenge_is_taken(void)
{
    hear_data("challenge", scram_until_proof());
    CHECK_STR(duo_send(&d, 0), SASL("response") "</response>");
    duo_hear(&d, SUCCESS);
    CHECK_INT(d.stream.state, BOSH_STREAM_RESTARTING);
    end();
}

/* INV-21 */
static void success_without_the_signature_is_no_success(void)
{
    scram_until_proof();
    duo_hear(&d, SUCCESS);
    CHECK_INT(d.stream.error, BOSH_ERR_SCRAM_SIGNATURE);
    end();
    scram_until_proof();
    hear_data("success", "v=bm90IHRoZSByaWdodCBvbmU=");
    CHECK_INT(d.stream.error, BOSH_ERR_SCRAM_SIGNATURE);
    end();
}

/* SCR-4: the derivation is done in slices, so that no pump takes long. */
static void key_derivation_is_spread_over_runs(void)
{
    char server_first[300];
    duo_init(&d);
    d.options.rounds_per_run = 1000;
    duo_begin(&d);
    duo_hear(&d, OFFER(MECHANISM("SCRAM-SHA-1")));
    duo_send(&d, 0);
    snprintf(server_first, sizeof(server_first), "r=%sX,s=c2FsdA==,i=4096", decode(d.sent) + 13);
    hear_data("challenge", server_first);
    for (int i = 0; i < 4; i++) {
        CHECK_INT(bosh_stream_deadline(&d.stream), 0);
        CHECK(!bosh_stream_is_waiting(&d.stream));
        CHECK_STR(duo_send(&d, 0), "");
    }
    CHECK(strstr(duo_send(&d, 0), "<response"));
    CHECK(bosh_stream_is_waiting(&d.stream));
    end();
}

/* SASL-7 */
static void failure_is_reported_with_condition_and_text(void)
{
    begin(OFFER(MECHANISM("PLAIN")));
    duo_send(&d, 0);
    duo_hear(&d, FAILURE("account-disabled"));
    CHECK_INT(d.stream.state, BOSH_STREAM_FAILED);
    CHECK_INT(d.stream.error, BOSH_ERR_AUTH);
    CHECK_STR(d.stream.condition, "account-disabled");
    CHECK_STR(d.stream.text, "why");
    end();
    begin(OFFER(MECHANISM("PLAIN")));
    duo_send(&d, 0);
    duo_hear(&d, SASL("failure") "<text>first</text><not-authorized/></failure>");
    CHECK_STR(d.stream.condition, "not-authorized");
    end();
    begin(OFFER(MECHANISM("PLAIN")));
    duo_send(&d, 0);
    duo_hear(&d, SASL("failure") "</failure>");
    CHECK_INT(d.stream.error, BOSH_ERR_AUTH);
    end();
}

/* SASL-7: offered, then refused: the next one, in the same session. */
static void refused_mechanism_gives_way_to_the_next(void)
{
    CHECK_NEEDS("SCRAM-SHA-512");
    begin(OFFER(MECHANISM("SCRAM-SHA-512") MECHANISM("SCRAM-SHA-1") MECHANISM("PLAIN")));
    CHECK(strstr(duo_send(&d, 0), "SCRAM-SHA-512"));
    duo_hear(&d, FAILURE("invalid-mechanism"));
    CHECK(strstr(duo_send(&d, 0), "SCRAM-SHA-1"));
    duo_hear(&d, FAILURE("mechanism-too-weak"));
    CHECK(strstr(duo_send(&d, 0), "'PLAIN'"));
    duo_hear(&d, FAILURE("invalid-mechanism"));
    CHECK_INT(d.stream.error, BOSH_ERR_AUTH);
    CHECK_STR(d.stream.condition, "invalid-mechanism");
    end();
}

/* A wrong password is asked for again where the program wants that, and only there. */
static void refused_password_is_asked_for_again(void)
{
    CHECK_NEEDS("steering");
    duo_init(&d);
    d.options.ask_credentials = 1;
    duo_begin(&d);
    duo_hear(&d, OFFER(MECHANISM("PLAIN")));
    duo_send(&d, 0);
    duo_hear(&d, FAILURE("not-authorized"));
    CHECK_INT(d.stream.state, BOSH_STREAM_CREDENTIALS);
    CHECK_INT(bosh_stream_poll(&d.stream), BOSH_STREAM_EVENT_CREDENTIALS);
    CHECK_INT(d.stream.error, BOSH_ERR_AUTH);
    CHECK(bosh_stream_poll(&d.stream) != BOSH_STREAM_EVENT_CREDENTIALS);
    CHECK_STR(duo_send(&d, 1000000), ""); /* people take their time */
    d.stream.options.credentials.password = "other";
    bosh_stream_credentials_changed(&d.stream);
    CHECK_STR(duo_send(&d, 0), AUTH("PLAIN", "AGFsaWNlAG90aGVy"));
    end();
}

/* SASL-4 */
static void elements_out_of_turn_break_the_login(void)
{
    static const char *const early[] = {SASL("challenge") "</challenge>", SUCCESS,
                                        FAILURE("aborted")};
    for (size_t i = 0; i < 3; i++) {
        duo_init(&d);
        duo_begin(&d);
        duo_hear(&d, early[i]);
        CHECK_INT(d.stream.error, BOSH_ERR_SASL);
        end();
    }
    begin(OFFER(MECHANISM("PLAIN")));
    duo_send(&d, 0);
    duo_hear(&d, SASL("challenge") "</challenge>"); /* PLAIN has none */
    CHECK_INT(d.stream.error, BOSH_ERR_SASL);
    end();
}

static void data_that_is_no_base64_breaks_the_login(void)
{
    begin(OFFER(MECHANISM("SCRAM-SHA-1")));
    duo_send(&d, 0);
    duo_hear(&d, SASL("challenge") "not base64!</challenge>");
    CHECK_INT(d.stream.error, BOSH_ERR_SASL);
    end();
}

/* SCR-1, SEC-4 */
static void login_without_entropy_fails(void)
{
    begin(OFFER(MECHANISM("SCRAM-SHA-1")));
    d.below.seed.is_broken = 1;
    CHECK_STR(duo_send(&d, 0), "");
    CHECK_INT(d.stream.error, BOSH_ERR_ENTROPY);
    end();
}

/* SASL-4 */
static void unknown_elements_and_early_challenges_break_the_login(void)
{
    begin(OFFER(MECHANISM("PLAIN")));
    duo_send(&d, 0);
    duo_hear(&d, SASL("mechanisms") "</mechanisms>");
    CHECK_INT(d.stream.error, BOSH_ERR_SASL);
    end();
}

/* SASL-3: "=" is data of no length. */
static void success_with_an_equals_sign_has_no_data(void)
{
    begin(OFFER(MECHANISM("PLAIN")));
    duo_send(&d, 0);
    duo_hear(&d, SASL("success") "=</success>");
    CHECK_INT(d.stream.error, 0);
    CHECK_INT(d.stream.state, BOSH_STREAM_RESTARTING);
    end();
}

/* SEC-4 */
static void bind_without_entropy_fails(void)
{
    begin(OFFER(MECHANISM("PLAIN")));
    duo_send(&d, 0);
    duo_hear(&d, SUCCESS);
    duo_send(&d, 0);
    d.below.seed.is_broken = 1;
    duo_hear(&d, FEATURES(BIND));
    CHECK_STR(duo_send(&d, 0), "");
    CHECK_INT(d.stream.error, BOSH_ERR_ENTROPY);
    end();
}

static const check_test tests[] = {
    {"plain_login_sends_an_initial_response", plain_login_sends_an_initial_response},
    {"empty_initial_response_is_an_equals_sign", empty_initial_response_is_an_equals_sign},
    {"restart_is_an_empty_body_with_attributes", restart_is_an_empty_body_with_attributes},
    {"bind_asks_for_the_resource_or_for_none", bind_asks_for_the_resource_or_for_none},
    {"scram_login_verifies_the_server", scram_login_verifies_the_server},
    {"scram_signature_in_a_challenge_is_taken", scram_signature_in_a_challenge_is_taken},
    {"success_without_the_signature_is_no_success", success_without_the_signature_is_no_success},
    {"key_derivation_is_spread_over_runs", key_derivation_is_spread_over_runs},
    {"failure_is_reported_with_condition_and_text", failure_is_reported_with_condition_and_text},
    {"refused_mechanism_gives_way_to_the_next", refused_mechanism_gives_way_to_the_next},
    {"refused_password_is_asked_for_again", refused_password_is_asked_for_again},
    {"elements_out_of_turn_break_the_login", elements_out_of_turn_break_the_login},
    {"data_that_is_no_base64_breaks_the_login", data_that_is_no_base64_breaks_the_login},
    {"login_without_entropy_fails", login_without_entropy_fails},
    {"unknown_elements_and_early_challenges_break_the_login",
     unknown_elements_and_early_challenges_break_the_login},
    {"success_with_an_equals_sign_has_no_data", success_with_an_equals_sign_has_no_data},
    {"bind_without_entropy_fails", bind_without_entropy_fails},
};
CHECK_MAIN(tests)
