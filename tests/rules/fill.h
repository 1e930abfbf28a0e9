/* SPDX-License-Identifier: MIT
 * What stands in braces in a transcript: values that only the run knows.
 *
 *   {rid} {sid} {id}   of the request that was expected last (id: of its first iq)
 *   {nonce}            the client's SCRAM nonce
 *   {base64 TEXT}      TEXT as SASL carries it
 *   {proof} {signature} the right ones for this exchange
 *   {times N TEXT}     TEXT N times
 *   {byte HH}          one byte, for what a text file cannot hold
 *
 * and what a server says in a login: {session} (attributes), {offer MECHANISM...}, {success},
 * {features}, {bound}; and the namespaces {sasl} {bind} {streams} {xmpp-streams} {stanzas}. */
#ifndef BOSH_RULES_FILL_H
#define BOSH_RULES_FILL_H

#include "stage.h"

typedef struct fill {
    char rid[24], sid[80], id[80], nonce[200], mechanism[40];
    char *client_first, *server_first, *client_final; /* of the SCRAM exchange */
} fill;

void fill_deinit(fill *values);
/* Take what a request shows. */
void fill_learn(fill *values, const world_attempt *attempt);
/* Replace what is in braces. malloc'd and NUL-terminated, *size may hold more NULs; NULL when a
 * word is unknown, which is then in `why`. */
char *fill_expand(fill *values, const char *text, size_t *size, char *why, size_t why_size);

#endif
