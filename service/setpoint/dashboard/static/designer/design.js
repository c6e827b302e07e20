/** What is designed: up to three schedules and how they are looked at, all of it in the address of the page. */

export const SLOTS = ["a", "b", "c"];
export const HUES = { a: "c0", b: "c1", c: "c2" };

const FIRST = { kind: "warmup", warmup_epochs: 5, schedule: { kind: "cosine", initial_lr: 0.1, epochs: 85, min_lr: 0.001 } };

export class Design {
  constructor() {
    this.saved = null;
    this.load();
  }

  /** Reads the address; false where it says what is shown already. */
  load() {
    if (location.hash === this.saved) return false;
    const said = new URLSearchParams(location.hash.slice(1));
    /** @type {Record<string, any>} */
    this.specs = {};
    for (const slot of SLOTS) this.specs[slot] = parsed(said.get(slot));
    this.specs.a ??= structuredClone(FIRST);
    const active = said.get("on") ?? "a";
    this.active = this.specs[active] ? active : "a";
    this.logY = said.get("y") === "log";
    this.logX = said.get("x") === "log";
    this.saved = location.hash;
    return true;
  }

  get spec() {
    return this.specs[this.active];
  }

  set spec(spec) {
    this.specs[this.active] = spec;
  }

  /** Writes the address. */
  save() {
    const said = new URLSearchParams();
    for (const slot of SLOTS) if (this.specs[slot]) said.set(slot, JSON.stringify(this.specs[slot]));
    if (this.active !== "a") said.set("on", this.active);
    if (this.logY) said.set("y", "log");
    if (this.logX) said.set("x", "log");
    history.replaceState(null, "", `#${said}`);
    this.saved = location.hash;
  }
}

function parsed(text) {
  try {
    const spec = JSON.parse(text ?? "null");
    return spec && typeof spec === "object" && typeof spec.kind === "string" ? spec : null;
  } catch {
    return null;
  }
}
