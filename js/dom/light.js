// SPDX-License-Identifier: MIT
// The light DOM as dom.js wants it.

import { grow } from './grow.js';
import { implementation, Document } from './nodes.js';
import { parseInto } from './parse.js';

const PARSE_ERROR_NS = 'http://www.mozilla.org/newlayout/xml/parsererror.xml';

/** @param {string} xml */
function parse(xml) {
  const document = new Document();
  try {
    parseInto(document, xml);
    return document;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const failed = implementation.createDocument(PARSE_ERROR_NS, 'parsererror');
    failed.documentElement?.append(error.message);
    return failed;
  }
}

/** @type {import('../dom.js').Dom} */
export const lightDom = /** @type {any} */ ({
  createDocument: implementation.createDocument,
  grow,
  parse,
});
