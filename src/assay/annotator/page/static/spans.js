// Span fields: parts of a text (or of its tokens) of some kind.

import { make } from "./dom.js";
import { Elements } from "./elements.js";

/** @typedef {import("./marks.js").Marks} Marks */

/** Spans of one field; several fields may share one source. */
export class Spans extends Elements {
  /** @type {Marks|null} */
  marks = null;

  /** @type {() => void} */
  redraw = () => {};

  /** The row from which a kind is looked for. */
  sought = -1;

  /**
   * @param {HTMLElement} node
   * @param {import("./choices.js").Field} field
   * @param {import("./choices.js").Changed} changed
   */
  constructor(node, field, changed) {
    super(node, field, changed);
    node.addEventListener("focusin", ({ target, relatedTarget }) => {
      if (!/** @type {Element} */ (target).matches(".find-box")) return;
      const row = /** @type {HTMLElement|null} */ (/** @type {Element|null} */ (relatedTarget)?.closest(".elements .element"));
      this.sought = row ? Number(row.dataset.at) : -1;
    });
  }

  /**
   * @param {Marks|null} marks the source, null where the item has none
   * @param {() => void} redraw draws the source with the spans of all its fields
   */
  read(marks, redraw) {
    this.marks = marks;
    this.redraw = redraw;
  }

  /** Whether the item has nothing to mark. */
  get absent() {
    return !this.marks;
  }

  place() {}

  focus() {
    if (this.marks) this.marks.focus();
    else this.none.focus();
  }

  /** @returns {import("./marks.js").Mark[]} */
  get drawn() {
    return this.list.map((one, at) => ({
      start: one.start, end: one.end, kind: this.kindOf(one), name: this.kindName(one), chosen: at === this.chosen,
    }));
  }

  /** @param {number} kind was looked for from a row, which gets it, or from the text, in which the selection stands */
  found(kind) {
    if (this.list[this.sought]) this.chosen = this.sought;
    else this.marks?.focus();
    this.kind(kind);
  }

  /** @param {number} kind */
  kind(kind) {
    const at = this.chosen;
    if (this.list[at]) {
      this.replace(at, this.ofKind(this.list[at], kind));
      this.rowAt(at)?.focus();
      return;
    }
    const range = this.marks?.selected();
    const span = range && this.quoted(this.ofKind({ ...range }, kind));
    const twin = span && this.list.some((one) => one.start === span.start && one.end === span.end && this.kindOf(one) === this.kindOf(span));
    if (!span || twin) {
      this.hint(twin ? "this part is already marked" : this.marks ? "first select a part of the text" : "this item has no such text");
      return;
    }
    this.list = [...this.list, span].sort((a, b) => a.start - b.start || a.end - b.end);
    this.stated = true;
    this.marks?.leave(range);
    this.draw();
    this.changed("key");
    this.ask(this.list.indexOf(span));
  }

  /**
   * A span with the words that it marks, where it is to quote them.
   * @param {any} span
   */
  quoted(span) {
    return this.field.quote && this.marks ? { ...span, text: this.marks.quote(span) } : span;
  }

  /** @param {any} value spans that lack their words get them; words that differ are for the server to name */
  show(value) {
    super.show(Array.isArray(value) ? value.map((one) => (one.text === undefined ? this.quoted(one) : one)) : value);
  }

  /**
   * @param {number} at
   * @param {any} element
   */
  replace(at, element) {
    super.replace(at, this.quoted(element));
  }

  /** Removes the innermost span at the caret. */
  removeHere() {
    const caret = this.marks?.caret() ?? null;
    if (caret === null) return false;
    const around = this.list.map((one, at) => ({ ...one, at })).filter(({ start, end }) => start <= caret && caret <= end);
    if (!around.length) return false;
    this.remove(around.reduce((least, one) => (one.end - one.start < least.end - least.start ? one : least)).at);
    return true;
  }

  draw() {
    super.draw();
    this.redraw();
  }

  /** @param {number} at */
  row(at) {
    const words = make("q", { dir: "auto" });
    const row = make("button", { type: "button", class: "element" }, make("span", { class: "kind" }), words, make("span", { class: "quiet" }));
    row.dataset.at = String(at);
    row.addEventListener("focus", () => this.choose(at));
    row.addEventListener("blur", () => this.choose(-1));
    row.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
      if (event.key !== "Delete" && event.key !== "Backspace") return;
      event.preventDefault();
      event.stopPropagation();
      this.removeRow(at);
    });
    const remove = make("button", { type: "button", class: "remove", tabindex: "-1" }, "Remove");
    remove.addEventListener("click", () => this.removeRow(at));
    return make("li", {}, row, ...this.extras(at), remove);
  }

  /**
   * @param {Element} row
   * @param {number} _at
   * @param {any} one
   */
  fill(row, _at, one) {
    const [button, remove] = [row.querySelector(".element"), row.querySelector(".remove")];
    const [kind, words, place] = button?.children ?? [];
    const [name, quote] = [this.kindName(one), this.marks?.quote(one) ?? ""];
    const said = `${name}: ${quote}. Delete removes it.`;
    if (button?.getAttribute("aria-label") === said && place.textContent === `${one.start}–${one.end}`) return;
    button?.setAttribute("aria-label", said);
    remove?.setAttribute("aria-label", `Remove ${quote}`);
    kind.className = `kind k${this.kindOf(one) % 8}`;
    for (const [element, text] of /** @type {[Element, string][]} */ ([[kind, name], [words, quote], [place, `${one.start}–${one.end}`]])) element.textContent = text;
  }

  /** @param {number} at */
  removeRow(at) {
    this.remove(at);
    const next = this.rowAt(Math.min(at, this.list.length - 1));
    if (next) next.focus();
    else this.focus();
  }

  /** @param {number} at */
  rowAt(at) {
    return /** @type {HTMLElement|null} */ (this.rows.querySelector(`[data-at="${at}"]`));
  }

  /** @param {number} at */
  choose(at) {
    if (at === this.chosen) return;
    this.chosen = at;
    this.redraw();
  }

  /** @param {any} one */
  describe(one) {
    return `${this.field.kind_key ? `${this.kindName(one)}: ` : ""}“${this.marks?.quote(one) ?? ""}”`;
  }
}
