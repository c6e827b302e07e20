/** The head of a run: its name, and what matters now in a few large numbers. */

import { el, say } from "../dom.js";
import { count, exact, percent, rate } from "../format.js";
import { endOf } from "./extent.js";

export class Facts {
  constructor({ onAttempt, onClose }) {
    this.name = el("h1", {});
    this.what = el("p", { class: "what" });
    this.labels = el("ul", { class: "labels", "aria-label": "Labels" });
    this.attempts = el("select", { "aria-label": "Attempt", hidden: true, on: { change: () => onAttempt(Number(this.attempts.value)) } });
    this.cards = {};
    this.named = new Map();
    const cards = (this.large = el("dl", { class: "cards" }));
    for (const [key, title] of [["lr", "current LR"], ["epoch", "epoch"], ["done", "done"], ["skew", "worker skew"], ["next", "next change"]]) {
      this.cards[key] = card(title, `card-${key}`);
      cards.append(this.cards[key].host);
    }
    const back = el("button", { type: "button", class: "back small", on: { click: onClose } }, "← Runs");
    this.host = el("div", { class: "facts" }, back, el("div", { class: "facts-title" }, this.name, this.attempts), this.what, this.labels, cards);
  }

  title(name) {
    say(this.name, name);
  }

  /** @param {any} detail */
  show({ run, curve, now, attempt, present }) {
    const { cards } = this;
    const end = endOf(run, curve);
    const length = end ? `${count(end)} ${run.unit}s` : `${run.unit}s without an end`;
    say(this.what, `${run.schedule.kind} · ${length} · ${run.state}${run.attempt > 1 ? ` · attempt ${run.attempt}` : ""}`);
    this.showLabels(run);
    this.showAttempts(run, attempt);
    say(cards.lr.value, rate(now.lr));
    cards.lr.value.title = `${exact(now.lr)}${now.sealed ? ", sealed" : ", planned"}`;
    this.showNamed({ ...now.groups, ...now.hyperparameters });
    say(cards.epoch.name, run.unit);
    say(cards.epoch.value, count(run.position));
    cards.done.host.hidden = !end;
    say(cards.done.value, end ? percent(Math.min(1, run.position / end)) : "–");
    say(cards.skew.name, `worker skew (${run.unit}s)`);
    const here = (present ?? []).filter(({ gone }) => !gone).map(({ epoch }) => epoch);
    say(cards.skew.value, here.length ? count(Math.max(...here) - Math.min(...here)) : "–");
    say(cards.next.value, attempt ? "–" : next(run, curve));
  }

  /** A card for each parameter group and hyperparameter, behind that of the learning rate. */
  showNamed(values) {
    const names = Object.keys(values);
    if (names.join("\n") !== [...this.named.keys()].join("\n")) {
      for (const { host } of this.named.values()) host.remove();
      this.named = new Map(names.map((name) => [name, card(name, "card-named")]));
      this.cards.lr.host.after(...[...this.named.values()].map(({ host }) => host));
    }
    for (const [name, { value }] of this.named) {
      say(value, rate(values[name]));
      value.title = exact(values[name]);
    }
  }

  showLabels(run) {
    const labels = Object.entries(run.labels).map(([name, value]) => `${name}: ${value}`);
    if (labels.join("\n") === this.labelled) return;
    this.labelled = labels.join("\n");
    this.labels.replaceChildren(...labels.map((label) => el("li", {}, label)));
    this.labels.hidden = !labels.length;
  }

  showAttempts(run, attempt) {
    this.attempts.hidden = run.attempts.length < 2;
    const options = run.attempts.map((each) => `${each.attempt}`).join();
    if (options !== this.offered) {
      this.offered = options;
      this.attempts.replaceChildren(...run.attempts.map((each) =>
        el("option", { value: each.attempt }, `attempt ${each.attempt}${each.attempt === run.attempt ? " (current)" : ""}`)).reverse());
    }
    this.attempts.value = String(attempt ?? run.attempt);
  }
}

function card(title, kind) {
  const [name, value] = [el("dt", {}, title), el("dd", {}, "–")];
  return { name, value, host: el("div", { class: `card ${kind}` }, name, value) };
}

/** The next change that was asked for, or else the next epoch at which the schedule moves. */
function next(run, curve) {
  const asked = curve.changes.find(({ epoch }) => epoch > run.position && epoch >= run.frontier);
  if (asked) return `${asked.label.replace(/^x/, "×")} at ${count(asked.epoch)}`;
  const here = curve.epochs.findIndex((epoch) => epoch >= run.position);
  if (here < 0) return "none";
  const at = curve.lr.findIndex((lr, i) => i > here && lr !== curve.lr[here]);
  if (at < 0) return "none";
  const leaves = curve.epochs[at - 1];
  if (curve.epochs[at] - leaves === 1 && curve.lr[at] === curve.lr[at + 1]) return `${rate(curve.lr[at])} at ${count(curve.epochs[at])}`;
  return at - here <= 1 ? `every ${run.unit}` : `from ${count(leaves)} on`;
}
