/** A run's curve as the chart takes it: sealed, planned, and what a change would make of it. */

import { percent, rate } from "../format.js";

const MARKS = { scale: "×", x: "×" };

/**
 * @param {{run: any, plan: any, curve: any, close_up?: any, attempt: number|null, preview: any}} detail
 * @returns {{shown: import("../chart/chart.js").Shown, legend: {name: string, hue: string, style: string}[]}}
 */
export function pictured({ run, plan, curve, close_up, attempt, preview }) {
  const drawn = merged(curve, close_up);
  const columns = { lr: drawn.lr, ...drawn.groups };
  const series = [];
  Object.entries(columns).forEach(([column, ys], i) => {
    const name = column === "lr" ? "LR" : column;
    series.push(...halves(drawn.epochs, ys, curve.frontier, name, `c${i % 5}`));
    if (preview) series.push(...previewed(preview, column, name));
  });
  const legend = Object.keys(columns).map((column, i) => ({ name: column === "lr" ? "LR" : column, hue: `c${i % 5}`, style: "solid" }));
  legend.push({ name: "sealed", hue: "ink", style: "solid" }, { name: "planned", hue: "ink", style: "dotted" });
  if (preview) legend.push({ name: "preview", hue: "preview", style: "dashed" });
  const below = measured(close_up?.metrics ?? curve.metrics);
  if (below) legend.push({ name: "metric", hue: "metric", style: "solid" });
  const now = attempt ? null : run.position;
  const reductions = attempt ? [] : plan.reductions;
  return { shown: { series, markers: markers(run, curve, reductions), now, below, unit: run.unit, label: label(run, curve) }, legend };
}

/** The whole curve, with more detail where it was looked at closely. */
function merged(curve, near) {
  if (!near) return curve;
  const [first, last] = [near.epochs[0], near.epochs[near.epochs.length - 1]];
  const before = curve.epochs.findIndex((epoch) => epoch >= first);
  const after = curve.epochs.findIndex((epoch) => epoch > last);
  const splice = (wide, narrow) => [...wide.slice(0, before < 0 ? wide.length : before), ...narrow, ...(after < 0 ? [] : wide.slice(after))];
  const groups = Object.fromEntries(Object.entries(curve.groups ?? {}).map(([name, ys]) => [name, splice(ys, near.groups[name])]));
  return { epochs: splice(curve.epochs, near.epochs), lr: splice(curve.lr, near.lr), groups };
}

function halves(epochs, ys, frontier, name, hue) {
  const cut = epochs.findIndex((epoch) => epoch >= frontier);
  const at = cut < 0 ? epochs.length : cut;
  const from = Math.max(0, at - 1);
  const found = [];
  if (at > 0) found.push({ name: `${name}, sealed`, xs: epochs.slice(0, at), ys: ys.slice(0, at), style: "solid", hue });
  if (at < epochs.length) {
    // The gap between the last sealed epoch and the first planned one is drawn, but told of once only.
    const joint = at > 0 && epochs[at] - epochs[from] > 1 ? at : from;
    found.push({ name: `${name}, planned`, xs: epochs.slice(joint), ys: ys.slice(joint), style: "dotted", hue });
    if (joint === at && at > 0) found[0] = { ...found[0], xs: epochs.slice(0, at + 1), ys: ys.slice(0, at + 1) };
  }
  return found;
}

function previewed({ curve, from }, column, name) {
  const ys = column === "lr" ? curve.lr : curve.groups?.[column];
  if (!ys) return [];
  const first = Math.max(0, curve.epochs.findIndex((epoch) => epoch >= from - 1));
  return [{ name: `${name}, preview`, xs: curve.epochs.slice(first), ys: ys.slice(first), style: "dashed", hue: "preview" }];
}

/** What workers reported; "NaN" and the infinities come as words. */
function measured(metrics) {
  return metrics?.epochs.length ? { name: "metric", xs: metrics.epochs, ys: metrics.values.map(Number) } : null;
}

function markers(run, curve, reductions) {
  const changes = curve.changes.map(({ epoch, label, op, reason, change }) => ({
    x: epoch, label: op === "scale" ? label.replace(/^x/, MARKS.x) : label, detail: `change ${change}${reason ? `, ${reason}` : ""}`,
  }));
  const began = run.attempts
    .filter(({ attempt }) => attempt > 1 && attempt <= curve.attempt)
    .map(({ attempt, from_epoch }) => ({ x: from_epoch, label: `attempt ${attempt}`, detail: "", kind: "attempt" }));
  const reduced = reductions.map(({ epoch, factors, metric_epoch }) => ({
    x: epoch, label: `×${rate(Math.min(...factors))}`, detail: `plateau, by the metric of ${run.unit} ${metric_epoch}`, kind: "plateau",
  }));
  return [...began, ...changes, ...reduced].sort((a, b) => a.x - b.x);
}

/** What a screen reader says of the picture. */
function label(run, curve) {
  const high = Math.max(...curve.lr);
  const last = curve.epochs[curve.epochs.length - 1] + 1;
  const done = percent(Math.min(1, curve.frontier / last));
  return `Learning rate of ${run.run} by ${run.unit}: highest ${rate(high)}, sealed to ${run.unit} ${curve.frontier} (${done}). Arrow keys read values.`;
}
