"""Every museum with every partner, in blocks that may be scored anywhere and joined in any order. Chooses nobody."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from matching.engine.encoding import Bools, Floats, Ints, SideArrays
from matching.engine.exposure import Arcs, concatenated
from matching.engine.memory import uncollected
from matching.engine.model import fit_event, subset
from matching.engine.reciprocal import EventModel, Gates, score_block
from matching.engine.remembering import Remembered, Side
from matching.engine.screening import RUN, Screen, chosen
from matching.engine.types import Gathering, Suggestion
from matching.engine.weights import DEFAULT, Weights

LEVELS = 1 << 16
CELLS = 600_000  # line pairs scored at once: about 100 MB
BLOCK = 64 * CELLS  # line pairs in one block, a task's worth: some seconds
TIE = 1e-6  # ties are broken by less than any difference a person could care for
DECIMALS = 9
CLOSE = 1e-6  # hundredths of a percentile this far below the next are that one
LARGE = 2_500_000  # pairs of organisations beyond which only those that a screen lets through are scored
SCREENED = 64  # candidates of each museum and, about, of each partner, to find its best 40 among
SPREAD = 200  # partners, evenly spaced, with whom all museums of a large event are scored for its percentiles
ROWS = 4  # museums of a large event scored at once, with the candidates of any of them


@dataclass(frozen=True)
class Prepared:
    """An event whose words were learnt and encoded, ready to be scored: m museums and n partners, sorted by key.

    `explained` and `fits`: the suggestions that were last concluded, and the scores of their partners with third ones.
    What is refreshed from this shares them, so that after an edit only new and edited pairs cost anything. `edited`:
    the keys of those who came or changed since the whole event was prepared.
    """

    gathering: Gathering
    weights: Weights
    model: EventModel
    museums: SideArrays
    partners: SideArrays
    large_from: int = LARGE
    edited: frozenset[str] = frozenset()
    explained: Remembered[Suggestion] = field(default_factory=Remembered, repr=False, compare=False)
    fits: Remembered[float] = field(default_factory=Remembered, repr=False, compare=False)

    def blocks(self, cells: int = BLOCK) -> tuple[range, ...]:
        """Runs of museum positions, each of about `cells` line pairs with all partners, or one museum; never none."""
        wide = max(1, len(self.partners.lines.owner))
        last = self.museums.start[1:]
        blocks, first = [], 0
        while first < len(self.museums):
            end = int(np.searchsorted(last, self.museums.start[first] + cells // wide, side="right"))
            blocks.append(range(first, max(first + 1, end)))
            first = blocks[-1].stop
        return tuple(blocks) or (range(0),)

    @property
    def large(self) -> bool:
        """Whether only screened pairs are scored."""
        return len(self.museums) * len(self.partners) > self.large_from

    @cached_property
    def _screen(self) -> tuple[Screen, NDArray[np.float32]]:
        screen = Screen.of(self.model, self.museums, self.partners)
        return screen, screen.thresholds(SCREENED)

    def screened(self, rows: Ints) -> Iterator[tuple[Scored, Bools]]:
        """S of some of these museums with some partners, and which pairs are their candidates, (rows, columns)."""
        screen, thresholds = self._screen
        for first in range(0, len(rows), RUN):
            run = rows[first : first + RUN]
            rough = screen.rough(range(run[0], run[-1] + 1))
            rough[~self.may_meet(run, np.arange(len(self.partners)))] = -1.0
            candidates = chosen(rough, thresholds, SCREENED) & (rough >= 0)
            for at in range(0, len(run), ROWS):
                here = candidates[at : at + ROWS]
                columns = np.flatnonzero(here.any(axis=0))
                for part in self.scored(run[at : at + ROWS], columns):
                    start = int(np.searchsorted(run, part.rows[0])) - at
                    yield part, here[start : start + len(part.rows)][:, columns]

    def sides(self, side: SideArrays) -> list[Side]:
        """By which it is known again whether an organisation says what it said."""
        barred = self.model.book.barred_kinds
        return [(profile, barred.get(profile.key)) for profile in side.profiles]

    @cached_property
    def gates(self) -> Gates:
        return Gates.of(self.museums, self.partners, self.gathering.excluded)

    @cached_property
    def _luck(self) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
        """A fixed scramble of each key, museums and partners: who else is there changes none of them."""
        museums, partners = (
            np.array([_scrambled(profile.key) for profile in side.profiles], dtype=np.uint64)
            for side in (self.museums, self.partners)
        )
        return museums, partners

    @cached_property
    def seen(self) -> tuple[Floats, Floats]:
        """How often earlier runs showed each museum and each partner."""
        museums, partners = (
            np.array([profile.shown_before for profile in side.profiles], dtype=np.float64)
            for side in (self.museums, self.partners)
        )
        return museums, partners

    def ties(self, rows: Ints, columns: Ints) -> Floats:
        """From 0 to `TIE` for each pair, from its keys alone: less for those often shown before. Broadcasts."""
        a, b = self._luck[0][rows], self._luck[1][columns]
        seen = self.seen[0][rows] + self.seen[1][columns]
        mixed = _mix(np.minimum(a, b) * np.uint64(0x9E3779B97F4A7C15) + np.maximum(a, b))
        return TIE * (0.5 / (1.0 + seen) + 0.5 * mixed)

    def may_meet(self, rows: Ints, columns: Ints) -> Bools:
        """Whether each of these museums may be suggested to each of these partners: gates, and both said something."""
        allowed = self.gates.table(rows, columns)
        allowed &= self.museums.wrote[rows][:, None] & self.partners.wrote[columns][None, :]
        return allowed

    def scored(self, rows: Ints, columns: Ints | None = None) -> Iterator[Scored]:
        """S of these museums with these partners (all by default), in chunks of museums of about `CELLS` line pairs."""
        partners = self.partners if columns is None else subset(self.partners, columns)
        columns = np.arange(len(self.partners)) if columns is None else columns
        if not columns.size:
            return
        step = CELLS / max(1, len(partners.lines.owner))
        chunk = np.cumsum(np.diff(self.museums.start)[rows]) // max(1.0, step)
        for here in np.split(rows, np.flatnonzero(np.diff(chunk)) + 1) if rows.size else ():
            block = score_block(self.model, subset(self.museums, here), partners)
            may_meet = self.may_meet(here, columns)
            may_show = may_meet & block.grounded & (block.score > 0)
            yield Scored(here, columns, block.score, may_meet, may_show)

    def shown(self, part: Scored, chosen: Bools) -> Arcs:
        """These of the scored pairs, with ties broken."""
        at_row, at_column = np.nonzero(chosen)
        row, column = part.rows[at_row], part.columns[at_column]
        return Arcs(row, column, part.score[at_row, at_column] + self.ties(row, column))


@dataclass(frozen=True, slots=True)
class Scored:
    """S of some museums with some partners, (rows, columns) in [0, 1]; who may meet, and who of them may be shown."""

    rows: Ints
    columns: Ints
    score: Floats
    may_meet: Bools
    may_show: Bools


@dataclass(frozen=True, slots=True)
class Levels:
    """How many of the event's pairs reach each level of S: percentiles without keeping every pair."""

    counts: NDArray[np.int64]

    @classmethod
    def none(cls) -> Levels:
        return cls(np.zeros(LEVELS, dtype=np.int64))

    @classmethod
    def of(cls, scores: Floats) -> Levels:
        return cls(np.bincount(level_of(scores), minlength=LEVELS).astype(np.int64))

    def plus(self, other: Levels) -> Levels:
        return Levels(self.counts + other.counts)

    def minus(self, other: Levels) -> Levels:
        return Levels(self.counts - other.counts)

    @property
    def pairs(self) -> int:
        return int(self.counts.sum())

    def percentiles(self) -> list[float]:
        """For each level the share of pairs below, half of the equal ones with them, in [0, 100], down to hundredths.

        So the best of N pairs stands at 100 - 50 / N: with fewer than 25 pairs none can be Strong and with fewer than 5
        none Worth a talk, for want of anything to compare with.
        """
        shares = (np.cumsum(self.counts) - self.counts / 2.0) / max(1, self.pairs)
        down: list[float] = (np.floor(10_000 * shares + CLOSE) / 100).tolist()
        return down

    def median_level(self) -> int:
        """The level that half the pairs reach or stay below."""
        return int(np.searchsorted(np.cumsum(self.counts), self.pairs / 2.0))


def level_of(scores: Floats) -> Ints:
    """The level of each S, from 0 to 65,535."""
    level: Ints = np.clip(np.round(scores * (LEVELS - 1)), 0, LEVELS - 1).astype(np.intp)
    return level


@dataclass(frozen=True, slots=True)
class Survey:
    """What scoring some museums with all partners found; of all museums, once joined.

    `rows` (B, 2) first and after-last museum of what was scored, sorted. `best`: each museum's and each partner's best
    `keep` pairs that may be shown, by museum and partner, their scores being S + tie. `levels` of the pairs that may
    meet; `reachable` (m + n,) how many each may meet, museums first.
    """

    museums: int
    keep: int
    rows: Ints
    best: Arcs
    levels: Levels
    reachable: Ints

    @property
    def whole(self) -> bool:
        """Whether every museum was scored, once."""
        ends = np.append(0, self.rows[:, 1])
        return bool((self.rows[:, 0] == ends[:-1]).all() and ends[-1] == self.museums)

    def to_bytes(self) -> bytes:
        """As an npz archive without pickles; the same survey gives the same bytes."""
        filled = np.flatnonzero(self.levels.counts)
        stream = io.BytesIO()
        np.savez_compressed(
            stream,
            size=np.array([self.museums, self.keep], dtype=np.int64),
            rows=self.rows.astype(np.int64),
            row=self.best.row.astype(np.int32),
            column=self.best.column.astype(np.int32),
            score=self.best.score,
            level=filled.astype(np.int32),
            count=self.levels.counts[filled],
            reachable=self.reachable.astype(np.int32),
        )
        return stream.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes) -> Survey:
        """Raises ValueError, KeyError or zipfile.BadZipFile for what `to_bytes` did not write."""
        with np.load(io.BytesIO(content), allow_pickle=False) as stored:
            counts = np.zeros(LEVELS, dtype=np.int64)
            counts[stored["level"]] = stored["count"]
            museums, keep = stored["size"].tolist()
            return cls(
                museums,
                keep,
                stored["rows"].astype(np.intp),
                Arcs(stored["row"].astype(np.intp), stored["column"].astype(np.intp), stored["score"]),
                Levels(counts),
                stored["reachable"].astype(np.intp),
            )


def prepare(gathering: Gathering, weights: Weights = DEFAULT, *, large_from: int = LARGE) -> Prepared:
    """Learn the event's model and encode both sides. Deterministic, so every worker may prepare for itself.

    An event of more than `large_from` pairs of organisations is surveyed by way of a screen.
    Raises: ValueError for two profiles with one key or a term that the vocabulary does not hold.
    """
    with uncollected():
        model, museums, partners = fit_event(gathering, weights)
    return Prepared(gathering, weights, model, museums, partners, large_from)


def survey(prepared: Prepared, rows: range) -> Survey:
    """Score the museums at these positions with every partner, once."""
    m, n, keep = len(prepared.museums), len(prepared.partners), prepared.weights.candidates
    found = []
    if prepared.large:
        return _survey_large(prepared, rows)
    levels = Levels.none()
    reachable = np.zeros(m + n, dtype=np.intp)
    top = np.zeros((0, n))  # the best scores of each partner so far
    for part in prepared.scored(np.arange(rows.start, rows.stop)):
        levels = levels.plus(Levels.of(part.score[part.may_meet]))
        reachable[part.rows] += part.may_meet.sum(axis=1)
        reachable[m:] += part.may_meet.sum(axis=0)
        ranked = np.where(part.may_show, part.score + prepared.ties(part.rows[:, None], part.columns[None, :]), 0.0)
        top = _highest(np.concatenate([top, ranked]), keep, axis=0)
        least = np.minimum(_highest(ranked, keep, axis=1).min(axis=1)[:, None], top.min(axis=0)[None, :])
        found.append(prepared.shown(part, part.may_show & (ranked >= least)))
    return Survey(m, keep, np.array([[rows.start, rows.stop]]), best_of(found, keep), levels, reachable)


def _survey_large(prepared: Prepared, rows: range) -> Survey:
    """The same by way of a screen, with the percentiles of a sample of pairs.

    Measured on 2,500 organisations against scoring every pair: 91% of everybody's five best pairs get through, and the
    suggestions that come of them sum to 98.9% of the exact ones. Small events are never screened.
    """
    m, n, keep = len(prepared.museums), len(prepared.partners), prepared.weights.candidates
    museums, spread = np.arange(rows.start, rows.stop), np.flatnonzero(prepared.partners.wrote)
    spread = spread[np.unique(np.linspace(0, len(spread) - 1, min(SPREAD, len(spread))).astype(np.intp))]
    levels = Levels.none()
    for part in prepared.scored(museums, spread):
        levels = levels.plus(Levels.of(part.score[part.may_meet]))
    reachable = np.zeros(m + n, dtype=np.intp)
    for first in range(0, len(museums), RUN):
        run = museums[first : first + RUN]
        may_meet = prepared.may_meet(run, np.arange(n))
        reachable[run] = may_meet.sum(axis=1)
        reachable[m:] += may_meet.sum(axis=0)
    found = [prepared.shown(part, part.may_show & candidates) for part, candidates in prepared.screened(museums)]
    return Survey(m, keep, np.array([[rows.start, rows.stop]]), best_of(found, keep), levels, reachable)


def join(surveys: Iterable[Survey]) -> Survey:
    """The survey of all that these scored, in whatever order they come.

    Raises: ValueError for none, for surveys of different events, or for one museum scored twice.
    """
    parts = list(surveys)
    if len({(part.museums, part.keep, len(part.reachable)) for part in parts}) != 1:
        raise ValueError("Only surveys of one event can be joined.")
    rows = np.concatenate([part.rows for part in parts])
    rows = rows[np.lexsort((rows[:, 1], rows[:, 0]))]
    if (rows[1:, 0] < rows[:-1, 1]).any():
        raise ValueError("A museum was scored twice.")
    starts = np.append(True, rows[1:, 0] != rows[:-1, 1])
    merged = np.column_stack([rows[starts, 0], rows[np.append(starts[1:], True), 1]])
    return Survey(
        parts[0].museums,
        parts[0].keep,
        merged,
        best_of([part.best for part in parts], parts[0].keep),
        Levels(np.sum([part.levels.counts for part in parts], axis=0)),
        np.sum([part.reachable for part in parts], axis=0),
    )


def best_of(found: list[Arcs], keep: int) -> Arcs:
    """Of all these different pairs the best `keep` of each museum and of each partner, sorted by both."""
    arcs = concatenated(found)
    order = np.lexsort((arcs.column, arcs.row))
    row, column, score = arcs.row[order], arcs.column[order], arcs.score[order]
    order = np.argsort(-score, kind="stable")  # so that equal ones go by the other's position
    good = (_places(row, order) < keep) | (_places(column, order) < keep)
    return Arcs(row[good], column[good], score[good])


def _places(node: Ints, order: Ints) -> Ints:
    """Each pair's place among those of its node, from 0, when they come in this order."""
    count = len(node)
    # a sparse matrix sorts rows by counting: some times faster than comparing
    by_node = sparse.csr_array((order, (node[order], np.arange(count))), shape=(int(node.max(initial=0)) + 1, count))
    places = np.empty(count, dtype=np.intp)
    places[by_node.data] = np.arange(count) - np.repeat(by_node.indptr[:-1], np.diff(by_node.indptr))
    return places


def _highest(table: Floats, keep: int, *, axis: int) -> Floats:
    """The `keep` highest of each row or column, or all of them, in no order."""
    size = table.shape[axis]
    if size <= keep:
        return table
    return np.partition(table, size - keep, axis=axis).take(range(size - keep, size), axis=axis)


def _scrambled(key: str) -> int:
    return int.from_bytes(blake2b(key.encode(), digest_size=8).digest())


def _mix(number: NDArray[np.uint64]) -> Floats:
    """A fixed scramble of whole numbers into [0, 1) (splitmix64), so that ties favour nobody by alphabet."""
    with np.errstate(over="ignore"):
        z = number + np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return (z >> np.uint64(11)).astype(np.float64) / float(1 << 53)
