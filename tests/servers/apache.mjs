// SPDX-License-Identifier: MIT
// Apache (event MPM) that serves files and, from a BOSH server on loopback, /xmpp-httpbind, over
// http and over https with HTTP/2.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Service, accepts, freePort } from './child.mjs';

const modules = '/usr/lib/apache2/modules';

/** @param {import('./rig.mjs').ProxyOptions} options */
export async function apache({ directory, upstream, certificates, readTimeoutS, site, policy,
    more = '' }) {
    const port = await freePort();
    const securePort = certificates ? await freePort() : 0;
    const load = ['mpm_event', 'authz_core', 'mime', 'dir', 'headers', 'proxy', 'proxy_http',
        ...(securePort ? ['ssl', 'http2'] : [])];
    const config = join(directory, 'apache.conf');
    writeFileSync(config, `
${load.map((name) => `LoadModule ${name}_module ${modules}/mod_${name}.so`).join('\n')}
ServerRoot "${directory}"
ServerName localhost
PidFile "${directory}/apache.pid"
ErrorLog "${directory}/error.log"
DefaultRuntimeDir "${directory}"
Mutex pthread default
${process.getuid() === 0 ? 'User www-data\nGroup www-data' : ''}
Listen 127.0.0.1:${port}
KeepAlive On
KeepAliveTimeout 300
MaxKeepAliveRequests 0
DocumentRoot "${site}"
TypesConfig /etc/mime.types
${policy ? `Header set Content-Security-Policy "${policy}"` : ''}
# Each request that the server holds occupies one thread: two per user.
StartServers 1
ServerLimit 4
ThreadsPerChild 64
MaxRequestWorkers 256
# A read time-out longer than BOSH's wait.
ProxyTimeout ${readTimeoutS}
ProxyPass /xmpp-httpbind http://127.0.0.1:${upstream.port}${upstream.path} \\
    flushpackets=on keepalive=on timeout=${readTimeoutS} ttl=20 retry=0
${more}
${securePort ? `Listen 127.0.0.1:${securePort}
SSLSessionCache none
Protocols h2 http/1.1
<VirtualHost 127.0.0.1:${securePort}>
  SSLEngine on
  SSLCertificateFile "${certificates.cert}"
  SSLCertificateKeyFile "${certificates.key}"
</VirtualHost>` : ''}
`);
    const service = new Service({
        name: 'apache',
        command: ['apache2', '-f', config, '-DFOREGROUND'],
        directory,
        logs: [join(directory, 'error.log')],
        isReady: async () => (await accepts(port)) && (!securePort || (await accepts(securePort))),
    });
    return { service, port, securePort, path: '/xmpp-httpbind' };
}
