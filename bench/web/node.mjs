// SPDX-License-Identifier: MIT
// One measurement in Node, in a process of its own.
//
// usage: node node.mjs MODULE FUNCTION OPTIONS; prints what the function returns. In the options
// (JSON) `who` names the library, `packageFolder` is where ours is, and `dom: 'xmldom'` gives ours
// the DOM that Strophe uses in Node.

import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [module, measure, json] = process.argv.slice(2);
const options = JSON.parse(json);
const require = createRequire(new URL('../../js/package.json', import.meta.url));
const ours = (file) => import(pathToFileURL(join(options.packageFolder, file)).href);

async function useXmldom() {
    const { DOMImplementation, DOMParser } = require('@xmldom/xmldom');
    const { useDom } = await ours('dom.js');
    const implementation = new DOMImplementation();
    useDom({
        createDocument: (ns, name) => implementation.createDocument(ns, name, null),
        parse: (xml) => new DOMParser().parseFromString(xml, 'text/xml'),
    });
}

async function load() {
    if (options.who === 'bare') return null;
    if (options.who !== 'libbosh') return (await import('../peers/strophe-node.mjs')).api;
    const libbosh = await ours('node.js');
    if (options.dom === 'xmldom') await useXmldom();
    return libbosh;
}

const api = await load();
api?.Strophe.setLogLevel(api.Strophe.LogLevel.FATAL);
const result = await (await import(`./${module}`))[measure]({ ...options, api });
console.log(JSON.stringify(result));
process.exit(0);
