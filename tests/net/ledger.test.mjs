// SPDX-License-Identifier: MIT
// The verdict of tests/net, on books that are made up.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ledger, judge } from './ledger.mjs';

/** Alice sends so many; bob gets what `write` does. */
function books(count, write) {
    const alice = new Ledger('alice');
    const bob = new Ledger('bob');
    for (let i = 0; i < count; i++) alice.took(alice.next(), i + 1);
    write(alice, bob);
    return judge(alice, bob);
}

/** @param {Ledger} bob */
const get = (bob, ...numbers) => numbers.forEach((number) => bob.came(number));

test('all of them once and in order', () => {
    const verdict = books(3, (alice, bob) => {
        alice.delivered(3);
        get(bob, 0, 1, 2);
    });
    assert.deepEqual(verdict, { problems: [], silent: [], lost: 0, gone: 0 });
});

test('one that is missing between two of the same session', () => {
    const { silent } = books(3, (alice, bob) => {
        alice.delivered(3);
        get(bob, 0, 2);
    });
    assert.deepEqual(silent, ["alice's 1: lost, and nobody was told"]);
});

test('the last ones, without a word', () => {
    const { silent } = books(3, (alice, bob) => {
        alice.delivered(3);
        get(bob, 0);
    });
    assert.deepEqual(silent, ["alice's 1, 2: lost, and nobody was told"]);
});

test('one that comes twice', () => {
    const { problems } = books(2, (alice, bob) => {
        alice.delivered(2);
        get(bob, 0, 1, 1);
    });
    assert.deepEqual(problems, ["alice's 1 came 2 times"]);
});

test('one that comes twice, in two sessions', () => {
    const { problems } = books(2, (alice, bob) => {
        alice.delivered(2);
        get(bob, 0, 1);
        bob.session++;
        get(bob, 1);
    });
    assert.deepEqual(problems, ["alice's 1 came 2 times"]);
});

test('the wrong order', () => {
    const { problems } = books(3, (alice, bob) => {
        alice.delivered(3);
        get(bob, 0, 2, 1);
    });
    assert.deepEqual(problems, ["alice's 1 came after 2"]);
});

test('missing, but the sender was told', () => {
    const verdict = books(5, (alice, bob) => {
        alice.delivered(2);
        alice.lost(3, 'unknown');
        alice.lost(4, 'unsent');
        alice.returned.add(1);
        alice.delivered(5);
        get(bob, 0, 4);
    });
    assert.deepEqual(verdict, { problems: [], silent: [], lost: 3, gone: 0 });
});

test('unknown, and there nevertheless', () => {
    const { problems } = books(2, (alice, bob) => {
        alice.delivered(1);
        alice.lost(2, 'unknown');
        get(bob, 0, 1);
    });
    assert.deepEqual(problems, []);
});

test('unsent, and there nevertheless', () => {
    const { problems } = books(2, (alice, bob) => {
        alice.delivered(1);
        alice.lost(2, 'unsent');
        get(bob, 0, 1);
    });
    assert.deepEqual(problems, ["alice's 1 came, though it was unsent"]);
});

test('missing where the receiver has lost its session', () => {
    const verdict = books(4, (alice, bob) => {
        alice.delivered(4);
        get(bob, 0);
        bob.session++;
        get(bob, 3);
    });
    assert.deepEqual(verdict, { problems: [], silent: [], lost: 0, gone: 2 });
});

test('what a server gives to a new session late, or not at all', () => {
    const verdict = books(8, (alice, bob) => {
        alice.delivered(8);
        get(bob, 0);
        bob.session++;
        bob.starts[1] = 6;
        get(bob, 5, 2, 3, 6, 7);
    });
    assert.deepEqual(verdict, { problems: [], silent: [], lost: 0, gone: 2 });
});

test('what is missing, or late, of those sent to the new session', () => {
    const { problems, silent } = books(8, (alice, bob) => {
        alice.delivered(8);
        get(bob, 0);
        bob.session++;
        bob.starts[1] = 3;
        get(bob, 1, 2, 4, 7, 6);
    });
    assert.deepEqual(problems, ["alice's 6 came after 7"]);
    const loss = (number) => `alice's ${number}: lost, and nobody was told`;
    assert.deepEqual(silent, [loss(3), loss(5)]);
});

test('missing in a session that was lost later', () => {
    const { silent } = books(4, (alice, bob) => {
        alice.delivered(4);
        get(bob, 0, 2);
        bob.session++;
        get(bob, 3);
    });
    assert.deepEqual(silent, ["alice's 1: lost, and nobody was told"]);
});

test('one of which nobody has said anything', () => {
    const { problems } = books(2, (alice, bob) => {
        alice.delivered(1);
        get(bob, 0, 1);
    });
    assert.deepEqual(problems, ["nobody said what became of alice's 1"]);
});

test('one that was accepted and then lost, by its sender', () => {
    const { problems } = books(1, (alice, bob) => {
        alice.delivered(1);
        alice.lost(1, 'unknown');
        get(bob, 0);
    });
    assert.deepEqual(problems, ["alice's 0 is unknown, and was delivered before"]);
});

test('one that nobody has sent', () => {
    const { problems } = books(1, (alice, bob) => {
        alice.delivered(1);
        get(bob, 0, 7);
    });
    assert.deepEqual(problems, ["alice's 7 was never sent"]);
});
