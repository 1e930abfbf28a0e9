// SPDX-License-Identifier: MIT
// split(whole, wasmSplit): a module in two. The second is loaded where it is needed, and
// works in the memory of the first (Engine.extend). What it calls there it finds in the table of
// functions, by a number: an export would need a name for each.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ELEMENTS, END, EXPORTS, FUNCTION, IMPORTS, TABLE, TABLES, bodies, bytesOf, callees,
    changed, entries, functionNames, importCount, inserted, listOf, numberAt, readExports,
    readImports, section, writeExports, writeImports } from './module.mjs';

/** What saved sessions, logins that programs steer or do by keys, and libbosh/engine alone call. */
const EXPORTED = [
    ...['attach', 'import', 'export', 'save', 'sid', 'rid', 'is_answered', 'is_replay'],
    ...['set_login', 'send_login', 'continue_login', 'set_scram_keys'],
    ...['set_password', 'handle', 'unhandle', 'request'],
];
/** What runs only after one of these was called. */
const INSIDE = [
    ...['bosh_web_on_save', 'save', 'bosh_steer_stop', 'tell_login'],
    ...['on_stanza', 'on_answer'],
];

/** Names that wasm-split makes begin so, and what the second imports comes from there. */
const SHARED = '%';
/** Where the first looks for functions of the second. */
const MISSING = 'missing';
const FUNCREF = 0x70;

/** The numbers of the functions that nothing calls but `later`. */
function onlyFor(later, wasm) {
    const imports = importCount(wasm), code = bodies(wasm), elements = section(wasm, ELEMENTS);
    const rest = elements.subarray(elements.indexOf(END) + 1);
    const waiting = [
        ...readExports(section(wasm, EXPORTS)).filter(({ kind }) => kind === FUNCTION)
            .map(({ number }) => number),
        ...entries(rest, (at) => numberAt(rest, at)[1]).map((number) => numberAt(number, 0)[0]),
    ];
    const found = new Set();
    while (waiting.length) {
        const number = waiting.pop();
        if (found.has(number) || later.has(number)) continue;
        found.add(number);
        if (number >= imports) waiting.push(...callees(code[number - imports]));
    }
    return code.map((_, i) => imports + i).filter((number) => !found.has(number));
}

/** @returns {Buffer[]} both modules */
function cut(wasm, names, wasmSplit) {
    const folder = mkdtempSync(join(tmpdir(), 'libbosh-'));
    const [from, list, first, second] = ['from', 'list', 'first', 'second']
        .map((name) => join(folder, name));
    try {
        writeFileSync(from, wasm);
        writeFileSync(list, names.join('\n'));
        execFileSync(wasmSplit, [from, '--split-funcs', `@${list}`, '-o1', first, '-o2', second,
            '-g', '--enable-mutable-globals', '--export-prefix', SHARED,
            '--import-namespace', SHARED, '--placeholder-namespace', MISSING]);
        return [readFileSync(first), readFileSync(second)];
    } finally {
        rmSync(folder, { recursive: true });
    }
}

/** The numbers of functions, by their names. */
function numbersOf(wasm) {
    const numbers = new Map([...functionNames(wasm)].map(([number, name]) => [name, number]));
    return (name) => {
        if (!numbers.has(name)) throw new Error(`there is no function ${name} any more`);
        return numbers.get(name);
    };
}

const exportOf = (name) => `bosh_web_${name}`;

/** With this size at first, to grow to any. */
const tableOf = (size) => Buffer.from([FUNCREF, 0, ...bytesOf(size)]);

/**
 * @param {Buffer} whole with the names of its functions, its exports named as JavaScript calls them
 * @param {string} wasmSplit the program
 * @returns {Buffer[]} the same in two
 */
export function split(whole, wasmSplit) {
    const names = functionNames(whole), numberOf = numbersOf(whole);
    const roots = new Set([...EXPORTED.map(exportOf), ...INSIDE].map(numberOf));
    const isFirst = ({ kind, number }) => kind !== FUNCTION || !roots.has(number);
    const reduced = changed(whole, (id, it) =>
        (id === EXPORTS ? writeExports(readExports(it).filter(isFirst)) : it));
    const gone = onlyFor(roots, reduced).map((number) => names.get(number));
    const [first, second] = cut(reduced, gone, wasmSplit);
    const shared = readExports(section(first, EXPORTS))
        .filter(({ name, kind }) => kind === FUNCTION && name.startsWith(SHARED));
    const elements = section(first, ELEMENTS), begin = elements.indexOf(END) + 1;
    const [count, listed] = numberAt(elements, begin);
    const places = new Map(shared.map(({ name }, i) => [name, `${1 + count + i}`]));
    const size = 1 + count + shared.length;
    const abort = readImports(section(first, IMPORTS))[numberOf('abort')];
    return [
        changed(first, (id, it) => {
            if (id === IMPORTS)
                return writeImports(readImports(it).map((one) =>
                    (one.from === MISSING ? { ...abort, rest: one.rest } : one)));
            if (id === TABLES) return listOf([tableOf(size)]);
            if (id === EXPORTS)
                return writeExports(readExports(it).filter(({ name }) => !places.has(name)));
            if (id !== ELEMENTS) return it;
            return Buffer.concat([it.subarray(0, begin), bytesOf(count + shared.length),
                it.subarray(listed), ...shared.map(({ number }) => bytesOf(number))]);
        }),
        completed(second, size, places),
    ];
}

/** The second module, with what it exports, and with its imports by their places. */
function completed(wasm, size, places) {
    const numberOf = numbersOf(wasm);
    const exports = writeExports(EXPORTED.map((name) =>
        ({ name, kind: FUNCTION, number: numberOf(exportOf(name)) })));
    return changed(inserted(wasm, EXPORTS, exports), (id, it) => (id !== IMPORTS ? it
        : writeImports(readImports(it).map((one) => ({
            ...one,
            name: places.get(one.name) ?? one.name,
            rest: one.kind === TABLE ? tableOf(size) : one.rest,
        })))));
}
