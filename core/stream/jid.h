/* SPDX-License-Identifier: MIT
 * Addresses. The public part (bosh_jid_...) is in bosh.h. */
#ifndef BOSH_STREAM_JID_H
#define BOSH_STREAM_JID_H

#include <bosh/bosh.h>

/* Compare one part, ASCII case folded. */
int bosh_jid_same_part(bosh_slice a, bosh_slice b);

#endif
