// SPDX-License-Identifier: MIT
// renumbered(wasm): the same module with its functions in the order in which they are first called,
// which pack.mjs makes use of.

import { CODE, CUSTOM, ELEMENTS, EXPORTS, FUNCTIONS, bodies, bytesOf, changed, entries, importCount,
    instructions, listOf, numberAt } from './module.mjs';

const CALL = 0x10, END = 0x0b;
const FUNCTION = 0; // a kind of export
const FUNCTION_NAMES = 1; // a part of the section of names

const callees = (body) => [...instructions(body)].flatMap(([operator, callee]) =>
    (operator === CALL ? numberAt(callee, 0)[0] : []));

/** The old numbers in their new order, imports included. */
function orderOf(imports, code) {
    const order = new Set(Array.from({ length: imports }, (_, i) => i));
    const waiting = code.map((_, i) => imports + i);
    let done = imports;
    while (order.size < imports + code.length) {
        order.add(waiting.find((one) => !order.has(one)));
        for (; done < order.size; done++)
            for (const callee of callees(code[[...order][done] - imports])) order.add(callee);
    }
    return [...order];
}

/** One segment, of table 0, at a constant place. */
function elements(content, turn) {
    const begin = content.indexOf(END) + 1;
    const head = content.subarray(0, begin), rest = content.subarray(begin);
    return Buffer.concat([head, listOf(entries(rest, (at) => numberAt(rest, at)[1]).map(turn))]);
}

function exported(content, turn) {
    const kindAt = (at) => numberAt(content, at).reduce((size, name) => name + size);
    return listOf(entries(content, (at) => numberAt(content, kindAt(at) + 1)[1]).map((entry) => {
        const [size, name] = numberAt(entry, 0), kind = name + size;
        const [head, number] = [entry.subarray(0, kind + 1), entry.subarray(kind + 1)];
        return entry[kind] === FUNCTION ? Buffer.concat([head, turn(number)]) : entry;
    }));
}

function calling(body, turn) {
    return Buffer.concat([...instructions(body)].flatMap(([operator, ...operands]) =>
        [Buffer.from(operator === null ? [] : [operator]),
            ...(operator === CALL ? operands.map(turn) : operands)]));
}

/** The names of functions alone. */
function names(content, numberOf) {
    const [size, begin] = numberAt(content, 0);
    if (content.toString('latin1', begin, begin + size) !== 'name') return content;
    for (let at = begin + size; at < content.length;) {
        const kind = content[at], [length, first] = numberAt(content, at + 1);
        at = first + length;
        if (kind !== FUNCTION_NAMES) continue;
        const all = content.subarray(first, at);
        const list = entries(all, (place) => numberAt(all, numberAt(all, place)[1])
            .reduce((bytes, name) => name + bytes));
        const sorted = list.map((entry) => {
            const [number, name] = numberAt(entry, 0);
            return [numberOf(number), entry.subarray(name)];
        }).sort(([a], [b]) => a - b);
        const part = listOf(sorted.map(([number, name]) => Buffer.concat([bytesOf(number), name])));
        return Buffer.concat([content.subarray(0, begin + size), Buffer.from([kind]),
            bytesOf(part.length), part]);
    }
    return content;
}

export function renumbered(wasm) {
    const imports = importCount(wasm), code = bodies(wasm), order = orderOf(imports, code);
    const places = new Map(order.map((old, i) => [old, i]));
    const turn = (number) => bytesOf(places.get(numberAt(number, 0)[0]));
    const sorted = (list) => order.slice(imports).map((old) => list[old - imports]);
    const sized = (body) => Buffer.concat([bytesOf(body.length), body]);
    return changed(wasm, (id, content) => {
        if (id === FUNCTIONS)
            return listOf(sorted(entries(content, (at) => numberAt(content, at)[1])));
        if (id === CODE) return listOf(sorted(code).map((body) => sized(calling(body, turn))));
        if (id === EXPORTS) return exported(content, turn);
        if (id === ELEMENTS) return elements(content, turn);
        return id === CUSTOM ? names(content, (number) => places.get(number)) : content;
    });
}
