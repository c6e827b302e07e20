/** The curves of the schedules that are compared, all to the same epoch. */

import { post } from "../api.js";

const POINTS = 400;

export class Curves {
  constructor() {
    this.asking = null;
    /** @type {Record<string, {epochs: number[], lr: number[]}>} Unzoomed, all to the same epoch. */
    this.whole = {};
    /** @type {Record<string, {epochs: number[], lr: number[]}>} Each to its own end; facts are told of these. */
    this.own = {};
    /** @type {number|null} The epoch that an endless schedule is shown to. */
    this.stop = null;
  }

  /**
   * Asks for all of them; null where another question has come since.
   * @param {Record<string, any>} specs
   * @param {[number, number]|null} window
   */
  async read(specs, window) {
    this.asking?.abort();
    const asking = (this.asking = new AbortController());
    const problems = {};
    const each = async (slot, range) => {
      try {
        return await one(specs[slot], range, asking.signal);
      } catch (problem) {
        if (problem.name === "AbortError") throw problem;
        problems[slot] = problem;
        return null;
      }
    };
    try {
      const slots = Object.keys(specs);
      const natural = await Promise.all(slots.map((slot) => each(slot, {})));
      const stops = natural.map((curve) => (curve ? curve.epochs[curve.epochs.length - 1] + 1 : 0));
      const stop = Math.max(...stops);
      const whole = await Promise.all(slots.map((slot, i) => (!natural[i] || stops[i] === stop ? natural[i] : each(slot, { stop }))));
      // What is not valid is shown as it last was.
      this.whole = named(slots, whole.map((curve, i) => curve ?? this.whole[slots[i]]));
      this.own = named(slots, natural.map((curve, i) => curve ?? this.own[slots[i]]));
      this.stop = stop || null;
      const near = window && whole.map((curve, i) => curve && each(slots[i], { start: window[0], stop: Math.max(window[1] + 1, window[0] + 2) }));
      const curves = near ? named(slots, await Promise.all(near)) : this.whole;
      return asking === this.asking ? { curves, problems } : null;
    } catch (problem) {
      if (problem.name === "AbortError") return null;
      throw problem;
    }
  }
}

/** @type {Map<string, any>} The last answers: what is looked at again is not asked for again. */
const KEPT = new Map();
const MOST = 24;

async function one(schedule, range, signal) {
  const key = JSON.stringify([schedule, range]);
  const curve = KEPT.get(key) ?? (await asked(schedule, range, signal));
  KEPT.delete(key);
  KEPT.set(key, curve);
  if (KEPT.size > MOST) KEPT.delete(KEPT.keys().next().value);
  return curve;
}

async function asked(schedule, range, signal) {
  try {
    return await post("/v1/schedule", { schedule, points: POINTS, ...range }, signal);
  } catch (problem) {
    if (range.stop || !problem.faults?.some(({ pointer }) => pointer === "/stop")) throw problem;
    return post("/v1/schedule", { schedule, points: POINTS, stop: someWay(schedule) }, signal);
  }
}

/** How much of a schedule without an end shows what it is like. */
export function someWay(schedule) {
  const numbers = JSON.stringify(schedule).match(/(?<=[[:,])\d+(?=[,\]}])/g) ?? [];
  return Math.min(Math.max(20, 4 * Math.max(0, ...numbers.map(Number))), 1e9);
}

const named = (slots, curves) => Object.fromEntries(slots.map((slot, i) => [slot, curves[i]]).filter(([, curve]) => curve));
