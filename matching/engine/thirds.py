"""Who else fits a shown pair: the trios of one event, from its survey. The search itself is in `trios`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching.engine.exposure import Arcs
from matching.engine.model import subset
from matching.engine.reciprocal import Gates, score_block, score_pairs
from matching.engine.surveying import CELLS, LEVELS, Prepared, Survey
from matching.engine.trios import FUNDER, PossibleTrios, best_trios
from matching.engine.types import Matching

Ints = NDArray[np.intp]

SECTORS = frozenset({"funder", "statutory"})
MOST, FEWEST = 30_000, 3  # possible trios looked at in a large event, and thirds of each museum whatever its size
AT_ONCE = 2_000  # pairs scored at once: some 100 MB
WORTH_A_TABLE = 20  # cells of a table that cost about what one pair does by itself
LINES = 3  # of an organisation, about


@dataclass(frozen=True, slots=True)
class Three:
    """A shown pair and a third partner, by key, with T in [0, 1]."""

    museum: str
    partner: str
    third: str
    value: float


@dataclass(frozen=True, slots=True)
class Threes:
    """The trios of an event, best first; `value` is their sum, and no choice of the same candidates exceeds `bound`."""

    trios: tuple[Three, ...] = ()
    value: float = 0.0
    bound: float = 0.0


def trios_of(prepared: Prepared, survey: Survey, matching: Matching) -> Threes:
    """Funders and statutory bodies that fit a shown pair: all three scores above the median S of the event's pairs.

    Thirds are looked for among the best candidates of each museum, fewer of them in large events. Whoever must not meet
    one of the two, closed their contact or wrote nothing is none. Each organisation is in at most two trios, a third in
    its own limit or six.
    """
    partners = prepared.partners
    able = np.array([p.sector in SECTORS for p in partners.profiles], dtype=bool) & partners.wrote
    pairs = _shown(prepared, matching)
    best = survey.best
    near = np.flatnonzero(able[best.column] & np.isin(best.row, pairs.row))
    if not len(pairs.score) or not near.size:
        return Threes()
    near = _best_of_each(best, near, max(FEWEST, MOST // len(pairs.score)))
    median = survey.levels.median_level() / (LEVELS - 1)
    pair, arc = _with_thirds(pairs, best.row[near])
    third, museum_fit = best.column[near[arc]], np.clip(best.score[near[arc]], 0.0, 1.0)
    good = (pairs.score[pair] > median) & (museum_fit > median)
    pair, third, museum_fit = pair[good], third[good], museum_fit[good]
    partner_fit = _partner_fits(prepared, pairs.column[pair], third)
    good = partner_fit > median
    found = best_trios(
        pairs,
        PossibleTrios(pair[good], third[good], museum_fit[good], partner_fit[good]),
        size=(len(prepared.museums), len(partners), len(partners)),
        limits=np.array([_limit(profile.limit) for profile in partners.profiles], dtype=np.intp),
    )
    keys = (prepared.museums.profiles, partners.profiles)
    trios = tuple(
        Three(keys[0][t.museum].key, keys[1][t.partner].key, keys[1][t.funder].key, t.value) for t in found.trios
    )
    return Threes(trios, found.value, found.bound)


def _best_of_each(arcs: Arcs, near: Ints, most: int) -> Ints:
    """Of these arcs, by position, the best `most` of each museum."""
    ordered = near[np.lexsort((arcs.column[near], -arcs.score[near], arcs.row[near]))]
    rows = arcs.row[ordered]
    return ordered[np.arange(len(rows)) - np.searchsorted(rows, rows) < most]


def _shown(prepared: Prepared, matching: Matching) -> Arcs:
    row = {profile.key: at for at, profile in enumerate(prepared.museums.profiles)}
    column = {profile.key: at for at, profile in enumerate(prepared.partners.profiles)}
    said = matching.suggestions
    return Arcs(
        np.array([row[pair.museum] for pair in said], dtype=np.intp),
        np.array([column[pair.partner] for pair in said], dtype=np.intp),
        np.array([pair.score.value for pair in said], dtype=np.float64),
    )


def _with_thirds(pairs: Arcs, rows: Ints) -> tuple[Ints, Ints]:
    """Each pair with every third of its museum: positions of pairs, and of the thirds, whose museums `rows` are."""
    first, after = np.searchsorted(rows, pairs.row), np.searchsorted(rows, pairs.row, side="right")
    sizes = after - first
    place = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return np.repeat(np.arange(len(sizes)), sizes), np.repeat(first, sizes) + place


def _partner_fits(prepared: Prepared, partner: Ints, third: Ints) -> NDArray[np.float64]:
    """S of these partners with these thirds, (X,); 0 where they must not be together."""
    partners = prepared.partners
    wanted, each = np.unique(partner * len(partners) + third, return_inverse=True)
    row, column = np.divmod(wanted, len(partners))
    gates = Gates.of(partners, partners, prepared.gathering.excluded)
    open_to = gates.pairs(row, column) & (row != column)
    fits = np.zeros(len(wanted))
    fits[open_to] = _scores(prepared, row[open_to], column[open_to])
    return fits[each]


def _scores(prepared: Prepared, row: Ints, column: Ints) -> NDArray[np.float64]:
    """S of these pairs of partners, (E,), 0 where nothing links them; what an earlier conclusion knew is not redone."""
    sides, known = prepared.sides(prepared.partners), prepared.fits
    both = [(sides[one], sides[third]) for one, third in zip(row.tolist(), column.tolist(), strict=True)]
    found = np.array([known.of(*pair) for pair in both], dtype=np.float64)  # None becomes NaN
    new = np.flatnonzero(np.isnan(found))
    found[new] = _scored(prepared, row[new], column[new])
    known.keep_only((*pair, score) for pair, score in zip(both, found.tolist(), strict=True))
    return found


def _scored(prepared: Prepared, row: Ints, column: Ints) -> NDArray[np.float64]:
    """The same, scored: as a table where many of its cells are wanted, which costs far less a cell, else one by one."""
    partners, scores = prepared.partners, np.zeros(len(row))
    ours, at_row = np.unique(row, return_inverse=True)
    theirs, at_column = np.unique(column, return_inverse=True)
    if len(row) * WORTH_A_TABLE < len(ours) * len(theirs):
        for first in range(0, len(row), AT_ONCE):
            some = slice(first, first + AT_ONCE)
            block = score_pairs(prepared.model, partners, partners, row[some], column[some])
            scores[some] = np.where(block.grounded, block.score, 0.0)
        return scores
    thirds = subset(partners, theirs)
    step = max(1, CELLS // max(1, len(thirds.lines.owner) * LINES))
    for first in range(0, len(ours), step):
        block = score_block(prepared.model, subset(partners, ours[first : first + step]), thirds)
        here = (at_row >= first) & (at_row < first + step)
        at = at_row[here] - first, at_column[here]
        scores[here] = np.where(block.grounded, block.score, 0.0)[at]
    return scores


def _limit(own: int | None) -> int:
    return FUNDER if own is None else own
