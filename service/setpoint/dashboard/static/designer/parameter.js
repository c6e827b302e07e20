/** One parameter of a kind, as its schema describes it. */

import { el, invalid, say } from "../dom.js";
import { rate } from "../format.js";

const RANGE = 1000;
let made = 0;

/**
 * @param {{name: string, schema: any, value: any, required: boolean, onChange: (value: any) => void}} given `onChange` is
 *   told undefined where the parameter is left out
 */
export class Parameter {
  constructor({ name, schema, value, required, onChange }) {
    const optional = schema.anyOf?.find((each) => each.type !== "null");
    this.schema = optional ? { ...schema, ...optional } : schema;
    this.isNullable = Boolean(optional);
    this.required = required;
    this.onChange = onChange;
    this.id = `parameter-${++made}`;
    this.fault = el("span", { class: "fault", id: `${this.id}-fault` });
    this.input = this.made();
    const isList = this.schema.type === "array";
    const label = el("label", { for: this.id, title: schema.description ?? "" }, name.replaceAll("_", " "));
    this.slider = this.slides(name, value ?? schema.default);
    this.host = el("div", { class: isList ? "parameter long" : "parameter" }, label, this.input, this.slider, this.fault);
    this.write(value);
  }

  made() {
    const { type } = this.schema;
    const shared = { id: this.id, "aria-describedby": `${this.id}-fault` };
    const on = { input: () => this.read() };
    if (this.schema.enum) return el("select", { ...shared, on }, ...this.schema.enum.map((each) => el("option", {}, each)));
    if (type === "boolean") return el("input", { ...shared, type: "checkbox", on });
    const fallback = this.schema.default;
    const placeholder = this.isNullable && fallback === null ? "none" : fallback !== undefined && fallback !== null ? written(fallback) : null;
    return el("input", { ...shared, inputmode: type === "array" ? null : "decimal", autocomplete: "off", spellcheck: "false", placeholder, on });
  }

  /** A slider beside a number, by the logarithm where that is how it is thought of. */
  slides(name, value) {
    const { type, maximum, exclusiveMaximum } = this.schema;
    if ((type !== "number" && type !== "integer") || typeof value !== "number") return null;
    const most = maximum ?? (exclusiveMaximum < 1e15 ? exclusiveMaximum : Infinity);
    if (name.includes("lr")) this.scale = { low: 1e-7, high: 10, log: true };
    else if (type === "number") this.scale = { low: 0, high: Math.min(most, value < 1 ? 1 : 3 * value), log: false };
    else this.scale = { low: 0, high: Math.min(most, Math.max(10, 3 * value)), log: false };
    return el("input", { type: "range", min: 0, max: RANGE, "aria-label": `${name.replaceAll("_", " ")}, slider`, on: { input: () => this.slid() } });
  }

  slid() {
    const { low, high, log } = this.scale;
    const part = Number(this.slider.value) / RANGE;
    const raw = log ? low * (high / low) ** part : low + part * (high - low);
    const value = Number(raw.toPrecision(log ? 2 : 3));
    const least = this.schema.exclusiveMinimum === 0 ? (this.schema.type === "integer" ? 1 : value || 0.001) : 0;
    this.input.value = String(this.schema.type === "integer" ? Math.max(least, Math.round(value)) : Math.max(least, log && part === 0 ? 0 : value));
    this.fill();
    this.slider.setAttribute("aria-valuetext", this.input.value);
    this.read(true);
  }

  write(value) {
    const shown = value === undefined && (this.schema.enum || this.schema.type === "boolean") ? this.schema.default : value;
    if (this.schema.type === "boolean") this.input.checked = Boolean(shown);
    else this.input.value = shown === undefined || shown === null ? "" : written(shown);
    this.follow(value ?? this.schema.default);
  }

  follow(value) {
    if (!this.slider || typeof value !== "number") return;
    const { low, high, log } = this.scale;
    const part = log ? Math.log(Math.max(value, low) / low) / Math.log(high / low) : (value - low) / (high - low);
    this.slider.value = String(Math.round(RANGE * Math.min(Math.max(part, 0), 1)));
    this.fill();
    this.slider.setAttribute("aria-valuetext", rate(value));
  }

  /** Up to its thumb a slider is coloured. */
  fill() {
    this.slider.style.setProperty("--at", `${(100 * Number(this.slider.value)) / RANGE}%`);
  }

  read(isSliding = false) {
    const text = this.input.value.trim();
    this.tell("");
    if (this.schema.type === "boolean") return this.onChange(this.input.checked);
    if (this.schema.enum) return this.onChange(text);
    if (!text) {
      if (this.required) return this.tell("is required");
      return this.onChange(undefined);
    }
    try {
      const value = this.schema.type === "array" ? JSON.parse(`[${text.replace(/^\[(.*)\]$/s, (whole, inside) => (isNested(this.schema) && !/^\s*\[/.test(inside) ? whole : inside))}]`) : JSON.parse(text);
      if (this.schema.type !== "array" && typeof value !== "number") throw new SyntaxError("not a number");
      if (!isSliding) this.follow(value);
      this.onChange(value);
    } catch {
      this.tell(this.schema.type === "array" ? "must be values separated by commas" : "is not a number");
    }
  }

  tell(text) {
    say(this.fault, text);
    invalid(this.input, text);
  }
}

const isNested = (schema) => schema.items?.type === "array";

const written = (value) => (Array.isArray(value) ? value.map((each) => JSON.stringify(each)).join(", ") : String(value));
