/** Taking over a schedule that is written down elsewhere: a library's call, or a spec. */

import { post } from "../api.js";
import { el, invalid, say } from "../dom.js";
import { Call, parsedCall } from "./python.js";

/** What positional arguments are called, after the optimizer where there is one. */
const ORDER = {
  StepLR: ["step_size", "gamma"], MultiStepLR: ["milestones", "gamma"], ExponentialLR: ["gamma"], PolynomialLR: ["total_iters", "power"],
  CosineAnnealingLR: ["T_max", "eta_min"], CosineAnnealingWarmRestarts: ["T_0", "T_mult", "eta_min"], ConstantLR: ["factor", "total_iters"],
  LinearLR: ["start_factor", "end_factor", "total_iters"], OneCycleLR: ["max_lr", "total_steps"], SequentialLR: ["schedulers", "milestones"],
  ChainedScheduler: ["schedulers"], get_linear_schedule_with_warmup: ["num_warmup_steps", "num_training_steps"],
  get_cosine_schedule_with_warmup: ["num_warmup_steps", "num_training_steps", "num_cycles"], get_constant_schedule_with_warmup: ["num_warmup_steps"],
  constant_schedule: ["value"], linear_schedule: ["init_value", "end_value", "transition_steps"], cosine_decay_schedule: ["init_value", "decay_steps", "alpha"],
  exponential_decay: ["init_value", "transition_steps", "decay_rate"], join_schedules: ["schedules", "boundaries"],
  warmup_cosine_decay_schedule: ["init_value", "peak_value", "warmup_steps", "decay_steps", "end_value"],
  piecewise_constant_schedule: ["init_value", "boundaries_and_scales"], CosineDecay: ["initial_learning_rate", "decay_steps"],
  ExponentialDecay: ["initial_learning_rate", "decay_steps", "decay_rate"], PolynomialDecay: ["initial_learning_rate", "decay_steps", "end_learning_rate", "power"],
  PiecewiseConstantDecay: ["boundaries", "values"],
};
const LIBRARIES = ["torch", "transformers", "optax", "keras", "timm", "paddle", "deepspeed", "megatron", "fairseq", "mmengine"];
const NAMED = { paddle: /paddle/, keras: /keras|tf\./, optax: /optax|_schedule$|_decay$|join_schedules/, transformers: /transformers|^get_/ };
const EXAMPLE = "torch.optim.lr_scheduler.StepLR(optimizer, step_size=30, gamma=0.1)";

export class PasteForm {
  constructor(host, onTake, announce) {
    Object.assign(this, { onTake, announce });
    this.text = el("textarea", { class: "wide", rows: 4, spellcheck: "false", "aria-label": "Code or a spec", placeholder: EXAMPLE, "aria-describedby": "paste-said" });
    this.library = el("select", {}, el("option", { value: "" }, "by its name"), ...LIBRARIES.map((each) => el("option", {}, each)));
    this.rate = el("input", { inputmode: "decimal", size: 8, value: "0.1" });
    this.said = el("p", { class: "notes", id: "paste-said", role: "status" });
    const button = el("button", { type: "button", class: "primary", on: { click: () => this.take() } }, "Take over");
    host.replaceChildren(this.text, el("div", { class: "row" }, el("label", {}, "Library", this.library), el("label", {}, "Optimizer's LR", this.rate), button), this.said);
  }

  async take() {
    try {
      const spec = await this.read(this.text.value.trim());
      invalid(this.text, false);
      this.onTake(spec);
      this.announce(`Taken over: ${spec.kind}.`);
    } catch (error) {
      invalid(this.text, true);
      const faults = (error.faults ?? []).map(({ pointer, detail }) => `${pointer} ${detail}`).join(". ");
      say(this.said, faults || error.message);
    }
  }

  async read(text) {
    if (!text) throw new Error("Paste a call such as StepLR(optimizer, step_size=30), or a spec.");
    if (text.startsWith("{")) {
      const spec = JSON.parse(text);
      if (spec.library) return this.imported(spec);
      return told(spec.schedule ?? spec, (notes) => say(this.said, notes));
    }
    const call = parsedCall(text.replace(/^[\w.]+\s*=\s*(?=[\w.]+\()/, ""));
    const library = this.library.value || libraryOf(call.name);
    const said = asked(call);
    const initial = carries(library, said.arguments) ? {} : { initial_lr: JSON.parse(this.rate.value) };
    try {
      return await this.imported({ library, ...said, ...initial });
    } catch (problem) {
      // Some carry it in their arguments, and don't want it twice.
      if (!problem.faults?.some(({ pointer }) => pointer === "/initial_lr")) throw problem;
      return this.imported({ library, ...said });
    }
  }

  async imported(body) {
    const answer = await post("/v1/imports", body);
    const more = Object.keys(answer.groups).length ? ["Its further parameter groups are left out here."] : [];
    if (answer.plateau) more.push("Its plateau policy belongs to a run, and is left out here.");
    say(this.said, [...answer.notes, ...more].join(" "));
    return answer.schedule;
  }
}

function told(spec, say_) {
  if (typeof spec?.kind !== "string") throw new Error("A spec has a `kind`.");
  say_("");
  return spec;
}

function libraryOf(name) {
  for (const [library, pattern] of Object.entries(NAMED)) if (pattern.test(name)) return library;
  return /Decay(Restarts)?$/.test(name) ? "keras" : "torch";
}

const carries = (library, given) => library === "optax" || (library === "keras" && "initial_learning_rate" in given);

/** A call as the service takes it. */
function asked(call) {
  const scheduler = call.name.split(".").pop();
  const positional = call.positional.filter((each) => !(each instanceof Call && !each.isCall));
  const order = ORDER[scheduler] ?? [];
  if (positional.length > order.length) throw new Error(`Name the arguments of ${scheduler}, as in step_size=30.`);
  const named = Object.fromEntries(positional.map((each, i) => [order[i], each]));
  const all = Object.entries({ ...named, ...call.named }).filter(([name]) => name !== "optimizer");
  return { scheduler, arguments: Object.fromEntries(all.map(([name, value]) => [name, plain(value)])) };
}

function plain(value) {
  if (value instanceof Call) {
    if (!value.isCall) throw new Error(`${value.name} is not known here; write its value.`);
    return asked(value);
  }
  if (Array.isArray(value)) return value.map(plain);
  if (value && typeof value === "object") return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]));
  return value;
}
