// The form: one widget a field, what they hold together, what is wrong or missing, which field is marked.

import { Boxes } from "./boxes.js";
import { Choice, Choices } from "./choices.js";
import { byId, plain, roving, say } from "./dom.js";
import { JsonEntry, NumberEntry, TextEntry } from "./entries.js";
import { finderFor, needFinder } from "./finder.js";
import { List } from "./lists.js";
import { Order } from "./order.js";
import { first, following, isKept, isOpen, onEnter } from "./rhythm.js";
import { Sequence } from "./sequence.js";
import { tieBoxes, tieSpans } from "./sources.js";
import { Spans } from "./spans.js";
import { Tree } from "./tree.js";

const WIDGETS = {
  choice: Choice, rating: Choice, choices: Choices, number: NumberEntry, text: TextEntry, spans: Spans, boxes: Boxes,
  tree: Tree, order: Order, sequence: Sequence, list: List, json: JsonEntry,
};

/**
 * @typedef {{ field: import("./choices.js").Field, node: HTMLElement, widget: any }} Slot
 */

/** All fields of a task. */
export class Form {
  /**
   * @param {import("./choices.js").Field[]} fields
   * @param {{ changed: (slot: Slot) => void, marked: (slot: Slot) => void, told: (slot: Slot, anchor: string) => void }} tell
   */
  constructor(fields, tell) {
    this.tell = tell;
    this.locked = false;
    this.aiming = false;
    /** @type {Slot|null} the field that has the keys */
    this.current = null;
    /** @type {EventTarget|null} the box that got the caret by itself, until something is typed or the annotator chooses it */
    this.offered = null;
    this.node = byId("form");
    for (const name of ["input", "focusin", "pointerdown"]) this.node.addEventListener(name, () => { if (!this.aiming) this.offered = null; });
    /** @type {Slot[]} */
    this.slots = fields.map((field, at) => this.slot(field, at));
  }

  /**
   * @param {import("./choices.js").Field} field
   * @param {number} at
   * @returns {Slot}
   */
  slot(field, at) {
    const node = /** @type {HTMLElement} */ (document.getElementById(`field-${at}`));
    const Widget = /** @type {Record<string, any>} */ (WIDGETS)[field.widget] ?? JsonEntry;
    /** @type {Slot} */
    const slot = { field, node, widget: null };
    slot.widget = new Widget(node, field, (/** @type {string} */ how) => this.changed(slot, how));
    const row = /** @type {HTMLElement|null} */ (node.querySelector(".values"));
    if (row && needFinder([...field.values, ...field.kinds])) row.before(finderFor(row, (position) => slot.widget.found(position)));
    node.addEventListener("focusin", () => this.mark(slot));
    node.addEventListener("focusout", (event) => this.left(slot, /** @type {Node|null} */ (event.relatedTarget)));
    for (const name of ["focusin", "pointerover"]) node.addEventListener(name, (event) => this.point(slot, /** @type {Element} */ (event.target), name));
    if (field.widget === "choices") roving(/** @type {HTMLElement} */ (node.querySelector(".values")), "input");
    return slot;
  }

  /**
   * The label as it stands: what was answered, and nothing for a field that was not.
   * @returns {Record<string, any>}
   */
  get label() {
    return Object.fromEntries(this.slots.flatMap(({ field, widget: { value } }) => (value === undefined ? [] : [[field.name, value]])));
  }

  /**
   * What was begun in fields that have no value yet.
   * @returns {Record<string, any>}
   */
  get begun() {
    return Object.fromEntries(this.slots.flatMap(({ field, widget: { begun } }) => (begun === undefined ? [] : [[field.name, begun]])));
  }

  /** @returns {Slot[]} required fields without a value */
  get missing() {
    return this.slots.filter(isOpen);
  }

  /** @returns {Slot[]} fields whose words cannot be read as a value */
  get faulty() {
    return this.slots.filter(({ widget }) => widget.fault);
  }

  get started() {
    return this.slots.some(({ widget }) => widget.value !== undefined || widget.fault);
  }

  /**
   * Gets ready for another item.
   * @param {import("./choices.js").Scene} scene
   */
  place(scene) {
    for (const { widget } of this.slots) widget.place(scene);
    tieSpans(this, scene);
    tieBoxes(this);
  }

  /**
   * @param {Record<string, any>} label
   * @param {Record<string, any>} [begun]
   */
  show(label, begun = {}) {
    const of = (/** @type {Record<string, any>} */ all, /** @type {string} */ name) => (Object.hasOwn(all, name) ? all[name] : undefined);
    for (const { field, widget } of this.slots) widget.show(of(label, field.name), of(begun, field.name));
    this.quiet();
  }

  /** Takes away every fault, and says which fields are still needed. */
  quiet() {
    for (const slot of this.slots) this.fault(slot, "");
    this.need();
  }

  need() {
    const missing = this.missing;
    for (const slot of this.slots) {
      const place = /** @type {HTMLElement} */ (slot.node.querySelector(".needed"));
      if (place.hidden === missing.includes(slot)) place.hidden = !place.hidden;
    }
  }

  /**
   * Says at a field what is wrong with it.
   * @param {Slot} slot
   * @param {string} text
   */
  fault(slot, text) {
    const place = /** @type {HTMLElement} */ (slot.node.querySelector(".fault"));
    if (place.textContent === text && slot.node.classList.contains("wrong") === Boolean(text)) return;
    say(place, text);
    place.classList.remove("doubt");
    slot.node.classList.toggle("wrong", Boolean(text));
    for (const control of slot.node.querySelectorAll("input, textarea, select")) control.setAttribute("aria-invalid", String(Boolean(text)));
  }

  /**
   * Says at a field what is probably a slip in it, and stands in nobody's way.
   * @param {Slot} slot
   * @param {string} text
   */
  doubt(slot, text) {
    if (slot.node.classList.contains("wrong")) return;
    const place = /** @type {HTMLElement} */ (slot.node.querySelector(".fault"));
    say(place, text);
    place.classList.add("doubt");
  }

  /**
   * Says what stands in the way of going on.
   * @returns {Slot|null} the first such field
   */
  insist() {
    for (const slot of this.missing) this.fault(slot, "an answer is needed here");
    for (const slot of this.faulty) this.fault(slot, slot.widget.fault);
    return this.missing[0] ?? this.faulty[0] ?? null;
  }

  /**
   * Words that mean nothing are said to be wrong when one leaves them, not while one types.
   * @param {Slot} slot
   * @param {Node|null} to
   */
  left(slot, to) {
    if (!slot.node.contains(to) && slot.widget.fault) this.fault(slot, slot.widget.fault);
  }

  /**
   * Closes the form, or all but the fields that refer to something the item does not have.
   * @param {boolean} locked
   */
  lock(locked) {
    this.locked = locked;
    for (const { field, node, widget } of this.slots) {
      /** @type {HTMLFieldSetElement} */ (node).disabled = locked || widget.absent;
      if (widget.absent && !locked) say(/** @type {HTMLElement} */ (node.querySelector(".fault")), `not asked here: this item has no ${field.source}`);
      if (widget instanceof Boxes && widget.canvas) widget.canvas.locked = locked;
    }
  }

  /**
   * @param {string} key
   * @returns {boolean} whether the marked field has taken it
   */
  key(key) {
    const slot = this.current;
    if (this.locked || !slot) return false;
    const finder = key === "/" && /** @type {HTMLElement|undefined} */ ([...slot.node.querySelectorAll(".find-box")].pop());
    if (finder) finder.focus();
    else if (!slot.widget.key(key)) return false;
    if (slot === this.current && document.activeElement) this.point(slot, document.activeElement, "key");
    return true;
  }

  /** Empties the marked field. */
  clear() {
    if (this.locked || !this.current || this.current.widget.value === undefined) return;
    this.current.widget.show(undefined);
    this.changed(this.current, "key");
  }

  /** @param {number} step to the field before (-1) or behind (1), as the annotator asks */
  turn(step) {
    const there = this.slots.filter((slot) => slot === this.current || !slot.widget.absent);
    const at = this.current ? there.indexOf(this.current) + step : 0;
    const slot = there[(at + there.length) % there.length];
    if (slot) this.aim(slot);
    this.offered = null;
  }

  /**
   * Puts the focus into a field; the guideline then shows the field's section, not that of its first value.
   * @param {Slot} slot
   */
  aim(slot) {
    this.aiming = true;
    this.mark(slot);
    slot.widget.focus();
    this.aiming = false;
    this.offered = document.activeElement;
    slot.node.scrollIntoView({ block: "nearest" });
  }

  /** Takes the keys away from every field. */
  rest() {
    this.mark(null);
    this.node.focus({ preventScroll: true });
  }

  /** Back to the marked field, without opening a text box. */
  back() {
    const slot = this.current;
    if (!slot || this.locked) this.rest();
    else if (slot.widget.input) slot.node.focus();
    else this.aim(slot);
  }

  /** The item comes up. */
  enter() {
    const slot = this.locked ? undefined : first(this.slots);
    if (slot) this.aim(slot);
    else this.rest();
  }

  /**
   * A key that would begin a text in a box that the annotator did not choose is kept from it.
   * @param {KeyboardEvent} event
   * @returns {boolean} whether it was
   */
  keep(event) {
    if (event.target !== this.offered || !this.current || !isKept(this.slots, this.current, event)) return false;
    say(/** @type {HTMLElement} */ (this.current.node.querySelector(".fault")), "a digit is a key of other fields: to begin a text with one, click into the box first, or press Esc and Tab");
    return true;
  }

  /** @param {Slot|null} slot */
  mark(slot) {
    if (slot === this.current) return;
    this.current?.node.classList.remove("current");
    this.current = slot;
    if (!slot) return;
    slot.node.classList.add("current");
    this.tell.marked(slot);
  }

  /**
   * @param {Slot} slot
   * @param {Element} target
   * @param {string} how
   */
  point(slot, target, how) {
    if (this.aiming) return;
    const position = /** @type {HTMLElement|null} */ (target.closest("[data-position]"))?.dataset.position;
    const kind = /** @type {HTMLElement|null} */ (target.closest("[data-kind]"))?.dataset.kind;
    const value = position !== undefined ? slot.widget.at?.(Number(position)) : kind === undefined ? null : slot.field.kinds[Number(kind)];
    if (value && (how !== "focusin" || target.matches(":focus-visible"))) this.tell.told(slot, value.anchor);
  }

  /**
   * @param {Slot} slot
   * @param {string} how
   */
  changed(slot, how) {
    this.fault(slot, slot.widget.value === undefined ? "" : slot.widget.fault);
    this.need();
    this.tell.changed(slot);
    if (slot.widget.settled && how !== "other") this.onward(following(this.slots, slot));
  }

  /**
   * Enter.
   * @param {boolean} inner whether the field in hand may take it for itself
   * @returns {boolean} whether it has led on within the form
   */
  entered(inner) {
    if (this.locked) return false;
    return Boolean(inner && this.current?.widget.enter?.()) || this.onward(onEnter(this.slots, this.current));
  }

  /** @param {Slot|undefined} slot */
  onward(slot) {
    if (slot) this.aim(slot);
    return Boolean(slot);
  }

  /** @param {Record<string, any>} label */
  describe(label) {
    return this.slots.filter(({ field }) => Object.hasOwn(label, field.name))
      .map(({ field, widget }) => ({ title: field.title, text: widget.name?.(label[field.name]) ?? plain(label[field.name]) }));
  }
}
