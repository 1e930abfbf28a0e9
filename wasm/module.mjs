// SPDX-License-Identifier: MIT
// The bytes of a WebAssembly module, as far as finish.mjs and pack.mjs have to know them.

export const CUSTOM = 0, IMPORTS = 2, FUNCTIONS = 3, EXPORTS = 7, ELEMENTS = 9, CODE = 10;

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

/** How many functions are imported: they have the first numbers. */
export function importCount(wasm) {
    const content = section(wasm, IMPORTS);
    const skipNumber = (at) => numberAt(content, at)[1];
    const skipName = (at) => numberAt(content, at).reduce((size, begin) => begin + size);
    const limits = (at) => (content[at] ? skipNumber(skipNumber(at + 1)) : skipNumber(at + 1));
    let count = 0;
    entries(content, (at) => {
        const kind = skipName(skipName(at));
        if (content[kind] === 0) count++;
        return [skipNumber, (place) => limits(place + 1), limits, (place) => place + 2][
            content[kind]](kind + 1);
    });
    return count;
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
