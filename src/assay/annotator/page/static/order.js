// Fields whose members are chosen one after the other: rankings, the best first, and paths whose steps are listed.

import { make, roving, same } from "./dom.js";

/** Members in order; `least` says how many make an answer. */
export class Order {
  /**
   * @param {HTMLElement} node
   * @param {import("./choices.js").Field} field
   * @param {import("./choices.js").Changed} changed
   */
  constructor(node, field, changed) {
    this.field = field;
    this.changed = changed;
    this.digits = true;
    this.typing = "";
    /** @type {number[]} the positions of the members that have a place, the first first */
    this.order = [];
    const row = /** @type {HTMLElement} */ (node.querySelector(".values"));
    this.chips = /** @type {HTMLElement[]} */ ([...row.querySelectorAll("button")]);
    this.chips.forEach((chip, at) => chip.addEventListener("click", () => this.toggle(at, "pointer")));
    roving(row, "button");
  }

  get value() {
    return this.order.length < Math.max(this.field.least, 1) ? undefined : this.members;
  }

  get members() {
    return this.order.map((at) => this.field.values[at].value);
  }

  get fault() {
    const left = this.field.least - this.order.length;
    return this.order.length && left > 0 ? `${left} still ${left === 1 ? "has" : "have"} no place` : "";
  }

  /** Whether nothing more can be said: everything has its place. */
  get settled() {
    return this.order.length === this.chips.length;
  }

  get begun() {
    return this.order.length && this.value === undefined ? this.order : undefined;
  }

  /**
   * @param {any} value
   * @param {any} [begun]
   */
  show(value, begun) {
    const members = Array.isArray(value) ? value : [];
    const found = members.map((one) => this.field.values.findIndex((each) => same(each.value, one))).filter((at) => at >= 0);
    this.order = Array.isArray(value) ? found : begun ?? [];
    this.draw();
  }

  /** @param {string} key */
  key(key) {
    if (key === "Backspace" && this.order.length) {
      this.order = this.order.slice(0, -1);
      this.draw();
      this.changed("other");
      return true;
    }
    const at = this.field.values.findIndex((value) => value.key && value.key === key);
    if (at < 0) return false;
    this.found(at);
    return true;
  }

  /** @param {number} at */
  found(at) {
    this.chips[at].focus();
    this.toggle(at, "key");
  }

  /**
   * Gives a member the next place, or takes its place away.
   * @param {number} at
   * @param {"key"|"pointer"} how
   */
  toggle(at, how) {
    const has = this.order.includes(at);
    this.order = has ? this.order.filter((one) => one !== at) : [...this.order, at];
    this.draw();
    this.changed(has ? "other" : how);
  }

  draw() {
    this.chips.forEach((chip, at) => {
      const place = this.order.indexOf(at);
      const rank = /** @type {HTMLElement} */ (chip.querySelector(".rank"));
      rank.textContent = place < 0 ? "" : `${place + 1}.`;
      chip.setAttribute("aria-pressed", String(place >= 0));
    });
  }

  place() {}

  focus() {
    (this.chips.find((_, at) => !this.order.includes(at)) ?? this.chips[0])?.focus();
  }

  /** @param {number} position */
  at(position) {
    return this.field.values[position];
  }

  /** @param {any} value */
  name(value) {
    if (!Array.isArray(value)) return "no answer";
    return value.map((one) => this.field.values.find((each) => same(each.value, one))?.text ?? JSON.stringify(one)).join(", ") || "none";
  }
}
