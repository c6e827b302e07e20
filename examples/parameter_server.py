"""An asynchronous parameter server: workers fetch, compute and push at their own pace, at one learning rate an epoch.

    python examples/parameter_server.py [URL]

With `progress="slowest"` the run is as far as the slowest of its workers, and no one gets more than `max_lookahead`
epochs ahead of it: the fast ones wait, so gradients never get staler than that.
"""

import os
import random
import sys
import threading
import time

import numpy as np

from setpoint import Run

EPOCHS, WORKERS, BATCHES, AHEAD = 12, 4, 8, 2
TRUE = np.array([2.0, -1.0, 0.5, 3.0])


class Server:
    """The weights, which each push moves by the pusher's gradient."""

    def __init__(self) -> None:
        self._weights = np.zeros_like(TRUE)
        self._lock = threading.Lock()
        self.widest = 0
        self._asked = dict.fromkeys(range(WORKERS), 0)

    def fetch(self) -> np.ndarray:
        with self._lock:
            return self._weights.copy()

    def push(self, gradient: np.ndarray, lr: float) -> None:
        with self._lock:
            self._weights -= lr * gradient

    def asks(self, worker: int, epoch: int) -> None:
        with self._lock:
            self._asked[worker] = epoch

    def trains(self, epoch: int) -> None:
        with self._lock:
            self.widest = max(self.widest, epoch - min(self._asked.values()))


def work(server: Server, run: Run, number: int, rates: dict[int, set[float]]) -> None:
    chance = np.random.default_rng(number)
    pace = random.Random(number).uniform(0.001, 0.004) * (4 if number == 0 else 1)  # one is slow
    for epoch in range(EPOCHS):
        server.asks(number, epoch)
        lr = run.lr(epoch)
        server.trains(epoch)
        rates[epoch].add(lr)
        for _ in range(BATCHES):
            x = chance.normal(size=(16, TRUE.size))
            weights = server.fetch()
            time.sleep(pace)
            server.push(x.T @ (x @ (weights - TRUE)) / len(x), lr)


def main(url: str) -> None:
    name, server = f"parameter-server-{os.getpid()}", Server()
    rates: dict[int, set[float]] = {epoch: set() for epoch in range(EPOCHS)}
    runs = [
        Run.join(
            url,
            name,
            schedule={"kind": "step", "initial_lr": 0.2, "step_size": 5, "gamma": 0.5},
            worker=f"worker{number}",
            progress="slowest",
            workers=WORKERS,
            max_lookahead=AHEAD,
            lookahead=0,
        )
        for number in range(WORKERS)
    ]
    threads = [threading.Thread(target=work, args=(server, run, i, rates)) for i, run in enumerate(runs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(len(each) == 1 for each in rates.values()), "one epoch, one learning rate"
    print(f"never more than {server.widest} epochs apart, at rates {[each.pop() for each in rates.values()]}")
    print(f"learned {np.round(server.fetch(), 2).tolist()} of {TRUE.tolist()}")
    runs[0].finish()
    for run in runs[1:]:
        run.close()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("SETPOINT_URL", "http://127.0.0.1:8321"))
