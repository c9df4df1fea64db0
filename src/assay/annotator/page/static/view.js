// What is around the form: the current item, what was sent back, the state of saving, the end of the batch.

import { byId, make } from "./dom.js";

const SLOW = 400;
const NAMED = 100;

/** Shows; decides nothing. */
export class View {
  /** @param {any} page the configuration */
  constructor(page) {
    this.page = page;
    this.timer = 0;
    this.naming = 0;
    /** @type {HTMLInputElement[]} */
    this.flags = [...byId("flags").querySelectorAll("input")];
  }

  /**
   * The lines above an item.
   * @param {any} item
   * @param {import("./drafts.js").Draft} draft
   */
  head(item, draft) {
    const place = `Item ${item.n + 1} of ${this.page.total}`;
    byId("where").textContent = place;
    byId("item-id").textContent = item.item;
    clearTimeout(this.naming);
    this.naming = setTimeout(() => {
      document.title = `${item.n + 1}/${this.page.total} · ${this.page.title}`;
      history.replaceState(null, "", `#${item.n + 1}`);
    }, NAMED);
    this.notice("returned", item.returned && `Sent back${item.returned.at ? ` on ${item.returned.at.slice(0, 10)}` : ""} (change the answer, or keep it with Enter):`, item.returned?.why);
    this.answer(draft);
    this.turnTo("item");
  }

  /** @param {Map<string, import("./parts.js").Shown>} parts pictures and pairs share the room in ways of their own */
  shape(parts) {
    const shown = [...parts.values()];
    byId("panes").classList.toggle("pictured", shown.some(({ part }) => part.kind === "image" || part.kind === "video"));
    byId("panes").classList.toggle("paired", shown.some(({ part }) => part.side));
  }

  /** Shows an item, or what was found in its answer, from its start. */
  top() {
    byId("item").scrollTop = 0;
  }

  /** @param {"item"|"end"} what is shown */
  turnTo(what) {
    byId("item").hidden = byId("form").hidden = what === "end";
    byId("end").hidden = what === "item";
    byId("actions").classList.toggle("ended", what === "end");
  }

  /**
   * What belongs to the answer besides the label.
   * @param {import("./drafts.js").Draft} draft
   */
  answer({ skip, flags, note }) {
    this.notice("skipped", skip && "Skipped:", skip && `${skip}. Answering a field removes the skip.`);
    this.flags.forEach((input, at) => { input.checked = flags.includes(this.page.flags[at]); });
    if (byId("note").value !== note) byId("note").value = note;
  }

  /** @returns {string[]} the flags that are set */
  get flagged() {
    return this.flags.flatMap((input, at) => (input.checked ? [this.page.flags[at]] : []));
  }

  get note() {
    return byId("note").value;
  }

  /**
   * @param {any} suggestion
   * @param {{ title: string, text: string }[]} lines
   */
  suggestion(suggestion, lines) {
    this.notice("suggestion", suggestion && `${suggestion.by} suggests:`, suggestion && lines.map(({ title, text }) => `${title}: ${text}`).join(" · "));
    const button = /** @type {HTMLElement} */ (document.querySelector("[data-do=accept]"));
    button.hidden = !suggestion;
  }

  /** @param {any} feedback */
  feedback(feedback) {
    const told = feedback && (feedback.right ? "Right." : "Not as expected.");
    this.notice("feedback", told, feedback && (feedback.why || (feedback.right ? "Go on with Enter." : "Each field says what was expected. Go on with Enter.")));
    byId("feedback").classList.toggle("right", Boolean(feedback?.right));
  }

  /**
   * @param {string} id
   * @param {string|null|undefined|false} title
   * @param {string|null|undefined|false} text
   */
  notice(id, title, text) {
    const place = byId(id);
    place.hidden = !title;
    place.replaceChildren(...(title ? [make("strong", {}, title), " ", make("span", { dir: "auto" }, text || "")] : []));
  }

  /**
   * The state line; a quick save does not make it flicker.
   * @param {string} kind `saved`, `saving`, `open`, `unfinished` or `stuck`
   * @param {string} text
   */
  state(kind, text) {
    clearTimeout(this.timer);
    const write = () => {
      const line = byId("state");
      if (line.textContent !== text) line.textContent = text;
      line.dataset.kind = kind;
    };
    if (kind === "saving") this.timer = setTimeout(write, SLOW);
    else write();
  }

  /** @param {number} count how many answers are on their way to the disk */
  pending(count) {
    byId("state").dataset.pending = String(count);
  }

  /** @param {{ by: string }|null} locked */
  nextWord(locked) {
    byId("next-word").textContent = locked ? locked.by : "Next";
  }

  /**
   * The calm end.
   * @param {Record<string, number>} counts
   */
  end(counts) {
    const { open, answered, skipped, flagged } = counts;
    this.turnTo("end");
    byId("end-title").textContent = open ? "The end of the list" : "All done. Thank you.";
    byId("end-counts").replaceChildren(...Object.entries({ answered, skipped, flagged, "still open": open })
      .map(([name, count]) => make("div", {}, make("dt", {}, name), make("dd", {}, String(count)))));
    byId("end-next").replaceChildren(...(open
      ? ["Some items are still open. You can hand in what is done at any time."]
      : ["Every answer is saved in your file. Next, in the terminal: ", make("code", {}, "assay submit")]));
    /** @type {HTMLElement} */ (document.querySelector("[data-do=open-item]")).hidden = !open;
    clearTimeout(this.naming);
    document.title = `${this.page.title} · the end`;
    this.state("saved", "");
    byId("end").focus();
  }

  /** @param {string} text */
  farewell(text) {
    document.body.replaceChildren(make("main", { class: "calm" }, make("h1", {}, "assay"), make("p", { role: "status" }, text)));
    document.body.className = "alone";
  }

}
