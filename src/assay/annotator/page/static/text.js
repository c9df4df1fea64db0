// Source text on the page, character for character; what cannot be seen gets a mark beside it, never a replacement.

import { make } from "./dom.js";

const UNSEEN = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2028\u2029\u2060\u2066-\u2069\ufeff]/;
const UNSEEN_ALL = new RegExp(UNSEEN.source, "g");
const NAMES = {
  "\t": "→", "\r": "␍", "\u007f": "␡", "\u0085": "NEL", "\u00ad": "SHY", "\u061c": "ALM", "\u180e": "MVS",
  "\u200b": "ZWSP", "\u200e": "LRM", "\u200f": "RLM", "\u202a": "LRE", "\u202b": "RLE", "\u202c": "PDF", "\u202d": "LRO",
  "\u202e": "RLO", "\u2028": "LS", "\u2029": "PS", "\u2060": "WJ", "\u2066": "LRI", "\u2067": "RLI", "\u2068": "FSI",
  "\u2069": "PDI", "\ufeff": "BOM",
};
const FORCING = /[\u202d\u202e]/;

/**
 * Puts a text into an element; its textContent is the text itself, unchanged.
 * @param {HTMLElement} place
 * @param {string} text
 */
export function fillText(place, text) {
  place.replaceChildren(...nodesOf(text));
}

/**
 * The nodes that show a text.
 * @param {string} text
 * @returns {Node[]}
 */
export function nodesOf(text) {
  if (!UNSEEN.test(text)) return text ? [document.createTextNode(text)] : [];
  /** @type {Node[]} */
  const nodes = [];
  let from = 0;
  for (const { index, 0: found } of text.matchAll(UNSEEN_ALL)) {
    if (index > from) nodes.push(document.createTextNode(text.slice(from, index)));
    nodes.push(unseen(found));
    from = index + 1;
  }
  if (from < text.length) nodes.push(document.createTextNode(text.slice(from)));
  return nodes;
}

/** @param {string} one */
function unseen(one) {
  const name = /** @type {Record<string, string>} */ (NAMES)[one] ?? pictureOf(one.charCodeAt(0));
  return make("span", { class: FORCING.test(one) ? "unseen forcing" : "unseen", "data-name": name }, one);
}

/** @param {number} code */
function pictureOf(code) {
  return code < 0x20 ? String.fromCharCode(0x2400 + code) : `x${code.toString(16).toUpperCase()}`;
}
