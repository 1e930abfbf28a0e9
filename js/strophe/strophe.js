// SPDX-License-Identifier: MIT
// The Strophe object: all of the API under one name.

import * as absent from './absent.js';
import { Bosh } from './bosh.js';
import * as builder from './builder.js';
import * as bytes from './bytes.js';
import { ElementType, ErrorCondition, LogLevel, NS, Status, XHTML } from './constants.js';
import { Connection } from './connection.js';
import './former.js';
import { Handler, TimedHandler } from './handlers.js';
import * as jid from './jid.js';
import { handleError, log, setLogLevel, speakThrough } from './log.js';
import { Request } from './request.js';
import * as sasl from './sasl.js';
import * as xhtml from './xhtml.js';
import * as xml from './xml.js';

const { Builder, Stanza } = builder;
const { createHtml, validAttribute, validCSS, validTag } = xhtml;
const { toStanza: _toStanza, ...xmlFunctions } = xml;
const { allMechanisms: _all, isOwn: _isOwn, sortByPriority: _sort, ...mechanisms } = sasl;

export const Strophe = {
  /** Of the Strophe whose API this is. Old programs look at it; do not rely on it. */
  VERSION: '5.0.0',

  ...xmlFunctions,
  ...jid,
  ...bytes,
  ...mechanisms,
  createHtml,
  validTag,
  validAttribute,
  validCSS,
  handleError,
  ...log,
  setLogLevel,

  ...absent,
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
