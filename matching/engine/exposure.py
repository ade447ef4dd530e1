"""Who is shown to whom: everybody often enough, nobody too often, by min-cost flow. Works on plain arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]

EXACT = 150_000  # arcs that HiGHS decides within some seconds
UNSURE = 0.002  # of a score: arcs whose surplus at the prices is smaller are left to HiGHS
FAR, SETTLED = 40.0, 10  # an arc this many heats from doubt is looked at again only every so many steps
FEW = 10_000  # arcs that HiGHS is given at once; of more, first those that rough prices leave open
HOPEFUL = 0.03  # of a score: arcs whose surplus at rough prices is lower wait until the programme's own prices ask
CLOSE = 1e-7  # HiGHS' own tolerance
NEARLY = 1e-6  # of the sum: less is not searched for, as ties are broken by as much
COOLING = ((0.05, 10), (0.02, 20), (0.01, 30), (0.005, 40), (0.0025, 60), (0.001, 100), (0.0005, 100))  # heat, steps
ROUGHLY = COOLING[:3]


@dataclass(frozen=True, slots=True)
class Arcs:
    """Pairs that may be shown, E of them: museum `row`, partner `column`, and `score` in [0, 1]."""

    row: Ints
    column: Ints
    score: Floats


def concatenated(found: Sequence[Arcs]) -> Arcs:
    """All these pairs, one after the other."""
    return Arcs(
        np.concatenate([np.zeros(0, dtype=np.intp), *(arcs.row for arcs in found)]),
        np.concatenate([np.zeros(0, dtype=np.intp), *(arcs.column for arcs in found)]),
        np.concatenate([np.zeros(0), *(arcs.score for arcs in found)]),
    )


def allocate(
    scores: Floats,
    *,
    floor: int | Ints,
    cap_museums: int | Ints,
    cap_partners: int | Ints,
    allowed: Bools | None = None,
    pinned: Bools | None = None,
    exact: int = EXACT,
) -> Bools:
    """Choose pairs from a score matrix (m, n): a boolean matrix of the same shape.

    First as many floors as can be held are held (each organisation at least `floor` pairs, on both sides), then the sum
    of scores is as high as can be; no organisation gets more than its cap. Only `allowed` pairs are ever chosen, and of
    them the `pinned` ones always: they count towards floors and caps, and no cap stops them. See `solve` for `exact`.
    `floor` and caps are one number or one for each organisation; a floor array holds the museums, then the partners.
    Raises: ValueError for scores that are not a finite matrix, shapes that disagree, or negative limits.
    """
    scores = np.asarray(scores, dtype=np.float64)
    if scores.ndim != 2 or not np.isfinite(scores).all():
        raise ValueError("Scores must be a matrix of finite numbers.")
    if allowed is None:
        allowed = np.ones(scores.shape, dtype=bool)
    if allowed.shape != scores.shape:
        raise ValueError(f"Scores are {scores.shape} but allowed is {allowed.shape}.")
    row, column = np.nonzero(allowed)
    m, n = scores.shape
    chosen = solve(
        Arcs(row, column, scores[row, column]),
        floors=_limits(floor, m + n),
        caps=np.concatenate([_limits(cap_museums, m), _limits(cap_partners, n)]),
        museums=m,
        pinned=None if pinned is None else pinned[row, column],
        exact=exact,
    )
    shown = np.zeros(scores.shape, dtype=bool)
    shown[row[chosen], column[chosen]] = True
    return shown


def solve(
    arcs: Arcs, *, floors: Ints, caps: Ints, museums: int, pinned: Bools | None = None, exact: int = EXACT
) -> Bools:
    """Which arcs to show, (E,). `floors` and `caps` (m + n,): museums first, then partners; `pinned` (E,) always.

    Exact up to 10,000 arcs, and to a millionth of the sum up to `exact`. Beyond, prices of places tell which arcs are
    certain to be shown or not, and the linear programme decides the others: with the same floors held, 0.03% and 0.15%
    below the exact sum when measured on 2,500 and 10,000 organisations (`bench/exposure.py`).
    Raises: RuntimeError if HiGHS finds no optimum, which a feasible programme such as this one never causes.
    """
    nodes = len(caps)
    floors = np.minimum(floors, caps)
    chosen = np.zeros(len(arcs.score), dtype=bool) if pinned is None else pinned.copy()
    open_to = ~chosen
    priced = int(open_to.sum()) > exact
    if priced:
        left, room = _left(arcs, chosen, floors, caps, museums)
        rest = _pick(arcs, open_to)
        surplus = rest.score - _paid(rest, prices(rest, floors=left, caps=room, museums=museums), museums)
        index = np.flatnonzero(open_to)
        chosen[index[surplus >= UNSURE]] = True
        taken = _degrees(_pick(arcs, chosen), nodes, museums) > caps
        doubtful = chosen & open_to & (taken[arcs.row] | taken[arcs.column + museums])
        chosen &= ~doubtful
        open_to = doubtful
        open_to[index[np.abs(surplus) < UNSURE]] = True
    left, room = _left(arcs, chosen, floors, caps, museums)
    chosen[open_to] = _best(_pick(arcs, open_to), left, room, museums, at_once=priced)
    return chosen


def _best(arcs: Arcs, floors: Ints, caps: Ints, museums: int, *, at_once: bool) -> Bools:
    """The best of these arcs.

    Of many, those without hope enter the programme once its prices say that they could matter, unless all are to be
    decided `at_once`.
    """
    nodes = len(caps)
    if not len(arcs.score):
        return np.zeros(0, dtype=bool)
    floors = np.minimum(floors, _degrees(arcs, nodes, museums))
    active = np.ones(len(arcs.score), dtype=bool)
    if len(arcs.score) > FEW and not at_once:
        rough = prices(arcs, floors=floors, caps=caps, museums=museums, cooling=ROUGHLY)
        active = arcs.score - _paid(arcs, rough, museums) > -HOPEFUL
    bonus = 1.0 + nodes * float(np.abs(arcs.score).max())
    while True:
        chosen, price = _programme(_pick(arcs, active), floors, caps, museums, bonus)
        surplus = arcs.score - _paid(arcs, price, museums)
        waiting = surplus[~active & (surplus > CLOSE)].sum()  # whatever the prices, more than this cannot be gained
        if waiting <= NEARLY * arcs.score[active][chosen].sum():
            active[active] = chosen
            return active
        active |= surplus > -UNSURE  # and those nearly as good, lest each turn ask for a few more


def _programme(arcs: Arcs, floors: Ints, caps: Ints, museums: int, bonus: float) -> tuple[Bools, Floats]:
    """The best of these arcs, exactly, and what a place at each node is worth.

    A linear programme whose matrix is that of a bipartite network, hence totally unimodular: HiGHS' vertex solution is
    whole. Each node's first `floor` arcs carry a `bonus` that no chain of exchanges, which passes each node once, could
    outweigh.
    """
    from scipy.optimize import linprog  # here, because it takes 28 MB that a worker which only sends letters can spare

    count, nodes = len(arcs.score), len(caps)
    # arcs at both their nodes, less the node's counted places: sum of arcs - promised - spare = 0
    index = np.arange(count)
    incidence = sparse.coo_array(
        (np.ones(2 * count), (np.concatenate([arcs.row, arcs.column + museums]), np.concatenate([index, index]))),
        shape=(nodes, count),
    )
    eye = sparse.eye_array(nodes)
    result = linprog(
        c=np.concatenate([-arcs.score, np.full(nodes, -bonus), np.zeros(nodes)]),
        A_eq=sparse.hstack([incidence, -eye, -eye]).tocsc(),
        b_eq=np.zeros(nodes),
        bounds=np.column_stack([np.zeros(count + 2 * nodes), np.concatenate([np.ones(count), floors, caps - floors])]),
        method="highs-ds",
    )
    if result.x is None:
        raise RuntimeError(f"No allocation found: {result.message}")
    return np.asarray(result.x[:count] > 0.5), -result.eqlin.marginals


def prices(
    arcs: Arcs,
    *,
    floors: Ints,
    caps: Ints,
    museums: int,
    cooling: Sequence[tuple[float, int]] = COOLING,
) -> Floats:
    """What a place at each organisation is worth, (m + n,): above 0 where its cap binds, below where its floor does.

    The dual of the programme, smoothed by a temperature that falls step by step; one side is brought to balance while
    the other stands still. Fixed numbers of steps, so the same input gives the same prices.
    """
    nodes = len(caps)
    price = np.zeros(nodes)
    for heat, steps in cooling:
        most = 4.0 * heat
        for step in range(steps):
            if step % SETTLED == 0:  # arcs far from doubt stand still for some steps
                surplus = arcs.score - _paid(arcs, price, museums)
                sure = _degrees(_pick(arcs, surplus > FAR * heat), nodes, museums)
                near = _pick(arcs, np.abs(surplus) <= FAR * heat)
                sides = ((near.row, slice(0, museums)), (near.column + museums, slice(museums, nodes)))
            for node, side in sides:
                share = 1.0 / (1.0 + np.exp(np.clip((_paid(near, price, museums) - near.score) / heat, -30.0, 30.0)))
                places = np.bincount(node, weights=share, minlength=nodes)[side] + sure[side]
                slope = (np.bincount(node, weights=share * (1.0 - share), minlength=nodes)[side] + 1e-3) / heat
                old = price[side]
                to_cap, to_floor = old + (places - caps[side]) / slope, old + (places - floors[side]) / slope
                price[side] = np.clip(np.clip(0.0, to_cap, to_floor), old - most, old + most)
    return price


def _paid(arcs: Arcs, price: Floats, museums: int) -> Floats:
    paid: Floats = price[arcs.row] + price[arcs.column + museums]
    return paid


def _degrees(arcs: Arcs, nodes: int, museums: int) -> Ints:
    degrees: Ints = np.bincount(np.concatenate([arcs.row, arcs.column + museums]), minlength=nodes)
    return degrees


def _left(arcs: Arcs, chosen: Bools, floors: Ints, caps: Ints, museums: int) -> tuple[Ints, Ints]:
    """What is left of floors and caps."""
    taken = _degrees(_pick(arcs, chosen), len(caps), museums)
    return np.maximum(floors - taken, 0), np.maximum(caps - taken, 0)


def _pick(arcs: Arcs, chosen: Bools) -> Arcs:
    return Arcs(arcs.row[chosen], arcs.column[chosen], arcs.score[chosen])


def caps_for(floor: int, museums: int, partners: int, *, ratio: float) -> tuple[int, int]:
    """Most times a museum and a partner may be shown: max(floor, ceil(ratio x mean of its side)).

    The mean of a side follows from the larger side getting its floor.
    """
    pairs = floor * max(museums, partners)

    def cap(size: int) -> int:
        return max(floor, int(np.ceil(ratio * pairs / size - 1e-9))) if size else floor

    return cap(museums), cap(partners)


def gini(counts: Ints) -> float:
    """Inequality of how often each is shown, in [0, 1): 0 when all alike; 0 for nobody."""
    ordered = np.sort(np.asarray(counts, dtype=np.float64))
    total = ordered.sum()
    if not total:
        return 0.0
    place = np.arange(1, len(ordered) + 1)
    return float((2.0 * (place * ordered).sum()) / (len(ordered) * total) - (len(ordered) + 1) / len(ordered))


def _limits(value: int | Ints, size: int) -> Ints:
    limits = np.broadcast_to(np.asarray(value, dtype=np.intp), (size,)).copy()
    if (limits < 0).any():
        raise ValueError("Floors and caps must not be negative.")
    return limits
