// SPDX-License-Identifier: MIT
// A question in a dialog. The browser keeps the focus inside, closes on Esc, and gives the focus
// back.

import { h } from './dom.js';

/**
 * @typedef {object} Field
 * @property {string} name
 * @property {string} label
 * @property {string} [value]
 * @property {string} [placeholder]
 * @property {string} [hint]
 * @property {string} [type]
 * @property {boolean} [isOptional]
 */

/**
 * @param {object} question
 * @param {string} question.title
 * @param {string} [question.text]
 * @param {Field[]} [question.fields]
 * @param {string} question.action what the button says
 * @param {boolean} [question.isDangerous]
 * @param {() => void} [question.done] when it has succeeded and the dialog is gone
 * @param {(values: Record<string, string>) => any} question.run when it fails (also later), the
 *   message of the error is shown and the dialog stays
 */
export function ask({ title, text = '', fields = [], action, isDangerous = false, run, done }) {
  const problem = h('p.problem', { role: 'alert', hidden: true });
  const submit = h(isDangerous ? 'button.danger' : 'button.primary', null, action);
  const cancel = h('button', { type: 'button', onclick: () => dialog.close() }, 'Cancel');
  const inputs = fields.map(
    ({ name, label, value = '', placeholder, type = 'text', hint, isOptional }) =>
      h(
        'label',
        null,
        h('span', null, label, isOptional && h('small', null, ' (optional)')),
        h('input', {
          name,
          type,
          value,
          placeholder,
          required: !isOptional,
          autocomplete: 'off',
          autocapitalize: 'none',
          spellcheck: 'false',
        }),
        hint && h('small', null, hint),
      ),
  );
  const form = h(
    'form',
    { method: 'dialog', onsubmit: send },
    h('h2', { id: 'dialog-title' }, title),
    text && h('p', null, text),
    inputs,
    problem,
    h('div.actions', null, cancel, submit),
  );
  const dialog = h(
    'dialog',
    { 'aria-labelledby': 'dialog-title', onclose: () => dialog.remove() },
    form,
  );

  /** @param {SubmitEvent} event */
  async function send(event) {
    event.preventDefault();
    submit.disabled = true;
    problem.hidden = true;
    try {
      const values = Object.fromEntries(new FormData(form));
      await run(/** @type {Record<string, string>} */ (values));
      dialog.close();
      done?.();
    } catch (error) {
      problem.textContent = /** @type {Error} */ (error).message;
      problem.hidden = false;
      submit.disabled = false;
      form.querySelector('input')?.focus();
    }
  }

  dialog.addEventListener('click', (/** @type {Event} */ event) => {
    if (event.target === dialog) dialog.close();
  });
  document.body.append(dialog);
  dialog.showModal();
  form.querySelector('input')?.select();
}
