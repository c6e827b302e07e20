// A worker in JavaScript, with nothing but Node's own fetch: a grant of several epochs at a time, which it trains through
// whether the service is there or not. It learns w = 3 by gradient descent, at the run's learning rate.
//
//   node examples/worker.mjs RUN [WORKER]     with SETPOINT_URL, and SETPOINT_TOKEN where tokens are asked for

const { SETPOINT_URL: url = "http://127.0.0.1:8321", SETPOINT_TOKEN: token, EPOCHS = "15" } = process.env;
const [run, worker = `node-${process.pid}`] = process.argv.slice(2);
const LOOKAHEAD = 4;
const sleep = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));

class Refused extends Error {
  constructor(problem) {
    super(problem.detail);
    Object.assign(this, problem, { code: problem.type.split("/").pop() });
  }
}

// All of it is a PUT, so to ask again does no harm: until the service is back, with pauses drawn at random.
async function ask(path, body, tries = 20) {
  const headers = { "Content-Type": "application/json", ...(token && { Authorization: `Bearer ${token}` }) };
  for (let n = 0; ; n++) {
    try {
      const signal = AbortSignal.timeout(10_000);
      const answer = await fetch(`${url}/v1/runs/${run}${path}`, { method: "PUT", headers, body: JSON.stringify(body), signal });
      if (answer.ok) return await answer.json();
      if (answer.status < 500) throw new Refused(await answer.json());
    } catch (error) {
      if (error instanceof Refused || n + 1 >= tries) throw error;
    }
    await sleep(Math.random() * Math.min(5, 0.1 * 2 ** n));
  }
}

// Every worker may say the same: the first creates the run, the others find it.
const found = await ask("", {
  schedule: { kind: "step", initial_lr: 0.4, step_size: 5, gamma: 0.5 },
  max_lookahead: LOOKAHEAD,
});
let { attempt } = found;
let grant = { start: 0, stop: 0, lr: [] };

// The learning rate of the epoch that this worker is at. Beyond the grant it asks for the next.
async function learningRate(epoch) {
  if (epoch < grant.start || epoch >= grant.stop) {
    ({ grant } = await ask(`/workers/${worker}`, { epoch, attempt, lookahead: LOOKAHEAD }));
  }
  return grant.lr[epoch - grant.start];
}

const saved = new Map(); // a checkpoint at each epoch
let w = 0;
for (let epoch = 0; epoch < Number(EPOCHS); epoch++) {
  let lr;
  try {
    lr = await learningRate(epoch);
  } catch (error) {
    if (error.code !== "stale-attempt") throw error;
    ({ attempt, from_epoch: epoch } = error); // somebody rolled back: so does this worker
    grant = { start: 0, stop: 0, lr: [] };
    w = saved.get(epoch) ?? 0;
    lr = await learningRate(epoch);
  }
  saved.set(epoch, w);
  w -= lr * 2 * (w - 3);
  const loss = (w - 3) ** 2;
  await ask(`/workers/${worker}/metrics/${epoch}`, { value: loss, attempt });
  console.log(`epoch ${epoch} lr ${lr} loss ${loss}`);
}
console.log(`w ${w}`);
