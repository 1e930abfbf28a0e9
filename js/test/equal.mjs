// SPDX-License-Identifier: MIT
// Received Elements beside what a parser makes of the same answer. Runs in Node and in a page.

const HTTPBIND = 'http://jabber.org/protocol/httpbind';
const STREAM = 'http://etherx.jabber.org/streams';
const SASL = 'urn:ietf:params:xml:ns:xmpp-sasl';
const BIND = 'urn:ietf:params:xml:ns:xmpp-bind';

/** @param {string} inside @param {string} [more] */
export const body = (inside, more = '') =>
  `<body xmlns='${HTTPBIND}' xmlns:stream='${STREAM}'${more}>${inside}</body>`;
/** @param {string} inside */
const features = (inside) => body(`<stream:features>${inside}</stream:features>`);

/**
 * A server inside of the transport: the shortest login, then these answers, one after the other.
 * @param {string[]} answers
 */
export function scripted(answers) {
  const id = (/** @type {string} */ text) => /<iq[^>]* id='([^']*)/.exec(text)?.[1];
  const reply = (/** @type {string} */ text) => {
    if (!/\ssid=/.test(text))
      return body(
        `<stream:features><mechanisms xmlns='${SASL}'><mechanism>PLAIN</mechanism></mechanisms>` +
          `</stream:features>`,
        ` sid='s' wait='60' hold='1' requests='2' inactivity='60' ver='1.11'` +
          ` xmlns:xmpp='urn:xmpp:xbosh' xmpp:restartlogic='true'`,
      );
    if (text.includes('<auth')) return body(`<success xmlns='${SASL}'/>`);
    if (text.includes('restart=')) return features(`<bind xmlns='${BIND}'/>`);
    if (text.includes(BIND))
      return body(
        `<iq xmlns='jabber:client' type='result' id='${id(text)}'><bind xmlns='${BIND}'>` +
          `<jid>a@localhost/r</jid></bind></iq>`,
      );
    return answers.shift();
  };
  return {
    /** @param {{body: Uint8Array}} request */
    submit: (request) => {
      const text = reply(new TextDecoder().decode(request.body));
      return text === undefined
        ? new Promise(() => {})
        : Promise.resolve({ status: 200, body: text });
    },
    cancel() {},
  };
}

/**
 * What the answers' payloads look like, by the engine and by a parser.
 *
 * @param {any} engine
 * @param {any} Stanza of element.js
 * @param {(xml: string) => Document} parse
 * @param {string[]} answers bodies
 * @returns {Promise<{equal: number, different: string[]}>}
 */
export async function compare(engine, Stanza, parse, answers) {
  const client = engine.client({
    url: 'https://localhost/',
    jid: 'a@localhost',
    password: 'p',
    transport: scripted([...answers, body(`<message xmlns='jabber:client' id='the end'/>`)]),
  });
  /** @type {string[]} */
  const different = [];
  /** Of each answer: payloads that have come. @type {number[]} */
  const come = answers.map(() => 0);
  let equal = 0;
  const done = new Promise((resolve, reject) => {
    client.handle({}, (/** @type {any} */ received) => {
      const { element } = new Stanza(received.body, received.place);
      if (element.getAttribute('id') === 'the end') return resolve(undefined);
      const n = Number(element.parentNode.getAttribute('n'));
      const parsed = parse(answers[n]).documentElement;
      const payload = parsed.children[come[n]++];
      const isSame =
        element.isEqualNode(payload) &&
        element.parentNode.cloneNode(false).isEqualNode(parsed.cloneNode(false)) &&
        element.lookupNamespaceURI('p0') === payload.lookupNamespaceURI('p0');
      if (isSame) equal++;
      else different.push(`${answers[n]}\n    ${element.outerHTML}`);
    });
    client.connect().catch(reject);
    client.on('state', ({ state, error }) => state === 'ended' && reject(error));
  });
  await done;
  client.free();
  return { equal, different };
}

/** The same numbers each time. @param {number} seed @returns {(limit: number) => number} */
function random(seed) {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

const TEXTS = [
  ...['a', ' ', '\n\t', '\r\n', '\r', 'Grüße', '日本語', '\u{1F600}', '\uFEFF', ']]&gt;', '"', "'"],
  ...['&lt;', '&amp;', '&gt;', '&quot;', '&apos;', '&#x41;', '&#10;', '&#13;', '&#9;', '&#x1F44D;'],
];
const LOCALS = ['a', 'body', 'x1', 'message', '_', 'ä-b', '名', 'c.d', 'Content', 'lang'];
const URIS = ['urn:a', 'urn:b', 'jabber:client', 'http://www.w3.org/1999/xhtml', 'a&amp;b', 'ü'];

/** The same with other values. @param {string} xml */
const changed = (xml) => xml.replaceAll('Grüße', 'Gruß').replaceAll('日本語', '&#x41;');

/** So many payloads are in a body of generate. */
export const PAYLOADS = 12;

/**
 * Bodies with four random payloads each, and then the first of them again and again.
 * @param {number} count @param {number} seed
 */
export function generate(count, seed) {
  const below = random(seed);
  const pick = (/** @type {any[]} */ list) => list[below(list.length)];
  const text = () => Array.from({ length: below(4) }, () => pick(TEXTS)).join('');
  /**
   * @param {Map<string, string>} scope namespaces by prefix
   * @param {number} depth
   * @param {boolean} isPayload
   */
  const element = (scope, depth, isPayload = false) => {
    const inner = new Map(scope);
    /** @type {string[]} */
    const attributes = [];
    for (let n = below(3); n > 0; n--) {
      const prefix = `p${below(4)}`;
      if (attributes.some((one) => one.startsWith(`xmlns:${prefix}=`))) continue;
      inner.set(prefix, pick(URIS));
      attributes.push(`xmlns:${prefix}='${inner.get(prefix)}'`);
    }
    if (isPayload || below(3) === 0) {
      inner.set('', isPayload ? pick(['jabber:client', 'urn:a']) : pick(['', ...URIS]));
      attributes.push(`xmlns="${inner.get('')}"`);
    }
    const prefixes = [...inner.keys()].filter(Boolean);
    const taken = new Set();
    for (let n = below(4); n > 0; n--) {
      const prefix = below(3) === 0 ? pick(['xml', ...prefixes]) : '';
      const local = pick(LOCALS);
      const expanded = `${prefix && (inner.get(prefix) ?? prefix)} ${local}`;
      if (taken.has(expanded)) continue;
      taken.add(expanded);
      const value = text().replaceAll(below(2) ? '"' : "'", '');
      const quote = value.includes('"') ? "'" : '"';
      attributes.push(
        `${prefix && `${prefix}:`}${local}=${quote}${value.replaceAll(quote, '')}${quote}`,
      );
    }
    if (below(2)) attributes.reverse();
    const prefix = !isPayload && prefixes.length && below(4) === 0 ? `${pick(prefixes)}:` : '';
    const name = prefix + pick(LOCALS);
    const start = [name, ...attributes].join(pick([' ', '\n', '  ']));
    /** @type {string} */
    let inside = text();
    for (let n = depth ? below(4) : 0; n > 0; n--) inside += element(inner, depth - 1) + text();
    return inside || below(2) ? `<${start}>${inside}</${name}>` : `<${start}/>`;
  };
  return Array.from({ length: count }, (_, n) => {
    const scope = new Map([['stream', STREAM]]);
    let more = ` n='${n}'`;
    for (let i = below(3); i > 0; i--) {
      scope.set(`p${i}`, pick(URIS));
      more += ` xmlns:p${i}='${scope.get(`p${i}`)}'`;
    }
    if (below(4) === 0) more += " xml:lang='de'";
    const four = Array.from({ length: 4 }, () => element(scope, 3, true));
    const again = Array.from({ length: PAYLOADS - 4 }, (_, i) =>
      i % 2 ? four[0] : changed(four[0]),
    );
    return body([...four, ...again].join(''), more);
  });
}

/** Documents of the fuzzers' corpus as payloads, those that can be one. @param {string[]} texts
 * @param {number} from their first number */
export const payloads = (texts, from) =>
  texts
    .filter((text) => /^<\w/.test(text) && !/<[!?]|&#0;|streams|xmpp-sasl|httpbind/.test(text))
    .map((text, i) => body(text.trim(), ` n='${from + i}'`));
