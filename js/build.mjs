// SPDX-License-Identifier: MIT
// usage: node js/build.mjs PACKAGE
//
// Makes PACKAGE/dist, what npm gets, of the modules in PACKAGE: minified, with source maps, in all
// the forms that programs load libraries in. Also PACKAGE/embedded.js, which holds libbosh.wasm.

import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { stripped } from '../wasm/module.mjs';
import { packed } from '../wasm/pack.mjs';
import { unpack } from './unpack.js';

const root = resolve(process.argv[2]);
const dist = join(root, 'dist');
const missing = () => {
  console.error('esbuild or terser is missing: run tools/setup --for wasm, or npm ci in js/');
  process.exit(1);
};
const { build } = await import('esbuild').catch(missing);
const { minify } = await import('terser').catch(missing);

/** Entries name their engine by import(), so that they also run without one; here it is there. */
const staticEngine = {
  name: 'static-engine',
  setup: (context) =>
    context.onLoad({ filter: /\/(index|single|node)\.js$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replace(
        /(\w+)\(async \(options\) => \(await import\('(.*)'\)\)\.(\w+)\(options\)/g,
        `import { $3 } from '$2'; $1($3`,
      ),
    })),
};

/** These stay files of their own. @param {Record<string, string>} files */
const beside = (files) => ({
  name: 'beside',
  setup: (context) =>
    context.onResolve({ filter: /^\.\/\w+\.js$/ }, ({ path }) => {
      const file = files[path.slice(2)];
      return file ? { path: `./${file}`, external: true } : null;
    }),
});

/**
 * @param {string} entry @param {string} file
 * @param {Record<string, string>} files that are loaded when they are needed, by their names in the
 *   sources; all others are inside
 * @param {import('esbuild').BuildOptions} [more]
 */
const bundle = (entry, file, files, more = {}) =>
  build({
    entryPoints: [join(root, entry)],
    outfile: join(dist, file),
    bundle: true,
    minify: true,
    format: file.endsWith('.cjs') ? 'cjs' : 'esm',
    // Only for Node does esbuild note the names that CommonJS exports, for modules that import it.
    platform: /node|cjs/.test(file) ? 'node' : 'browser',
    // webpack 4 takes index.cjs, and knows no newer language.
    target: file === 'index.cjs' ? 'es2018' : 'es2022',
    // Jest has no import() in CommonJS.
    supported: { 'dynamic-import': !file.endsWith('.cjs') },
    sourcemap: 'linked',
    legalComments: 'none',
    logLevel: 'warning',
    ...more,
    plugins: [staticEngine, beside(files)],
  });

/** Members that are seen only inside of what pages load, beside those that begin with _. */
const inside = [
  ...['pump', 'pumpSoon', 'told', 'look', 'onTurn', 'onPayload', 'arena', 'records'],
  ...['lend', 'lendText', 'lendStrings', 'borrow'],
  ...['sendLogin', 'networkChanged', 'extend', 'take', 'isFinal', 'equip'],
  ...['claimed', 'stored', 'forget', 'watch', 'given', 'logged', 'lost', 'wish'],
  ...['place', 'rounds', 'ticket', 'delayMs', 'molds', 'isCopying', 'release', 'terminate'],
  ...['putBack', 'saveNow', 'pageChanged', 'onPage', 'isWatching', 'isEvicted'],
  ...['goOn', 'lose', 'begin', 'isTaken'],
];

/**
 * Shorter names for them, in the notation of terser: _a, _b, ... What Strophe.js has programs may
 * call or replace; what stands in quotes, or is an export of the module, has to be found by name.
 *
 * @param {string} code
 */
function shortNames(code) {
  const gone = inside.filter((name) => !new RegExp(`\\b${name}\\b`).test(code));
  if (gone.length) throw new Error(`no member has this name any more: ${gone.join(', ')}`);
  const strophe = new URL('node_modules/strophe.js/dist/strophe.esm.js', import.meta.url);
  const kept = new Set(readFileSync(strophe, 'utf8').match(/\w+/g));
  for (const [, name] of code.matchAll(/["'`](\w+)["'`]/g)) kept.add(name);
  const found = code.match(/(?<![\w$#])_(?!bosh_|malloc|free)[a-zA-Z]\w+/g);
  const names = [...new Set([...found, ...inside])].filter((name) => !kept.has(name));
  const count = (name) => code.split(new RegExp(`\\b${name}\\b`)).length;
  names.sort((a, b) => count(b) - count(a) || (a < b ? -1 : 1));
  return Object.fromEntries(names.map((name, i) => [`$${name}`, `_${(i + 10).toString(36)}`]));
}

/**
 * The same for what pages load: terser's output is 4 % smaller.
 *
 * @param {string} entry @param {string} file @param {Record<string, string>} files
 * @param {Record<string, string>} [names] shorter ones for members, filled by index.js
 */
async function small(entry, file, files, names) {
  await bundle(entry, file, files, { minify: false });
  const place = join(dist, file);
  const source = readFileSync(place, 'utf8');
  if (file === 'index.js') Object.assign(names, shortNames(source));
  const known = Object.keys(names ?? {}).map((name) => name.slice(1));
  const { code, map } = await minify(source, {
    module: true,
    mangle: {
      properties: {
        regex: new RegExp(`^(${known.join('|')})$`),
        keep_quoted: true,
        builtins: true, // names that something else of a browser has, too
      },
    },
    nameCache: { props: { props: { ...names } } },
    // Brotli likes statements better than the commas between them.
    compress: { passes: 3, ecma: 2020, sequences: false, pure_getters: true, unsafe_methods: true },
    sourceMap: {
      content: readFileSync(`${place}.map`, 'utf8'),
      includeSources: true,
      url: `${file}.map`,
    },
  });
  writeFileSync(place, code);
  writeFileSync(`${place}.map`, map);
}

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist);
/** @param {string} file */
function packedFile(file) {
  const wasm = stripped(readFileSync(join(root, file)));
  const result = packed(wasm);
  if (!wasm.equals(unpack(result))) throw new Error(`${file} is not the same when it was packed`);
  return result;
}
const base64 = packedFile('libbosh.wasm').toString('base64');
const typed = `/** @type {string} */\nconst base64 = '${base64}';\nexport default base64;\n`;
writeFileSync(join(root, 'embedded.js'), typed);
copyFileSync(join(root, 'embedded.js'), join(dist, 'embedded.js'));
writeFileSync(join(dist, 'embedded.cjs'), `module.exports = '${base64}';\n`);
for (const [part, name] of [
  ['first', 'libbosh'],
  ['more', 'libbosh-more'],
]) {
  writeFileSync(join(dist, `${name}.wasm`), packedFile(`${part}.debug.wasm`));
  copyFileSync(join(root, `${part}.debug.wasm`), join(dist, `${name}.debug.wasm`));
}

const engine = { 'embedded.js': 'embedded.js' };
const engineForRequire = { 'embedded.js': 'embedded.cjs' };
const names = {};
const later = Object.fromEntries(
  ['carrier', 'saved', 'scram', 'steering'].map((name) => [`${name}.js`, `${name}.js`]),
);
await small('index.js', 'index.js', { ...engine, ...later }, names);
await Promise.all([
  small('strophe/steering.js', 'steering.js', {}, names),
  small('strophe/saved.js', 'saved.js', {}, names),
  small('strophe/carrier.js', 'carrier.js', {}, names),
  small('strophe/scram.js', 'scram.js', {}),
  small('worker.js', 'worker.js', engine), // Service Workers have no import()
  bundle('single.js', 'single.js', {}),
  bundle('single.js', 'index.cjs', engineForRequire, { inject: [join(root, 'jsdom.js')] }),
  bundle('script.js', 'libbosh.umd.js', {}, { format: 'iife' }),
  bundle('node.js', 'node.js', engine),
  bundle('node.js', 'node.cjs', engineForRequire),
  small('engine-web.js', 'engine.js', engine),
  bundle('engine-node.js', 'engine-node.js', engine),
]);

// In the package the texts are beside the README.
const readme = readFileSync(new URL('README.md', import.meta.url), 'utf8');
writeFileSync(join(root, 'README.md'), readme.replaceAll('](../docs/', '](docs/'));

// A copy of the engine in the source maps is of use to nobody.
for (const file of ['single.js.map', 'libbosh.umd.js.map']) {
  const map = JSON.parse(readFileSync(join(dist, file), 'utf8'));
  map.sourcesContent = map.sourcesContent.map((source) => (source === typed ? null : source));
  writeFileSync(join(dist, file), JSON.stringify(map));
}
