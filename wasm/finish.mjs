// SPDX-License-Identifier: MIT
// usage: node finish.mjs MODULE.mjs WASM_OPT FOLDER
//
// What is left to do after Emscripten: libbosh.js (its glue, opened for js/engine.js), libbosh.wasm
// and libbosh.debug.wasm (the same with the names of the functions) in FOLDER.

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CUSTOM, EXPORTS, bytesOf, changed, numberAt } from './module.mjs';
import { renumbered } from './renumber.mjs';

const [from, wasmOpt, folder] = process.argv.slice(2);
let glue = readFileSync(from, 'utf8');

/** Replaces what has to be there. */
function replace(pattern, by) {
    if (glue.search(pattern) < 0) throw new Error(`other glue than expected: no ${pattern}`);
    glue = glue.replace(pattern, by);
}

// The smallest glue (MINIMAL_RUNTIME) is meant for programs that live inside of it: it keeps to
// itself what C exports, and a module that cannot be compiled is an unhandled rejection.
// It also has a table from short names of exports to long ones; the module may have those, but for
// what nearly all of them begin with.
/** @type {Map<string, string>} */
const names = new Map();
replace(/\b_(\w+)=asm\["([\w$]+)"\];/g, (all, name, key) => {
    names.set(key, `_${name}`.replace('_bosh_web_', ''));
    return '';
});
replace(/var _malloc,_free(,\w+)*;/, 'var _malloc;');
replace('var asm=output.instance.exports;', '$&_malloc=asm["_malloc"];for(const name in asm)' +
    'Module[(name[0]=="_"?"":"_bosh_web_")+name]=asm[name];');
replace(/\bHEAP(U8|32|U32)=(new \w+\(b\))/g, 'HEAP$1=Module["HEAP$1"]=$2');
replace(/var readyPromiseResolve,readyPromiseReject;Module\["ready"\]=new Promise\(.*?\}\);/, '');
replace(/function ready\(\)\{[^}]*\}/, '');
replace(/WebAssembly\.instantiate\(Module\["wasm"\]/, 'return $&');
replace(/ready\(\)\}\);\s*return Module\.ready\s*\}/, 'return Module})}');

// And to be short: hooks are imports without a function around each, views that nobody uses go.
const hooks = [];
replace(/function _bosh_import_(\w+)\(\.\.\.values\)\{return Module[^{}]*\}/g, (all, name) => {
    hooks.push(name);
    return '';
});
replace(new RegExp(`:_bosh_import_(${hooks.join('|')})\\b`, 'g'), ':Module["bosh"]["$1"]');
replace(/HEAP(8|16|F32|F64)=new \w+\(b\);?/g, '');
replace(/HEAP(8|16|F32|F64),|,HEAPF32,HEAPF64/g, '');
writeFileSync(join(folder, 'libbosh.js'), glue);

/** Exports with their long names. */
function renamed(content) {
    const [count, first] = numberAt(content, 0), parts = [bytesOf(count)];
    for (let i = 0, at = first; i < count; i++) {
        const [size, begin] = numberAt(content, at), end = begin + size;
        const key = content.toString('latin1', begin, end), name = names.get(key) ?? key;
        at = numberAt(content, end + 1)[1];
        parts.push(bytesOf(name.length), Buffer.from(name), content.subarray(end, at));
    }
    return Buffer.concat(parts);
}

const debug = join(folder, 'libbosh.debug.wasm');
// Control flow that is made anew is shorter, and as quick. pack.mjs leaves alignments out, of which
// engines make nothing.
const passes = ['-Oz', '--flatten', '--rereloop', '-Oz', '-Oz', '--converge', '--dealign', '-g'];
execFileSync(wasmOpt, [...passes, from.replace(/mjs$/, 'wasm'), '-o', debug]);
const wasm = renumbered(changed(readFileSync(debug), (id, it) =>
    (id === EXPORTS ? renamed(it) : it)));
writeFileSync(debug, wasm);
// Custom sections are names and what tools note.
writeFileSync(join(folder, 'libbosh.wasm'), changed(wasm, (id, it) => (id === CUSTOM ? null : it)));
