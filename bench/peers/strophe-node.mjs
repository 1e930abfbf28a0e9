// SPDX-License-Identifier: MIT
// Strophe.js 5 in Node, where it cannot do BOSH by itself: xhr2 is its XMLHttpRequest, and its own
// DOMParser (of @xmldom/xmldom) parses answers for responseXML, once, as a browser would.

import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

const require = createRequire(new URL('../../js/package.json', import.meta.url));

globalThis.XMLHttpRequest = require('xhr2');
const parsed = Symbol('responseXML');
Object.defineProperty(XMLHttpRequest.prototype, 'responseXML', {
    get() {
        if (this.readyState !== 4 || !this.responseText) return null;
        return (this[parsed] ??= new DOMParser().parseFromString(this.responseText, 'text/xml'));
    },
});

const folder = dirname(require.resolve('strophe.js/package.json'));
export const api = await import(pathToFileURL(join(folder, 'dist/strophe.node.esm.js')).href);
