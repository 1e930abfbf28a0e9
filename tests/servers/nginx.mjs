// SPDX-License-Identifier: MIT
// Nginx that serves files and, from a BOSH server on loopback, /xmpp-httpbind, over http and over
// https with HTTP/2, set up as docs and README advise.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Service, accepts, freePort } from './child.mjs';

/** @param {import('./rig.mjs').ProxyOptions} options */
export async function nginx({ directory, upstream, certificates, readTimeoutS,
    address = '127.0.0.1', site, policy, more = '' }) {
    const port = await freePort();
    const securePort = certificates ? await freePort() : 0;
    mkdirSync(join(directory, 'tmp'));
    const config = join(directory, 'nginx.conf');
    writeFileSync(config, `
daemon off;
worker_processes 1;
${process.getuid() === 0 ? 'user root;' : ''}
pid ${directory}/nginx.pid;
error_log ${directory}/error.log info;
events { worker_connections 1024; }
http {
  include /etc/nginx/mime.types;
  access_log ${directory}/access.log;
  client_body_temp_path ${directory}/tmp/body; proxy_temp_path ${directory}/tmp/proxy;
  fastcgi_temp_path ${directory}/tmp/fastcgi; uwsgi_temp_path ${directory}/tmp/uwsgi;
  scgi_temp_path ${directory}/tmp/scgi;
  keepalive_timeout 300s;
  keepalive_requests 100000;
  upstream bosh { server 127.0.0.1:${upstream.port}; keepalive 32; keepalive_timeout 300s; }
  server {
    listen 127.0.0.1:${port};
    ${address === '127.0.0.1' ? '' : `listen ${address}:${port};`}
    ${certificates ? `listen 127.0.0.1:${securePort} ssl http2;
    ssl_certificate ${certificates.cert};
    ssl_certificate_key ${certificates.key};` : ''}
    server_name localhost;
    root ${site};
    ${policy ? `add_header Content-Security-Policy "${policy}";` : ''}
    location /xmpp-httpbind {
      proxy_pass http://bosh${upstream.path};
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $host;
      proxy_buffering off;
      proxy_next_upstream off;         # a BOSH request must never be sent twice by the proxy
      proxy_read_timeout ${readTimeoutS}s;         # longer than BOSH's wait
      ${more}
    }
  }
}
`);
    const service = new Service({
        name: 'nginx',
        command: ['nginx', '-c', config, '-p', directory, '-e', join(directory, 'error.log')],
        directory,
        logs: [join(directory, 'error.log')],
        isReady: async () => (await accepts(port)) && (!securePort || (await accepts(securePort))),
    });
    return { service, port, securePort, path: '/xmpp-httpbind' };
}
