/* SPDX-License-Identifier: MIT
 * What this build has (options BOSH_WITH_... of CMake), as 1 or 0. Code asks by `if`, so that each
 * build compiles all of it; what can then never be called the linker leaves out. */
#ifndef BOSH_BASE_BUILD_H
#define BOSH_BASE_BUILD_H

#ifdef BOSH_WITHOUT_TEXTS
#define BOSH_HAS_TEXTS 0
#else
#define BOSH_HAS_TEXTS 1 /* of errors, and the log */
#endif

#ifdef BOSH_WITHOUT_SHA512
#define BOSH_HAS_SHA512 0
#else
#define BOSH_HAS_SHA512 1 /* SCRAM-SHA-512 and -384 */
#endif

#ifdef BOSH_WITHOUT_MOVING
#define BOSH_HAS_MOVING 0
#else
#define BOSH_HAS_MOVING 1 /* a session: export, import, attach and the journal */
#endif

#ifdef BOSH_WITHOUT_SOURCE
#define BOSH_HAS_SOURCE 0
#else
#define BOSH_HAS_SOURCE 1 /* received elements as they were written: their bytes, their prefixes */
#endif

#if BOSH_HAS_MOVING && !BOSH_HAS_SOURCE
#error "BOSH_WITHOUT_SOURCE needs BOSH_WITHOUT_MOVING: what is not yet delivered moves as written"
#endif

#if defined(BOSH_WITHOUT_TRACE) || !BOSH_HAS_SOURCE
#define BOSH_HAS_TRACE 0
#else
#define BOSH_HAS_TRACE 1
#endif

#ifdef BOSH_WITHOUT_PARTS
#define BOSH_HAS_PARTS 0
#else
#define BOSH_HAS_PARTS 1 /* payloads told element by element */
#endif

#ifdef BOSH_WITHOUT_REQUESTS
#define BOSH_HAS_REQUESTS 0
#else
#define BOSH_HAS_REQUESTS 1 /* bosh_client_request: an iq, and what its answer calls */
#endif

#ifdef BOSH_WITHOUT_RECONNECT
#define BOSH_HAS_RECONNECT 0
#else
#define BOSH_HAS_RECONNECT 1 /* bosh_config.reconnect: a new session for one that broke */
#endif

#ifdef BOSH_WITHOUT_STEERING
#define BOSH_HAS_STEERING 0
#else
#define BOSH_HAS_STEERING 1 /* a login in the program's hands (SASL-14), or asking it (SASL-7) */
#endif

#ifdef BOSH_WITHOUT_TOKENS
#define BOSH_HAS_TOKENS 0
#else
#define BOSH_HAS_TOKENS 1 /* OAUTHBEARER and X-OAUTH2 (SASL-13) */
#endif

/* What a session with one well-known server can do without: the pair of restart and bind (S1), the
 * legacy session request (BIND-5), see-other-uri (ERR-8, with reconnect), the checks of RSP-12,
 * echoes (RTX-12), requests that a server has forgotten (RTX-13), unknown conditions by their
 * general name (STZ-4), stanzas without a namespace (BODY-10), servers that hold no request
 * (POLL-1: they are refused), ANONYMOUS and EXTERNAL (SASL-11), names and passwords beyond ASCII
 * (SASL-10); and the built-in parser takes any letter beyond ASCII for one that may stand in a
 * name, and compares attributes each with each, however many they are (64, if attributes_max is not
 * set). */
#ifdef BOSH_WITHOUT_EXTRAS
#define BOSH_HAS_EXTRAS 0
#else
#define BOSH_HAS_EXTRAS 1
#endif

#endif
