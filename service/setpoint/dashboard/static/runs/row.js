/** A run in the list: name, state, a small curve, and how far it is. */

import { el, say, svg } from "../dom.js";
import { count, short } from "../format.js";
import { endOf } from "./extent.js";

const WIDTH = 60;
const HEIGHT = 18;

export class Row {
  constructor(summary, onOpen) {
    this.name = summary.run;
    this.isSeen = false;
    this.filled = "";
    this.end = null;
    this.dot = el("span", { class: "dot" });
    this.spark = svg("svg", { class: "spark", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, "aria-hidden": "true" });
    this.bar = el("span", { class: "bar-done" });
    this.kind = el("span", {});
    this.far = el("span", { class: "far" });
    this.state = el("span", { class: "offscreen" });
    const click = (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
      event.preventDefault();
      onOpen();
    };
    this.link = el("a", { href: `/?run=${encodeURIComponent(this.name)}`, class: "run", on: { click } },
      el("span", { class: "run-head" }, this.dot, el("span", { class: "run-name", title: this.name }, this.name), this.state, this.spark),
      el("span", { class: "bar" }, this.bar),
      el("span", { class: "run-foot" }, this.kind, this.far));
    this.item = el("li", {}, this.link);
    this.take(summary);
  }

  /** What the curve in the row was drawn of; another one is out of date. */
  version() {
    return `${this.summary.attempt}.${this.summary.plan_version}`;
  }

  isStale() {
    return this.filled !== this.version();
  }

  take(summary) {
    this.summary = summary;
    const labels = Object.entries(summary.labels).map(([name, value]) => `${name}:${value}`);
    this.text = [this.name, summary.state, ...labels].join(" ").toLowerCase();
    this.dot.className = `dot ${summary.state}`;
    say(this.state, `, ${summary.state}`);
    this.progress();
  }

  fill(curve, version) {
    this.filled = version;
    this.end = endOf(curve, curve);
    this.shape = curve.kind;
    const high = Math.max(...curve.lr) || 1;
    const [first, last] = [curve.epochs[0], curve.epochs[curve.epochs.length - 1]];
    const points = curve.lr.map((lr, i) => {
      const x = (WIDTH * (curve.epochs[i] - first)) / (last - first || 1);
      return `${x.toFixed(1)} ${(HEIGHT - 1.5 - (HEIGHT - 3) * (lr / high)).toFixed(1)}`;
    });
    this.spark.replaceChildren(svg("path", { d: `M${points.join("L")}` }));
    this.progress();
  }

  progress() {
    const { position, unit } = this.summary;
    const part = this.end ? Math.min(1, position / this.end) : 0;
    this.bar.style.width = `${100 * part}%`;
    say(this.kind, this.shape ?? "");
    say(this.far, this.end ? `${count(position)} / ${this.end < 1e6 ? count(this.end) : short(this.end)}` : `${unit} ${count(position)}`);
  }

  /** Takes in what happened; true where the curve has to be drawn anew. */
  hear(event) {
    const { summary } = this;
    if (event.type === "progress") summary.position = Math.max(summary.position, event.epoch);
    if (event.type === "sealed" || event.type === "progress") {
      this.progress();
      return false;
    }
    if (event.type === "state") this.take({ ...summary, state: event.state });
    if (event.type === "labels") this.take({ ...summary, labels: event.labels });
    if (event.type === "attempt") this.take({ ...summary, attempt: event.attempt, position: event.from_epoch, state: "running" });
    if (event.plan_version) summary.plan_version = event.plan_version;
    return true;
  }

  mark(isOpen) {
    this.item.classList.toggle("open", isOpen);
    if (isOpen) this.link.setAttribute("aria-current", "true");
    else this.link.removeAttribute("aria-current");
  }
}
