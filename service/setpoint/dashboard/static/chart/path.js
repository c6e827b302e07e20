/** From epochs and learning rates to the path that shows them. */

const COLUMN = 0.5;

/**
 * The path of a curve. An epoch has one learning rate from its beginning to its end, so a jump is upright; `stairs` shows
 * every epoch that way, else a slope is drawn as one.
 * @param {number[]} xs
 * @param {number[]} ys
 * @param {import("./scale.js").Scale} right
 * @param {import("./scale.js").Scale} up
 * @param {boolean} stairs
 */
export function path(xs, ys, right, up, stairs) {
  if (!xs.length) return "";
  const corners = [];
  for (let i = 0; i < xs.length; i++) {
    const x = right.at(xs[i]);
    const y = up.at(ys[i]);
    if (i && xs[i] - xs[i - 1] === 1 && ys[i] !== ys[i - 1] && (stairs || jumps(xs, ys, i))) {
      corners.push([x, corners[corners.length - 1][1]]);
    }
    corners.push([x, y]);
  }
  return seen(corners).map(([x, y], i) => `${i ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");
}

/** Whether the curve leaps at `i`: by far more than it moves right before and after. */
function jumps(xs, ys, i) {
  const before = i > 1 ? Math.abs(ys[i - 1] - ys[i - 2]) / (xs[i - 1] - xs[i - 2]) : 0;
  const after = i + 1 < xs.length ? Math.abs(ys[i + 1] - ys[i]) / (xs[i + 1] - xs[i]) : 0;
  return Math.abs(ys[i] - ys[i - 1]) > 3 * Math.max(before, after);
}

/** Of each half-pixel column the first, the extremes and the last: more can't be told apart. */
function seen(corners) {
  const kept = [];
  for (let i = 0; i < corners.length; ) {
    const column = Math.floor(corners[i][0] / COLUMN);
    let [j, low, high] = [i, i, i];
    for (; j < corners.length && Math.floor(corners[j][0] / COLUMN) === column; j++) {
      if (corners[j][1] < corners[low][1]) low = j;
      if (corners[j][1] > corners[high][1]) high = j;
    }
    const wanted = new Set([i, Math.min(low, high), Math.max(low, high), j - 1]);
    for (const each of wanted) kept.push(corners[each]);
    i = j;
  }
  return kept;
}

/** Where `value` is among ascending `xs`, or the place before which it belongs. */
export function place(xs, value) {
  let [low, high] = [0, xs.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (xs[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The learning rate at an epoch: as it was told, or between those that were. @returns {{value: number, told: boolean}|null} */
export function valueAt(xs, ys, epoch) {
  const i = place(xs, epoch);
  if (i < xs.length && xs[i] === epoch) return { value: ys[i], told: true };
  if (i === 0 || i === xs.length) return null;
  const part = (epoch - xs[i - 1]) / (xs[i] - xs[i - 1]);
  return { value: ys[i - 1] + part * (ys[i] - ys[i - 1]), told: ys[i] === ys[i - 1] };
}
