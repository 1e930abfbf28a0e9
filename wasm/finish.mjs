// SPDX-License-Identifier: MIT
// usage: node finish.mjs MODULE.mjs WASM_OPT FOLDER
//
// What is left to do after Emscripten: libbosh.js (its glue, opened for js/engine.js), libbosh.wasm
// and libbosh.debug.wasm (the same with the names of the functions) in FOLDER.

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [from, wasmOpt, folder] = process.argv.slice(2);
let glue = readFileSync(from, 'utf8');

/** Replaces what has to be there. */
function replace(pattern, by) {
    if (glue.search(pattern) < 0) throw new Error(`other glue than expected: no ${pattern}`);
    glue = glue.replace(pattern, by);
}

// The smallest glue (MINIMAL_RUNTIME) is meant for programs that live inside of it: it keeps to
// itself what C exports, and a module that cannot be compiled is an unhandled rejection.
replace(/var _malloc,_free(,\w+)*;/, 'var _malloc,_free;');
const exported = (all, name, key) =>
    `${/^(malloc|free)$/.test(name) ? `_${name}=` : ''}Module["_${name}"]=asm["${key}"];`;
replace(/\b_(\w+)=asm\["([\w$]+)"\];/g, exported);
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

/** Without its custom sections, which are names and what tools note. */
function stripped(wasm) {
    const kept = [wasm.subarray(0, 8)];
    for (let at = 8, end; at < wasm.length; at = end) {
        let size = 0, shift = 0, from_ = at;
        do size |= (wasm[++from_] & 127) << shift, shift += 7; while (wasm[from_] & 128);
        end = from_ + 1 + size;
        if (wasm[at] !== 0) kept.push(wasm.subarray(at, end));
    }
    return Buffer.concat(kept);
}

const debug = join(folder, 'libbosh.debug.wasm');
execFileSync(wasmOpt, ['-Oz', '--converge', '-g', from.replace(/mjs$/, 'wasm'), '-o', debug]);
writeFileSync(join(folder, 'libbosh.wasm'), stripped(readFileSync(debug)));
