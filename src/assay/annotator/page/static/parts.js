// The item as the annotator sees it: each part by its kind, all text as text.

import { make } from "./dom.js";
import { Stage } from "./stage.js";
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
 *
 * @typedef {object} Shown
 * @property {Part} part
 * @property {HTMLElement} body the element that holds it
 * @property {boolean|Promise<boolean>} seen whether it is shown, or will be
 * @property {Stage} [stage] of a picture
 */

/**
 * Shows the parts of an item.
 * @param {HTMLElement} place
 * @param {Part[]} parts
 * @returns {Map<string, Shown>} each part as it is shown, by its key
 */
export function showParts(place, parts) {
  /** @type {Map<string, Shown>} */
  const shown = new Map();
  const nodes = [];
  /** @type {HTMLElement|null} */
  let pair = null;
  for (const part of parts) {
    const one = show(part);
    shown.set(part.key, one);
    const large = one.stage || one.body instanceof HTMLVideoElement;
    const heading = make("div", { class: "part-head" }, make("h2", { dir: "auto" }, headingOf(part)), ...(one.stage ? [one.stage.tools] : []));
    const section = make("section", { class: large ? "part large" : "part" }, heading, one.body);
    if (!part.side) {
      nodes.push(section);
      continue;
    }
    pair ??= nodes[nodes.push(make("div", { class: "pair" })) - 1];
    pair.append(section);
  }
  place.replaceChildren(...nodes);
  place.style.setProperty("--large", String(place.querySelectorAll(":scope > .large").length || 1));
  return shown;
}

/** @param {Part} part */
function headingOf(part) {
  if (!part.side) return part.title;
  return part.side === "left" ? "Left" : "Right";
}

/**
 * @param {Part} part
 * @returns {Shown}
 */
function show(part) {
  if (part.note) return { part, body: make("p", { class: "quiet", dir: "auto" }, part.note), seen: false };
  if (part.kind === "audio" || part.kind === "video") return playerOf(part);
  if (part.kind !== "image") return { part, body: bodyOf(part), seen: true };
  const stage = new Stage(part.url ?? "", headingOf(part));
  return { part, body: stage.node, seen: stage.whole, stage };
}

/**
 * @param {Part} part
 * @returns {Shown}
 */
function playerOf(part) {
  const body = make(part.kind, { src: part.url ?? "", controls: "", preload: "metadata", "aria-label": headingOf(part) });
  const seen = new Promise((done) => {
    body.addEventListener("loadedmetadata", () => done(true), { once: true });
    body.addEventListener("error", () => {
      const name = decodeURIComponent((part.url ?? "").replace(/^\/media\//, ""));
      body.replaceWith(make("p", { class: "quiet", dir: "auto" }, `${name}: cannot be played; the file is broken, or its format is unknown to this browser`));
      done(false);
    });
  });
  return { part, body, seen };
}

/**
 * @param {Part} part
 * @returns {HTMLElement}
 */
function bodyOf(part) {
  if (part.kind === "tokens") return tokensOf(part);
  if (part.kind === "text") return textOf(part);
  return part.value && typeof part.value === "object" && !Array.isArray(part.value)
    ? pairsOf(part.value)
    : make("pre", { dir: "auto" }, shown(part.value));
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
