// SPDX-License-Identifier: MIT
// What an administrator may want to change.

/** Where the BOSH server answers. */
export const service = '/xmpp-httpbind';

/** Added to a name that was typed without "@". */
export const domain = location.hostname;

/** What the page calls itself in the title of its window. */
export const title = 'Chat';
