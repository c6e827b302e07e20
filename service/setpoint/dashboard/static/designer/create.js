/** Making a run of what was designed. */

import { ask, ofRun } from "../api.js";
import { el, say } from "../dom.js";

export class CreateForm {
  /** @param {HTMLElement} host @param {() => any} spec */
  constructor(host, spec) {
    this.host = host;
    this.spec = spec;
  }

  show() {
    this.name = el("input", { name: "run", required: true, placeholder: "resnet50-a", autocomplete: "off", spellcheck: "false", "aria-describedby": "create-said" });
    this.unit = el("select", { name: "unit" }, el("option", { value: "epoch" }, "epochs"), el("option", { value: "step" }, "optimizer steps"));
    this.labels = el("input", { name: "labels", placeholder: "team:vision, gpu:8", autocomplete: "off", spellcheck: "false" });
    this.said = el("p", { class: "fault", id: "create-said", role: "alert" });
    const button = el("button", { type: "submit", class: "primary" }, "Create the run");
    this.host.replaceChildren(el("form", { class: "fold-in", on: { submit: (event) => this.submit(event) } },
      el("div", { class: "row" }, el("label", {}, "Name", this.name), el("label", {}, "Counted in", this.unit), el("label", {}, "Labels", this.labels), button),
      this.said));
  }

  async submit(event) {
    event.preventDefault();
    const name = this.name.value.trim();
    const labels = labelled(this.labels.value);
    if (!name || !labels) return say(this.said, name ? "Labels are name:value, several separated by commas." : "Give it a name.");
    try {
      const { status } = await ask("PUT", ofRun(name), { body: { schedule: this.spec(), unit: this.unit.value, labels } });
      say(this.said, status === 200 ? "It was there already." : "");
      location.assign(`/?run=${encodeURIComponent(name)}`);
    } catch (problem) {
      const faults = problem.faults.map(({ pointer, detail }) => `${pointer.slice(1)} ${detail}`).join(". ");
      say(this.said, faults || problem.message);
    }
  }
}

function labelled(text) {
  const pairs = text.split(",").map((each) => each.trim()).filter(Boolean).map((each) => each.split(/:(.*)/s).map((part) => part.trim()));
  if (pairs.some(([name, value]) => !name || !value)) return null;
  return Object.fromEntries(pairs);
}
