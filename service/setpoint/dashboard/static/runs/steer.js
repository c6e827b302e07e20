/** Changing a run: every change is shown before it is made, and made as it was shown or not at all. */

import { mayOperate } from "../account.js";
import { ask, newKey, ofRun } from "../api.js";
import { el, invalid, say, settled } from "../dom.js";
import { count, rate } from "../format.js";
import { Ending } from "./ending.js";
import { isFrozen } from "./extent.js";
import { Form } from "./form.js";
import { CANCEL, OPERATIONS, worded } from "./operations.js";

const POINTS = 300;
const UNSAID = "(preview)";

export class Steer {
  /** @param {any} detail */
  constructor(detail) {
    this.detail = detail;
    /** @type {any} The operation that is being previewed. */
    this.open = null;
    this.buttons = Object.entries(OPERATIONS).map(([op, { label, about }]) =>
      el("button", { type: "button", title: about, "aria-expanded": "false", "data-op": op, disabled: true, on: { click: () => this.start(op) } }, `${label}…`));
    this.panel = el("form", { class: "preview", "aria-label": "Preview", hidden: true, novalidate: true, on: { submit: (event) => this.submit(event) } });
    this.reason = el("p", { class: "quiet", hidden: true });
    this.ending = new Ending(detail, { onOpen: () => this.cancel() });
    this.host = el("section", { class: "steer", "aria-label": "Change the plan" },
      el("div", { class: "operations" }, ...this.buttons, el("span", { class: "spacer" }), ...this.ending.buttons), this.reason, this.panel, this.ending.panel);
    this.previewSoon = settled(() => this.preview(), 150);
  }

  /** Says what may be done to the run as it is. */
  show() {
    const { run, attempt, session } = this.detail;
    const isLooking = !mayOperate(session);
    const why = isLooking ? `You are signed in as a ${session.scope}: to change a run takes an operator.`
      : run.state === "archived" ? "This run is archived: it can only be looked at."
      : attempt ? "This is an earlier attempt: only the current one can be changed."
      : run.state === "finished" ? "This run is finished. Rolling back reopens it in a new attempt." : "";
    this.ending.show(isLooking);
    this.reason.hidden = !why;
    say(this.reason, why);
    for (const button of this.buttons) {
      const { op } = button.dataset;
      button.disabled = isLooking || run.state === "archived" || Boolean(attempt) || (run.state === "finished" && op !== "rollback");
    }
  }

  /**
   * Opens the preview of an operation.
   * @param {string} op
   * @param {{values?: any, fixed?: any, note?: string, reason?: string}} [given]
   */
  start(op, { values = {}, fixed = {}, note = "", reason = "" } = {}) {
    const { run } = this.detail;
    this.ending.cancel();
    const operation = op === "cancel" ? CANCEL : OPERATIONS[op];
    if (op === "rollback" && values.from_epoch === undefined) values = { ...values, from_epoch: Math.max(run.start_epoch, run.position) };
    this.open = { op, operation, fixed, key: newKey() };
    this.form = new Form(operation, { run, values, isWhole: Boolean(fixed.resumes), onInput: () => this.edited() });
    this.title = el("p", { class: "preview-title" }, el("strong", {}, `Preview: ${operation.label.toLowerCase()}`), " (not applied yet)");
    this.effect = el("p", { class: "effect", role: "status" }, "…");
    this.note = el("p", { class: "preview-note", role: "alert" }, note);
    this.why = el("input", { name: "reason", placeholder: "why? (goes to the audit log)", autocomplete: "off", maxlength: "1000", "aria-describedby": "reason-fault" });
    this.why.value = reason;
    this.apply = el("button", { type: "submit", class: "primary", disabled: true }, "Apply");
    const cancel = el("button", { type: "button", on: { click: () => this.cancel() } }, "Cancel ", el("kbd", {}, "Esc"));
    this.whyFault = el("span", { class: "fault", id: "reason-fault" });
    this.panel.replaceChildren(this.title, el("p", { class: "quiet" }, operation.about), this.form.host, this.effect, this.note,
      el("div", { class: "preview-end" }, el("label", { class: "why" }, el("span", {}, "Reason"), this.why), this.whyFault, cancel, this.apply));
    this.panel.hidden = false;
    for (const button of this.buttons) button.setAttribute("aria-expanded", String(button.dataset.op === op));
    (this.form.first() ?? this.why).focus();
    this.panel.scrollIntoView({ block: "nearest" });
    this.preview();
  }

  /** Offers what takes a change back. */
  undo(entry, { op, values, fixed = {} }) {
    this.start(op, { values, fixed, reason: `undo change ${entry.change}` });
  }

  edited() {
    this.apply.disabled = true;
    this.open.key = newKey();
    this.previewSoon();
  }

  /** What is asked for, or null where a field has no value yet. */
  body(effective) {
    const { op, fixed } = this.open;
    const values = this.form.values();
    if (!values) return null;
    const reason = this.why.value.trim() || UNSAID;
    if (op === "rollback") return { ...values, reason };
    const { resumes, ...rest } = fixed;
    const schedule = resumes ? { schedule: { kind: "shift", schedule: resumes, offset: effective } } : {};
    const epoch = op === "cancel" ? {} : { epoch: effective };
    return { op, ...values, ...rest, ...schedule, ...epoch, reason };
  }

  path(query = "") {
    return ofRun(this.detail.name, `${this.open.op === "rollback" ? "/attempts" : "/changes"}${query}`);
  }

  /** Asks what would come of it, from an epoch that is still open when somebody has read the answer. */
  async preview() {
    if (!this.open) return;
    const { detail, open } = this;
    const { frontier } = detail.run;
    const wanted = Math.max(this.form.epoch() ?? 0, frontier + (this.form.epoch() === null ? detail.pace.lead() : 0));
    const body = this.body(wanted);
    if (!body) return say(this.effect, "Fill in the fields to see what it would do.");
    const asked = (this.asked = Symbol("preview"));
    try {
      const { data } = await ask("POST", this.path(`?dry_run=true&points=${POINTS}`), { body, headers: { "if-match": detail.tag } });
      if (asked !== this.asked || open !== this.open) return;
      this.previewed(data);
    } catch (problem) {
      if (asked === this.asked && open === this.open) this.refused(problem);
    }
  }

  previewed(receipt) {
    const { detail, open } = this;
    const { run, curve } = detail;
    const isBack = open.op === "rollback";
    const at = (this.effective = isBack ? receipt.from_epoch : receipt.effective_epoch);
    this.receipt = receipt;
    this.form.clear();
    lengthen(receipt, curve);
    const last = (each) => each.lr[each.lr.length - 1];
    const lr = isBack ? "" : `LR ${rate(receipt.lr_before)} → `;
    const dropped = receipt.dropped?.length ? ` · goes without change ${receipt.dropped.join(", ")}` : "";
    const what = isBack ? `attempt ${receipt.attempt} from ${run.unit} ${count(at)}` : `${worded(receipt.request)} at ${run.unit} ${count(at)}`;
    this.title.replaceChildren(el("strong", {}, `Preview: ${what}`), " (not applied yet)");
    this.effect.replaceChildren(lr, isBack ? "" : el("b", {}, rate(receipt.lr_after)), isBack ? "" : " · ",
      `final LR ${rate(last(curve))} → `, el("b", {}, rate(last(receipt.curve))), dropped);
    this.apply.disabled = false;
    say(this.apply, isBack ? `Roll back to ${run.unit} ${count(at)}` : `Apply at ${run.unit} ${count(at)}`);
    detail.preview = { curve: receipt.curve, from: at };
    detail.draw();
  }

  refused(problem) {
    if (problem.status === 412) return this.detail.reload();
    this.apply.disabled = true;
    this.receipt = null;
    this.detail.preview = null;
    this.detail.draw();
    const left = this.form.faults(problem.faults);
    say(this.effect, left.length || !problem.faults.length ? [problem.message, ...left.map(({ pointer, detail }) => `${pointer}: ${detail}`)].join(" ") : "Not possible like this.");
  }

  async submit(event) {
    event.preventDefault();
    if (!this.open || this.apply.disabled) return;
    const isUnsaid = !this.why.value.trim();
    say(this.whyFault, isUnsaid ? "Say why: others will read it." : "");
    invalid(this.why, isUnsaid);
    if (isUnsaid) return this.why.focus();
    const { open, detail } = this;
    // Exact: applied at the epoch that was shown, or refused and shown anew.
    const exact = open.op === "rollback" || open.op === "cancel" ? {} : { exact: true };
    const body = { ...this.body(this.effective), ...exact };
    this.apply.disabled = true;
    try {
      const headers = { "if-match": detail.tag, "idempotency-key": open.key };
      const { data } = await ask("POST", this.path(), { body, headers });
      this.done(data);
    } catch (problem) {
      if (open === this.open) this.turnedDown(problem);
    }
  }

  done(data) {
    const { detail, open } = this;
    const { unit } = detail.run;
    const at = data.effective_epoch ?? data.from_epoch;
    detail.announce(`Applied: ${open.operation.label.toLowerCase()} at ${unit} ${count(at)}.`);
    this.cancel();
    detail.reload();
  }

  /** Not applied: why, and what it would do now. */
  turnedDown(problem) {
    if (problem.status === 412) say(this.note, "Not applied: the plan was changed meanwhile. This is what it would do now.");
    else if (problem.code === "already-sealed") say(this.note, "Not applied: the run went past that point. This is what it would do now.");
    else if (problem.status === 0) {
      say(this.note, "The service could not be reached. To apply it again is safe: it takes effect once.");
      this.apply.disabled = false;
      return;
    } else say(this.note, `Not applied: ${problem.message}`);
    this.open.key = newKey();
    if (problem.status === 412 || problem.status === 409) this.detail.reload();
    else this.refused(problem);
  }

  /** The plan is another one, so the preview is. */
  planMoved() {
    if (this.open) this.preview();
  }

  /** The run has reached the epoch that was shown, so it can't be that one any more. */
  frontierMoved() {
    if (!this.open || this.open.op === "rollback" || !this.receipt) return;
    if (this.detail.run.frontier <= this.effective) return;
    this.receipt = null;
    this.apply.disabled = true;
    this.preview();
  }

  /** Closes the preview; false where none is open. */
  cancel() {
    if (this.ending.cancel()) return true;
    if (!this.open) return false;
    const { op } = this.open;
    this.open = null;
    this.receipt = null;
    this.panel.hidden = true;
    this.panel.replaceChildren();
    for (const button of this.buttons) {
      button.setAttribute("aria-expanded", "false");
      if (button.dataset.op === op) button.focus();
    }
    this.detail.preview = null;
    if (this.detail.curve) this.detail.draw();
    return true;
  }
}

/** A plan that comes to rest goes on as it is: as far as the one it is compared with. */
function lengthen({ curve, request }, other) {
  const until = other.epochs[other.epochs.length - 1];
  const last = curve.epochs[curve.epochs.length - 1];
  const decays = request?.op === "decay" && !request.groups;
  if (last >= until || !(decays || isFrozen(curve.changes))) return;
  const rest = decays && last + 1 < until ? [last + 1, until] : [until];
  curve.epochs.push(...rest);
  for (const ys of [curve.lr, ...Object.values(curve.groups ?? {})]) {
    const level = decays ? request.final_lr : ys[ys.length - 1];
    ys.push(...rest.map(() => level));
  }
}
