/** Axes: where a value lies on the picture, and which values are written beside it. */

import { rate, short } from "../format.js";

/**
 * @typedef {{at: (value: number) => number, back: (place: number) => number, ticks: {value: number, label: string}[]}} Scale
 */

/** Epochs from left to right; with `log`, by the logarithm of 1 + epoch. @returns {Scale} */
export function across(start, stop, left, right, log) {
  const into = log ? (value) => Math.log10(1 + Math.max(0, value)) : (value) => value;
  const out = log ? (value) => 10 ** value - 1 : (value) => value;
  const [from, to] = [into(start), into(stop)];
  const by = (right - left) / (to - from || 1);
  const wanted = Math.min(12, Math.max(2, Math.floor((right - left) / 110)));
  const values = log ? powers(start, stop) : nice(start, stop, wanted).filter(Number.isInteger);
  return {
    at: (value) => left + (into(value) - from) * by,
    back: (place) => out(from + (place - left) / by),
    ticks: values.map((value) => ({ value, label: short(value) })),
  };
}

/** Learning rates from the bottom up. What a logarithm can't show lies at the bottom. @returns {Scale} */
export function upwards(low, high, bottom, top, log) {
  const into = log ? (value) => Math.log10(Math.max(value, low)) : (value) => value;
  const [from, to] = [into(low), into(high)];
  const by = (top - bottom) / (to - from || 1);
  const values = log ? decades(low, high) : nice(low, high, Math.min(8, Math.max(2, Math.floor((bottom - top) / 48))));
  return {
    at: (value) => bottom + (into(value) - from) * by,
    back: (place) => (log ? 10 ** (from + (place - bottom) / by) : from + (place - bottom) / by),
    ticks: values.map((value) => ({ value, label: rate(value) })),
  };
}

/**
 * The learning rates an axis has to reach, from those that some curves have between two epochs.
 *
 * By the logarithm the last hundredth of the epochs may run out at the bottom: else a curve that ends close to 0 would
 * take most of the picture for that end.
 * @param {{xs: number[], ys: number[]}[]} curves
 * @returns {[number, number]}
 */
export function reach(curves, start, stop, log) {
  let [low, high] = [Infinity, 0];
  const spans = [];
  for (const { xs, ys } of curves)
    for (let i = 0; i < xs.length; i++) {
      if (xs[i] < start || xs[i] > stop) continue;
      if (ys[i] > high) high = ys[i];
      if (ys[i] > 0 && ys[i] < low) low = ys[i];
      if (log && ys[i] > 0) spans.push([ys[i], (xs[i + 1] ?? xs[i] + 1) - xs[i]]);
    }
  if (log) low = Math.max(low, least(spans));
  if (high === 0) return log ? [0.1, 1] : [0, 1];
  if (!log) return [0, high * 1.06];
  low = Math.max(low, high * 1e-6);
  if (high / low < 20) return [low / 1.5, high * 1.5];
  return [10 ** Math.floor(Math.log10(low) + 1e-9), high * 1.4];
}

/** What all but a hundredth of the epochs are above. */
function least(spans) {
  spans.sort((one, other) => one[0] - other[0]);
  let left = spans.reduce((sum, [, epochs]) => sum + epochs, 0) / 100;
  for (const [value, epochs] of spans) if ((left -= epochs) < 0) return value;
  return 0;
}

function nice(low, high, wanted) {
  const raw = (high - low) / wanted || 1;
  const size = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((by) => by * size).find((each) => each >= raw * 0.999) ?? 10 * size;
  const found = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high * (1 + 1e-12); i++) found.push(Number((i * step).toPrecision(12)));
  return found;
}

function powers(start, stop) {
  const found = start <= 0 ? [0] : [];
  for (let value = 1; value <= stop; value *= 10) if (value >= start) found.push(value);
  return found.length > 1 ? found : nice(start, stop, 4).filter(Number.isInteger);
}

function decades(low, high) {
  const [first, last] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
  const within = last - first > 2 ? [1] : [1, 2, 5];
  const found = [];
  for (let power = first; power <= last; power++)
    for (const by of within) {
      const value = Number(`${by}e${power}`);
      if (value >= low * 0.999 && value <= high) found.push(value);
    }
  return found;
}
