// Fields with values to choose from: one (choice, rating) or several (choices).

import { same } from "./dom.js";

/**
 * @typedef {{ value: any, text: string, key: string, anchor: string, tip: string }} Value
 * @typedef {object} Field
 * @property {string} name
 * @property {string} title
 * @property {string} widget
 * @property {boolean} required
 * @property {Value[]} values
 * @property {number|null} minimum
 * @property {number|null} maximum
 * @property {boolean} whole
 * @property {number|null} max_length
 * @property {boolean} multiline
 * @property {string} source
 * @property {boolean} tokens
 * @property {string} kind_key
 * @property {Value[]} kinds
 * @property {boolean} quote a span quotes its words as `text`
 * @property {import("./tree.js").Node[]} nodes
 * @property {number} least
 * @property {string} member
 * @property {boolean} once
 *
 * @typedef {(how: "key"|"pointer"|"other") => void} Changed
 * @typedef {object} Scene what a field needs to know of the item
 * @property {Map<string, import("./parts.js").Shown>} parts
 * @property {string[]} sides the stored names in shown order, left first; empty where nothing is paired
 */

/** What both kinds share: chips at positions, which may show other values when a pair is swapped. */
class Chips {
  /**
   * @param {HTMLElement} node
   * @param {Field} field
   * @param {Changed} changed
   */
  constructor(node, field, changed) {
    this.node = node;
    this.field = field;
    this.changed = changed;
    /** @type {HTMLInputElement[]} */
    this.inputs = [...node.querySelectorAll("input[data-position]")].map((one) => /** @type {HTMLInputElement} */ (one));
    /** @type {number[]} the value shown at each position */
    this.order = field.values.map((_, at) => at);
    this.sided = false;
    /** Whether digits answer it. */
    this.digits = true;
    node.addEventListener("change", (event) => this.picked(/** @type {HTMLInputElement} */ (event.target)));
    node.addEventListener("click", (event) => { this.byPointer = /** @type {MouseEvent} */ (event).detail > 0; }, true);
    this.byPointer = false;
  }

  /** @param {Scene} scene */
  place({ sides }) {
    const at = sides.map((side) => this.field.values.findIndex(({ value }) => value === side)).sort((a, b) => a - b);
    this.sided = sides.length === 2 && at[0] >= 0;
    this.order = this.field.values.map((_, position) => position);
    if (!this.sided) return;
    sides.forEach((side, turn) => {
      this.order[at[turn]] = this.field.values.findIndex(({ value }) => value === side);
      const caption = this.inputs[at[turn]].parentElement?.querySelector(".caption");
      if (caption) caption.textContent = turn === 0 ? "Left" : "Right";
    });
    this.pair = at;
  }

  /**
   * The value at a position; its section of the guideline is not told where it would give away what is behind a side.
   * @param {number} position
   * @returns {Value}
   */
  at(position) {
    const value = this.field.values[this.order[position]];
    return this.sided && this.pair?.includes(position) ? { ...value, anchor: "", tip: "" } : value;
  }

  /**
   * @param {any} value
   * @returns {string} as the annotator knows it
   */
  name(value) {
    if (value === undefined) return "no answer";
    if (Array.isArray(value)) return value.map((one) => this.name(one)).join(", ") || "none of these";
    const position = this.field.values.findIndex((_, at) => same(this.at(at).value, value));
    return position < 0 ? String(value) : this.inputs[position].parentElement?.querySelector(".caption")?.textContent ?? "";
  }

  /**
   * @param {string} key
   * @returns {HTMLInputElement|undefined} the chip with this key cap
   */
  keyed(key) {
    return this.inputs[this.field.values.findIndex((value) => value.key && value.key === key)];
  }

  /** @param {number} position a value was looked for, and found */
  found(position) {
    this.take(this.inputs[position]);
  }

  /** @param {HTMLInputElement|undefined} _input is answered, by a key: subclasses say how */
  take(_input) {
    return false;
  }

  get fault() {
    return "";
  }

  get typing() {
    return "";
  }

  focus() {
    (this.inputs.find((one) => one.checked) ?? this.inputs[0])?.focus();
  }

  /** @param {HTMLInputElement} _input */
  picked(_input) {
    this.changed(this.byPointer ? "pointer" : "other");
    this.byPointer = false;
  }
}

/** One value of several. */
export class Choice extends Chips {
  /** Whether nothing more can be said. */
  get settled() {
    return this.value !== undefined;
  }

  get value() {
    const position = this.inputs.findIndex((one) => one.checked);
    return position < 0 ? undefined : this.at(position).value;
  }

  /** @param {any} value */
  show(value) {
    this.inputs.forEach((one, position) => { one.checked = value !== undefined && same(this.at(position).value, value); });
  }

  /** @param {string} key */
  key(key) {
    return this.take(this.keyed(key));
  }

  /** @param {HTMLInputElement|undefined} input */
  take(input) {
    if (!input) return false;
    input.checked = true;
    input.focus();
    this.changed("key");
    return true;
  }
}

/** Any number of values; "none" says so where an empty set is meant. */
export class Choices extends Chips {
  /**
   * @param {HTMLElement} node
   * @param {Field} field
   * @param {Changed} changed
   */
  constructor(node, field, changed) {
    super(node, field, changed);
    this.none = /** @type {HTMLInputElement} */ (node.querySelector("input[data-none]"));
  }

  get value() {
    const chosen = this.inputs.flatMap((one, position) => (one.checked ? [this.at(position).value] : []));
    return chosen.length || this.none.checked ? chosen : undefined;
  }

  /** @param {any} value */
  show(value) {
    const chosen = Array.isArray(value) ? value : [];
    this.inputs.forEach((one, position) => { one.checked = chosen.some((each) => same(each, this.at(position).value)); });
    this.none.checked = Array.isArray(value) && value.length === 0;
  }

  /** @param {string} key */
  key(key) {
    return this.take(key === "-" ? this.none : this.keyed(key));
  }

  /** @param {HTMLInputElement|undefined} input */
  take(input) {
    if (!input) return false;
    input.checked = !input.checked;
    input.focus();
    this.settle(input);
    this.changed("key");
    return true;
  }

  /** @param {HTMLInputElement} input */
  picked(input) {
    this.settle(input);
    super.picked(input);
  }

  /** @param {HTMLInputElement} input */
  settle(input) {
    if (!input.checked) return;
    if (input === this.none) this.inputs.forEach((one) => { one.checked = false; });
    else this.none.checked = false;
  }
}
