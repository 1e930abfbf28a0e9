// SPDX-License-Identifier: MIT
// A page that remembers: each message that arrives is kept in sessionStorage before its handler
// returns, and `count` numbered messages are sent, one every 10 ms, by this page or by the one
// after a reload.

import * as api from '/libbosh/index.js';

const { Strophe, $msg, $pres } = api;
const { ATTACHED, CONNECTED } = Strophe.Status;
const read = (name) => JSON.parse(sessionStorage.getItem(name) ?? 'null');
const write = (name, value) => sessionStorage.setItem(name, JSON.stringify(value));
const tell = (event) => console.info(JSON.stringify({ ...event, key: Math.random() }));
const connection = new Strophe.Connection('/xmpp-httpbind', { keepalive: true });

function changed(status, condition) {
    tell({ event: 'status', status: Object.keys(Strophe.Status)[status], condition,
        jid: connection.jid });
    if (status !== ATTACHED && status !== CONNECTED) return;
    connection.addHandler(received, null, 'message', 'chat');
    if (status === CONNECTED) connection.send($pres());
    sendMore();
}

function received(message) {
    write('received', [...read('received') ?? [], message.querySelector('body').textContent]);
    return true;
}

function sendMore() {
    const { to, count } = read('task') ?? {};
    const sent = read('sent') ?? 0;
    if (!to || sent >= count) return;
    connection.send($msg({ to, type: 'chat' }).c('body').t(`page ${sent}`));
    write('sent', sent + 1);
    setTimeout(sendMore, 10);
}

globalThis.client = {
    connect: (jid, password) => connection.connect(jid, password, changed),
    begin(to, count) {
        write('task', { to, count });
        sendMore();
    },
};
Strophe.log = (level, message) => level > 1 && tell({ event: 'log', message });
tell({ event: 'ready' });
if (read('strophe-bosh-session')) connection.restore(null, changed);
