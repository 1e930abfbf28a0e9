// SPDX-License-Identifier: MIT
// What can go wrong, as programs see it.

/**
 * What an error was about; see bosh_detail in bosh.h.
 *
 * @typedef {object} Detail
 * @property {number} [httpStatus]
 * @property {string} [condition] of the terminating body
 * @property {string} [stanzaCondition] of the stream, SASL or bind ("conflict", "not-authorized")
 * @property {string} [text] the server's own words
 * @property {string} [uri] where see-other-uri points to
 */

/** An error of the engine. */
export class BoshError extends Error {
  /**
   * @param {string} code "BOSH_ERR_AUTH"; names.h lists them all
   * @param {string} message
   * @param {Detail} [detail]
   */
  constructor(code, message, detail = {}) {
    const more = detail.text || (detail.httpStatus && `HTTP ${detail.httpStatus}`);
    super(more ? `${message} (${more})` : message);
    this.name = 'BoshError';
    this.code = code;
    this.detail = detail;
    /** The error stanza, where there is one. @type {import('./received.js').Element | null} */
    this.stanza = null;
  }
}
