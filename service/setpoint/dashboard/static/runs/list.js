/** The runs there are, newest first, and which of them are shown. */

import { get, ofRun } from "../api.js";
import { el, paced, say } from "../dom.js";
import { count, many } from "../format.js";
import { Row } from "./row.js";

const PAGE = 1000;
const AT_ONCE = 4;
const POINTS = 20;

export class RunList {
  /**
   * @param {HTMLElement} host
   * @param {HTMLElement} tally
   * @param {{onOpen: (name: string) => void}} options
   */
  constructor(host, tally, { onOpen }) {
    this.host = host;
    this.tally = tally;
    this.onOpen = onOpen;
    /** @type {Map<string, Row>} */
    this.rows = new Map();
    this.text = "";
    this.state = "";
    this.marked = null;
    this.waiting = [];
    this.asking = 0;
    this.seen = new IntersectionObserver((entries) => this.sight(entries), { rootMargin: "60px" });
    this.again = paced(() => this.load(), 1000);
  }

  get size() {
    return this.isLoaded ? this.rows.size : null;
  }

  /** Reads the list anew. */
  async load() {
    const archived = this.state === "archived" ? "&state=archived" : "";
    const found = [];
    try {
      let after = "";
      do {
        const page = await get(`/v1/runs?limit=${PAGE}${archived}${after}`);
        found.push(...page.runs);
        after = page.next ? `&after=${encodeURIComponent(page.next)}` : null;
      } while (after);
    } catch (problem) {
      this.fail(problem);
      return;
    }
    this.isLoaded = true;
    this.arrange(found);
  }

  fail(problem) {
    if (this.rows.size) return;
    say(this.tally, "The list of runs could not be read.");
    const again = el("button", { type: "button", on: { click: () => this.load() } }, "Try again");
    this.host.replaceChildren(el("li", { class: "empty" }, el("p", {}, problem.message), again));
  }

  arrange(summaries) {
    const names = new Set(summaries.map(({ run }) => run));
    for (const [name, row] of this.rows) {
      if (names.has(name)) continue;
      this.seen.unobserve(row.item);
      this.rows.delete(name);
    }
    for (const summary of summaries) {
      const row = this.rows.get(summary.run);
      if (row) row.take(summary);
      else this.rows.set(summary.run, this.made(summary));
    }
    this.host.replaceChildren(...summaries.map(({ run }) => this.rows.get(run).item));
    this.mark(this.marked);
    this.sift();
  }

  made(summary) {
    const row = new Row(summary, () => this.onOpen(summary.run));
    row.item.dataset.run = summary.run;
    this.seen.observe(row.item);
    return row;
  }

  /** What is scrolled into sight gets its curve, a few at a time. */
  sight(entries) {
    for (const { target, isIntersecting } of entries) {
      const row = this.rows.get(target.dataset.run);
      if (!row) continue;
      row.isSeen = isIntersecting;
      if (isIntersecting) this.want(row);
    }
  }

  want(row) {
    if (row.isSeen && row.isStale() && !this.waiting.includes(row)) this.waiting.push(row);
    while (this.asking < AT_ONCE && this.waiting.length) this.fill(this.waiting.shift());
  }

  async fill(row) {
    this.asking++;
    try {
      const version = row.version();
      row.fill(await get(ofRun(row.name, `/curve?points=${POINTS}`)), version);
    } catch {
      row.filled = row.version(); // Another change of it asks again.
    }
    this.asking--;
    this.want(row);
  }

  hear(events) {
    for (const event of events) {
      const row = this.rows.get(event.run);
      if (!row) this.again();
      else if (row.hear(event)) this.want(row);
    }
  }

  filter(text) {
    this.text = text.trim().toLowerCase();
    this.sift();
  }

  only(state) {
    this.state = state;
    this.load();
  }

  sift() {
    let shown = 0;
    for (const row of this.rows.values()) {
      const fits = (!this.state || row.summary.state === this.state) && row.text.includes(this.text);
      row.item.hidden = !fits;
      shown += fits ? 1 : 0;
    }
    const all = this.rows.size;
    const isPart = shown < all;
    say(this.tally, isPart ? `${count(shown)} of ${many(all, "run")}` : all ? many(all, "run") : "No runs yet.");
  }

  mark(name) {
    this.rows.get(this.marked)?.mark(false);
    this.marked = name;
    this.rows.get(name)?.mark(true);
  }

  /** Opens the next run of those shown, or the one before. */
  walk(way) {
    const shown = [...this.rows.values()].filter((row) => !row.item.hidden);
    const at = shown.findIndex((row) => row.name === this.marked);
    const next = shown[at < 0 ? (way > 0 ? 0 : shown.length - 1) : Math.min(Math.max(at + way, 0), shown.length - 1)];
    if (!next) return;
    this.onOpen(next.name);
    next.link.focus();
    next.item.scrollIntoView({ block: "nearest" });
  }
}
