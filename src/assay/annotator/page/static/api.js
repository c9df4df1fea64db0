// What the page asks of its server; every reply is a plain value, and failures are not thrown.

/**
 * @typedef {{ status: number, body: any }} Reply status 0: the server did not answer.
 */

/**
 * One request.
 * @param {string} method
 * @param {string} path
 * @param {any} [body]
 * @returns {Promise<Reply>}
 */
export async function ask(method, path, body) {
  /** @type {RequestInit} */
  const request = { method, signal: AbortSignal.timeout(20_000) };
  if (method !== "GET") {
    request.headers = { "Content-Type": "application/json" };
    request.body = JSON.stringify(body ?? {});
  }
  try {
    const reply = await fetch(path, request);
    const text = await reply.text();
    return { status: reply.status, body: text && reply.headers.get("Content-Type")?.includes("json") ? JSON.parse(text) : null };
  } catch {
    return { status: 0, body: null };
  }
}

/** @param {number} n */
export const getItem = (n) => ask("GET", `/items/${n}`);

/**
 * @param {number} n
 * @param {any} answer
 */
export const putAnswer = (n, answer) => ask("PUT", `/items/${n}/answer`, answer);

/**
 * @param {number} n
 * @param {string} tag
 */
export const dropAnswer = (n, tag) => ask("DELETE", `/items/${n}/answer`, { tag });

export const getProgress = () => ask("GET", "/progress");

/** @param {string} branch */
export const acceptBranch = (branch) => ask("POST", "/branch", { branch });

/** @param {{ text: string, section: string, n: number }} suggestion */
export const suggest = (suggestion) => ask("POST", "/suggestions", suggestion);

export const alive = () => ask("POST", "/alive");

export const stop = () => ask("POST", "/stop");
