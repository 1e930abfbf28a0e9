// SPDX-License-Identifier: MIT
// usage: node js/types.mjs PACKAGE
//
// Makes PACKAGE/dist/index.d.ts (and .d.cts): what tsc reads in the modules' comments, `Strophe`
// also as a namespace, here and in the global scope, so that `Strophe.Connection` is a type too,
// and one that programs can extend by the plugins they use.

import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(process.argv[2]);
const dist = join(root, 'dist');
const types = join(dist, 'types');

const options =
  '--allowJs --declaration --emitDeclarationOnly --strict --skipLibCheck --target es2022';
const places =
  '--module nodenext --moduleResolution nodenext --lib es2023,dom,dom.iterable --types';
execFileSync(
  join(here, 'node_modules/.bin/tsc'),
  [...`${options} ${places}`.split(' '), '', '--outDir', types, 'api.js', 'engine-web.js'],
  { cwd: root, stdio: 'inherit' },
);
// Before TypeScript 5.7 these took no parameter.
for (const name of readdirSync(types, { recursive: true }).filter((name) => name.endsWith('.ts'))) {
  const file = join(types, name);
  writeFileSync(
    file,
    readFileSync(file, 'utf8').replace(/\b(\w+Array)<ArrayBuffer(Like)?>/g, '$1'),
  );
}
// So that both ES modules and CommonJS may import them.
writeFileSync(join(types, 'package.json'), '{ "type": "commonjs" }\n');

const api = await import(pathToFileURL(join(root, 'api.js')).href);
const isClass = (value) => typeof value === 'function' && /^class\b/.test(String(value));

/** Types that have no value of their own: name to module. */
const named = {
  Attributes: 'builder',
  ConnectCallback: 'connection',
  ConnectionOptions: 'connection',
  HandlerOptions: 'handlers',
  ScramKeys: 'scram-keys',
};
const numbers = ['ElementType', 'LogLevel', 'Status'];
const alias = (name) => `type ${name} = import('./types/strophe/${named[name]}.js').${name};`;
const member = (name) => {
  const own = `own.Strophe.${name}`;
  if (isClass(api.Strophe[name])) return `class ${name} extends ${own} {}`;
  // Programs replace functions, log for example.
  const value = `let ${name}: typeof own.Strophe.${name};`;
  if (name === 'ErrorCondition') return `${value} type ${name} = string;`;
  return numbers.includes(name) ? `${value} type ${name} = number;` : value;
};
const functions = ['$build', '$iq', '$msg', '$pres', 'stx', 'toStanza'];
const others = Object.keys(api).filter((name) => name !== 'Strophe');
const lines = (list) => list.map((line) => `    ${line}\n`).join('');

const declaration = `import * as own from './types/api.js';

declare global {
  namespace Strophe {
${lines([...Object.keys(named).map(alias), ...Object.keys(api.Strophe).map(member)])}  }
${lines(functions.map((name) => `const ${name}: typeof own.${name};`))}}

export import Strophe = globalThis.Strophe;
export { ${others.join(', ')} } from './types/api.js';
${Object.keys(named)
  .map((name) => `export type { ${name} } from './types/strophe/${named[name]}.js';\n`)
  .join('')}`;
for (const file of ['index.d.ts', 'index.d.cts']) writeFileSync(join(dist, file), declaration);
