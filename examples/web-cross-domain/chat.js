// SPDX-License-Identifier: MIT
// The smallest chat page again, with a server of another origin. All that differs is what is given
// to Strophe.Connection; the rest is a matter of what the server allows.

import { Strophe, $msg, $pres } from '/libbosh/index.js';

const { login, message, messages, state } = Object.fromEntries(
  ['login', 'message', 'messages', 'state'].map((id) => [id, document.getElementById(id)]),
);
const names = Object.keys(Strophe.Status);
let connection;

/** What makes requests of other origins: the type that needs no permission, and cookies. */
const options = () => ({
  contentType: login.simple.checked ? 'text/plain; charset=utf-8' : 'text/xml; charset=utf-8',
  withCredentials: login.cookies.checked,
});

function show(who, text) {
  const item = document.createElement('li');
  item.textContent = `${who}: ${text}`;
  messages.append(item);
}

login.addEventListener('submit', (event) => {
  event.preventDefault();
  connection = new Strophe.Connection(login.service.value, options());
  connection.connect(login.jid.value, login.password.value, (status, condition) => {
    state.textContent = `${names[status].toLowerCase()} ${condition ?? ''}`;
    message.hidden = status !== Strophe.Status.CONNECTED;
    login.hidden = !message.hidden;
    if (message.hidden) return;
    connection.addHandler(receive, null, 'message');
    connection.send($pres());
  });
});

function receive(stanza) {
  const body = stanza.querySelector('body');
  if (body) show(Strophe.getBareJidFromJid(stanza.getAttribute('from')), body.textContent);
  return true; // keep the handler
}

message.addEventListener('submit', (event) => {
  event.preventDefault();
  const { to, text } = message;
  connection.send($msg({ to: to.value, type: 'chat' }).c('body').t(text.value));
  show('me', text.value);
  text.value = '';
});
