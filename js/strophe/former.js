// SPDX-License-Identifier: MIT
// Private parts of Strophe that old programs call or replace, in the words of this library; and
// those that there is nothing behind, which say so. Its classes inherit them.

import { Status } from './constants.js';
import { failure, log } from './log.js';
import { canStore } from './store.js';

export class FormerBosh {
  /** @param {any} request @param {number} [otherwise] */
  static _getRequestStatus(request, otherwise) {
    return request.xhr?.readyState === 4 && request.xhr.status ? request.xhr.status : otherwise;
  }

  /** @this {any} */
  _onIdle() {
    this._conn._drain();
  }

  /** @this {any} */
  _send() {
    this._conn._drain();
  }

  /** @this {any} */
  _sendRestart() {
    this._conn._sendRestart();
  }

  /** @this {any} */
  _throttledRequestHandler() {
    this._conn.flush();
  }

  /** @this {any} */
  _processRequest() {
    this._conn.flush();
  }

  /** @this {any} */
  _sendTerminate() {
    this._disconnect();
  }

  /** @this {any} @param {any[]} values */
  _restore(...values) {
    this._conn.restore(...values);
  }

  /** @this {any} @param {any} request */
  _callProtocolErrorHandlers(request) {
    this._hitError(FormerBosh._getRequestStatus(request, 0));
  }

  /** @this {any} @param {(request: any) => void} func @param {any} request */
  _onRequestStateChange(func, request) {
    if (request.abort || request.xhr?.readyState !== 4) return;
    if (request.xhr.status === 200) func(request);
    else this._callProtocolErrorHandlers(request);
  }
}

export class FormerConnection {
  static addProtocol(/** @type {string} */ name) {
    throw failure(`addProtocol("${name}") is not part of libbosh: it speaks BOSH only`);
  }

  /** A worker has none. */
  onRoleChanged() {}
  onForeignStanzaSent() {}

  _sessionCachingSupported() {
    return canStore();
  }

  /** @this {any} */
  _onDisconnectTimeout() {
    log.debug('_onDisconnectTimeout was called');
    this._changeConnectStatus(Status.CONNTIMEOUT, null);
    this._proto._onDisconnectTimeout();
    this._doDisconnect();
    return false;
  }
}

/** @param {object} to @param {string} of @param {string} why @param {string} names */
function refuse(to, of, why, names) {
  for (const name of names.split(' '))
    Object.defineProperty(to, name, {
      configurable: true,
      writable: true,
      value() {
        throw failure(`${of}.${name} is not part of libbosh: ${why}`);
      },
    });
}

refuse(
  FormerBosh.prototype,
  'Bosh',
  'requests belong to the engine',
  '_removeRequest _restartRequest',
);
refuse(
  FormerConnection.prototype,
  'Connection',
  'there is no legacy login, no legacy session and no stream management',
  '_attemptLegacyAuth _onLegacyAuthIQResult _auth2_cb _establishSession _onSessionResultIQ ' +
    '_onStreamResumed _onStreamResumptionFailed _registerSMHandlers',
);
