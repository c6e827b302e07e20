"""What a run should be, said a second time as naively as possible: dictionaries, exact fractions, all computed anew.

It shares no code with `setpoint.runs`. Of the service it uses single schedules alone: the value of one at a time.
"""

import copy
import json
import math
from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from itertools import pairwise
from typing import Any

from setpoint.schedules.form import Form
from setpoint.schedules.kinds import parse
from setpoint.schedules.spec import Spec

Json = dict[str, Any]
FAR = 160
"""How many epochs ahead bounds are looked at: more than any plan here takes to come to rest."""


class Refusal(Exception):
    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@cache
def _read(text: str) -> Spec:
    return parse(json.loads(text))


def spec(plain: Json) -> Spec:
    return _read(json.dumps(plain))


def form(plain: Json) -> Form:
    return spec(plain).form


class Reference:
    """A run. Methods are what can be asked of it; each raises `Refusal` where the service is to refuse."""

    def __init__(self, asked: Json) -> None:
        self.asked = asked
        self.rates: list[Json] = [asked["schedule"], *asked["groups"].values()]
        self.names = ["lr", *asked["groups"]]
        self.columns: list[Json] = [*self.rates, *asked["hyperparameters"].values()]
        self.start: int = asked["start_epoch"]
        self.lookahead: int = asked["max_lookahead"]
        self.plateau: Json | None = asked["plateau"]
        self.bounds: Json = asked["bounds"]
        self.state = "running"
        self.plan_version: int = 1
        self.numbers: int = 0
        self.keys: dict[str, tuple[Any, Json]] = {}
        self.attempts: list[Json] = [self._attempt(1, None, self.start)]
        self._holds(self.start)

    def _attempt(self, number: int, parent: int | None, first: int) -> Json:
        return {
            "number": number, "parent": parent, "first": first, "position": first, "frontier": first, "sealed": {},
            "entries": [], "kept": {}, "kept_version": 0, "reports": {}, "left": set(), "metrics": [], "decided": [],
        }  # fmt: skip

    @property
    def now(self) -> Json:
        return self.attempts[-1]

    # The plan

    def curve(self, column: int, start: int, stop: int, *, of: Json | None = None) -> list[float]:
        attempt = self.now if of is None else of
        return [
            attempt["kept"][epoch][column] if epoch in self._kept(attempt) else self._value(track, epoch)
            for epoch, track in self._tracks(attempt, column, start, stop)
        ]

    def _kept(self, attempt: Json) -> dict[int, Any]:
        later = [each["epoch"] for each in attempt["entries"] if each["version"] > attempt["kept_version"]]
        return {epoch: values for epoch, values in attempt["kept"].items() if epoch < min(later, default=math.inf)}

    def _tracks(self, attempt: Json, column: int, start: int, stop: int) -> Iterator[tuple[int, Json]]:
        track: Json = self._fresh(self.columns[column], 0)
        entries = sorted(attempt["entries"], key=lambda each: (each["epoch"], each["version"]))
        entries = [each for each in entries if self._acts(each, column)]
        for epoch in range(start, stop):
            while entries and entries[0]["epoch"] <= epoch:
                entry = entries.pop(0)
                track = self._after(dict(track, factors=list(track["factors"])), entry, column)
            yield epoch, track

    def _fresh(self, schedule: Json, epoch: int) -> Json:
        return {
            "schedule": schedule, "offset": Fraction(-epoch), "rate": Fraction(1), "held": None, "pin": None,
            "factors": [], "before_pin": 0, "scale": 1.0, "scale_of_pin": 1.0,
        }  # fmt: skip

    def _acts(self, entry: Json, column: int) -> bool:
        is_rate = column < len(self.rates)
        if entry["op"] == "reduction":
            return is_rate
        groups = entry["change"].get("groups")
        if not is_rate:
            return entry["op"] in ("hold", "release") and groups is None
        return groups is None or self.names[column] in groups

    def _clock(self, track: Json, epoch: int) -> Fraction:
        held, offset, rate = track["held"], track["offset"], track["rate"]
        return Fraction(offset + rate * epoch if held is None else held)

    def _plain(self, track: Json, epoch: int) -> float:
        value = track["pin"] if track["pin"] is not None else form(track["schedule"]).value(self._clock(track, epoch))
        for factor in track["factors"][track["before_pin"] if track["pin"] is not None else 0 :]:
            value = value * factor
        return value

    def _scale(self, track: Json) -> float:
        return float(track["scale"] if track["pin"] is None else track["scale_of_pin"])

    def _value(self, track: Json, epoch: int) -> float:
        value, scale = self._plain(track, epoch), self._scale(track)
        floor = self.plateau["min_lr"] if self.plateau else 0.0
        return (value if scale == 1.0 else max(value * scale, min(value, floor))) + 0.0

    def _after(self, track: Json, entry: Json, column: int) -> Json:
        epoch, change = entry["epoch"], entry["change"]
        match entry["op"]:
            case "reduction":
                track["scale"] *= entry["factors"][column]
                track["scale_of_pin"] *= entry["factors"][column]
            case "scale":
                track["factors"].append(change["factor"])
            case "set":
                track.update(pin=change["lr"], before_pin=len(track["factors"]), scale_of_pin=1.0)
            case "hold":
                track["held"] = self._clock(track, epoch)
            case "release":
                if track["held"] is not None:
                    track["offset"] = track["held"] - track["rate"] * epoch
                track.update(held=None, pin=None)
                self._exact(track, epoch)
            case "replace":
                return self._fresh(change["schedule"], epoch)
            case "decay":
                return self._decay(track, change, epoch)
            case "extend":
                self._extend(track, change, epoch)
            case op:
                raise AssertionError(op)
        return track

    def _decay(self, track: Json, change: Json, epoch: int) -> Json:
        first = self._value(track, epoch)
        if change["shape"] == "geometric" and 0.0 in (first, change["final_lr"]):
            raise Refusal("invalid-request")
        names = ("epochs", "final_lr", "shape")
        return self._fresh({"kind": "ramp", "initial_lr": first, **{name: change[name] for name in names}}, epoch)

    def _extend(self, track: Json, change: Json, epoch: int) -> None:
        end, shows = spec(track["schedule"]).end, self._clock(track, epoch)
        if end is None or end <= shows:
            raise Refusal("invalid-request")
        left_epochs = (end - shows) / track["rate"]
        track["rate"] = (end - shows) / (left_epochs + change["epochs"])
        track["offset"] = shows - track["rate"] * epoch
        self._exact(track, epoch)

    def _exact(self, track: Json, epoch: int) -> None:
        """Whole numbers of parts all the way to the end, none of them too large for float64."""
        end, parts = spec(track["schedule"]).end or 0, math.lcm(track["offset"].denominator, track["rate"].denominator)
        last = max(epoch, math.ceil((end - track["offset"]) / track["rate"]))
        if parts > 1 and any(parts * abs(x) >= 2**53 for x in (track["offset"], track["rate"] * last, end)):
            raise Refusal("invalid-request")

    def _holds(self, first: int) -> None:
        for column in range(len(self.columns)):
            limit = self.bounds.get("max_lr", math.inf)
            last = max([first, *(each["epoch"] for each in self.now["entries"])])  # each must have a meaning
            curve = self.curve(column, first, last + 1 if limit == math.inf else first + FAR)
            if column < len(self.rates) and max(curve) > limit:
                raise Refusal("out-of-bounds")

    # Workers

    def _current(self, attempt: int, epoch: int) -> None:
        if attempt != self.now["number"]:
            raise Refusal("stale-attempt" if attempt < self.now["number"] else "invalid-request")
        if epoch < self.start:
            raise Refusal("before-start")

    def _running(self) -> None:
        if self.state != "running":
            raise Refusal(f"run-{self.state}")

    def check_in(self, worker: str | None, epoch: int, attempt: int, lookahead: int) -> list[tuple[float, ...]]:
        self._current(attempt, epoch)
        now, stop = self.now, epoch + 1 + min(lookahead, self.lookahead)
        if self.state == "running" or epoch >= now["frontier"]:
            self._running()
            if epoch > now["frontier"] + self.lookahead:
                raise Refusal("epoch-too-far")
            self._report(worker, epoch)
            if stop > now["frontier"]:
                self._seal(stop)
        return [now["sealed"][each] for each in range(epoch, min(stop, now["frontier"]))]

    def _report(self, worker: str | None, epoch: int) -> None:
        now, is_slowest = self.now, self.asked["progress"] == "slowest"
        name = worker or ""
        if (worker is None and is_slowest) or epoch <= now["reports"].get(name, -1):
            return
        now["reports"][name] = epoch
        now["left"].discard(name)
        now["position"] = self._slowest() if is_slowest else max(now["position"], epoch)

    def _slowest(self) -> int:
        now = self.now
        expected = max(self.asked["workers"] - len(now["left"]), 1)
        if len(now["reports"]) < expected:
            return int(now["position"])
        return int(max(now["position"], min(now["reports"].values())))

    def _seal(self, stop: int) -> None:
        now = self.now
        if self.asked["progress"] == "slowest" and stop > now["position"] + 1 + self.lookahead:
            raise Refusal("epoch-too-far")
        if self.plateau and self.plateau["wait"] and stop - 2 >= self.start:
            decided = [epoch for epoch, _ in self._settled(now["metrics"])]
            if not decided or max(decided) < stop - 2:
                raise Refusal("metric-awaited")
        columns = [self.curve(column, now["frontier"], stop) for column in range(len(self.columns))]
        for epoch, values in zip(range(now["frontier"], stop), zip(*columns, strict=True), strict=True):
            now["sealed"][epoch] = values
        now["frontier"] = stop

    def leave(self, worker: str) -> None:
        if self.state == "archived":
            raise Refusal("run-archived")
        now = self.now
        if worker in now["reports"]:
            del now["reports"][worker]
            now["left"].add(worker)
            if now["reports"] and self.asked["progress"] == "slowest":
                now["position"] = self._slowest()

    # Metrics

    def measure(self, worker: str, epoch: int, value: float, attempt: int) -> None:
        self._current(attempt, epoch)
        if self.state == "archived":
            raise Refusal("run-archived")
        if epoch >= self.now["frontier"]:
            raise Refusal("not-sealed")
        for there, who, said in self.now["metrics"]:
            if (there, who) == (epoch, worker):
                if said != value and not (math.isnan(said) and math.isnan(value)):
                    raise Refusal("metric-differs")
                return
        self.now["metrics"].append((epoch, worker, value))
        self._decide()

    def _settled(self, metrics: list[tuple[int, str, float]]) -> list[tuple[int, float]]:
        settled: list[tuple[int, float]] = []
        waiting: dict[int, list[float]] = {}
        for epoch, _, value in metrics:
            if self.plateau is None or (settled and epoch <= settled[-1][0]):
                continue
            waiting.setdefault(epoch, []).append(value)
            if len(waiting[epoch]) == self.plateau["reports"]:
                values = waiting[epoch]
                is_nan = any(math.isnan(each) for each in values)
                mean = math.nan if is_nan else float(sum(map(Fraction, values)) / len(values))
                settled.append((epoch, mean))
        return settled

    def _decide(self) -> None:
        """Decide on whatever is settled and not decided."""
        known = {decision["epoch"] for decision in self.now["decided"]}
        for epoch, metric in self._settled(self.now["metrics"]):
            if epoch not in known:
                self._decision(epoch, metric)

    def _decision(self, epoch: int, metric: float) -> None:
        now, policy = self.now, self.plateau
        assert policy is not None
        before = now["decided"][-1] if now["decided"] else self._start()
        pairs = [self._used(column, epoch, before["scales"][column]) for column in range(len(self.rates))]
        best, bad, cooldown, scales = before["best"], before["bad"] + 1, before["cooldown"], [s for _, s in pairs]
        if metric < best * (1.0 - policy["threshold"]):
            best, bad = metric, 0
        factors = [1.0] * len(scales)
        if cooldown > 0:
            bad, cooldown = 0, cooldown - 1
        elif bad > policy["patience"]:
            bad, cooldown = 0, policy["cooldown"]
            for i, (lr, scale) in enumerate(pairs):
                used = max(lr * scale, min(lr, policy["min_lr"]))
                if used - max(used * policy["factor"], policy["min_lr"]) > policy["eps"]:
                    scales[i], factors[i] = scale * policy["factor"], policy["factor"]
        now["decided"].append({"epoch": epoch, "best": best, "bad": bad, "cooldown": cooldown, "scales": scales})
        if any(factor != 1.0 for factor in factors):
            self.plan_version += 1
            acts = max(now["frontier"], epoch + 1)
            entry: Json = {"op": "reduction", "epoch": acts, "version": self.plan_version, "change": {}}
            now["entries"].append({**entry, "factors": factors, "metric_epoch": epoch})

    def _start(self) -> Json:
        return {"best": math.inf, "bad": 0, "cooldown": 0, "scales": [1.0] * len(self.rates)}

    def _used(self, column: int, epoch: int, remembered: float) -> tuple[float, float]:
        """The value of the epoch without the policy, and the policy's scale by what has been decided."""
        [(_, track)] = self._tracks(self.now, column, epoch, epoch + 1)
        scale = self._scale(track)
        for entry in sorted(self.now["entries"], key=lambda each: (each["epoch"], each["version"])):
            if entry["op"] == "reduction" and entry["epoch"] > epoch:
                scale *= entry["factors"][column]
        return self._plain(track, epoch), remembered if math.isclose(scale, remembered, rel_tol=1e-9) else scale

    # The operator

    def tag(self) -> tuple[int, int]:
        return self.now["number"], self.plan_version

    def _may(self, key: tuple[str, Any] | None, condition: Any) -> Json | None:
        if key is not None and key[0] in self.keys:
            body, answer = self.keys[key[0]]
            if body != key[1]:
                raise Refusal("key-reused")
            return answer
        if condition is None:
            raise Refusal("precondition-required")
        if condition not in ("*", self.tag()):
            raise Refusal("plan-changed")
        return None

    def change(self, change: Json, condition: Any = "*", key: tuple[str, Any] | None = None) -> Json:
        answer = self._may(key, condition)
        if answer is None:
            self._running()
            answer = self._whole(lambda: self._change(change))
            if key is not None:
                self.keys[key[0]] = (key[1], answer)
        return answer

    def _whole(self, act: Any) -> Json:
        """All of it or nothing."""
        before = copy.deepcopy(self.attempts), self.plan_version, self.numbers
        try:
            return dict(act())
        except Refusal:
            self.attempts, self.plan_version, self.numbers = before
            raise

    def _change(self, change: Json) -> Json:
        now, columns = self.now, range(len(self.columns))
        epoch = self._felt(change) if change["op"] == "cancel" else self._effective(change)
        old = [self.curve(column, epoch, epoch + 1)[0] for column in columns]
        self.plan_version += 1
        self.numbers += 1
        entry: Json = {"op": change["op"], "epoch": epoch, "version": self.plan_version, "change": change}
        if change["op"] == "cancel":
            self._withdraw(change["change"])
        else:
            now["entries"].append({**entry, "number": self.numbers})
        self._holds(epoch)
        new = [self.curve(column, epoch, epoch + 1)[0] for column in columns]
        ratio = self.bounds.get("max_ratio")
        for before, after in list(zip(old, new, strict=True))[: len(self.rates)]:
            if ratio is not None and before > 0 < after and not before / ratio <= after <= before * ratio:
                raise Refusal("out-of-bounds")
        return {
            "number": self.numbers,
            "epoch": epoch,
            "before": tuple(old),
            "after": tuple(new),
            "version": self.plan_version,
        }

    def _effective(self, change: Json) -> int:
        asked, frontier = change.get("epoch"), self.now["frontier"]
        if change.get("exact") and asked is not None and asked < frontier:
            raise Refusal("already-sealed")
        return int(frontier if asked is None else max(asked, frontier))

    def _felt(self, change: Json) -> int:
        for entry in self.now["entries"]:
            if entry.get("number") == change["change"]:
                if entry["epoch"] < self.now["frontier"]:
                    raise Refusal("already-sealed")
                return int(entry["epoch"])
        raise Refusal("invalid-request")

    def _withdraw(self, number: int) -> None:
        now = self.now
        [gone] = [each for each in now["entries"] if each.get("number") == number]
        now["entries"].remove(gone)
        if gone["version"] < now["kept_version"]:
            now["kept"] = {epoch: values for epoch, values in now["kept"].items() if epoch < gone["epoch"]}

    def open(self, asked: Json, condition: Any = "*", key: tuple[str, Any] | None = None) -> Json:
        answer = self._may(key, condition)
        if answer is None:
            if self.state == "archived":
                raise Refusal("run-archived")
            answer = self._whole(lambda: self._open(asked))
            self.state = "running"
            if key is not None:
                self.keys[key[0]] = (key[1], answer)
        return answer

    def _open(self, asked: Json) -> Json:
        first, number = int(asked["from_epoch"]), int(asked["parent"] or self.now["number"])
        if not 1 <= number <= len(self.attempts):
            raise Refusal("invalid-request")
        parent = self.attempts[number - 1]
        if not self.start <= first <= parent["frontier"]:
            raise Refusal("invalid-request")
        self.plan_version += 1
        attempt = self._attempt(len(self.attempts) + 1, number, first)
        attempt["sealed"] = {epoch: values for epoch, values in parent["sealed"].items() if epoch < first}
        attempt["metrics"] = [each for each in parent["metrics"] if each[0] < first]
        attempt["decided"] = [each for each in parent["decided"] if each["epoch"] < first]
        dropped: list[int] = [
            each["number"] for each in parent["entries"] if "number" in each and each["epoch"] >= first
        ]
        dropped = dropped if asked["keep"] == "nothing" else []
        attempt["entries"] = [each for each in self._rewound(parent, first) if each.get("number") not in dropped]
        if asked["keep"] == "values":
            attempt.update(kept=self._taken_over(parent, first), kept_version=self.plan_version)
        self.attempts.append(attempt)
        self._decide()
        self._holds(first)
        for change in asked["changes"]:
            self._change(change)
        return {"attempt": attempt["number"], "dropped": sorted(dropped)}

    def _rewound(self, parent: Json, first: int) -> list[Json]:
        entries: list[Json] = []
        for entry in parent["entries"]:
            if entry["op"] != "reduction":
                entries.append(entry)
            elif entry["metric_epoch"] < first:
                entries.append({**entry, "epoch": min(entry["epoch"], first)})
        return entries

    def _taken_over(self, parent: Json, first: int) -> dict[int, Any]:
        there = {**self._kept(parent), **parent["sealed"]}
        reductions = [each for each in parent["entries"] if each["op"] == "reduction" and each["epoch"] > first]
        tells = [first if each["metric_epoch"] < first else each["epoch"] for each in reductions]
        kept = {epoch: values for epoch, values in there.items() if first <= epoch < min(tells, default=math.inf)}
        assert all(later == epoch + 1 for epoch, later in pairwise(sorted(kept))), "without a gap"
        return kept

    def patch(self, state: str) -> None:
        if self.state == "archived" and state != "archived":
            raise Refusal("run-archived")
        self.state = state
