// SPDX-License-Identifier: MIT
// Times and states in words.

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const weekday = new Intl.DateTimeFormat(undefined, { weekday: 'short' });
const date = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const day = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' });
const year = new Intl.DateTimeFormat(undefined, { dateStyle: 'long' });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' });

const DAY_MS = 86_400_000;

/** @param {number} at */
export const timeOf = (at) => clock.format(at);

/** @param {number} at */
export const fullTime = (at) => full.format(at);

/** Which day, as something to compare. @param {number} at */
export const dayOf = (at) => new Date(at).toDateString();

/** Days since then, by the calendar. @param {number} at */
function age(at) {
  const midnight = (/** @type {number} */ time) => new Date(time).setHours(0, 0, 0, 0);
  return Math.round((midnight(Date.now()) - midnight(at)) / DAY_MS);
}

/** Between two days of a conversation. @param {number} at */
export function dayName(at) {
  const days = age(at);
  if (days === 0) return 'Today';
  if (days === 1) return 'Yesterday';
  return (days < 300 ? day : year).format(at);
}

/** In the list: as short as it can be. @param {number} at */
export function shortTime(at) {
  const days = age(at);
  if (days <= 0) return clock.format(at);
  return (days < 7 ? weekday : date).format(at);
}

/** @type {Record<string, string>} */
export const presences = {
  '': 'Available',
  chat: 'Free for chat',
  away: 'Away',
  xa: 'Away for long',
  dnd: 'Do not disturb',
  offline: 'Offline',
};

/** @param {number} count @param {string} one @param {string} [many] */
export const plural = (count, one, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;

/** @param {Map<string, number>} typing @param {(who: string) => string} nameOf */
export function typingText(typing, nameOf) {
  const names = [...typing.keys()].map(nameOf);
  if (!names.length) return '';
  if (names.length > 2) return 'several people are typing…';
  return `${names.join(' and ')} ${names.length > 1 ? 'are' : 'is'} typing…`;
}
