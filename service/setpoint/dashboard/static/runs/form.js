/** The fields of a change, what is in them, and what is wrong with it. */

import { el, invalid, say } from "../dom.js";

let forms = 0;

export class Form {
  /**
   * @param {import("./operations.js").Operation} operation
   * @param {{run: any, values: any, isWhole?: boolean, onInput: () => void}} options `isWhole`: its fields are given, and not shown
   */
  constructor(operation, { run, values, isWhole, onInput }) {
    this.name = `change-${++forms}`;
    this.isWhole = isWhole;
    this.given = values;
    this.inputs = {};
    this.notes = {};
    this.types = {};
    const fields = isWhole ? [] : operation.fields;
    const shown = fields.map((field) => this.field({ ...field, label: named(field, run), value: values[field.name] ?? field.value }));
    if (operation.when) shown.push(this.field({ name: "epoch", label: `At ${run.unit}`, type: "count", hint: "as soon as possible" }));
    const names = Object.keys(run.groups);
    if (operation.when && names.length) shown.push(this.field({
      name: "groups", label: "Acts on", type: "choice", value: "",
      choices: [["", "all"], ["lr", "LR alone"], ...names.map((name) => [name, name])],
    }));
    this.host = el("div", { class: "fields", on: { input: onInput } }, ...shown);
  }

  field({ name, label, type, value, choices, hint }) {
    const id = `${this.name}-${name}`;
    const input = this.input(type, { id, name, choices, hint });
    if (value !== undefined) input.value = typeof value === "object" ? JSON.stringify(value, null, 1) : String(value);
    this.inputs[name] = input;
    this.types[name] = type;
    this.notes[name] = el("span", { class: "fault", id: `${id}-fault` });
    return el("div", { class: `field field-${type}` }, el("label", { for: id }, label), input, this.notes[name]);
  }

  input(type, { id, name, choices, hint }) {
    const shared = { id, name, "aria-describedby": `${id}-fault`, autocomplete: "off" };
    if (type === "choice") return el("select", shared, ...choices.map(([value, label]) => el("option", { value }, label)));
    if (type === "json") return el("textarea", { ...shared, rows: 5, spellcheck: "false", placeholder: '{"kind": "cosine", "initial_lr": 1e-4, "epochs": 100}' });
    return el("input", { ...shared, inputmode: type === "count" ? "numeric" : "decimal", placeholder: hint });
  }

  first() {
    return Object.values(this.inputs)[0] ?? null;
  }

  /** From when on it was asked for; null: as soon as possible. */
  epoch() {
    const text = this.inputs.epoch?.value.trim();
    return text && /^\d+$/.test(text) ? Number(text) : null;
  }

  /** What is in the fields, or null where one is empty or can't be read: then it says so. */
  values() {
    const found = {};
    let isComplete = true;
    for (const [name, input] of Object.entries(this.inputs)) {
      if (name === "epoch") continue;
      const text = input.value.trim();
      if (name === "groups") {
        if (text) found.groups = [text];
        continue;
      }
      try {
        found[name] = this.types[name] === "choice" ? text : JSON.parse(text);
        this.note(name, "");
      } catch {
        isComplete = false;
        this.note(name, text ? (this.types[name] === "json" ? "is not JSON" : "is not a number") : "");
      }
    }
    return isComplete ? found : null;
  }

  note(name, text) {
    say(this.notes[name], text);
    invalid(this.inputs[name], text);
  }

  clear() {
    for (const name of Object.keys(this.notes)) this.note(name, "");
  }

  /** Shows each fault at its field. @returns the faults that have none */
  faults(all) {
    this.clear();
    return all.filter(({ pointer, detail }) => {
      const [, name, ...inside] = pointer.split("/");
      if (!(name in this.notes)) return true;
      this.note(name, inside.length ? `/${inside.join("/")}: ${detail}` : detail);
      return false;
    });
  }
}

const named = ({ name, label }, run) => (name === "epochs" || name === "from_epoch" ? `${label} (${name === "epochs" ? `${run.unit}s` : run.unit})` : label);
