// SPDX-License-Identifier: MIT
// A client on Strophe's API that takes the commands of bosh-driver and tells its events
// (tests/interop/README.md), in pages and in Node.

export class Chat {
    #tickets = 0;
    #ended = () => {};
    #isClosing = false;
    #isUp = false;

    /**
     * @param {any} api the library
     * @param {(event: object) => void} tell
     * @param {(line: string) => void} log
     */
    constructor(api, tell, log) {
        const { Strophe } = api;
        Object.assign(this, { api, tell, log, names: Object.keys(Strophe.Status) });
        Strophe.setLogLevel(Strophe.LogLevel.DEBUG);
        Strophe.log = (_level, message) => log(`${this.#clock()} ${message}`);
        this.commands = { xml: (text) => this.#send(text), connect: () => this.#again(),
            presence: () => this.#send("<presence xmlns='jabber:client'/>"),
            network: () => this.#networkChanged() };
    }

    #clock() {
        return (performance.now() / 1000).toFixed(3);
    }

    /** Logs in. @param {{url: string, jid: string, password: string, wait: string}} options */
    open({ url, jid, password, wait }) {
        this.account = [jid, password, Number(wait)];
        this.connection = new this.api.Strophe.Connection(url);
        this.connection.rawInput = (text) => this.log(`${this.#clock()} < ${text}`);
        this.connection.rawOutput = (text) => this.log(`${this.#clock()} > ${text}`);
        this.#connect();
    }

    #connect() {
        const [jid, password, wait] = this.account;
        this.#isUp = true;
        this.connection.connect(jid, password, (...status) => this.#changed(...status), wait);
    }

    #again() {
        this.#connect();
        this.tell({ event: 'sent', ticket: 0 });
    }

    /** The states of bosh-driver, as far as Strophe has them. */
    #changed(status, condition) {
        const { Status } = this.api.Strophe;
        const isFailure = [Status.CONNFAIL, Status.CONNTIMEOUT, Status.AUTHFAIL].includes(status);
        if (status === Status.CONNECTING) this.why = 'BOSH_OK';
        if (isFailure) this.why = this.names[status];
        const told = (state) =>
            this.tell({ event: 'state', state, error: this.why, condition });
        this.log(`${this.#clock()} ${this.names[status]} ${condition ?? ''}`);
        if (status === Status.CONNECTING) told('connecting');
        if (status === Status.CONNECTED) {
            this.connection.addHandler((stanza) => this.#received(stanza), null, 'message');
            told('binding');
            told('online');
        }
        if (status === Status.AUTHFAIL) this.connection.disconnect();
        if (status !== Status.DISCONNECTED) return;
        this.#isUp = false;
        told('ended');
        if (this.#isClosing) this.#ended();
    }

    #received(stanza) {
        const [from, type, id] = ['from', 'type', 'id'].map((name) => stanza.getAttribute(name));
        this.tell({ event: 'message', from, type, id });
        return true;
    }

    #send(text) {
        const ticket = ++this.#tickets;
        const stanza = this.api.toStanza(text);
        const fate = this.connection.sendTracked(stanza);
        this.tell({ event: 'sent', ticket });
        fate.then(() => this.tell({ event: 'delivered', ticket }), (error) =>
            this.tell({ event: error.fate ?? 'unsent', ticket, xml: text, text: error.message }));
    }

    #networkChanged() {
        if (globalThis.document) dispatchEvent(new Event('online'));
        else this.connection._proto._client?.networkChanged();
    }

    /** @param {string} line */
    obey(line) {
        const [name] = line.split(' ', 1);
        this.commands[name](line.slice(name.length + 1));
    }

    /** Leaves; resolves when it has left. */
    close() {
        this.#isClosing = true;
        if (!this.#isUp) return undefined;
        const ended = new Promise((resolve) => (this.#ended = resolve));
        this.connection.disconnect();
        return ended;
    }
}
