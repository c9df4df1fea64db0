// A picture in the room there is: fitted at first, zoomed by the wheel, moved by dragging with Space or the middle button.

import { make, roving } from "./dom.js";

/** @typedef {import("./frame.js").Size} Size */

const MOST = 32;
const MARGIN = 16;
const STEP = 1.5;
const SQUARES = 3;
const NUDGE = 60;
const ARROWS = { ArrowLeft: [NUDGE, 0], ArrowRight: [-NUDGE, 0], ArrowUp: [0, NUDGE], ArrowDown: [0, -NUDGE] };
const LINES = [1, 16, 400];
const CONTROLS = "button, input, textarea, select, summary, a, audio, video, [contenteditable]";

/** The space bar: held, and used for moving a picture, so that letting go presses nothing. */
const space = { held: false, used: false };

/** Listens for the space bar, once for the page. */
export function listenForSpace() {
  document.addEventListener("keydown", (event) => {
    if (event.key !== " ") return;
    if (!event.repeat) space.used = false;
    hold(true);
    const target = /** @type {Element} */ (event.target);
    if ((target === document.body || target.closest(".panes")) && !target.closest(CONTROLS)) event.preventDefault();
  }, true);
  document.addEventListener("keyup", (event) => {
    if (event.key !== " ") return;
    hold(false);
    if (space.used) event.preventDefault();
  }, true);
  addEventListener("blur", () => hold(false));
}

/** @param {boolean} held */
function hold(held) {
  space.held = held;
  document.body.classList.toggle("grabbing", held);
}

/**
 * One picture. Its `size` is in pixels as browsers show it, turned as its camera says; its `scale` in pixels of the page a
 * pixel of the picture.
 */
export class Stage {
  /**
   * @param {string} url
   * @param {string} title
   */
  constructor(url, title) {
    this.image = /** @type {HTMLImageElement} */ (make("img", { src: url, alt: title, draggable: "false" }));
    this.frame = /** @type {HTMLElement} */ (make("div", { class: "frame" }, this.image));
    this.node = /** @type {HTMLElement} */ (make("div", { class: "stage", role: "group", "aria-label": `${title}, zoomed by the wheel` }, this.frame));
    this.said = /** @type {HTMLElement} */ (make("span", { class: "quiet" }));
    this.tools = this.makeTools();
    this.file = url;
    /** @type {Size} */
    this.size = { width: 0, height: 0 };
    this.scale = 0;
    this.left = 0;
    this.top = 0;
    this.fitted = true;
    this.quiet = false;
    /** Whether the picture is shown whole. */
    this.whole = this.load();
    this.listen();
  }

  makeTools() {
    const buttons = /** @type {[string, string, () => void][]} */ ([
      ["−", "Zoom out", () => this.zoom(1 / STEP)], ["+", "Zoom in", () => this.zoom(STEP)], ["Fit", "Fit the picture", () => this.fit()],
    ]).map(([text, name, act]) => {
      const button = make("button", { type: "button", "aria-label": name, title: name }, text);
      button.addEventListener("click", act);
      return button;
    });
    const tools = /** @type {HTMLElement} */ (make("div", { class: "zoom", role: "group", "aria-label": "Zoom" }, this.said, ...buttons));
    tools.addEventListener("mousedown", (event) => event.preventDefault());
    roving(tools, "button");
    return tools;
  }

  listen() {
    const { node } = this;
    node.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    node.addEventListener("pointerdown", (event) => this.grip(event), true);
    node.addEventListener("mousedown", (event) => { if (event.button === 1) event.preventDefault(); });
    node.addEventListener("keydown", (event) => this.press(event));
    node.addEventListener("focusin", (event) => { if (!this.quiet && event.target !== node) this.reveal(/** @type {Element} */ (event.target)); });
    new ResizeObserver(() => this.settle()).observe(node);
  }

  /**
   * Waits for the picture. That it was read to its end, and its size without what the file says of its density, only a
   * bitmap of it tells; of a drawing (SVG) there is none where it states no size, and nothing to be cut off.
   * @returns {Promise<boolean>}
   */
  async load() {
    if (this.image.complete) this.measure(this.image.naturalWidth, this.image.naturalHeight);
    else if (!(await arrived(this.image))) return this.fail();
    this.measure(this.image.naturalWidth, this.image.naturalHeight);
    if (/\.svg$/i.test(this.file)) return this.size.width > 0 || this.fail();
    try {
      const bitmap = await createImageBitmap(this.image);
      this.measure(bitmap.width, bitmap.height);
      bitmap.close();
      return true;
    } catch {
      return this.fail();
    }
  }

  fail() {
    const name = decodeURIComponent(this.file.replace(/^\/media\//, ""));
    this.node.replaceChildren(make("p", { class: "quiet", dir: "auto" }, `${name}: cannot be shown; the file is broken or truncated, or its format is unknown to this browser`));
    this.tools.remove();
    return false;
  }

  /**
   * @param {number} width
   * @param {number} height
   */
  measure(width, height) {
    if (!width || (width === this.size.width && height === this.size.height)) return;
    this.size = { width, height };
    this.settle();
    this.node.dispatchEvent(new Event("measured"));
  }

  /** The scale at which the whole picture is in sight. */
  get fitting() {
    const { clientWidth, clientHeight } = this.node;
    const room = Math.min((clientWidth - 2 * MARGIN) / this.size.width, (clientHeight - 2 * MARGIN) / this.size.height);
    return Math.min(MOST, Math.max(room, 1 / Math.max(this.size.width, this.size.height)));
  }

  fit() {
    this.fitted = true;
    this.settle();
  }

  /** Finds its place in the room there is now. */
  settle() {
    if (!this.size.width || !this.node.clientWidth) return;
    if (this.fitted) this.scale = this.fitting;
    this.put(this.left, this.top);
  }

  /**
   * Zooms; what is at the point stays there.
   * @param {number} factor
   * @param {{ x: number, y: number }} [point] in pixels of the page from the stage's corner; its middle when left away
   */
  zoom(factor, point = { x: this.node.clientWidth / 2, y: this.node.clientHeight / 2 }) {
    if (!this.size.width) return;
    const [before, fitting] = [this.scale, this.fitting];
    const wanted = Math.max(Math.min(before * factor, MOST), Math.min(fitting, 1));
    const passes = (before - fitting) * (wanted - fitting) < 0;
    this.scale = passes ? fitting : wanted;
    this.fitted = this.scale === fitting;
    const grown = this.scale / before;
    this.put(point.x - (point.x - this.left) * grown, point.y - (point.y - this.top) * grown);
  }

  /**
   * @param {number} right
   * @param {number} down
   */
  move(right, down) {
    this.put(this.left + right, this.top + down);
  }

  /**
   * Puts the picture's corner at a place: in the middle while all of it is in sight, else so that it is over the middle.
   * @param {number} left
   * @param {number} top
   */
  put(left, top) {
    const { width, height } = this.size;
    const [wide, high] = [width * this.scale, height * this.scale];
    const whole = this.fitted || this.scale < this.fitting;
    this.left = held(left, wide, this.node.clientWidth, whole);
    this.top = held(top, high, this.node.clientHeight, whole);
    Object.assign(this.frame.style, { left: `${this.left}px`, top: `${this.top}px`, width: `${wide}px`, height: `${high}px` });
    this.node.classList.toggle("squares", this.scale >= SQUARES);
    if (this.fitted) this.node.removeAttribute("tabindex");
    else this.node.tabIndex = 0;
    this.said.textContent = `${width} × ${height} · ${percent(this.scale)} %`;
  }

  /** @param {WheelEvent} event where it can zoom out no further, what is around the picture scrolls */
  wheel(event) {
    const turned = Math.max(-200, Math.min(event.deltaY * LINES[event.deltaMode], 200));
    const seen = this.node.getBoundingClientRect();
    const before = this.scale;
    const point = { x: event.clientX - seen.left - this.node.clientLeft, y: event.clientY - seen.top - this.node.clientTop };
    this.zoom(Math.exp(-turned * (event.ctrlKey ? 0.01 : 0.002)), point);
    if (this.scale !== before || turned < 0 || event.ctrlKey) event.preventDefault();
  }

  /** @param {PointerEvent} event */
  grip(event) {
    if (event.button !== 1 && !(event.button === 0 && space.held)) return;
    event.preventDefault();
    event.stopPropagation();
    space.used = true;
    this.node.setPointerCapture(event.pointerId);
    let [x, y] = [event.clientX, event.clientY];
    const follow = (/** @type {PointerEvent} */ now) => {
      this.move(now.clientX - x, now.clientY - y);
      [x, y] = [now.clientX, now.clientY];
    };
    const end = () => {
      this.node.removeEventListener("pointermove", follow);
      for (const name of ["pointerup", "pointercancel"]) this.node.removeEventListener(name, end);
    };
    this.node.addEventListener("pointermove", follow);
    for (const name of ["pointerup", "pointercancel"]) this.node.addEventListener(name, end);
  }

  /** @param {KeyboardEvent} event */
  press(event) {
    const arrow = /** @type {Record<string, number[]>} */ (ARROWS)[event.key];
    if (!arrow || event.target !== this.node) return;
    event.preventDefault();
    this.move(arrow[0], arrow[1]);
  }

  /** @param {() => void} act moves the focus; the picture does not follow it */
  quietly(act) {
    this.quiet = true;
    act();
    this.quiet = false;
    this.node.scrollIntoView({ block: "nearest" });
  }

  /** @param {Element} element what the keyboard has reached comes into sight */
  reveal(element) {
    const [seen, one] = [this.node.getBoundingClientRect(), element.getBoundingClientRect()];
    const [right, down] = [(one.left + one.right - seen.left - seen.right) / 2, (one.top + one.bottom - seen.top - seen.bottom) / 2];
    const apart = Math.abs(right) > (one.width + seen.width) / 2 - MARGIN || Math.abs(down) > (one.height + seen.height) / 2 - MARGIN;
    if (apart) this.move(-right, -down);
  }
}

/**
 * @param {HTMLImageElement} image
 * @returns {Promise<boolean>}
 */
function arrived(image) {
  return new Promise((done) => {
    image.addEventListener("load", () => done(true), { once: true });
    image.addEventListener("error", () => done(false), { once: true });
  });
}

/**
 * @param {number} at
 * @param {number} long of the picture
 * @param {number} room
 * @param {boolean} whole the whole picture is in sight
 */
function held(at, long, room, whole) {
  return whole ? Math.round((room - long) / 2) : Math.max(room / 2 - long, Math.min(at, room / 2));
}

/** @param {number} scale */
function percent(scale) {
  return scale < 0.1 ? (scale * 100).toFixed(1) : Math.round(scale * 100);
}
