// Box fields: rectangles on an image, in its natural pixels.

import { Canvas } from "./canvas.js";
import { make } from "./dom.js";
import { Elements } from "./elements.js";
import { inside, rounded } from "./frame.js";
import { readNumber } from "./numbers.js";

const SIDES = /** @type {const} */ (["x", "y", "width", "height"]);

/** Boxes of one field. */
export class Boxes extends Elements {
  /** @type {Canvas|null} */
  canvas = null;

  /** Whether a new box on the picture is for this field. */
  wanted = () => true;

  /** The kind that the next box gets: in each item the first, until another is chosen. */
  next = 0;

  /** @param {import("./choices.js").Scene} scene */
  place({ parts }) {
    this.next = 0;
    const found = parts.get(this.field.source) ?? [...parts.values()].find(({ part }) => part.kind === "image");
    this.canvas = found?.stage ? new Canvas(found.stage, {
      wanted: () => this.wanted(),
      made: (box) => this.made(box),
      changed: (at, box) => this.changeBox(at, box),
      chosen: (at) => this.choose(at),
      removed: (at) => this.remove(at),
    }) : null;
  }

  /** Whether the item has nothing to draw on. */
  get absent() {
    return !this.canvas;
  }

  focus() {
    const first = this.canvas?.boxes()[0];
    (first ?? /** @type {HTMLElement} */ (this.kinds.querySelector("button")) ?? this.none).focus();
  }

  /** @param {string} key */
  key(key) {
    if (key !== "b") return super.key(key);
    if (!this.canvas) return false;
    const { width, height } = this.canvas.size;
    if (!width) {
      this.hint("the image is not loaded yet");
      return true;
    }
    this.made({ x: width * 3 / 8, y: height * 3 / 8, width: Math.max(width / 4, 1), height: Math.max(height / 4, 1) });
    return true;
  }

  /** @param {number} kind */
  kind(kind) {
    this.next = kind;
    const at = this.chosen;
    if (this.list[at]) this.replace(at, this.ofKind(this.list[at], kind));
    else this.draw();
  }

  /** @param {import("./frame.js").Box} box as it was drawn; one without an area is none */
  made(box) {
    const drawn = rounded(box, this.field.whole);
    if (!drawn.width || !drawn.height) {
      this.choose(-1);
      return;
    }
    this.list = [...this.list, this.ofKind(drawn, this.next)];
    this.stated = true;
    this.chosen = this.list.length - 1;
    this.draw();
    this.canvas?.focus(this.list.length - 1);
    this.changed("key");
    this.ask(this.list.length - 1);
  }

  /**
   * @param {number} at
   * @param {import("./frame.js").Box} box
   */
  changeBox(at, box) {
    this.replace(at, { ...this.list[at], ...rounded(box, this.field.whole) });
  }

  /** @param {number} at */
  choose(at) {
    if (at === this.chosen) return;
    this.chosen = at;
    if (this.list[at]) this.next = this.kindOf(this.list[at]);
    this.draw();
  }

  /** @param {number} at */
  remove(at) {
    const focused = this.node.contains(document.activeElement) || this.canvas?.layer.contains(document.activeElement);
    super.remove(at);
    if (!focused) return;
    if (this.list.length) this.canvas?.focus(Math.min(at, this.list.length - 1));
    else this.focus();
  }

  draw() {
    super.draw();
    this.canvas?.show(this.list.map((one, at) => ({
      box: one, kind: this.kindOf(one), name: this.kindName(one), chosen: at === this.chosen,
    })));
    this.kinds.querySelectorAll("button").forEach((button, kind) => button.setAttribute("aria-pressed", String(kind === this.next)));
  }

  /** @param {number} at */
  row(at) {
    const inputs = SIDES.map((side) => {
      const input = make("input", { type: "text", inputmode: "decimal", "data-side": side, autocomplete: "off" });
      input.addEventListener("change", () => this.typed(at, side, input));
      this.leaves(input, at);
      return make("label", {}, side, input);
    });
    const remove = make("button", { type: "button", class: "remove", "aria-label": `Remove box ${at + 1}` }, "Remove");
    remove.addEventListener("click", () => this.remove(at));
    return make("li", {}, make("span", { class: "kind" }), ...inputs, ...this.extras(at), remove);
  }

  /** @param {number} at the box has all it needs */
  done(at) {
    this.canvas?.focus(at);
  }

  /**
   * @param {Element} row
   * @param {number} at
   * @param {any} one
   */
  fill(row, at, one) {
    const kind = /** @type {HTMLElement} */ (row.querySelector(".kind"));
    kind.className = `kind k${this.kindOf(one) % 8}`;
    kind.textContent = this.kindName(one);
    row.classList.toggle("chosen", at === this.chosen);
    for (const side of SIDES) /** @type {HTMLInputElement} */ (row.querySelector(`[data-side="${side}"]`)).value = String(one[side]);
  }

  /**
   * @param {number} at
   * @param {"x"|"y"|"width"|"height"} side
   * @param {HTMLInputElement} input
   */
  typed(at, side, input) {
    const number = readNumber(input.value);
    if (number === undefined || number < 0) input.value = String(this.list[at][side]);
    else this.replace(at, { ...this.list[at], ...rounded(inside({ ...this.list[at], [side]: number }, side, this.canvas?.size), this.field.whole) });
  }

  /** @param {any} one */
  describe(one) {
    return `${this.kindName(one)} ${SIDES.map((side) => one[side]).join(", ")}`;
  }
}
