// A text (or tokens) with spans in it: drawn as marks, selected with the browser's own caret.

import { slice, splits, toPoints, toUnits, whole } from "./codepoints.js";
import { make } from "./dom.js";
import { nodesOf } from "./text.js";

/**
 * @typedef {{ start: number, end: number }} Range half-open, in code points of the text or in tokens
 * @typedef {Range & { kind: number, name: string, chosen: boolean }} Mark
 */

const HARMLESS = new Set(["dragstart", "drop", "paste", "cut", "beforeinput"]);

/** The readable, selectable source of span fields. */
export class Marks {
  /**
   * @param {HTMLElement} body
   * @param {string|any[]} source a text, or tokens
   * @param {string} title
   */
  constructor(body, source, title) {
    this.body = body;
    this.tokens = Array.isArray(source) ? source.map((one) => (typeof one === "string" ? one : JSON.stringify(one))) : null;
    this.text = this.tokens ? this.tokens.join(" ") : String(source);
    this.edges = edgesOf(this.tokens ?? []);
    /** @type {Mark[]} */
    this.marks = [];
    /** @type {[number, number]|null} where the caret was when the focus left */
    this.left = null;
    this.pointed = false;
    for (const [name, value] of Object.entries({
      contenteditable: "true", role: "textbox", "aria-multiline": "true", "aria-readonly": "true", "aria-label": title,
      spellcheck: "false", inputmode: "none", autocorrect: "off", autocapitalize: "off", tabindex: "0",
    })) body.setAttribute(name, value);
    body.classList.add("source");
    for (const name of HARMLESS) body.addEventListener(name, (event) => event.preventDefault());
    for (const name of ["input", "compositionend"]) body.addEventListener(name, () => this.redraw());
    body.addEventListener("blur", () => { this.left = this.units(); });
    body.addEventListener("pointerdown", () => { this.pointed = true; });
    body.addEventListener("focus", () => this.resume());
    this.redraw();
  }

  /** Takes the focus, the caret where it was; the text stays as far scrolled as it is. */
  focus() {
    const pane = /** @type {Element} */ (this.body.closest(".item"));
    const before = pane.scrollTop;
    this.body.focus({ preventScroll: true });
    pane.scrollTop = before;
  }

  /** The caret goes back to where it was, and comes into sight, unless the pointer puts it somewhere. */
  resume() {
    if (this.left && !this.pointed) {
      this.select(...this.left);
      const [caret, pane] = [getSelection()?.getRangeAt(0).getBoundingClientRect(), /** @type {Element} */ (this.body.closest(".item"))];
      const { top, bottom } = pane.getBoundingClientRect();
      if (caret?.height && (caret.top < top || caret.bottom > bottom)) pane.scrollTop += caret.top - (top + bottom) / 2;
    }
    this.pointed = false;
  }

  /** @param {Mark[]} marks */
  show(marks) {
    this.marks = marks;
    this.redraw();
  }

  /**
   * What is selected, in the units of the labels; null when nothing is.
   * @returns {Range|null}
   */
  selected() {
    const units = this.units();
    if (!units || units[0] === units[1]) return null;
    if (this.tokens) return this.snapped(...units);
    const [start, end] = whole(this.text, ...units);
    return { start: toPoints(this.text, start), end: toPoints(this.text, end) };
  }

  /**
   * Where the caret is, in the units of the labels; null when it is elsewhere.
   * @returns {number|null}
   */
  caret() {
    const units = this.units();
    if (!units) return null;
    return this.tokens ? this.edges.findIndex(([, end]) => end >= units[0]) : toPoints(this.text, whole(this.text, ...units)[0]);
  }

  /**
   * The words between two offsets.
   * @param {Range} range
   * @returns {string}
   */
  quote({ start, end }) {
    return this.tokens ? this.tokens.slice(start, end).join(" ") : slice(this.text, start, end);
  }

  /** @param {Range} range puts the caret behind it */
  leave({ start, end }) {
    const unit = this.unitsOf({ start, end })[1];
    this.select(unit, unit);
  }

  /** @returns {[number, number]|null} */
  units() {
    const selection = getSelection();
    if (!selection?.rangeCount) return null;
    const range = selection.getRangeAt(0);
    if (!this.body.contains(range.startContainer) || !this.body.contains(range.endContainer)) return null;
    return [this.unitAt(range.startContainer, range.startOffset), this.unitAt(range.endContainer, range.endOffset)];
  }

  /**
   * @param {Node} node
   * @param {number} offset
   */
  unitAt(node, offset) {
    const before = document.createRange();
    before.setStart(this.body, 0);
    before.setEnd(node, offset);
    return before.toString().length;
  }

  /**
   * @param {number} from
   * @param {number} to
   * @returns {Range|null}
   */
  snapped(from, to) {
    const touched = this.edges.flatMap(([start, end], at) => (start < to && end > from ? [at] : []));
    return touched.length ? { start: touched[0], end: touched[touched.length - 1] + 1 } : null;
  }

  /**
   * @param {Range} range
   * @returns {[number, number]}
   */
  unitsOf({ start, end }) {
    if (!this.tokens) return [toUnits(this.text, start), toUnits(this.text, end)];
    const edges = this.edges;
    return [edges[start]?.[0] ?? this.text.length, edges[end - 1]?.[1] ?? this.text.length];
  }

  redraw() {
    const units = document.activeElement === this.body ? this.units() : null;
    const spans = this.marks.map((mark) => ({ mark, at: this.unitsOf(mark) })).sort((a, b) => a.at[0] - b.at[0]);
    const cuts = [...new Set([0, this.text.length, ...spans.flatMap(({ at }) => at)])].sort((a, b) => a - b);
    /** @type {typeof spans} */
    let over = [];
    let next = 0;
    const nodes = cuts.slice(0, -1).flatMap((from, index) => {
      const starting = [];
      for (; next < spans.length && spans[next].at[0] <= from; next += 1) starting.push(spans[next]);
      over = [...over, ...starting].filter(({ at }) => at[1] > from);
      return this.piece(from, cuts[index + 1], over.map(({ mark }) => mark), starting.filter((one) => over.includes(one)).map(({ mark }) => mark));
    });
    this.body.replaceChildren(...nodes);
    if (units) this.select(...units);
  }

  /**
   * @param {number} from
   * @param {number} to
   * @param {Mark[]} over
   * @param {Mark[]} starting
   * @returns {Node[]}
   */
  piece(from, to, over, starting) {
    const nodes = nodesOf(this.text.slice(from, to));
    if (!over.length) return nodes;
    const top = over[over.length - 1];
    const classes = [`k${top.kind % 8}`, over.length > 1 ? "overlap" : "", over.some((one) => one.chosen) ? "chosen" : ""];
    const mark = make("mark", { class: classes.filter(Boolean).join(" "), title: over.map((one) => one.name).join(" + ") }, ...nodes);
    if (starting.length) mark.dataset.name = starting.map((one) => one.name).join(" + ");
    return [mark];
  }

  /**
   * @param {number} from
   * @param {number} to
   */
  select(from, to) {
    const [start, end] = [this.pointAt(from), this.pointAt(to)];
    getSelection()?.setBaseAndExtent(start.node, start.offset, end.node, end.offset);
  }

  /** @param {number} unit */
  pointAt(unit) {
    const walker = document.createTreeWalker(this.body, NodeFilter.SHOW_TEXT);
    let left = splits(this.text, unit) ? unit - 1 : unit;
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const { length } = /** @type {Text} */ (node);
      if (left <= length) return { node, offset: left };
      left -= length;
    }
    return { node: this.body, offset: this.body.childNodes.length };
  }
}

/**
 * Where each token stands in the text, in UTF-16 units.
 * @param {string[]} tokens
 * @returns {[number, number][]}
 */
function edgesOf(tokens) {
  let at = 0;
  return tokens.map((token) => {
    const start = at;
    at += token.length + 1;
    return [start, start + token.length];
  });
}
