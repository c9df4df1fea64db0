// Geometry of boxes in an image: natural pixels in, natural pixels out, whatever the zoom.

/**
 * @typedef {{ x: number, y: number, width: number, height: number, rotation?: number }} Box `rotation` in degrees, clockwise, about its centre
 * @typedef {{ width: number, height: number }} Size
 */

/**
 * The box between two corners, inside the image.
 * @param {{ x: number, y: number }} one
 * @param {{ x: number, y: number }} other
 * @param {Size} image
 * @returns {Box}
 */
export function between(one, other, image) {
  const left = clamp(Math.min(one.x, other.x), image.width);
  const top = clamp(Math.min(one.y, other.y), image.height);
  const right = clamp(Math.max(one.x, other.x), image.width);
  const bottom = clamp(Math.max(one.y, other.y), image.height);
  return { x: left, y: top, width: right - left, height: bottom - top };
}

/**
 * A box moved, kept whole inside the image.
 * @param {Box} box
 * @param {number} right
 * @param {number} down
 * @param {Size} image
 * @returns {Box}
 */
export function moved(box, right, down, image) {
  return { ...box, x: clamp(box.x + right, image.width - box.width), y: clamp(box.y + down, image.height - box.height) };
}

/**
 * A box with some of its edges moved; an edge never passes the one across.
 * @param {Box} box
 * @param {string} edges some of `n e s w`
 * @param {number} right
 * @param {number} down
 * @param {Size} image
 * @returns {Box}
 */
export function stretched(box, edges, right, down, image) {
  const east = box.x + box.width;
  const south = box.y + box.height;
  const x = edges.includes("w") ? Math.min(clamp(box.x + right, image.width), east - 1) : box.x;
  const y = edges.includes("n") ? Math.min(clamp(box.y + down, image.height), south - 1) : box.y;
  return {
    x, y,
    width: edges.includes("e") ? Math.max(1, clamp(east + right, image.width) - x) : east - x,
    height: edges.includes("s") ? Math.max(1, clamp(south + down, image.height) - y) : south - y,
  };
}

/**
 * A box of which a number was typed, brought inside the image by changing that number only.
 * @param {Box} box
 * @param {"x"|"y"|"width"|"height"} side
 * @param {Size|undefined} image unknown: the box stays as it is
 * @returns {Box}
 */
export function inside(box, side, image) {
  if (!image) return box;
  const most = { x: image.width - box.width, y: image.height - box.height, width: image.width - box.x, height: image.height - box.y };
  return { ...box, [side]: clamp(box[side], most[side]) };
}

/**
 * A box as it is stored: whole pixels where the schema says so, else tenths; its far edges are rounded, not its size.
 * @param {Box} box
 * @param {boolean} whole
 * @returns {Box}
 */
export function rounded({ x, y, width, height }, whole) {
  const round = (/** @type {number} */ value) => (whole ? Math.round(value) : Math.round(value * 10) / 10);
  const [left, top] = [round(x), round(y)];
  return { x: left, y: top, width: tenths(round(x + width) - left), height: tenths(round(y + height) - top) };
}

/** @param {number} value */
function tenths(value) {
  return Math.round(value * 10) / 10;
}

/**
 * @param {number} value
 * @param {number} most
 */
function clamp(value, most) {
  return Math.max(0, Math.min(value, Math.max(0, most)));
}
