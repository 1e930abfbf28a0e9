// SPDX-License-Identifier: MIT
// The bytes of a WebAssembly module, as far as the build has to know them.

export const CUSTOM = 0, IMPORTS = 2, FUNCTIONS = 3, TABLES = 4, EXPORTS = 7, ELEMENTS = 9,
    CODE = 10;
/** Kinds of imports and exports. */
export const FUNCTION = 0, TABLE = 1;
/** Operators. */
export const END = 0x0b, CALL = 0x10;

/** The number at `at`, and where it ends. */
export function numberAt(wasm, at) {
    let value = 0, shift = 0;
    do value |= (wasm[at] & 127) << shift, shift += 7; while (wasm[at++] & 128);
    return [value >>> 0, at];
}

export function bytesOf(number) {
    const bytes = [];
    for (; number > 127; number >>>= 7) bytes.push(number & 127 | 128);
    return Buffer.from([...bytes, number]);
}

/** The sections: [id, content, where the section begins, where it ends]. */
export function* sections(wasm) {
    for (let at = 8; at < wasm.length;) {
        const begin = at, [size, content] = numberAt(wasm, at + 1);
        at = content + size;
        yield [wasm[begin], wasm.subarray(content, at), begin, at];
    }
}

/** The content of the one section with this id. */
export const section = (wasm, wanted) => [...sections(wasm)].find(([id]) => id === wanted)[1];

/** With other contents of sections, or without the section where `change` returns null. */
export function changed(wasm, change) {
    const parts = [wasm.subarray(0, 8)];
    for (const [id, before] of sections(wasm)) {
        const content = change(id, before);
        if (content) parts.push(Buffer.from([id]), bytesOf(content.length), content);
    }
    return Buffer.concat(parts);
}

/** Without its custom sections: names, and what tools note. */
export const stripped = (wasm) => changed(wasm, (id, it) => (id === CUSTOM ? null : it));

/** With a section that it does not have yet. */
export function inserted(wasm, id, content) {
    const [, , place] = [...sections(wasm)].find(([next]) => next > id);
    return Buffer.concat([wasm.subarray(0, place), Buffer.from([id]), bytesOf(content.length),
        content, wasm.subarray(place)]);
}

/** What a section lists: `read` gets where an entry begins and says where it ends. */
export function entries(content, read) {
    const [count, first] = numberAt(content, 0), list = [];
    for (let i = 0, at = first; i < count; i++) {
        const end = read(at);
        list.push(content.subarray(at, end));
        at = end;
    }
    return list;
}

export const listOf = (parts) => Buffer.concat([bytesOf(parts.length), ...parts]);

/** The bodies of the functions, without their sizes. */
export const bodies = (wasm) => {
    const content = section(wasm, CODE);
    const sized = entries(content, (at) => {
        const [size, begin] = numberAt(content, at);
        return begin + size;
    });
    return sized.map((body) => body.subarray(numberAt(body, 0)[1]));
};

const nameOf = (text) => Buffer.concat([bytesOf(text.length), Buffer.from(text)]);

/** A name, and where it ends. */
function nameAt(content, at) {
    const [size, begin] = numberAt(content, at), end = begin + size;
    return [content.toString('latin1', begin, end), end];
}

/** What is imported: {from, name, kind, rest}, the last what describes it. */
export function readImports(content) {
    const skip = (at) => numberAt(content, at)[1];
    const limits = (at) => (content[at] ? skip(skip(at + 1)) : skip(at + 1));
    const ends = [skip, (at) => limits(at + 1), limits, (at) => at + 2];
    return entries(content, (at) => {
        const kind = nameAt(content, nameAt(content, at)[1])[1];
        return ends[content[kind]](kind + 1);
    }).map((entry) => {
        const [from, second] = nameAt(entry, 0), [name, kind] = nameAt(entry, second);
        return { from, name, kind: entry[kind], rest: entry.subarray(kind + 1) };
    });
}

export const writeImports = (list) => listOf(list.map(({ from, name, kind, rest }) =>
    Buffer.concat([nameOf(from), nameOf(name), Buffer.from([kind]), rest])));

/** How many functions are imported: they have the first numbers. */
export const importCount = (wasm) =>
    readImports(section(wasm, IMPORTS)).filter(({ kind }) => kind === FUNCTION).length;

/** What is exported: {name, kind, number}. */
export const readExports = (content) => entries(content, (at) =>
    numberAt(content, nameAt(content, at)[1] + 1)[1]).map((entry) => {
    const [name, kind] = nameAt(entry, 0);
    return { name, kind: entry[kind], number: numberAt(entry, kind + 1)[0] };
});

export const writeExports = (list) => listOf(list.map(({ name, kind, number }) =>
    Buffer.concat([nameOf(name), Buffer.from([kind]), bytesOf(number)])));

const FUNCTION_NAMES = 1; // a part of the section of names

/** The same with other names of functions: `change` gets them as a map, and gives one. */
export function renamed(content, change) {
    const [kind, parts] = nameAt(content, 0);
    if (kind !== 'name') return content;
    for (let at = parts; at < content.length;) {
        const id = content[at], [size, first] = numberAt(content, at + 1);
        at = first + size;
        if (id !== FUNCTION_NAMES) continue;
        const part = content.subarray(first, at);
        const pairs = entries(part, (place) => nameAt(part, numberAt(part, place)[1])[1])
            .map((entry) => {
                const [number, name] = numberAt(entry, 0);
                return [number, nameAt(entry, name)[0]];
            });
        const list = listOf([...change(new Map(pairs))].sort(([a], [b]) => a - b)
            .map(([number, name]) => Buffer.concat([bytesOf(number), nameOf(name)])));
        return Buffer.concat([content.subarray(0, parts), Buffer.from([id]),
            bytesOf(list.length), list]);
    }
    return content;
}

/** The names of functions, by their numbers. */
export function functionNames(wasm) {
    let found = new Map();
    for (const [id, content] of sections(wasm))
        if (id === CUSTOM) renamed(content, (names) => (found = names));
    return found;
}

/** What follows an operator: so many numbers, or so many bytes. */
function operandsOf(operator) {
    const is = (first, last) => operator >= first && operator <= last;
    if (is(0x02, 0x04) || is(0x0c, 0x0d) || operator === 0x10) return { numbers: 1 };
    if (is(0x20, 0x24) || is(0x3f, 0x42)) return { numbers: 1 };
    if (operator === 0x11 || is(0x28, 0x3e)) return { numbers: 2 };
    if (operator === 0x43) return { bytes: 4 };
    if (operator === 0x44) return { bytes: 8 };
    if (is(0x00, 0x01) || operator === 0x05 || operator === 0x0b || operator === 0x0f) return {};
    if (is(0x1a, 0x1b) || is(0x45, 0xbf)) return {};
    throw new Error(`an operator that is not known here: ${operator}`);
}

/** A function's body: its declarations of locals as [null, bytes], then [operator, operands...]. */
export function* instructions(body) {
    const take = (at) => body.subarray(at, numberAt(body, at)[1]);
    let [groups, at] = numberAt(body, 0);
    for (; groups > 0; groups--) at = numberAt(body, at)[1] + 1;
    yield [null, body.subarray(0, at)];
    while (at < body.length) {
        const operator = body[at++], operands = [];
        let { numbers = 0, bytes = 0 } = operator === 0x0e
            ? { numbers: numberAt(body, at)[0] + 2 } : operandsOf(operator);
        for (; numbers > 0; numbers--) operands.push(take(at)), at += operands.at(-1).length;
        if (bytes) operands.push(body.subarray(at, at += bytes));
        yield [operator, ...operands];
    }
}

/** The numbers of the functions that one calls. @param {Buffer} body */
export const callees = (body) => [...instructions(body)].flatMap(([operator, callee]) =>
    (operator === CALL ? numberAt(callee, 0)[0] : []));
