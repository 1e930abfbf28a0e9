// SPDX-License-Identifier: MIT
// A small client on Strophe's API, for pages and workers alike. It tells what happens: statuses,
// messages, presences and what the library logs.

export class Client {
    /**
     * @param {any} api the library
     * @param {(event: object) => void} tell
     */
    constructor(api, tell) {
        const { Strophe } = api;
        this.api = api;
        this.tell = tell;
        this.statuses = Object.keys(Strophe.Status);
        Strophe.setLogLevel(Strophe.LogLevel.WARN);
        Strophe.log = (_level, message) => tell({ event: 'log', message });
        tell({ event: 'ready' });
    }

    /**
     * @param {{service?: string, mechanisms?: string[], [name: string]: any}} options of the
     *     connection; mechanisms by the names of their classes
     */
    make({ service = '/xmpp-httpbind', mechanisms, ...options } = {}) {
        const { Strophe } = this.api;
        this.connection = new Strophe.Connection(service, { ...options,
            mechanisms: mechanisms?.map((name) => Strophe[name]) });
    }

    connect(jid, password, { wait, ...options } = {}) {
        this.make(options);
        this.connection.connect(jid, password, (...status) => this.changed(...status), wait);
    }

    /** Goes on after a reload. @param {object} options */
    restore({ wait, ...options } = {}) {
        this.make({ keepalive: true, ...options });
        this.connection.restore(null, (...status) => this.changed(...status), wait);
    }

    changed(status, condition) {
        const { Strophe, $pres } = this.api;
        const { connection } = this;
        if (status === Strophe.Status.CONNECTED || status === Strophe.Status.ATTACHED)
            for (const name of ['message', 'presence'])
                connection.addHandler((stanza) => this.received(name, stanza), null, name);
        if (status === Strophe.Status.CONNECTED) connection.send($pres());
        this.tell({ event: 'status', status: this.statuses[status], condition,
            jid: connection.jid });
    }

    received(event, stanza) {
        const [from, type, id] = ['from', 'type', 'id'].map((name) => stanza.getAttribute(name));
        const body = stanza.querySelector('body')?.textContent ?? null;
        this.tell({ event, from, type, id, body });
        return true;
    }

    send(to, text, type = 'chat') {
        this.connection.send(this.api.$msg({ to, type }).c('body').t(text));
    }

    xml(text) {
        this.connection.send(this.api.toStanza(text));
    }

    /** Sends an iq; the promise brings the text of the answer. */
    ask(text) {
        const { Strophe, toStanza } = this.api;
        return new Promise((resolve, reject) => {
            this.connection.sendIQ(toStanza(text), (answer) => resolve(Strophe.serialize(answer)),
                (answer) => reject(new Error(Strophe.serialize(answer))), 20000);
        });
    }

    disconnect() {
        this.connection.disconnect();
    }
}
