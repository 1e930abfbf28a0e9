// SPDX-License-Identifier: MIT
// ejabberd with BOSH on 127.0.0.1: no node name, so neither epmd nor Erlang's distribution listens.

import {
    existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { Service, accepts, freePort } from './child.mjs';

// The folder whose ejabberd-VERSION/ebin Erlang has to find.
function library() {
    for (const folder of readdirSync('/usr/lib', { withFileTypes: true })) {
        if (!folder.isDirectory()) continue;
        const path = join('/usr/lib', folder.name);
        try {
            if (readdirSync(path).some((name) => /^ejabberd-\d/.test(name))) return path;
        } catch { /* a folder we may not read holds no library for us */ }
    }
    throw new Error('ejabberd is not installed; run tools/setup --for test');
}

const listener = (port, more = '') => `
  - port: ${port}
    ip: "127.0.0.1"
    module: ejabberd_http${more}
    request_handlers: {/http-bind: mod_bosh}`;

/** @param {import('./rig.mjs').ServerOptions} options */
export async function ejabberd({ directory, users, certificates, inactivityS, waitS, mechanisms,
    offline, more = '' }) {
    const port = await freePort();
    const securePort = certificates ? await freePort() : 0;
    const disabled = {
        all: ['DIGEST-MD5', 'X-OAUTH2'],
        plain: ['DIGEST-MD5', 'X-OAUTH2', 'SCRAM-SHA-1', 'SCRAM-SHA-256', 'SCRAM-SHA-512'],
        scram: ['DIGEST-MD5', 'X-OAUTH2', 'PLAIN'],
        token: ['DIGEST-MD5', 'PLAIN', 'SCRAM-SHA-1', 'SCRAM-SHA-256', 'SCRAM-SHA-512'],
    }[mechanisms];
    mkdirSync(join(directory, 'db'), { recursive: true });
    writeFileSync(join(directory, 'ejabberd.yml'), `
hosts: ["localhost"]
loglevel: info
${certificates ? `certfiles: ["${certificates.both}"]\nca_file: "${certificates.ca}"` : ''}
auth_method: internal
auth_password_format: plain
disable_sasl_mechanisms: [${disabled.join(', ')}]
listen:${listener(port, `\n${more}`)}\
${securePort ? listener(securePort, `\n    tls: true\n${more}`) : ''}
acl:
  local: {user_regexp: ""}
access_rules:
  local: {allow: local}
api_permissions: {}
oauth_access: all
modules:
  mod_bosh: {max_inactivity: ${inactivityS}, max_pause: 120}
  mod_carboncopy: {}
  mod_disco: {}
  mod_muc: {access_create: local, host: conference.localhost}
${offline ? '  mod_offline: {}\n' : ''}  mod_mam: {default: never}
  mod_ping: {}
  mod_roster: {}
`);
    const ready = join(directory, 'ready');
    // The file that says so holds a token of the first user.
    const token = mechanisms !== 'token' ? 'Token = <<>>,' : `{Token, _, _} = ejabberd_oauth:
        oauth_issue_token("${Object.keys(users)[0]}@localhost", 3600, "sasl_auth"),`;
    const accounts = Object.entries(users).map(([name, password]) =>
        `{<<"${name}">>,<<"${password}">>}`).join(',');
    const service = new Service({
        name: 'ejabberd',
        command: ['erl', '-noshell', '-noinput', '-mnesia', 'dir', `"${directory}/db"`,
            '-s', 'ejabberd', '-eval',
            `[ejabberd_auth:try_register(U, <<"localhost">>, P) || {U,P} <- [${accounts}]],
             ${token} ok = file:write_file("${ready}", Token).`],
        env: {
            ERL_LIBS: library(), HOME: directory,
            EJABBERD_CONFIG_PATH: join(directory, 'ejabberd.yml'),
            EJABBERD_LOG_PATH: join(directory, 'ejabberd.log'),
        },
        directory,
        logs: [join(directory, 'ejabberd.log')],
        isReady: async () => existsSync(ready) && (await accepts(port)) &&
            (!securePort || (await accepts(securePort))),
        beforeStart: () => rmSync(ready, { force: true }),
    });
    return { service, port, securePort, path: '/http-bind',
        token: () => readFileSync(ready, 'utf8') };
}
