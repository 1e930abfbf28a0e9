// SPDX-License-Identifier: MIT
// Two clients, alice and bob, who are online and know each other's full address.

import { Driver } from './driver.mjs';

/** Sends presence and waits until the server has taken it. @param {Driver} driver */
export async function announce(driver) {
    const after = driver.events.length;
    driver.say('presence');
    const own = driver.jid.split('/')[0];
    await driver.until('own presence', (event) =>
        event.event === 'presence' && event.type === null && event.from.startsWith(own), { after });
}

/**
 * Logs one in.
 * @param {import('../servers/rig.mjs').startRig} rig as startRig gives it
 * @param {string} name 'alice' or 'bob'
 * @param {{url?: string, more?: string[]}} [options]
 */
export async function logIn(rig, name, { url = rig.url, more = [] } = {}) {
    const driver = new Driver({ url, jid: `${name}@${rig.domain}`, password: rig.users[name],
        more: rig.ca ? ['--ca', rig.ca, ...more] : more });
    driver.jid = (await driver.online()).jid;
    return driver;
}

/** Logs alice and bob in, and announces them. */
export async function logInBoth(rig, options) {
    const both = await Promise.all([logIn(rig, 'alice', options), logIn(rig, 'bob', options)]);
    await Promise.all(both.map(announce));
    return both;
}
