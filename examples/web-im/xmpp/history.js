// SPDX-License-Identifier: MIT
// What was said before: reading up in a conversation, and catching up after an absence. On a server
// without an archive there is what this session has seen.

import { infoOf } from './disco.js';
import { MAM, queryArchive } from './mam.js';

/** Of the whole account, at the first login: enough to fill the list. */
const FIRST_PAGE = 100;
const PAGE = 50;
/** Pages without a text (receipts only) that are skipped at a time. */
const PATIENCE = 4;

export class History {
  /** @type {Set<string>} chats that are being read */
  #busy = new Set();

  /**
   * @param {any} connection @param {import('../model.js').Model} model
   * @param {import('./messages.js').Messages} messages
   */
  constructor(connection, model, messages) {
    this.connection = connection;
    this.model = model;
    this.messages = messages;
  }

  /**
   * What happened while we were away.
   * @returns {Promise<boolean>} is it known for certain now?
   */
  async catchUp() {
    const { connection, model } = this;
    model.hasArchive = (await infoOf(connection, model.account)).features.has(MAM);
    if (!model.hasArchive) return false;
    if (!model.archiveEnd) return this.#read({ before: '', max: FIRST_PAGE });
    try {
      return await this.#read({ after: model.archiveEnd, max: FIRST_PAGE });
    } catch {
      // The place where we stopped has been deleted meanwhile.
      return this.#read({ before: '', max: FIRST_PAGE });
    }
  }

  /** @param {import('./mam.js').Query} query */
  async #read(query) {
    for (;;) {
      const page = await queryArchive(this.connection, this.model.account, query);
      this.messages.archived(page.results, true);
      if (page.last) this.model.archiveEnd = page.last;
      if (page.isComplete || !page.last || !query.after) return true;
      query = { ...query, after: page.last };
    }
  }

  /** May there be more above? @param {import('../model.js').Chat} chat */
  hasOlder({ room, archive }) {
    return !archive.isComplete && (room ? !!archive.isThere : this.model.hasArchive);
  }

  /**
   * Reads on upwards.
   * @param {import('../model.js').Chat} chat
   */
  async loadOlder(chat) {
    if (this.#busy.has(chat.jid) || !this.hasOlder(chat)) return;
    this.#busy.add(chat.jid);
    this.model.tell('chat', chat);
    try {
      for (let i = 0; i < PATIENCE && this.hasOlder(chat); i++)
        if (await this.#loadPage(chat)) break;
    } finally {
      this.#busy.delete(chat.jid);
      this.model.tell('chat', chat);
    }
  }

  /** @param {import('../model.js').Chat} chat */
  isLoading({ jid }) {
    return this.#busy.has(jid);
  }

  /** @param {import('../model.js').Chat} chat @returns {Promise<number>} how many were new */
  async #loadPage({ jid, room, archive, messages }) {
    const whose = room ? { to: jid } : { with: jid };
    const before = archive.oldest || (messages.find((one) => one.archiveId)?.archiveId ?? '');
    const { model, connection } = this;
    const page = await queryArchive(connection, model.account, { ...whose, before, max: PAGE });
    archive.oldest = page.first || archive.oldest;
    archive.isComplete = page.isComplete || !page.first;
    return this.messages.archived(page.results, false, room ? jid : '');
  }
}
