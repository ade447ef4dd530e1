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
MODERATE = 200_000  # possible trios up to which the best ones are searched for exactly
NODES = 2000  # of branch and bound: a count, never a time
CLOSE = 1e-7


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
    Exact by branch and bound up to 200,000 possible trios; beyond, greedy, with a looser bound.
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
    row, column = pairs.row[pair], pairs.column[pair]
    m, n = len(fits[0]), len(fits[1])
    caps = np.broadcast_to(np.asarray(limits, dtype=np.intp), (funders,))
    threes = _Threes(
        node=np.stack([row, m + column, m + n + funder]).astype(np.intp),
        value=trio_score(pairs.score[pair], fits[0][row, funder], fits[1][column, funder]),
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
    greedy = _greedy(threes)
    if len(threes.value) > MODERATE:
        return greedy, _simple_bound(threes)
    rows = _rows(threes)
    relaxed = linprog(-threes.value, A_ub=rows, b_ub=threes.most, bounds=(0, 1), method="highs-ds")
    if relaxed.x is None:
        raise RuntimeError(f"No trios found: {relaxed.message}")
    bound, value = -float(relaxed.fun), float(threes.value[greedy].sum())
    if bound - value <= CLOSE:
        return greedy, bound
    # a trio that would cost more than the greedy choice falls short by cannot be part of a better one
    gain = threes.value + rows.T @ relaxed.ineqlin.marginals
    useful = np.flatnonzero(gain >= value - bound - CLOSE)
    return _exact(threes, useful, rows, greedy, bound)


def _exact(threes: _Threes, useful: Ints, rows: sparse.csc_array, greedy: Bools, bound: float) -> tuple[Bools, float]:
    result = milp(
        -threes.value[useful],
        integrality=np.ones(len(useful)),
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(rows[:, useful], -np.inf, threes.most),
        options={"node_limit": NODES, "mip_rel_gap": 0.0},
    )
    value = float(threes.value[greedy].sum())
    if result.mip_dual_bound is not None:
        bound = min(bound, max(value, -float(result.mip_dual_bound)))
    if result.x is None or -result.fun < value:
        return greedy, bound
    picked = np.zeros(len(threes.value), dtype=bool)
    picked[useful[result.x > 0.5]] = True
    return picked, bound


def _rows(threes: _Threes) -> sparse.csc_array:
    """(nodes, X): 1 where an organisation is in a trio."""
    columns = np.tile(np.arange(len(threes.value)), 3)
    ones = np.ones(len(columns))
    return sparse.csc_array((ones, (threes.node.ravel(), columns)), shape=(len(threes.most), len(threes.value)))


def _greedy(threes: _Threes) -> Bools:
    """The best trio that everybody in it still has a place for, again and again."""
    left = threes.most.tolist()
    picked = np.zeros(len(threes.value), dtype=bool)
    order = np.lexsort((*threes.node[::-1], -threes.value.round(9)))
    for at, nodes in zip(order.tolist(), threes.node[:, order].T.tolist(), strict=True):
        if all(left[node] for node in nodes):
            picked[at] = True
            for node in nodes:
                left[node] -= 1
    return picked


def _simple_bound(threes: _Threes) -> float:
    """The smallest over the three sides of the sum of each organisation's best trios."""
    sums = []
    for node in threes.node:
        order = np.lexsort((-threes.value, node))
        owner = node[order]
        place = np.arange(len(owner)) - np.searchsorted(owner, owner)
        sums.append(float(threes.value[order][place < threes.most[owner]].sum()))
    return min(sums)


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
