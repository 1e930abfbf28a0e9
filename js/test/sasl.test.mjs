// SPDX-License-Identifier: MIT
// Mechanisms as classes: the examples of the RFCs, and servers that lie.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Strophe } from '../node.js';

Strophe.setLogLevel(Strophe.LogLevel.FATAL);

/** What mechanisms need of a connection. */
function connectionOf(pass) {
  return {
    authcid: 'user',
    pass,
    failures: 0,
    _sasl_data: {},
    _sasl_failure_cb() {
      this.failures++;
      return false;
    },
  };
}

const examples = [
  {
    // RFC 5802, section 5
    Mechanism: Strophe.SASLSHA1,
    nonce: 'fyko+d2lbbFgONRv9qkxdawL',
    challenge: 'r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096',
    answer: 'c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=',
    signature: 'rmF9pqV8S7suAoZWja4dJRkFsKQ=',
  },
  {
    // RFC 7677, section 3
    Mechanism: Strophe.SASLSHA256,
    nonce: 'rOprNGfwEbeRWgbNEkqO',
    challenge:
      'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096',
    answer:
      'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,' +
      'p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
    signature: '6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=',
  },
];

for (const { Mechanism, nonce, challenge, answer, signature } of examples)
  test(`${new Mechanism().mechname}: the RFC's example, and with the keys alone`, async () => {
    const mechanism = new Mechanism();
    const connection = connectionOf('pencil');
    assert.equal(mechanism.clientChallenge(connection, nonce), `n,,n=user,r=${nonce}`);
    assert.equal(await mechanism.onChallenge(connection, challenge), answer);
    assert.equal(connection._sasl_data['server-signature'], signature);

    const later = connectionOf(connection._sasl_data.keys);
    mechanism.clientChallenge(later, nonce);
    assert.equal(await mechanism.onChallenge(later, challenge), answer);
  });

test('challenges that are refused', async () => {
  const challenges = [
    'r=other,s=QSXCR+Q6sek8bf92,i=4096',
    'r=nonce,s=QSXCR+Q6sek8bf92,i=4096',
    'r=nonceX,s=QSXCR+Q6sek8bf92,i=4095',
    'r=nonceX,s=QSXCR+Q6sek8bf92,i=1000000000',
    'r=nonceX,s=QSXCR+Q6sek8bf92,i=many',
    'r=nonceX,s=,i=4096',
    'r=nonceX,s=*,i=4096',
    'm=ext,r=nonceX,s=QSXCR+Q6sek8bf92,i=4096',
    '',
  ];
  for (const challenge of challenges) {
    const connection = connectionOf('pencil');
    const mechanism = new Strophe.SASLSHA1();
    mechanism.clientChallenge(connection, 'nonce');
    assert.equal(await mechanism.onChallenge(connection, challenge), false, challenge);
    assert.equal(connection.failures, 1);
  }
});

test('two logins do not draw the same nonce', () => {
  const first = () => new Strophe.SASLSHA1().clientChallenge(connectionOf('x'));
  assert.notEqual(first(), first());
});

test('mechanisms can be subclassed', () => {
  class Mine extends Strophe.SASLMechanism {
    constructor() {
      super('MINE', true, 99);
    }
    onChallenge() {
      return 'said';
    }
  }
  assert.equal(new Mine().clientChallenge({}), 'said');
  assert.throws(() => new Strophe.SASLMechanism('X', true, 1).onChallenge(), /implement/);
  assert.throws(() => new Strophe.SASLAnonymous().clientChallenge(), /isClientFirst/);
  assert.throws(() => Strophe.SASLMechanism('X'), TypeError);
});
