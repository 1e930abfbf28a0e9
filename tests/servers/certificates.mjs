// SPDX-License-Identifier: MIT
// A private certificate authority and one server certificate for localhost, made with openssl.

import { writeFileSync, readFileSync, chmodSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './child.mjs';

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
/** @param {string} list such as DNS:localhost,IP:127.0.0.1 */
export const names = (list) => `subjectAltName=${list}`;
/** This machine. */
export const here = 'DNS:localhost,IP:127.0.0.1';

/**
 * Makes a certificate of the authority in `directory`.
 * @param {string} directory @param {string} name of the files
 * @param {string} is what it is good for, as openssl's extension file has it
 * @param {{days?: number, subject?: string}} [options] days -1: it was valid
 * @returns {{cert: string, key: string}} paths
 */
export function signed(directory, name, is, { days = 30, subject = 'localhost' } = {}) {
    const [request, key, extension, cert] = ['request', 'key', 'ext', 'pem'].map((end) =>
        join(directory, `${name}.${end}`));
    run('openssl', ['req', ...newKey, '-subj', `/CN=${subject}`, '-keyout', key, '-out', request]);
    writeFileSync(extension, `${is}\n`);
    run('openssl', ['x509', '-req', '-days', String(days), '-in', request,
        '-CA', join(directory, 'ca.pem'), '-CAkey', join(directory, 'ca.key'), '-CAcreateserial',
        '-extfile', extension, '-out', cert]);
    return { cert, key };
}

/** Makes one that is signed by itself. @returns {{cert: string, key: string}} paths */
export function alone(directory, name, subject, ...options) {
    const [cert, key] = ['pem', 'key'].map((end) => join(directory, `${name}.${end}`));
    run('openssl', ['req', '-x509', ...newKey, '-days', '30', '-subj', `/CN=${subject}`,
        ...options, '-keyout', key, '-out', cert]);
    return { cert, key };
}

/**
 * Makes an authority, a certificate of it for localhost and 127.0.0.1, and `both`: certificate and
 * key in one file.
 * @param {string} directory
 * @param {{days?: number}} [options] how long the server's certificate is valid; -1: it was
 * @returns {{ca: string, cert: string, key: string, both: string}} their paths
 */
export function makeCertificates(directory, { days = 30 } = {}) {
    const { cert: ca } = alone(directory, 'ca', 'libbosh test authority');
    const { cert, key } = signed(directory, 'cert', names(here), { days });
    const both = join(directory, 'both.pem');
    writeFileSync(both, readFileSync(cert, 'utf8') + readFileSync(key, 'utf8'), { mode: 0o600 });
    chmodSync(key, 0o600);
    return { ca, cert, key, both };
}

/**
 * Makes certificates for 127.0.0.1 that nobody should accept who knows the authority of
 * makeCertificates(directory).
 * @param {string} directory
 * @returns {Record<'expired' | 'foreign' | 'alone', {cert: string, key: string}>} their paths:
 *     expired, for another host, signed by itself
 */
export function makeBadCertificates(directory) {
    return {
        expired: signed(directory, 'expired', names('IP:127.0.0.1'), { days: -1 }),
        foreign: signed(directory, 'foreign', names('DNS:other.example')),
        alone: alone(directory, 'alone', 'localhost', '-addext', names('IP:127.0.0.1')),
    };
}
