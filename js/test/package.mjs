// SPDX-License-Identifier: MIT
// The package to be tested: BOSH_PACKAGE, or this folder. Tests that need the engine are skipped
// where it has not been built.

import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { findProgram } from '../../tests/servers/child.mjs';

/** Where the package is. */
export const folder = resolve(
  process.env.BOSH_PACKAGE ?? fileURLToPath(new URL('..', import.meta.url)),
);

const skip =
  !existsSync(join(folder, 'libbosh.wasm')) && `no libbosh.wasm in ${folder}: build preset wasm`;

/** The options of a test that needs the engine. */
export const withEngine = { skip, timeout: 20_000 };

/** A module of the package. @param {string} file */
export const load = (file) => import(pathToFileURL(join(folder, file)).href);

/** BOSH_ENTRY: the built one. */
export const api = await load(process.env.BOSH_ENTRY ?? 'node.js');
/** What the library has said; nothing goes to the console. @type {string[]} */
export const said = [];
api.Strophe.log = (_level, message) => said.push(message);

const names = Object.keys(api.Strophe.Status);

/**
 * A connection whose statuses are written down as [name, condition, tag of the element].
 * @param {string} url @param {object} [options]
 */
export function recorded(url, options) {
  const connection = new api.Strophe.Connection(url, options);
  /** @type {any[]} */
  const statuses = [];
  /** @type {Array<() => void>} */
  let watchers = [];
  const callback = (status, condition, element) => {
    statuses.push([names[status], condition, ...(element ? [element.tagName] : [])]);
    watchers = watchers.filter((watch) => !watch());
  };
  /** Resolves when this status has been told. @param {string} name */
  const reached = (name) =>
    new Promise((resolve_) => {
      const watch = () => statuses.some(([one]) => one === name) && (resolve_(undefined), true);
      if (!watch()) watchers.push(watch);
    });
  const connect = (jid = 'alice@localhost', pass = 'alicepw', ...more) =>
    connection.connect(jid, pass, callback, ...more);
  return { connection, statuses, callback, reached, connect };
}

/** Asks until it is true. @param {() => any} isSo @param {number} [ms] */
export async function until(isSo, ms = 5000) {
  for (const end = Date.now() + ms; !isSo();) {
    if (Date.now() > end) throw new Error(`not in time: ${isSo}`);
    await new Promise((resolve_) => setTimeout(resolve_, 5));
  }
}

/** Is there such a program? @param {string} program */
export function isInstalled(program) {
  try {
    return Boolean(findProgram(program));
  } catch {
    return false;
  }
}
