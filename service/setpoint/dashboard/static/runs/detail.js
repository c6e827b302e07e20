/** One run: where it is, its curve, what was done to it, and who works on it. */

import { ask, get, ofRun } from "../api.js";
import { Chart } from "../chart/chart.js";
import { el, paced, settled } from "../dom.js";
import { Facts } from "./facts.js";
import { changesTable, workersTable } from "./log.js";
import { Pace } from "./pace.js";
import { pictured } from "./pictured.js";
import { Steer } from "./steer.js";

const POINTS = 300;
const PROGRESS = new Set(["sealed", "progress", "left", "metric"]);

export class Detail {
  /**
   * @param {HTMLElement} host
   * @param {{announce: (text: string) => void, onClose: () => void}} options
   */
  constructor(host, { announce, onClose }) {
    this.host = host;
    this.announce = announce;
    this.onClose = onClose;
    this.name = null;
    this.reloadSoon = paced(() => this.reload(), 100);
    this.lookSoon = paced(() => this.look(), 200);
    this.measureSoon = paced(() => this.reload(), 1000);
    this.workersSoon = paced(() => this.readWorkers(), 1000);
    this.windowSoon = settled(() => this.readWindow(), 120);
    setInterval(() => this.name && !document.hidden && this.workersSoon(), 5000);
  }

  /** Shows a run from scratch. */
  open(name) {
    if (name === this.name) return;
    this.name = name;
    this.attempt = null;
    this.run = null;
    this.preview = null;
    this.pace = new Pace();
    this.build();
    this.reload();
  }

  /** Shows what may be done by whom the session is of. */
  as(session) {
    this.session = session;
    if (this.run) this.steer.show();
  }

  /** Shows that no run is chosen; `size` is how many there are, null where that isn't known yet. */
  close(size) {
    this.name = null;
    this.run = null;
    const shown = size === null ? [el("p", {}, "Reading the runs…")] : size ? CHOOSE() : FIRST();
    this.host.replaceChildren(el("div", { class: "empty" }, ...shown));
  }

  build() {
    this.facts = new Facts({ onAttempt: (attempt) => this.choose(attempt), onClose: this.onClose });
    this.note = el("div", { class: "notice", role: "alert", hidden: true });
    this.chartHost = el("div", { class: "chart" });
    this.chart = new Chart(this.chartHost, { onWindow: () => this.windowSoon(), logY: LOG.on, onOption: () => (LOG.on = this.chart.logY) });
    this.legend = el("ul", { class: "legend", "aria-label": "Curves" });
    this.steer = new Steer(this);
    this.changes = el("section", { class: "panel", "aria-label": "Changes" });
    this.workers = el("section", { class: "panel", "aria-label": "Workers" });
    this.body = el("div", { class: "detail-body loading" }, this.legend, this.chartHost, this.steer.host,
      el("div", { class: "panels" }, this.changes, this.workers));
    this.host.replaceChildren(this.facts.host, this.note, this.body);
    this.facts.title(this.name);
  }

  /** Shows another attempt; the current one follows the run. */
  choose(attempt) {
    this.attempt = attempt === this.run.attempt ? null : attempt;
    this.chart.window = null;
    this.steer.cancel();
    this.reload();
  }

  /** Reads everything about the run anew. */
  async reload() {
    const { name } = this;
    if (!name) return;
    // The last to ask is right: an answer may be overtaken by a later one.
    const asked = (this.asked = Symbol("reload"));
    try {
      const [run, plan, curve, log, now] = await Promise.all([
        get(ofRun(name)), ask("GET", ofRun(name, "/plan")), this.readCurve(),
        get(ofRun(name, "/changes")), get(ofRun(name, "/lr")),
      ]);
      if (asked !== this.asked || name !== this.name) return;
      Object.assign(this, { run, curve, log, now, plan: plan.data, tag: plan.etag });
      this.shows(null);
      this.show();
      this.readWorkers();
      if (this.chart.window) this.windowSoon();
      this.steer.planMoved();
    } catch (problem) {
      if (asked === this.asked && name === this.name) this.shows(problem);
    }
  }

  readCurve(range = "") {
    const of = this.attempt ? `&attempt=${this.attempt}` : "";
    return get(ofRun(this.name, `/curve?points=${POINTS}${of}${range}`));
  }

  shows(problem) {
    this.note.hidden = !problem;
    this.body.hidden = this.facts.large.hidden = Boolean(problem) && !this.run;
    if (!problem) return this.body.classList.remove("loading");
    const again = el("button", { type: "button", on: { click: () => this.reload() } }, "Try again");
    this.note.replaceChildren(el("span", {}, problem.message), again);
  }

  show() {
    this.facts.show(this);
    this.draw();
    this.changes.replaceChildren(...changesTable(this, (change, how) => this.steer.undo(change, how)));
    this.steer.show();
  }

  draw() {
    const { shown, legend } = pictured(this);
    this.chart.show(shown);
    const said = JSON.stringify(legend);
    if (said === this.legendSaid) return;
    this.legendSaid = said;
    this.legend.replaceChildren(...legend.map(({ name, hue, style }) => el("li", { class: `${hue} ${style}` }, el("i", {}), name)));
  }

  /** The part that was zoomed to, with all of its epochs or more of them. */
  async readWindow() {
    const { window } = this.chart;
    const { name, curve } = this;
    this.close_up = null;
    if (!window || !curve) return this.draw();
    const last = curve.epochs[curve.epochs.length - 1];
    const [start, stop] = [Math.max(curve.epochs[0], window[0]), Math.min(window[1], last) + 1];
    if (start >= stop) return;
    const found = await this.readCurve(`&start=${start}&stop=${stop}`).catch(() => null);
    if (!found || name !== this.name || window !== this.chart.window) return;
    this.close_up = found;
    this.draw();
  }

  async readWorkers() {
    const { name } = this;
    if (!name) return;
    const found = await get(ofRun(name, "/workers")).catch(() => null);
    if (!found || name !== this.name || !this.run) return;
    this.present = found.workers;
    this.workers.replaceChildren(...workersTable(this));
    this.facts.show(this);
  }

  /** The learning rate where the run is now. */
  async look() {
    const { name } = this;
    if (!name) return;
    const now = await get(ofRun(name, "/lr")).catch(() => null);
    if (!now || name !== this.name || !this.run || now.attempt !== this.run.attempt) return;
    this.now = now;
    this.run.position = now.epoch;
    if (!this.attempt) this.curve.position = now.epoch;
    this.facts.show(this);
    this.draw();
  }

  hear(events) {
    const mine = events.filter(({ run }) => run === this.name);
    if (!mine.length || !this.run) return;
    if (mine.some((event) => !PROGRESS.has(event.type) && !isNeutral(event))) return this.reloadSoon();
    if (mine.some(({ type }) => type === "metric")) this.measureSoon();
    for (const event of mine) if (event.type === "sealed" && event.attempt === this.run.attempt) this.sealed(event.stop);
    this.lookSoon();
    this.workersSoon();
  }

  /** The sealed part grows along the plan: what is drawn stays, but for where it turns from dotted to solid. */
  sealed(frontier) {
    this.run.frontier = frontier;
    this.pace.mark(frontier);
    if (this.attempt) return;
    this.curve.frontier = frontier;
    if (frontier > this.curve.epochs[this.curve.epochs.length - 1] + 1) this.reloadSoon();
    this.draw();
    this.steer.frontierMoved();
  }

  /** Ends a preview; false where there is none. */
  cancel() {
    return this.name && this.steer ? this.steer.cancel() : false;
  }
}

/** A decision of the plateau policy to leave the learning rate as it is. */
const isNeutral = ({ type, factors }) => type === "decision" && factors.every((factor) => factor === 1);

const LOG = { on: false };

const KEYS = [
  ["j k", "next run, previous run"], ["/", "filter"], ["← →", "read the chart"], ["PgUp PgDn", "to a change"], ["+ − 0", "zoom, show all"],
  ["Esc", "end a preview"],
];

const CHOOSE = () => [
  el("h1", {}, "Choose a run"),
  el("p", {}, "Its learning rate, who trains at it, and what it would be after a change."),
  el("dl", { class: "keys" }, ...KEYS.flatMap(([keys, does]) => [el("dt", {}, ...keys.split(" ").map((key) => el("kbd", {}, key))), el("dd", {}, does)])),
];

const FIRST = () => [
  el("h1", {}, "No runs yet"),
  el("p", {}, "A run is a training whose workers share one learning rate. Create one from the ",
    el("a", { href: "/designer" }, "designer"), ", or with the first worker that asks:"),
  el("pre", { class: "code", tabindex: "0" }, `curl --json '{"schedule": {"kind": "step", "initial_lr": 0.1, "step_size": 30}}' \\\n  -X PUT ${location.origin}/v1/runs/my-run`),
];
