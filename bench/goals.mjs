// SPDX-License-Identifier: MIT
// What a figure is compared with, and where it should be.

import { summary } from './measure.mjs';

/**
 * @typedef {object} Row one line of the table
 * @property {string} name
 * @property {string} unit
 * @property {'less' | 'more'} better
 * @property {import('./measure.mjs').Figure} own
 * @property {string | null} peer who else was measured
 * @property {import('./measure.mjs').Figure | null} theirs
 * @property {Goal} goal
 * @property {string} [note]
 *
 * @typedef {object} Goal
 * @property {string} text
 * @property {(value: number, theirs: number | null) => boolean | null} judge null: cannot be told
 *     without the peer
 */

const withPeer = (isMet) => (value, theirs) => (theirs === null ? null : isMet(value, theirs));

/** @returns {Goal} */
export const atMost = (limit) => ({ text: `<= ${limit}`, judge: (value) => value <= limit });
/** @returns {Goal} */
export const timesAtMost = (factor, peer) => ({ text: `<= ${factor} x ${peer}`,
    judge: withPeer((value, theirs) => value <= factor * theirs) });
/** @returns {Goal} */
export const timesAtLeast = (factor, peer) => ({ text: `>= ${factor} x ${peer}`,
    judge: withPeer((value, theirs) => value >= factor * theirs) });
/** For times, where less is better. @returns {Goal} */
export const fasterThan = (factor, peer) => ({ text: `${factor} x as fast as ${peer}`,
    judge: withPeer((value, theirs) => value * factor <= theirs) });
/** @returns {Goal} */
export const moreAtMost = (much, peer) => ({ text: `<= ${peer} + ${much}`,
    judge: withPeer((value, theirs) => value <= theirs + much) });
/** Shown beside another row. @type {Goal} */
export const noGoal = { text: '', judge: () => null };

/** One member of several results. */
export function figures(results, member) {
    return results && results.length ? summary(results.map((result) => result[member])) : null;
}
