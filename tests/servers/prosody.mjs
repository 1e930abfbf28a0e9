// SPDX-License-Identifier: MIT
// Prosody with BOSH on 127.0.0.1: no other listener, no system account, its own data.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Service, accepts, freePort } from './child.mjs';

/** @param {import('./rig.mjs').ServerOptions} options */
export async function prosody({ directory, users, certificates, inactivityS, waitS, mechanisms,
    registration, offline, more = '' }) {
    const port = await freePort();
    const securePort = certificates ? await freePort() : 0;
    const accounts = join(directory, 'data', 'localhost', 'accounts');
    mkdirSync(accounts, { recursive: true });
    // Prosody replaces a plain password by its hash at the first login.
    for (const [name, password] of Object.entries(users))
        writeFileSync(join(accounts, `${name}.dat`), `return { ["password"] = "${password}" };\n`);

    const disabled = { all: [], plain: ['SCRAM-SHA-1'], scram: ['PLAIN'] }[mechanisms];
    const asRoot = process.getuid() === 0;
    const config = join(directory, 'prosody.cfg.lua');
    writeFileSync(config, `
${asRoot ? 'run_as_root = true' : ''}
pidfile = "${directory}/prosody.pid"
data_path = "${directory}/data"
log = { info = "${directory}/prosody.log" }
modules_enabled = { "roster", "saslauth", "disco", "ping", "carbons", "mam", "bosh", "pep",
                    "blocklist"${registration ? ', "register_ibr"' : ''} }
allow_registration = ${registration}
modules_disabled = { "s2s", "c2s", "tls", "admin_shell", "posix"${
        offline ? '' : ', "offline", "mam"'} }
c2s_ports = { }; s2s_ports = { }; legacy_ssl_ports = { }
http_ports = { ${port} }; http_interfaces = { "127.0.0.1" }
https_ports = { ${securePort || ''} }; https_interfaces = { "127.0.0.1" }
${certificates
        ? `https_ssl = { certificate = "${certificates.cert}", key = "${certificates.key}" }` : ''}
http_default_host = "localhost"
http_paths = { bosh = "/http-bind" }
-- TLS ends at the HTTP proxy; without this line plain http:// is offered no mechanism at all.
consider_bosh_secure = true
c2s_require_encryption = false; allow_unencrypted_plain_auth = true
disable_sasl_mechanisms = { "DIGEST-MD5"${disabled.map((name) => `, "${name}"`).join('')} }
authentication = "internal_hashed"
storage = "internal"
default_archive_policy = true
bosh_max_inactivity = ${inactivityS}; bosh_max_wait = ${waitS}
${more}
VirtualHost "localhost"
Component "conference.localhost" "muc"
  modules_enabled = { "muc_mam" }
  restrict_room_creation = false
`);
    const service = new Service({
        name: 'prosody',
        command: ['prosody', '--config', config, '-F'],
        directory,
        logs: [join(directory, 'prosody.log')],
        isReady: async () => (await accepts(port)) && (!securePort || (await accepts(securePort))),
    });
    return { service, port, securePort, path: '/http-bind' };
}
