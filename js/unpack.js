// SPDX-License-Identifier: MIT
// libbosh.wasm as a module: what wasm/pack.mjs has sorted, for servers to compress it better, is
// put together again, in a few milliseconds.

// The streams, in their order; their sizes come first.
const BEFORE = 0;
const AFTER = 1;
const DECLARATIONS = 2;
const OPERATORS = 3;
const LOCALS = 4;
const OFFSETS = 5;
const CALLS = 6;
const NUMBERS = 7;
const WIDE = 8;
const STREAMS = 9;
const SIZES = 8;

const CODE_SECTION = 10;
/** And, behind it, loop and if. */
const BLOCK = 2;
const NO_RESULT = 64;
const I32_RESULT = 127;
const BLOCK_END = 11;
const CALL = 16;
const I32_CONST = 65;
const I64_CONST = 66;
/** In place of operators: a block with a result, and the numbers 0 and 1. */
const BLOCK_WITH_RESULT = 192;
const SMALL_NUMBER = 240;
/** Operators before one number: br, br_if and what there is for globals. */
const ONE_NUMBER = [12, 13, 35, 36];
/** Before a few bytes, packed with their count: br_table, call_indirect, memory.*, f64.const. */
const BYTES = [14, 17, 63, 64, 68];

/**
 * @param {Uint8Array} packed or a module that is not packed
 * @returns {Uint8Array}
 */
export function unpack(packed) {
  if (!packed[6]) return packed;
  /** Where each stream is read. */
  const places = [SIZES + 2 * STREAMS];
  for (let i = 0; i < STREAMS; i++)
    places[i + 1] = places[i] + packed[SIZES + 2 * i] + 256 * packed[SIZES + 2 * i + 1];
  const before = packed.subarray(places[BEFORE], places[AFTER]);
  const after = packed.subarray(places[AFTER], places[DECLARATIONS]);

  const module = new Uint8Array(2 * packed.length);
  module.set([0, 97, 115, 109, 1, 0, 0, 0]);
  module.set(before, 8);
  let at = 8 + before.length;

  const next = (/** @type {number} */ stream) => packed[places[stream]++];
  /** @type {(stream: number) => number} */
  const number = (stream) => {
    const byte = next(stream);
    return byte < 128 ? byte : byte - 128 + 128 * number(stream);
  };
  const put = (/** @type {number} */ value) => {
    for (; value > 127; value >>= 7) module[at++] = value | 128;
    module[at++] = value;
  };
  /** A number as it is. @param {number} stream */
  const copy = (stream) => {
    do module[at] = next(stream);
    while (module[at++] > 127);
  };
  /** Puts something and its size before it. @param {() => void} content */
  const putSized = (content) => {
    const begin = at;
    content();
    const bytes = module.slice(begin, at);
    at = begin;
    put(bytes.length);
    module.set(bytes, at);
    at += bytes.length;
  };

  const imports = number(DECLARATIONS);
  const functions = number(DECLARATIONS);
  /** Functions and the variables of one, the last used first. */
  const called = Array.from({ length: imports }, (_, i) => i);
  const locals = new Uint8Array(256);
  let newest = imports;

  const putOperands = (/** @type {number} */ operator) => {
    if (operator > 31 && operator < 35) {
      const place = next(LOCALS);
      const local = locals[place];
      locals.copyWithin(1, 0, place);
      put((locals[0] = local));
    } else if (operator > 39 && operator < 63) {
      const offset = packed[places[OFFSETS]];
      module[at++] = 0; // the alignment
      copy(OFFSETS);
      if (offset < 128) module[at - 1] = ((offset & 31) << 2) | (offset >> 5);
    } else if (operator === CALL) {
      const place = number(CALLS);
      const callee = place ? called.splice(place - 1, 1)[0] : newest++;
      called.unshift(callee);
      put(callee);
    } else if (operator === I32_CONST) copy(NUMBERS);
    else if (operator === I64_CONST) copy(WIDE);
    else if (ONE_NUMBER.includes(operator)) copy(OPERATORS);
    else if (BYTES.includes(operator))
      for (let left = next(OPERATORS); left; left--) module[at++] = next(OPERATORS);
  };

  const putBody = () => {
    for (let left = 2 * packed[places[DECLARATIONS]] + 1; left; left--) copy(DECLARATIONS);
    locals.forEach((_, i) => (locals[i] = i));
    for (let depth = 1; depth;) {
      const code = next(OPERATORS);
      if (code >= SMALL_NUMBER) {
        module[at++] = I32_CONST;
        module[at++] = code & 1;
      } else if (code >= BLOCK_WITH_RESULT) {
        module[at++] = BLOCK + (code & 3);
        module[at++] = I32_RESULT - ((code & 63) >> 2);
        depth++;
      } else {
        module[at++] = code;
        if (code === BLOCK_END) depth--;
        else if (code >= BLOCK && code < BLOCK + 3) {
          module[at++] = NO_RESULT;
          depth++;
        } else putOperands(code);
      }
    }
  };

  put(CODE_SECTION);
  putSized(() => {
    put(functions);
    for (let i = imports; i < imports + functions; i++) {
      if (newest === i) called.unshift(newest++);
      putSized(putBody);
    }
  });
  module.set(after, at);
  return module.subarray(0, at + after.length);
}
