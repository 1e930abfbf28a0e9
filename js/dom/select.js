// SPDX-License-Identifier: MIT
// CSS selectors on the light DOM: names, *, #id, .class, [attribute], :first-child, :last-child,
// :not(...), the four combinators and lists. Anything else throws, as the DOM does.

const IDENTIFIER = '[-\\w\\u0080-\\uFFFF]+(?:\\\\.[-\\w\\u0080-\\uFFFF]*)*';
const VALUE = `"[^"]*"|'[^']*'|${IDENTIFIER}`;
const CONDITION = `(?<operator>[~|^$*]?=)\\s*(?<value>${VALUE})\\s*`;
const PART = new RegExp(
  [
    `(?<name>(?:\\*\\|)?(?:${IDENTIFIER}|\\*))`,
    `#(?<id>${IDENTIFIER})`,
    `\\.(?<class>${IDENTIFIER})`,
    `\\[\\s*(?<attribute>${IDENTIFIER})\\s*(?:${CONDITION})?\\]`,
    `:(?<pseudo>first-child|last-child)`,
    `:not\\((?<not>[^()]*)\\)`,
  ].join('|'),
  'y',
);
const COMBINATOR = /\s*([>+~,])\s*|\s+/y;

/** @typedef {(element: any) => boolean} Test */
/** @typedef {{combinator: string, tests: Test[]}} Compound from right to left in a chain */

/** @param {string} text */
const unescape = (text) => text.replace(/\\(.)/g, '$1');

/** @type {Record<string, (actual: string, wanted: string) => boolean>} */
const operators = {
  '=': (actual, wanted) => actual === wanted,
  '^=': (actual, wanted) => wanted !== '' && actual.startsWith(wanted),
  '$=': (actual, wanted) => wanted !== '' && actual.endsWith(wanted),
  '*=': (actual, wanted) => wanted !== '' && actual.includes(wanted),
  '~=': (actual, wanted) => actual.split(/\s+/).includes(wanted),
  '|=': (actual, wanted) => actual === wanted || actual.startsWith(`${wanted}-`),
};

/** @param {Record<string, string>} part @returns {Test} */
function testOf(part) {
  if (part.name !== undefined) {
    const name = unescape(part.name.replace('*|', ''));
    return (element) => name === '*' || element.localName === name;
  }
  if (part.id !== undefined) return attributeTest('id', '=', part.id);
  if (part.class !== undefined) return attributeTest('class', '~=', part.class);
  if (part.attribute !== undefined)
    return attributeTest(
      part.attribute,
      part.operator,
      part.value?.replace(/^(["'])([^]*)\1$/, '$2'),
    );
  if (part.not !== undefined) return (element) => !matches(element, part.not);
  const sibling = part.pseudo === 'first-child' ? 'previousElementSibling' : 'nextElementSibling';
  return (element) => !element[sibling];
}

/**
 * @param {string} name
 * @param {string | undefined} operator
 * @param {string | undefined} wanted
 * @returns {Test}
 */
function attributeTest(name, operator, wanted) {
  const attribute = unescape(name);
  if (!operator) return (element) => element.hasAttribute(attribute);
  const text = unescape(wanted ?? '');
  return (element) => {
    const actual = element.getAttribute(attribute);
    return actual !== null && operators[operator](actual, text);
  };
}

/** @type {Map<string, Compound[][]>} */
const compiled = new Map();

/** @param {string} selectors @returns {Compound[][]} */
function compile(selectors) {
  const known = compiled.get(selectors);
  if (known) return known;
  const text = selectors.trim();
  /** @type {Compound[][]} */
  const list = [[{ combinator: '', tests: [] }]];
  for (let at = 0; at < text.length;) {
    const chain = list[list.length - 1];
    PART.lastIndex = COMBINATOR.lastIndex = at;
    const part = PART.exec(text);
    const combinator = part ? null : COMBINATOR.exec(text);
    if (part) chain[0].tests.push(testOf(/** @type {any} */ (part.groups)));
    else if (!combinator || !chain[0].tests.length) throw notASelector(selectors);
    else if (combinator[1] === ',') list.push([{ combinator: '', tests: [] }]);
    else chain.unshift({ combinator: combinator[1] ?? ' ', tests: [] });
    at = part ? PART.lastIndex : COMBINATOR.lastIndex;
  }
  if (list.some((chain) => !chain[0].tests.length)) throw notASelector(selectors);
  if (compiled.size > 500) compiled.clear();
  compiled.set(selectors, list);
  return list;
}

/** @param {string} selectors */
function notASelector(selectors) {
  const error = new Error(`"${selectors}" is not a selector that is understood here`);
  error.name = 'SyntaxError';
  return error;
}

/** @param {any} element @param {Compound[]} chain @param {number} at @returns {boolean} */
function fits(element, chain, at) {
  if (element?.nodeType !== 1 || !chain[at].tests.every((test) => test(element))) return false;
  if (at + 1 === chain.length) return true;
  switch (chain[at].combinator) {
    case '>':
      return fits(element.parentNode, chain, at + 1);
    case '+':
      return fits(element.previousElementSibling, chain, at + 1);
    case '~':
      return any(element, 'previousElementSibling', chain, at + 1);
    default:
      return any(element, 'parentNode', chain, at + 1);
  }
}

/** @param {any} element @param {string} step @param {Compound[]} chain @param {number} at */
function any(element, step, chain, at) {
  for (let other = element[step]; other; other = other[step])
    if (fits(other, chain, at)) return true;
  return false;
}

/** @param {any} element @param {string} selectors */
export function matches(element, selectors) {
  return compile(selectors).some((chain) => fits(element, chain, 0));
}

/**
 * The elements inside `root` that match, in document order.
 * @param {any} root @param {string} selectors @param {number} most
 * @returns {any[]}
 */
export function select(root, selectors, most) {
  const list = compile(selectors);
  /** @type {any[]} */
  const found = [];
  const visit = (/** @type {any} */ node) => {
    for (const child of node.childNodes) {
      if (found.length >= most) return;
      if (child.nodeType !== 1) continue;
      if (list.some((chain) => fits(child, chain, 0))) found.push(child);
      visit(child);
    }
  };
  visit(root);
  return most === 1 ? found.slice(0, 1) : found;
}
