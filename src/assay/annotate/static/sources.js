// What fields refer to: the text that span fields share, the image that boxes are drawn on.

import { Boxes } from "./boxes.js";
import { Marks } from "./marks.js";
import { Spans } from "./spans.js";

/** @typedef {import("./form.js").Form} Form */

/**
 * Gives span fields their source; those that refer to the same text share it.
 * @param {Form} form
 * @param {import("./choices.js").Scene} scene
 */
export function tieSpans(form, { parts }) {
  const spans = form.slots.filter(({ widget }) => widget instanceof Spans);
  for (const name of new Set(spans.map(({ field }) => field.source))) {
    const found = parts.get(name);
    const fits = found && (typeof found.part.value === "string" || found.part.kind === "tokens");
    share(form, spans.filter(({ field }) => field.source === name), fits ? new Marks(found.body, found.part.value, found.part.title) : null);
  }
}

/**
 * Marks a box field when one of its boxes has the focus.
 * @param {Form} form
 */
export function tieBoxes(form) {
  for (const slot of form.slots) {
    if (slot.widget instanceof Boxes) slot.widget.canvas?.layer.addEventListener("focusin", () => form.mark(slot));
  }
}

/**
 * @param {Form} form
 * @param {import("./form.js").Slot[]} sharing
 * @param {Marks|null} marks null where the item has no such text
 */
function share(form, sharing, marks) {
  const redraw = () => marks?.show(sharing.flatMap(({ widget }) => widget.drawn));
  for (const { widget } of sharing) widget.read(marks, redraw);
  marks?.body.addEventListener("focusin", () => {
    if (!form.current || !sharing.includes(form.current)) form.mark(sharing[0]);
  });
  marks?.body.addEventListener("keydown", (event) => {
    const removes = event.key === "Delete" || event.key === "Backspace";
    const slot = form.current;
    if (removes && !form.locked && slot && sharing.includes(slot) && slot.widget.removeHere()) event.preventDefault();
  });
}
