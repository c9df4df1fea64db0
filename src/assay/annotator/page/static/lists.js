// Lists whose members are typed: words, numbers, or paths written with a slash between their steps.

import { make, plain, same } from "./dom.js";
import { numberFault, readNumber } from "./numbers.js";

/** Members, each typed and taken with Enter; what stands in the box counts as the last one. */
export class List {
  /**
   * @param {HTMLElement} node
   * @param {import("./choices.js").Field} field
   * @param {import("./choices.js").Changed} changed
   */
  constructor(node, field, changed) {
    this.node = node;
    this.field = field;
    this.changed = changed;
    /** @type {any[]} */
    this.members = [];
    this.rows = /** @type {HTMLElement} */ (node.querySelector(".elements"));
    this.input = /** @type {HTMLInputElement} */ (node.querySelector(".entry"));
    this.none = /** @type {HTMLInputElement} */ (node.querySelector("[data-none]"));
    this.input.addEventListener("input", () => this.become(this.members));
    this.input.addEventListener("blur", () => this.enter());
    this.input.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
      if (event.key === "Backspace" && !event.repeat && !this.input.value && this.members.length) this.become(this.members.slice(0, -1));
    });
    this.rows.addEventListener("mousedown", (event) => event.preventDefault());
    this.none.addEventListener("change", () => this.empty(this.none.checked));
  }

  get digits() {
    return this.field.member === "number";
  }

  /** What is being typed: the letters of one member are undone together. */
  get typing() {
    return `words ${this.members.length}`;
  }

  get typed() {
    const words = this.input.value.trim();
    if (this.field.member === "number") return readNumber(words);
    if (this.field.member === "path") return words ? words.split("/").map((step) => step.trim()).filter(Boolean) : undefined;
    return words || undefined;
  }

  get fault() {
    if (this.field.member === "number" && this.input.value.trim()) return numberFault(this.input.value);
    return "";
  }

  /** Whether the word in the box is in the list already, where each stands once. */
  get twin() {
    const typed = this.typed;
    return this.field.once && typed !== undefined && this.members.some((one) => same(one, typed));
  }

  get value() {
    const all = this.typed === undefined || this.twin ? this.members : [...this.members, this.typed];
    return all.length || this.none.checked ? all : undefined;
  }

  /** @param {any} value */
  show(value) {
    this.members = Array.isArray(value) ? value : [];
    this.none.checked = Array.isArray(value) && value.length === 0;
    this.input.value = "";
    this.draw();
  }

  /** @param {string} key */
  key(key) {
    if (key !== "-") return false;
    this.empty(!this.none.checked);
    return true;
  }

  /** @param {boolean} none says that there is no member */
  empty(none) {
    this.input.value = "";
    this.members = [];
    this.none.checked = none;
    this.draw();
    this.changed("other");
  }

  /**
   * Takes what stands in the box into the list; the answer stays as it is.
   * @returns {boolean} whether something stood there
   */
  enter() {
    const typed = this.typed;
    if (typed === undefined) return false;
    this.members = this.twin ? this.members : [...this.members, typed];
    this.input.value = "";
    this.draw();
    return true;
  }

  /** @param {any[]} members */
  become(members) {
    const kept = members === this.members;
    this.members = members;
    if (this.value?.length) this.none.checked = false;
    if (!kept) this.draw();
    this.changed("other");
  }

  draw() {
    this.rows.replaceChildren(...this.members.map((one, at) => {
      const remove = make("button", { type: "button", class: "remove", "aria-label": `Remove ${this.word(one)}` }, "Remove");
      remove.addEventListener("click", () => {
        this.become(this.members.filter((_, other) => other !== at));
        this.focus();
      });
      return make("li", {}, make("span", { class: "kind k0", dir: "auto" }, this.word(one)), remove);
    }));
  }

  place() {}

  focus() {
    this.input.focus();
  }

  /** @param {any} member */
  word(member) {
    return this.field.member === "path" && Array.isArray(member) ? member.join(" / ") : plain(member);
  }

  /** @param {any} value */
  name(value) {
    return Array.isArray(value) ? value.map((one) => this.word(one)).join(", ") || "none" : "no answer";
  }
}
