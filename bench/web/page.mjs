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

/** @param {string} module @param {string} measure @param {any} options */
export async function run(module, measure, options) {
    const { who } = options;
    const api = who === 'libbosh' ? await import('/libbosh/dist/index.js')
        : who === 'bare' ? null : await loadStrophe();
    api?.Strophe.setLogLevel(api.Strophe.LogLevel.FATAL);
    return (await import(`/bench/${module}`))[measure]({ ...options, api,
        origin: location.origin });
}
