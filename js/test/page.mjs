// SPDX-License-Identifier: MIT
// The page of page.test.mjs: runs everything and reports.

import * as api from '/index.js';
import { Stanza } from '/element.js';
import { loadEngine } from '/engine-web.js';
import { cases } from './cases.mjs';
import { PAYLOADS, compare, generate, payloads } from './equal.mjs';

const { Strophe, $msg } = api;
Strophe.setLogLevel(Strophe.LogLevel.FATAL);

function session() {
  return new Promise((resolve) => {
    const statuses = [];
    let stanza = null;
    const connection = new Strophe.Connection('/xmpp-httpbind');
    /** The answer that brought it. */
    let raw = '';
    connection.rawInput = (text) => {
      if (text.includes('<message')) raw = text;
    };
    connection.addHandler(
      (element) => {
        // Time for a picture to be asked for, if one is.
        setTimeout(() => {
          const parsed = new DOMParser().parseFromString(raw, 'text/xml').querySelector('message');
          stanza = {
            isElement: element instanceof Element,
            isEqual: element.isEqualNode(parsed),
            isInert: element.ownerDocument.defaultView === null,
            hacked: 'hacked' in globalThis,
            text: element.querySelector('body').textContent,
          };
          connection.disconnect();
        }, 300);
        return true;
      },
      ...[null, 'message'],
    );
    connection.connect('alice@localhost', 'alicepw', (status, condition) => {
      statuses.push(condition ? [status, condition] : status);
      if (status === Strophe.Status.CONNECTED) connection.send($msg({ id: 'ready' }));
      if (status === Strophe.Status.DISCONNECTED) resolve({ session: statuses, stanza });
    });
  });
}

/** A login in the hands of the program: its own mechanism, and the bind when it likes. */
function steered() {
  class Mine extends Strophe.SASLPlain {
    async onChallenge(connection) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      return super.onChallenge(connection);
    }
  }
  const options = { mechanisms: [Mine], explicitResourceBinding: true };
  const connection = new Strophe.Connection('/xmpp-httpbind', options);
  const statuses = [];
  const { BINDREQUIRED, CONNECTED, DISCONNECTED } = Strophe.Status;
  return new Promise((resolve) => {
    connection.connect('alice@localhost', 'alicepw', (status) => {
      statuses.push(status);
      if (status === BINDREQUIRED) {
        connection.jid = 'alice@localhost/late';
        setTimeout(() => connection.bind(), 20);
      }
      if (status === CONNECTED) connection.disconnect();
      if (status === DISCONNECTED) resolve({ statuses, jid: connection.jid });
    });
  });
}

/** Logs in on the smallest page and talks to itself. */
async function minimal() {
  const frame = document.createElement('iframe');
  frame.src = '/minimal/';
  document.body.append(frame);
  await new Promise((resolve) => frame.addEventListener('load', resolve));
  const { login, message, messages } = Object.fromEntries(
    ['login', 'message', 'messages'].map((id) => [id, frame.contentDocument.getElementById(id)]),
  );
  const until = async (isSo) => {
    while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 10));
  };
  login.jid.value = 'alice@localhost';
  login.password.value = 'alicepw';
  login.requestSubmit();
  await until(() => !message.hidden);
  message.to.value = 'echo@localhost';
  message.text.value = 'Hi <there>';
  message.requestSubmit();
  await until(() => messages.children.length === 2);
  return Array.from(messages.children, (item) => item.textContent);
}

/** Received Elements beside those of DOMParser. */
async function equality() {
  const answers = generate(400, 2);
  const generated = answers.length;
  answers.push(...payloads(await (await fetch('/corpus')).json(), answers.length));
  const parse = (xml) => new DOMParser().parseFromString(xml, 'text/xml');
  const { equal, different } = await compare(await loadEngine(), Stanza, parse, answers);
  return {
    missing: (PAYLOADS - 1) * generated + answers.length - equal,
    different: different.slice(0, 3),
  };
}

let report;
try {
  const answers = Object.fromEntries(cases.map(({ name, run }) => [name, run(api) ?? null]));
  report = {
    ...{ answers, ...(await session()), steered: await steered() },
    ...{ minimal: await minimal(), equality: await equality() },
  };
} catch (error) {
  report = { failure: String(error?.stack ?? error) };
}
await fetch('/result', { method: 'POST', body: JSON.stringify(report) });
