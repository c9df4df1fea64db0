// The keyboard: which key does what, and when keys rest.

import { dialogOpen } from "./dialogs.js";
import { byId, keyOf, takesText } from "./dom.js";

const HELD = /^(?:\S|Enter|Backspace|Delete)$/u;
const ACTIONS = {
  Enter: "enter", n: "next", p: "previous", j: "jump", s: "skip", f: "flag", m: "note", u: "undo", a: "accept",
  g: "guide", i: "suggest", "?": "help", "[": "before", "]": "after", Backspace: "clear",
};

/**
 * Listens for keys and for buttons that name an action.
 * @param {import("./form.js").Form} form
 * @param {Record<string, () => void>} actions
 */
export function listen(form, actions) {
  countOnce();
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || dialogOpen()) return;
    if (takesText(event.target) ? typed(event, form, actions) : pressed(event, form, actions)) event.preventDefault();
  });
  document.addEventListener("click", (event) => {
    const button = /** @type {HTMLElement|null} */ (/** @type {Element} */ (event.target).closest("[data-do]"));
    if (button) actions[button.dataset.do ?? ""]?.();
  });
}

/**
 * A key that is held down counts once, for what it does may move the keys to another field: it goes on as letters of the box
 * in which it was pressed, and of no other.
 */
function countOnce() {
  /** @type {EventTarget|null} */
  let began = null;
  document.addEventListener("keydown", (event) => {
    if (!event.repeat) began = event.target;
    else if (HELD.test(event.key) && !isCombined(event) && !(takesText(event.target) && event.target === began)) {
      event.preventDefault();
      event.stopPropagation();
    }
  }, true);
}

/** @param {KeyboardEvent} event */
function isCombined(event) {
  return (event.ctrlKey || event.metaKey || event.altKey) && !event.getModifierState("AltGraph");
}

/**
 * A key while typing: only ways out of the box.
 * @param {KeyboardEvent} event
 * @param {import("./form.js").Form} form
 * @param {Record<string, () => void>} actions
 */
function typed(event, form, actions) {
  const box = /** @type {HTMLElement} */ (event.target);
  if (event.key === "Escape") {
    form.back();
    return true;
  }
  if (form.keep(event)) return true;
  const through = event.ctrlKey || event.metaKey;
  const writes = box instanceof HTMLTextAreaElement && (event.shiftKey || box.value !== "");
  if (event.key !== "Enter" || (!through && (writes || box.closest(".elements")))) return false;
  if (!event.repeat) actions[through ? "through" : "enter"]();
  return true;
}

/**
 * A key outside of text boxes.
 * @param {KeyboardEvent} event
 * @param {import("./form.js").Form} form
 * @param {Record<string, () => void>} actions
 */
function pressed(event, form, actions) {
  const key = keyOf(event);
  if (isCombined(event)) return key === "z" && !event.altKey && done(actions.undo);
  const target = /** @type {Element} */ (event.target);
  const flag = target.closest("#flags") ? /** @type {HTMLElement|undefined} */ (document.querySelectorAll("#flags input")[Number(key) - 1]) : undefined;
  if (flag) return done(() => { flag.click(); form.back(); });
  if (!byId("form").hidden && form.key(key)) return true;
  if (key === "Escape" && !target.closest(".field[data-field]")) return done(() => form.back());
  if (key === "Enter" && target.matches("button, a, summary") && !target.closest(".field[data-field]")) return false;
  const name = /** @type {Record<string, string>} */ (ACTIONS)[key];
  return name ? done(actions[name]) : false;
}

/** @param {() => void} act */
function done(act) {
  act();
  return true;
}
