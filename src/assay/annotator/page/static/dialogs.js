// The small windows: skip, jump, suggest, help, conflict. Each returns the decision.

import { byId, keyOf, make, say, takesText } from "./dom.js";

/**
 * Makes the close buttons work, and lets a window's key caps be pressed.
 */
export function prepareDialogs() {
  for (const dialog of document.querySelectorAll("dialog")) {
    dialog.addEventListener("click", (event) => {
      if (/** @type {Element} */ (event.target).closest("[data-close]")) dialog.close();
    });
    dialog.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (takesText(event.target) || event.ctrlKey || event.altKey || event.metaKey) return;
      const cap = [...dialog.querySelectorAll("button kbd")].find((one) => one.textContent === keyOf(event));
      if (!cap) return;
      event.preventDefault();
      cap.closest("button")?.click();
    });
  }
}

/** @returns {boolean} whether a window is open */
export function dialogOpen() {
  return document.querySelector("dialog[open]") !== null;
}

export function showHelp() {
  byId("help").showModal();
}

/**
 * Asks why an item is skipped.
 * @param {string[]} reasons
 * @param {string} before the reason given earlier
 * @param {(reason: string) => void} decided
 */
export function askSkip(reasons, before, decided) {
  const dialog = byId("skip");
  const words = byId("skip-text");
  const decide = (/** @type {string} */ reason) => {
    if (!reason.trim()) {
      say(byId("skip-fault"), "choose a reason, or write one");
      words.focus();
      return;
    }
    dialog.close();
    decided(reason.trim());
  };
  words.value = before;
  say(byId("skip-fault"), "");
  for (const button of dialog.querySelectorAll("[data-reason]")) button.onclick = () => decide(reasons[Number(button.dataset.reason)]);
  byId("skip-go").onclick = () => decide(words.value);
  words.onkeydown = enter(() => decide(words.value));
  dialog.showModal();
}

/**
 * Asks where to go.
 * @param {number} total
 * @param {Record<string, number>} counts how many items are open, flagged, skipped, returned
 * @param {(n: number) => void} toNumber
 * @param {(kind: string) => void} toNext
 */
export function askJump(total, counts, toNumber, toNext) {
  const dialog = byId("jump");
  const number = byId("jump-number");
  const go = () => {
    const wanted = Number(number.value);
    if (!Number.isInteger(wanted) || wanted < 1 || wanted > total) {
      say(byId("jump-fault"), `a number from 1 to ${total}`);
      return;
    }
    dialog.close();
    toNumber(wanted - 1);
  };
  number.value = "";
  say(byId("jump-fault"), "");
  for (const button of dialog.querySelectorAll("[data-jump]")) {
    const kind = button.dataset.jump;
    button.disabled = !counts[kind];
    button.querySelector("[data-count]").textContent = String(counts[kind] ?? 0);
    button.onclick = () => { dialog.close(); toNext(kind); };
  }
  byId("jump-go").onclick = go;
  number.onkeydown = (/** @type {KeyboardEvent} */ event) => {
    const letter = dialog.querySelector(`[data-jump^="${/^[ofsr]$/.test(keyOf(event)) ? keyOf(event) : "-"}"]`);
    if (letter) event.preventDefault();
    if (letter && !letter.disabled) letter.click();
    enter(go)(event);
  };
  dialog.showModal();
  number.focus();
}

/**
 * Asks for a suggestion for the guideline.
 * @param {string} section
 * @param {(text: string) => Promise<string>} keep returns what went wrong, empty when saved
 */
export function askSuggestion(section, keep) {
  const dialog = byId("suggest");
  const words = byId("suggest-text");
  byId("suggest-section").textContent = section;
  say(byId("suggest-fault"), "");
  const go = async () => {
    const fault = words.value.trim() ? await keep(words.value.trim()) : "write what should change";
    say(byId("suggest-fault"), fault);
    if (fault) return;
    words.value = "";
    dialog.close();
  };
  byId("suggest-go").onclick = go;
  words.onkeydown = (/** @type {KeyboardEvent} */ event) => { if (event.ctrlKey) enter(go)(event); };
  dialog.showModal();
  words.focus();
}

/**
 * Asks which of two answers to keep; it cannot be cancelled.
 * @param {{ title: string, text: string }[]} theirs
 * @param {{ title: string, text: string }[]} mine
 * @param {() => void} take
 * @param {() => void} keep
 */
export function askConflict(theirs, mine, take, keep) {
  const dialog = byId("conflict");
  byId("conflict-theirs").replaceChildren(...rows(theirs));
  byId("conflict-mine").replaceChildren(...rows(mine));
  dialog.oncancel = (/** @type {Event} */ event) => event.preventDefault();
  byId("take-theirs").onclick = () => { dialog.close(); take(); };
  byId("keep-mine").onclick = () => { dialog.close(); keep(); };
  if (!dialog.open) dialog.showModal();
}

/** @param {{ title: string, text: string }[]} lines */
function rows(lines) {
  return lines.flatMap(({ title, text }) => [make("dt", { dir: "auto" }, title), make("dd", { dir: "auto" }, text)]);
}

/** @param {() => void} then */
function enter(then) {
  return (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    then();
  };
}
