// SPDX-License-Identifier: MIT
// start_web: from the import of a library to its first request, in a page.

/** @param {{load: () => Promise<any>, origin: string}} options */
export async function start({ load, origin }) {
    const { send } = XMLHttpRequest.prototype;
    const posted = new Promise((resolve) => {
        XMLHttpRequest.prototype.send = function (body) {
            resolve(performance.now());
            send.call(this, body);
        };
    });
    const begun = performance.now();
    const { Strophe } = await load();
    const session = `start-${Math.random().toString(36).slice(2)}`;
    const connection = new Strophe.Connection(`${origin}/session/${session}`);
    connection.connect('alice@localhost', 'secret', () => {});
    return { ms: await posted - begun };
}
