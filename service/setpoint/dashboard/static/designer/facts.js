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

/** What may not be meant. @param {{epochs: number[], lr: number[]}} curve @returns {string[]} */
function warningsOf({ epochs, lr }) {
  const [last, peak] = [lr.length - 1, Math.max(...lr)];
  const found = [];
  if (peak > 1) found.push(`The peak, ${rate(peak)}, is above 1.`);
  if (lr[0] === 0) found.push("It starts at 0: the first epoch trains nothing.");
  if (lr[last] === 0) found.push("It ends at 0: the last epoch trains nothing.");
  if (lr[last] === peak && lr[0] < peak) found.push("It never comes down from its peak.");
  const [up, at] = lr.reduce(([most, where], value, i) => {
    const ratio = i && epochs[i] - epochs[i - 1] === 1 && lr[i - 1] > 0 ? value / lr[i - 1] : 0;
    return ratio > most ? [ratio, i] : [most, where];
  }, [0, 0]);
  if (up > 2 && at > 1) found.push(`It jumps up, ×${rate(up)} at epoch ${count(epochs[at])}.`);
  return found;
}

/** A row for each curve, and what may not be meant. @returns {Node[]} */
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
    el("tbody", {}, ...rows))), warnings(curves)];
}

function warnings(curves) {
  const several = Object.keys(curves).length > 1;
  const all = Object.entries(curves).flatMap(([slot, curve]) => warningsOf(curve).map((text) => (several ? `${slot.toUpperCase()}: ${text}` : text)));
  return el("ul", { class: "warnings", "aria-label": "Warnings" }, ...all.map((text) => el("li", {}, text)));
}
