/** Events for this tab, over the stream that all tabs share. */

import { Source } from "./source.js";

const CHANNEL = "setpoint-events";
const BEAT = 1000;
const SILENCE = 2500;
const FIRST = 150;
const CLAIM = 200;

/**
 * Hears what happens: through the shared worker, or where there is none through the tab that leads.
 * @param {(message: any) => void} hear
 */
export function listen(hear) {
  if (!("SharedWorker" in window)) return new Tabs(hear);
  const worker = new SharedWorker("/static/stream-worker.js", { type: "module", name: CHANNEL });
  worker.port.onmessage = ({ data }) => hear(data);
  window.addEventListener("pagehide", () => worker.port.postMessage("bye"));
  // A page that comes back out of the browser's cache has left; it has to ask anew.
  window.addEventListener("pageshow", (event) => event.persisted && location.reload());
  return worker;
}

/**
 * One of the tabs holds the stream and tells the others.
 *
 * Where there are Web Locks the holder of the lock leads. They are missing on plain-http pages: there the tab leads
 * that no other has been heard to lead for some time. It says so before it connects, and of two the one with the
 * smaller name stays.
 */
class Tabs {
  constructor(hear) {
    this.hear = hear;
    this.name = Math.random();
    this.leader = null;
    this.heard = performance.now();
    this.channel = new BroadcastChannel(CHANNEL);
    this.channel.onmessage = ({ data }) => this.receive(data);
    window.addEventListener("pagehide", () => this.yield());
    if (navigator.locks) navigator.locks.request(CHANNEL, () => new Promise(() => this.connect()));
    else {
      this.channel.postMessage({ type: "who" });
      setTimeout(() => this.watch(FIRST), 200 + 300 * Math.random());
    }
  }

  receive(data) {
    if (data.type === "who") return this.leads && this.beat();
    if (data.type === "gone") return data.name === this.leader && (this.heard = -Infinity);
    if (data.type !== "beat") return this.hear(data);
    if (this.leads && data.name > this.name) return this.beat();
    this.yield();
    this.leader = data.name;
    this.heard = performance.now();
    if (this.online !== data.online) this.hear({ type: "online", online: (this.online = data.online) });
  }

  watch(patience) {
    if (!this.leads && performance.now() - this.heard > patience) this.claim();
    setTimeout(() => this.watch(SILENCE), BEAT / 2 + 300 * Math.random());
  }

  claim() {
    this.leads = true;
    this.beat();
    setTimeout(() => this.leads && this.connect(), CLAIM);
  }

  connect() {
    this.leads = true;
    const tell = (message) => {
      this.hear(message);
      this.channel.postMessage(message);
      if (message.type === "online") this.beat();
    };
    // The one who led before may have gone some time ago.
    this.source = new Source(tell, { isLate: this.leader !== null });
    this.beating = setInterval(() => this.beat(), BEAT);
  }

  beat() {
    this.channel.postMessage({ type: "beat", name: this.name, online: this.source?.online ?? false });
  }

  yield() {
    if (!this.leads) return;
    this.leads = false;
    this.source?.close();
    this.source = null;
    clearInterval(this.beating);
    this.channel.postMessage({ type: "gone", name: this.name });
  }
}
