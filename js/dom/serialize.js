// SPDX-License-Identifier: MIT
// Nodes of the light DOM as XML, for outerHTML and XMLSerializer. A namespace that an element is in
// and nobody declared is declared on it.

/** @type {Record<string, string>} */
const entities = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const entitiesOfSpace = { '\t': '&#9;', '\n': '&#10;', '\r': '&#13;' };
/** @type {Record<string, string>} */
const inAttributes = { ...entities, ...entitiesOfSpace };

/**
 * @param {any} node a node of nodes.js
 * @param {string | null} [scope] namespace around it
 * @returns {string}
 */
export function serializeNode(node, scope = null) {
  switch (node.nodeType) {
    case 1:
      return serializeElement(node, scope);
    case 3:
      return node.data.replace(/[&<>]/g, (/** @type {string} */ one) => entities[one]);
    case 4:
      return `<![CDATA[${node.data}]]>`;
    case 7:
      return `<?${node.nodeName} ${node.data}?>`;
    case 8:
      return `<!--${node.data}-->`;
    default:
      return node.childNodes
        .map((/** @type {any} */ child) => serializeNode(child, scope))
        .join('');
  }
}

/** @param {any} element @param {string | null} scope */
function serializeElement(element, scope) {
  let text = `<${element.tagName}`;
  let inside = element.getAttribute('xmlns') ?? scope;
  if (
    !element.prefix &&
    !element.hasAttribute('xmlns') &&
    (element.namespaceURI ?? '') !== (scope ?? '')
  ) {
    inside = element.namespaceURI;
    text += ` xmlns="${escapeValue(inside ?? '')}"`;
  }
  for (const { name, value } of element.attributes) text += ` ${name}="${escapeValue(value)}"`;
  if (
    element.prefix &&
    element.parentNode?.lookupNamespaceURI?.(element.prefix) !== element.namespaceURI
  ) {
    const name = `xmlns:${element.prefix}`;
    if (!element.hasAttribute(name)) text += ` ${name}="${escapeValue(element.namespaceURI)}"`;
  }
  if (!element.childNodes.length) return `${text}/>`;
  text += '>';
  for (const child of element.childNodes) text += serializeNode(child, inside);
  return `${text}</${element.tagName}>`;
}

/** @param {string} value */
function escapeValue(value) {
  return value.replace(/[&<>"\t\n\r]/g, (one) => inAttributes[one]);
}

export class XMLSerializer {
  /** @param {any} node @returns {string} */
  serializeToString(node) {
    return serializeNode(node);
  }
}
