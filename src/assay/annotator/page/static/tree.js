// Tree fields: a node of a taxonomy, chosen level by level from the root.

import { make, roving, same } from "./dom.js";
import { finderFor, needFinder } from "./finder.js";

/**
 * @typedef {{ text: string, key: string, at: number, below: Node[] }} Node `at` is the place of its value, -1 where the node itself is none
 */

/** One node; the level below the chosen one has the key caps. */
export class Tree {
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
    /** @type {number[]} the place of the chosen node in each level */
    this.path = [];
    this.levels = /** @type {HTMLElement} */ (node.querySelector(".levels"));
    this.draw();
  }

  /** @returns {Node[]} the nodes from the root to the chosen one */
  get chosen() {
    let below = this.field.nodes;
    return this.path.map((at) => {
      const node = below[at];
      below = node.below;
      return node;
    });
  }

  /** @returns {Node|undefined} */
  get last() {
    return this.chosen[this.path.length - 1];
  }

  get value() {
    return this.field.values[this.last?.at ?? -1]?.value;
  }

  get fault() {
    return this.last && this.last.at < 0 ? `choose a value within ${this.last.text}` : "";
  }

  /** Whether nothing more can be said: a node without others below it. */
  get settled() {
    return this.last?.below.length === 0;
  }

  /** Where one has come on the way to a value. */
  get begun() {
    return this.path.length && this.value === undefined ? this.path : undefined;
  }

  /**
   * @param {any} value
   * @param {any} [begun]
   */
  show(value, begun) {
    const at = this.field.values.findIndex((one) => same(one.value, value));
    this.path = at < 0 ? begun ?? [] : wayTo(this.field.nodes, at) ?? [];
    this.draw();
  }

  /** @param {string} key */
  key(key) {
    if (key === "Backspace") return this.back();
    const level = Math.min(this.path.length, this.levels.children.length - 1);
    const at = this.nodesOf(level).findIndex((node) => node.key && node.key === key);
    if (at < 0) return false;
    this.pick(level, at, "key");
    return true;
  }

  /** One level up. */
  back() {
    if (!this.path.length) return false;
    this.path = this.path.slice(0, -1);
    this.draw();
    this.focus();
    this.changed("other");
    return true;
  }

  /**
   * @param {number} level
   * @param {number} at
   * @param {"key"|"pointer"} how
   */
  pick(level, at, how) {
    this.path = [...this.path.slice(0, level), at];
    this.draw();
    this.focus();
    this.changed(how);
  }

  /** @param {number} level */
  nodesOf(level) {
    return level === 0 ? this.field.nodes : this.chosen[level - 1].below;
  }

  draw() {
    const depth = this.settled ? this.path.length : this.path.length + 1;
    this.levels.replaceChildren(...Array.from({ length: depth }, (_, level) => this.level(level, level === depth - 1)));
  }

  /**
   * @param {number} level
   * @param {boolean} keyed
   */
  level(level, keyed) {
    const name = level ? `within ${this.chosen[level - 1].text}` : this.field.title;
    const row = make("div", { class: "values", role: "group", "aria-label": name }, ...this.nodesOf(level).map((node, at) => {
      const chip = make("button", {
        type: "button", class: "chip", "aria-pressed": String(this.path[level] === at), ...(node.at < 0 ? {} : { "data-position": String(node.at) }),
      }, ...(keyed && node.key ? [make("kbd", { "aria-hidden": "true" }, node.key)] : []), make("span", { class: "caption", dir: "auto" }, node.text),
      ...(node.below.length ? [make("span", { class: "quiet", "aria-hidden": "true" }, "›")] : []));
      chip.addEventListener("click", () => this.pick(level, at, "pointer"));
      return chip;
    }));
    roving(row, "button");
    const many = keyed && needFinder(this.nodesOf(level));
    return many ? make("div", {}, finderFor(row, (at) => this.pick(level, at, "key")), row) : row;
  }

  place() {}

  focus() {
    const row = this.levels.lastElementChild;
    /** @type {HTMLElement|null|undefined} */ (row?.querySelector("[aria-pressed=true]") ?? row?.querySelector("button"))?.focus();
  }

  /** @param {number} position */
  at(position) {
    return this.field.values[position];
  }

  /** @param {any} value */
  name(value) {
    return value === undefined ? "no answer" : this.field.values.find((one) => same(one.value, value))?.text ?? JSON.stringify(value);
  }
}

/**
 * @param {Node[]} nodes
 * @param {number} wanted
 * @returns {number[]|undefined} the way to the value at a place
 */
function wayTo(nodes, wanted) {
  for (const [at, node] of nodes.entries()) {
    if (node.at === wanted) return [at];
    const way = wayTo(node.below, wanted);
    if (way) return [at, ...way];
  }
  return undefined;
}
