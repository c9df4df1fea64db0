// The status of an answer and what it says, in a few words.

/**
 * @typedef {object} Status
 * @property {"idle"|"saving"|"stuck"} saving
 * @property {boolean} faulty the server found a fault in it
 * @property {boolean} handing it is submitted by Enter, and was not yet
 * @property {boolean} complete
 * @property {boolean} started
 * @property {boolean} skipped
 * @property {boolean} lacking it cannot be shown, and can only be skipped or flagged
 * @property {number} missing how many required fields have no value
 * @property {boolean} kept an earlier answer is on disk
 */

/**
 * The kind of the state line, and what it says.
 * @param {Status} status
 * @returns {[string, string]}
 */
export function statusOf(status) {
  if (status.saving === "stuck") return ["stuck", "Not saved yet"];
  if (status.saving === "saving") return ["saving", "Saving …"];
  if (status.faulty) return ["stuck", "Not saved: see the highlighted field"];
  if (status.complete && status.handing) return ["unfinished", "Ready to hand in"];
  if (status.complete) return ["saved", status.skipped ? "Skipped · saved" : "Saved"];
  if (status.lacking) return ["unfinished", "Cannot be shown: skip or flag it"];
  if (!status.started && !status.kept) return ["open", "Not answered yet"];
  const needed = status.missing ? `${status.missing} ${status.missing === 1 ? "field" : "fields"} needed` : "see the highlighted field";
  return ["unfinished", `Unfinished: ${needed}${status.kept ? "; the earlier answer is kept" : ""}`];
}

/**
 * An answer line by line, for choosing between two.
 * @param {import("./form.js").Form} form
 * @param {any} answer a record, an answer, or none
 * @returns {{ title: string, text: string }[]}
 */
export function lines(form, answer) {
  if (!answer) return [{ title: "no answer", text: "" }];
  const more = { Skipped: answer.skip, Flags: answer.flags?.join(", "), Note: answer.note };
  return [...form.describe(answer.label ?? {}), ...Object.entries(more).flatMap(([title, text]) => (text ? [{ title, text }] : []))];
}
