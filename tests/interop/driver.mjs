// SPDX-License-Identifier: MIT
// Runs bosh-driver, the C library's end of every interop test. README.md describes its lines.

import { Program, driverCommand, killPrograms } from './program.mjs';
import { afterEach, driverPath } from './suite.mjs';

// A failed case leaves clients behind, who would take the messages of the next one.
afterEach(killPrograms);

/** One client of the C library in a process of its own. */
export class Driver extends Program {
    /**
     * @param {object} options
     * @param {string} options.url
     * @param {string} options.jid
     * @param {string} [options.password]
     * @param {string[]} [options.more] further command line options
     */
    constructor(options) {
        if (!driverPath) throw new Error('say where bosh-driver is: --driver FILE');
        super(options.jid, driverCommand({ program: [driverPath], ...options }));
    }
}
