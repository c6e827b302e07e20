/** The chart of learning rates: curves, what happened along them, and where the run is. */

import { el, svg } from "../dom.js";
import { Cursor } from "./cursor.js";
import { path } from "./path.js";
import { across, reach, upwards } from "./scale.js";
import { room, strip } from "./strip.js";

/**
 * @typedef {{name: string, xs: number[], ys: number[], style?: "solid"|"dotted"|"dashed", hue?: string}} Series
 * @typedef {{x: number, label: string, detail?: string, kind?: string}} Marker
 * @typedef {{name: string, xs: number[], ys: number[]}} Below
 * @typedef {{series: Series[], markers?: Marker[], now?: number|null, below?: Below|null, unit?: string, label: string}} Shown
 */

const ROWS = 3;

export class Chart {
  /**
   * @param {HTMLElement} host
   * @param {{onWindow?: (window: [number, number]|null) => void, logY?: boolean, onOption?: () => void}} [options]
   */
  constructor(host, { onWindow = () => {}, logY = false, onOption = () => {} } = {}) {
    this.host = host;
    this.onWindow = onWindow;
    this.onOption = onOption;
    this.logX = false;
    this.logY = logY;
    this.stairs = false;
    /** @type {[number, number]|null} */
    this.window = null;
    /** @type {Shown} */
    this.shown = { series: [], label: "" };
    this.picture = svg("svg", { class: "chart-picture", "aria-hidden": "true", focusable: "false" });
    this.plot = el("div", { class: "chart-plot", tabindex: "0", role: "slider" }, this.picture);
    this.tools = el("div", { class: "chart-tools", role: "group", "aria-label": "Chart" }, ...this.buttons());
    host.replaceChildren(this.plot, this.tools);
    this.cursor = new Cursor(this);
    new ResizeObserver(() => this.draw()).observe(this.plot);
  }

  /** Shows other curves, with the next frame. @param {Shown} shown */
  show(shown) {
    this.shown = shown;
    this.host.classList.toggle("has-strip", Boolean(shown.below));
    this.draw();
  }

  draw() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      this.paint();
    });
  }

  /** All that there is, or the part that was zoomed to. @returns {[number, number]} */
  extent() {
    if (this.window) return this.window;
    let [first, last] = [Infinity, -Infinity];
    for (const { xs } of this.shown.series) {
      if (!xs.length) continue;
      first = Math.min(first, xs[0]);
      last = Math.max(last, xs[xs.length - 1]);
    }
    return first < last ? [first, last] : Number.isFinite(first) ? [first, first + 1] : [0, 1];
  }

  /** Zooms to some epochs; null shows all. */
  look(window) {
    this.window = window && window[1] - window[0] >= 1 ? [Math.floor(window[0]), Math.ceil(window[1])] : null;
    this.draw();
    this.onWindow(this.window);
  }

  paint() {
    const [width, height] = [this.plot.clientWidth, this.plot.clientHeight];
    if (!width || !height) return;
    const em = parseFloat(getComputedStyle(this.plot).fontSize) / 14;
    this.em = em;
    const left = (width < 500 ? 50 : 62) * em;
    const foot = height - 26 * em;
    const box = { left, right: width - 14, top: 16 + 14 * em * this.rows(), bottom: foot - room(this.shown.below, em), foot };
    const [start, stop] = this.extent();
    const [low, high] = reach(this.shown.series, start, stop, this.logY);
    this.right = across(start, stop, box.left, box.right, this.logX);
    this.up = upwards(low, high, box.bottom, box.top, this.logY);
    this.box = box;
    this.picture.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const clip = svg("clipPath", { id: "chart-clip" }, svg("rect", {
      x: box.left, y: box.top - 4, width: box.right - box.left + 2, height: box.bottom - box.top + 6,
    }));
    this.over = svg("g", {});
    const below = this.shown.below && strip(this.shown.below, box, this.right, [start, stop], em);
    this.picture.replaceChildren(...[clip, this.axes(), below, this.marked(start, stop), this.curves(), this.over].filter(Boolean));
    this.cursor.place();
  }

  /** How many rows the labels of the markers need. */
  rows() {
    return this.shown.markers?.length ? ROWS : 1;
  }

  axes() {
    const { left, right, foot } = this.box;
    const group = svg("g", { class: "axes" });
    for (const { value, label } of this.up.ticks) {
      const y = Math.round(this.up.at(value)) + 0.5;
      group.append(svg("line", { x1: left, x2: right, y1: y, y2: y }));
      group.append(svg("text", { x: left - 8, y: y + 4, "text-anchor": "end" }, label));
    }
    for (const { value, label } of this.right.ticks) {
      const x = this.right.at(value);
      const anchor = x > right - 16 ? "end" : x < left + 8 ? "start" : "middle";
      group.append(svg("text", { x: anchor === "end" ? right + 6 : x, y: foot + 19 * this.em, "text-anchor": anchor }, label));
    }
    return group;
  }

  curves() {
    const group = svg("g", { "clip-path": "url(#chart-clip)" });
    for (const { xs, ys, style = "solid", hue = "c0" } of this.shown.series) {
      group.append(svg("path", { class: `curve ${style} ${hue}`, d: path(xs, ys, this.right, this.up, this.stairs) }));
    }
    return group;
  }

  /** The changes, their labels in rows so that neighbours stay readable, and the line of now. */
  marked(start, stop) {
    const { top, bottom, foot, left, right } = this.box;
    const group = svg("g", {});
    const taken = Array(ROWS).fill(-Infinity);
    for (const { x: epoch, label, kind = "change" } of this.shown.markers ?? []) {
      if (epoch < start || epoch > stop) continue;
      const x = this.right.at(epoch);
      const half = this.em * (3.4 * Math.min(label.length, 18) + 4);
      const middle = Math.min(Math.max(x, left + half), right - half);
      const free = taken.findIndex((until) => until <= middle - half);
      const text = label.length > 18 ? `${label.slice(0, 17)}…` : label;
      group.append(svg("line", { class: `marker ${kind}`, x1: x, x2: x, y1: top - 2, y2: foot }));
      if (free < 0) continue;
      taken[free] = middle + half;
      group.append(svg("text", { class: `marker ${kind}`, x: middle, y: top - 8 - 13 * this.em * free, "text-anchor": "middle" }, text));
    }
    const { now } = this.shown;
    if (now !== null && now !== undefined && now >= start && now <= stop) {
      const x = Math.round(this.right.at(now)) + 0.5;
      const aside = x > right - 30 ? -5 : 5;
      group.append(svg("line", { class: "now", x1: x, x2: x, y1: top - 2, y2: foot }));
      group.append(svg("text", { class: "now", x: x + aside, y: bottom - 6, "text-anchor": aside < 0 ? "end" : "start" }, "now"));
    }
    return group;
  }

  buttons() {
    const zoom = (by) => () => this.cursor.zoom(by);
    const button = (label, title, press) =>
      el("button", { type: "button", class: "small", "aria-label": title, title, on: { click: press } }, label);
    return [
      this.option("log LR", "logY"),
      this.option("log x", "logX"),
      this.option("stairs", "stairs"),
      el("span", { class: "spacer" }),
      button("−", "Zoom out", zoom(2)),
      button("+", "Zoom in", zoom(0.5)),
      button("All", "Show all", () => this.look(null)),
    ];
  }

  option(label, name) {
    const box = el("input", { type: "checkbox", name, on: { change: () => this.choose(name, box.checked) } });
    box.checked = this[name];
    return el("label", { class: "option" }, box, label);
  }

  /** Sets one of `logX`, `logY` and `stairs`. */
  choose(name, on) {
    this[name] = on;
    const box = /** @type {HTMLInputElement} */ (this.tools.querySelector(`[name=${name}]`));
    box.checked = on;
    this.draw();
    this.onOption();
  }
}
