// Focus: which field has the keys, and what moves them. Nothing else on the page moves them by itself.
//
// A field is open while it is needed and has no value. One field at most has the keys.
//   an item comes up      the first open field has them; where none is open, the first that is not typed; else none
//   an answer is settled  they go to the next open field; where none is open, they stay
//   Enter                 as above from a field that is not open; from an open one: what is open is said, once;
//                         said already, or nothing open: the next item
// So a box that is typed into gets the caret by itself only where its field is open. And where digits are keys of
// another field, a digit is never the first letter of a text whose box the annotator did not choose.

/** @typedef {import("./form.js").Slot} Slot */

const DIGIT = /^\p{Nd}$/u;

/**
 * @param {Slot} slot
 * @returns {boolean} whether it is needed and has no value
 */
export function isOpen({ field, widget }) {
  return field.required && widget.value === undefined;
}

/**
 * The field that has the keys when an item comes up.
 * @param {Slot[]} slots
 * @returns {Slot|undefined}
 */
export function first(slots) {
  return slots.find((slot) => isOpen(slot) && !slot.widget.absent) ?? slots.find(({ widget }) => !widget.input && !widget.absent);
}

/**
 * The next open field behind one, round the end of the form.
 * @param {Slot[]} slots
 * @param {Slot|null} from
 * @returns {Slot|undefined}
 */
export function following(slots, from) {
  const at = from ? slots.indexOf(from) + 1 : 0;
  return [...slots.slice(at), ...slots.slice(0, at)].find((slot) => slot !== from && isOpen(slot));
}

/**
 * Where Enter leads within the item; undefined: nowhere, so that what is open is said, or the next item comes.
 * @param {Slot[]} slots
 * @param {Slot|null} from
 * @returns {Slot|undefined}
 */
export function onEnter(slots, from) {
  return from && isOpen(from) ? undefined : following(slots, from);
}

/**
 * Whether a key is kept from beginning a text: a digit, in an empty box that got the caret by itself.
 * @param {Slot[]} slots
 * @param {Slot|null} current
 * @param {KeyboardEvent} event
 * @returns {boolean}
 */
export function isKept(slots, current, { key, target }) {
  const box = /** @type {HTMLInputElement|HTMLTextAreaElement} */ (target);
  return DIGIT.test(key) && box.value === "" && !box.inputMode && slots.some((slot) => slot !== current && slot.widget.digits);
}
