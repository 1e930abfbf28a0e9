/* SPDX-License-Identifier: MIT
 * Form of a request: BODY-1..6, the attributes each kind may and must have, what it may carry. */
#include "world/wire.h"

#include <string.h>

static void blame(world_request *request, const char *rule, const char *problem)
{
    if (request->rule)
        return;
    request->rule = rule;
    request->problem = problem;
}

int world_decimal(const char *text, uint64_t *number)
{
    uint64_t value = 0;
    if (!text || text[0] < '1' || text[0] > '9' || strlen(text) > 16)
        return 0;
    for (; *text; text++) {
        if (*text < '0' || *text > '9')
            return 0;
        value = value * 10 + (uint64_t)(*text - '0');
    }
    *number = value;
    return 1;
}

static int is_one_of(const char *name, const char *const *names)
{
    while (*names && strcmp(*names, name) != 0)
        names++;
    return *names != NULL;
}

/* No attribute outside of `allowed`; the first `needed` of them must be there. */
static void check_attributes(world_request *request, const char *const *allowed, size_t needed,
                             const char *rule)
{
    const world_node *root = request->document.root;
    for (size_t i = 0; i < needed; i++) {
        if (!world_node_attribute(root, allowed[i]))
            blame(request, rule, allowed[i]);
    }
    for (size_t i = 0; i < root->attribute_count; i++) {
        if (!is_one_of(root->attributes[i].name, allowed))
            blame(request, rule, root->attributes[i].name);
    }
}

static void check_kind_attributes(world_request *request)
{
    static const char *const creation[] = {
        "xmlns",      "rid",          "to",    "ver",     "wait", "hold", "xml:lang",
        "xmlns:xmpp", "xmpp:version", "route", "content", "from", NULL};
    static const char *const ordinary[] = {"xmlns", "rid", "sid", NULL};
    static const char *const restart[] = {"xmlns",      "rid",          "sid",  "to", "xml:lang",
                                          "xmlns:xmpp", "xmpp:restart", "from", NULL};
    static const char *const terminate[] = {"xmlns", "rid", "sid", "type", NULL};
    const world_node *root = request->document.root;
    switch (request->kind) {
    case WORLD_CREATION:
        check_attributes(request, creation, 9, "CRE-13");
        break;
    case WORLD_RESTART:
        check_attributes(request, restart, 7, "XMPP-6");
        if (strcmp(world_node_attribute(root, "xmpp:restart"), "true") != 0)
            blame(request, "XMPP-6", "xmpp:restart is not 'true'");
        break;
    case WORLD_TERMINATE:
        check_attributes(request, terminate, 4, "TERM-1");
        if (strcmp(world_node_attribute(root, "type"), "terminate") != 0)
            blame(request, "ERR-6", "a type other than 'terminate'");
        break;
    default:
        check_attributes(request, ordinary, 3, "BODY-7");
    }
    const char *xmpp = world_node_attribute(root, "xmlns:xmpp");
    if (xmpp && strcmp(xmpp, WORLD_NS_XBOSH) != 0)
        blame(request, "CRE-11", "the prefix xmpp stands for something else");
}

/* Attributes of families that are not built: pause, acknowledgements, keys. */
static void check_unbuilt(world_request *request)
{
    static const struct {
        const char *attribute, *rule;
    } unbuilt[] = {{"pause", "INV-13"}, {"ack", "INV-14"}, {"report", "INV-14"},
                   {"time", "INV-14"},  {"key", "INV-15"}, {"newkey", "INV-15"}};
    for (size_t i = 0; i < sizeof(unbuilt) / sizeof(unbuilt[0]); i++)
        if (world_node_attribute(request->document.root, unbuilt[i].attribute))
            blame(request, unbuilt[i].rule, unbuilt[i].attribute);
}

static int is_sasl(const world_node *payload)
{
    static const char *const names[] = {"auth", "response", "abort", NULL};
    return strcmp(world_node_ns(payload), WORLD_NS_SASL) == 0 && is_one_of(payload->name, names);
}

static int is_stanza(const world_node *payload)
{
    static const char *const names[] = {"message", "presence", "iq", NULL};
    const char *ns = world_node_attribute(payload, "xmlns");
    return ns && strcmp(ns, WORLD_NS_CLIENT) == 0 && is_one_of(payload->name, names);
}

static void check_iq(world_request *request, const world_node *iq)
{
    const char *type = world_node_attribute(iq, "type");
    const char *id = world_node_attribute(iq, "id");
    const world_node *child = world_node_child(iq, NULL, NULL);
    if (!id || !id[0])
        blame(request, "IQ-1", "an iq without id");
    if (!type)
        blame(request, "IQ-1", "an iq without type");
    else if ((strcmp(type, "get") == 0 || strcmp(type, "set") == 0) &&
             (!child || world_node_sibling(child, NULL, NULL)))
        blame(request, "IQ-1", "an iq get or set without exactly one payload");
}

/* One class of content (XMPP-1), each payload of a known sort (XMPP-2, 3, 5). */
static world_kind check_payloads(world_request *request)
{
    size_t sasl = 0, stanzas = 0;
    const world_node *payload = world_node_child(request->document.root, NULL, NULL);
    for (; payload; payload = world_node_sibling(payload, NULL, NULL)) {
        if (is_sasl(payload)) {
            sasl++;
        } else if (is_stanza(payload)) {
            stanzas++;
            if (strcmp(payload->name, "iq") == 0)
                check_iq(request, payload);
        } else {
            blame(request, "XMPP-3",
                  "a payload that is no stanza with xmlns='jabber:client' and "
                  "no SASL element");
        }
    }
    if (sasl && stanzas)
        blame(request, "XMPP-1", "SASL elements and stanzas in one body");
    return sasl ? WORLD_SASL : stanzas ? WORLD_STANZAS : WORLD_EMPTY;
}

static void check_form(world_request *request, const char *entity, size_t size)
{
    const world_document *document = &request->document;
    const world_node *root = document->root;
    if (size < 6 || memcmp(entity, "<body", 5) != 0 || (entity[5] != ' ' && entity[5] != '/'))
        blame(request, "BODY-5", "the entity does not begin with an unprefixed <body");
    if (!world_node_is(root, "body", WORLD_NS_HTTPBIND))
        blame(request, "BODY-1", "the root is not body in the httpbind namespace");
    for (const world_node *node = root->first; node; node = node->next) {
        if (!node->name)
            blame(request, "BODY-2", "text directly inside the root");
    }
    if (document->seen & WORLD_SEEN_DECLARATION)
        blame(request, "BODY-4", "an XML declaration");
    if (document->seen)
        blame(request, "BODY-3", "a comment, a processing instruction or a DTD");
    if (!world_decimal(world_node_attribute(root, "rid"), &request->rid) ||
        request->rid > WORLD_RID_MAX)
        blame(request, "RID-4", "rid is missing or no plain decimal up to 2^53-1");
}

void world_request_read(world_request *request, const char *entity, size_t size)
{
    memset(request, 0, sizeof(*request));
    if (!world_document_parse(&request->document, entity, size)) {
        blame(request, "BODY-4", request->document.error);
        return;
    }
    const world_node *root = request->document.root;
    check_form(request, entity, size);
    world_kind content = check_payloads(request);
    request->sid = world_node_attribute(root, "sid");
    if (!request->sid)
        request->kind = WORLD_CREATION;
    else if (world_node_attribute(root, "xmpp:restart"))
        request->kind = WORLD_RESTART;
    else if (world_node_attribute(root, "type"))
        request->kind = WORLD_TERMINATE;
    else
        request->kind = content;
    check_unbuilt(request);
    check_kind_attributes(request);
    if (content != WORLD_EMPTY && request->kind == WORLD_CREATION)
        blame(request, "CRE-14", "a payload in the creation request");
    if (content != WORLD_EMPTY && request->kind == WORLD_RESTART)
        blame(request, "XMPP-7", "a payload in the restart request");
}

void world_request_deinit(world_request *request)
{
    world_document_deinit(&request->document);
}

const world_node *world_request_bind(const world_request *request)
{
    const world_node *iq = world_node_child(request->document.root, "iq", WORLD_NS_CLIENT);
    for (; iq; iq = world_node_sibling(iq, "iq", WORLD_NS_CLIENT)) {
        if (world_node_child(iq, "bind", WORLD_NS_BIND))
            return iq;
    }
    return NULL;
}

int world_answer_read(world_document *answer, const char *entity, size_t size)
{
    return world_document_parse(answer, entity, size) && !(answer->seen & WORLD_SEEN_DOCTYPE) &&
           world_node_is(answer->root, "body", WORLD_NS_HTTPBIND);
}
