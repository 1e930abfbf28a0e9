// SPDX-License-Identifier: MIT
// What Node's network errors mean: fetch has them as the cause of what it rejects with.

import { kinds } from './transports.js';

kinds.push(
  [/^(ENOTFOUND|EAI_)/, 'dns'],
  [/^(ECONNREFUSED|E(HOST|NET)UNREACH|ETIMEDOUT|UND_ERR_CONNECT_)/, 'connect'],
  [/TIMEOUT$/, 'timeout'],
  [/CERT|SIGNATURE|ISSUER/, 'certificate'],
  [/^(ERR_(SSL|TLS)|EPROTO)/, 'tls'],
);
