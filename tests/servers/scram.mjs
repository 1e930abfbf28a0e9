// SPDX-License-Identifier: MIT
// The server's half of a SCRAM login (RFC 5802), for the scripted connection manager.

import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';

const ROUNDS = 4096;

/** One login. */
export class ScramServer {
    #hash;
    #password;
    #clientFirst;
    #serverFirst;

    /**
     * @param {string} mechanism 'SCRAM-SHA-256', say
     * @param {string} first what the client began with
     * @param {(user: string) => string | undefined} passwordOf
     */
    constructor(mechanism, first, passwordOf) {
        this.#hash = mechanism.slice(6).replace('SHA-', 'sha');
        this.#clientFirst = first.replace(/^n,[^,]*,/, '');
        /** Who logs in. */
        this.user = /n=([^,]*)/.exec(this.#clientFirst)?.[1] ?? '';
        this.#password = passwordOf(this.user);
        this.salt = randomBytes(16);
        const nonce = /r=([^,]*)/.exec(this.#clientFirst)?.[1] ?? '';
        this.#serverFirst = `r=${nonce}${randomBytes(12).toString('hex')},` +
            `s=${this.salt.toString('base64')},i=${ROUNDS}`;
    }

    /** The challenge. */
    get challenge() {
        return this.#serverFirst;
    }

    /** The server's own proof, or null when that of the client is wrong. @param {string} final */
    finish(final) {
        const [, bare, proof] = /^(.*),p=([^,]*)$/.exec(final) ?? [];
        if (this.#password === undefined || !proof) return null;
        const size = createHash(this.#hash).digest().length;
        const hmac = (key, text) => createHmac(this.#hash, key).update(text).digest();
        const salted = pbkdf2Sync(this.#password, this.salt, ROUNDS, size, this.#hash);
        const said = `${this.#clientFirst},${this.#serverFirst},${bare}`;
        const clientKey = hmac(salted, 'Client Key');
        const signature = hmac(createHash(this.#hash).update(clientKey).digest(), said);
        const wanted = clientKey.map((byte, i) => byte ^ signature[i]).toString('base64');
        if (proof !== wanted) return null;
        return `v=${hmac(hmac(salted, 'Server Key'), said).toString('base64')}`;
    }
}
