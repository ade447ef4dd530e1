"""Pairs taken apart: for each, what its score is made of and what it would be without a part or a line.

The same part functions as for whole blocks; only shown pairs pass through here, some thousands at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from matching.engine.encoding import Bools, Floats, Ints, SideArrays, line_pairs
from matching.engine.fit import (
    DECIMALS,
    PARTS,
    UNKNOWN,
    Grid,
    audience_part,
    combine,
    filled,
    kind_part,
    text_part,
    theme_part,
)
from matching.engine.reciprocal import (
    AIMS,
    EventModel,
    is_exchange,
    leaned,
    leanings,
    nearness,
    reciprocal_score,
    surroundings,
    timing_value,
    want_of_pairs,
)
from matching.engine.types import Part

CHUNK = 512
WITHOUT = ("", *PARTS)
LOWER = 1e-9  # a part contributes if S falls by more than this without it


@dataclass(frozen=True, slots=True)
class Cell:
    """One need against one offer, as line numbers of the seeker's and the provider's side.

    `raw`: kind, text, theme, audience as measured, -1 where a side says nothing.
    """

    need: int
    offer: int
    raw: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Direction:
    """What one side could get from the other: the need and offer that fit best, first by key among equals, if any do.

    `stands_on_lines`: they decide what the seeker wants, and S would be lower without the need or without the offer.
    """

    winner: Cell | None
    stands_on_lines: bool


@dataclass(frozen=True, slots=True)
class Pair:
    """A museum and a partner by position, with everything their score is made of."""

    museum: int
    partner: int
    value: float  # S
    reciprocal: float  # R
    both_wants: tuple[float, float]  # the museum's, the partner's
    whole_aims: float  # shared aims in [0, 1], before they are scaled to count less than an exchange
    aims_parts: tuple[Part, ...]
    aims_lines: tuple[int, int]  # the two lines most alike in their words
    museum_wants: Direction
    partner_wants: Direction
    contributing: frozenset[str]  # parts without which S would be lower
    near: float
    timing: float
    km: float | None
    leanings: tuple[float, float]  # log-odds that are in `both_wants`

    def falls_without(self, part: str) -> bool:
        """Whether S would be lower if this part were 0."""
        return part in self.contributing

    def falls_without_lines(self, cell: Cell, *, museum_seeks: bool) -> bool:
        """Whether this best cell decides what its seeker wants, and S would be lower without its need or its offer."""
        direction = self.museum_wants if museum_seeks else self.partner_wants
        return cell is direction.winner and direction.stands_on_lines


@dataclass(frozen=True, slots=True)
class _Exchanges:
    """One direction of P pairs: exchanges in full and as if each part were 0 (5, P), and without the best lines (P,).

    `best` (P,) is the position of the best cell in `cells`, -1 for none; `raw` (C, 4), `need` and `offer` (C,).
    """

    exchange: Floats
    no_need: Floats
    no_offer: Floats
    best: Ints
    need: Ints
    offer: Ints
    raw: Floats

    def winners(self) -> list[Cell | None]:
        best = np.maximum(self.best, 0)
        if not len(self.need):
            return [None] * len(best)
        rows = zip(self.need[best].tolist(), self.offer[best].tolist(), self.raw[best].tolist(), strict=True)
        return [Cell(n, o, tuple(raw)) if at >= 0 else None for at, (n, o, raw) in zip(self.best, rows, strict=True)]


def take_apart(
    model: EventModel, museums: SideArrays, partners: SideArrays, rows: Ints, columns: Ints
) -> Iterator[Pair]:
    """The given pairs, museum `rows[i]` with partner `columns[i]`, in their order, some thousands in memory at once."""
    for at in range(0, len(rows), CHUNK):
        yield from _take_apart(model, museums, partners, rows[at : at + CHUNK], columns[at : at + CHUNK])


def _take_apart(model: EventModel, museums: SideArrays, partners: SideArrays, rows: Ints, columns: Ints) -> list[Pair]:
    line_a, line_b, sizes = line_pairs(museums.start, partners.start, rows, columns)
    first, pair = np.cumsum(sizes) - sizes, np.repeat(np.arange(len(rows)), sizes)
    grid = Grid(museums.lines.of(line_a), partners.lines.of(line_b), paired=True)
    alike = (text_part(grid, model.fit), theme_part(grid, model.fit), audience_part(grid, model.fit))
    forth = _exchanges(grid, alike, pair, line_a, line_b, model, len(rows), a_needs=True)
    back = _exchanges(grid, alike, pair, line_b, line_a, model, len(rows), a_needs=False)
    raw_aims = np.stack([np.maximum.reduceat(part, first) for part in alike])
    aims = _aims(model, raw_aims)
    scaled = model.weights.aims * aims
    lean = leanings(museums, partners, rows, columns)
    wants = leaned(np.maximum(forth.exchange, scaled), lean[0]), leaned(np.maximum(back.exchange, scaled), lean[1])
    both = reciprocal_score(*wants, model.weights)
    falls = both[1:] < both[0] - LOWER
    km, near, timing = _around(model, museums, partners, rows, columns)
    value = both[0] * surroundings(near, timing, model.weights)
    rounded = np.round(alike[0], DECIMALS)
    _, closest = np.unique(np.where(rounded == np.maximum.reduceat(rounded, first)[pair], pair, -1), return_index=True)
    closest = closest[-len(rows) :]
    lines = zip(line_a[closest].tolist(), line_b[closest].tolist(), strict=True)
    ends = (line_a, line_b)
    stands = [
        _stands(model, direction, other, scaled[0], both[0], own_lean, own_ends, alike, first, sizes)
        for direction, other, own_lean, own_ends in (
            (forth, back, lean, ends),
            (back, forth, lean[::-1], ends[::-1]),
        )
    ]
    parts = zip(*(_parts(model, at, raw) for at, raw in enumerate(raw_aims)), strict=True)
    contributing = [frozenset(name for name, fell in zip(PARTS, row, strict=True) if fell) for row in falls.T.tolist()]
    known = [None if unknown else far for far, unknown in zip(km.tolist(), np.isnan(km).tolist(), strict=True)]
    columns_of_pair = zip(
        rows.tolist(),
        columns.tolist(),
        value.tolist(),
        both[0].tolist(),
        zip(wants[0][0].tolist(), wants[1][0].tolist(), strict=True),
        aims[0].tolist(),
        parts,
        lines,
        map(Direction, forth.winners(), stands[0].tolist()),
        map(Direction, back.winners(), stands[1].tolist()),
        contributing,
        near.tolist(),
        timing.tolist(),
        known,
        zip(lean[0].tolist(), lean[1].tolist(), strict=True),
        strict=True,
    )
    return [Pair(*row) for row in columns_of_pair]


def _exchanges(
    grid: Grid,
    alike: tuple[Floats, ...],
    pair: Ints,
    needs: Ints,
    offers: Ints,
    model: EventModel,
    pairs: int,
    *,
    a_needs: bool,
) -> _Exchanges:
    """Every need with every offer of the pairs, (C,) of them, and what they come to for each pair."""
    met = np.flatnonzero(grid.a.need & grid.b.offer if a_needs else grid.a.offer & grid.b.need)
    parts = (kind_part(grid, model.fit, a_needs=a_needs)[met], *(part[met] for part in alike))
    pair, need, offer = pair[met], needs[met], offers[met]
    fits = [_fits(parts, model, without) for without in WITHOUT]
    order = np.lexsort((offer, need, -fits[0], pair))
    owners, leader = np.unique(pair[order], return_index=True)
    best = np.full(pairs, -1)
    best[owners] = order[leader]
    best[best >= 0] = np.where(fits[0][best[best >= 0]] > 0, best[best >= 0], -1)
    best_need, best_offer = (np.where(best >= 0, line[best] if line.size else -1, -1) for line in (need, offer))
    wants = [want_of_pairs(fit, pair, need, pairs, model.weights) for fit in fits]
    return _Exchanges(
        np.stack(wants),
        want_of_pairs(np.where(need == best_need[pair], 0.0, fits[0]), pair, need, pairs, model.weights),
        want_of_pairs(np.where(offer == best_offer[pair], 0.0, fits[0]), pair, need, pairs, model.weights),
        best,
        need,
        offer,
        np.column_stack(parts),
    )


def _fits(parts: tuple[Floats, ...], model: EventModel, without: str) -> Floats:
    """The fit of each cell as if a part were 0."""
    left = {name: np.zeros_like(part) if name == without else part for name, part in zip(PARTS, parts, strict=True)}
    fits = combine(left, model.weights.parts, model.fit.medians)
    # rounded, so that equal fits stay equal whatever the order of adding up
    gated: Floats = np.where(is_exchange(left["kind"], left["text"]), fits, 0.0)
    return gated.round(DECIMALS)


def _aims(model: EventModel, raw: Floats) -> Floats:
    """Shared aims of each pair in full and as if each part were 0, (5, P), from the best of each part (3, P)."""
    shares, medians = model.weights.aims_parts, model.fit.aims_medians
    weighted = {name: shares[name] * filled(part, medians[name]) for name, part in zip(AIMS, raw, strict=True)}
    nothing = np.zeros(raw.shape[1])
    return np.stack([sum((weighted[n] for n in AIMS if n != without), nothing) for without in WITHOUT])


def _parts(model: EventModel, at: int, raw: Floats) -> list[Part]:
    """One part of the shared aims of each pair."""
    name = AIMS[at]
    share, median = model.weights.aims_parts[name], model.fit.aims_medians[name]
    known = {value: Part(name, value if value >= 0 else median, share, known=value >= 0) for value in set(raw.tolist())}
    return [known[value] for value in raw.tolist()]


def _stands(
    model: EventModel,
    direction: _Exchanges,
    other: _Exchanges,
    aims: Floats,
    reciprocal: Floats,
    lean: tuple[Floats, Floats],
    lines: Sequence[Ints],
    alike: tuple[Floats, ...],
    first: Ints,
    sizes: Ints,
) -> Bools:
    """Whether the best cell of each pair decides what its seeker wants, and R is lower without one of its lines.

    `lean` (P,) log-odds of the seeker's and of the provider's want; `lines` (L,) the seeker's and the provider's line
    of every pair of lines of each pair.
    """
    whole = direction.exchange[0]
    fewer = np.maximum(direction.no_need, direction.no_offer)
    stands: Bools = (direction.best >= 0) & (whole > aims + LOWER) & (fewer < whole - LOWER)
    for at in np.flatnonzero((direction.best >= 0) & (np.abs(whole - aims) <= LOWER)).tolist():
        here = slice(first[at], first[at] + sizes[at])
        cell = direction.best[at]
        lower = []
        for own, line, exchange in (
            (lines[0][here], direction.need[cell], direction.no_need[at]),
            (lines[1][here], direction.offer[cell], direction.no_offer[at]),
        ):
            left = own != line
            raw = np.array([[part[here][left].max() if left.any() else UNKNOWN] for part in alike])
            shared = model.weights.aims * _aims(model, raw)[0]
            ours = leaned(np.maximum(exchange, shared), lean[0][at])
            theirs = leaned(np.maximum(other.exchange[0, at], shared), lean[1][at])
            lower.append(reciprocal_score(ours, theirs, model.weights)[0] < reciprocal[at] - LOWER)
        stands[at] = all(lower)
    return stands


def _around(
    model: EventModel, museums: SideArrays, partners: SideArrays, rows: Ints, columns: Ints
) -> tuple[Floats, Floats, Floats]:
    """Kilometres (NaN unknown), nearness and timing of each pair."""
    apart = museums.position[rows] - partners.position[columns]
    km = np.sqrt((apart**2).sum(axis=1)) / 1000.0
    near = nearness(km, museums.reach[rows], partners.reach[columns], model.near_median)
    common = (museums.languages[rows] * partners.languages[columns]).sum(axis=1) > 0
    return km, near, timing_value(common, museums.says_when[rows], partners.says_when[columns])
