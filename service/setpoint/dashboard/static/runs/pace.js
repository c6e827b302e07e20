/** How fast a run moves, so that a change can be offered for an epoch that is still open when it is applied. */

const MEMORY = 10000;
const LEAD = 5;

export class Pace {
  constructor() {
    /** @type {{at: number, epoch: number}[]} */
    this.seen = [];
  }

  mark(epoch) {
    const at = performance.now();
    this.seen.push({ at, epoch });
    while (this.seen.length > 2 && this.seen[0].at < at - MEMORY) this.seen.shift();
  }

  /** How many epochs go by while somebody reads a preview; 0 for a run that stands still. */
  lead() {
    const now = performance.now();
    const first = this.seen.find(({ at }) => at > now - MEMORY);
    const last = this.seen[this.seen.length - 1];
    if (!first || first === last) return 0;
    return Math.ceil((LEAD * 1000 * (last.epoch - first.epoch)) / Math.max(now - first.at, 1000));
  }
}
