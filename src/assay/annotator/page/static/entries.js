// Fields that are typed: number, text, json.

import { numberFault, readNumber } from "./numbers.js";

/** @typedef {import("./choices.js").Field} Field */

/** A box to type into; what its words mean is for the kinds below to say. */
class Entry {
  /**
   * @param {HTMLElement} node
   * @param {Field} field
   * @param {import("./choices.js").Changed} changed
   */
  constructor(node, field, changed) {
    this.field = field;
    this.input = /** @type {HTMLInputElement|HTMLTextAreaElement} */ (node.querySelector(".entry"));
    this.input.addEventListener("input", () => changed("other"));
  }

  /** What is being typed: the letters of one field are undone together. */
  get typing() {
    return "words";
  }

  /** Whether digits are typed into it as its answer. */
  get digits() {
    return false;
  }

  get words() {
    return this.input.value;
  }

  /** Words that are no value yet. */
  get begun() {
    return this.words && this.value === undefined ? this.words : undefined;
  }

  /** @returns {string} what is wrong with the words, empty when nothing is */
  get fault() {
    return "";
  }

  /** @returns {any} */
  get value() {
    return this.words === "" ? undefined : this.words;
  }

  /**
   * @param {any} value
   * @param {string} [begun]
   */
  show(value, begun = "") {
    this.input.value = value === undefined ? begun : this.write(value);
  }

  /** @param {any} value */
  write(value) {
    return String(value);
  }

  /** @param {string} _key */
  key(_key) {
    return false;
  }

  place() {}

  focus() {
    this.input.focus();
  }

  /** @param {any} value */
  name(value) {
    return value === undefined ? "no answer" : this.write(value);
  }
}

/** Text as it is typed. */
export class TextEntry extends Entry {
  get fault() {
    const { max_length: most } = this.field;
    const long = most === null || most === undefined ? 0 : [...this.words].length - most;
    return long > 0 ? `${long} characters too many` : "";
  }
}

/** A number, in any of the ways in which it can be typed. */
export class NumberEntry extends Entry {
  get digits() {
    return true;
  }

  get fault() {
    if (this.words.trim() === "") return "";
    const { minimum, maximum, whole } = this.field;
    const number = this.value;
    if (number === undefined) return numberFault(this.words);
    if (whole && !Number.isInteger(number)) return "enter a whole number";
    if (minimum !== null && minimum !== undefined && number < minimum) return `the smallest is ${minimum}`;
    if (maximum !== null && maximum !== undefined && number > maximum) return `the largest is ${maximum}`;
    return "";
  }

  get value() {
    return readNumber(this.words);
  }
}

/** Anything else, as JSON. */
export class JsonEntry extends Entry {
  get fault() {
    return this.words.trim() === "" || this.value !== undefined ? "" : "this is not JSON yet";
  }

  get value() {
    try {
      return JSON.parse(this.words);
    } catch {
      return undefined;
    }
  }

  /** @param {any} value */
  write(value) {
    return JSON.stringify(value, null, 1);
  }
}
