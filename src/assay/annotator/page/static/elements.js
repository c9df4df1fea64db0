// What span and box fields share: a list of elements, the kinds they can have, the one that is chosen.

import { roving, same, say } from "./dom.js";
import { extraInputs, fillExtras, given, inputFor, lacking } from "./extras.js";

/** @typedef {import("./choices.js").Field} Field */

/** A list of objects of some kinds; subclasses draw them. */
export class Elements {
  /**
   * @param {HTMLElement} node
   * @param {Field} field
   * @param {import("./choices.js").Changed} changed
   */
  constructor(node, field, changed) {
    this.node = node;
    this.field = field;
    this.changed = changed;
    /** @type {any[]} */
    this.list = [];
    this.stated = false;
    this.chosen = -1;
    this.digits = true;
    /** What is being typed, where something is. */
    this.typing = "";
    this.rows = /** @type {HTMLElement} */ (node.querySelector(".elements"));
    this.none = /** @type {HTMLInputElement} */ (node.querySelector("input[data-none]"));
    this.kinds = /** @type {HTMLElement} */ (node.querySelector(".kinds"));
    roving(this.kinds, "button, input");
    this.kinds.addEventListener("mousedown", (event) => {
      if (/** @type {Element} */ (event.target).closest("button")) event.preventDefault();
    });
    this.kinds.addEventListener("click", (event) => {
      const button = /** @type {HTMLElement|null} */ (/** @type {Element} */ (event.target).closest("button[data-kind]"));
      if (button) this.kind(Number(button.dataset.kind));
    });
    this.none.addEventListener("change", () => this.state(this.none.checked));
  }

  /** @returns {any} */
  get value() {
    return this.list.length || this.stated ? this.list : undefined;
  }

  /** @returns {string} which element needs what */
  get fault() {
    const at = this.list.findIndex((one) => lacking(this.field.extra, one).length);
    if (at < 0) return "";
    return `${lacking(this.field.extra, this.list[at]).map(({ title }) => title).join(", ")}: still needed for ${this.describe(this.list[at])}`;
  }

  /** @param {any} value */
  show(value) {
    this.list = Array.isArray(value) ? value : [];
    this.stated = Array.isArray(value);
    this.chosen = -1;
    this.draw();
  }

  /** @param {boolean} none */
  state(none) {
    if (none && this.list.length) this.list = [];
    this.stated = none;
    this.chosen = -1;
    this.draw();
    this.changed("other");
  }

  /** @param {string} key */
  key(key) {
    if (key === "-") {
      this.state(!this.none.checked);
      return true;
    }
    const kinds = this.field.kinds;
    const kind = kinds.length ? kinds.findIndex((one) => one.key && one.key === key) : ["1"].indexOf(key);
    if (kind < 0) return false;
    this.kind(kind);
    return true;
  }

  /** @param {number} kind was looked for, and found */
  found(kind) {
    this.kind(kind);
    this.focus();
  }

  /** @param {number} _kind a kind was called: subclasses make or change an element */
  kind(_kind) {}

  /** Draws what is there; rows stay, so that the focus does. */
  draw() {
    this.none.checked = this.stated && this.list.length === 0;
    while (this.rows.children.length > this.list.length) this.rows.lastElementChild?.remove();
    while (this.rows.children.length < this.list.length) this.rows.append(this.row(this.rows.children.length));
    this.list.forEach((one, at) => {
      this.fill(this.rows.children[at], at, one);
      fillExtras(this.rows.children[at], this.field.extra, one);
    });
  }

  /**
   * The row of the element at a place, still empty.
   * @param {number} _at
   * @returns {HTMLElement}
   */
  row(_at) {
    return document.createElement("li");
  }

  /**
   * Shows an element in its row.
   * @param {Element} _row
   * @param {number} _at
   * @param {any} _element
   */
  fill(_row, _at, _element) {}

  /** @param {number} at */
  extras(at) {
    const told = (/** @type {import("./extras.js").Extra} */ { name }, /** @type {any} */ value) => {
      const { [name]: _, ...rest } = this.list[at];
      this.list = this.list.map((one, other) => (other !== at ? one : value === undefined ? rest : { ...rest, [name]: value }));
      this.typing = `${at} ${name}`;
      this.changed("other");
      this.typing = "";
    };
    const inputs = extraInputs(this.field.extra, told, () => this.list[at]);
    for (const input of inputs) this.leaves(input, at);
    return inputs;
  }

  /**
   * Enter in a box of an element leads to what the element still needs, else out of it.
   * @param {HTMLElement} input
   * @param {number} at
   */
  leaves(input, at) {
    input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.isComposing || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      event.stopPropagation();
      input.blur();
      if (!this.ask(at)) this.done(at);
    });
  }

  /**
   * Asks for what an element still needs.
   * @param {number} at
   * @returns {boolean} whether it needs anything
   */
  ask(at) {
    const [first] = lacking(this.field.extra, this.list[at]);
    if (first) inputFor(this.rows.children[at], first).focus();
    return Boolean(first);
  }

  /** @param {number} _at the further properties of an element are filled */
  done(_at) {
    this.focus();
  }

  focus() {}

  /** @param {string} text what a key or button could not do */
  hint(text) {
    say(/** @type {HTMLElement} */ (this.node.querySelector(".fault")), text);
  }

  /** @param {any} element */
  kindOf(element) {
    const { kind_key: key, kinds } = this.field;
    return key ? Math.max(0, kinds.findIndex(({ value }) => same(value, element[key]))) : 0;
  }

  /** @param {any} element */
  kindName(element) {
    const { kind_key: key, title } = this.field;
    return key ? this.field.kinds.find(({ value }) => same(value, element[key]))?.text ?? String(element[key] ?? "?") : title;
  }

  /**
   * @param {any} element
   * @param {number} kind
   */
  ofKind(element, kind) {
    const { kind_key: key, kinds } = this.field;
    const made = { ...given(this.field.extra), ...element };
    return key && kinds[kind] ? { ...made, [key]: kinds[kind].value } : made;
  }

  /** @param {number} at */
  remove(at) {
    if (!this.list[at]) return;
    this.list = this.list.filter((_, other) => other !== at);
    this.chosen = -1;
    this.stated = this.list.length > 0;
    this.draw();
    this.changed("key");
  }

  /**
   * @param {number} at
   * @param {any} element
   */
  replace(at, element) {
    this.list = this.list.map((one, other) => (other === at ? element : one));
    this.draw();
    this.changed("key");
  }

  /** @param {any} value */
  name(value) {
    return Array.isArray(value) && value.length ? value.map((one) => this.describe(one)).join("; ") : "none";
  }

  /** @param {any} element */
  describe(element) {
    return JSON.stringify(element);
  }
}
