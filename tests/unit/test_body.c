/* SPDX-License-Identifier: MIT
 * session/body: the wrapper element, read and written. */
#include "session/body.h"
#include "base/mem.h"
#include "tests/check.h"

static bosh_document document;
static bosh_body body;

static void end(void)
{
    bosh_document_free(&document, bosh_mem_allocator(NULL));
    memset(&body, 0, sizeof(body));
}

/* Read an entity; body points into it until the next call. */
static int read(const char *entity)
{
    static const bosh_reader_limits limits = {100000, 64, 64, 1, 0, 0};
    end();
    int error =
        bosh_reader_parse(bosh_mem_allocator(NULL), &limits, entity, strlen(entity), &document);
    return error ? error : bosh_body_read(&document, &body);
}

#define BODY(attributes, payloads)                                                                 \
    "<body xmlns='" BOSH_NS_BODY "' " attributes ">" payloads "</body>"

/* BODY-12 */
static void root_that_is_no_body_is_foreign(void)
{
    CHECK_INT(read("<html/>"), BOSH_ERR_RESPONSE_FOREIGN);
    CHECK_INT(read("<body/>"), BOSH_ERR_RESPONSE_FOREIGN);
    CHECK_INT(read("<body xmlns='http://www.w3.org/1999/xhtml'/>"), BOSH_ERR_RESPONSE_FOREIGN);
    CHECK_INT(read("<bodies xmlns='" BOSH_NS_BODY "'/>"), BOSH_ERR_RESPONSE_FOREIGN);
    end();
}

/* BODY-9 */
static void body_of_any_writing_is_read(void)
{
    CHECK_INT(
        read(
            "<b:body  ver = \"1.6\"\n sid='a&amp;b' x:secure='1' xmlns:x='x' xmlns:b='" BOSH_NS_BODY
            "' unknown=''\t/>"),
        0);
    CHECK_STR(bosh_stanza_attribute(document.root, "ver"), "1.6");
    CHECK_STR(bosh_stanza_attribute(document.root, "sid"), "a&b");
    CHECK_INT(body.type, BOSH_BODY_PLAIN);
    CHECK(body.first_payload == NULL);
    end();
}

static int number(const char *name, uint16_t max)
{
    return bosh_body_number(document.root, name, max, 777);
}

/* RSP-18 */
static void numbers_that_are_none_count_as_absent(void)
{
    CHECK_INT(read(BODY("wait='60' requests='255' hold='0' inactivity='65535' polling='007'", "")),
              0);
    CHECK_INT(number("wait", 65535), 60);
    CHECK_INT(number("wait", 60), 60);
    CHECK_INT(number("wait", 59), 777);
    CHECK_INT(number("requests", 255), 255);
    CHECK_INT(number("hold", 255), 0);
    CHECK_INT(number("inactivity", 65535), 65535);
    CHECK_INT(number("polling", 65535), 7);
    CHECK_INT(number("pause", 65535), 777);
    CHECK_INT(read(BODY("wait='-1' requests='256' hold='' inactivity='65536' polling='5s'", "")),
              0);
    CHECK_INT(number("wait", 65535), 777);
    CHECK_INT(number("requests", 255), 777);
    CHECK_INT(number("hold", 255), 777);
    CHECK_INT(number("inactivity", 65535), 777);
    CHECK_INT(number("polling", 65535), 777);
    CHECK_INT(read(BODY("wait='+5' requests=' 2' hold='1.0' polling='99999999999999999999'", "")),
              0);
    CHECK_INT(number("wait", 65535), 777);
    CHECK_INT(number("requests", 255), 777);
    CHECK_INT(number("hold", 255), 777);
    CHECK_INT(number("polling", 65535), 777);
    end();
}

/* ERR-1 */
static void every_condition_is_known_by_its_name(void)
{
    char entity[300];
    for (bosh_condition c = BOSH_CONDITION_BAD_REQUEST; c < BOSH_CONDITION_UNKNOWN; c++) {
        sprintf(entity, BODY("type='terminate' condition='%s'", ""), bosh_condition_text(c));
        CHECK_INT(read(entity), 0);
        CHECK_INT(body.condition, c);
        CHECK_INT(body.type, BOSH_BODY_TERMINATE);
    }
    CHECK_INT(read(BODY("type='terminate' condition='full-moon'", "")), 0);
    CHECK_INT(body.condition, BOSH_CONDITION_UNKNOWN);
    CHECK_INT(read(BODY("type='terminate'", "")), 0);
    CHECK_INT(body.condition, BOSH_CONDITION_NONE);
    end();
}

static void type_is_terminate_error_or_plain(void)
{
    CHECK_INT(read(BODY("type='error'", "")), 0);
    CHECK_INT(body.type, BOSH_BODY_ERROR);
    CHECK_INT(read(BODY("type='Terminate'", "")), 0);
    CHECK_INT(body.type, BOSH_BODY_PLAIN);
    end();
}

/* BODY-9: text between the payloads is nothing. */
static void payloads_come_in_document_order(void)
{
    CHECK_INT(read(BODY("", " <a/>text<b><deep/></b>\n<c/>")), 0);
    const bosh_stanza *payload = body.first_payload;
    CHECK_STR(bosh_stanza_name(payload), "a");
    payload = bosh_body_next_payload(payload);
    CHECK_STR(bosh_stanza_name(payload), "b");
    payload = bosh_body_next_payload(payload);
    CHECK_STR(bosh_stanza_name(payload), "c");
    CHECK(bosh_body_next_payload(payload) == NULL);
    end();
}

/* ERR-8, BODY-10: a uri of another namespace is a payload like any other. */
static void uri_of_the_wrapper_is_no_payload(void)
{
    CHECK_INT(read(BODY("", "<uri>https://b.example/</uri><a/><uri/><uri xmlns='x'/><b/>")), 0);
    CHECK_STR(bosh_stanza_name(body.first_payload), "a");
    const bosh_stanza *foreign = bosh_body_next_payload(body.first_payload);
    CHECK_STR(bosh_stanza_namespace(foreign), "x");
    CHECK_STR(bosh_stanza_name(bosh_body_next_payload(foreign)), "b");
    end();
}

static const check_test tests[] = {
    {"root_that_is_no_body_is_foreign", root_that_is_no_body_is_foreign},
    {"body_of_any_writing_is_read", body_of_any_writing_is_read},
    {"numbers_that_are_none_count_as_absent", numbers_that_are_none_count_as_absent},
    {"every_condition_is_known_by_its_name", every_condition_is_known_by_its_name},
    {"type_is_terminate_error_or_plain", type_is_terminate_error_or_plain},
    {"payloads_come_in_document_order", payloads_come_in_document_order},
    {"uri_of_the_wrapper_is_no_payload", uri_of_the_wrapper_is_no_payload},
};
CHECK_MAIN(tests)
