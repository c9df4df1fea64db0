// Offsets of labels count Unicode code points; the browser counts UTF-16 units. This is the bridge.

const LOW = /[\uDC00-\uDFFF]/;
const HIGH = /[\uD800-\uDBFF]/;

/** @type {{ text: string, starts: Uint32Array|null }} where each code point of the last long text starts; null: each is one unit */
let last = { text: "", starts: null };

/** @param {string} text */
function startsOf(text) {
  if (text === last.text) return last.starts;
  const starts = HIGH.test(text) ? Uint32Array.from(pointsOf(text)) : null;
  last = { text, starts };
  return starts;
}

/** @param {string} text */
function* pointsOf(text) {
  let unit = 0;
  for (const one of text) {
    yield unit;
    unit += one.length;
  }
}

/**
 * How many code points stand before a UTF-16 offset (which must not split a pair).
 * @param {string} text
 * @param {number} unit
 * @returns {number}
 */
export function toPoints(text, unit) {
  const starts = startsOf(text);
  if (!starts) return Math.min(unit, text.length);
  let [low, high] = [0, starts.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (starts[middle] < unit) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * The UTF-16 offset of a code point offset; the end of the text where it lies beyond.
 * @param {string} text
 * @param {number} point
 * @returns {number}
 */
export function toUnits(text, point) {
  const starts = startsOf(text);
  if (!starts) return Math.min(Math.max(point, 0), text.length);
  return point < starts.length ? starts[Math.max(point, 0)] : text.length;
}

/**
 * Whether a UTF-16 offset lies between the halves of one character.
 * @param {string} text
 * @param {number} unit
 * @returns {boolean}
 */
export function splits(text, unit) {
  return unit > 0 && unit < text.length && LOW.test(text[unit]) && HIGH.test(text[unit - 1]);
}

/**
 * A range of UTF-16 units, made larger where it would split a character.
 * @param {string} text
 * @param {number} start
 * @param {number} end
 * @returns {[number, number]}
 */
export function whole(text, start, end) {
  return [splits(text, start) ? start - 1 : start, splits(text, end) ? end + 1 : end];
}

/**
 * The part of a text between two code point offsets.
 * @param {string} text
 * @param {number} start
 * @param {number} end
 * @returns {string}
 */
export function slice(text, start, end) {
  return text.slice(toUnits(text, start), toUnits(text, end));
}
