// SPDX-License-Identifier: MIT
// Parts of Strophe's API that have no place in a BOSH client: the names are there, so that imports
// and `instanceof` work, and say so when they are used.

/** @param {string} name @param {string} instead */
function absent(name, instead) {
  // The class has to bear the name that the program knows it by.
  const named = {
    [name]: class {
      constructor() {
        throw new Error(`Strophe.${name} is not part of libbosh: ${instead}`);
      }
    },
  };
  return named[name];
}

const bosh = 'it speaks BOSH only; give an http:// or https:// address';
const resumption = 'BOSH needs no stream management, its sessions survive broken connections';

export const Websocket = absent('Websocket', bosh);
export const WorkerWebsocket = absent('WorkerWebsocket', bosh);
export const Component = absent('Component', bosh);
export const ComponentParser = absent('ComponentParser', bosh);
export const StreamManagement = absent('StreamManagement', resumption);
export const StreamManagementMirror = absent('StreamManagementMirror', resumption);
export const MemoryStorageBackend = absent('MemoryStorageBackend', resumption);
export const SessionStorageBackend = absent('SessionStorageBackend', resumption);
