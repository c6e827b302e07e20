/** The schedule elsewhere: as a command, as code, as a picture. */

import { post } from "../api.js";
import { copied, el, say } from "../dom.js";

const LIBRARIES = { torch: "PyTorch", optax: "Optax", keras: "Keras", transformers: "HF" };
const PICTURES = { svg: "SVG", png: "PNG", csv: "CSV" };

export class Exports {
  constructor(host, announce) {
    this.host = host;
    this.announce = announce;
    this.chosen = "curl";
    this.text = "";
    this.code = el("pre", { class: "code export-code", tabindex: "0", "aria-label": "Code" });
    this.notes = el("p", { class: "notes", role: "status" });
    this.links = Object.entries(PICTURES).map(([format, label]) => el("a", { class: "button small", "data-format": format, target: "_blank", rel: "noopener" }, label));
    this.tabs = [["curl", "curl"], ...Object.entries(LIBRARIES), ["spec", "spec JSON"]].map(([name, label]) =>
      el("button", { type: "button", class: "small", "data-export": name, on: { click: () => this.choose(name) } }, label));
    this.copy = el("button", { type: "button", class: "small primary", on: { click: () => this.copies() } }, "Copy");
    host.replaceChildren(el("div", { class: "tabs" }, ...this.tabs, this.copy, el("span", { class: "spacer" }), ...this.links), this.code, this.notes);
    this.choose("curl");
  }

  choose(name) {
    this.chosen = name;
    for (const tab of this.tabs) tab.setAttribute("aria-pressed", String(tab.dataset.export === name));
    this.write();
  }

  /** @param {any|null} spec null where it is not valid @param {number|null} stop */
  show(spec, stop) {
    const said = JSON.stringify([spec, stop]);
    if (said === this.said) return;
    Object.assign(this, { said, spec, stop });
    for (const link of this.links) this.link(link);
    this.write();
  }

  link(link) {
    const query = new URLSearchParams({ schedule: JSON.stringify(this.spec), stop: String(this.stop), format: link.dataset.format });
    if (this.spec) link.href = `/v1/schedule?${query}`;
    else link.removeAttribute("href");
  }

  async write() {
    const { chosen, spec } = this;
    if (!spec) return this.fill("", "The schedule is not valid yet.");
    if (chosen === "spec") return this.fill(JSON.stringify(spec, null, 2), "");
    if (chosen === "curl") return this.fill(command(spec, this.stop), "");
    const answer = await post("/v1/exports", { schedule: spec, library: chosen }).catch((problem) => ({ code: "", notes: [problem.message] }));
    if (chosen === this.chosen && spec === this.spec) this.fill(answer.code, (answer.notes ?? []).join(" "));
  }

  fill(text, notes) {
    this.text = text;
    say(this.code, text);
    this.code.hidden = !text;
    this.copy.disabled = !text;
    say(this.notes, notes);
  }

  async copies() {
    const done = await copied(this.text);
    this.announce(done ? "Copied." : "The browser would not copy it.");
    say(this.copy, done ? "Copied" : "Select and copy it");
    setTimeout(() => say(this.copy, "Copy"), 1500);
  }
}

/** What asks for the same from a terminal. */
function command(spec, stop) {
  const body = JSON.stringify({ schedule: spec, start: 0, stop }, null, 2);
  return `curl ${location.origin}/v1/schedule --json '${body}'`;
}
