// Drafts of answers, and the steps that can be undone.

import { same } from "./dom.js";
import { asAnswer } from "./saver.js";

/**
 * @typedef {object} Draft
 * @property {Record<string, any>} label
 * @property {Record<string, any>} begun what was begun in fields that have no value yet
 * @property {string} skip
 * @property {string[]} flags
 * @property {string} note
 *
 * @typedef {{ n: number, draft: Draft, wanted: import("./saver.js").Answer|null, group: string }} Step
 */

const STEPS = 500;

/**
 * The draft that a record (or nothing) stands for.
 * @param {any} record
 * @returns {Draft}
 */
export function draftOf(record) {
  return { label: record?.label ?? {}, begun: {}, skip: record?.skip ?? "", flags: record?.flags ?? [], note: record?.note ?? "" };
}

/**
 * The answer that a complete draft stands for.
 * @param {Draft} draft
 * @returns {import("./saver.js").Answer}
 */
export function answerOf({ label, skip, flags, note }) {
  return asAnswer({ ...(skip ? { skip } : { label }), flags, note });
}

/** Drafts of items that are not saved as they stand, and the steps that can be undone. */
export class Drafts {
  constructor() {
    /** @type {Map<number, Draft>} */
    this.open = new Map();
    /** @type {Step[]} */
    this.steps = [];
  }

  /** Whether something was begun that is not on disk. */
  get begun() {
    return [...this.open.values()].some(({ label, begun, skip, flags, note }) => skip || note || flags.length || Object.keys({ ...label, ...begun }).length);
  }

  /**
   * The draft of an item: what was left unfinished, else what its record says.
   * @param {number} n
   * @param {any} record
   */
  of(n, record) {
    return this.open.get(n) ?? draftOf(record);
  }

  /**
   * Keeps a changed draft, and the one before for undo; changes of one group become one step.
   * @param {Step} before
   * @param {Draft} draft
   */
  change(before, draft) {
    const last = this.steps[this.steps.length - 1];
    if (!before.group || !last || last.group !== before.group || last.n !== before.n) this.steps.push(before);
    if (this.steps.length > STEPS) this.steps.shift();
    this.open.set(before.n, draft);
  }

  /** The next change starts a step of its own. */
  part() {
    const last = this.steps[this.steps.length - 1];
    if (last) last.group = "";
  }

  /**
   * An answer is on disk: its draft is needed no longer, unless it went on.
   * @param {number} n
   * @param {import("./saver.js").Answer|null} saved
   */
  settle(n, saved) {
    const draft = this.open.get(n);
    if (draft && saved && !Object.keys(draft.begun).length && same(answerOf(draft), asAnswer(saved))) this.open.delete(n);
  }
}
