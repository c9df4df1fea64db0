// Numbers as people type them: a point or a comma, a true minus, digits of other scripts, spaces between thousands.

const ZEROS = [
  0x660, 0x6f0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xe50, 0xed0, 0xf20, 0x1040, 0x17e0, 0xff10,
];
const SIGNS = { "\u2212": "-", "\uff0d": "-", "\uff0b": "+", "\u066b": ".", "\uff0e": ".", "\uff0c": "," };
const GROUPED = /^([-+]?\d{1,3})((?:[ \u00a0\u2009\u202f'\u2019]\d{3})+)(?![\d])/;
const TWOFOLD = /^[-+]?[1-9]\d{0,2},\d{3}$/;
const NUMBER = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i;

/**
 * The number that words stand for; undefined where they stand for none, for more than one, or for one that cannot be kept.
 * @param {string} words
 * @returns {number|undefined}
 */
export function readNumber(words) {
  const typed = plainly(words);
  const read = NUMBER.test(typed.replace(",", ".")) && !TWOFOLD.test(typed) ? Number(typed.replace(",", ".")) : NaN;
  return Number.isFinite(read) && kept(read) ? read : undefined;
}

/**
 * Why words stand for no number; empty where they do.
 * @param {string} words
 * @returns {string}
 */
export function numberFault(words) {
  if (readNumber(words) !== undefined) return "";
  const typed = plainly(words);
  if (TWOFOLD.test(typed)) return `this is ambiguous: write ${typed.replace(",", "")} or ${typed.replace(",", ".")}`;
  return NUMBER.test(typed.replace(",", ".")) ? "this number is too large to be kept exactly" : "this is not a number";
}

/** @param {number} read */
function kept(read) {
  return !Number.isInteger(read) || Number.isSafeInteger(read);
}

/** @param {string} words */
function plainly(words) {
  const latin = [...words.trim()].map((one) => digit(one) ?? /** @type {Record<string, string>} */ (SIGNS)[one] ?? one).join("");
  return latin.replace(GROUPED, (_, first, rest) => first + rest.replace(/\D/g, ""));
}

/** @param {string} one */
function digit(one) {
  const code = one.codePointAt(0) ?? 0;
  const zero = ZEROS.find((each) => code >= each && code < each + 10);
  return zero === undefined ? undefined : String(code - zero);
}
