// The open page: exchanges the token of the address for a cookie, and removes it from the address.

import { byId } from "./dom.js";

const token = location.hash.slice(1).replace(/^token=/, "");
history.replaceState(null, "", location.pathname);

/** @param {string} text */
const refuse = (text) => { byId("opening").textContent = text; };

if (!token) {
  location.replace("/label");
} else {
  try {
    const reply = await fetch("/session", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ token }),
    });
    if (reply.ok) location.replace("/label");
    else refuse("This address is no longer valid. Use the one that `assay annotate` printed last.");
  } catch {
    refuse("The page's server does not answer. Start `assay annotate` again and use the address it prints.");
  }
}
