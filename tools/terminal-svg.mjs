#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// Draws a terminal screen as SVG, for pictures in the documentation:
//   tmux capture-pane -e -p -t SESSION: | tools/terminal-svg.mjs > picture.svg
import { readFileSync } from 'node:fs';

const CELL = { width: 8.4, height: 18 };
const COLOURS = '#3b4252 #e06c75 #98c379 #e5c07b #3d6ea8 #c678dd #56b6c2 #dcdfe4'.split(' ');
const PAPER = '#1e222a';
const INK = '#dcdfe4';

if (process.argv.length > 2) {
  console.error('usage: tmux capture-pane -e -p | terminal-svg.mjs > picture.svg');
  process.exit(process.argv[2] === '--help' ? 0 : 2);
}

/** Apply one SGR sequence ("1;32") to a pen. */
function applySgr(pen, codes) {
  for (const code of codes.split(';').map(Number)) {
    if (code === 0) Object.assign(pen, { ink: INK, paper: null, bold: false, dim: false });
    else if (code === 1) pen.bold = true;
    else if (code === 2) pen.dim = true;
    else if (code >= 30 && code <= 37) pen.ink = COLOURS[code - 30];
    else if (code === 39) pen.ink = INK;
    else if (code >= 40 && code <= 47) pen.paper = COLOURS[code - 40];
    else if (code === 49) pen.paper = null;
  }
}

const escape = (text) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;');

/** The runs of equal look in a line: [{ text, column, pen }]. The pen goes on to the next line. */
function runsOf(line, pen) {
  const runs = [];
  let column = 0;
  for (const part of line.split(/(\x1b\[[0-9;]*m)/)) {
    const sgr = /^\x1b\[([0-9;]*)m$/.exec(part);
    if (sgr) applySgr(pen, sgr[1] || '0');
    else if (part) {
      runs.push({ text: part, column, pen: { ...pen } });
      column += [...part].length;
    }
  }
  return runs;
}

const lines = readFileSync(0, 'utf8').replace(/\n+$/, '').split('\n');
const pen = {};
applySgr(pen, '0');
const rows = lines.map((line) => runsOf(line, pen));
const ends = rows.flat().map((run) => run.column + [...run.text].length);
const width = Math.ceil((Math.max(80, ...ends) + 2) * CELL.width);
const height = (lines.length + 1) * CELL.height;
const out = [
  `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"`,
  ` viewBox="0 0 ${width} ${height}" font-family="DejaVu Sans Mono, Menlo, Consolas, monospace"`,
  ` font-size="14"><rect width="100%" height="100%" rx="8" fill="${PAPER}"/>`,
];
rows.forEach((runs, row) => {
  for (const run of runs) {
    const x = ((run.column + 1) * CELL.width).toFixed(1);
    const size = ([...run.text].length * CELL.width).toFixed(1);
    const top = row * CELL.height + 10;
    if (run.pen.paper)
      out.push(
        `<rect x="${x}" y="${top}" width="${size}" height="${CELL.height}"` +
          ` fill="${run.pen.paper}"/>`,
      );
    if (run.text.trim())
      out.push(
        `<text x="${x}" y="${top + 13}" xml:space="preserve" textLength="${size}"` +
          ` fill="${run.pen.ink}"${run.pen.bold ? ' font-weight="bold"' : ''}` +
          `${run.pen.dim ? ' opacity="0.6"' : ''}>${escape(run.text)}</text>`,
      );
  }
});
out.push('</svg>');
console.log(out.join('\n'));
