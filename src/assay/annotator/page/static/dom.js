// Elements made by calls, text always as text: nothing in this page is ever parsed as HTML.

/**
 * The element with an id; the templates promise that it is there.
 * @param {string} id
 * @returns {any}
 */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found;
}

/**
 * A new element: attributes as given (`class`, `dir`, …), children as text or elements.
 * @param {string} tag
 * @param {Record<string, string>} [attributes]
 * @param {...(Node|string)} children
 * @returns {any}
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/**
 * Shows a text in an element, or hides the element when there is none.
 * @param {HTMLElement} element
 * @param {string} text
 */
export function say(element, text) {
  element.textContent = text;
  element.hidden = !text;
}

/**
 * A value as a person reads it.
 * @param {any} value
 * @returns {string}
 */
export function plain(value) {
  if (value === undefined) return "not answered";
  if (typeof value === "string") return value;
  if (Array.isArray(value) && value.length === 0) return "none";
  if (Array.isArray(value) && value.every((one) => typeof one !== "object")) return value.map(plain).join(", ");
  return JSON.stringify(value);
}

/**
 * Whether two JSON values are equal, whatever the order of their keys.
 * @param {any} left
 * @param {any} right
 * @returns {boolean}
 */
export function same(left, right) {
  if (left === right) return true;
  if (!left || !right || typeof left !== "object" || typeof right !== "object") return false;
  if (Array.isArray(left) !== Array.isArray(right)) return false;
  const names = Object.keys(left);
  return names.length === Object.keys(right).length
    && names.every((name) => Object.hasOwn(right, name) && same(left[name], right[name]));
}

/**
 * Whether an element takes typed text, so that letters are no shortcuts in it.
 * @param {EventTarget|null} element
 * @returns {boolean}
 */
export function takesText(element) {
  if (element instanceof HTMLTextAreaElement || element instanceof HTMLSelectElement) return true;
  return element instanceof HTMLInputElement && !["radio", "checkbox", "button"].includes(element.type);
}

/**
 * The key pressed, by its letter on a Latin keyboard; with other layouts by where the key lies.
 * @param {KeyboardEvent} event
 * @returns {string}
 */
export function keyOf(event) {
  const lies = /^(?:Key|Digit|Numpad)([A-Z0-9])$/.exec(event.code || "");
  if (event.key.length !== 1 || !lies) return event.key;
  if (/[0-9]/.test(lies[1]) && !/[[\]?/\-0-9]/.test(event.key)) return lies[1];
  return event.key > "\u007f" ? lies[1].toLowerCase() : event.key.toLowerCase();
}

/**
 * One tab stop for a row of controls: arrows move within it.
 * @param {HTMLElement} row
 * @param {string} selector
 */
export function roving(row, selector) {
  const controls = () => /** @type {HTMLElement[]} */ ([...row.querySelectorAll(selector)]);
  const stop = (/** @type {Element} */ chosen) => controls().forEach((one) => (one.tabIndex = one === chosen ? 0 : -1));
  if (controls().length) stop(controls()[0]);
  row.addEventListener("focusin", (event) => {
    const chosen = /** @type {Element} */ (event.target);
    if (chosen.matches(selector)) stop(chosen);
  });
  row.addEventListener("keydown", (event) => {
    const all = controls();
    const at = all.indexOf(/** @type {HTMLElement} */ (event.target));
    const turn = getComputedStyle(row).direction === "rtl" ? -1 : 1;
    const step = { ArrowRight: turn, ArrowLeft: -turn, ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (at < 0 || !step || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    all[(at + step + all.length) % all.length].focus();
  });
}
