// Banners above everything else: the server does not answer, the branch changed, the file is broken.

import { byId, make } from "./dom.js";

/**
 * @typedef {{ text: string, act: () => void }} Button
 */

/**
 * Shows a banner under a name, in place of an earlier one of that name; it stays until it is removed.
 * @param {string} name
 * @param {string} title
 * @param {string} text
 * @param {Button[]} [buttons]
 */
export function raise(name, title, text, buttons = []) {
  const place = byId("banners");
  const before = raised(name);
  const said = `${title}\n${text}`;
  if (before?.dataset.said === said) return;
  const banner = make("div", { class: "banner", "data-banner": name, "data-said": said },
    make("p", {}, make("strong", {}, title), " ", make("span", { dir: "auto" }, text)),
    ...buttons.map(({ text: word, act }) => {
      const button = make("button", { type: "button" }, word);
      button.addEventListener("click", act);
      return button;
    }));
  if (before) before.replaceWith(banner);
  else place.append(banner);
}

/**
 * @param {string} name
 * @returns {HTMLElement|undefined}
 */
function raised(name) {
  return [...byId("banners").children].find((one) => one.dataset.banner === name);
}

/** @param {string} name */
export function lower(name) {
  raised(name)?.remove();
}

/**
 * The banner for why nothing can be saved now.
 * @param {any} trouble null: all is well again
 * @param {{ retry: () => void, accept: (branch: string) => void, command: string }} actions `command` starts the server again
 */
export function showTrouble(trouble, { retry, accept, command }) {
  if (!trouble) {
    lower("trouble");
    return;
  }
  const again = { text: "Try again now", act: retry };
  const said = {
    gone: ["The page's server does not answer.", `Your answers are kept in this window and sent when it is back. If you stopped it, start it again: ${command}`, [again]],
    session: ["The page's server was restarted.", "Open the address that it printed in another tab; this window then continues by itself. Your answers are kept here.", [again]],
    branch: ["The folder is on another branch now.", `This page was opened on ${trouble.was}; the folder is now on ${trouble.branch}. Go back to ${trouble.was}, or save on the new one.`,
      [{ text: `Save on ${trouble.branch}`, act: () => accept(trouble.branch) }, { text: `I am back on ${trouble.was}`, act: retry }]],
    file: ["Your file cannot be read, so it is not overwritten.", `${trouble.fault}. ${trouble.fix}`, [again]],
    refused: ["The answer was not saved.", `${trouble.fault}. ${trouble.fix}`, [again]],
  };
  const [title, text, buttons] = /** @type {Record<string, any>} */ (said)[trouble.kind];
  raise("trouble", title, text, buttons);
}
