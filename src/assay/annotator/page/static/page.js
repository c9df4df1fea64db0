// The page: goes from item to item, and does what keys and buttons ask.

import * as api from "./api.js";
import { lower, raise, showTrouble } from "./banners.js";
import { Clock } from "./clock.js";
import { Session } from "./session.js";
import { askJump, askSkip, askSuggestion, prepareDialogs, showHelp } from "./dialogs.js";
import { byId } from "./dom.js";
import { answerOf } from "./drafts.js";
import { Guide } from "./guide.js";
import { Items } from "./items.js";
import { listen } from "./keys.js";
import { Progress } from "./progress.js";
import { UNSHOWN } from "./visibility.js";
import { listenForSpace } from "./stage.js";
import { View } from "./view.js";

/** One annotator at one batch. */
class Page {
  /** @param {any} config */
  constructor(config) {
    this.config = config;
    this.items = new Items(config.total);
    this.progress = new Progress(config.total);
    this.view = new View(config);
    this.clock = new Clock(() => this.alive());
    this.guide = new Guide(() => this.turned());
    this.session = new Session({
      config, items: this.items, progress: this.progress, view: this.view, clock: this.clock, guide: this.guide,
      show: (n) => this.show(n),
      onward: () => this.onward(),
      trouble: (trouble) => this.trouble(trouble),
    });
    this.turn = 0;
  }

  async start() {
    const { session, view, config } = this;
    prepareDialogs();
    listen(session.form, this.actions());
    listenForSpace();
    this.clock.start();
    for (const input of view.flags) input.addEventListener("change", () => session.changed(""));
    byId("note").addEventListener("input", () => session.changed("note"));
    byId("note").addEventListener("focus", () => session.drafts.part());
    addEventListener("beforeunload", (event) => { if (session.saver.unsaved || session.drafts.begun) event.preventDefault(); });
    const wanted = Number(location.hash.slice(1)) - 1;
    await this.show(Number.isInteger(wanted) && wanted >= 0 && wanted < config.total ? wanted : config.first);
    await this.refresh();
  }

  /** @returns {Record<string, () => void>} */
  actions() {
    const { session, config, progress } = this;
    const onItem = (/** @type {() => void} */ act) => () => { if (!this.ended && session.item) act(); };
    return {
      enter: onItem(() => this.enter(true)),
      through: onItem(() => this.enter(false)),
      next: onItem(() => this.next()),
      previous: () => this.go(this.ended ? config.total - 1 : session.item.n - 1),
      jump: () => askJump(config.total, progress.counts, (n) => this.go(n), (kind) => this.go(progress.next(kind, session.item.n))),
      skip: onItem(() => { if (!session.item.locked) askSkip(config.skip_reasons, session.draft.skip || (session.lacking ? UNSHOWN : ""), (reason) => this.skip(reason)); }),
      flag: onItem(() => byId("flags").querySelector("input")?.focus()),
      note: onItem(() => byId("note").focus()),
      undo: () => session.undo(),
      accept: onItem(() => session.accept()),
      guide: () => this.guide.toggle(),
      suggest: () => this.suggest(),
      help: showHelp,
      before: onItem(() => session.form.turn(-1)),
      after: onItem(() => session.form.turn(1)),
      clear: onItem(() => session.form.clear()),
      first: () => this.go(0),
      "open-item": () => this.go(progress.next("open", config.total - 1)),
      stop: () => this.stop(),
    };
  }

  get ended() {
    return !byId("end").hidden;
  }

  /** @param {number} n */
  go(n) {
    if (n >= 0 && n < this.config.total) this.show(n);
  }

  /**
   * Shows an item.
   * @param {number} n
   */
  async show(n) {
    const turn = ++this.turn;
    const item = this.items.here(n) ?? await this.items.get(n);
    if (turn !== this.turn) return;
    if (!item) {
      raise("item", `Item ${n + 1} could not be fetched.`, this.items.refusal, [{ text: "Try again", act: () => this.go(n) }]);
      return;
    }
    lower("item");
    this.session.put(item);
    this.items.around(n);
  }

  /** @param {boolean} inner whether the field in hand may take Enter for itself */
  enter(inner) {
    const { session } = this;
    if (session.warned || session.draft.skip || !session.form.entered(inner)) this.next(true);
  }

  /** @param {boolean} [asked] whether an item that nothing was done to holds one up, too */
  next(asked = false) {
    const { session } = this;
    const unready = session.unready && (asked || session.form.started || session.item.record || session.qualify);
    const refused = session.faults.has(session.item.n) && !session.draft.skip;
    if ((unready || refused) && !session.warned) session.insist();
    else if (session.qualify && !session.item.locked) session.send(answerOf(session.draft));
    else {
      session.stand();
      this.onward();
    }
  }

  onward() {
    const { n } = this.session.item;
    const finished = this.session.fresh && this.remaining === 0;
    if (finished || n + 1 >= this.config.total) this.finish();
    else this.go(n + 1);
  }

  async finish() {
    this.turn += 1;
    this.expect();
    this.view.end(this.progress.counts);
    await this.refresh();
    this.expect();
    if (this.ended) this.view.end(this.progress.counts);
  }

  /** What is asked to be saved counts as done: the end need not wait for the disk. */
  expect() {
    for (const [n, { want }] of this.session.saver.entries) this.progress.set(n, want);
  }

  get remaining() {
    this.expect();
    return this.progress.count("open");
  }

  /** @param {string} reason */
  skip(reason) {
    this.session.skip(reason);
    if (!this.session.qualify) this.onward();
  }

  /** @param {any} trouble */
  trouble(trouble) {
    const { saver } = this.session;
    const { task, batch } = this.config;
    showTrouble(trouble, {
      command: `assay annotate ${task} ${batch} --port ${location.port}`,
      retry: () => saver.retry(),
      accept: async (branch) => {
        const { status, body } = await api.acceptBranch(branch);
        if (status === 409) this.trouble({ kind: "branch", ...body });
        else saver.retry();
      },
    });
  }

  suggest() {
    const { anchor, title } = this.guide.section;
    askSuggestion(title, async (text) => {
      const { status, body } = await api.suggest({ text, section: anchor, n: this.session.item.n });
      return status === 204 ? "" : body?.error ?? "not saved: the page's server does not answer";
    });
  }

  /** The guideline was shown or hidden by its key: the focus goes along. */
  turned() {
    if (this.guide.shown) byId("guide-text").focus();
    else this.session.form.back();
  }

  async refresh() {
    const { status, body } = await api.getProgress();
    if (status === 200) this.progress.learn(body);
  }

  async alive() {
    await api.alive();
    await this.refresh();
  }

  async stop() {
    const { status } = await api.stop();
    if (status === 204) this.view.farewell("Stopped. You can close this window; the next step is `assay submit`, in the terminal.");
  }
}

await new Page(JSON.parse(byId("config").textContent)).start();
