// A box that finds one of many values, of which only the first have keys. Nothing moves while it is used: what is found is marked.

import { make } from "./dom.js";

/** @typedef {{ text: string, key: string }} Keyed */

/**
 * Whether some of these can be reached by no key of their own.
 * @param {Keyed[]} values
 */
export function needFinder(values) {
  return values.some(({ key }) => !key);
}

/**
 * The box for a row of values: what is typed marks the first that holds it, arrows go to the next, Enter takes it.
 * @param {HTMLElement} row
 * @param {(position: number) => void} take
 * @returns {HTMLElement}
 */
export function finderFor(row, take) {
  const box = /** @type {HTMLInputElement} */ (make("input", {
    class: "find-box", type: "text", autocomplete: "off", spellcheck: "false", dir: "auto", placeholder: "find a value", "aria-label": "Find a value; Enter chooses it",
  }));
  const count = make("span", { class: "quiet", "aria-hidden": "true" });
  const said = make("span", { class: "heard", "aria-live": "polite" });
  /** @type {Element[]} */
  let found = [];
  let hand = 0;
  const mark = () => {
    for (const one of row.querySelectorAll(".found")) one.classList.remove("found");
    found[hand]?.classList.add("found");
    found[hand]?.scrollIntoView({ block: "nearest" });
    count.textContent = box.value.trim() ? (found.length ? `${hand + 1} of ${found.length}` : "no such value") : "";
    said.textContent = found.length ? `${count.textContent}: ${textOf(found[hand])}` : count.textContent;
  };
  const seek = () => {
    const words = folded(box.value.trim());
    const fitting = words ? valuesOf(row).filter((one) => folded(textOf(one)).includes(words)) : [];
    found = fitting.sort((one, other) => Number(folded(textOf(other)).startsWith(words)) - Number(folded(textOf(one)).startsWith(words)));
    hand = 0;
    mark();
  };
  const clear = () => {
    box.value = "";
    seek();
  };
  box.addEventListener("input", seek);
  box.addEventListener("change", (event) => event.stopPropagation());
  box.addEventListener("blur", clear);
  box.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.isComposing || event.ctrlKey || event.metaKey || (!step && (event.key !== "Enter" || !box.value.trim()))) return;
    event.preventDefault();
    event.stopPropagation();
    if (step && found.length) {
      hand = (hand + step + found.length) % found.length;
      mark();
    } else if (!step && found.length && !event.repeat) {
      const position = valuesOf(row).indexOf(found[hand]);
      clear();
      take(position);
    }
  });
  return make("label", { class: "find" }, make("kbd", { "aria-hidden": "true" }, "/"), box, count, said);
}

/** @param {Element} row */
function valuesOf(row) {
  return [...row.querySelectorAll(".chip:not(.none)")];
}

/** @param {Element} value */
function textOf(value) {
  return value.querySelector(".caption")?.textContent ?? "";
}

/** @param {string} text without accents and capitals */
function folded(text) {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}
