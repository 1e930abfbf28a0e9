// SPDX-License-Identifier: MIT
// packed(wasm): the module as pages load it, for js/unpack.js. In a module operators alternate with
// what they work on: numbers of locals, offsets, functions, constants. Brotli and gzip make 9 %
// less of it when each kind is in a row of its own (a stream) and things that are used again soon
// have small numbers.

import { CALL, CODE, bodies, importCount, instructions, numberAt, bytesOf,
    sections } from './module.mjs';

/** Of a module that is packed, where others have the upper half of their version: 0. */
const MARK = 6;

const LOCAL = [0x20, 0x21, 0x22], I32 = 0x41, I64 = 0x42;
/** Branches and globals. */
const ONE_NUMBER = [0x0c, 0x0d, 0x23, 0x24];
const BLOCK = 0x02, IF = 0x04, NO_RESULT = 0x40, I32_RESULT = 0x7f;
/** Operators that WebAssembly does not have, here for what is frequent. */
const BLOCK_WITH_RESULT = 0xc0, SMALL_NUMBER = 0xf0;
const isAccess = (operator) => operator >= 0x28 && operator <= 0x3e;

/** Places in a list of what was used last, the last first. */
class Recent {
    constructor(first) {
        this.list = first;
    }

    /** Its place so far, -1: it is new. */
    use(value) {
        const place = this.list.indexOf(value);
        if (place >= 0) this.list.splice(place, 1);
        this.list.unshift(value);
        return place;
    }
}

/** Offsets are multiples of 4 mostly: 0, 4, 8 become 0, 1, 2. */
function turned(offset) {
    const [value] = offset;
    return offset.length === 1 ? Buffer.from([value >> 2 | (value & 3) << 5]) : offset;
}

/** Operators with their operand in one byte: blocks with their type, 0 and 1; else null. */
function short(operator, [operand]) {
    if (operator >= BLOCK && operator <= IF) {
        const [type] = operand;
        return type === NO_RESULT ? operator
            : BLOCK_WITH_RESULT | (I32_RESULT - type) << 2 | operator - BLOCK;
    }
    return operator === I32 && operand[0] < 2 ? SMALL_NUMBER | operand[0] : null;
}

/** @param {Buffer} wasm its functions numbered as they are called first, all alignments 0 */
export function packed(wasm) {
    const imports = importCount(wasm), functions = bodies(wasm);
    const streams = { before: [], after: [], declarations: [], operators: [], locals: [],
        offsets: [], calls: [], numbers: [], wide: [] };
    for (const [id, , begin, end] of sections(wasm))
        if (id !== CODE)
            (id < CODE ? streams.before : streams.after).push(wasm.subarray(begin, end));
    streams.declarations.push(bytesOf(imports), bytesOf(functions.length));

    const called = new Recent(Array.from({ length: imports }, (_, i) => i));
    functions.forEach((body, i) => {
        if (!called.list.includes(imports + i)) called.use(imports + i);
        const locals = new Recent(Array.from({ length: 256 }, (_, i) => i));
        for (const [operator, ...operands] of instructions(body)) {
            const [first] = operands;
            if (operator === null) {
                streams.declarations.push(first);
                continue;
            }
            const code = short(operator, operands);
            streams.operators.push(Buffer.from([code ?? operator]));
            if (code !== null) continue;
            if (LOCAL.includes(operator))
                streams.locals.push(Buffer.from([locals.use(numberAt(first, 0)[0])]));
            else if (operator === CALL)
                streams.calls.push(bytesOf(called.use(numberAt(first, 0)[0]) + 1));
            else if (isAccess(operator)) streams.offsets.push(turned(operands[1]));
            else if (operator === I32) streams.numbers.push(first);
            else if (operator === I64) streams.wide.push(first);
            else if (operands.length && !ONE_NUMBER.includes(operator)) {
                const bytes = Buffer.concat(operands);
                streams.operators.push(bytesOf(bytes.length), bytes);
            } else streams.operators.push(...operands);
        }
    });
    const contents = Object.values(streams).map((parts) => Buffer.concat(parts));
    const sizes = Buffer.alloc(2 * contents.length);
    contents.forEach(({ length }, i) => sizes.writeUInt16LE(length, 2 * i));
    const head = Buffer.from(wasm.subarray(0, 8));
    head[MARK] = 1;
    return Buffer.concat([head, sizes, ...contents]);
}
