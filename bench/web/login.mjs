// SPDX-License-Identifier: MIT
// login_100ms: from connect() to CONNECTED, in Node or in a page that is loaded.

/** @param {{api: any, origin: string}} options */
export async function login({ api: { Strophe }, origin }) {
    // The page, or what stands for it, has opened a connection.
    await (await fetch(`${origin}/`)).text();
    const connection = new Strophe.Connection(`${origin}/xmpp-httpbind`,
        { mechanisms: [Strophe.SASLSHA1] });
    // What a program loads at its start is loaded, as far as the library lets it.
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const start = performance.now();
    const ms = await new Promise((resolve, reject) => {
        connection.connect('alice@localhost', 'alicepw', (status, condition) => {
            if (status === Strophe.Status.CONNECTED) resolve(performance.now() - start);
            if (status === Strophe.Status.CONNFAIL || status === Strophe.Status.AUTHFAIL)
                reject(new Error(`no login: ${condition}`));
        });
    });
    connection.disconnect();
    return { ms };
}
