// SPDX-License-Identifier: MIT
// Debian's Firefox, driven by WebDriver BiDi: as much of it as harness.mjs wants of a browser.

import { EventEmitter, once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Service, privateDirectory, removeDirectory } from '../servers/child.mjs';

const { WebSocket } = createRequire(new URL('../../js/package.json', import.meta.url))('ws');

/** Commands and their answers, events of pages. */
class Session extends EventEmitter {
    #socket;
    #waiting = new Map();
    #commands = 0;

    constructor(socket) {
        super();
        this.#socket = socket;
        socket.on('message', (text) => this.#received(JSON.parse(text)));
    }

    #received({ id, type, result, message, method, params }) {
        if (type === 'event') return this.emit(method, params);
        const { resolve, reject } = this.#waiting.get(id);
        this.#waiting.delete(id);
        return type === 'success' ? resolve(result) : reject(new Error(message));
    }

    send(method, params = {}) {
        const id = ++this.#commands;
        this.#socket.send(JSON.stringify({ id, method, params }));
        return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    }

    close() {
        this.#socket.terminate();
    }
}

/** A tab, with what ChatPage uses of Playwright's pages. */
class Page extends EventEmitter {
    constructor(session, context) {
        super();
        Object.assign(this, { session, context });
        session.on('log.entryAdded', ({ source, level, text }) => {
            if (source.context === context)
                this.emit('console', { type: () => level, text: () => text });
        });
    }

    goto(url) {
        return this.session.send('browsingContext.navigate',
            { context: this.context, url, wait: 'complete' });
    }

    /** Runs a function in the page, with one argument; both ways as JSON. */
    async evaluate(fn, argument = null) {
        const { result, exceptionDetails } = await this.session.send('script.callFunction', {
            functionDeclaration:
                `async (text) => JSON.stringify(await (${fn})(JSON.parse(text)) ?? null)`,
            arguments: [{ type: 'string', value: JSON.stringify(argument) }],
            target: { context: this.context },
            awaitPromise: true,
        });
        if (exceptionDetails) throw new Error(exceptionDetails.text);
        return JSON.parse(result.value);
    }
}

/** Starts it with a profile of its own; what it returns is like what startBrowser returns. */
export async function startFirefox() {
    const directory = privateDirectory('firefox');
    const service = new Service({
        name: 'firefox',
        command: ['firefox-esr', '--headless', '--no-remote', '--profile', directory,
            '--remote-debugging-port=0'],
        env: { HOME: directory },
        directory,
        isReady: async () => address() !== undefined,
    });
    const address = () => /listening on (ws:\S+)/.exec(readFileSync(service.logs[0], 'utf8'))?.[1];
    await service.start();
    const socket = new WebSocket(`${address()}/session`);
    await once(socket, 'open');
    const session = new Session(socket);
    await session.send('session.new', { capabilities: {} });
    await session.send('session.subscribe', { events: ['log.entryAdded'] });
    const newPage = async () => {
        const { context } = await session.send('browsingContext.create', { type: 'tab' });
        return new Page(session, context);
    };
    return {
        alone: async () => ({ newPage }),
        async stop() {
            session.close();
            // With all its processes, which would go on writing into the directory.
            await service.stop('SIGKILL');
            removeDirectory(directory);
        },
    };
}
