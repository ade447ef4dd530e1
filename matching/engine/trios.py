"""Threes: a museum, a partner and somebody with money or standing, where all three fit. Works on plain arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

from matching.engine.exposure import Arcs

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]

EACH = 2  # trios an organisation may be in
FUNDER = 6  # trios a funder may be in, unless it stated a number of its own
SEARCHED = 5_000  # trios that branch and bound may still choose from
NODES = 200  # of branch and bound: a count, never a time
FEW = 6  # good trios of each organisation that the linear programme begins with
CLOSE = 1e-7
NEARLY = 2e-4  # share of its bound that a choice may miss where more than `SEARCHED` trios are possible


@dataclass(frozen=True, slots=True, order=True)
class Trio:
    """A museum, a partner and a funder by number, and T, the harmonic mean of their three scores, in [0, 1]."""

    museum: int
    partner: int
    funder: int
    value: float


@dataclass(frozen=True, slots=True)
class Trios:
    """`trios` by value, best first; `value` is their sum, and no other choice exceeds `bound`."""

    trios: tuple[Trio, ...]
    value: float
    bound: float


@dataclass(frozen=True, slots=True)
class _Threes:
    """Possible trios, X of them: `node` (3, X) numbers museums, partners and funders apart; `most` of each node."""

    node: Ints
    value: Floats
    most: Ints


def trio_score(pair: Floats, museum_fit: Floats, partner_fit: Floats) -> Floats:
    """T: harmonic mean of S of the pair and of both fits with the funder, any shape, in [0, 1]; 0 if one of them is."""
    lowest = np.minimum(np.minimum(pair, museum_fit), partner_fit)
    safe = np.where(lowest > 0, lowest, 1.0)
    inverse = 1.0 / np.maximum(pair, safe) + 1.0 / np.maximum(museum_fit, safe) + 1.0 / np.maximum(partner_fit, safe)
    return np.where(lowest > 0, 3.0 / inverse, 0.0)


def make_trios(
    pairs: Arcs,
    museum_fits: Floats,
    partner_fits: Floats,
    *,
    contact: Bools | None = None,
    limits: int | Ints = FUNDER,
    each: int = EACH,
    medians: tuple[float, float, float] | None = None,
    allowed_museums: Bools | None = None,
    allowed_partners: Bools | None = None,
) -> Trios:
    """Trios from the shown pairs (E of them) and the fits of museums (m, f) and partners (n, f) with funders.

    `contact` (f,): funders who agreed to be contacted, all by default. `limits`: trios of a funder, one number or (f,).
    `each`: trios of a museum or partner. `medians` of the event's S and of both fits: a trio needs all three above
    them; by default 0 for S, since a shown pair has passed it, and the medians of the fits given. `allowed_…` as the
    fits: False for who must not meet, above all a partner with itself as a funder.
    By a linear programme, rounded, and then branch and bound among the trios that could still be part of a better
    choice: exact, or within a thousandth wherever measured, up to 12,500 museums and 430,000 possible trios.
    Raises: ValueError for shapes that disagree, or scores that are not in [0, 1].
    """
    fits = (np.asarray(museum_fits, dtype=np.float64), np.asarray(partner_fits, dtype=np.float64))
    _check(pairs, fits, (allowed_museums, allowed_partners), limits, each)
    funders = fits[0].shape[1]
    willing = np.ones(funders, dtype=bool) if contact is None else np.asarray(contact, dtype=bool)
    least = medians if medians is not None else (0.0, _median(fits[0][:, willing]), _median(fits[1][:, willing]))
    good = []
    for fit, allowed, median in zip(fits, (allowed_museums, allowed_partners), least[1:], strict=True):
        good.append((fit > median) & willing & (True if allowed is None else np.asarray(allowed, dtype=bool)))
    possible = good[0][pairs.row] & good[1][pairs.column] & (pairs.score > least[0])[:, None]
    pair, funder = np.nonzero(possible)
    some = PossibleTrios(pair, funder, fits[0][pairs.row[pair], funder], fits[1][pairs.column[pair], funder])
    return best_trios(pairs, some, size=(len(fits[0]), len(fits[1]), funders), limits=limits, each=each)


@dataclass(frozen=True, slots=True)
class PossibleTrios:
    """X of them: `pair` by position and `funder` by number, (X,), with S of both fits in [0, 1]."""

    pair: Ints
    funder: Ints
    museum_fit: Floats
    partner_fit: Floats


def best_trios(
    pairs: Arcs, possible: PossibleTrios, *, size: tuple[int, int, int], limits: int | Ints = FUNDER, each: int = EACH
) -> Trios:
    """The best choice of possible trios, whichever they are; see `make_trios`. `size`: museums, partners, funders."""
    row, column, funder = pairs.row[possible.pair], pairs.column[possible.pair], possible.funder
    m, n, funders = size
    caps = np.broadcast_to(np.asarray(limits, dtype=np.intp), (funders,))
    threes = _Threes(
        node=np.stack([row, m + column, m + n + funder]).astype(np.intp),
        value=trio_score(pairs.score[possible.pair], possible.museum_fit, possible.partner_fit),
        most=np.concatenate([np.full(m + n, each), caps]).astype(np.intp),
    )
    picked, bound = _best(threes)
    index = np.flatnonzero(picked)
    found = [Trio(int(row[at]), int(column[at]), int(funder[at]), float(threes.value[at])) for at in index]
    found.sort(key=lambda trio: (-round(trio.value, 9), trio.museum, trio.partner, trio.funder))
    value = float(threes.value[index].sum())
    return Trios(tuple(found), value, max(bound, value))


def _median(fits: Floats) -> float:
    return float(np.median(fits)) if fits.size else 0.0


def _best(threes: _Threes) -> tuple[Bools, float]:
    """Which of the possible trios, (X,), and a bound on their sum."""
    if not threes.value.size:
        return np.zeros(0, dtype=bool), 0.0
    rows = _rows(threes)
    relaxed = _relaxed(threes, rows)
    picked = _better(threes, _greedy(threes), _rounded(threes, rows, relaxed))
    value = float(threes.value[picked].sum())
    if relaxed.bound - value <= max(CLOSE, _enough(threes) * relaxed.bound):
        return picked, relaxed.bound
    # a trio that would cost more than this choice falls short by cannot be part of a better one
    useful = np.flatnonzero(relaxed.gain >= value - relaxed.bound - CLOSE)
    if len(useful) > SEARCHED:
        return picked, relaxed.bound
    return _exact(threes, useful, rows, picked, relaxed.bound)


@dataclass(frozen=True, slots=True)
class _Relaxed:
    """The best fractions of trios, (X,), their sum, and what each trio would add to it at the nodes' prices."""

    share: Floats
    gain: Floats
    bound: float


def _enough(threes: _Threes) -> float:
    """How far from its bound a choice may stay, as a share."""
    return NEARLY if len(threes.value) > SEARCHED else 0.0


def _relaxed(threes: _Threes, rows: sparse.csc_array) -> _Relaxed:
    """The linear programme over all trios, by adding those worth their nodes' prices to a few good ones.

    Whatever the prices, no choice exceeds what they make all places and all gains above them worth. So where many
    trios are possible, the last of its worth need not be searched for.
    """
    few = _top_of_each(threes, threes.value, FEW)
    while True:
        chosen = np.flatnonzero(few)
        result = linprog(
            -threes.value[chosen], A_ub=rows[:, chosen], b_ub=threes.most, bounds=(0, 1), method="highs-ds"
        )
        if result.x is None:
            raise RuntimeError(f"No trios found: {result.message}")
        gain = threes.value + rows.T @ result.ineqlin.marginals
        missing = np.where(few, 0.0, gain)
        slack = float(np.maximum(missing, 0.0).sum())
        enough = _enough(threes) * -float(result.fun)
        if missing.max() <= CLOSE or slack <= enough:
            share = np.zeros(len(threes.value))
            share[chosen] = result.x
            return _Relaxed(share, gain, slack - float(result.fun))
        few |= _top_of_each(threes, missing, FEW) & (missing > CLOSE)


def _top_of_each(threes: _Threes, value: Floats, count: int) -> Bools:
    """The trios that are among the best `count` of one of their three, (X,)."""
    top = np.zeros(len(value), dtype=bool)
    for node in threes.node:
        order = np.lexsort((-value, node))
        owner = node[order]
        top[order[np.arange(len(owner)) - np.searchsorted(owner, owner) < count]] = True
    return top


def _rounded(threes: _Threes, rows: sparse.csc_array, relaxed: _Relaxed) -> Bools:
    """Whole trios from the best fractions, and then the best that still fit."""
    part = np.flatnonzero(relaxed.share > CLOSE)
    picked, _ = _exact(threes, part, rows, np.zeros(len(threes.value), dtype=bool), relaxed.bound)
    return _greedy(threes, picked)


def _exact(threes: _Threes, useful: Ints, rows: sparse.csc_array, known: Bools, bound: float) -> tuple[Bools, float]:
    """The best choice of the useful trios, unless a known one is better, and a bound on it."""
    result = milp(
        -threes.value[useful],
        integrality=np.ones(len(useful)),
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(rows[:, useful], -np.inf, threes.most),
        options={"node_limit": NODES, "mip_rel_gap": _enough(threes)},
    )
    value = float(threes.value[known].sum())
    if result.mip_dual_bound is not None:
        bound = min(bound, max(value, -float(result.mip_dual_bound)))
    if result.x is None or -result.fun < value:
        return known, bound
    picked = np.zeros(len(threes.value), dtype=bool)
    picked[useful[result.x > 0.5]] = True
    return picked, bound


def _rows(threes: _Threes) -> sparse.csc_array:
    """(nodes, X): 1 where an organisation is in a trio."""
    columns = np.tile(np.arange(len(threes.value)), 3)
    ones = np.ones(len(columns))
    return sparse.csc_array((ones, (threes.node.ravel(), columns)), shape=(len(threes.most), len(threes.value)))


def _greedy(threes: _Threes, start: Bools | None = None) -> Bools:
    """The best trio that everybody in it still has a place for, again and again, after those of `start`."""
    picked = np.zeros(len(threes.value), dtype=bool) if start is None else start.copy()
    left = (threes.most - np.bincount(threes.node[:, picked].ravel(), minlength=len(threes.most))).tolist()
    order = np.lexsort((*threes.node[::-1], -threes.value.round(9)))
    for at, nodes in zip(order.tolist(), threes.node[:, order].T.tolist(), strict=True):
        if not picked[at] and all(left[node] for node in nodes):
            picked[at] = True
            for node in nodes:
                left[node] -= 1
    return picked


def _better(threes: _Threes, one: Bools, other: Bools) -> Bools:
    return other if threes.value[other].sum() > threes.value[one].sum() else one


def _check(
    pairs: Arcs, fits: tuple[Floats, Floats], allowed: tuple[Bools | None, ...], limits: int | Ints, each: int
) -> None:
    if any(fit.ndim != 2 for fit in fits) or fits[0].shape[1] != fits[1].shape[1]:
        raise ValueError("Fits must be two matrices with one column for each funder.")
    for values in (pairs.score, *fits):
        if not ((values >= 0) & (values <= 1)).all():
            raise ValueError("Scores and fits must lie in [0, 1].")
    for index, fit, mask in zip((pairs.row, pairs.column), fits, allowed, strict=True):
        if len(index) != len(pairs.score) or (len(index) and not (index.min() >= 0 and index.max() < len(fit))):
            raise ValueError("Pairs must name museums and partners that have fits.")
        if mask is not None and np.shape(mask) != fit.shape:
            raise ValueError(f"Fits are {fit.shape} but allowed is {np.shape(mask)}.")
    if each < 0 or (np.asarray(limits) < 0).any():
        raise ValueError("Limits must not be negative.")
