/* SPDX-License-Identifier: MIT
 * A login that the program has in hand (SASL-14): where it stops, and what may be done there.
 *
 *               <auth/>           <success/>            continue
 *     LOGIN ---------------> SASL ----------> SUCCESS ------------> restart, as always
 *       |  <-- <failure/> ----|
 *       | continue                                      continue
 *       '-----------> login, as always ... BIND --------------------> bind, as always */
#ifndef BOSH_STREAM_STEER_H
#define BOSH_STREAM_STEER_H

#include "base/build.h"
#include "stream/stream.h"
#include "xml/writer.h"

/* Where it has stopped. */
static inline bosh_stream_stop bosh_steer_place(const bosh_stream *stream)
{
    return BOSH_HAS_STEERING ? stream->stop : BOSH_STOP_NONE;
}

/* It is the program's turn, at this place. */
void bosh_steer_stop(bosh_stream *stream, bosh_stream_stop stop);
/* An element that came while the program has the login in hand. */
void bosh_steer_receive(bosh_stream *stream, const bosh_stanza *element);
/* Nobody answered <abort/> (SASL-8); 1 when there was one. */
int bosh_steer_give_up(bosh_stream *stream);
/* Queue an element of the program's. ERR_STATE, ERR_STANZA_KIND, ERR_PLAIN_NEEDS_HTTPS,
 * ERR_MEMORY. */
int bosh_steer_send(bosh_stream *stream, bosh_session *session, const bosh_writer *element);
/* The client does the next step by itself. ERR_STATE when only the program can. */
int bosh_steer_continue(bosh_stream *stream);

/* In stream.c: the result of a bind (BIND-2). */
void bosh_stream_bound(bosh_stream *stream, const bosh_stanza *iq);

#endif
