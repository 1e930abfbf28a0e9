// SPDX-License-Identifier: MIT
// The firmware with TLS on an emulated board, against Nginx in front of a real Prosody.

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { makeCertificates } from '../../tests/servers/certificates.mjs';
import { startRig } from '../../tests/servers/rig.mjs';
import { speak } from '../../tests/servers/speak.mjs';
import { until } from '../../tests/servers/child.mjs';
import { startDevice, users } from './device.mjs';

const { BOSH_BOARD: board, BOSH_FIRMWARE: firmware } = process.env;
const options = { timeout: 120_000 };

let rig, other;
before(async () => {
    rig = await startRig({ server: 'prosody', proxy: 'nginx', tls: true, users });
    const directory = join(rig.directory, 'other');
    mkdirSync(directory);
    other = makeCertificates(directory);
}, options);
after(() => rig?.stop());

/** @param {object} [changes] of the settings of a device that works */
const start = (changes = {}) => startDevice({ board, firmware, url: rig.secureUrl, ca: rig.ca,
    directory: rig.directory, ...changes });
const sees = (device, pattern) => until(() => pattern.test(device.out),
    () => `${pattern} in\n${device.out}${device.said}`, 60_000);

test('logs in by TLS 1.2 with ECDHE, writes, and leaves', options, async () => {
    const device = start({ readings: 1, ca: [other.ca, rig.ca] }); // any of its authorities
    assert.equal(await device.ended, 0, device.out + device.said);
    assert.match(device.out, /TLSv1\.2 TLS-ECDHE-ECDSA-WITH-AES-128-GCM-SHA256/);
    assert.match(device.out, /I am device@localhost\/board/);
});

test('takes a message of 4 KB, and comes back when its connections were cut', options, async () => {
    const device = start();
    await sees(device, /I am device@localhost/);
    const text = 'lorem ipsum '.repeat(340);
    await speak({ url: rig.serverUrl, user: 'alice', password: users.alice, stanzas: [
        `<message to='device@localhost/board' type='chat' xmlns='jabber:client'><body>${text}` +
        '</body></message>'] });
    await sees(device, new RegExp(`command: ${text}`));
    assert.doesNotMatch(device.out, /recovering/);
    await rig.proxy.stop('SIGKILL');
    await sees(device, /recovering/);
    await rig.proxy.start();
    await sees(device, /recovering[^]*online/);
    device.child.kill();
    await device.ended;
});

/** It must say why, send nothing, and end. */
async function refuses(changes, pattern) {
    const device = start({ readings: 1, ...changes });
    assert.equal(await device.ended, 1, device.out + device.said);
    assert.match(device.out, pattern, device.out + device.said);
    assert.doesNotMatch(device.out, /TLSv1|authenticating/);
}

test('trusts no other authority', options, () =>
    refuses({ ca: other.ca }, /ended: .*certificate/));

test('trusts no certificate for another name', options, () =>
    refuses({ url: rig.secureUrl.replace('localhost', '10.0.2.2') }, /ended: .*certificate/));

test('trusts no certificate whose time is over', options, async () => {
    makeCertificates(dirname(rig.ca), { days: -1 });
    await rig.proxy.stop();
    await rig.proxy.start();
    await refuses({}, /ended: .*certificate/);
});

test('starts nothing without an authority', options, () =>
    refuses({ ca: [] }, /no client: .*certificate/));

test('does not do without TLS', options, () =>
    refuses({ url: rig.url }, /ended: /));
