// SPDX-License-Identifier: MIT
// Closure of the rules: docs/protocol.md, tests/rules/rules.tsv, the tests and the ids in the code
// must speak of the same things.

import { blame, files, finish, read } from './tree.mjs';

const STATUSES = ['tested', 'tolerated', 'fact', 'declined', 'planned'];
const REGISTRY = 'tests/rules/rules.tsv';

/** Rows of the checklist: id to level. */
function specified() {
    const rules = new Map();
    const row = /^\| ([A-Z0-9]+-\d+) \| ([^|]+?) \|/gm;
    for (const [, id, level] of read('docs/protocol.md').matchAll(row)) {
        if (rules.has(id)) blame('docs/protocol.md', `${id} stands there twice`);
        rules.set(id, level);
    }
    return rules;
}

/** Rows of the registry: id to { level, status, text, where }. */
function registered() {
    const rows = new Map();
    read(REGISTRY).split('\n').forEach((line, index) => {
        const where = `${REGISTRY}:${index + 1}`;
        if (line === '' || line.startsWith('#')) return;
        const [id, level, status, text, ...more] = line.split('\t');
        if (!text || more.length) blame(where, 'want four columns with tabs between');
        if (rows.has(id)) blame(where, `${id} stands there twice`);
        if (!STATUSES.includes(status)) blame(where, `"${status}" is no status`);
        rows.set(id, { level, status, text: text ?? '', where });
    });
    return rows;
}

/** Tests by id: from the headings of the transcripts and the tables of the C files. */
function written() {
    const tests = new Map();
    const add = (id, path) => tests.set(id, [...(tests.get(id) ?? []), path]);
    for (const path of files(/^tests\/rules\/[a-z0-9]+\.md$/)) {
        for (const section of read(path).split(/^(?=## )/m).slice(1)) {
            const id = /^## ([A-Z0-9]+-\d+)/.exec(section)?.[1];
            if (id) add(id, path);
            else blame(path, `"${section.split('\n')[0]}" is no id of a rule`);
            checkSection(path, id, section);
        }
    }
    for (const path of files(/^tests\/rules\/rules_[a-z]+\.c$/)) {
        for (const [, id] of read(path).matchAll(/\{"([A-Z0-9]+-\d+)", \w+\}/g)) add(id, path);
    }
    return tests;
}

/** Why it matters, then transcripts that expect something. */
function checkSection(path, id, section) {
    const [prose, ...blocks] = section.split(/^```$/m);
    const why = prose.split('\n').slice(1).join('').trim();
    if (why.length < 20) blame(path, `${id} does not say why`);
    const transcripts = blocks.filter((_, index) => index % 2 === 0);
    if (transcripts.length === 0) blame(path, `${id} has no transcript`);
    for (const transcript of transcripts) {
        if (!/^(>|expect |none)/m.test(transcript))
            blame(path, `${id} has a transcript that expects nothing`);
    }
}

/** "path" must hold the id, "path#name" the name. */
function checkReferences(id, row) {
    for (const reference of row.text.split(' ')) {
        const [path, name] = reference.split('#');
        const word = name ?? id;
        if (!files(/./).includes(path)) blame(row.where, `there is no ${path}`);
        else if (!read(path).includes(word)) blame(row.where, `${path} does not mention ${word}`);
    }
}

const rules = specified();
const rows = registered();
const tests = written();
const families = [...new Set([...rules.keys()].map((id) => id.split('-')[0]))].join('|');

for (const [id, level] of rules) {
    const row = rows.get(id);
    if (!row) blame(REGISTRY, `${id} is missing`);
    else if (row.level !== level) blame(row.where, `the level of ${id} is ${level}`);
}
for (const [id, row] of rows) {
    if (!rules.has(id)) blame(row.where, `docs/protocol.md has no ${id}`);
    const isTested = row.status === 'tested' || row.status === 'tolerated';
    if (isTested) checkReferences(id, row);
    else if (row.text.length < 10) blame(row.where, `${id} has no reason`);
    for (const path of tests.get(id) ?? []) {
        if (!isTested || !row.text.split(' ').includes(path))
            blame(row.where, `${id} is tested by ${path}: want it here, status tested`);
    }
}
for (const [id, [path]] of tests) {
    if (!rows.has(id)) blame(path, `${REGISTRY} has no ${id}`);
}
for (const path of files(/^(core|native|tests|examples|docs)\/.*\.(c|h|mjs|md)$/)) {
    read(path).split('\n').forEach((line, index) => {
        for (const [id] of line.matchAll(new RegExp(`\\b(${families})-\\d+\\b`, 'g'))) {
            if (!rules.has(id)) blame(`${path}:${index + 1}`, `there is no rule ${id}`);
        }
    });
}

const count = (status) => [...rows.values()].filter((row) => row.status === status).length;
const tally = STATUSES.map((status) => `${count(status)} ${status}`);
finish(`${rules.size} rules: ${tally.join(', ')}`);
