// SPDX-License-Identifier: MIT
// An HTTP server that misbehaves on request: the path says how. It speaks HTTP/1.1 on raw sockets,
// so that it can close them at any moment.
//
//   node server.mjs      prints one line of JSON (ports, directory of certificates), runs until
//                        its standard input ends
import fs from 'node:fs';
import http2 from 'node:http2';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import tls from 'node:tls';
import zlib from 'node:zlib';
import { alone, here, names, signed } from '../servers/certificates.mjs';

const counts = new Map(); // requests by path, OPTIONS counted as "OPTIONS/path"
let opened = 0; // connections accepted so far, on all ports
const sockets = new Set();

/** Answer with a status, a body and more header lines. */
function answer(socket, status, body, lines = []) {
  const bytes = Buffer.from(body);
  const head = [`HTTP/1.1 ${status} Whatever`, `Content-Length: ${bytes.length}`, ...lines];
  socket.write(Buffer.concat([Buffer.from(head.join('\r\n') + '\r\n\r\n'), bytes]));
}

const actions = {
  /** The request as it came. */
  echo: (socket, request) => answer(socket, 200, request.head + request.body),
  /** Only the size of the request. */
  size: (socket, request) => answer(socket, 200, String(request.body.length)),
  status: (socket, request, code, retry) =>
    answer(socket, code, 'no', retry ? [`Retry-After: ${retry}`] : []),
  redirect: (socket) => answer(socket, 302, '', ['Location: /echo']),
  slow: (socket, request, ms) => setTimeout(() => answer(socket, 200, 'slow'), ms),
  hold: () => {},
  /** Close without an answer. */
  drop: (socket) => socket.destroy(),
  reset: (socket) => socket.resetAndDestroy(),
  /** Answer the first request of a connection, close at the second. */
  once: (socket, request) => {
    if (request.number === 1) answer(socket, 200, 'first');
    else socket.destroy();
  },
  /** Answer, and close the connection some time later, as if it had idled too long. */
  idle: (socket, request, ms) => {
    answer(socket, 200, 'closing');
    setTimeout(() => socket.end(), ms);
  },
  close: (socket) => {
    answer(socket, 200, 'closed', ['Connection: close']);
    socket.end();
  },
  short: (socket) => {
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789');
    setTimeout(() => socket.destroy(), 20);
  },
  /** Close in the middle of the head: after so many bytes of it. */
  half: (socket, request, bytes) => {
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody'.slice(0, Number(bytes)));
    setTimeout(() => socket.destroy(), 5);
  },
  huge: (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n'),
  gzip: (socket, request, size) =>
    answer(socket, 200, zlib.gzipSync(Buffer.alloc(Number(size), 'a')), ['Content-Encoding: gzip']),
  plain: (socket, request, size) => answer(socket, 200, Buffer.alloc(Number(size), 'a')),
  /** How often a path was asked for; slashes are written as dots. */
  count: (socket, request, name) =>
    answer(socket, 200, String(counts.get(name.replaceAll('.', '/')) ?? 0)),
  opened: (socket) => answer(socket, 200, String(opened)),
  alive: (socket) => answer(socket, 200, String(sockets.size)),
  peer: (socket) => answer(socket, 200, socket.getPeerCertificate?.().subject?.CN ?? 'nobody'),
};

function act(socket, request) {
  const [, name, ...parameters] = request.path.split('/');
  const key = request.method === 'POST' ? request.path : request.method + request.path;
  counts.set(key, (counts.get(key) ?? 0) + 1);
  if (request.method === 'OPTIONS') answer(socket, 204, '');
  else if (actions[name]) actions[name](socket, request, ...parameters);
  else answer(socket, 404, '<html>not here</html>');
}

function tunnel(socket, target) {
  const [host, port] = target.split(':');
  if (host !== '127.0.0.1' && host !== 'localhost') {
    answer(socket, 403, 'no such tunnel');
    return;
  }
  const other = net.connect(Number(port), '127.0.0.1', () => {
    socket.write('HTTP/1.1 200 Connected\r\n\r\n');
    socket.pipe(other).pipe(socket);
  });
  other.on('error', () => socket.destroy());
}

function serve(socket) {
  let bytes = Buffer.alloc(0);
  let later = []; // chunks that do not complete a request yet
  let missing = 0;
  let number = 0;
  opened += 1;
  sockets.add(socket);
  socket.setNoDelay(true);
  socket.on('error', () => {});
  socket.on('close', () => sockets.delete(socket));
  socket.on('data', function take(chunk) {
    later.push(chunk);
    missing -= chunk.length;
    if (missing > 0) return;
    bytes = Buffer.concat([bytes, ...later]);
    later = [];
    for (;;) {
      const end = bytes.indexOf('\r\n\r\n');
      if (end < 0) return;
      const head = bytes.subarray(0, end + 4).toString();
      const [method, url] = head.split(' ');
      if (method === 'CONNECT') {
        socket.off('data', take);
        counts.set('CONNECT', (counts.get('CONNECT') ?? 0) + 1);
        tunnel(socket, url);
        return;
      }
      if (url.startsWith('/unread/') && number === 0) {
        number = -1; // leave the rest of the request in the network for a while
        socket.pause();
        setTimeout(() => socket.resume(), Number(url.split('/')[2]));
        return;
      }
      const size = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
      missing = end + 4 + size - bytes.length;
      if (missing > 0) return;
      const body = bytes.subarray(end + 4, end + 4 + size).toString();
      bytes = bytes.subarray(end + 4 + size);
      number = Math.max(number, 0) + 1;
      act(socket, { method, path: url.replace(/^http:\/\/[^/]*/, ''), head, body, number });
    }
  });
}
actions.unread = (socket) => answer(socket, 200, 'read at last');

function serveStream(stream, headers) {
  const parts = headers[':path'].split('/');
  let size = 0;
  stream.on('error', () => {});
  stream.on('data', (chunk) => (size += chunk.length));
  stream.on('end', () => {
    if (parts[1] === 'drop') stream.session.destroy();
    else if (parts[1] === 'refuse') stream.close(http2.constants.NGHTTP2_REFUSED_STREAM);
    // In one piece after a while, as the answer to a held request comes.
    else if (parts[1] === 'plain')
      setTimeout(() => stream.end(Buffer.alloc(Number(parts[2]), 'a')), 50);
    else setTimeout(() => stream.end(`h2 ${size}`), Number(parts[2] ?? 0));
  });
}

const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'bosh-native-'));
const file = (name) => path.join(directory, name);

function makeCertificates() {
  alone(directory, 'ca', 'Test CA');
  signed(directory, 'server', names(here));
  signed(directory, 'other', names('DNS:other.example'), { subject: 'other.example' });
  signed(directory, 'client', 'extendedKeyUsage=clientAuth', { subject: 'alice' });
  signed(directory, 'expired', names(here), { days: -1 });
  alone(directory, 'alone', 'localhost', '-addext', names(here));
  fs.writeFileSync(file('lax.cnf'), laxConfiguration);
}

/** Lets a client that reads it speak old TLS, if nothing else keeps it from that. */
const laxConfiguration = `openssl_conf = all
[all]
ssl_conf = modules
[modules]
system_default = defaults
[defaults]
MinProtocol = TLSv1
CipherString = DEFAULT@SECLEVEL=0
`;

function credentials(name) {
  return { cert: fs.readFileSync(file(`${name}.pem`)), key: fs.readFileSync(file(`${name}.key`)) };
}

function listen(server) {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(server.address().port));
  });
}

makeCertificates();
const authorities = fs.readFileSync(file('ca.pem'));
const withClients = { ca: authorities, requestCert: true, rejectUnauthorized: false };
const old = { maxVersion: 'TLSv1.1', minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' };
const second = http2.createSecureServer(credentials('server'));
second.on('stream', serveStream);
second.on('sessionError', () => {});
second.on('session', () => (opened += 1));
const servers = {
  http: net.createServer(serve),
  https: tls.createServer({ ...credentials('server'), ...withClients }, serve),
  other: tls.createServer(credentials('other'), serve),
  expired: tls.createServer(credentials('expired'), serve),
  alone: tls.createServer(credentials('alone'), serve), // signed by itself
  old: tls.createServer({ ...credentials('server'), ...old }, serve),
  h2: second,
};
const ports = {};
for (const [name, server] of Object.entries(servers)) {
  server.on('tlsClientError', () => {});
  ports[name] = await listen(server);
}
console.log(JSON.stringify({ ...ports, directory }));
process.stdin.resume();
process.stdin.on('end', () => {
  fs.rmSync(directory, { recursive: true });
  process.exit(0);
});
