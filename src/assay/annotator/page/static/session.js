// The session: the current item, its answer as it grows, and how it is saved.

import { lower, raise } from "./banners.js";
import { askConflict } from "./dialogs.js";
import { byId, same } from "./dom.js";
import { Drafts, answerOf, draftOf } from "./drafts.js";
import { Form } from "./form.js";
import { showParts } from "./parts.js";
import { Saver, asAnswer } from "./saver.js";
import { UNSHOWN, visibilityOf } from "./visibility.js";
import { lines, statusOf } from "./status.js";
import { showVerdicts } from "./verdicts.js";

/**
 * @typedef {object} Around what the session works with
 * @property {any} config
 * @property {import("./items.js").Items} items
 * @property {import("./progress.js").Progress} progress
 * @property {import("./view.js").View} view
 * @property {import("./clock.js").Clock} clock
 * @property {import("./guide.js").Guide} guide
 * @property {(n: number) => Promise<void>} show shows an item
 * @property {() => void} onward goes to the item after this one
 * @property {(trouble: any) => void} trouble
 */

/** One item at a time. */
export class Session {
  /** @param {Around} around */
  constructor(around) {
    this.around = around;
    this.qualify = around.config.purpose === "qualify";
    this.drafts = new Drafts();
    this.saver = new Saver(around.clock, {
      saved: (n, reply, wanted) => this.saved(n, reply, wanted),
      refused: (n, faults) => this.refused(n, faults),
      conflict: (n, found, wanted) => this.conflict(n, found, wanted),
      locked: (n) => this.stale(n),
      unseen: (n) => this.unseen(n),
      trouble: around.trouble,
      moved: (n) => {
        around.view.pending(this.saver.entries.size);
        if (n === this.item?.n) this.tell();
      },
    });
    this.form = new Form(around.config.form, {
      changed: (slot) => this.changed(slot.widget.typing && `${slot.field.name} ${slot.widget.typing}`),
      marked: (slot) => { this.drafts.part(); around.guide.point(slot.field.anchor); },
      told: (_, anchor) => around.guide.point(anchor),
    });
    /** @type {Map<number, any[]>} */
    this.faults = new Map();
    this.item = /** @type {any} */ (null);
    this.visibility = visibilityOf([]);
    this.draft = draftOf(null);
    this.wanted = /** @type {any} */ (null);
    this.warned = false;
    this.fresh = false;
  }

  /** @param {any} item */
  put(item) {
    const pending = this.saver.entries.get(item.n);
    this.item = item;
    this.draft = this.drafts.of(item.n, item.record);
    this.wanted = pending ? pending.want : item.record && asAnswer(item.record);
    this.warned = false;
    this.fresh = false;
    this.drafts.part();
    this.around.clock.turnTo(item.n);
    const parts = showParts(byId("parts"), item.parts);
    const visibility = this.visibility = visibilityOf(parts.values());
    this.around.view.shape(parts);
    this.form.place({ parts, sides: item.parts.filter((/** @type {any} */ part) => part.side).map((/** @type {any} */ part) => part.name) });
    this.around.view.head(item, this.draft);
    this.form.show(this.draft.label, this.draft.begun);
    this.around.view.suggestion(item.locked ? null : item.suggestion, item.suggestion ? this.form.describe(item.suggestion.label) : []);
    this.judge(item);
    this.blame(item.n);
    this.tell();
    this.form.enter();
    this.around.view.top();
    if (visibility.state === "coming") visibility.settled.then((whole) => { if (!whole && this.visibility === visibility) this.lack(); });
  }

  /** Whether the item cannot be shown whole, so that it can only be skipped or flagged. */
  get lacking() {
    return this.visibility.state === "lacking";
  }

  /** The item turned out not to be shown: what was begun of a label goes, what is on disk stays. */
  lack() {
    this.draft = { ...this.draft, begun: {}, label: this.draft.skip ? {} : this.item.record?.label ?? {} };
    this.drafts.open.delete(this.item.n);
    this.wanted = this.item.record && asAnswer(this.item.record);
    this.form.show(this.draft.label);
    this.judge(this.item);
    this.tell();
  }

  /** @param {number} n an item that is not shown whole, whose label was not sent */
  unseen(n) {
    this.drafts.open.delete(n);
    this.around.progress.set(n, this.around.items.here(n)?.record ?? null);
    if (n !== this.item.n) raise(`refused-${n}`, `Item ${n + 1} was not saved.`, "It cannot be shown, so it can only be skipped or flagged.", [{ text: "Go to it", act: () => this.around.show(n) }]);
  }

  /** @param {any} item */
  judge(item) {
    this.form.lock(item.locked || this.lacking);
    this.around.view.notice("unshown", this.lacking && "This item cannot be shown.", "It can only be skipped (s) or flagged (f).");
    showVerdicts(this.form, item.feedback);
    this.around.view.feedback(item.feedback);
    for (const one of ["flags", "note-field"]) byId(one).disabled = item.locked;
    this.around.view.nextWord(this.qualify && !item.locked ? { by: "Hand in" } : null);
  }

  /** @param {number} n an item whose answer is final: the draft is dropped */
  async stale(n) {
    this.around.items.drop(n);
    this.drafts.open.delete(n);
    if (n === this.item.n) await this.around.show(n);
  }

  /** Says what is missing before the next item; the next time the annotator may go on. */
  insist() {
    this.warned = !this.qualify;
    if (this.lacking) {
      this.tell();
      return;
    }
    const slot = this.form.insist() ?? this.form.slots.find(({ node }) => node.classList.contains("wrong"));
    if (slot) this.form.aim(slot);
    this.tell();
  }

  /** @param {string} reason */
  skip(reason) {
    const { view } = this.around;
    this.becomes({ label: {}, begun: {}, skip: reason, flags: view.flagged, note: view.note });
    this.form.show({});
    if (this.qualify) this.send(answerOf(this.draft));
  }

  /** Whether the answer can be saved as it is. */
  get complete() {
    if (this.draft.skip) return true;
    if (this.lacking) return Boolean(this.item.record?.label) && same(this.draft.label, this.item.record.label);
    const answered = this.form.started || (this.item.record && !this.around.config.form.some((/** @type {any} */ field) => field.required));
    return Boolean(answered) && !this.form.missing.length && !this.form.faulty.length;
  }

  /** Whether something is missing before the next item. */
  get unready() {
    const open = this.form.missing.length || this.form.faulty.length || this.item.record || this.qualify || this.lacking;
    return !this.item.locked && !this.complete && Boolean(open);
  }

  /** @param {string} typed the field in which words are typed; their letters are undone together */
  changed(typed) {
    const label = this.form.label;
    const relabelled = !same(label, this.draft.label);
    const { flagged, note } = this.around.view;
    this.faults.delete(this.item.n);
    const skip = this.lacking && flagged.length && !this.item.record?.label ? this.draft.skip || UNSHOWN : relabelled ? "" : this.draft.skip;
    this.becomes({ label, begun: this.form.begun, skip, flags: flagged, note }, typed);
  }

  /**
   * @param {import("./drafts.js").Draft} draft
   * @param {string} [typed]
   */
  becomes(draft, typed = "") {
    this.drafts.change({ n: this.item.n, draft: this.draft, wanted: this.wanted, group: typed }, draft);
    this.draft = draft;
    this.warned = false;
    this.around.view.answer(draft);
    if (this.complete && !this.qualify) this.send(answerOf(draft));
    else this.tell();
  }

  /** Keeps an answer that was sent back: saved again as it is, it is settled. */
  stand() {
    const { item } = this;
    if (!item.returned || !item.record || item.locked || this.fresh || !this.complete) return;
    this.fresh = true;
    this.saver.want(item.n, item.tag, answerOf(this.draft), this.visibility.settled);
  }

  /** @param {import("./saver.js").Answer|null} answer */
  send(answer) {
    if (same(answer, this.wanted) || (this.lacking && answer?.label && !this.complete)) {
      this.tell();
      return;
    }
    this.wanted = answer;
    this.fresh = true;
    this.saver.want(this.item.n, this.item.tag, answer, this.lacking ? null : this.visibility.settled);
  }

  /**
   * @param {number} n
   * @param {any} reply
   * @param {import("./saver.js").Answer|null} wanted
   */
  saved(n, { tag, record, feedback, doubts }, wanted) {
    const locks = this.qualify && record !== null;
    const news = { tag, record, doubts, ...(record ? { returned: null } : {}), ...(locks ? { feedback, locked: true } : {}) };
    this.around.items.learn(n, news);
    this.around.progress.set(n, record);
    this.drafts.settle(n, wanted);
    this.faults.delete(n);
    lower(`refused-${n}`);
    if (n !== this.item.n) return;
    this.item = { ...this.item, ...news };
    this.doubt();
    if (!locks) return;
    this.judge(this.item);
    if (!feedback) this.around.onward();
    else this.around.view.top();
  }

  /**
   * @param {number} n
   * @param {any[]} faults
   */
  refused(n, faults) {
    this.faults.set(n, faults);
    this.wanted = n === this.item.n ? undefined : this.wanted;
    if (n === this.item.n) this.blame(n);
    else raise(`refused-${n}`, `Item ${n + 1} was not saved.`, faults[0]?.message ?? "", [{ text: "Go to it", act: () => this.around.show(n) }]);
  }

  /** @param {number} n */
  blame(n) {
    const faults = this.faults.get(n) ?? [];
    lower(`refused-${n}`);
    for (const fault of faults) {
      const { slot, text } = this.worded(fault);
      if (slot) this.form.fault(slot, text);
      else raise(`refused-${n}`, "Not saved:", text);
    }
    this.doubt();
  }

  /** Shows the probable slips of the answer on disk. */
  doubt() {
    for (const fault of same(this.wanted, this.item.record && asAnswer(this.item.record)) ? this.item.doubts ?? [] : []) {
      const { slot, text } = this.worded(fault);
      if (slot) this.form.doubt(slot, text);
    }
  }

  /**
   * @param {any} fault
   * @returns {{ slot: import("./form.js").Slot|undefined, text: string }} the field it is about, and what is said there
   */
  worded({ field, pointer, message, fix }) {
    const slot = this.form.slots.find((one) => one.field.name === field);
    const element = slot?.widget.list?.[Number(/^\/[^/]*\/(\d+)/.exec(pointer ?? "")?.[1] ?? -1)];
    return { slot, text: [element && `${slot?.widget.describe(element)}: `, message, fix && `; ${fix}`].filter(Boolean).join("") };
  }

  /**
   * @param {number} n
   * @param {{ tag: string, record: any }} found
   * @param {import("./saver.js").Answer|null} wanted
   */
  async conflict(n, found, wanted) {
    if (n !== this.item.n) await this.around.show(n);
    askConflict(lines(this.form, found.record), lines(this.form, wanted), () => {
      this.saver.forget(n);
      this.drafts.open.delete(n);
      this.around.items.learn(n, { ...found, doubts: [] });
      this.around.progress.set(n, found.record);
      this.put({ ...this.item, ...found, doubts: [] });
    }, () => this.saver.keepMine(n, found.tag));
  }

  /** Takes back the last change, at its item. */
  async undo() {
    const step = this.drafts.steps.pop();
    if (!step) return;
    if (step.n !== this.item.n || byId("form").hidden) await this.around.show(step.n);
    if (this.item.n !== step.n || this.item.locked) return;
    this.draft = step.draft;
    this.drafts.open.set(step.n, step.draft);
    this.faults.delete(step.n);
    this.around.view.answer(step.draft);
    this.form.show(step.draft.label, step.draft.begun);
    if (step.wanted !== undefined) this.send(step.wanted);
    this.fresh = false;
    this.form.enter();
  }

  /** Takes over what a model suggests. */
  accept() {
    if (!this.item.suggestion || this.form.locked) return;
    this.form.show(this.item.suggestion.label);
    this.changed("");
    this.form.enter();
  }

  /** Shows the status of the current answer. */
  tell() {
    this.form.need();
    this.around.view.state(...statusOf({
      saving: this.saver.state(this.item.n),
      faulty: this.faults.has(this.item.n),
      handing: this.qualify && !this.item.locked,
      complete: this.complete,
      started: this.form.started || Boolean(this.draft.note) || this.draft.flags.length > 0,
      skipped: Boolean(this.draft.skip),
      lacking: this.lacking,
      missing: this.form.missing.length,
      kept: Boolean(this.item.record),
    }));
  }
}
