// SPDX-License-Identifier: MIT
// Where the figures come from: machine, versions, and how busy it was.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';

function ask(program, ...args) {
    try {
        return execFileSync(program, args,
            { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
    } catch {
        return '';
    }
}

function debian(name) {
    return ask('dpkg-query', '-W', '-f', '${Version}', name) || 'none';
}

/** Several lines for people. */
export function environment() {
    const system = /^PRETTY_NAME="(.*)"$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1];
    const processors = cpus();
    const [load] = loadavg();
    const versions = { libcurl: 'libcurl4', expat: 'libexpat1', mbedTLS: 'libmbedcrypto7',
        gloox: 'libgloox18', prosody: 'prosody', ejabberd: 'ejabberd', nginx: 'nginx',
        Chromium: 'chromium' };
    const lines = [
        `date        ${new Date().toISOString()}`,
        `revision    ${ask('git', 'describe', '--always', '--dirty') || 'unknown'}`,
        `processor   ${processors.length} x ${processors[0]?.model ?? 'unknown'}, `
            + `${Math.round(totalmem() / 1e9)} GB`,
        `system      ${system}, Linux ${release()}, ${ask('cc', '--version').split('\n')[0]}`,
        `versions    ${Object.entries(versions).map(([name, of]) => `${name} ${debian(of)}`)
            .join(', ')}, Node ${process.versions.node}`,
        `load        ${load.toFixed(2)} before the first measurement`,
    ];
    if (load > processors.length / 4)
        lines.push('            the machine is busy: these figures are not worth quoting');
    return lines.join('\n');
}
