// SPDX-License-Identifier: MIT
// imports.h: each call goes to the hook of that name, set by js/engine.js on the module.

/* global mergeInto, LibraryManager, Module, Fetch, UTF8ToString, HEAPU8, HEAPU32, _malloc,
   getWasmTableEntry, wasmMemory, updateGlobalBufferAndViews, xhrOf */

const hooks = ['entropy', 'event', 'turn', 'body', 'stanza', 'payload', 'answer', 'log', 'bytes',
    'wanted', 'submit', 'cancel', 'warm', 'is_warm'];

// Emscripten 3.1.6 copies these as text: no method syntax, and nothing newer than ES2019 inside.
const library = {
    $xhrOf__deps: ['$Fetch'],
    $xhrOf: function(id) {
        return Fetch.xhrs[id - 1];
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

// Emscripten's own of these are four times as long: its fetch can also stream, block, answer from
// IndexedDB and more, and its growth makes five attempts. Every page would load that.
const ours = {
    $Fetch: { xhrs: [] },
    $Fetch__deps: [],
    $Fetch__postset: '',

    emscripten_start_fetch__deps: ['$Fetch', 'malloc'],
    emscripten_start_fetch: function(fetch) {
        const attr = fetch + {{{ C_STRUCTS.emscripten_fetch_t.__attributes }}};
        const word = (at) => HEAPU32[at >> 2];
        const setWord = (at, value) => { HEAPU32[at >> 2] = value; };
        const xhr = new XMLHttpRequest();
        setWord(fetch + {{{ C_STRUCTS.emscripten_fetch_t.id }}}, Fetch.xhrs.push(xhr));
        const tell = (callback) => {
            // Two shorts.
            setWord(fetch + {{{ C_STRUCTS.emscripten_fetch_t.readyState }}},
                xhr.readyState | xhr.status << 16);
            const known = word(attr + callback);
            if (known) getWasmTableEntry(known)(fetch);
        };
        const fail = () => tell({{{ C_STRUCTS.emscripten_fetch_attr_t.onerror }}});
        try {
            xhr.open(UTF8ToString(attr + {{{ C_STRUCTS.emscripten_fetch_attr_t.requestMethod }}}),
                UTF8ToString(word(fetch + {{{ C_STRUCTS.emscripten_fetch_t.url }}})));
        } catch (error) {
            return fail();
        }
        xhr.timeout = word(attr + {{{ C_STRUCTS.emscripten_fetch_attr_t.timeoutMSecs }}});
        xhr.responseType = 'arraybuffer';
        for (let at = word(attr + {{{ C_STRUCTS.emscripten_fetch_attr_t.requestHeaders }}});
            at && word(at); at += 8)
            xhr.setRequestHeader(UTF8ToString(word(at)), UTF8ToString(word(at + 4)));
        xhr.onload = () => {
            const bytes = new Uint8Array(xhr.response);
            const at = _malloc(bytes.length || 1);
            HEAPU8.set(bytes, at);
            setWord(fetch + {{{ C_STRUCTS.emscripten_fetch_t.data }}}, at);
            setWord(fetch + {{{ C_STRUCTS.emscripten_fetch_t.numBytes }}}, bytes.length);
            if (xhr.status > 199 && xhr.status < 300)
                tell({{{ C_STRUCTS.emscripten_fetch_attr_t.onsuccess }}});
            else fail();
        };
        xhr.onerror = xhr.ontimeout = fail;
        xhr.onprogress = (event) => {
            setWord(fetch + {{{ C_STRUCTS.emscripten_fetch_t.dataOffset }}}, event.loaded);
            tell({{{ C_STRUCTS.emscripten_fetch_attr_t.onprogress }}});
        };
        const data = word(attr + {{{ C_STRUCTS.emscripten_fetch_attr_t.requestData }}});
        const size = word(attr + {{{ C_STRUCTS.emscripten_fetch_attr_t.requestDataSize }}});
        xhr.send(HEAPU8.slice(data, data + size));
    },

    emscripten_resize_heap: function(size) {
        const old = HEAPU8.length;
        try {
            wasmMemory.grow((Math.max(size >>> 0, old * 1.2) - old + 65535) >>> 16);
            updateGlobalBufferAndViews(wasmMemory.buffer);
            return 1;
        } catch (error) {
            return 0;
        }
    },
};

for (const hook of hooks)
    library[`bosh_import_${hook}`] = new Function('...values',
        `return Module['bosh']['${hook}'](...values)`);

mergeInto(LibraryManager.library, Object.assign(library, ours));
