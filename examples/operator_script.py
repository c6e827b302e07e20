"""An operator's script: it watches a run's losses and steps in as a person would.

    python examples/operator_script.py RUN [URL]

Twice the best loss so far: it halves the learning rate. NaN: it goes back to the last epoch of which the loss was
good, with a tenth of the rate; the workers are told so at their next contact. It ends with the run.
"""

import math
import os
import sys

from setpoint import Run

CHECKPOINTS = 5
"""The training saves its weights every so many epochs: there it can go back to."""


def watch(run: Run) -> None:
    best, halved_at = math.inf, -1
    for event in run.events():
        if event.kind == "state" and event.data["state"] != "running":
            return
        if event.kind != "metric" or event.data["attempt"] != run.attempt:
            continue
        epoch, loss = event.data["epoch"], float(event.data["value"])
        if math.isnan(loss):
            back = max(epoch - 1, 0) // CHECKPOINTS * CHECKPOINTS
            opened = run.rollback(back, scale=0.1, reason=f"NaN at epoch {epoch}")
            print(
                f"epoch {epoch}: NaN. Attempt {opened['attempt']} begins at {back}, with a tenth of the rate",
                flush=True,
            )
            best, halved_at = math.inf, -1
        elif loss > 2 * best and epoch > halved_at:
            receipt = run.change("scale", factor=0.5, reason=f"loss {loss:.3g} at epoch {epoch}, best {best:.3g}")
            halved_at = receipt["effective_epoch"]
            print(f"epoch {epoch}: loss {loss:.3g}. Halved from epoch {halved_at} on", flush=True)
        best = min(best, loss)


def main(name: str, url: str | None) -> None:
    with Run.join(url, name, worker=f"operator-{os.getpid()}") as run:
        print(f"watching {run.name}, attempt {run.attempt}", flush=True)
        watch(run)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None)
