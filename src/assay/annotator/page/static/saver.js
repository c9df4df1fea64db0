// Autosave: answers go out in order, one request in flight an item, the latest wins, nothing is forgotten unsaved.

import { dropAnswer, putAnswer } from "./api.js";
import { same } from "./dom.js";

/**
 * @typedef {{ label?: any, skip?: string, flags?: string[], note?: string }} Answer
 * @typedef {{ tag: string, want: Answer|null, seen: Promise<boolean>|null, dirty: boolean, busy: boolean, conflict: boolean }} Entry
 * @typedef {object} Told what the saver tells the page
 * @property {(n: number, reply: any, wanted: Answer|null) => void} saved
 * @property {(n: number, faults: any[]) => void} refused
 * @property {(n: number, found: { tag: string, record: any }, wanted: Answer|null) => void} conflict
 * @property {(n: number) => void} locked
 * @property {(n: number) => void} unseen the item could not be shown, so that its label was not sent
 * @property {(trouble: { kind: string, [more: string]: any }|null) => void} trouble nothing can be saved now, or (null) it can again
 * @property {(n: number) => void} moved the state of an item changed
 */

const WAITS = [1_000, 2_000, 4_000, 8_000];

/** Holds what is not yet on disk. */
export class Saver {
  /**
   * @param {import("./clock.js").Clock} clock
   * @param {Told} told
   */
  constructor(clock, told) {
    this.clock = clock;
    this.told = told;
    /** @type {Map<number, Entry>} */
    this.entries = new Map();
    /** @type {{ kind: string }|null} */
    this.trouble = null;
    this.failures = 0;
    this.timer = 0;
  }

  /** Whether an answer is not on disk yet. */
  get unsaved() {
    return this.entries.size > 0;
  }

  /**
   * How an item's saving stands.
   * @param {number} n
   * @returns {"idle"|"saving"|"stuck"}
   */
  state(n) {
    const entry = this.entries.get(n);
    if (!entry) return "idle";
    return this.trouble || entry.conflict ? "stuck" : "saving";
  }

  /**
   * Asks that an item's answer on disk be this one (null: none).
   * @param {number} n
   * @param {string} tag of the record that the annotator has seen
   * @param {Answer|null} answer
   * @param {Promise<boolean>|null} [seen] whether the item is shown whole, without which a label is not sent
   */
  want(n, tag, answer, seen = null) {
    const entry = this.entries.get(n) ?? { tag, want: null, seen, dirty: false, busy: false, conflict: false };
    entry.want = answer;
    entry.seen = seen;
    entry.dirty = true;
    this.entries.set(n, entry);
    this.told.moved(n);
    this.pump(n);
  }

  /**
   * After a conflict: mine is to be written over what was found.
   * @param {number} n
   * @param {string} tag
   */
  keepMine(n, tag) {
    const entry = this.entries.get(n);
    if (!entry) return;
    Object.assign(entry, { tag, dirty: true, conflict: false });
    this.pump(n);
  }

  /** @param {number} n after a conflict: what was found stays */
  forget(n) {
    this.entries.delete(n);
    this.told.moved(n);
  }

  /** Tries everything again, now. */
  retry() {
    clearTimeout(this.timer);
    this.timer = 0;
    const before = this.trouble;
    this.trouble = null;
    for (const n of this.entries.keys()) this.pump(n);
    if (!this.entries.size && before) this.told.trouble(null);
  }

  /** @param {number} n */
  async pump(n) {
    const entry = this.entries.get(n);
    if (!entry || !entry.dirty || entry.busy || entry.conflict || this.trouble) return;
    entry.dirty = false;
    entry.busy = true;
    const wanted = entry.want;
    if (wanted?.label && entry.seen && !(await entry.seen)) {
      this.drop(n, entry);
      return;
    }
    const spent = this.clock.unsent(n);
    const reply = wanted === null
      ? await dropAnswer(n, entry.tag)
      : await putAnswer(n, { ...wanted, seconds: Math.round(spent / 100) / 10, tag: entry.tag });
    entry.busy = false;
    this.take(n, entry, wanted, reply, spent);
    this.told.moved(n);
    this.pump(n);
  }

  /**
   * What cannot be shown cannot be labelled.
   * @param {number} n
   * @param {Entry} entry
   */
  drop(n, entry) {
    entry.busy = false;
    if (!entry.dirty) this.entries.delete(n);
    this.told.unseen(n);
    this.told.moved(n);
    this.pump(n);
  }

  /**
   * @param {number} n
   * @param {Entry} entry
   * @param {Answer|null} wanted
   * @param {import("./api.js").Reply} reply
   * @param {number} spent
   */
  take(n, entry, wanted, { status, body }, spent) {
    if (status === 200) this.acknowledge(n, entry, wanted, body, spent);
    else if (status === 422 || status === 413) this.settle(n, entry, () => this.told.refused(n, body?.faults ?? [{ message: body?.error, fix: body?.fix }]));
    else if (status === 409 && body?.conflict === "record") this.meet(n, entry, body);
    else if (status === 410) this.settle(n, entry, () => this.told.locked(n));
    else this.stuck(entry, troubleOf(status, body));
  }

  /**
   * @param {number} n
   * @param {Entry} entry
   * @param {Answer|null} wanted
   * @param {any} body
   * @param {number} spent
   */
  acknowledge(n, entry, wanted, body, spent) {
    this.failures = 0;
    entry.tag = body.tag;
    this.clock.sent(n, spent);
    this.settle(n, entry, () => this.told.saved(n, body, wanted));
  }

  /**
   * @param {number} n
   * @param {Entry} entry
   * @param {() => void} tell
   */
  settle(n, entry, tell) {
    if (!entry.dirty) this.entries.delete(n);
    this.told.trouble(null);
    tell();
  }

  /**
   * @param {number} n
   * @param {Entry} entry
   * @param {{ tag: string, record: any }} found
   */
  meet(n, entry, found) {
    const equal = entry.want && found.record
      ? same(asAnswer(found.record), asAnswer(entry.want))
      : !entry.want && !found.record;
    if (equal) {
      entry.tag = found.tag;
      entry.dirty = true;
      return;
    }
    entry.conflict = true;
    this.told.conflict(n, found, entry.want);
  }

  /**
   * @param {Entry} entry
   * @param {{ kind: string }} trouble
   */
  stuck(entry, trouble) {
    entry.dirty = true;
    this.trouble = trouble;
    this.told.trouble(trouble);
    if (trouble.kind !== "gone" && trouble.kind !== "session") return;
    this.timer ||= setTimeout(() => this.retry(), WAITS[Math.min(this.failures++, WAITS.length - 1)]);
  }
}

/**
 * The part of a record (or of an answer) that is the annotator's.
 * @param {any} record
 * @returns {Answer}
 */
export function asAnswer({ label, skip, flags, note }) {
  return {
    ...(skip === undefined ? { label: label ?? {} } : { skip }),
    ...(flags?.length ? { flags: [...flags].sort() } : {}),
    ...(note ? { note } : {}),
  };
}

/**
 * @param {number} status
 * @param {any} body
 */
function troubleOf(status, body) {
  if (status === 0) return { kind: "gone" };
  if (status === 401) return { kind: "session" };
  if (status === 409) return { kind: "branch", branch: body.branch, was: body.was };
  if (status === 423) return { kind: "file", fault: body.fault, fix: body.fix };
  return { kind: "refused", fault: body?.error ?? `the server answered ${status}`, fix: body?.fix ?? "" };
}
