// SPDX-License-Identifier: MIT
// What the documentation names has to be there: links, paths, and the functions through which
// docs/architecture.md walks.

import { dirname, join } from 'node:path';
import { blame, files, finish, read } from './tree.mjs';

const all = files(/./);
const folders = new Set();
for (const path of all)
    for (let folder = dirname(path); folder !== '.'; folder = dirname(folder)) folders.add(folder);
/** With or without what follows the dot. */
const isThere = (path) => folders.has(path) ||
    all.some((one) => one === path || one.startsWith(`${path}.`));

const pages = files(/\.md$/);
const texts = new Map(pages.map((path) => [path, read(path)]));
const tops = [...new Set([...folders].map((folder) => folder.split('/')[0]))].join('|');

for (const [page, text] of texts) {
    const here = dirname(page);
    for (const [, link] of text.matchAll(/\]\(([^)#\s:]+)(?:#[^)]*)?\)/g))
        if (!isThere(join(here, link).replace(/\/$/, ''))) blame(page, `links to ${link}`);
    // Capitals stand for any name, build/ is made, dist/ too.
    for (const [path] of text.matchAll(new RegExp(`(?<![\\w./-])(?:${tops})/[\\w./-]*\\w`, 'g')))
        if (!/[A-Z]{4}|(^|\/)(build|dist|node_modules|found)\//.test(`${path}/`) &&
            !isThere(path) && !isThere(join(here, path)))
            blame(page, `there is no ${path}`);
}

const walks = 'docs/architecture.md';
const sources = files(/^(core|http1|native|wasm|js|examples)\/.*\.(c|h|m?js)$/);
const words = new Set(sources.flatMap((path) => read(path).match(/\w+/g) ?? []));
for (const [, quoted] of texts.get(walks).matchAll(/`([^`\n]+)`/g)) {
    if (/^[\w/]+\.(c|h|js|mjs)$/.test(quoted)) {
        if (!all.some((path) => `/${path}`.endsWith(`/${quoted}`)))
            blame(walks, `there is no ${quoted}`);
    } else if (!quoted.includes('/') && !quoted.includes('-')) {
        for (const name of quoted.match(/\b[a-z]\w*_\w+\b/g) ?? [])
            if (!words.has(name)) blame(walks, `no source has ${name}`);
    }
}
finish(`${pages.length} pages name what is there`);
