// SPDX-License-Identifier: MIT
// The books of one client, and the verdict over two of them: did every number arrive once, or is
// it accounted for?

/** What became of a message, as its sender was told. */
const FATES = ['sent', 'delivered', 'unknown', 'unsent', 'refused'];

export class Ledger {
    /** What was sent, by number. @type {{ticket: number, fate: string}[]} */
    sent = [];
    /** What has come, in this order. @type {{number: number, session: number}[]} */
    received = [];
    /** How many sessions were lost so far. */
    session = 0;
    /** For each session, how many the other had sent when it began. */
    starts = [0];
    /** Numbers that the server sent back. @type {Set<number>} */
    returned = new Set();
    /** Reports that cannot be true. @type {string[]} */
    nonsense = [];
    #numbers = new Map();
    #settled = 0;
    #seen = new Set();

    constructor(name) {
        this.name = name;
    }

    /** A message is about to be sent. @returns {number} its number */
    next() {
        return this.sent.push({ ticket: 0, fate: 'sent' }) - 1;
    }

    /** @param {number} number @param {number} ticket */
    took(number, ticket) {
        this.sent[number].ticket = ticket;
        this.#numbers.set(ticket, number);
    }

    /** @param {number} number */
    refused(number) {
        this.sent[number].fate = 'refused';
    }

    /** All up to this ticket were accepted. @param {number} ticket */
    delivered(ticket) {
        for (; this.#settled < this.sent.length; this.#settled++) {
            const one = this.sent[this.#settled];
            if (one.ticket > ticket || (!one.ticket && one.fate === 'sent')) return;
            if (one.fate === 'sent') one.fate = 'delivered';
        }
    }

    /** @param {number} ticket @param {'unknown' | 'unsent'} fate */
    lost(ticket, fate) {
        const number = this.#numbers.get(ticket);
        if (number === undefined) return; // a presence, say
        const one = this.sent[number];
        if (one.fate !== 'sent')
            this.nonsense.push(`${this.name}'s ${number} is ${fate}, and was ${one.fate} before`);
        one.fate = fate;
    }

    /** A new session is there. @param {Ledger} from the other's books */
    begins(from) {
        this.starts[this.session] = from.sent.length;
    }

    /** @param {number} number */
    came(number) {
        this.received.push({ number, session: this.session });
        this.#seen.add(number);
    }

    /** @param {number} number */
    has(number) {
        return this.#seen.has(number);
    }

    /** How many of the sent have each fate. */
    get fates() {
        return Object.fromEntries(FATES.map((fate) =>
            [fate, this.sent.filter((one) => one.fate === fate).length]));
    }
}

/** Was it sent before this session? Such numbers a server may have given to the session before, and
 * lost with it, or bring to this one later than newer ones. */
const isOlder = (to, number, session) => number < (to.starts[session] ?? Infinity);

/** @param {Ledger} from @param {Ledger} to */
function judgeOrder(from, to, problems) {
    let last = { number: -1, session: -1 };
    const times = new Map();
    for (const one of to.received) {
        times.set(one.number, (times.get(one.number) ?? 0) + 1);
        const isNew = one.session !== last.session;
        if (!isNew && one.number < last.number && !isOlder(to, one.number, one.session))
            problems.push(`${from.name}'s ${one.number} came after ${last.number}`);
        if (isNew || one.number > last.number) last = one;
    }
    for (const [number, count] of times) {
        if (count > 1) problems.push(`${from.name}'s ${number} came ${count} times`);
        if (!from.sent[number]) problems.push(`${from.name}'s ${number} was never sent`);
        else if (['unsent', 'refused'].includes(from.sent[number].fate))
            problems.push(`${from.name}'s ${number} came, though it was ${from.sent[number].fate}`);
    }
    return times;
}

/**
 * What is wrong with the messages from one to the other, when all is over. A number that did not
 * arrive is accounted for when its sender was told that it may be lost, when the server sent it
 * back, or when the receiver was told that a session is lost that may have had it: between the
 * number before it and the number after it, or one before the session in which those came.
 *
 * @param {Ledger} from @param {Ledger} to
 * @returns {{problems: string[], silent: string[], lost: number, gone: number}} silent: losses
 *     without a word; lost: those with a word to the sender; gone: with the receiver's session
 */
export function judge(from, to) {
    const problems = [...from.nonsense];
    const silent = [];
    const times = judgeOrder(from, to, problems);
    const sessions = new Map(to.received.map(({ number, session }) => [number, session]));
    let lost = 0;
    let gone = 0;
    /** The session in which the last number before came, and those for which that is not known. */
    let before = 0;
    let missing = [];
    const weigh = (session) => {
        const numbers = missing.filter((number) => !isOlder(to, number, session));
        if (numbers.length)
            silent.push(`${from.name}'s ${numbers.join(', ')}: lost, and nobody was told`);
        gone += missing.length - numbers.length;
        missing = [];
    };
    from.sent.forEach(({ fate }, number) => {
        if (fate === 'sent') problems.push(`nobody said what became of ${from.name}'s ${number}`);
        if (times.has(number)) {
            if (sessions.get(number) === before) weigh(before);
            gone += missing.length;
            missing = [];
            before = Math.max(before, sessions.get(number));
        } else if (['delivered', 'sent'].includes(fate) && !from.returned.has(number))
            missing.push(number);
        else lost++;
    });
    if (before === to.session) weigh(before);
    return { problems, silent, lost, gone: gone + missing.length };
}
