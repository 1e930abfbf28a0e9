// SPDX-License-Identifier: MIT
// How connection managers differ, as data for cm.mjs: what Prosody 0.12, ejabberd 23 and four
// generations of Openfire were seen to do, or do by their source.

const BIND = `<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>`;
const SESSION = `<session xmlns='urn:ietf:params:xml:ns:xmpp-session'/>`;
const LEGACY_SESSION = `<session xmlns='urn:ietf:params:xml:ns:xmpp-session'><optional/></session>`;

/**
 * @typedef {'stanzas' | 'released' | 'timeout' | 'restart'} AnswerKind what an answer is: it has
 *     stanzas, it is empty because another request came or because `wait` was over, or it has the
 *     features after a restart
 *
 * @typedef {'refuse' | 'hang' | 'hold' | 'end'} Again what a repeated request gets: item-not-found,
 *     nothing, what a poll gets, or the end of the session
 *
 * @typedef {object} Profile
 * @property {Record<string, string | number>} creation attributes of the answer to the creation;
 *     `wait` is the longest that is granted
 * @property {string[]} creationIds attributes there that repeat the session's id
 * @property {string[]} mechanisms
 * @property {string} early features that are told before the login already
 * @property {string} features those after it
 * @property {Record<string, string>} badResources resources that cannot be bound, and why
 * @property {boolean} needsRestart a bind without one ends the session
 * @property {Record<string, string>} restart attributes of the answer to one
 * @property {boolean} repeatsSid each answer tells the session's id
 * @property {'never' | 'higher' | 'different' | 'always'} ack when an answer tells the highest
 *     request id: if it is higher than, or different from, its own
 * @property {'data' | 'empty'} freed what the older request is answered with when a second one
 *     comes: what there is, or nothing
 * @property {'together' | 'first alone' | 'one by one'} results of one body
 * @property {{ keeps: number, older: Again, forgotten: { [kind in AnswerKind]?: Again } }} replay
 *     how many answers are repeated, what becomes of an older request, and of one whose answer was
 *     of a kind that is never repeated
 * @property {'swap' | 'both'} heldAgain a request that is held comes again: the older copy is
 *     answered, or both are
 * @property {boolean} runsTwice ... and its stanzas are carried out again
 * @property {boolean} waitsForGap a request that came too early is kept until those before it come
 * @property {boolean} overtakenIsLost ... but not if the one before it is empty: then the session
 *     ends
 * @property {'refuse' | 'end'} beyond what a request beyond the window gets
 * @property {boolean} countsFromAnswered the window begins at the last answered request, not at the
 *     last received
 * @property {boolean} policesPolls an empty request beside another one ends the session when the
 *     last empty one was less than `polling` ago
 * @property {boolean} noticesDrops a held request whose connection broke is not answered
 * @property {'terminate' | 'other-request' | 'empty'} left what a held request gets when the client
 *     ends the session
 * @property {boolean} isBare an unknown session is HTTP 404, a bad request 400, with HTML
 * @property {boolean} hasBareStreamErrors a stream error comes in a body without a type
 * @property {boolean} answersGet GET shows a page, not HTTP 404
 * @property {boolean} compresses answers to who asks for it
 * @property {number} idleS a connection that is not used so long is closed
 * @property {number} asksVersionMs so long after the bind the client is asked for its version;
 *     0: never
 * @property {'"' | "'"} quote
 * @property {string} empty how a body without content ends
 */

/** @type {Profile} */
const prosody = {
    creation: { wait: 60, requests: 2, hold: 1, inactivity: 60, ver: '1.6', polling: 5,
        'xmpp:version': '1.0', secure: 'true', from: 'localhost' },
    creationIds: ['sid', 'authid'],
    mechanisms: ['SCRAM-SHA-1', 'PLAIN'],
    early: '',
    features: BIND.replace('/>', '><required/></bind>') + LEGACY_SESSION,
    badResources: { taken: 'conflict', refused: 'not-allowed' },
    needsRestart: false,
    restart: {},
    repeatsSid: true,
    ack: 'never',
    freed: 'data',
    results: 'together',
    replay: { keeps: 2, older: 'refuse', forgotten: {} },
    heldAgain: 'swap',
    runsTwice: false,
    waitsForGap: true,
    overtakenIsLost: false,
    beyond: 'refuse',
    countsFromAnswered: false,
    policesPolls: false,
    noticesDrops: true,
    left: 'terminate',
    isBare: false,
    hasBareStreamErrors: false,
    answersGet: true,
    compresses: false,
    idleS: 100,
    asksVersionMs: 0,
    quote: `'`,
    empty: '></body>',
};

/** @type {Profile} */
const ejabberd = {
    ...prosody,
    creation: { ...prosody.creation, inactivity: 30, ver: '1.11', polling: 2, maxpause: 120,
        'xmpp:restartlogic': 'true', authid: '7364927364' },
    creationIds: ['sid'],
    mechanisms: ['SCRAM-SHA-512', 'SCRAM-SHA-256', 'SCRAM-SHA-1', 'PLAIN'],
    features: BIND + LEGACY_SESSION,
    needsRestart: true,
    restart: { 'xmlns:xmpp': 'urn:xmpp:xbosh', 'xmpp:version': '1.0', authid: '8273645182' },
    repeatsSid: false,
    freed: 'empty',
    results: 'one by one',
    replay: { keeps: 2, older: 'hang', forgotten: {} },
    overtakenIsLost: true,
    beyond: 'end',
    noticesDrops: false,
    left: 'other-request',
    empty: '/>',
};

/** Up to 4.3: strict with polls, and with what comes again. @type {Profile} */
const openfire41 = {
    ...prosody,
    creation: { wait: 5000, requests: 2, hold: 1, inactivity: 30, ver: '1.6', polling: 5,
        maxpause: 300, secure: 'true', from: 'localhost' },
    mechanisms: ['PLAIN', 'SCRAM-SHA-1', 'CRAM-MD5', 'DIGEST-MD5'],
    early: BIND + SESSION + `<register xmlns='http://jabber.org/features/iq-register'/>`,
    features: BIND + SESSION,
    repeatsSid: false,
    ack: 'always',
    freed: 'empty',
    results: 'first alone',
    replay: { keeps: 3, older: 'end',
        forgotten: { released: 'end', timeout: 'end', restart: 'end' } },
    heldAgain: 'both',
    runsTwice: true,
    waitsForGap: false,
    beyond: 'end',
    countsFromAnswered: true,
    policesPolls: true,
    noticesDrops: false,
    left: 'empty',
    isBare: true,
    hasBareStreamErrors: true,
    answersGet: false,
    idleS: 30,
    quote: '"',
    empty: '/>',
};

/** @type {Profile} */
const openfire39 = {
    ...openfire41,
    mechanisms: ['PLAIN', 'CRAM-MD5', 'DIGEST-MD5'],
    ack: 'higher',
    replay: { keeps: 3, older: 'end', forgotten: { released: 'end', timeout: 'end' } },
};

/** Written anew: nothing runs twice, polls are not policed any more. @type {Profile} */
const openfire47 = {
    ...openfire41,
    replay: { keeps: 3, older: 'end', forgotten: { released: 'end', restart: 'hold' } },
    heldAgain: 'swap',
    runsTwice: false,
    waitsForGap: true,
    countsFromAnswered: false,
    policesPolls: false,
    left: 'terminate',
    compresses: true,
    asksVersionMs: 5000,
};

/** @type {Profile} */
const openfire51 = { ...openfire47, ack: 'different' };

/** By the name of the server. */
export const profiles = {
    prosody,
    ejabberd,
    'openfire-3.9': openfire39,
    'openfire-4.1': openfire41,
    'openfire-4.7': openfire47,
    'openfire-5.1': openfire51,
};
