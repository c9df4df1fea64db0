// The layer over an image in which boxes are drawn, moved and stretched by pointer or by keys.

import { make } from "./dom.js";
import { between, moved, stretched } from "./frame.js";

/**
 * @typedef {import("./frame.js").Box} Box
 * @typedef {{ box: Box, kind: number, name: string, chosen: boolean }} Drawn
 * @typedef {object} Hand what the layer tells and asks its field
 * @property {() => boolean} wanted whether a new box is for this field, of all those that draw on the picture
 * @property {(box: Box) => void} made
 * @property {(at: number, box: Box) => void} changed
 * @property {(at: number) => void} chosen
 * @property {(at: number) => void} removed
 */

const EDGES = ["nw", "n", "ne", "e", "se", "s", "sw", "w"];
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const LEAST = 3;

/** The drawing layer of one image for one field. */
export class Canvas {
  /**
   * @param {import("./stage.js").Stage} stage shows the image
   * @param {Hand} hand
   */
  constructor(stage, hand) {
    this.stage = stage;
    this.hand = hand;
    /** @type {Drawn[]} */
    this.drawn = [];
    this.locked = false;
    this.layer = make("div", { class: "layer" });
    stage.frame.append(this.layer);
    stage.node.classList.add("drawn");
    stage.node.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => this.grip(event));
    stage.node.addEventListener("measured", () => this.show(this.drawn));
  }

  get size() {
    return this.stage.size;
  }

  /** @param {Drawn[]} drawn */
  show(drawn) {
    const focused = this.layer.contains(document.activeElement);
    this.drawn = drawn;
    this.layer.replaceChildren(...drawn.map((one, at) => this.element(one, at)));
    if (focused) this.focus(drawn.findIndex(({ chosen }) => chosen));
  }

  /** @returns {HTMLElement[]} */
  boxes() {
    return [...this.layer.querySelectorAll(".box")];
  }

  /** @param {number} at the picture stays where it is */
  focus(at) {
    this.stage.quietly(() => this.boxes()[at]?.focus({ preventScroll: true }));
  }

  /**
   * @param {Drawn} one
   * @param {number} at
   */
  element(one, at) {
    const { x, y, width, height } = one.box;
    const turned = Number(one.box.rotation) || 0;
    const handles = one.chosen && !turned ? EDGES.map((edges) => make("span", { class: `handle ${edges}`, "data-edges": edges })) : [];
    const element = make("div", {
      class: `box k${one.kind % 8}${one.chosen ? " chosen" : ""}`, tabindex: "0", role: "img", "data-at": String(at),
      "aria-label": `Box ${at + 1}, ${one.name}, x ${x}, y ${y}, width ${width}, height ${height}`,
    }, make("span", { class: "box-name", "aria-hidden": "true" }, one.name), ...handles);
    place(element, one.box, this.size);
    if (turned) element.style.rotate = `${turned}deg`;
    element.addEventListener("focus", () => this.hand.chosen(at));
    element.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => this.press(event, at));
    return element;
  }

  /**
   * @param {KeyboardEvent} event
   * @param {number} at
   */
  press(event, at) {
    if (this.locked || event.altKey || event.metaKey) return;
    const arrow = /** @type {Record<string, number[]>} */ (ARROWS)[event.key];
    if (!arrow && event.key !== "Delete" && event.key !== "Backspace") return;
    event.preventDefault();
    event.stopPropagation();
    if (!arrow) {
      this.hand.removed(at);
      return;
    }
    const [right, down] = arrow.map((step) => step * (event.ctrlKey ? 10 : 1));
    const { box } = this.drawn[at];
    this.hand.changed(at, event.shiftKey ? stretched(box, "se", right, down, this.size) : moved(box, right, down, this.size));
    if (this.boxes()[at]) this.stage.reveal(this.boxes()[at]);
  }

  /** @param {PointerEvent} event */
  at(event) {
    const seen = this.stage.frame.getBoundingClientRect();
    return {
      x: ((event.clientX - seen.left) / seen.width) * this.size.width,
      y: ((event.clientY - seen.top) / seen.height) * this.size.height,
    };
  }

  /** @param {PointerEvent} event */
  grip(event) {
    if (this.locked || event.button !== 0 || !this.size.width) return;
    const target = /** @type {HTMLElement} */ (event.target);
    const held = event.shiftKey ? null : /** @type {HTMLElement|null} */ (target.closest(".box"));
    if (held ? !this.layer.contains(held) : !this.hand.wanted()) return;
    event.preventDefault();
    const at = held ? Number(held.dataset.at) : -1;
    const start = this.at(event);
    const before = at >= 0 ? this.drawn[at].box : null;
    const shape = (/** @type {PointerEvent} */ now) => {
      const point = this.at(now);
      if (!before) return between(start, point, this.size);
      const [right, down] = [point.x - start.x, point.y - start.y];
      return target.dataset.edges ? stretched(before, target.dataset.edges, right, down, this.size) : moved(before, right, down, this.size);
    };
    if (held) this.focus(at);
    this.drag(event, before ? () => this.boxes()[at] : null, shape, (box, far) => {
      if (before && far) this.hand.changed(at, box);
      else if (!before && far) this.hand.made(box);
      else if (!before) this.hand.chosen(-1);
    });
  }

  /**
   * Follows a pointer until it is let go.
   * @param {PointerEvent} event
   * @param {(() => HTMLElement)|null} held the box that moves; null: a new one
   * @param {(now: PointerEvent) => Box} shape
   * @param {(box: Box, far: boolean) => void} done
   */
  drag(event, held, shape, done) {
    const ghost = held ? null : make("div", { class: "box ghost" });
    if (ghost) this.layer.append(ghost);
    let far = false;
    const { node } = this.stage;
    node.setPointerCapture(event.pointerId);
    const follow = (/** @type {PointerEvent} */ now) => {
      far ||= Math.hypot(now.clientX - event.clientX, now.clientY - event.clientY) > (held ? 1 : LEAST);
      if (far) place(ghost ?? held?.(), shape(now), this.size);
    };
    const end = (/** @type {PointerEvent} */ now) => {
      for (const name of ["pointerup", "pointercancel"]) node.removeEventListener(name, end);
      node.removeEventListener("pointermove", follow);
      ghost?.remove();
      if (now.type === "pointerup") done(shape(now), far);
      else this.show(this.drawn);
    };
    node.addEventListener("pointermove", follow);
    for (const name of ["pointerup", "pointercancel"]) node.addEventListener(name, end);
  }
}

/**
 * @param {HTMLElement|undefined|null} element
 * @param {Box} box
 * @param {import("./frame.js").Size} image
 */
function place(element, box, image) {
  if (!element) return;
  element.style.left = `${(box.x / image.width) * 100}%`;
  element.style.top = `${(box.y / image.height) * 100}%`;
  element.style.width = `${(box.width / image.width) * 100}%`;
  element.style.height = `${(box.height / image.height) * 100}%`;
}
