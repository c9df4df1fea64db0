// The form: one widget a field, what they hold together, what is wrong or missing, which field is marked.

import { Boxes } from "./boxes.js";
import { Choice, Choices } from "./choices.js";
import { plain, roving, say } from "./dom.js";
import { JsonEntry, NumberEntry, TextEntry } from "./entries.js";
import { tieBoxes, tieSpans } from "./sources.js";
import { Spans } from "./spans.js";

const WIDGETS = {
  choice: Choice, rating: Choice, choices: Choices, number: NumberEntry, text: TextEntry, spans: Spans, boxes: Boxes, json: JsonEntry,
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
    /** @type {Slot|null} */
    this.current = null;
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
    node.addEventListener("focusin", () => this.mark(slot));
    node.addEventListener("focusout", (event) => this.left(slot, /** @type {Node|null} */ (event.relatedTarget)));
    for (const name of ["focusin", "pointerover"]) node.addEventListener(name, (event) => this.point(slot, /** @type {Element} */ (event.target), name));
    if (field.widget === "choices") roving(/** @type {HTMLElement} */ (node.querySelector(".values")), "input");
    return slot;
  }

  /**
   * The label as it stands. An untouched list of spans or boxes is an empty list once anything else is answered.
   * @returns {Record<string, any>}
   */
  get label() {
    const given = this.slots.map(({ field, widget }) => ({ field, value: widget.value }));
    const started = given.some(({ value }) => value !== undefined);
    return Object.fromEntries(given.flatMap(({ field, value }) => {
      const empty = started && ["spans", "boxes"].includes(field.widget) ? [] : undefined;
      return value === undefined && empty === undefined ? [] : [[field.name, value ?? empty]];
    }));
  }

  /** @returns {Slot[]} required fields without a value */
  get missing() {
    const label = this.label;
    return this.slots.filter(({ field }) => field.required && !Object.hasOwn(label, field.name));
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

  /** @param {Record<string, any>} label */
  show(label) {
    for (const { field, widget } of this.slots) widget.show(Object.hasOwn(label, field.name) ? label[field.name] : undefined);
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
    slot.node.classList.toggle("wrong", Boolean(text));
    for (const control of slot.node.querySelectorAll("input, textarea, select")) control.setAttribute("aria-invalid", String(Boolean(text)));
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

  /** @param {boolean} locked */
  lock(locked) {
    this.locked = locked;
    for (const { node, widget } of this.slots) {
      /** @type {HTMLFieldSetElement} */ (node).disabled = locked;
      if (widget instanceof Boxes && widget.canvas) widget.canvas.locked = locked;
    }
  }

  /**
   * @param {string} key
   * @returns {boolean} whether the marked field has taken it
   */
  key(key) {
    const slot = this.current;
    if (this.locked || !slot?.widget.key(key)) return false;
    if (slot === this.current && document.activeElement) this.point(slot, document.activeElement, "key");
    return true;
  }

  /** Empties the marked field. */
  clear() {
    if (this.locked || !this.current || this.current.widget.value === undefined) return;
    this.current.widget.show(undefined);
    this.changed(this.current, "key");
  }

  /** @param {number} step */
  turn(step) {
    const at = this.current ? this.slots.indexOf(this.current) + step : 0;
    this.aim(this.slots[(at + this.slots.length) % this.slots.length]);
  }

  /**
   * Puts the focus into a field; the guideline then shows the field's section, not that of its first value.
   * @param {Slot} slot
   */
  aim(slot) {
    this.aiming = true;
    slot.widget.focus();
    this.aiming = false;
    slot.node.scrollIntoView({ block: "nearest" });
  }

  /** Back to the marked field, without opening a text box. */
  back() {
    const slot = this.current ?? this.slots[0];
    if (slot.widget.input || this.locked) slot.node.focus();
    else this.aim(slot);
  }

  /**
   * Goes to where an answer begins: the first field without a value; in an answered item the first that is not typed.
   * @param {boolean} answered
   */
  enter(answered) {
    const open = answered ? undefined : this.slots.find(({ widget }) => widget.value === undefined);
    const start = open ?? this.slots.find(({ widget }) => !widget.input) ?? this.slots[0];
    if (start.widget.input && answered) start.node.focus();
    else this.aim(start);
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
    const single = slot.widget instanceof Choice;
    if (single && how !== "other") this.onward();
  }

  /**
   * Goes to the next field without a value.
   * @returns {boolean} whether there was one
   */
  onward() {
    const at = this.current ? this.slots.indexOf(this.current) + 1 : 0;
    const after = [...this.slots.slice(at), ...this.slots.slice(0, at)].find(({ widget }) => widget.value === undefined && !widget.fault);
    if (after) this.aim(after);
    return Boolean(after);
  }

  /** @param {Record<string, any>} label */
  describe(label) {
    return this.slots.filter(({ field }) => Object.hasOwn(label, field.name))
      .map(({ field, widget }) => ({ title: field.title, text: widget.name?.(label[field.name]) ?? plain(label[field.name]) }));
  }
}
