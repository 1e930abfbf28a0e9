// SPDX-License-Identifier: MIT
// Somebody who logs in at a BOSH server by PLAIN, says something, and leaves: by hand, so that it
// is no client of this library and may send what it likes.

/**
 * @param {{url: string, user: string, password: string, stanzas: string[]}} what
 */
export async function speak({ url, user, password, stanzas }) {
    const httpbind = 'http://jabber.org/protocol/httpbind';
    const sasl = 'urn:ietf:params:xml:ns:xmpp-sasl', xbosh = 'urn:xmpp:xbosh';
    let rid = 1 + Math.floor(Math.random() * 2 ** 40), sid = '';
    const post = async (attributes, content = '') => {
        const answer = await fetch(url, { method: 'POST',
            headers: { 'content-type': 'text/xml; charset=utf-8' },
            body: `<body xmlns='${httpbind}' xmlns:xmpp='${xbosh}' rid='${rid++}' ` +
                `${sid && `sid='${sid}' `}${attributes}>${content}</body>` });
        const text = await answer.text();
        if (!answer.ok || text.includes("type='terminate'") && !attributes.includes('terminate'))
            throw new Error(`${user} cannot speak: ${answer.status} ${text}`);
        return text;
    };
    const created = await post(`to='localhost' wait='10' hold='1' ver='1.11' xmpp:version='1.0'`);
    sid = /sid='([^']+)'/.exec(created)?.[1] ?? '';
    const plain = Buffer.from(`\0${user}\0${password}`).toString('base64');
    await post('', `<auth xmlns='${sasl}' mechanism='PLAIN'>${plain}</auth>`);
    await post(`to='localhost' xmpp:restart='true'`);
    await post('', `<iq type='set' id='b' xmlns='jabber:client'>` +
        `<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>`);
    await post(`type='terminate'`, stanzas.join(''));
}
