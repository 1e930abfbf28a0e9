// SPDX-License-Identifier: MIT

/** The Content-Security-Policy that examples/web-im asks for in its README. */
export const policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; " +
    "style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; " +
    "form-action 'none'; frame-ancestors 'none'";
