/** What was done to a run, and who works on it. */

import { el } from "../dom.js";
import { count, lasting, rate, when } from "../format.js";
import { inverse, worded } from "./operations.js";

/** The audit log, newest first. @returns {Node[]} */
export function changesTable(detail, onUndo) {
  const { run, log } = detail;
  const heading = el("h2", {}, "Changes");
  if (!log.changes.length) return [heading, el("p", { class: "quiet" }, "Nothing was changed. What you change is listed here, with its reason.")];
  const rows = [...log.changes].reverse().map((entry) => (entry.type === "attempt" ? attempt(run, entry) : change(detail, entry, onUndo)));
  const head = el("tr", {}, ...["What", run.unit, "LR", "Why", "Who, when", ""].map((each) => el("th", { scope: "col" }, each || el("span", { class: "offscreen" }, "Undo"))));
  return [heading, el("div", { class: "scrolls", tabindex: "0", role: "region", "aria-label": "Change log" },
    el("table", { class: "changes" }, el("thead", {}, head), el("tbody", {}, ...rows)))];
}

function change(detail, entry, onUndo) {
  const undone = inverse(detail, entry);
  const button = undone && el("button", { type: "button", class: "small", "aria-label": `Undo change ${entry.change}`, on: { click: () => onUndo(entry, undone) } }, "Undo…");
  return el("tr", {},
    el("td", {}, worded(entry.request)),
    el("td", { class: "number" }, count(entry.effective_epoch)),
    el("td", { class: "number" }, `${rate(entry.lr_before)} → ${rate(entry.lr_after)}`),
    el("td", { class: "why" }, entry.reason ?? "–"),
    by(entry),
    el("td", {}, button || null));
}

const by = ({ actor, at }) => el("td", { class: "quiet by", title: at }, `${actor}, `, el("span", { class: "number" }, when(at)));

function attempt(run, entry) {
  const dropped = entry.dropped.length ? `, without change ${entry.dropped.join(", ")}` : "";
  return el("tr", { class: "attempt" },
    el("td", {}, `attempt ${entry.attempt}, keeps ${entry.keep}${dropped}`),
    el("td", { class: "number" }, count(entry.from_epoch)),
    el("td", {}, ""),
    el("td", { class: "why" }, entry.reason ?? "–"),
    by(entry),
    el("td", {}));
}

/** Who is there, how far, and when they were last heard of. @returns {Node[]} */
export function workersTable({ run, present }) {
  const heading = el("h2", {}, "Workers");
  if (!present.length) return [heading, el("p", { class: "quiet" }, "No worker has checked in yet.")];
  const sorted = [...present].sort((a, b) => b.lag - a.lag || a.worker.localeCompare(b.worker, undefined, { numeric: true }));
  const rows = sorted.map(({ worker, epoch, lag, gone, idle_seconds: idle }) => el("tr", { class: gone ? "gone" : "" },
    el("td", { class: "worker" }, el("span", { class: `dot ${gone ? "archived" : "running"}` }), worker, gone ? " (gone)" : null),
    el("td", { class: "number" }, count(epoch)),
    el("td", { class: "number" }, lag ? `−${count(lag)}` : "0"),
    el("td", { class: "number quiet" }, `${lasting(idle)} ago`)));
  const head = el("tr", {}, ...["Worker", run.unit, "Lag", "Last seen"].map((each) => el("th", { scope: "col" }, each)));
  return [heading, el("div", { class: "scrolls", tabindex: "0", role: "region", "aria-label": "Worker list" },
    el("table", { class: "workers" }, el("thead", {}, head), el("tbody", {}, ...rows)))];
}
