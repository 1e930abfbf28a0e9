/* SPDX-License-Identifier: MIT
 * The wrapper element of XEP-0124. */
#include "session/body.h"
#include "base/text.h"

#include <string.h>

uint16_t bosh_body_number(const bosh_stanza *body, const char *name, uint16_t max,
                          uint16_t otherwise)
{
    uint32_t value;
    const char *text = bosh_stanza_attribute(body, name);
    return bosh_text_number(text, max, &value) ? (uint16_t)value : otherwise;
}

static bosh_condition read_condition(const char *text)
{
    if (!text)
        return BOSH_CONDITION_NONE;
    for (bosh_condition c = BOSH_CONDITION_BAD_REQUEST; c < BOSH_CONDITION_UNKNOWN; c++)
        if (strcmp(bosh_condition_text(c), text) == 0)
            return c;
    return BOSH_CONDITION_UNKNOWN;
}

static int is_payload(const bosh_stanza *element)
{
    return !bosh_stanza_is(element, "uri", BOSH_NS_BODY);
}

static const bosh_stanza *skip_to_payload(const bosh_stanza *element)
{
    while (element && !is_payload(element))
        element = bosh_stanza_next(element, NULL, NULL);
    return element;
}

int bosh_body_read(const bosh_document *document, bosh_body *body)
{
    const bosh_stanza *root = document->root;
    memset(body, 0, sizeof(*body));
    if (!bosh_stanza_is(root, "body", BOSH_NS_BODY))
        return BOSH_ERR_RESPONSE_FOREIGN;
    const char *type = bosh_stanza_attribute(root, "type");
    if (bosh_text_equal(type, "terminate"))
        body->type = BOSH_BODY_TERMINATE;
    else if (bosh_text_equal(type, "error"))
        body->type = BOSH_BODY_ERROR;
    body->condition = read_condition(bosh_stanza_attribute(root, "condition"));
    body->first_payload = skip_to_payload(bosh_stanza_child(root, NULL, NULL));
    return BOSH_OK;
}

const bosh_stanza *bosh_body_next_payload(const bosh_stanza *payload)
{
    return skip_to_payload(bosh_stanza_next(payload, NULL, NULL));
}
