// SPDX-License-Identifier: MIT
// What `eslint .` looks for: mistakes, not taste (taste is Prettier's).

/** Globals of every place this runs in: pages, workers, Node. */
const everywhere = Object.fromEntries(
  [
    ...[
      'Element',
      'XMLSerializer',
      'escape',
      'unescape',
      'atob',
      'btoa',
      'clearTimeout',
      'console',
      'crypto',
      'document',
      'globalThis',
      'DOMParser',
    ],
    ...[
      'BroadcastChannel',
      'Event',
      'EventTarget',
      'fetch',
      'MessageChannel',
      'queueMicrotask',
      'sessionStorage',
      'setTimeout',
      'TextDecoder',
    ],
    ...['TextEncoder', 'URL', 'XMLHttpRequest', 'process', 'performance', 'AbortController'],
    ...['setImmediate', 'structuredClone', 'WebAssembly', 'Buffer', 'addEventListener'],
  ].map((name) => [name, 'readonly']),
);

export default [
  // Made by the compiler.
  { ignores: ['libbosh.js'] },
  {
    files: ['**/*.js', '**/*.mjs'],
    languageOptions: { ecmaVersion: 2022, sourceType: 'module', globals: everywhere },
    rules: {
      'no-undef': 'error',
      'no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrors: 'none' },
      ],
      'no-unreachable': 'error',
      'no-fallthrough': 'error',
      'no-dupe-keys': 'error',
      'no-self-assign': 'error',
      'no-var': 'error',
      'prefer-const': 'error',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'max-lines': ['error', 600],
    },
  },
];
