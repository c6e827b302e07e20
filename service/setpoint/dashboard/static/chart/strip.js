/** What was measured, in a strip beneath the curve: on the same epochs, with an axis of its own. */

import { svg } from "../dom.js";
import { rate } from "../format.js";

const HEIGHT = 64;
const GAP = 18;
const DOTS = 90;

/** How much of the picture it takes. */
export const room = (below, em) => (below ? (HEIGHT + GAP) * em : 0);

/**
 * @param {{name: string, xs: number[], ys: number[]}} below `ys` may hold what is no number: a training that broke
 * @param {{left: number, right: number, bottom: number, foot: number}} box from the curve's bottom to its own
 * @param {import("./scale.js").Scale} right
 * @param {[number, number]} window the epochs that are shown
 * @param {number} em
 */
export function strip({ name, xs, ys }, box, right, [start, stop], em) {
  const shown = xs.map((x, i) => ({ x, y: ys[i] })).filter(({ x }) => x >= start && x <= stop);
  const told = shown.filter(({ y }) => Number.isFinite(y));
  const group = svg("g", { class: "strip" });
  const [low, high] = told.reduce(([least, most], { y }) => [Math.min(least, y), Math.max(most, y)], [Infinity, -Infinity]);
  const top = box.bottom + GAP * em;
  const place = (y) => box.foot - 3 - ((box.foot - top - 6) * (y - low)) / (high - low || 1);
  group.append(svg("line", { x1: box.left, x2: box.right, y1: box.foot, y2: box.foot }));
  group.append(svg("text", { class: "name", x: box.left + 6, y: top + 4 * em }, name));
  if (told.length) {
    const ends = high > low ? [[high, top + 6 * em], [low, box.foot]] : [[high, place(high) + 4]];
    for (const [value, y] of ends) group.append(svg("text", { x: box.left - 8, y, "text-anchor": "end" }, rate(value)));
    group.append(svg("path", { class: "metric", d: told.map(({ x, y }, i) => `${i ? "L" : "M"}${right.at(x).toFixed(1)} ${place(y).toFixed(1)}`).join("") }));
    if (told.length <= DOTS) for (const { x, y } of told) group.append(svg("circle", { class: "metric", cx: right.at(x), cy: place(y), r: 1.8 }));
  }
  for (const { x, y } of shown) {
    if (!Number.isFinite(y)) group.append(svg("text", { class: "broken", x: right.at(x), y: box.foot - 6, "text-anchor": "middle" }, "×"));
  }
  return group;
}
