// The items near the one on the page: fetched ahead, and only a few kept.

import { getItem } from "./api.js";

const KEPT = 8;

/** A small cache of items, the least recently used dropped first. */
export class Items {
  /** @param {number} total */
  constructor(total) {
    this.total = total;
    /** @type {Map<number, any>} */
    this.kept = new Map();
    /** @type {Map<number, Promise<any>>} */
    this.coming = new Map();
    /** Why the last item could not be fetched. */
    this.refusal = "";
  }

  /**
   * An item that is here already.
   * @param {number} n
   * @returns {any}
   */
  here(n) {
    const item = this.kept.get(n);
    if (item) this.keep(n, item);
    return item;
  }

  /**
   * An item, fetched if need be.
   * @param {number} n
   * @returns {Promise<any>} null where it could not be fetched
   */
  async get(n) {
    return this.here(n) ?? this.fetch(n);
  }

  /**
   * Fetches what the annotator will most likely see next.
   * @param {number} n
   */
  async around(n) {
    for (const near of [n + 1, n - 1, n + 2]) {
      if (near >= 0 && near < this.total && !this.kept.has(near)) await this.fetch(near);
    }
  }

  /**
   * Takes over what the server said of an item's record.
   * @param {number} n
   * @param {{ tag: string, record: any }} news
   */
  learn(n, news) {
    const item = this.kept.get(n);
    if (item) this.kept.set(n, { ...item, ...news });
  }

  /** @param {number} n the next look at it asks the server again */
  drop(n) {
    this.kept.delete(n);
  }

  /**
   * @param {number} n
   * @returns {Promise<any>}
   */
  fetch(n) {
    const coming = this.coming.get(n) ?? getItem(n).then(({ status, body }) => {
      this.coming.delete(n);
      this.refusal = status === 200 ? "" : status === 401 ? "The page's server was restarted: open the address that it printed in another tab." : body?.error ?? "The page's server does not answer.";
      return status === 200 ? this.keep(n, body) : null;
    });
    this.coming.set(n, coming);
    return coming;
  }

  /**
   * @param {number} n
   * @param {any} item
   */
  keep(n, item) {
    this.kept.delete(n);
    this.kept.set(n, item);
    for (const oldest of this.kept.keys()) {
      if (this.kept.size <= KEPT) break;
      this.kept.delete(oldest);
    }
    return item;
  }
}
