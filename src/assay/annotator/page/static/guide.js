// The guideline beside the form: shows the section that explains what is in hand, without taking the focus.

import { byId } from "./dom.js";

const NARROW = "(max-width: 899px)";
const KEY = "assay-guide";
const LEAST = 240;

/** The guideline's column, or its panel on a narrow window. */
export class Guide {
  /** @param {() => void} opened the column was shown or hidden */
  constructor(opened) {
    this.pane = byId("guide");
    this.text = byId("guide-text");
    this.divider = byId("divider");
    this.workspace = byId("workspace");
    this.opened = opened;
    this.anchor = "";
    this.narrow = matchMedia(NARROW);
    this.narrow.addEventListener("change", () => this.show(!this.narrow.matches));
    this.text.addEventListener("click", (/** @type {MouseEvent} */ event) => this.follow(event));
    this.divider.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => this.nudge(event));
    this.divider.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => this.drag(event));
    this.show(!this.narrow.matches && stored("open") !== "no");
    this.widen(Number(stored("width")) || 380);
  }

  get shown() {
    return !this.pane.hidden;
  }

  /** @param {boolean} shown */
  show(shown) {
    this.pane.hidden = !shown;
    this.divider.hidden = !shown || this.narrow.matches;
    this.workspace.classList.toggle("with-guide", shown);
    for (const button of document.querySelectorAll(".tools [data-do=guide]")) button.setAttribute("aria-expanded", String(shown));
    if (shown) this.reveal();
  }

  toggle() {
    this.show(!this.shown);
    if (!this.narrow.matches) store("open", this.shown ? "yes" : "no");
    this.opened();
  }

  /**
   * Marks a section and brings it into view.
   * @param {string} anchor empty: leaves things as they are
   */
  point(anchor) {
    if (!anchor || anchor === this.anchor || !this.heading(anchor)) return;
    this.anchor = anchor;
    this.reveal();
  }

  /** Name and anchor of the section in view, for a suggestion. */
  get section() {
    const heading = this.heading(this.anchor) ?? this.text.querySelector("h1, h2, h3");
    return { anchor: heading?.id ?? "", title: heading?.textContent ?? "the guideline" };
  }

  /** @param {string} anchor */
  heading(anchor) {
    const found = anchor ? document.getElementById(anchor) : null;
    return found && this.text.contains(found) ? found : null;
  }

  reveal() {
    for (const marked of this.text.querySelectorAll(".in-hand")) marked.classList.remove("in-hand");
    const heading = this.heading(this.anchor);
    if (!heading || !this.shown) return;
    for (const part of sectionOf(heading)) part.classList.add("in-hand");
    const above = heading.getBoundingClientRect().top - this.text.getBoundingClientRect().top;
    this.text.scrollTop += above - 12;
  }

  /** @param {MouseEvent} event */
  follow(event) {
    const link = /** @type {Element} */ (event.target).closest("a[href^='#']");
    if (!link) return;
    event.preventDefault();
    this.anchor = "";
    this.point(decodeURIComponent(link.getAttribute("href")?.slice(1) ?? ""));
  }

  /** @param {number} width */
  widen(width) {
    this.width = Math.round(Math.max(LEAST, Math.min(width, innerWidth * 0.6)));
    this.workspace.style.setProperty("--guide", `${this.width}px`);
    this.divider.setAttribute("aria-valuenow", String(this.width));
    this.divider.setAttribute("aria-valuemin", String(LEAST));
    this.divider.setAttribute("aria-valuemax", String(Math.round(innerWidth * 0.6)));
  }

  /** @param {KeyboardEvent} event */
  nudge(event) {
    const step = { ArrowLeft: 20, ArrowRight: -20 }[event.key];
    if (!step) return;
    event.preventDefault();
    this.widen((this.width ?? 0) + step);
    store("width", String(this.width));
  }

  /** @param {PointerEvent} event */
  drag(event) {
    event.preventDefault();
    this.divider.setPointerCapture(event.pointerId);
    const follow = (/** @type {PointerEvent} */ now) => this.widen(innerWidth - now.clientX);
    this.divider.addEventListener("pointermove", follow);
    this.divider.addEventListener("pointerup", () => {
      this.divider.removeEventListener("pointermove", follow);
      store("width", String(this.width));
    }, { once: true });
  }
}

/**
 * A heading and what stands directly under it.
 * @param {Element} heading
 */
function sectionOf(heading) {
  const parts = [heading];
  for (let next = heading.nextElementSibling; next && !/^H[1-6]$/.test(next.tagName); next = next.nextElementSibling) parts.push(next);
  return parts;
}

/** @param {string} name */
function stored(name) {
  try {
    return localStorage.getItem(`${KEY}-${name}`);
  } catch {
    return null;
  }
}

/**
 * @param {string} name
 * @param {string} value
 */
function store(name, value) {
  try {
    localStorage.setItem(`${KEY}-${name}`, value);
  } catch {
    // a browser that stores nothing forgets the width; that is all
  }
}
