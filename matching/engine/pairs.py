"""One pair at a time, in full: every need with every offer, part by part, so that a score can be taken apart.

The same part functions as for whole blocks; only shown pairs pass through here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from matching.engine.encoding import Ints, SideArrays
from matching.engine.fit import LINKED, PARTS, FitModel, Grid, audience_part, kind_part, text_part, theme_part
from matching.engine.reciprocal import AIMS, EventModel, nearness, timing_value
from matching.engine.weights import Weights

CHUNK = 2048


@dataclass(frozen=True, slots=True)
class Cell:
    """One need against one offer, as line numbers of the seeker's and the provider's side; `parts` as measured.

    A part is -1 where a side says nothing it could read.
    """

    need: int
    offer: int
    parts: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Direction:
    """What one side could get from the other: all its needs with all the other's offers."""

    cells: tuple[Cell, ...]

    def fit(self, cell: Cell, model: FitModel, *, without: str = "") -> float:
        """Weighted sum of the cell's parts in [0, 1]; 0 if neither kind nor words answer the need."""
        kind, text = (0.0 if name == without else value for name, value in zip(PARTS[:2], cell.parts[:2], strict=True))
        if kind <= 0 and text < LINKED:
            return 0.0
        return sum(share * value for _, value, share, _ in part_values(cell, model, without=without))

    def exchange(self, model: FitModel, *, without: str = "", no_need: int = -1, no_offer: int = -1) -> float:
        """1 - (1 - best) x product over further met needs of (1 - .25 fit), as if a part or a line were not there."""
        best: dict[int, float] = {}
        for cell in self.cells:
            if cell.need != no_need and cell.offer != no_offer:
                best[cell.need] = max(best.get(cell.need, 0.0), self.fit(cell, model, without=without))
        return want_from_needs(list(best.values()), model.weights)

    def winner(self, model: FitModel) -> Cell | None:
        """The cell of the best fit, the first by key among equals; None where no offer answers a need."""
        best = max(
            self.cells, key=lambda cell: (round(self.fit(cell, model), 9), -cell.need, -cell.offer), default=None
        )
        return best if best and self.fit(best, model) > 0 else None


@dataclass(frozen=True)
class Pair:
    """A museum and a partner with everything their score is made of. Recomputes it as if a part were 0."""

    museum: int
    partner: int
    model: EventModel
    museum_wants: Direction
    partner_wants: Direction
    aims: tuple[float, float, float]
    aims_lines: tuple[int, int]  # the two lines most alike in their words
    near: float
    timing: float
    km: float | None

    def aims_value(self, without: str = "") -> float:
        """Shared aims in [0, 1], before they are scaled to count less than an exchange."""
        fit = self.model.fit
        total = 0.0
        for name, raw in zip(AIMS, self.aims, strict=True):
            value = 0.0 if name == without else (raw if raw >= 0 else fit.aims_medians[name])
            total += self.model.weights.aims_parts[name] * value
        return total

    def wants(self, *, without: str = "", no_need: int = -1, no_offer: int = -1, of: str = "") -> tuple[float, float]:
        """Both sides' wants; `no_need` and `no_offer` leave a line out of the direction `of` only."""
        aims = self.model.weights.aims * self.aims_value(without)
        museum_lines = (no_need, no_offer) if of == "museum" else (-1, -1)
        partner_lines = (no_need, no_offer) if of == "partner" else (-1, -1)
        museum = self.museum_wants.exchange(
            self.model.fit, without=without, no_need=museum_lines[0], no_offer=museum_lines[1]
        )
        partner = self.partner_wants.exchange(
            self.model.fit, without=without, no_need=partner_lines[0], no_offer=partner_lines[1]
        )
        return max(museum, aims), max(partner, aims)

    def reciprocal(self, *, without: str = "", no_need: int = -1, no_offer: int = -1, of: str = "") -> float:
        """R, or what it would be without a part or a line."""
        a, b = self.wants(without=without, no_need=no_need, no_offer=no_offer, of=of)
        harmonic, either = self.model.weights.fusion
        return harmonic * (2.0 * a * b / (a + b) if a + b > 0 else 0.0) + either * max(a, b)

    @cached_property
    def surroundings(self) -> float:
        base, near, timing = self.model.weights.surroundings
        return base + near * self.near + timing * self.timing

    @cached_property
    def value(self) -> float:
        """S = R x surroundings, in [0, 1]."""
        return self.reciprocal() * self.surroundings


def part_values(cell: Cell, model: FitModel, *, without: str = "") -> list[tuple[str, float, float, bool]]:
    """(name, value, share, known) of each part; the event's median stands in for an unknown one."""
    shares = model.weights.parts
    rows = []
    for name, raw in zip(PARTS, cell.parts, strict=True):
        value = 0.0 if name == without else (raw if raw >= 0 else model.medians[name])
        rows.append((name, value, shares[name], raw >= 0))
    return rows


def want_from_needs(best: Sequence[float], weights: Weights) -> float:
    """One side's want from the best fit of each of its needs, in [0, 1]."""
    ordered = sorted(best, reverse=True)
    if not ordered:
        return 0.0
    missing = 1.0 - ordered[0]
    for fit in ordered[1 : 1 + weights.further_needs]:
        missing *= 1.0 - weights.further_need * fit
    return 1.0 - missing


def take_apart(model: EventModel, museums: SideArrays, partners: SideArrays, rows: Ints, columns: Ints) -> list[Pair]:
    """The given pairs, museum `rows[i]` with partner `columns[i]`, in their order."""
    pairs: list[Pair] = []
    for at in range(0, len(rows), CHUNK):
        pairs += _take_apart(model, museums, partners, rows[at : at + CHUNK], columns[at : at + CHUNK])
    return pairs


def _take_apart(model: EventModel, museums: SideArrays, partners: SideArrays, rows: Ints, columns: Ints) -> list[Pair]:
    line_a, line_b, sizes = _line_pairs(museums.start, partners.start, rows, columns)
    grid = Grid(museums.lines.of(line_a), partners.lines.of(line_b), paired=True)
    text, theme, audience = text_part(grid, model.fit), theme_part(grid, model.fit), audience_part(grid, model.fit)
    forth, back = kind_part(grid, model.fit, a_needs=True), kind_part(grid, model.fit, a_needs=False)
    museum_seeks = grid.a.need & grid.b.offer
    partner_seeks = grid.a.offer & grid.b.need
    around = _surroundings(model, museums, partners, rows, columns)
    ends = np.cumsum(sizes)
    pairs = []
    for number, (museum, partner) in enumerate(zip(rows, columns, strict=True)):
        span = slice(ends[number] - sizes[number], ends[number])
        parts = (text[span], theme[span], audience[span])
        closest = int(np.argmax(np.round(parts[0], 9)))
        a, b = line_a[span], line_b[span]
        km, near, timing = around[number]
        pairs.append(
            Pair(
                museum=int(museum),
                partner=int(partner),
                model=model,
                museum_wants=_direction(a, b, museum_seeks[span], (forth[span], *parts)),
                partner_wants=_direction(b, a, partner_seeks[span], (back[span], *parts)),
                aims=(float(parts[0].max()), float(parts[1].max()), float(parts[2].max())),
                aims_lines=(int(a[closest]), int(b[closest])),
                near=near,
                timing=timing,
                km=km,
            )
        )
    return pairs


def _line_pairs(start_a: Ints, start_b: Ints, rows: Ints, columns: Ints) -> tuple[Ints, Ints, Ints]:
    """All lines of each pair's museum with all of its partner's, flat, and how many there are for each pair."""
    lines_a = [np.arange(start_a[at], start_a[at + 1]) for at in rows]
    lines_b = [np.arange(start_b[at], start_b[at + 1]) for at in columns]
    flat_a = [np.repeat(a, len(b)) for a, b in zip(lines_a, lines_b, strict=True)]
    flat_b = [np.tile(b, len(a)) for a, b in zip(lines_a, lines_b, strict=True)]
    sizes = np.array([len(flat) for flat in flat_a], dtype=np.intp)
    return np.concatenate(flat_a), np.concatenate(flat_b), sizes


def _direction(
    needs: Ints, offers: Ints, seeks: NDArray[np.bool_], parts: tuple[NDArray[np.float64], ...]
) -> Direction:
    cells = []
    for at in np.flatnonzero(seeks):
        kind, text, theme, audience = (float(part[at]) for part in parts)
        cells.append(Cell(int(needs[at]), int(offers[at]), (kind, text, theme, audience)))
    return Direction(tuple(cells))


def _surroundings(
    model: EventModel, museums: SideArrays, partners: SideArrays, rows: Ints, columns: Ints
) -> list[tuple[float | None, float, float]]:
    """(km or None, near, timing) of each pair."""
    apart = museums.position[rows] - partners.position[columns]
    km = np.sqrt((apart**2).sum(axis=1)) / 1000.0
    near = nearness(km, museums.reach[rows], partners.reach[columns], model.near_median)
    common = (museums.languages[rows] * partners.languages[columns]).sum(axis=1) > 0
    timing = timing_value(common, museums.says_when[rows], partners.says_when[columns])
    return [
        (None if np.isnan(far) else float(far), float(close), float(time))
        for far, close, time in zip(km, near, timing, strict=True)
    ]
