// The item as the annotator sees it: each part by its kind, all text as text.

import { make } from "./dom.js";
import { fillText } from "./text.js";

/**
 * @typedef {object} Part
 * @property {"text"|"tokens"|"image"|"audio"|"video"|"json"} kind
 * @property {string} key
 * @property {string} title
 * @property {any} [value]
 * @property {string} [url]
 * @property {string} [note]
 * @property {"left"|"right"} [side]
 * @property {string} [name]
 */

/**
 * Shows the parts of an item.
 * @param {HTMLElement} place
 * @param {Part[]} parts
 * @returns {Map<string, { part: Part, body: HTMLElement }>} the element that holds each part, by its key
 */
export function showParts(place, parts) {
  /** @type {Map<string, { part: Part, body: HTMLElement }>} */
  const bodies = new Map();
  const nodes = [];
  /** @type {HTMLElement|null} */
  let pair = null;
  for (const part of parts) {
    const body = bodyOf(part);
    bodies.set(part.key, { part, body });
    const section = make("section", { class: "part" }, make("h2", { dir: "auto" }, headingOf(part)), body);
    if (!part.side) {
      nodes.push(section);
      continue;
    }
    pair ??= nodes[nodes.push(make("div", { class: "pair" })) - 1];
    pair.append(section);
  }
  place.replaceChildren(...nodes);
  return bodies;
}

/** @param {Part} part */
function headingOf(part) {
  if (!part.side) return part.title;
  return part.side === "left" ? "Left" : "Right";
}

/**
 * @param {Part} part
 * @returns {HTMLElement}
 */
function bodyOf(part) {
  if (part.note) return make("p", { class: "quiet", dir: "auto" }, part.note);
  if (part.kind === "image") return imageOf(part);
  if (part.kind === "audio" || part.kind === "video") {
    return make(part.kind, { src: part.url ?? "", controls: "", preload: "metadata", "aria-label": headingOf(part) });
  }
  if (part.kind === "tokens") return tokensOf(part);
  if (part.kind === "text") return textOf(part);
  return part.value && typeof part.value === "object" && !Array.isArray(part.value)
    ? pairsOf(part.value)
    : make("pre", { dir: "auto" }, shown(part.value));
}

/** @param {Part} part */
function imageOf(part) {
  const image = make("img", { src: part.url ?? "", alt: headingOf(part), draggable: "false" });
  const frame = make("div", { class: "frame" }, image);
  image.addEventListener("error", () => frame.replaceChildren(make("p", { class: "quiet" }, "This image cannot be shown.")));
  return frame;
}

/** @param {Part} part */
function textOf(part) {
  const body = make("div", { class: "passage", dir: "auto" });
  fillText(body, String(part.value ?? ""));
  return body;
}

/** @param {Part} part */
function tokensOf(part) {
  const body = make("div", { class: "passage", dir: "auto" });
  body.append(...part.value.flatMap((/** @type {any} */ token) => [make("span", { class: "token" }, shown(token)), " "]));
  return body;
}

/** @param {Record<string, any>} value */
function pairsOf(value) {
  return make("dl", { class: "pairs" }, ...Object.entries(value).flatMap(([name, one]) => [
    make("dt", { dir: "auto" }, name), make("dd", { dir: "auto" }, shown(one)),
  ]));
}

/** @param {any} value */
function shown(value) {
  return typeof value === "string" ? value : JSON.stringify(value, null, 1);
}
