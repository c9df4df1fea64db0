// What fields refer to: the text that span fields share, the image that boxes are drawn on.

import { Boxes } from "./boxes.js";
import { byId } from "./dom.js";
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
 * Marks a box field when one of its boxes has the focus; of those that share a picture, the marked one gets what is drawn.
 * @param {Form} form
 */
export function tieBoxes(form) {
  const boxes = form.slots.filter(({ widget }) => widget instanceof Boxes);
  for (const slot of boxes) {
    const { canvas } = slot.widget;
    const sharing = boxes.filter(({ widget }) => canvas && widget.canvas?.stage === canvas.stage);
    slot.widget.wanted = () => (sharing.find((one) => one === form.current) ?? sharing[0]) === slot;
    canvas?.layer.addEventListener("focusin", () => take(form, slot));
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
    take(form, form.current && sharing.includes(form.current) ? form.current : sharing[0]);
  });
  marks?.body.addEventListener("keydown", (event) => {
    const removes = event.key === "Delete" || event.key === "Backspace";
    const slot = form.current;
    if (removes && !form.locked && slot && sharing.includes(slot) && slot.widget.removeHere()) event.preventDefault();
  });
}

/**
 * Marks the field of a source that is being used, and brings its kinds into sight beside it.
 * @param {Form} form
 * @param {import("./form.js").Slot} slot
 */
function take(form, slot) {
  form.mark(slot);
  const pane = byId("form");
  const [seen, kinds] = [pane.getBoundingClientRect(), slot.widget.kinds.getBoundingClientRect()];
  if (kinds.top < seen.top) pane.scrollTop -= seen.top - kinds.top;
  else if (kinds.bottom > seen.bottom) pane.scrollTop += kinds.bottom - seen.bottom;
}
