// SPDX-License-Identifier: MIT
// A private certificate authority and one server certificate for localhost, made with openssl.

import { writeFileSync, readFileSync, chmodSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './child.mjs';

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

/**
 * Makes ca.pem, cert.pem, key.pem and both.pem (certificate and key in one file) in `directory`.
 * @param {string} directory
 * @param {{days?: number}} [options] how long the server's certificate is valid; -1: it was
 * @returns {{ca: string, cert: string, key: string, both: string}} their paths
 */
export function makeCertificates(directory, { days = 30 } = {}) {
    const at = (name) => join(directory, name);
    const openssl = (...args) => run('openssl', args);
    openssl('req', '-x509', ...newKey, '-days', '30', '-subj', '/CN=libbosh test authority',
        '-keyout', at('ca.key'), '-out', at('ca.pem'));
    openssl('req', ...newKey, '-subj', '/CN=localhost', '-keyout', at('key.pem'),
        '-out', at('request.pem'));
    writeFileSync(at('names.ext'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
    openssl('x509', '-req', '-days', String(days), '-in', at('request.pem'), '-CA', at('ca.pem'),
        '-CAkey', at('ca.key'), '-CAcreateserial', '-extfile', at('names.ext'),
        '-out', at('cert.pem'));
    writeFileSync(at('both.pem'),
        readFileSync(at('cert.pem'), 'utf8') + readFileSync(at('key.pem'), 'utf8'),
        { mode: 0o600 });
    chmodSync(at('key.pem'), 0o600);
    return { ca: at('ca.pem'), cert: at('cert.pem'), key: at('key.pem'), both: at('both.pem') };
}

/**
 * Makes certificates for 127.0.0.1 that nobody should accept who knows the authority of
 * makeCertificates(directory).
 * @param {string} directory
 * @returns {Record<'expired' | 'foreign' | 'alone', {cert: string, key: string}>} their paths:
 *     expired, for another host, signed by itself
 */
export function makeBadCertificates(directory) {
    const at = (name) => join(directory, name);
    const signed = (name, names, days) => {
        const [request, key, extension] = ['request', 'key', 'ext'].map((end) =>
            at(`${name}.${end}`));
        run('openssl', ['req', ...newKey, '-subj', '/CN=localhost', '-keyout', key,
            '-out', request]);
        writeFileSync(extension, `subjectAltName=${names}\n`);
        run('openssl', ['x509', '-req', '-days', days, '-in', request, '-CA', at('ca.pem'),
            '-CAkey', at('ca.key'), '-CAcreateserial', '-extfile', extension,
            '-out', at(`${name}.pem`)]);
        return { cert: at(`${name}.pem`), key };
    };
    run('openssl', ['req', '-x509', ...newKey, '-days', '30', '-subj', '/CN=localhost', '-addext',
        'subjectAltName=IP:127.0.0.1', '-keyout', at('alone.key'), '-out', at('alone.pem')]);
    return {
        expired: signed('expired', 'IP:127.0.0.1', '-1'),
        foreign: signed('foreign', 'DNS:other.example', '30'),
        alone: { cert: at('alone.pem'), key: at('alone.key') },
    };
}
