/* SPDX-License-Identifier: MIT
 * What kind of world a seed is: the manager it meets, the network between, how much is said. */
#ifndef SIM_KNOBS_H
#define SIM_KNOBS_H

#include <bosh/bosh.h>
#include "world/seed.h"

typedef enum cm_flavour { CM_SPEC, CM_PROSODY, CM_EJABBERD, CM_OPENFIRE, CM_FLAVOURS } cm_flavour;

/* What a manager does differently (docs/protocol.md section 7). The first group belongs to a
 * flavour, the second may happen with any of them. */
enum {
    QUIRK_DUPLICATE_ERROR = 1 << 0,   /* old exchange of a held rid: type='error', not empty */
    QUIRK_OVERTAKEN_STUCK = 1 << 1,   /* a rid that overtook an empty poll is stuck (HOLD-4) */
    QUIRK_ONE_RESULT = 1 << 2,        /* one payload an answer: results shift to later rids */
    QUIRK_SID_REPEATED = 1 << 3,      /* sid in every answer */
    QUIRK_UNKNOWN_404 = 1 << 4,       /* unknown sid: HTTP 404 and a page */
    QUIRK_EVICTED_SILENT = 1 << 5,    /* replay of a forgotten rid: no answer at all */
    QUIRK_TERMINATE_ALL = 1 << 6,     /* terminate on every outstanding rid */
    QUIRK_TERMINATE_OTHER = 1 << 7,   /* other-request on the held ones */
    QUIRK_RESTART_FORGOTTEN = 1 << 8, /* the answer to a restart is not kept for replay (RTX-9) */
    QUIRK_REAPER = 1 << 9,            /* dead sessions are looked for every 30 s only */
    QUIRK_BIND_EARLY = 1 << 10,       /* bind among the features before the login (XMPP-12) */
    QUIRK_ECHO = 1 << 11,             /* a repeated request is answered with itself (RTX-12) */
    QUIRK_FORGETFUL = 1 << 12,        /* a broken request is unknown when repeated (RTX-13) */

    QUIRK_EMPTY_REPLAY = 1 << 13,   /* a held request that was repeated may be replayed empty */
    QUIRK_FEATURES_EARLY = 1 << 14, /* the restart is not waited for: features with success */

    QUIRK_FEATURES_LATE = 1 << 16, /* no features in the creation answer (RSP-16) */
    QUIRK_UNQUALIFIED = 1 << 17,   /* stanzas without a namespace of their own (BODY-10) */
    QUIRK_PREFIXED = 1 << 18,      /* the wrapper has a prefix (BODY-9) */
    QUIRK_NO_REQUESTS = 1 << 19,   /* no `requests` attribute (RSP-3) */
    QUIRK_NO_INACTIVITY = 1 << 20, /* RSP-5, RTX-7 */
    QUIRK_NO_POLLING = 1 << 21,    /* RSP-6 */
    QUIRK_NO_HOLD = 1 << 22,       /* RSP-4 */
    QUIRK_LEGACY = 1 << 23,        /* no `ver` (VER-3) */
    QUIRK_BAD_SIGNATURE = 1 << 24, /* the server cannot prove itself (SCR-6, INV-21) */
    QUIRK_ACKS = 1 << 25,          /* ack, report and time, though nobody asked for them */
    QUIRK_OFFERS = 1 << 26         /* pause, keys and streams are offered, and odd features */
};

typedef struct sim_knobs {
    cm_flavour flavour;
    unsigned quirks;
    uint32_t requests, hold, wait_s, inactivity_s, polling_s;
    uint32_t reply_ms;  /* results come up to this much later */
    uint32_t gather_ms; /* payloads wait this long for company */

    uint32_t client_wait_s;
    size_t client_body_bytes_max, client_queue_bytes_max; /* the latter 0: the default */
    bosh_schedule schedule;
    bosh_reconnect reconnect;
    const char *mechanism;
    unsigned capabilities; /* BOSH_TRANSPORT_... */

    uint32_t up_ms, down_ms, up_jitter_ms, down_jitter_ms;
    uint32_t fault_permille;     /* of exchanges */
    uint32_t calamity_permille;  /* of application steps: outage, sleep, restart ... */
    uint32_t late_copy_permille; /* abandoned requests that still arrive, dead answers too */
    uint32_t memory_permille;    /* of application steps: an allocation soon fails */

    uint32_t up_target, down_target; /* stanzas */
    uint32_t faults_target;
    uint32_t burst_max, gap_ms_max;
    uint8_t is_traced_by_client; /* log and trace callbacks are set (INV-27) */
    uint8_t is_abandoned;        /* the client is freed without a close */
} sim_knobs;

void knobs_draw(sim_knobs *knobs, world_seed *seed);
const char *knobs_flavour_name(cm_flavour flavour);
/* Effective values as the client must understand them (RSP-2, 3, 4, 5). */
uint32_t knobs_window(const sim_knobs *knobs);
uint32_t knobs_inactivity_ms(const sim_knobs *knobs);
/* How long the client must at least keep trying without an answer (RTX-7). */
uint32_t knobs_patience_ms(const sim_knobs *knobs);
uint32_t knobs_polling_s(const sim_knobs *knobs);
int knobs_is_polling(const sim_knobs *knobs);

#endif
