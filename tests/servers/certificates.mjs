// SPDX-License-Identifier: MIT
// A private certificate authority and one server certificate for localhost, made with openssl.

import { writeFileSync, readFileSync, chmodSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './child.mjs';

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

/**
 * Makes ca.pem, cert.pem, key.pem and both.pem (certificate and key in one file) in `directory`.
 * @param {string} directory
 * @returns {{ca: string, cert: string, key: string, both: string}} their paths
 */
export function makeCertificates(directory) {
    const at = (name) => join(directory, name);
    const openssl = (...args) => run('openssl', args);
    openssl('req', '-x509', ...newKey, '-days', '30', '-subj', '/CN=libbosh test authority',
        '-keyout', at('ca.key'), '-out', at('ca.pem'));
    openssl('req', ...newKey, '-subj', '/CN=localhost', '-keyout', at('key.pem'),
        '-out', at('request.pem'));
    writeFileSync(at('names.ext'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
    openssl('x509', '-req', '-days', '30', '-in', at('request.pem'), '-CA', at('ca.pem'),
        '-CAkey', at('ca.key'), '-CAcreateserial', '-extfile', at('names.ext'),
        '-out', at('cert.pem'));
    writeFileSync(at('both.pem'),
        readFileSync(at('cert.pem'), 'utf8') + readFileSync(at('key.pem'), 'utf8'),
        { mode: 0o600 });
    chmodSync(at('key.pem'), 0o600);
    return { ca: at('ca.pem'), cert: at('cert.pem'), key: at('key.pem'), both: at('both.pem') };
}
