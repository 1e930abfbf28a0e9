// SPDX-License-Identifier: MIT
// One measurement in a page: the same as node.mjs.

/** A classic script. @param {string} src */
const script = (src) => new Promise((resolve, reject) => {
    const element = Object.assign(document.createElement('script'), { src });
    element.onload = resolve;
    element.onerror = () => reject(new Error(`no ${src}`));
    document.head.append(element);
});

/** Strophe as its npm package offers it to pages. */
export async function loadStrophe() {
    await script('/strophe/strophe.umd.min.js');
    return { Strophe: globalThis.Strophe, $msg: globalThis.$msg, $pres: globalThis.$pres };
}

const loaders = {
    libbosh: () => import('/libbosh/dist/index.js'),
    'libbosh single': () => import('/libbosh/dist/single.js'),
    bare: async () => null,
};

/**
 * @param {string} module @param {string} measure
 * @param {any} options isLoading: the measurement loads the library itself
 */
export async function run(module, measure, { isLoading = false, ...options }) {
    const load = loaders[options.who] ?? loadStrophe;
    const measured = (await import(`/bench/${module}`))[measure];
    const api = isLoading ? null : await load();
    api?.Strophe.setLogLevel(api.Strophe.LogLevel.FATAL);
    return measured({ ...options, api, load, origin: location.origin });
}
