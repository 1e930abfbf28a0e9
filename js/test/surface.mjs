// SPDX-License-Identifier: MIT
// The names that a Strophe has: all exports, and all members of its classes and their objects.

/** @param {any} value */
const isClass = (value) => typeof value === 'function' && value.prototype !== undefined;

/** Own and inherited. @param {any} object @param {any} [root] */
function members(object, root = Object.prototype) {
  const names = new Set();
  for (let at = object; at && at !== root; at = Object.getPrototypeOf(at))
    for (const name of Object.getOwnPropertyNames(at)) names.add(name);
  return [...names].filter((name) => name !== 'constructor').sort();
}

/** @param {any} of */
const statics = (of) =>
  members(of, Function.prototype).filter((name) => !['length', 'name', 'prototype'].includes(name));

/** "Strophe.Bosh#rid": a member of objects, "Strophe.Bosh.x": one of the class. */
export function surface(api) {
  const { Strophe } = api;
  const names = [...Object.keys(api), ...members(Strophe).map((name) => `Strophe.${name}`)];
  for (const name of members(Strophe).filter((one) => isClass(Strophe[one]))) {
    const of = Strophe[name];
    names.push(...statics(of).map((one) => `Strophe.${name}.${one}`));
    names.push(...members(of.prototype).map((one) => `Strophe.${name}#${one}`));
  }
  const { XMLHttpRequest } = globalThis;
  globalThis.XMLHttpRequest = class {};
  const connection = new Strophe.Connection('http://127.0.0.1/');
  const objects = {
    Connection: connection,
    Bosh: connection._proto,
    Handler: new Strophe.Handler(() => {}),
    TimedHandler: new Strophe.TimedHandler(1, () => {}),
    Request: new Strophe.Request(api.$msg().tree(), () => {}, 1),
    Builder: api.$msg(),
    SASLMechanism: new Strophe.SASLPlain(),
  };
  for (const [name, object] of Object.entries(objects))
    names.push(...members(object).map((one) => `Strophe.${name}#${one}`));
  globalThis.XMLHttpRequest = XMLHttpRequest;
  return [...new Set(names)].sort();
}
