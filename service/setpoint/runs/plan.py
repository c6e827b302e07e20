"""The plan: the schedules and the changes laid over them, as one static schedule for each column."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from setpoint.runs.change import Change
from setpoint.runs.settings import Settings
from setpoint.runs.track import Track
from setpoint.schedules.basic import Table
from setpoint.schedules.compose import Sequence as SequenceOf
from setpoint.schedules.compose import Shift
from setpoint.schedules.form import Form
from setpoint.schedules.joint import Joined
from setpoint.schedules.piece import Piece
from setpoint.schedules.spec import Spec, served


@dataclass(frozen=True, slots=True)
class Planned:
    """A change in the plan: from which epoch on, and as which version of the plan it came in."""

    epoch: int
    version: int
    change: Change
    number: int

    @property
    def order(self) -> tuple[int, int]:
        return self.epoch, self.version


@dataclass(frozen=True, slots=True)
class Reduction:
    """A decision of the plateau policy: a factor for each learning rate, from `epoch` on."""

    epoch: int
    version: int
    factors: tuple[float, ...]
    metric_epoch: int

    @property
    def order(self) -> tuple[int, int]:
        return self.epoch, self.version


Entry: TypeAlias = Planned | Reduction


@dataclass(frozen=True, slots=True)
class Kept:
    """Values of a parent attempt that are the plan of `[start, start + length)`: bits, one sequence for each column.

    version: the plan's when they were taken over. What came into it later goes over them, from where it acts.
    """

    start: int
    columns: tuple[tuple[float, ...], ...]
    version: int

    @property
    def stop(self) -> int:
        return self.start + len(self.columns[0])

    def before(self, epoch: float) -> "Kept | None":
        """What is left of them where something else governs from `epoch` on."""
        if epoch >= self.stop:
            return self
        length = int(epoch) - self.start
        return Kept(self.start, tuple(column[:length] for column in self.columns), self.version) if length > 0 else None


@dataclass(frozen=True, slots=True)
class Segment:
    """What governs a column from `start` on, as a static schedule on the run's own epochs."""

    start: int
    spec: Spec


@dataclass(frozen=True)
class Plan:
    """`entries` in order over the settings' schedules; `taken_over` over both, until an entry that came later acts."""

    settings: Settings
    entries: tuple[Entry, ...] = ()
    taken_over: Kept | None = None

    def with_entry(self, entry: Entry) -> "Plan":
        """The plan with one entry more."""
        entries = tuple(sorted((*self.entries, entry), key=lambda each: each.order))
        return Plan(self.settings, entries, self.taken_over)

    def without(self, number: int) -> "Plan":
        """The plan as if the change with that number had never been."""
        entries, taken_over = list[Entry](), self.taken_over
        for each in self.entries:
            if not isinstance(each, Planned) or each.number != number:
                entries.append(each)
            elif taken_over is not None and each.version < taken_over.version:
                taken_over = taken_over.before(each.epoch)  # past that they have it in them
        return Plan(self.settings, tuple(entries), taken_over)

    @cached_property
    def kept(self) -> Kept | None:
        """The values taken over from the parent that still are the plan."""
        kept = self.taken_over
        for entry in self.entries:
            if kept is not None and entry.version > kept.version:
                return kept.before(entry.epoch)
        return kept

    @cached_property
    def segments(self) -> tuple[tuple[Segment, ...], ...]:
        """For each column, what governs it from when on. The first segment starts at 0.

        Raises:
            InvalidRequest: an entry has no meaning where it stands.
        """
        return tuple(self._column(i) for i in range(len(self.settings.specs)))

    def _column(self, i: int) -> tuple[Segment, ...]:
        segments = [Segment(start, track.spec()) for start, track in self._tracks(i)]
        return tuple(_laid_over(segments, self.kept, i))

    def _tracks(self, i: int) -> list[tuple[int, Track]]:
        """The column's track from when on."""
        policy = self.settings.policy
        tracks = [(0, Track(self.settings.specs[i], floor=0.0 if policy is None else policy.floor))]
        for entry in self.entries:
            if self._acts_on(entry, i):
                tracks.append((entry.epoch, applied(tracks[-1][1], entry, i)))
        return tracks

    def _acts_on(self, entry: Entry, i: int) -> bool:
        rates = self.settings.rate_names
        if isinstance(entry, Reduction):
            return i < len(rates)
        if i >= len(rates):
            return entry.change.moves_clock and entry.change.groups is None
        return entry.change.groups is None or rates[i] in entry.change.groups

    @cached_property
    def is_at_rest(self) -> bool:
        """Whether the learning rate comes to rest with a hold or a pin, until that is released."""
        last = self._tracks(0)[-1][1]
        return last.held is not None or last.pin is not None

    @cached_property
    def forms(self) -> tuple[Form, ...]:
        """For each column its function of the epoch."""
        return tuple(_form(segments) for segments in self.segments)

    def value(self, column: int, epoch: int) -> float:
        piece = self._at_hand[column]
        if not piece.start <= epoch < piece.stop:
            piece = self._at_hand[column] = self.forms[column].piece(epoch)
        return served(piece.at(float(epoch)), epoch)

    @cached_property
    def _at_hand(self) -> list[Piece]:
        """The piece of each column that was looked at last: epochs are asked for one after another."""
        return [form.piece(0) for form in self.forms]

    def values(self, column: int, start: int, stop: int) -> list[float]:
        """The planned values of the epochs `[start, stop)`."""
        if stop - start == 1:
            return [self.value(column, start)]
        values: list[float] = []
        for piece in self.forms[column].pieces(start, stop):
            at = piece.at
            values += [served(at(float(epoch)), epoch) for epoch in range(int(piece.start), int(piece.stop))]
        return values

    def unscaled(self, column: int, epoch: int) -> tuple[float, float]:
        """The planned value without the plateau policy's scale, and that scale, reductions that act later included."""
        tracks = self._tracks(column)
        track = tracks[bisect_right([start for start, _ in tracks], epoch) - 1][1]
        later = (each for each in self.entries if isinstance(each, Reduction) and each.epoch > epoch)
        scale = track.scale_now
        for reduction in later:
            scale *= reduction.factors[column]
        return served(track.unscaled().form.value(epoch), epoch), scale

    def baked(self, column: int) -> Spec:
        """The column as one static schedule."""
        return joined(self.segments[column])


def _form(segments: Sequence[Segment]) -> Form:
    if len(segments) == 1:
        return segments[0].spec.form
    return Joined([each.start for each in segments], [each.spec.form for each in segments])


def applied(track: Track, entry: Entry, column: int) -> Track:
    if isinstance(entry, Reduction):
        return track.scaled(entry.factors[column])
    return track.after(entry.change, entry.epoch)


def joined(segments: Sequence[Segment]) -> Spec:
    """One schedule after another, all on the run's own epochs. Of segments with the same start the last one counts."""
    last = {segment.start: segment.spec for segment in segments}
    if len(last) == 1:
        return next(iter(last.values()))
    starts, specs = zip(*sorted(last.items()), strict=True)
    return SequenceOf.model_construct(kind="sequence", schedules=specs, milestones=starts[1:], clock="global")


def _laid_over(segments: Iterable[Segment], kept: Kept | None, column: int) -> list[Segment]:
    """The segments with kept values in place of what they say of the same epochs."""
    segments = list(segments)
    if kept is None:
        return segments
    after = segments[bisect_right([each.start for each in segments], kept.stop) - 1]
    values = as_table(kept.start, kept.columns[column])
    return [
        *(each for each in segments if each.start < kept.start),
        Segment(kept.start, values),
        Segment(kept.stop, after.spec),
        *(each for each in segments if each.start > kept.stop),
    ]


def as_table(start: int, values: Sequence[float]) -> Spec:
    """Written values as a schedule on the run's own epochs."""
    table = Table.model_construct(kind="table", values=tuple(values))
    return table if start == 0 else Shift.model_construct(kind="shift", schedule=table, offset=-start)
