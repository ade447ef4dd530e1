"""Who is shown to whom: everybody often enough, nobody too often, by min-cost flow. Works on plain arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Arcs:
    """Pairs that may be shown, E of them: museum `row`, partner `column`, and `score` in [0, 1]."""

    row: Ints
    column: Ints
    score: Floats


def allocate(
    scores: Floats,
    *,
    floor: int | Ints,
    cap_museums: int | Ints,
    cap_partners: int | Ints,
    allowed: Bools | None = None,
) -> Bools:
    """Choose pairs from a score matrix (m, n): a boolean matrix of the same shape.

    First as many floors as can be held are held (each organisation at least `floor` pairs, on both sides), then the sum
    of scores is as high as can be; no organisation gets more than its cap. Only `allowed` pairs are ever chosen.
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
    )
    shown = np.zeros(scores.shape, dtype=bool)
    shown[row[chosen], column[chosen]] = True
    return shown


def solve(arcs: Arcs, *, floors: Ints, caps: Ints, museums: int) -> Bools:
    """Which arcs to show, (E,). `floors` and `caps` (m + n,): museums first, then partners.

    A linear programme whose matrix is that of a bipartite network, hence totally unimodular: HiGHS' vertex solution is
    whole. Each node's first `floor` arcs carry a bonus that no chain of exchanges, which
    passes each node once, could outweigh.
    Raises: RuntimeError if HiGHS finds no optimum, which a feasible programme such as this one never causes.
    """
    from scipy.optimize import linprog  # here, because it takes 28 MB that a worker which only sends letters can spare

    count, nodes = len(arcs.score), len(caps)
    if not count:
        return np.zeros(0, dtype=bool)
    floors = np.minimum(floors, caps)
    degree = np.bincount(arcs.row, minlength=nodes) + np.bincount(arcs.column + museums, minlength=nodes)
    floors = np.minimum(floors, degree)
    # arcs at both their nodes, less the node's counted places: sum of arcs - promised - spare = 0
    index = np.arange(count)
    incidence = sparse.coo_array(
        (np.ones(2 * count), (np.concatenate([arcs.row, arcs.column + museums]), np.concatenate([index, index]))),
        shape=(nodes, count),
    )
    eye = sparse.eye_array(nodes)
    bonus = 1.0 + nodes * float(np.abs(arcs.score).max())
    result = linprog(
        c=np.concatenate([-arcs.score, np.full(nodes, -bonus), np.zeros(nodes)]),
        A_eq=sparse.hstack([incidence, -eye, -eye]).tocsc(),
        b_eq=np.zeros(nodes),
        bounds=np.column_stack([np.zeros(count + 2 * nodes), np.concatenate([np.ones(count), floors, caps - floors])]),
        method="highs-ds",
    )
    if result.x is None:
        raise RuntimeError(f"No allocation found: {result.message}")
    chosen: Bools = result.x[:count] > 0.5
    return chosen


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
