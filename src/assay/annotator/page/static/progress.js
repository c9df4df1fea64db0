// How far the batch is: one letter an item, counted, never drawn one by one.

import { byId } from "./dom.js";

const KINDS = { open: ".r", flagged: "f", skipped: "s", returned: "r", answered: "xf" };

/** The states of all items, and the pace. */
export class Progress {
  /** @param {number} total */
  constructor(total) {
    this.total = total;
    /** @type {string[]} */
    this.states = Array(total).fill(".");
    this.median = 0;
  }

  /** @param {{ states: string, median_seconds: number|null }} news */
  learn({ states, median_seconds: median }) {
    this.states = [...states];
    this.median = median ?? 0;
    this.paint();
  }

  /**
   * @param {number} n
   * @param {any} record
   */
  set(n, record) {
    const before = this.states[n];
    this.states[n] = stateOf(record, before);
    if (before !== this.states[n]) this.paint();
  }

  /**
   * How many items are of a kind.
   * @param {string} kind
   */
  count(kind) {
    const letters = /** @type {Record<string, string>} */ (KINDS)[kind];
    return this.states.reduce((count, state) => count + (letters.includes(state) ? 1 : 0), 0);
  }

  /** @returns {Record<string, number>} */
  get counts() {
    return Object.fromEntries(Object.keys(KINDS).map((kind) => [kind, this.count(kind)]));
  }

  /**
   * The next item of a kind, round the end; -1 where there is none.
   * @param {string} kind
   * @param {number} from
   */
  next(kind, from) {
    const letters = /** @type {Record<string, string>} */ (KINDS)[kind];
    for (let step = 1; step <= this.total; step += 1) {
      const n = (from + step) % this.total;
      if (letters.includes(this.states[n])) return n;
    }
    return -1;
  }

  get done() {
    return this.total - this.count("open");
  }

  paint() {
    const { done, total } = this;
    byId("bar").value = done;
    const pace = this.median ? [`${Math.round(this.median)} s each`] : [];
    const left = this.median && done < total ? [`about ${lasting(this.median * (total - done))} left`] : [];
    byId("pace").textContent = [`${done} of ${total} done`, ...pace, ...left].join(" · ");
  }
}

/**
 * @param {any} record
 * @param {string} before
 */
function stateOf(record, before) {
  if (!record) return before === "r" ? "r" : ".";
  if (record.skip !== undefined) return "s";
  return record.flags?.length ? "f" : "x";
}

/** @param {number} seconds */
function lasting(seconds) {
  if (seconds < 90) return `${Math.max(10, Math.round(seconds / 10) * 10)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.round(minutes / 6) / 10} h`;
}
