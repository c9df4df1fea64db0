// Sequence fields: one value for each element of an array of the item, in its order.

import { make, plain, roving, same } from "./dom.js";
import { numberFault, readNumber } from "./numbers.js";

/** The elements in a row, each with its value; one of them is in hand. */
export class Sequence {
  /**
   * @param {HTMLElement} node
   * @param {import("./choices.js").Field} field
   * @param {import("./choices.js").Changed} changed
   */
  constructor(node, field, changed) {
    this.node = node;
    this.field = field;
    this.changed = changed;
    this.typing = "";
    this.absent = false;
    /** @type {string[]} the elements as they are read */
    this.words = [];
    /** @type {any[]} the value of each element, undefined where it has none */
    this.given = [];
    this.hand = 0;
    this.steps = /** @type {HTMLElement} */ (node.querySelector(".steps"));
    const row = /** @type {HTMLElement} */ (node.querySelector(".values"));
    this.chips = /** @type {HTMLElement[]} */ ([...row.querySelectorAll("button")]);
    row.addEventListener("mousedown", (event) => event.preventDefault());
    this.chips.forEach((chip, at) => chip.addEventListener("click", () => this.give(at, "pointer")));
    roving(row, "button");
    roving(this.steps, "button");
  }

  /** Whether values are chosen by keys; else they are typed. */
  get digits() {
    return this.chips.length > 0 || this.field.member === "number";
  }

  /** @returns {HTMLInputElement|null} the box to type into first */
  get input() {
    return this.steps.querySelector("input");
  }

  get value() {
    return this.words.length && this.settled ? this.given : undefined;
  }

  /** Whether every element has its value. */
  get settled() {
    return !this.given.includes(undefined);
  }

  get fault() {
    const boxes = /** @type {HTMLInputElement[]} */ ([...this.steps.querySelectorAll("input")]);
    const wrong = boxes.find((box, at) => box.value && this.given[at] === undefined);
    if (wrong) return `“${wrong.value}”: ${numberFault(wrong.value)}`;
    const left = this.given.filter((one) => one === undefined).length;
    return left && left < this.given.length ? `${left} of ${this.given.length} still without a value` : "";
  }

  get begun() {
    return !this.settled && this.given.some((one) => one !== undefined) ? this.given : undefined;
  }

  /** @param {import("./choices.js").Scene} scene */
  place({ parts }) {
    const source = parts.get(this.field.source)?.part.value;
    this.words = Array.isArray(source) ? source.map(plain) : [];
    this.absent = this.words.length === 0;
    this.given = this.words.map(() => undefined);
    this.hand = 0;
    this.steps.replaceChildren(...this.words.map((word, at) => (this.chips.length ? this.step(word, at) : this.typed(word, at))));
  }

  /**
   * @param {any} value
   * @param {any} [begun]
   */
  show(value, begun) {
    const known = Array.isArray(value) ? value : begun ?? [];
    this.given = this.words.map((_, at) => known[at]);
    this.hand = Math.max(0, this.given.indexOf(undefined));
    for (const [at, box] of this.steps.querySelectorAll("input").entries()) box.value = this.given[at] === undefined ? "" : String(this.given[at]);
    this.draw();
  }

  /**
   * @param {string} word
   * @param {number} at
   */
  step(word, at) {
    const button = make("button", { type: "button", class: "step" }, make("span", { dir: "auto" }, word), make("span", { class: "kind" }));
    button.addEventListener("focus", () => this.turnTo(at));
    return make("li", {}, button);
  }

  /**
   * @param {string} word
   * @param {number} at
   */
  typed(word, at) {
    const box = make("input", { class: "entry", type: "text", autocomplete: "off", dir: "auto", ...(this.field.member === "number" ? { inputmode: "decimal" } : {}) });
    box.addEventListener("input", () => {
      const typed = this.field.member === "number" ? readNumber(box.value) : box.value || undefined;
      this.given = this.given.map((one, other) => (other === at ? typed : one));
      this.typing = String(at);
      this.changed("other");
      this.typing = "";
    });
    return make("li", {}, make("label", {}, make("span", { dir: "auto" }, word), box));
  }

  /** @param {number} at */
  turnTo(at) {
    this.hand = at;
    this.draw();
  }

  /** @param {string} key */
  key(key) {
    if (key === "Backspace" && this.chips.length) return this.back();
    const at = this.field.values.findIndex((value) => value.key && value.key === key);
    if (at < 0) return false;
    this.found(at);
    return true;
  }

  /** @param {number} at */
  found(at) {
    this.give(at, "key");
  }

  /** Takes away the value in hand, else the one before it. */
  back() {
    const at = this.given[this.hand] === undefined ? this.hand - 1 : this.hand;
    if (at < 0 || this.given[at] === undefined) return false;
    this.given = this.given.map((one, other) => (other === at ? undefined : one));
    this.hand = at;
    this.focus();
    this.draw();
    this.changed("other");
    return true;
  }

  /**
   * Gives the element in hand a value; the next one comes to hand.
   * @param {number} position
   * @param {"key"|"pointer"} how
   */
  give(position, how) {
    if (this.absent) return;
    this.given = this.given.map((one, at) => (at === this.hand ? this.field.values[position].value : one));
    const last = this.hand === this.words.length - 1;
    this.hand += last ? 0 : 1;
    this.focus();
    this.draw();
    this.changed(last ? how : "other");
  }

  /** @returns {boolean} whether Enter has gone on within the field: to the next box without a value */
  enter() {
    const boxes = /** @type {HTMLInputElement[]} */ ([...this.steps.querySelectorAll("input")]);
    const at = boxes.indexOf(/** @type {HTMLInputElement} */ (document.activeElement));
    const next = at < 0 || !boxes[at].value ? undefined : boxes.slice(at + 1).find((box) => !box.value);
    next?.focus();
    return Boolean(next);
  }

  draw() {
    for (const [at, button] of this.steps.querySelectorAll("button").entries()) {
      const position = this.field.values.findIndex(({ value }) => this.given[at] !== undefined && same(value, this.given[at]));
      const kind = /** @type {HTMLElement} */ (button.querySelector(".kind"));
      kind.className = position < 0 ? "kind" : `kind k${position % 8}`;
      kind.textContent = position < 0 ? "" : this.field.values[position].text;
      button.tabIndex = at === this.hand ? 0 : -1;
      if (at === this.hand) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    }
  }

  focus() {
    const boxes = this.steps.querySelectorAll("input");
    (boxes[Math.max(0, this.given.indexOf(undefined))] ?? this.steps.querySelectorAll("button")[this.hand])?.focus();
  }

  /** @param {number} position */
  at(position) {
    return this.field.values[position];
  }

  /** @param {any} value */
  name(value) {
    if (!Array.isArray(value)) return "no answer";
    return value.map((one) => this.field.values.find((each) => same(each.value, one))?.text ?? plain(one)).join(" ");
  }
}
