// Active seconds an item: time with the page in view and the annotator at work, idle time left out.

const IDLE = 30_000;
const ALIVE = 60_000;
const SIGNS = ["pointerdown", "pointermove", "keydown", "wheel", "scroll", "input"];

/** Counts for one item at a time; what was not sent yet is kept for each. */
export class Clock {
  /**
   * @param {() => void} alive called at most once a minute while somebody is active
   * @param {() => number} now milliseconds
   */
  constructor(alive, now = () => performance.now()) {
    this.alive = alive;
    this.now = now;
    /** @type {Map<number, number>} */
    this.spent = new Map();
    this.item = 0;
    this.counted = now();
    this.active = this.counted;
    this.told = this.counted;
  }

  /** Listens for signs of life. */
  start() {
    for (const sign of SIGNS) document.addEventListener(sign, () => this.mark(), { passive: true, capture: true });
    document.addEventListener("visibilitychange", () => this.seen(document.visibilityState === "visible"));
  }

  /** The annotator did something. */
  mark() {
    this.settle();
    this.active = this.now();
    if (this.active - this.told < ALIVE) return;
    this.told = this.active;
    this.alive();
  }

  /** @param {boolean} visible */
  seen(visible) {
    if (!visible) this.settle();
    this.active = visible ? this.now() : -Infinity;
    this.counted = this.now();
  }

  /** @param {number} item from now on time counts for this one */
  turnTo(item) {
    this.settle();
    this.item = item;
  }

  /**
   * Milliseconds of an item that were not sent yet.
   * @param {number} item
   * @returns {number}
   */
  unsent(item) {
    this.settle();
    return this.spent.get(item) ?? 0;
  }

  /**
   * Takes off what the server has acknowledged.
   * @param {number} item
   * @param {number} milliseconds
   */
  sent(item, milliseconds) {
    const left = (this.spent.get(item) ?? 0) - milliseconds;
    if (left > 0) this.spent.set(item, left);
    else this.spent.delete(item);
  }

  settle() {
    const now = this.now();
    const until = Math.min(now, this.active + IDLE);
    if (until > this.counted) this.spent.set(this.item, (this.spent.get(this.item) ?? 0) + until - this.counted);
    this.counted = now;
  }
}
