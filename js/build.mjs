// SPDX-License-Identifier: MIT
// usage: node js/build.mjs PACKAGE
//
// Makes PACKAGE/dist, what npm gets, of the modules in PACKAGE: minified, with source maps, in all
// the forms that programs load libraries in. Also PACKAGE/embedded.js, which holds libbosh.wasm.

import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

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
        /useEngine\(async \(options\) => \(await import\('(.*)'\)\)\.loadEngine\(options\)\);/,
        `import { loadEngine } from '$1'; useEngine(loadEngine);`,
      ),
    })),
};

/** The embedded engine stays a file of its own. @param {string} name */
const embeddedBeside = (name) => ({
  name: 'embedded-beside',
  setup: (context) =>
    context.onResolve({ filter: /embedded\.js$/ }, ({ path }) =>
      path === './embedded.js' ? { path: name, external: true } : null,
    ),
});

/**
 * @param {string} entry @param {string} file
 * @param {'embedded.js' | 'embedded.cjs' | 'inside'} embedded where the embedded engine is
 * @param {import('esbuild').BuildOptions} [more]
 */
const bundle = (entry, file, embedded, more = {}) =>
  build({
    entryPoints: [join(root, entry)],
    outfile: join(dist, file),
    bundle: true,
    minify: true,
    format: file.endsWith('.cjs') ? 'cjs' : 'esm',
    // Only for Node does esbuild note the names that CommonJS exports, for modules that import it.
    platform: /node|cjs/.test(file) ? 'node' : 'browser',
    target: 'es2022',
    // Jest has no import() in CommonJS.
    supported: { 'dynamic-import': !file.endsWith('.cjs') },
    sourcemap: 'linked',
    legalComments: 'none',
    logLevel: 'warning',
    ...more,
    plugins: [staticEngine, ...(embedded === 'inside' ? [] : [embeddedBeside(`./${embedded}`)])],
  });

/** The same for what pages load: terser's output is 4 % smaller. */
async function small(entry, file) {
  await bundle(entry, file, 'embedded.js', { minify: false });
  const place = join(dist, file);
  const { code, map } = await minify(readFileSync(place, 'utf8'), {
    module: true,
    compress: { passes: 3, ecma: 2020 },
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
const base64 = readFileSync(join(root, 'libbosh.wasm')).toString('base64');
const typed = `/** @type {string} */\nconst base64 = '${base64}';\nexport default base64;\n`;
writeFileSync(join(root, 'embedded.js'), typed);
copyFileSync(join(root, 'embedded.js'), join(dist, 'embedded.js'));
writeFileSync(join(dist, 'embedded.cjs'), `module.exports = '${base64}';\n`);
for (const file of ['libbosh.wasm', 'libbosh.debug.wasm'])
  copyFileSync(join(root, file), join(dist, file));

await Promise.all([
  small('index.js', 'index.js'),
  small('worker.js', 'worker.js'),
  bundle('single.js', 'single.js', 'inside'),
  bundle('single.js', 'index.cjs', 'embedded.cjs', { inject: [join(root, 'jsdom.js')] }),
  bundle('script.js', 'libbosh.umd.js', 'inside', { format: 'iife' }),
  bundle('node.js', 'node.js', 'embedded.js'),
  bundle('node.js', 'node.cjs', 'embedded.cjs'),
  small('engine-web.js', 'engine.js'),
  bundle('engine-node.js', 'engine-node.js', 'embedded.js'),
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
