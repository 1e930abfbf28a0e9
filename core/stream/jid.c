/* SPDX-License-Identifier: MIT
 * Addresses: splitting by the shape RFC 7622 gives them, and comparing. */
#include "stream/jid.h"

#include "base/text.h"

#include <string.h>

#define PART_SIZE_MAX 1023

static int is_part(bosh_slice part, const char *forbidden)
{
    if (part.size == 0 || part.size > PART_SIZE_MAX || bosh_text_check(part.data, part.size) != 0)
        return 0;
    for (size_t i = 0; i < part.size; i++) {
        unsigned char c = (unsigned char)part.data[i];
        if (c < 0x20 || c == 0x7F || strchr(forbidden, c))
            return 0;
    }
    return 1;
}

/* Cut where the characters say so, without judging the parts. */
static void cut(const char *jid, bosh_slice *local, bosh_slice *domain, bosh_slice *resource)
{
    static const bosh_slice absent = {NULL, 0};
    size_t bare = strcspn(jid, "/");
    const char *at = memchr(jid, '@', bare);
    *local = absent;
    *resource = absent;
    if (jid[bare] == '/') {
        resource->data = jid + bare + 1;
        resource->size = strlen(jid + bare + 1);
    }
    domain->data = jid;
    domain->size = bare;
    if (at) {
        local->data = jid;
        local->size = (size_t)(at - jid);
        domain->data = at + 1;
        domain->size = bare - local->size - 1;
    }
}

int bosh_jid_split(const char *jid, bosh_slice *local, bosh_slice *domain, bosh_slice *resource)
{
    bosh_slice parts[3];
    if (!jid)
        return BOSH_ERR_JID;
    cut(jid, &parts[0], &parts[1], &parts[2]);
    if ((parts[0].data && !is_part(parts[0], " \"&'/:<>@")) || !is_part(parts[1], " \"&'/<>@") ||
        (parts[2].data && !is_part(parts[2], "")))
        return BOSH_ERR_JID;
    *local = parts[0];
    *domain = parts[1];
    *resource = parts[2];
    return 0;
}

static char folded(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

int bosh_jid_same_part(bosh_slice a, bosh_slice b)
{
    if (a.size != b.size)
        return 0;
    for (size_t i = 0; i < a.size; i++)
        if (folded(a.data[i]) != folded(b.data[i]))
            return 0;
    return 1;
}

static bosh_slice bare_of(const char *jid)
{
    bosh_slice bare = {jid, strcspn(jid, "/")};
    return bare;
}

int bosh_jid_same_bare(const char *a, const char *b)
{
    if (!a || !b)
        return a == b;
    return bosh_jid_same_part(bare_of(a), bare_of(b));
}

int bosh_jid_same(const char *a, const char *b)
{
    if (!a || !b)
        return a == b;
    return bosh_jid_same_bare(a, b) && strcmp(a + bare_of(a).size, b + bare_of(b).size) == 0;
}
