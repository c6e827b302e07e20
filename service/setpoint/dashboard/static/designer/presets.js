/** Schedules that many begin with, as their papers and recipes have them. */

const warm = (warmup_epochs, schedule) => ({ kind: "warmup", warmup_epochs, schedule });
const cosine = (initial_lr, epochs, more = {}) => ({ kind: "cosine", initial_lr, epochs, ...more });

/** @type {Record<string, any>} */
export const PRESETS = {
  "ResNet-50, ImageNet: steps": { kind: "step", initial_lr: 0.1, step_size: 30, gamma: 0.1 },
  "ResNet-50: warm-up, cosine": warm(5, cosine(0.1, 85)),
  "ViT: warm-up, cosine (steps)": warm(10000, cosine(0.001, 290000, { min_lr: 0.00001 })),
  "BERT fine-tuning: warm-up, linear": warm(300, { kind: "linear", initial_lr: 0.00005, final_lr: 0, epochs: 2700 }),
  "LLM: warm-up, cosine to a tenth": warm(2000, cosine(0.0003, 98000, { min_lr: 0.00003 })),
  "LLM: warm-up, stable, decay": { kind: "wsd", peak_lr: 0.0003, warmup_epochs: 2000, stable_epochs: 83000, decay_epochs: 15000, decay_shape: "1-sqrt" },
  "Super-convergence: one cycle": { kind: "one_cycle", peak_lr: 0.1, epochs: 90 },
  "Warm restarts": { kind: "cosine_restarts", initial_lr: 0.1, cycle_epochs: 10, cycle_mult: 2, cycles: 3 },
};
