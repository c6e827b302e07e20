/** The form of a schedule, with its parts inside it: each made from the schema of its kind. */

import { el } from "../dom.js";
import { Parameter } from "./parameter.js";

/** Text with its `names` set apart. */
const worded = (text) => text.split("`").map((each, i) => (i % 2 ? el("code", {}, each) : each));

const isPart = (schema) => Boolean(schema.oneOf && schema.discriminator);
const isParts = (schema) => schema.type === "array" && isPart(schema.items ?? {});

export class PartForm {
  /**
   * @param {HTMLElement} host
   * @param {{kinds: any[]}} catalogue
   * @param {{onEdit: () => void, onTake: (spec: any) => void}} options
   */
  constructor(host, catalogue, { onEdit, onTake }) {
    this.host = host;
    this.kinds = new Map(catalogue.kinds.map((kind) => [kind.kind, kind]));
    this.onEdit = onEdit;
    this.onTake = onTake;
  }

  /** Shows a schedule; what is edited is edited in it. */
  show(spec) {
    this.root = spec;
    this.places = new Map();
    const focused = document.activeElement?.getAttribute("data-act");
    this.host.replaceChildren(this.part(spec, "", (other) => this.onTake(other)));
    if (focused) this.host.querySelector(`[data-act="${CSS.escape(focused)}"]`)?.focus();
  }

  /** After parts were added, moved or removed. */
  rebuilt() {
    this.show(this.root);
    this.onEdit();
  }

  part(spec, pointer, replace, tools = []) {
    const kind = this.kinds.get(spec.kind);
    const head = el("div", { class: "part-head" }, this.chooser(spec, pointer, replace), ...tools, this.wrapper(spec, pointer, replace));
    if (!kind) return el("div", { class: "part" }, head, el("p", { class: "fault" }, `There is no kind ${spec.kind}.`));
    const about = el("p", { class: "about" }, ...worded(kind.summary), " ", el("code", {}, kind.formula));
    const { properties, required = [] } = kind.parameters;
    const fields = Object.entries(properties).filter(([name]) => name !== "kind").map(([name, schema]) =>
      isPart(schema) ? this.member(spec, name, schema, pointer)
        : isParts(schema) ? this.members(spec, name, schema, pointer)
        : this.parameter(spec, name, schema, required.includes(name), pointer));
    return el("div", { class: "part" }, head, about, ...fields);
  }

  chooser(spec, pointer, replace) {
    const options = [...this.kinds.keys()].map((kind) => el("option", {}, kind));
    const select = el("select", {
      "aria-label": pointer ? `Kind of part ${pointer}` : "Kind", "data-act": `kind${pointer}`,
      on: { change: () => replace(this.changed(spec, select.value)) },
    }, ...options);
    select.value = spec.kind;
    return select;
  }

  /** Another kind: its example, with those values of this one that it has too. */
  changed(spec, kind) {
    const { example, parameters } = this.kinds.get(kind);
    const other = structuredClone(example);
    for (const [name, value] of Object.entries(spec)) {
      const schema = parameters.properties[name];
      const same = this.kinds.get(spec.kind)?.parameters.properties[name];
      if (name !== "kind" && schema && same && schema.type === same.type && !schema.enum) other[name] = value;
    }
    return other;
  }

  /** The kinds that are made of other schedules. */
  composites() {
    return [...this.kinds.values()].filter((kind) => !kind.flat).map((kind) => kind.kind);
  }

  /** Puts the part into another, or what is inside in its place. */
  wrapper(spec, pointer, replace) {
    const inside = spec.schedule ?? spec.schedules?.[0];
    const select = el("select", { class: "around", "aria-label": "Compose", "data-act": `compose${pointer}`, on: { change: () => wrap() } },
      el("option", { value: "" }, "compose…"),
      el("optgroup", { label: "Put into" }, ...this.composites().map((kind) => el("option", { value: kind }, kind))),
      inside && el("optgroup", { label: "Take out" }, el("option", { value: "-" }, "keep only what is inside")));
    const wrap = () => replace(select.value === "-" ? inside : this.around(spec, select.value));
    return select;
  }

  around(spec, kind) {
    const other = structuredClone(this.kinds.get(kind).example);
    if (Array.isArray(other.schedules)) other.schedules[0] = spec;
    else other.schedule = spec;
    return other;
  }

  parameter(spec, name, schema, required, pointer) {
    const onChange = (value) => {
      if (value === undefined) delete spec[name];
      else spec[name] = value;
      this.onEdit();
    };
    const parameter = new Parameter({ name, schema, value: spec[name], required, onChange });
    parameter.input.dataset.pointer = `${pointer}/${name}`;
    this.places.set(`${pointer}/${name}`, parameter);
    return parameter.host;
  }

  member(spec, name, schema, pointer) {
    const at = `${pointer}/${name}`;
    const replace = (other) => {
      spec[name] = other;
      this.rebuilt();
    };
    return el("div", { class: "members" }, el("span", { class: "label", title: schema.description ?? "" }, name), this.part(spec[name], at, replace));
  }

  members(spec, name, schema, pointer) {
    const at = `${pointer}/${name}`;
    const parts = spec[name].map((each, i) => {
      const replace = (other) => {
        spec[name][i] = other;
        this.rebuilt();
      };
      return this.part(each, `${at}/${i}`, replace, this.tools(spec, name, i, schema.minItems ?? 1, at));
    });
    const add = el("button", { type: "button", class: "small", "data-act": `add${at}`, on: { click: () => this.add(spec, name) } }, "+ Add a part");
    return el("div", { class: "members" }, el("span", { class: "label", title: schema.description ?? "" }, name), ...parts, el("div", {}, add));
  }

  tools(spec, name, i, least, at) {
    const all = spec[name];
    const move = (by) => () => {
      [all[i], all[i + by]] = [all[i + by], all[i]];
      this.rebuilt();
    };
    const remove = () => {
      all.splice(i, 1);
      if (Array.isArray(spec.milestones)) spec.milestones.splice(Math.max(0, i - 1), 1);
      this.rebuilt();
    };
    const button = (label, title, act, disabled) =>
      el("button", { type: "button", class: "small", title, "aria-label": `${title} (part ${i + 1})`, "data-act": `${title}${at}/${i}`, disabled, on: { click: act } }, label);
    return [
      button("↑", "Move up", move(-1), i === 0),
      button("↓", "Move down", move(1), i === all.length - 1),
      button("✕", "Remove", remove, all.length <= least),
    ];
  }

  add(spec, name) {
    const before = spec[name][spec[name].length - 1];
    spec[name].push(structuredClone(before));
    if (Array.isArray(spec.milestones)) {
      const { milestones } = spec;
      const last = milestones[milestones.length - 1] ?? 0;
      milestones.push(last + Math.max(1, last - (milestones[milestones.length - 2] ?? 0)));
    }
    this.rebuilt();
  }

  /** Shows each fault at its field. @returns those that have none */
  faults(all) {
    for (const parameter of this.places.values()) if (parameter.fromService) this.mark(parameter, "");
    return all.filter(({ pointer, detail }) => {
      const path = pointer.replace(/^\/schedule(?=\/|$)/, "");
      const parameter = this.places.get(path) ?? this.places.get(path.replace(/\/\d+(\/\d+)?$/, ""));
      if (!parameter) return true;
      this.mark(parameter, detail);
      return false;
    });
  }

  mark(parameter, text) {
    parameter.tell(text);
    parameter.fromService = Boolean(text);
  }
}
