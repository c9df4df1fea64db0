// Whether an item is shown whole: all that it names is here, and the browser can show it.

/**
 * @typedef {object} Visibility
 * @property {"coming"|"whole"|"lacking"} state an item that lacks something can only be skipped or flagged
 * @property {Promise<boolean>} settled whether it is shown whole, once that is known
 */

/** The reason to skip an item that is flagged because it cannot be shown. */
export const UNSHOWN = "cannot be shown";

/**
 * @param {Iterable<import("./parts.js").Shown>} parts
 * @returns {Visibility}
 */
export function visibilityOf(parts) {
  const seen = [...parts].map((part) => part.seen);
  const settled = Promise.all(seen).then((all) => all.every(Boolean));
  /** @type {Visibility} */
  const visibility = { state: seen.includes(false) ? "lacking" : seen.every((one) => one === true) ? "whole" : "coming", settled };
  settled.then((whole) => { visibility.state = whole ? "whole" : "lacking"; });
  return visibility;
}
