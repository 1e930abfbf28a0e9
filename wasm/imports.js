// SPDX-License-Identifier: MIT
// imports.h: each call goes to the hook of that name, set by js/engine.js on the module.

/* global mergeInto, LibraryManager, Module, Fetch, UTF8ToString, xhrOf */

const hooks = ['entropy', 'event', 'turn', 'body', 'stanza', 'payload', 'answer', 'log', 'bytes',
    'wanted', 'submit', 'cancel', 'warm', 'is_warm'];

// Emscripten 3.1.6 copies these as text: no method syntax, and nothing newer than ES2019 inside.
const library = {
    bosh_import_is_url: function(url) {
        try {
            new URL(UTF8ToString(url), globalThis.location && location.href);
            return 1;
        } catch (error) {
            return 0;
        }
    },

    // A plain array with the id from 1 in Emscripten 3.1.6, a table with get() in newer ones.
    $xhrOf__deps: ['$Fetch'],
    $xhrOf: function(id) {
        return Fetch.xhrs.get ? Fetch.xhrs.get(id) : Fetch.xhrs[id - 1];
    },

    bosh_import_abort__deps: ['$xhrOf'],
    bosh_import_abort: function(id) {
        const xhr = xhrOf(id);
        xhr.onload = xhr.onerror = xhr.ontimeout = xhr.onprogress = xhr.onreadystatechange = null;
        xhr.abort();
    },

    bosh_import_came__deps: ['$xhrOf'],
    bosh_import_came: function(web, id, error, fetch, status, data, size) {
        return Module['bosh']['came'](web, id, error, xhrOf(fetch), status, data, size);
    },
};

for (const hook of hooks)
    library[`bosh_import_${hook}`] = new Function('...values',
        `return Module['bosh']['${hook}'](...values)`);

mergeInto(LibraryManager.library, library);
