// SPDX-License-Identifier: MIT
// Runs the programs of a benchmark in turn and keeps the middle of what they measured.

import { spawn } from 'node:child_process';

/** No measurement takes that long; one that hangs must not keep the others waiting. */
const limitMs = 240_000;

/**
 * What `promise` gives, or an error when it takes too long.
 * @template T
 * @param {Promise<T>} promise
 * @param {string} what
 * @returns {Promise<T>}
 */
export async function inTime(promise, what) {
    let timer;
    const late = new Promise((_, reject) => {
        timer = setTimeout(
            () => reject(new Error(`${what} hangs: no result in ${limitMs / 1000} s`)), limitMs);
    });
    try {
        return await Promise.race([promise, late]);
    } finally {
        clearTimeout(timer);
    }
}

/**
 * Runs a program to its end; its standard output is one JSON value.
 * @param {string} program
 * @param {string[]} [args]
 * @param {Record<string, string>} [env] added to the environment
 */
export async function runJson(program, args = [], env = {}) {
    const child = spawn(program, args,
        { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, ...env } });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text) => (output += text));
    const ended = new Promise((resolve, reject) => {
        child.once('error', reject);
        child.once('close', (status, signal) => resolve(signal ?? status));
    });
    const code = await inTime(ended, program).finally(() => child.kill());
    if (code !== 0) throw new Error(`${program} ended with ${code}`);
    return JSON.parse(output);
}

/** @typedef {{value: number, low: number, high: number}} Figure the median, and the extremes */

/** @param {number[]} values @returns {Figure} */
export function summary(values) {
    const sorted = [...values].sort((a, b) => a - b);
    const middle = (sorted.length - 1) / 2;
    const value = (sorted[Math.floor(middle)] + sorted[Math.ceil(middle)]) / 2;
    return { value, low: sorted[0], high: sorted.at(-1) };
}

/**
 * Runs several programs in turn, so that whatever else the machine does hits all of them alike.
 * @param {number} rounds
 * @param {Record<string, () => Promise<object>>} programs
 * @returns {Promise<Record<string, object[]>>} what each returned, round by round
 */
export async function inTurn(rounds, programs) {
    const results = Object.fromEntries(Object.keys(programs).map((name) => [name, []]));
    for (let round = 0; round < rounds; round++)
        for (const [name, run] of Object.entries(programs)) results[name].push(await run());
    return results;
}
