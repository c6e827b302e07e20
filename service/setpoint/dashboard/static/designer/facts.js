/** What a curve comes to, in a few numbers. */

import { el } from "../dom.js";
import { count, percent, rate } from "../format.js";
import { HUES } from "./design.js";

/** @param {{epochs: number[], lr: number[]}} curve */
export function factsOf({ epochs, lr }) {
  const [first, last] = [epochs[0], epochs[epochs.length - 1]];
  const peak = Math.max(...lr);
  const top = lr.indexOf(peak);
  let area = lr[lr.length - 1];
  // Exact where every epoch is there, and by trapezia between those that are.
  for (let i = 1; i < epochs.length; i++) {
    const apart = epochs[i] - epochs[i - 1];
    area += apart === 1 ? lr[i - 1] : (apart * (lr[i - 1] + lr[i])) / 2;
  }
  return { epochs: last - first + 1, peak, at: epochs[top], final: lr[lr.length - 1], area, warm: (epochs[top] - first) / (last - first + 1) };
}

/** A row for each curve. @returns {Node[]} */
export function factsTable(curves) {
  const head = ["", "Epochs", "Peak", "at", "Final LR", "Area", "Warm-up"];
  const rows = Object.entries(curves).map(([slot, curve]) => {
    const facts = factsOf(curve);
    const told = [count(facts.epochs), rate(facts.peak), count(facts.at), rate(facts.final), rate(facts.area), percent(facts.warm)];
    return el("tr", {}, el("td", { class: HUES[slot] }, el("i", {}), slot.toUpperCase()), ...told.map((each) => el("td", {}, each)));
  });
  if (!rows.length) return [];
  return [el("div", { class: "scrolls", role: "region", "aria-label": "Facts", tabindex: "0" }, el("table", {},
    el("thead", {}, el("tr", {}, ...head.map((each) => el("th", { scope: "col" }, each || el("span", { class: "offscreen" }, "Schedule"))))),
    el("tbody", {}, ...rows)))];
}
