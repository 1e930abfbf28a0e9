// SPDX-License-Identifier: MIT
// Runs the programs of a benchmark in turn and keeps the middle of what they measured.

import { spawn } from 'node:child_process';

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
    const code = await new Promise((resolve, reject) => {
        child.once('error', reject);
        child.once('close', (status, signal) => resolve(signal ?? status));
    });
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
