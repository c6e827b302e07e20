/** Ending a run: finished, or archived. Asked once more, for it is not taken back like a change. */

import { ask, ofRun } from "../api.js";
import { el, say } from "../dom.js";

const ENDINGS = {
  finished: { label: "Finish", about: "Workers get no new epochs, and what is sealed stays readable. Rolling back opens it again." },
  archived: { label: "Archive", about: "It leaves the list and can only be looked at from now on. There is no way back." },
};

export class Ending {
  /** @param {any} detail @param {{onOpen: () => void}} options */
  constructor(detail, { onOpen }) {
    this.detail = detail;
    this.onOpen = onOpen;
    this.buttons = Object.entries(ENDINGS).map(([state, { label, about }]) =>
      el("button", { type: "button", class: "subtle", title: about, hidden: true, "aria-expanded": "false", "data-state": state, on: { click: () => this.start(state) } }, `${label}…`));
    this.panel = el("form", { class: "preview ending", "aria-label": "End the run", hidden: true, on: { submit: (event) => this.submit(event) } });
  }

  /** Says what may be done to the run as it is. */
  show(isLooking) {
    const { state } = this.detail.run;
    for (const button of this.buttons) button.hidden = isLooking || state === "archived" || state === button.dataset.state;
  }

  start(state) {
    this.onOpen();
    this.open = state;
    const { label, about } = ENDINGS[state];
    this.note = el("p", { class: "preview-note", role: "alert" });
    const cancel = el("button", { type: "button", on: { click: () => this.cancel() } }, "Cancel ", el("kbd", {}, "Esc"));
    const done = el("button", { type: "submit", class: "primary" }, `${label} the run`);
    this.panel.replaceChildren(el("p", {}, el("strong", {}, `${label} ${this.detail.name}?`)), el("p", { class: "quiet" }, about), this.note,
      el("div", { class: "preview-end" }, el("span", { class: "spacer" }), cancel, done));
    this.panel.hidden = false;
    this.mark();
    cancel.focus();
    this.panel.scrollIntoView({ block: "nearest" });
  }

  async submit(event) {
    event.preventDefault();
    const { detail, open } = this;
    try {
      await ask("PATCH", ofRun(detail.name), { body: { state: open } });
    } catch (problem) {
      return say(this.note, problem.message);
    }
    detail.announce(`The run is ${open}.`);
    this.cancel();
    detail.reload();
  }

  mark() {
    for (const button of this.buttons) button.setAttribute("aria-expanded", String(button.dataset.state === this.open));
  }

  /** Closes the question; false where none is open. */
  cancel() {
    if (!this.open) return false;
    const button = this.buttons.find(({ dataset }) => dataset.state === this.open);
    this.open = null;
    this.panel.hidden = true;
    this.panel.replaceChildren();
    this.mark();
    button.focus();
    return true;
  }
}
