/** How far a run's plan goes. */

const CLOCKS = new Set(["hold", "set", "release", "replace", "decay"]);

/** Whether the plan comes to rest with a hold or a pin: then it has no end of its own until it is released. */
export function isFrozen(changes) {
  const last = changes.filter(({ op }) => CLOCKS.has(op)).pop()?.op;
  return last === "hold" || last === "set";
}

/** Where the plan ends; null where it doesn't. */
export function endOf(run, curve) {
  if (isFrozen(curve.changes)) return run.end;
  const isEndless = run.end === null && !curve.changes.some(({ op }) => op === "replace" || op === "decay");
  return isEndless ? null : curve.epochs[curve.epochs.length - 1] + 1;
}
