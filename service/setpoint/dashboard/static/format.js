/** Numbers and times as people read them. */

const GROUPED = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** An epoch: 43,051. */
export const count = (value) => GROUPED.format(value);

/** An epoch in little room: 43.1k. */
export function short(value) {
  const size = Math.abs(value);
  if (size < 10000) return String(value);
  const [by, unit] = size < 1e6 ? [1e3, "k"] : size < 1e9 ? [1e6, "M"] : [1e9, "G"];
  return `${Number((value / by).toPrecision(3))}${unit}`;
}

/** A learning rate to three digits: 0.05, 1.5e-4, 0. */
export function rate(value) {
  if (value === null || value === undefined) return "–";
  return written(value, 3);
}

/** A learning rate with all of its digits. */
export const exact = (value) => (value === null || value === undefined ? "–" : written(value, 17));

function written(value, digits) {
  if (value === 0) return "0";
  const size = Math.abs(value);
  const rounded = digits < 17 ? Number(value.toPrecision(digits)) : value;
  if (size >= 1e-3 && size < 1e6) return String(rounded);
  return rounded.toExponential().replace("e+", "e");
}

/** A part of the whole: 43.1%. */
export const percent = (part) => `${(100 * part).toFixed(part > 0 && part < 0.1 ? 2 : 1)}%`;

/** When: the time of today, or the day. */
export function when(text) {
  const at = new Date(text);
  const isToday = at.toDateString() === new Date().toDateString();
  const time = at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  return isToday ? time : `${at.toLocaleDateString([], { month: "short", day: "numeric" })} ${time}`;
}

/** For how long: 4 s, 3 min, 2 h. */
export function lasting(seconds) {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return seconds < 129600 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86400)} d`;
}

/** `n` of something: 1 step, 2 steps. */
export const many = (n, word) => `${count(n)} ${word}${n === 1 ? "" : "s"}`;
