// Feedback of a qualifying batch, field by field.

import { make, say } from "./dom.js";

/**
 * Says at each field whether the answer was right, else what was expected, with a way to the guideline.
 * @param {import("./form.js").Form} form
 * @param {any} feedback null: none
 */
export function showVerdicts(form, feedback) {
  for (const slot of form.slots) {
    const one = feedback?.fields?.find((/** @type {any} */ each) => each.field === slot.field.name);
    const place = /** @type {HTMLElement} */ (slot.node.nextElementSibling);
    say(place, one ? (one.right ? "Right." : `Expected: ${slot.widget.name(one.expected ?? undefined)}`) : "");
    place.classList.toggle("right", Boolean(one?.right));
    if (!one?.anchor) continue;
    const read = make("button", { type: "button" }, "Read its section");
    read.addEventListener("click", () => form.tell.told(slot, one.anchor));
    place.append(" ", read);
  }
}
