// SPDX-License-Identifier: MIT
// The deliberate faults: what an engine could get wrong, as changes of single lines. A change names a
// file below core/, text that is in it exactly once, and what to put in its place.

const window = 'session/window.c';
const answer = 'session/answer.c';
const session = 'session/session.c';
const timing = 'session/timing.c';

/** @type {{title: string, changes: {file: string, from: string, to: string}[]}[]} */
export const mutations = [
    {
        title: 'window ignored (WIN-2)',
        changes: [
            { file: window, from: '#define WINDOW_MAX 2u', to: '#define WINDOW_MAX 9u' },
            { file: window, from: 'return session->requests < WINDOW_MAX ? session->requests : WINDOW_MAX;', to: 'return WINDOW_MAX;' },
            { file: window, from: 'if (!is_pair && is_unanswered(bosh_window_slot(session, session->next_rid - 2)))', to: 'if (0)' },
        ],
    },
    {
        title: 'the request before the last one may be unanswered (HOLD-4)',
        changes: [
            { file: window, from: '#define WINDOW_MAX 2u', to: '#define WINDOW_MAX 3u' },
            { file: window, from: 'if (!is_pair && is_unanswered(bosh_window_slot(session, session->next_rid - 2)))', to: 'if (0)' },
        ],
    },
    {
        title: 'no guard behind an empty poll (HOLD-4)',
        changes: [{ file: window, from: 'return begin_ms + (session->srtt_ms > GUARD_POLL_MS ? session->srtt_ms : GUARD_POLL_MS);', to: 'return begin_ms + GUARD_MS;' }],
    },
    {
        title: 'no guard behind data (HOLD-4)',
        changes: [{ file: window, from: '#define GUARD_MS 5u', to: '#define GUARD_MS 0u' }],
    },
    {
        title: 'age counted from the start though the upload is known (HOLD-4)',
        changes: [{ file: window, from: 'return tells ? slot->uploaded_ms : slot->started_ms;', to: 'return tells ? slot->started_ms : slot->started_ms;' }],
    },
    {
        title: 'repeated from the highest rid down (RTX-3)',
        changes: [{ file: window, from: 'if (slot->state == BOSH_SLOT_WAITING && (!lowest || slot->rid < lowest->rid))', to: 'if (slot->state == BOSH_SLOT_WAITING && (!lowest || slot->rid > lowest->rid))' }],
    },
    {
        title: 'a broken request is sent again under a new rid (RTX-2)',
        changes: [{
            file: answer, from: '    slot->state = BOSH_SLOT_WAITING;\n    slot->error = error;',
            to: '    if (slot->kind == BOSH_SLOT_DATA) {\n        bosh_item_prepend_list(&session->queue, &slot->items);\n        bosh_window_release(session, slot);\n        return;\n    }\n    slot->state = BOSH_SLOT_WAITING;\n    slot->error = error;',
        }],
    },
    {
        title: 'a broken request is forgotten (RTX-1)',
        changes: [{ file: answer, from: '    slot->state = BOSH_SLOT_WAITING;\n    slot->error = error;', to: '    bosh_session_settle(session, slot, 0);\n    bosh_window_release(session, slot);\n    return;' }],
    },
    {
        title: 'answers are taken as they come (ORD-1)',
        changes: [{ file: answer, from: '                               slot->answer.source_size);\n    bosh_answer_advance(session, now_ms);', to: '                               slot->answer.source_size);\n    (void)now_ms;\n    take_lowest(session, slot);' }],
    },
    {
        title: 'rids advance by two (RID-2)',
        changes: [{ file: window, from: '    session->next_rid++;\n    return slot;', to: '    session->next_rid += 2;\n    return slot;' }],
    },
    {
        title: 'unknown stanzas are not reported (SM-5)',
        changes: [{ file: session, from: 'bosh_item_append_list(&session->unknown, &slot->items);', to: 'bosh_item_free_list(session->options.allocator, &slot->items);' }],
    },
    {
        title: 'stanzas of a terminated rid count as delivered (SM-5)',
        changes: [{ file: answer, from: '    if (slot->body.type != BOSH_BODY_TERMINATE)\n        return 1;', to: '    if (session)\n        return 1;' }],
    },
    {
        title: 'an abandoned attempt is not cancelled (RTX-4)',
        changes: [{ file: window, from: '    if (attempt)\n        session->options.transport->cancel(', to: '    if (attempt == UINT32_MAX)\n        session->options.transport->cancel(' }],
    },
    {
        title: "type='error' counts as an answer (ERR-2)",
        changes: [{ file: answer, from: 'if (!error && slot->body.type == BOSH_BODY_ERROR &&', to: 'if (0 && slot->body.type == BOSH_BODY_ERROR &&' }],
    },
    {
        title: 'a second poll while one is open (HOLD-2)',
        changes: [{ file: window, from: 'if (session->state != BOSH_SESSION_OPEN || bosh_window_lowest(session))', to: 'if (session->state != BOSH_SESSION_OPEN)' }],
    },
    {
        title: 'polls are not spaced in a polling session (POLL-3)',
        changes: [{ file: window, from: '    if (is_polling_session(session) && session->is_last_empty) /* POLL-3 */', to: '    if (0 && is_polling_session(session)) /* POLL-3 */' }],
    },
    {
        title: 'unsent stanzas die with the session',
        changes: [{ file: 'client/lifecycle.c', from: 'bosh_item_prepend_list(&client->outbox, &session->queue);', to: 'bosh_item_free_list(&client->config.allocator, &session->queue);' }],
    },
    {
        title: 'unsent stanzas come back in the wrong order',
        changes: [{ file: 'client/lifecycle.c', from: 'bosh_item_prepend_list(&client->outbox, &session->queue);', to: 'bosh_item_append_list(&client->outbox, &session->queue);' }],
    },
    {
        title: 'anybody may answer a request (IQ-3)',
        changes: [{ file: 'client/iq.c', from: '    if (!from)\n        return is_own;', to: '    if (!from || *from)\n        return 1;' }],
    },
    {
        title: 'requests are not told of the end (IQ-4)',
        changes: [{ file: 'client/lifecycle.c', from: 'bosh_iq_disconnected(client, !comes_back);', to: '(void)comes_back;' }],
    },
    {
        title: 'a get that nobody handles is not answered (IQ-2)',
        changes: [{ file: 'client/pump.c', from: '            bosh_iq_refuse(client, stanza);', to: '            (void)0;' }],
    },
    {
        title: "the server's signature is not compared (SCR-6)",
        changes: [{ file: 'stream/scram.c', from: 'if (decoded != (int)scram->hash_size ||', to: 'if (decoded == -1 &&' }],
    },
    {
        title: 'the session is given up too early (RTX-7)',
        changes: [{ file: timing, from: 'session->last_answer_ms + inactivity_s * 1000u + bosh_timing_limit_ms(session, &ordinary);', to: 'session->last_answer_ms + inactivity_s * 100u + bosh_timing_limit_ms(session, &ordinary) / 8;' }],
    },
    {
        title: 'an attempt without an answer is waited for for ever (HTTP-10)',
        changes: [{ file: timing, from: '    return wait_s * 1000u + grace_ms;', to: '    return wait_s * 1000u + grace_ms + 1000000000u;' }],
    },
    {
        title: 'one HTTP 404 ends the session (LEG-2)',
        changes: [{ file: answer, from: 'return ++slot->refused >= 2;', to: 'return ++slot->refused >= 1;' }],
    },
    {
        title: 'one DOCTYPE ends the session (BODY-11)',
        changes: [{ file: answer, from: '#define HOSTILE_MAX 3', to: '#define HOSTILE_MAX 1' }],
    },
    {
        title: "one type='error' ends the session (ERR-3)",
        changes: [{ file: answer, from: '#define ERRORS_MAX 3', to: '#define ERRORS_MAX 1' }],
    },
    {
        title: 'the session id is sent as it came, not escaped (RSP-1)',
        changes: [{ file: 'session/body.c', from: '    bosh_buf_append_escaped(buf, value, strlen(value), 1);', to: '    bosh_buf_append(buf, value, strlen(value));' }],
    },
    {
        title: 'repetitions know no pause (RTX-6)',
        changes: [{ file: timing, from: 'if (is_stale && slot->broken <= 1 && !retry_after_s)', to: 'if (slot)' }],
    },
    {
        title: 'the next poll is a second late (HOLD-1)',
        changes: [{ file: window, from: '    return at_ms > spaced_ms ? at_ms : spaced_ms;\n}\n\n/* The lowest slot', to: '    if (!spaced_ms)\n        spaced_ms = session->last_answer_ms + 1000;\n    return at_ms > spaced_ms ? at_ms : spaced_ms;\n}\n\n/* The lowest slot' }],
    },
    {
        title: 'bodies know no size limit (BODY-14)',
        changes: [{ file: window, from: 'head_bytes + *bytes + item->size + sizeof(END_TAG) > session->options.body_bytes_max)', to: 'head_bytes + *bytes + item->size + sizeof(END_TAG) > SIZE_MAX / 2)' }],
    },
    {
        title: 'attempt ids begin anew with each session (INV-30)',
        changes: [{ file: session, from: '    session->last_attempt = last_attempt;', to: '    session->last_attempt = last_attempt * 0;' }],
    },
    {
        title: 'restart and bind leave together (4.2)',
        changes: [{ file: window, from: '    if (begin_ms == BOSH_NEVER)\n        return BOSH_NEVER;\n    if (slot->kind == BOSH_SLOT_EMPTY', to: '    if (is_pair)\n        return 0;\n    if (begin_ms == BOSH_NEVER)\n        return BOSH_NEVER;\n    if (slot->kind == BOSH_SLOT_EMPTY' }],
    },
    {
        title: 'the outbox goes to a session that is dead',
        changes: [{ file: 'session/session.c', from: '    if (session->last_item) { /* it was promised to the terminate request */', to: '    bosh_item_free_list(allocator, &session->queue);\n    if (session->last_item) { /* it was promised to the terminate request */' }],
    },
    {
        title: 'a session that nobody answers is believed in for ever (RTX-7)',
        changes: [{ file: timing, from: '    return lost_ms > session->lost_not_before_ms ? lost_ms : session->lost_not_before_ms;', to: '    return BOSH_NEVER - (lost_ms & 1);' }],
    },
    {
        title: 'a hand-over forgets what was queued',
        changes: [{ file: 'session/blob.c', from: '    save_inbox(session, buf);\n    bosh_blob_put_items(buf, &session->queue);', to: '    save_inbox(session, buf);\n    bosh_item_list none = {NULL, NULL, 0};\n    bosh_blob_put_items(buf, &none);' }],
    },
    {
        title: 'a hand-over forgets answers that wait for their turn',
        changes: [{ file: 'session/blob.c', from: 'int is_answered = slot->state == BOSH_SLOT_ANSWERED;', to: 'int is_answered = slot->state == BOSH_SLOT_ANSWERED && slot->rid == 0;' }],
    },
];
