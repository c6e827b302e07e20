/** The page where schedules are designed, compared and exported. */

import { account } from "./account.js";
import { get } from "./api.js";
import { Chart } from "./chart/chart.js";
import { byId, copied, el, say, settled } from "./dom.js";
import { CreateForm } from "./designer/create.js";
import { Curves } from "./designer/curves.js";
import { Design, HUES, SLOTS } from "./designer/design.js";
import { Exports } from "./designer/exports.js";
import { factsTable } from "./designer/facts.js";
import { PartForm } from "./designer/parts.js";
import { PasteForm } from "./designer/paste.js";
import { PRESETS } from "./designer/presets.js";

const design = new Design();
const chart = new Chart(byId("curve"), { logY: design.logY, onWindow: () => redraw(), onOption: options });
chart.choose("logX", design.logX);
const curves = new Curves();
const exports = new Exports(byId("export"), announce);
const create = new CreateForm(byId("create"), () => design.spec);
const redraw = settled(draw, 60);
let form = null;

function announce(text) {
  say(byId("announce"), "");
  requestAnimationFrame(() => say(byId("announce"), text));
}

function options() {
  if (!chart.logY === !design.logY && !chart.logX === !design.logX) return;
  Object.assign(design, { logY: chart.logY, logX: chart.logX });
  design.save();
}

/** Something in the active schedule was edited. */
function edited() {
  design.save();
  redraw();
}

/** Another schedule takes the place of the active one. */
function take(spec) {
  design.spec = spec;
  show();
}

function show() {
  chart.window = null;
  design.save();
  slots();
  form?.show(design.spec);
  redraw();
}

function slots() {
  const buttons = SLOTS.filter((slot) => design.specs[slot]).map((slot) =>
    el("button", { type: "button", class: `slot ${HUES[slot]}`, "aria-pressed": String(slot === design.active), on: { click: () => choose(slot) } },
      el("i", { "aria-hidden": "true" }), slot.toUpperCase()));
  const free = SLOTS.find((slot) => !design.specs[slot]);
  const add = free && el("button", { type: "button", class: "small", on: { click: () => compare(free) } }, "+ Compare");
  const drop = design.active !== "a" && el("button", { type: "button", class: "small", on: { click: remove } }, `Remove ${design.active.toUpperCase()}`);
  byId("slots").replaceChildren(...buttons, ...[add, drop, presets()].filter(Boolean));
}

function presets() {
  const options = Object.keys(PRESETS).map((name) => el("option", {}, name));
  const select = el("select", { class: "presets", "aria-label": "Presets", on: { change: () => take(structuredClone(PRESETS[select.value])) } },
    el("option", { value: "" }, "presets…"), ...options);
  return select;
}

function choose(slot) {
  design.active = slot;
  show();
}

function compare(slot) {
  design.specs[slot] = structuredClone(design.spec);
  choose(slot);
}

function remove() {
  design.specs[design.active] = null;
  choose("a");
}

async function draw() {
  const specs = Object.fromEntries(SLOTS.filter((slot) => design.specs[slot]).map((slot) => [slot, design.specs[slot]]));
  const found = await curves.read(specs, chart.window);
  if (!found) return;
  const own = found.problems[design.active];
  const left = form ? form.faults(own?.faults ?? []) : own?.faults ?? [];
  say(byId("problem"), own ? (left.length ? left.map(({ pointer, detail }) => `${pointer} ${detail}`).join(". ") : own.faults.length ? "" : own.message) : "");
  byId("curve").classList.toggle("stale", Boolean(own));
  const series = Object.entries(found.curves).map(([slot, { epochs, lr }]) => ({
    name: slot.toUpperCase(), xs: epochs, ys: lr, hue: HUES[slot], style: slot === "a" ? "solid" : "dashed",
  }));
  chart.show({ series, unit: "epoch", label: "Learning rate by epoch. Arrow keys read values." });
  legend(Object.keys(found.curves));
  byId("facts").replaceChildren(...factsTable(curves.own));
  exports.show(own ? null : design.spec, curves.stop);
}

function legend(shown) {
  byId("legend").hidden = shown.length < 2;
  byId("legend").replaceChildren(...shown.map((slot) =>
    el("li", { class: `${HUES[slot]} ${slot === "a" ? "solid" : "dashed"}` }, el("i", {}), `${slot.toUpperCase()}: ${design.specs[slot].kind}`)));
}

byId("share").addEventListener("click", async () => {
  design.save();
  const done = await copied(location.href);
  announce(done ? "Link copied." : "The link is in the address bar.");
  say(byId("share"), done ? "Copied" : "See the address bar");
  setTimeout(() => say(byId("share"), "Copy link"), 1500);
});
window.addEventListener("hashchange", () => design.load() && show());
new PasteForm(byId("paste"), take, announce);
account(byId("account"));
slots();
draw();
create.show();
get("/v1/kinds").then((catalogue) => {
  form = new PartForm(byId("form"), catalogue, { onEdit: edited, onTake: take });
  form.show(design.spec);
  redraw();
}, (problem) => say(byId("form"), `The kinds of schedules could not be read. ${problem.message}`));
