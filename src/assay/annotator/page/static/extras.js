// Further properties of a span or box: one input each, beside the element in its list.

import { make, same } from "./dom.js";
import { readNumber } from "./numbers.js";

/** @typedef {{ name: string, title: string, widget: "choice"|"number"|"text"|"json", needed: boolean, values: import("./choices.js").Value[] }} Extra */

/**
 * The inputs of an element, each within its label.
 * @param {Extra[]} extras
 * @param {(extra: Extra, value: any) => void} told what was typed or chosen; undefined: nothing
 * @param {() => any} element as it is now
 * @returns {HTMLElement[]}
 */
export function extraInputs(extras, told, element) {
  return extras.map((extra) => {
    const input = inputOf(extra);
    input.dataset.extra = extra.name;
    input.addEventListener("input", () => {
      const value = read(extra, input.value);
      if (value !== undefined || input.value.trim() === "") told(extra, value);
    });
    input.addEventListener("change", () => write(extra, input, element()));
    return make("label", {}, make("span", { dir: "auto" }, extra.title), input);
  });
}

/**
 * Shows in its inputs what an element says; words that mean it already stay as they are.
 * @param {Element} row
 * @param {Extra[]} extras
 * @param {any} element
 */
export function fillExtras(row, extras, element) {
  for (const extra of extras) {
    const input = inputFor(row, extra);
    if (!same(read(extra, input.value), element[extra.name])) write(extra, input, element);
  }
}

/**
 * @param {Element} row
 * @param {Extra} extra
 * @returns {HTMLInputElement}
 */
export function inputFor(row, extra) {
  return /** @type {HTMLInputElement} */ ([...row.querySelectorAll("[data-extra]")].find((one) => /** @type {HTMLElement} */ (one).dataset.extra === extra.name));
}

/**
 * The properties that an element still needs.
 * @param {Extra[]} extras
 * @param {any} element
 */
export function lacking(extras, element) {
  return extras.filter(({ name, needed }) => needed && element[name] === undefined);
}

/**
 * What a new element has from the start: properties that can have one value only.
 * @param {Extra[]} extras
 */
export function given(extras) {
  return Object.fromEntries(extras.filter(({ needed, values }) => needed && values.length === 1).map(({ name, values }) => [name, values[0].value]));
}

/**
 * @param {Extra} extra
 * @returns {HTMLInputElement}
 */
function inputOf({ widget, values }) {
  if (widget !== "choice") return make("input", { type: "text", autocomplete: "off", dir: "auto", ...(widget === "number" ? { inputmode: "decimal" } : {}) });
  const options = values.map(({ text }, at) => make("option", { value: String(at) }, text));
  return make("select", {}, make("option", { value: "" }, "–"), ...options);
}

/**
 * @param {Extra} extra
 * @param {string} words
 */
function read({ widget, values }, words) {
  if (widget === "choice") return words === "" ? undefined : values[Number(words)]?.value;
  if (widget === "number") return readNumber(words);
  if (widget === "text") return words === "" ? undefined : words;
  try {
    return JSON.parse(words);
  } catch {
    return undefined;
  }
}

/**
 * @param {Extra} extra
 * @param {HTMLInputElement} input
 * @param {any} element
 */
function write({ name, widget, values }, input, element) {
  const value = element?.[name];
  if (widget === "choice") input.value = String(values.findIndex((one) => same(one.value, value))).replace("-1", "");
  else if (value === undefined) input.value = "";
  else input.value = widget === "json" ? JSON.stringify(value) : String(value);
}
