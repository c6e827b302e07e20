/** Reading a chart off: with the pointer, with the keyboard, with a screen reader; zooming and panning. */

import { el, svg } from "../dom.js";
import { count, exact, rate } from "../format.js";
import { place, valueAt } from "./path.js";

const KEYS = {
  ArrowLeft: (cursor, event) => cursor.step(event.shiftKey ? -10 : -1),
  ArrowRight: (cursor, event) => cursor.step(event.shiftKey ? 10 : 1),
  Home: (cursor) => cursor.step(-Infinity),
  End: (cursor) => cursor.step(Infinity),
  PageUp: (cursor) => cursor.toMarker(1),
  PageDown: (cursor) => cursor.toMarker(-1),
  "+": (cursor) => cursor.zoom(0.5),
  "=": (cursor) => cursor.zoom(0.5),
  "-": (cursor) => cursor.zoom(2),
  0: (cursor) => cursor.chart.look(null),
};
const NEAR = 5;

export class Cursor {
  /** @param {import("./chart.js").Chart} chart */
  constructor(chart) {
    this.chart = chart;
    /** @type {number|null} The epoch it is at. */
    this.epoch = null;
    this.tip = el("div", { class: "tip", hidden: true });
    const { plot } = chart;
    plot.append(this.tip);
    plot.addEventListener("keydown", (event) => this.key(event));
    plot.addEventListener("pointermove", (event) => this.move(event));
    plot.addEventListener("pointerdown", (event) => this.press(event));
    plot.addEventListener("pointerup", (event) => this.release(event));
    plot.addEventListener("pointercancel", () => this.drop());
    plot.addEventListener("pointerleave", () => this.pressed || this.hide());
    plot.addEventListener("dblclick", () => chart.look(null));
    plot.addEventListener("focus", () => this.epoch === null && plot.matches(":focus-visible") && this.to(this.start()));
    plot.addEventListener("blur", () => this.hide());
    plot.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
  }

  /** Every epoch that some curve tells of, within the window. */
  epochs() {
    const [start, stop] = this.chart.extent();
    const all = new Set();
    const { series, below } = this.chart.shown;
    for (const { xs } of below ? [...series, below] : series) for (const x of xs) if (x >= start && x <= stop) all.add(x);
    return [...all].sort((a, b) => a - b);
  }

  start() {
    return this.chart.shown.now ?? this.epochs()[0] ?? null;
  }

  key(event) {
    if (event.key === "Escape" && this.epoch !== null) {
      event.stopPropagation();
      this.hide();
      return;
    }
    const act = !event.ctrlKey && !event.metaKey && !event.altKey && KEYS[event.key];
    if (!act) return;
    event.preventDefault();
    act(this, event);
  }

  step(by) {
    const epochs = this.epochs();
    if (!epochs.length) return;
    const at = this.epoch === null ? this.start() : this.epoch;
    const i = place(epochs, at);
    this.to(epochs[Math.min(Math.max(i + by, 0), epochs.length - 1)]);
  }

  toMarker(way) {
    const at = this.epoch ?? this.start() ?? 0;
    const all = (this.chart.shown.markers ?? []).map(({ x }) => x).sort((a, b) => way * (a - b));
    const next = all.find((x) => way * (x - at) > 0);
    if (next !== undefined) this.to(next);
  }

  to(epoch) {
    this.epoch = epoch;
    this.place();
  }

  hide() {
    this.to(null);
  }

  move(event) {
    const { chart } = this;
    if (!chart.right) return;
    const x = this.x(event);
    if (this.pressed) return this.drag(x);
    const epochs = this.epochs();
    const wanted = chart.right.back(x);
    const i = place(epochs, wanted);
    const near = [epochs[i - 1], epochs[i]].filter((each) => each !== undefined);
    near.sort((a, b) => Math.abs(a - wanted) - Math.abs(b - wanted));
    const marker = (chart.shown.markers ?? []).find((each) => Math.abs(chart.right.at(each.x) - x) < NEAR);
    if (near.length) this.to(marker?.x ?? near[0]);
  }

  x(event) {
    return event.clientX - this.chart.plot.getBoundingClientRect().left;
  }

  press(event) {
    if (event.pointerType === "touch" || event.button || !this.chart.right) return;
    this.pressed = { from: this.x(event), to: this.x(event), pans: event.shiftKey, extent: this.chart.extent() };
    this.chart.plot.setPointerCapture(event.pointerId);
  }

  drag(x) {
    const { chart, pressed } = this;
    pressed.to = x;
    if (!pressed.pans) return this.place();
    const moved = chart.right.back(pressed.from) - chart.right.back(x);
    pressed.from = x;
    const [start, stop] = chart.extent();
    const by = Math.max(moved, -start);
    chart.window = [start + by, stop + by];
    chart.draw();
  }

  release() {
    const { chart, pressed } = this;
    this.pressed = null;
    if (!pressed) return;
    if (pressed.pans) return chart.look(chart.extent());
    if (Math.abs(pressed.to - pressed.from) < 8) return;
    const [a, b] = [pressed.from, pressed.to].sort((one, other) => one - other).map((x) => chart.right.back(x));
    chart.look([Math.max(a, pressed.extent[0]), Math.min(b, pressed.extent[1])]);
  }

  drop() {
    this.pressed = null;
    this.hide();
  }

  wheel(event) {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    this.zoom(event.deltaY > 0 ? 1.25 : 0.8, this.chart.right.back(this.x(event)));
  }

  /** Shows `by` times as many epochs, around the cursor. */
  zoom(by, around = this.epoch ?? this.chart.shown.now) {
    const [start, stop] = this.chart.extent();
    const middle = around ?? (start + stop) / 2;
    const from = Math.max(0, middle - (middle - start) * by);
    this.chart.look([from, Math.max(middle + (stop - middle) * by, from + 4)]);
  }

  /** Draws itself anew, and says where it is. */
  place() {
    const { chart, pressed } = this;
    if (!chart.over) return;
    const { top, foot } = chart.box;
    const parts = [];
    if (pressed && !pressed.pans) {
      const [x, width] = [Math.min(pressed.from, pressed.to), Math.abs(pressed.to - pressed.from)];
      parts.push(svg("rect", { class: "selection", x, y: top, width, height: foot - top }));
    }
    const values = this.epoch === null ? [] : this.values();
    if (values.length) {
      const x = chart.right.at(this.epoch);
      parts.push(svg("line", { class: "crosshair", x1: x, x2: x, y1: top, y2: foot }));
      for (const { value, hue } of values) parts.push(svg("circle", { class: hue, cx: x, cy: chart.up.at(value), r: 4 }));
    }
    chart.over.replaceChildren(...parts);
    this.tell(values);
  }

  values() {
    return this.chart.shown.series.flatMap(({ name, xs, ys, hue = "c0" }) => {
      const found = valueAt(xs, ys, this.epoch);
      return found ? [{ name, hue, ...found }] : [];
    });
  }

  /** What was measured at the epoch. */
  measured() {
    const { below } = this.chart.shown;
    const i = below ? below.xs.indexOf(this.epoch) : -1;
    return i < 0 ? null : { name: below.name, value: Number.isFinite(below.ys[i]) ? exact(below.ys[i]) : String(below.ys[i]) };
  }

  tell(values) {
    const { plot, shown } = this.chart;
    const [start, stop] = this.chart.extent();
    const unit = shown.unit ?? "epoch";
    const marker = (shown.markers ?? []).filter(({ x }) => x === this.epoch);
    const said = values.map(({ name, value, told }) => `${name} ${told ? "" : "about "}${rate(value)}`);
    const notes = marker.map(({ label, detail }) => [label, detail].filter(Boolean).join(": "));
    const measured = this.measured();
    if (measured) said.push(`${measured.name} ${measured.value}`);
    const text = values.length ? [`${unit} ${count(this.epoch)}`, ...said, ...notes].join(", ") : "no cursor";
    const state = { label: shown.label, valuemin: start, valuemax: stop, valuenow: this.epoch ?? start, valuetext: text };
    for (const [name, value] of Object.entries(state)) plot.setAttribute(`aria-${name}`, String(value));
    this.tip.hidden = !values.length;
    if (!values.length) return;
    this.tip.replaceChildren(...[
      el("strong", {}, `${unit} ${count(this.epoch)}`),
      ...values.map(({ name, hue, value, told }) =>
        el("div", { class: `tip-value ${hue}` }, el("i", {}), el("span", {}, name), el("b", {}, told ? exact(value) : `≈ ${rate(value)}`))),
      measured && el("div", { class: "tip-value metric" }, el("i", {}), el("span", {}, measured.name), el("b", {}, measured.value)),
      ...notes.map((note) => el("div", { class: "tip-note" }, note)),
    ].filter(Boolean));
    const x = this.chart.right.at(this.epoch);
    const flips = x > plot.clientWidth / 2;
    this.tip.style.left = flips ? "auto" : `${x + 12}px`;
    this.tip.style.right = flips ? `${plot.clientWidth - x + 12}px` : "auto";
  }
}
