// SPDX-License-Identifier: MIT
// In-band registration (XEP-0077) as the plugins of Strophe do it: it takes the place of
// _connect_cb, registers, and goes on with what it has kept of the first answer.

const NS = 'jabber:iq:register';

/** @param {any} Strophe @param {(attributes: object) => any} $iq */
export function addRegistration(Strophe, $iq) {
  ['REGIFAIL', 'REGISTER', 'REGISTERED', 'CONFLICT'].forEach((name, i) => {
    Strophe.Status[name] = 20 + i;
  });
  Strophe.addConnectionPlugin('register', {
    /** @type {Record<string, string>} what the form asks for */
    fields: {},
    isRegistering: false,

    init(conn) {
      this.conn = conn;
      const login = conn._connect_cb;
      conn._connect_cb = (request, callback, raw) => {
        this.goOn = () => login.call(conn, request, callback, raw);
        if (this.isRegistering) this.begin(request, callback);
        else this.goOn();
      };
    },

    connect(domain, callback) {
      this.isRegistering = true;
      this.conn.connect(domain, '', callback);
    },

    begin(request, callback) {
      const { conn } = this;
      conn.connected = true;
      const body = conn._proto._reqToData(request);
      if (!body || conn._proto._connect_cb(body) === Strophe.Status.CONNFAIL) return;
      if (!body.getElementsByTagName('register').length) {
        if (!body.getElementsByTagName('mechanism').length) conn._proto._no_auth_received(callback);
        else conn._changeConnectStatus(Strophe.Status.REGIFAIL, null);
        return;
      }
      conn._addSysHandler((iq) => this.ask(iq), null, 'iq', null, null);
      conn.send($iq({ type: 'get' }).c('query', { xmlns: NS }).tree());
    },

    ask(iq) {
      const query = iq.getElementsByTagName('query')[0];
      if (!query) this.conn._changeConnectStatus(Strophe.Status.REGIFAIL, 'unknown');
      else {
        this.fields = {};
        for (const field of Array.from(query.children)) this.fields[field.localName] = '';
        this.conn._changeConnectStatus(Strophe.Status.REGISTER, null);
      }
      return false;
    },

    /** Sends the fields, which the program has filled in. */
    submit() {
      const { conn, fields } = this;
      const iq = $iq({ type: 'set' }).c('query', { xmlns: NS });
      for (const name of ['username', 'password']) iq.c(name, {}).t(fields[name]).up();
      conn._addSysHandler((answer) => this.done(answer), null, 'iq', null, null);
      conn.send(iq.tree());
    },

    done(iq) {
      const { conn } = this;
      const isTaken = iq.getElementsByTagName('conflict').length > 0;
      if (iq.getAttribute('type') === 'result')
        conn._changeConnectStatus(Strophe.Status.REGISTERED, null);
      else if (isTaken) conn._changeConnectStatus(Strophe.Status.CONFLICT, 'conflict');
      else conn._changeConnectStatus(Strophe.Status.REGIFAIL, 'unknown');
      return false;
    },

    /** Logs in with the new account, in the same session. */
    login() {
      const { conn, fields } = this;
      conn.jid = `${fields.username}@${conn.domain}`;
      conn.authzid = conn.jid;
      conn.authcid = fields.username;
      conn.pass = fields.password;
      this.isRegistering = false;
      this.goOn();
    },
  });
}
