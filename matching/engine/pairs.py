"""One pair at a time, in full: every need with every offer, part by part, so that a score can be taken apart.

The same part functions as for whole blocks; only shown pairs pass through here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from matching.engine.encoding import Floats, Ints, SideArrays
from matching.engine.fit import DECIMALS, PARTS, UNKNOWN, Grid, audience_part, combine, kind_part, text_part, theme_part
from matching.engine.reciprocal import AIMS, EventModel, is_exchange, nearness, timing_value
from matching.engine.types import Part
from matching.engine.weights import Weights

CHUNK = 512
NOTHING = ""
WITHOUT = {NOTHING: 0, "kind": 1, "text": 2, "theme": 3, "audience": 4}


@dataclass(frozen=True, slots=True)
class Cell:
    """One need against one offer, as line numbers of the seeker's and the provider's side.

    `raw`: kind, text, theme, audience as measured, -1 where a side says nothing. `fits`: the fit in [0, 1] in full,
    then as if each of the four parts were 0; 0 where neither kind nor words answer the need.
    """

    need: int
    offer: int
    raw: tuple[float, ...]
    fits: tuple[float, ...]


@dataclass(frozen=True)
class Direction:
    """What one side could get from the other: all its needs with all the other's offers."""

    cells: tuple[Cell, ...]
    weights: Weights

    def exchange(self, without: str = NOTHING, *, no_need: int = -1, no_offer: int = -1) -> float:
        """1 - (1 - best) x product over further met needs of (1 - .25 fit), as if a part or a line were not there."""
        if not self.cells:
            return 0.0
        at = WITHOUT[without]
        best: dict[int, float] = {}
        for cell in self.cells:
            if cell.need != no_need and cell.offer != no_offer:
                fit = cell.fits[at]
                if fit > best.get(cell.need, -1.0):
                    best[cell.need] = fit
        return want_from_needs(list(best.values()), self.weights)

    @cached_property
    def whole(self) -> float:
        """The exchange with every part and every line."""
        return self.exchange()

    @cached_property
    def winner(self) -> Cell | None:
        """The cell of the best fit, the first by key among equals; None where no offer answers a need."""
        best = max(self.cells, key=lambda cell: (cell.fits[0], -cell.need, -cell.offer), default=None)
        return best if best and best.fits[0] > 0 else None


@dataclass(frozen=True)
class Pair:
    """A museum and a partner with everything their score is made of. Recomputes it as if a part were 0."""

    museum: int
    partner: int
    model: EventModel
    museum_wants: Direction
    partner_wants: Direction
    aims_parts: tuple[Part, ...]
    lines: tuple[Ints, Ints]  # every line of the museum with every line of the partner, (L,) each
    alike: tuple[Floats, Floats, Floats]  # their text, theme and audience as measured, (L,) each
    rounded_text: Floats  # the first of `alike`, so that equal ones stay equal
    near: float
    timing: float
    km: float | None

    def aims(self, without: str = NOTHING) -> float:
        """Shared aims in [0, 1], before they are scaled to count less than an exchange."""
        total = 0.0
        for part in self.aims_parts:
            if part.code != without:
                total += part.weight * part.value
        return total

    @cached_property
    def whole_aims(self) -> float:
        """Shared aims with every part."""
        return self.aims()

    def wants(self, without: str = NOTHING) -> tuple[float, float]:
        """What the museum and the partner could get, as if a part were 0."""
        aims = self.model.weights.aims * self.aims(without)
        return max(self.museum_wants.exchange(without), aims), max(self.partner_wants.exchange(without), aims)

    @cached_property
    def both_wants(self) -> tuple[float, float]:
        aims = self.model.weights.aims * self.whole_aims
        return max(self.museum_wants.whole, aims), max(self.partner_wants.whole, aims)

    @cached_property
    def reciprocal(self) -> float:
        """R of the pair, in [0, 1]."""
        return fused(*self.both_wants, self.model.weights)

    @cached_property
    def value(self) -> float:
        """S = R x surroundings, in [0, 1]."""
        base, near, timing = self.model.weights.surroundings
        return self.reciprocal * (base + near * self.near + timing * self.timing)

    @cached_property
    def aims_lines(self) -> tuple[int, int]:
        """The two lines most alike in their words."""
        closest = int(np.argmax(self.rounded_text))
        return int(self.lines[0][closest]), int(self.lines[1][closest])

    def falls_without(self, part: str) -> bool:
        """Whether S would be lower if this part were 0."""
        if part not in self._falls:
            self._falls[part] = fused(*self.wants(part), self.model.weights) < self.reciprocal - LOWER
        return self._falls[part]

    @cached_property
    def _falls(self) -> dict[str, bool]:
        return {}

    def falls_without_lines(self, cell: Cell, *, museum_seeks: bool) -> bool:
        """Whether this cell decides what its seeker wants, and S would be lower without its need or its offer."""
        aims = self.model.weights.aims * self.whole_aims
        direction = self.museum_wants if museum_seeks else self.partner_wants
        whole = direction.whole
        if whole < aims - LOWER:
            return False
        fewer = max(direction.exchange(no_need=cell.need), direction.exchange(no_offer=cell.offer))
        if whole > aims + LOWER:  # the exchange alone decides, and R rises with it
            return fewer < whole - LOWER
        return all(
            self._without_line(direction, need=need, offer=offer, museum_seeks=museum_seeks) < self.reciprocal - LOWER
            for need, offer in ((cell.need, -1), (-1, cell.offer))
        )

    def _without_line(self, direction: Direction, *, need: int, offer: int, museum_seeks: bool) -> float:
        """R if the seeker had not written this need, or the provider this offer."""
        museum_line, partner_line = (need, offer) if museum_seeks else (offer, need)
        left = (self.lines[0] != museum_line) & (self.lines[1] != partner_line)
        raw = [float(part[left].max()) if left.any() else UNKNOWN for part in self.alike]
        aims = self.model.weights.aims * sum(part.weight * part.value for part in _aims(self.model, raw))
        other = self.partner_wants if museum_seeks else self.museum_wants
        ours = max(direction.exchange(no_need=need, no_offer=offer), aims)
        return fused(ours, max(other.whole, aims), self.model.weights)


LOWER = 1e-9  # a part contributes if S falls by more than this without it


def fused(want_a: float, want_b: float, weights: Weights) -> float:
    """R of two wants: harmonic mean with a small door for one-way help; the scalar form of `reciprocal_score`."""
    harmonic, either = weights.fusion
    mean = 2.0 * want_a * want_b / (want_a + want_b) if want_a + want_b > 0 else 0.0
    return harmonic * mean + either * max(want_a, want_b)


def want_from_needs(best: Sequence[float], weights: Weights) -> float:
    """One side's want from the best fit of each of its needs, in [0, 1]."""
    if not best:
        return 0.0
    ordered = sorted(best, reverse=True)
    missing = 1.0 - ordered[0]
    for fit in ordered[1 : 1 + weights.further_needs]:
        missing *= 1.0 - weights.further_need * fit
    return 1.0 - missing


def take_apart(
    model: EventModel, museums: SideArrays, partners: SideArrays, rows: Ints, columns: Ints
) -> Iterator[Pair]:
    """The given pairs, museum `rows[i]` with partner `columns[i]`, in their order, some hundreds in memory at once."""
    for at in range(0, len(rows), CHUNK):
        yield from _take_apart(model, museums, partners, rows[at : at + CHUNK], columns[at : at + CHUNK])


def _take_apart(model: EventModel, museums: SideArrays, partners: SideArrays, rows: Ints, columns: Ints) -> list[Pair]:
    line_a, line_b, sizes = _line_pairs(museums.start, partners.start, rows, columns)
    grid = Grid(museums.lines.of(line_a), partners.lines.of(line_b), paired=True)
    shared = (text_part(grid, model.fit), theme_part(grid, model.fit), audience_part(grid, model.fit))
    forth = _cells(grid, (kind_part(grid, model.fit, a_needs=True), *shared), line_a, line_b, model, a_needs=True)
    back = _cells(grid, (kind_part(grid, model.fit, a_needs=False), *shared), line_b, line_a, model, a_needs=False)
    around = _surroundings(model, museums, partners, rows, columns)
    first = np.cumsum(sizes) - sizes
    aims = [np.maximum.reduceat(part, first).tolist() for part in shared]
    rounded = np.round(shared[0], DECIMALS)
    pairs, end = [], 0
    for number, (museum, partner) in enumerate(zip(rows.tolist(), columns.tolist(), strict=True)):
        start, end = end, end + int(sizes[number])
        km, near, timing = around[number]
        pairs.append(
            Pair(
                museum=museum,
                partner=partner,
                model=model,
                museum_wants=Direction(tuple(cell for cell in forth[start:end] if cell), model.weights),
                partner_wants=Direction(tuple(cell for cell in back[start:end] if cell), model.weights),
                aims_parts=_aims(model, [column[number] for column in aims]),
                lines=(line_a[start:end], line_b[start:end]),
                alike=(shared[0][start:end], shared[1][start:end], shared[2][start:end]),
                rounded_text=rounded[start:end],
                near=near,
                timing=timing,
                km=km,
            )
        )
    return pairs


def _cells(
    grid: Grid,
    parts: tuple[Floats, ...],
    needs: Ints,
    offers: Ints,
    model: EventModel,
    *,
    a_needs: bool,
) -> list[Cell | None]:
    """A cell for every pair of lines in which a need meets an offer, None for the others."""
    seeks = grid.a.need & grid.b.offer if a_needs else grid.a.offer & grid.b.need
    met = np.flatnonzero(seeks)
    met_parts = tuple(part[met] for part in parts)
    raw = np.column_stack(met_parts).tolist()
    fits = np.column_stack([_fits(met_parts, model, without) for without in WITHOUT]).tolist()
    cells: list[Cell | None] = [None] * len(needs)
    rows = zip(met.tolist(), needs[met].tolist(), offers[met].tolist(), raw, fits, strict=True)
    for at, need, offer, measured, fit in rows:
        cells[at] = Cell(need, offer, tuple(measured), tuple(fit))
    return cells


def _fits(parts: tuple[Floats, ...], model: EventModel, without: str) -> Floats:
    """The fit of each pair of lines as if a part were 0."""
    left = {name: np.zeros_like(part) if name == without else part for name, part in zip(PARTS, parts, strict=True)}
    fits = combine(left, model.weights.parts, model.fit.medians)
    # rounded, so that equal fits stay equal whatever the order of adding up
    gated: Floats = np.where(is_exchange(left["kind"], left["text"]), fits, 0.0)
    return gated.round(DECIMALS)


def _aims(model: EventModel, raw: Sequence[float]) -> tuple[Part, ...]:
    shares, medians = model.weights.aims_parts, model.fit.aims_medians
    return tuple(
        Part(name, value if value >= 0 else medians[name], shares[name], known=value >= 0)
        for name, value in zip(AIMS, raw, strict=True)
    )


def _line_pairs(start_a: Ints, start_b: Ints, rows: Ints, columns: Ints) -> tuple[Ints, Ints, Ints]:
    """All lines of each pair's museum with all of its partner's, flat, and how many there are for each pair."""
    lines_a = [np.arange(start_a[at], start_a[at + 1]) for at in rows]
    lines_b = [np.arange(start_b[at], start_b[at + 1]) for at in columns]
    flat_a = [np.repeat(a, len(b)) for a, b in zip(lines_a, lines_b, strict=True)]
    flat_b = [np.tile(b, len(a)) for a, b in zip(lines_a, lines_b, strict=True)]
    sizes = np.array([len(flat) for flat in flat_a], dtype=np.intp)
    return np.concatenate(flat_a), np.concatenate(flat_b), sizes


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
