// SPDX-License-Identifier: MIT
// renumbered(wasm): the same module with its functions in the order in which they are first called,
// which pack.mjs makes use of.

import { CALL, CODE, CUSTOM, ELEMENTS, END, EXPORTS, FUNCTION, FUNCTIONS, bodies, bytesOf, callees,
    changed, entries, importCount, instructions, listOf, numberAt, readExports, renamed,
    writeExports } from './module.mjs';

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

/** Segments of table 0, each at a constant place. */
function elements(content, turn) {
    const numbersAt = (at) => content.indexOf(END, at) + 1;
    const endOf = (at) => {
        let [count, end] = numberAt(content, numbersAt(at));
        for (; count > 0; count--) end = numberAt(content, end)[1];
        return end;
    };
    return listOf(entries(content, endOf).map((segment) => {
        const begin = segment.indexOf(END) + 1, rest = segment.subarray(begin);
        const numbers = entries(rest, (at) => numberAt(rest, at)[1]);
        return Buffer.concat([segment.subarray(0, begin), listOf(numbers.map(turn))]);
    }));
}

function calling(body, turn) {
    return Buffer.concat([...instructions(body)].flatMap(([operator, ...operands]) =>
        [Buffer.from(operator === null ? [] : [operator]),
            ...(operator === CALL ? operands.map(turn) : operands)]));
}

export function renumbered(wasm) {
    const imports = importCount(wasm), code = bodies(wasm), order = orderOf(imports, code);
    const places = new Map(order.map((old, i) => [old, i]));
    const placeOf = (number) => places.get(number);
    const turn = (number) => bytesOf(placeOf(numberAt(number, 0)[0]));
    const sorted = (list) => order.slice(imports).map((old) => list[old - imports]);
    const sized = (body) => Buffer.concat([bytesOf(body.length), body]);
    return changed(wasm, (id, content) => {
        if (id === FUNCTIONS)
            return listOf(sorted(entries(content, (at) => numberAt(content, at)[1])));
        if (id === CODE) return listOf(sorted(code).map((body) => sized(calling(body, turn))));
        if (id === EXPORTS)
            return writeExports(readExports(content).map((one) =>
                (one.kind === FUNCTION ? { ...one, number: placeOf(one.number) } : one)));
        if (id === ELEMENTS) return elements(content, turn);
        if (id !== CUSTOM) return content;
        return renamed(content, (names) => [...names].map(([at, name]) => [placeOf(at), name]));
    });
}
