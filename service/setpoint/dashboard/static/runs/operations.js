/** What can be done to a run's plan: its fields, its words, and what takes it back. */

import { count, rate } from "../format.js";

const SHAPES = ["linear", "cosine", "1-sqrt", "sqrt", "1-power", "power", "exponential", "geometric", "log", "tanh"];

/**
 * @typedef {{name: string, label: string, type: "number"|"count"|"choice"|"json", value?: any, choices?: [string, string][]}} Field
 * @typedef {{label: string, about: string, fields: Field[], when?: boolean}} Operation
 */

/** The operations in the order of their buttons. @type {Record<string, Operation>} */
export const OPERATIONS = {
  scale: { label: "Scale", about: "Multiplies what is planned.", when: true, fields: [{ name: "factor", label: "Factor ×", type: "number", value: 0.5 }] },
  set: { label: "Set", about: "Pins the learning rate until it is released.", when: true, fields: [{ name: "lr", label: "LR", type: "number" }] },
  hold: { label: "Hold", about: "Stops the schedule's clock: the learning rate stays.", when: true, fields: [] },
  release: { label: "Release", about: "Ends a hold and a pin; the schedule goes on from where it stood.", when: true, fields: [] },
  decay: {
    label: "Decay", about: "Down to a final value, and constant from there on.", when: true,
    fields: [
      { name: "epochs", label: "Over", type: "count", value: 10 },
      { name: "final_lr", label: "Final LR", type: "number", value: 0 },
      { name: "shape", label: "Shape", type: "choice", value: "linear", choices: SHAPES.map((each) => [each, each]) },
    ],
  },
  replace: { label: "Replace", about: "Starts another schedule at its epoch 0.", when: true, fields: [{ name: "schedule", label: "Schedule", type: "json" }] },
  extend: { label: "Extend", about: "Stretches what is left, without a jump.", when: true, fields: [{ name: "epochs", label: "By", type: "count", value: 10 }] },
  rollback: {
    label: "Roll back", about: "Goes back to a checkpoint in a new attempt; workers of this one are turned away.",
    fields: [
      { name: "from_epoch", label: "To", type: "count" },
      {
        name: "keep", label: "From there on", type: "choice", value: "changes",
        choices: [["changes", "planned anew, with all changes"], ["nothing", "without the changes made since"], ["values", "the values that were sealed"]],
      },
    ],
  },
};

/** What is not a button: it takes back what had no effect yet. @type {Operation} */
export const CANCEL = { label: "Cancel change", about: "Withdraws a change that has had no effect yet.", fields: [] };

/** A change in words. */
export function worded(request) {
  switch (request.op) {
    case "scale": return `scale ×${rate(request.factor)}`;
    case "set": return `set to ${rate(request.lr)}`;
    case "decay": return `decay to ${rate(request.final_lr)} over ${count(request.epochs)}`;
    case "extend": return `extend by ${count(request.epochs)}`;
    case "replace": return `replace by ${request.schedule.kind}`;
    case "cancel": return `cancel change ${request.change}`;
    default: return request.op;
  }
}

/**
 * What takes a change back from now on, or null: nothing sealed is ever taken back but by a rollback.
 * @param {any} detail
 * @param {any} entry of the log
 * @returns {{op: string, values: Record<string, any>, fixed?: Record<string, any>}|null}
 */
export function inverse({ run, plan }, entry) {
  if (entry.attempt > run.attempt || run.state === "archived") return null;
  const inPlan = plan.changes.some(({ change }) => change === entry.change);
  if (!inPlan || entry.op === "cancel") return null;
  const groups = entry.request.groups ? { groups: entry.request.groups } : {};
  if (entry.effective_epoch >= run.frontier) return { op: "cancel", values: {}, fixed: { change: entry.change } };
  switch (entry.op) {
    case "scale": return entry.request.factor > 0 ? { op: "scale", values: { factor: 1 / entry.request.factor }, fixed: groups } : back(entry);
    case "hold":
    case "set": return { op: "release", values: {}, fixed: groups };
    case "release": return { op: "hold", values: {}, fixed: groups };
    default: return Object.keys(run.groups).length ? back(entry) : resumed(plan, entry);
  }
}

const back = (entry) => ({ op: "rollback", values: { from_epoch: entry.effective_epoch, keep: "nothing" } });

/** What was planned before the change, as though it had run on. */
function resumed(plan, entry) {
  const before = plan.segments.filter(({ start }) => start < entry.effective_epoch).pop();
  if (!before) return back(entry);
  return { op: "replace", values: { schedule: before.schedule }, fixed: { resumes: before.schedule } };
}
