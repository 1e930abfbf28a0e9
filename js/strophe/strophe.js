// SPDX-License-Identifier: MIT
// The Strophe object: all of the API under one name.

import {
  Component,
  ComponentParser,
  MemoryStorageBackend,
  SessionStorageBackend,
  StreamManagement,
  StreamManagementMirror,
  Websocket,
  WorkerWebsocket,
} from './absent.js';
import { Bosh } from './bosh.js';
import { Builder, Stanza } from './builder.js';
import {
  arrayBufToBase64,
  base64ToArrayBuf,
  stringToArrayBuf,
  utf16to8,
  xorArrayBuffers,
} from './bytes.js';
import { ElementType, ErrorCondition, LogLevel, NS, Status, XHTML } from './constants.js';
import { Connection } from './connection.js';
import { Handler, TimedHandler } from './handlers.js';
import {
  escapeNode,
  getBareJidFromJid,
  getDomainFromJid,
  getNodeFromJid,
  getResourceFromJid,
  unescapeNode,
} from './jid.js';
import { handleError, log, setLogLevel, speakThrough } from './log.js';
import { Request } from './request.js';
import {
  SASLAnonymous,
  SASLExternal,
  SASLMechanism,
  SASLOAuthBearer,
  SASLPlain,
  SASLSHA1,
  SASLSHA256,
  SASLSHA384,
  SASLSHA512,
  SASLXOAuth2,
} from './sasl.js';
import { createHtml, validAttribute, validCSS, validTag } from './xhtml.js';
import {
  addCookies,
  copyElement,
  forEachChild,
  getFirstElementChild,
  getNamespace,
  getParserError,
  getText,
  isTagEqual,
  stripWhitespace,
  toElement,
  xmlElement,
  xmlGenerator,
  xmlHtmlNode,
  xmlTextNode,
  xmlescape,
  xmlunescape,
} from './xml.js';

export const Strophe = {
  /** Of the Strophe whose API this is. Old programs look at it; do not rely on it. */
  VERSION: '5.0.0',

  addCookies,
  copyElement,
  forEachChild,
  getFirstElementChild,
  getNamespace,
  getParserError,
  getText,
  isTagEqual,
  stripWhitespace,
  toElement,
  xmlElement,
  xmlGenerator,
  xmlHtmlNode,
  xmlTextNode,
  xmlescape,
  xmlunescape,

  escapeNode,
  getBareJidFromJid,
  getDomainFromJid,
  getNodeFromJid,
  getResourceFromJid,
  unescapeNode,

  arrayBufToBase64,
  base64ToArrayBuf,
  stringToArrayBuf,
  utf16to8,
  xorArrayBuffers,

  SASLAnonymous,
  SASLExternal,
  SASLMechanism,
  SASLOAuthBearer,
  SASLPlain,
  SASLSHA1,
  SASLSHA256,
  SASLSHA384,
  SASLSHA512,
  SASLXOAuth2,

  createHtml,
  validTag,
  validAttribute,
  validCSS,
  handleError,
  ...log,
  setLogLevel,

  Component,
  ComponentParser,
  MemoryStorageBackend,
  SessionStorageBackend,
  StreamManagement,
  StreamManagementMirror,
  Websocket,
  WorkerWebsocket,

  Connection,
  Bosh,
  Request,
  Builder,
  Stanza,
  Handler,
  TimedHandler,

  ElementType,
  ErrorCondition,
  LogLevel,
  NS,
  Status,
  XHTML: { ...XHTML, validTag, validAttribute, validCSS },

  /** Kept for programs that set it: the engine has times of its own. */
  get TIMEOUT() {
    return Bosh.getTimeoutMultplier();
  },
  set TIMEOUT(factor) {
    Bosh.setTimeoutMultiplier(factor);
  },
  get SECONDARY_TIMEOUT() {
    return Bosh.getSecondaryTimeoutMultplier();
  },
  set SECONDARY_TIMEOUT(factor) {
    Bosh.setSecondaryTimeoutMultiplier(factor);
  },

  serialize: Builder.serialize,

  /** @param {string} name @param {string} value */
  addNamespace(name, value) {
    NS[name] = value;
  },

  addConnectionPlugin: Connection.addConnectionPlugin,
};

speakThrough(Strophe);
