// SPDX-License-Identifier: MIT
// usage: node finish.mjs MODULE.mjs WASM_OPT WASM_SPLIT FOLDER
//
// What is left to do after Emscripten: libbosh.js (its glue, opened for js/engine.js), libbosh.wasm
// and libbosh.debug.wasm (the same with the names of the functions) in FOLDER; and the two parts
// that pages get it in, with names, as first.debug.wasm and more.debug.wasm.

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXPORTS, changed, readExports, stripped, writeExports } from './module.mjs';
import { renumbered } from './renumber.mjs';
import { split } from './split.mjs';

const [from, wasmOpt, wasmSplit, folder] = process.argv.slice(2);
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
    'Module[(name[0]=="_"?"":"_bosh_web_")+name]=asm[name];' +
    // What the second part works with: by its name, or by its number as a pointer in C.
    'Module["shared"]=name=>asm[name]||wasmTable.get(name);');
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
replace(/HEAP(8|U?16|F32|F64)=new \w+\(b\);?/g, '');
replace(/HEAP(8|U?16|F32|F64),|,HEAPF32,HEAPF64/g, '');
replace(/function UTF8ToString\(.*?\)\)\}/, 'function UTF8ToString(at)' +
    '{return UTF8Decoder.decode(HEAPU8.subarray(at,HEAPU8.indexOf(0,at)))}');
writeFileSync(join(folder, 'libbosh.js'), glue);

const debug = join(folder, 'libbosh.debug.wasm');
// Control flow that is made anew is shorter, and as quick. pack.mjs leaves alignments out, of which
// engines make nothing.
const passes = ['-Oz', '--flatten', '--rereloop', '-Oz', '-Oz', '--converge', '--dealign', '-g'];
execFileSync(wasmOpt, [...passes, from.replace(/mjs$/, 'wasm'), '-o', debug]);
const whole = changed(readFileSync(debug), (id, it) => (id !== EXPORTS ? it
    : writeExports(readExports(it).map((one) =>
        ({ ...one, name: names.get(one.name) ?? one.name })))));
const wasm = renumbered(whole);
writeFileSync(debug, wasm);
writeFileSync(join(folder, 'libbosh.wasm'), stripped(wasm));
for (const [i, part] of split(whole, wasmSplit).entries())
    writeFileSync(join(folder, ['first.debug.wasm', 'more.debug.wasm'][i]), renumbered(part));
