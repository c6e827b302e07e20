/** The one stream of events that a browser has open, whoever holds it. */

const KINDS = [
  "created", "sealed", "progress", "left", "change", "attempt", "metric", "decision", "state", "labels", "divergence",
];
const RETRY = 700;
const GATHER = 100;

/**
 * Keeps a stream open, and tells what comes in at most ten times a second.
 *
 * It tells `{type: "events", events}`, `{type: "online", online}` and `{type: "resync"}`: look at everything anew.
 */
export class Source {
  /**
   * @param {(message: any) => void} tell
   * @param {{isLate?: boolean}} [options] `isLate`: something may have happened before it listens
   */
  constructor(tell, { isLate = false } = {}) {
    this.tell = tell;
    this.online = false;
    this.last = "";
    this.gathered = [];
    this.wasOpen = isLate;
    this.connect();
  }

  connect() {
    const after = this.last ? `?after=${encodeURIComponent(this.last)}` : "";
    const stream = (this.stream = new EventSource(`/v1/events${after}`));
    stream.onopen = () => this.opened();
    stream.onerror = () => this.lost();
    stream.addEventListener("bye", () => this.lost());
    stream.addEventListener("reset", () => {
      this.last = "";
      this.lost();
    });
    for (const kind of KINDS) stream.addEventListener(kind, (event) => this.heard(event));
  }

  opened() {
    this.online = true;
    this.tell({ type: "online", online: true });
    // What happened while nobody listened is not told of where no event was known yet.
    if (this.wasOpen) this.tell({ type: "resync" });
    this.wasOpen = true;
  }

  /** The browser's own way back waits longer, and gives up at an answer such as 503. */
  lost() {
    this.stream.close();
    if (this.online) this.tell({ type: "online", online: false });
    this.online = false;
    clearTimeout(this.retry);
    this.retry = setTimeout(() => this.connect(), RETRY);
  }

  heard(event) {
    if (event.lastEventId) this.last = event.lastEventId;
    this.gathered.push(JSON.parse(event.data));
    this.flush ??= setTimeout(() => {
      this.flush = null;
      this.tell({ type: "events", events: this.gathered.splice(0) });
    }, GATHER);
  }

  close() {
    clearTimeout(this.retry);
    this.stream.close();
  }
}
