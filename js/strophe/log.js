// SPDX-License-Identifier: MIT
// The log. Everything the library says goes through `voice.log`, which index.js makes the `log` of
// the Strophe object: a program that replaces Strophe.log hears it all.

import { LogLevel } from './constants.js';

let leastLevel = LogLevel.DEBUG;

/** @param {number} level one of LogLevel; what is below it is not printed */
export function setLogLevel(level) {
  if (!(level >= LogLevel.DEBUG && level <= LogLevel.FATAL))
    throw new Error('Invalid log level supplied to setLogLevel');
  leastLevel = level;
}

/**
 * Prints to the console.
 * @param {number} level
 * @param {string} message
 */
function print(level, message) {
  if (level < leastLevel) return;
  if (level >= LogLevel.ERROR) console.error(message);
  else if (level === LogLevel.WARN) console.warn(message);
  else if (level === LogLevel.INFO) console.info(message);
  else if (level === LogLevel.DEBUG) console.debug(message);
}

/** Whose `log` is called. @type {{log: (level: number, message: string) => void}} */
export let voice = { log: print };

/** @param {{log: (level: number, message: string) => void}} speaker */
export function speakThrough(speaker) {
  voice = speaker;
}

export const log = {
  log: print,
  /** @param {string} message */
  debug: (message) => voice.log(LogLevel.DEBUG, message),
  /** @param {string} message */
  info: (message) => voice.log(LogLevel.INFO, message),
  /** @param {string} message */
  warn: (message) => voice.log(LogLevel.WARN, message),
  /** @param {string} message */
  error: (message) => voice.log(LogLevel.ERROR, message),
  /** @param {string} message */
  fatal: (message) => voice.log(LogLevel.FATAL, message),
};

/** Logs an exception of somebody's callback. @param {any} error */
export function handleError(error) {
  if (error?.stack !== undefined) log.fatal(error.stack);
  log.fatal(`error: ${error?.message ?? error}`);
}

/** @param {string} message @param {string} [name] @param {any} [cause] */
export function failure(message, name = 'StropheError', cause) {
  const error = new Error(message, { cause });
  error.name = name;
  return error;
}
