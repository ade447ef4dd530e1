"""Both directions into one score, and who may be paired at all. Works on sides of an event; chooses nobody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching.engine.encoding import Bools, Codebook, Ints, Lines, SideArrays, line_pairs
from matching.engine.fit import (
    LINKED,
    FitModel,
    Grid,
    Patterned,
    audience_part,
    audiences,
    combine,
    filled,
    kind_part,
    kinds,
    text_part,
    theme_part,
    themes,
)
from matching.engine.text import TextMeasure
from matching.engine.weights import Weights

Floats = NDArray[np.float64]
AIMS = ("text", "theme", "audience")
DECIMALS = 9


@dataclass(frozen=True, slots=True)
class EventModel:
    """All that one event taught, fixed: with it any two profiles can be scored again and get the same score.

    `near_median` in [0, 1] stands in where a distance is unknown.
    """

    text: TextMeasure
    book: Codebook
    fit: FitModel
    near_median: float
    weights: Weights


@dataclass(frozen=True, slots=True)
class Block:
    """Scores of some museums with some partners, each (m, n) in [0, 1]; or of a list of pairs, each (E,).

    `grounded`: something both wrote or ticked links them, rather than medians standing in for silence.
    """

    score: Floats
    reciprocal: Floats
    museum_wants: Floats
    partner_wants: Floats
    grounded: Bools


def reciprocal_score(want_a: Floats, want_b: Floats, weights: Weights) -> Floats:
    """R of two one-sided wants, any shape, in [0, 1]: harmonic mean with a small door for one-way help. Symmetric.

    Source: harmonic mean as in RECON (Pizzato et al. 2010); it predicted a mutual yes best when measured.
    """
    harmonic, either = weights.fusion
    total = want_a + want_b
    mean = np.divide(2.0 * want_a * want_b, total, out=np.zeros_like(total), where=total > 0)
    fused: Floats = harmonic * mean + either * np.maximum(want_a, want_b)
    return fused


def leaned(want: Floats, odds: Floats) -> Floats:
    """A want in [0, 1] moved by log-odds, any shape: 0 stays 0, 1 stays 1, and the order of equal odds stays."""
    if not odds.any():
        return want
    times = np.exp(odds)
    moved: Floats = want * times / (1.0 - want + want * times)
    return moved


def leanings(museums: SideArrays, partners: SideArrays, rows: Ints, columns: Ints) -> tuple[Floats, Floats]:
    """Log-odds that earlier answers add to what each museum and each partner could get, of these pairs; broadcasts."""
    return (
        museums.readiness[rows] + partners.appeal[columns],
        partners.readiness[columns] + museums.appeal[rows],
    )


def surroundings(near: Floats, timing: Floats, weights: Weights) -> Floats:
    """What nearness, time and language leave of R, any shape, in [0, 1]."""
    base, near_share, timing_share = weights.surroundings
    factor: Floats = base + near_share * near + timing_share * timing
    return factor


def distance_km(a: SideArrays, b: SideArrays) -> Floats:
    """Straight-line kilometres, (a, b); NaN where a place is unknown."""
    apart = a.position[:, None, :] - b.position[None, :, :]
    distance: Floats = np.sqrt((apart**2).sum(axis=2)) / 1000.0
    return distance


def nearness(km: Floats, reach_a: Floats, reach_b: Floats, median: float) -> Floats:
    """exp(-km / d0), any shape, in [0, 1]; d0 is the harmonic mean of both sides' reach, so each side's word counts.

    `km` is NaN where a place is unknown: there the event's median stands in.
    """
    near = np.exp(-km * (1.0 / reach_a + 1.0 / reach_b) / 2.0)
    return np.where(np.isnan(near), median, near)


def timing_value(common: Bools, when_a: Bools, when_b: Bools) -> Floats:
    """Half for a language in common, a quarter for each side that says when; any shape, in [0, 1]."""
    timing: Floats = 0.5 * common + 0.25 * when_a + 0.25 * when_b
    return timing


def near_part(a: SideArrays, b: SideArrays, median: float) -> Floats:
    """Nearness of every `a` to every `b`, (a, b) in [0, 1]."""
    return nearness(distance_km(a, b), a.reach[:, None], b.reach[None, :], median)


def timing_part(a: SideArrays, b: SideArrays) -> Floats:
    """Time and language of every `a` with every `b`, (a, b) in [0, 1]."""
    return timing_value((a.languages @ b.languages.T) > 0, a.says_when[:, None], b.says_when[None, :])


@dataclass(frozen=True, slots=True)
class Gates:
    """Who may be paired before any arithmetic: open to contact, no limit of 0, of different families, not excluded.

    `family_…` are numbers shared by both sides, never equal where there is no family; `excluded` (X, 2) positions.
    """

    open_museums: Bools
    open_partners: Bools
    family_museums: Ints
    family_partners: Ints
    excluded: Ints

    @classmethod
    def of(cls, museums: SideArrays, partners: SideArrays, excluded: frozenset[tuple[str, str]]) -> Gates:
        """Excluded pairs of keys may stand in either order; those of others than these bar nothing."""
        numbers = {family: at for at, family in enumerate(sorted({p.family for p in museums.profiles}))}
        return cls(
            museums.contact,
            partners.contact,
            np.array([numbers[p.family] if p.family else -1 for p in museums.profiles], dtype=np.intp),
            np.array([numbers.get(p.family, -2) if p.family else -2 for p in partners.profiles], dtype=np.intp),
            positions(museums, partners, excluded),
        )

    def table(self, rows: Ints, columns: Ints) -> Bools:
        """Whether each of these museums may meet each of these partners, (rows, columns)."""
        allowed = self.open_museums[rows][:, None] & self.open_partners[columns][None, :]
        allowed &= self.family_museums[rows][:, None] != self.family_partners[columns][None, :]
        at_row = np.full(len(self.open_museums), -1)
        at_column = np.full(len(self.open_partners), -1)
        at_row[rows], at_column[columns] = np.arange(len(rows)), np.arange(len(columns))
        barred_row, barred_column = at_row[self.excluded[:, 0]], at_column[self.excluded[:, 1]]
        here = (barred_row >= 0) & (barred_column >= 0)
        allowed[barred_row[here], barred_column[here]] = False
        return allowed

    def pairs(self, row: Ints, column: Ints) -> Bools:
        """Whether each museum may meet the partner at the same place, (E,)."""
        width = max(1, len(self.open_partners))
        barred = np.isin(row * width + column, self.excluded[:, 0] * width + self.excluded[:, 1])
        apart = self.family_museums[row] != self.family_partners[column]
        allowed: Bools = self.open_museums[row] & self.open_partners[column] & apart & ~barred
        return allowed


def positions(museums: SideArrays, partners: SideArrays, pairs: frozenset[tuple[str, str]]) -> Ints:
    """(museum, partner) positions of the pairs of keys that name one of each, in whatever order, (X, 2), sorted."""
    row = {profile.key: at for at, profile in enumerate(museums.profiles)}
    column = {profile.key: at for at, profile in enumerate(partners.profiles)}
    both_ways = [pair for one, other in pairs for pair in ((one, other), (other, one))]
    found = sorted({(row[one], column[other]) for one, other in both_ways if one in row and other in column})
    return np.array(found, dtype=np.intp).reshape(-1, 2)


def score_block(model: EventModel, museums: SideArrays, partners: SideArrays) -> Block:
    """Score every museum with every partner of these two sides; gates are not applied here."""
    a, b = museums.lines, partners.lines
    text = text_part(Grid(a, b), model.fit)
    ticked = {"theme": themes(a, b, model.fit), "audience": audiences(a, b, model.fit)}
    size = (len(museums), len(partners))
    museum_exchange = _exchange(text, ticked, a, b, model.fit, size, a_needs=True)
    partner_exchange = _exchange(text, ticked, a, b, model.fit, size, a_needs=False)
    best = {name: best_of_patterns(part, museums.start, partners) for name, part in ticked.items()}
    best["text"] = _best_by_owner(text, museums.start, partners.start)
    near, timing = near_part(museums, partners, model.near_median), timing_part(museums, partners)
    lean = leanings(museums, partners, np.arange(size[0])[:, None], np.arange(size[1])[None, :])
    return _fused(model, museum_exchange, partner_exchange, best, lean, surroundings(near, timing, model.weights))


def score_pairs(model: EventModel, museums: SideArrays, partners: SideArrays, rows: Ints, columns: Ints) -> Block:
    """Score museum `rows[i]` with partner `columns[i]`, (E,): what `score_block` says of them; gates not applied."""
    if not rows.size:
        none = np.zeros(0)
        return Block(none, none, none, none, none > 0)
    line_a, line_b, sizes = line_pairs(museums.start, partners.start, rows, columns)
    grid = Grid(museums.lines.of(line_a), partners.lines.of(line_b), paired=True)
    shared = {
        "text": text_part(grid, model.fit),
        "theme": theme_part(grid, model.fit),
        "audience": audience_part(grid, model.fit),
    }
    pair = np.repeat(np.arange(len(rows)), sizes)
    exchanges = []
    for a_needs, seeking, needs in (
        (True, grid.a.need & grid.b.offer, line_a),
        (False, grid.a.offer & grid.b.need, line_b),
    ):
        met = np.flatnonzero(seeking)
        parts = {name: part[met] for name, part in shared.items()}
        parts["kind"] = kind_part(grid, model.fit, a_needs=a_needs)[met]
        fits = _exchange_fits(parts, model.fit)
        exchanges.append(want_of_pairs(fits, pair[met], needs[met], len(rows), model.weights))
    first = np.cumsum(sizes) - sizes
    best = {name: np.maximum.reduceat(part, first) for name, part in shared.items()}
    apart = museums.position[rows] - partners.position[columns]
    km = np.sqrt((apart**2).sum(axis=1)) / 1000.0
    near = nearness(km, museums.reach[rows], partners.reach[columns], model.near_median)
    common = (museums.languages[rows] * partners.languages[columns]).sum(axis=1) > 0
    timing = timing_value(common, museums.says_when[rows], partners.says_when[columns])
    lean = leanings(museums, partners, rows, columns)
    return _fused(model, exchanges[0], exchanges[1], best, lean, surroundings(near, timing, model.weights))


def _fused(
    model: EventModel,
    museum_exchange: Floats,
    partner_exchange: Floats,
    best: Mapping[str, Floats],
    lean: tuple[Floats, Floats],
    around: Floats,
) -> Block:
    """Exchanges and what is most alike of all lines, any shape, into S."""
    aims = model.weights.aims * combine(best, model.weights.aims_parts, model.fit.aims_medians)
    grounded = (museum_exchange > 0) | (partner_exchange > 0)
    for part in best.values():
        grounded |= part > 0
    museum_wants = leaned(np.maximum(museum_exchange, aims), lean[0])
    partner_wants = leaned(np.maximum(partner_exchange, aims), lean[1])
    both = reciprocal_score(museum_wants, partner_wants, model.weights)
    return Block(np.round(both * around, DECIMALS), both, museum_wants, partner_wants, grounded)


def _exchange_fits(parts: Mapping[str, Floats], fit: FitModel) -> Floats:
    """The fit of need and offer, any shape; 0 where neither kind nor words answer the need."""
    return np.where(is_exchange(parts["kind"], parts["text"]), combine(parts, fit.weights.parts, fit.medians), 0.0)


def want_of_pairs(fits: Floats, pair: Ints, need: Ints, pairs: int, weights: Weights) -> Floats:
    """What `_want` says, from a list of fits with the pair and the need of each; (pairs,)."""
    missing = np.ones(pairs)
    if not fits.size:
        return np.zeros(pairs)
    order = np.lexsort((need, pair))
    owner, line = pair[order], need[order]
    starts = np.flatnonzero(np.append(True, (owner[1:] != owner[:-1]) | (line[1:] != line[:-1])))
    best, owner = np.maximum.reduceat(fits[order], starts), owner[starts]
    order = np.lexsort((-best, owner))
    best, owner = best[order], owner[order]
    place = np.arange(len(owner)) - np.searchsorted(owner, owner, side="left")
    for rank in range(1 + weights.further_needs):
        here = place == rank
        share = weights.further_need if rank else 1.0
        missing[owner[here]] *= 1.0 - share * best[here]
    want: Floats = 1.0 - missing
    return want


def _exchange(
    text: Floats,
    ticked: Mapping[str, Patterned],
    a: Lines,
    b: Lines,
    fit: FitModel,
    size: tuple[int, int],
    *,
    a_needs: bool,
) -> Floats:
    """What the seekers' needs get from the providers' offers, (museums, partners) in [0, 1]."""
    rows = np.flatnonzero(a.need if a_needs else a.offer)
    columns = np.flatnonzero(b.offer if a_needs else b.need)
    if not rows.size or not columns.size:
        return np.zeros(size)
    said = np.take(text[rows], columns, axis=1)
    kind = kinds(a, b, fit, a_needs=a_needs)
    nothing = ~is_exchange(kind.across(rows, columns), said)
    shares, medians = fit.weights.parts, fit.medians
    value = shares["text"] * filled(said, medians["text"])
    value += kind.filled(shares["kind"], medians["kind"]).across(rows, columns)
    for name, part in ticked.items():
        value += part.filled(shares[name], medians[name]).across(rows, columns)
    value[nothing] = 0.0
    row_owner, column_owner = a.owner[rows], b.owner[columns]
    if a_needs:
        return _want(_best_in_runs(value, column_owner, size[1], axis=1), row_owner, size, fit.weights)
    return _want(_best_in_runs(value, row_owner, size[0], axis=0).T, column_owner, size[::-1], fit.weights).T


def _best_in_runs(values: Floats, owner: Ints, owners: int, *, axis: int) -> Floats:
    """The best of each owner's columns (or rows), 0 for who has none; `owner` is sorted."""
    present, starts = np.unique(owner, return_index=True)
    best = np.zeros((len(values), owners) if axis else (owners, values.shape[1]))
    best[(slice(None), present) if axis else present] = np.maximum.reduceat(values, starts, axis=axis)
    return best


def is_exchange(kind: Floats, text: Floats) -> Bools:
    """An offer answers a need only by its kind or its words; themes and audiences alone are shared aims."""
    return (kind > 0) | (text >= LINKED)


def _want(per_need: Floats, needs: Ints, size: tuple[int, int], weights: Weights) -> Floats:
    """1 - (1 - best) x product over further met needs of (1 - .25 fit), three at most; (seekers, providers).

    `per_need` (needs, providers): the best fit of each need, whose owners `needs` names in order.
    """
    place = np.arange(len(needs)) - np.searchsorted(needs, needs, side="left")
    top = np.zeros((1 + weights.further_needs, *size))
    for turn in range(int(place.max()) + 1):
        rows = np.flatnonzero(place == turn)
        owners, newcomer = needs[rows], per_need[rows]
        for rank in range(min(turn, weights.further_needs) + 1):
            before = top[rank][owners]
            top[rank][owners] = np.maximum(before, newcomer)
            newcomer = np.minimum(before, newcomer)
    missing = 1.0 - top[0]
    for further in top[1 : int(place.max()) + 1]:
        missing *= 1.0 - weights.further_need * further
    want: Floats = 1.0 - missing
    return want


def _best_by_owner(part: Floats, rows: Ints, columns: Ints) -> Floats:
    """The best line with line for each pair of organisations; every organisation has at least its description."""
    best: Floats = np.maximum.reduceat(np.maximum.reduceat(part, rows[:-1], axis=0), columns[:-1], axis=1)
    return best


def best_of_patterns(part: Patterned, start: Ints, partners: SideArrays) -> Floats:
    """The same for a part that patterns decide: most lines of an organisation share one, which counts once.

    `start` (m + 1,) first line of each museum, among those of `part`.
    """
    rows = np.maximum.reduceat(part.table[part.rows], start[:-1], axis=0)
    wide = int(part.table.shape[1])
    owner, column = np.divmod(np.unique(partners.lines.owner * wide + part.columns), wide)
    first = np.searchsorted(owner, np.arange(len(partners)))
    best: Floats = np.maximum.reduceat(np.take(rows, column, axis=1), first, axis=1)
    return best
