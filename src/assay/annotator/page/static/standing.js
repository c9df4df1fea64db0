// How an answer stands and what it says, in a few words.

/**
 * @typedef {object} Stand
 * @property {"idle"|"saving"|"stuck"} saving
 * @property {boolean} faulty the server found a fault in it
 * @property {boolean} handing it is handed in by Enter, and was not yet
 * @property {boolean} complete
 * @property {boolean} started
 * @property {boolean} skipped
 * @property {boolean} lacking it cannot be shown, and can only be skipped or flagged
 * @property {number} missing how many required fields have no value
 * @property {boolean} kept an earlier answer is on disk
 */

/**
 * The kind of the state line, and what it says.
 * @param {Stand} stand
 * @returns {[string, string]}
 */
export function standing(stand) {
  if (stand.saving === "stuck") return ["stuck", "Not saved yet"];
  if (stand.saving === "saving") return ["saving", "Saving …"];
  if (stand.faulty) return ["stuck", "Not saved: see the marked field"];
  if (stand.complete && stand.handing) return ["unfinished", "Ready to hand in"];
  if (stand.complete) return ["saved", stand.skipped ? "Skipped · saved" : "Saved"];
  if (stand.lacking) return ["unfinished", "Cannot be shown: skip or flag it"];
  if (!stand.started && !stand.kept) return ["open", "Not answered yet"];
  const needed = stand.missing ? `${stand.missing} ${stand.missing === 1 ? "field" : "fields"} needed` : "see the marked field";
  return ["unfinished", `Unfinished: ${needed}${stand.kept ? "; the answer before is kept" : ""}`];
}

/**
 * An answer line by line, for one who has to choose between two.
 * @param {import("./form.js").Form} form
 * @param {any} answer a record, an answer, or none
 * @returns {{ title: string, text: string }[]}
 */
export function lines(form, answer) {
  if (!answer) return [{ title: "no answer", text: "" }];
  const more = { Skipped: answer.skip, Flags: answer.flags?.join(", "), Note: answer.note };
  return [...form.describe(answer.label ?? {}), ...Object.entries(more).flatMap(([title, text]) => (text ? [{ title, text }] : []))];
}
