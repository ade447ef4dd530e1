"""Which pairs meet at all: the best set of pairs under everybody's limit and the tables, by linear programme."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]

CLOSE = 1e-7  # HiGHS' own tolerance
SPARE = 8  # candidates a person beyond twice their limit, before the rest are priced; and beyond it at a time after
NODES = 500  # of branch and bound: a count, never a time, so that a slow machine gives the same answer
TURNS = 6


@dataclass(frozen=True, slots=True)
class Wishes:
    """Pairs that may meet, E of them, among `people` numbered from 0; `one` and `other` (E,), never the same person.

    `worth` (E,) is what a meeting adds, at least 0. `two_sided`: nobody of `one` is ever an `other`.
    """

    people: int
    one: Ints
    other: Ints
    worth: Floats
    two_sided: bool

    def __len__(self) -> int:
        return len(self.worth)

    def only(self, kept: Bools | Ints) -> Wishes:
        """The pairs at these positions; people keep their numbers."""
        return replace(self, one=self.one[kept], other=self.other[kept], worth=self.worth[kept])

    def degrees(self, picked: Bools | Ints) -> Ints:
        """How often each person stands in the picked pairs, (people,)."""
        ends = np.concatenate([self.one[picked], self.other[picked]])
        return np.bincount(ends, minlength=self.people).astype(np.intp)


@dataclass(frozen=True, slots=True)
class Choice:
    """`picked` (E,); `value` their worth; `bound`: no set that holds as many floor places is worth more."""

    picked: Bools
    value: float
    bound: float


@dataclass(frozen=True, slots=True)
class _Solved:
    """A solved relaxation: `x` (E,) in [0, 1], objective with floor places, and what each pair would still add."""

    x: Floats
    objective: float
    gain: Floats
    active: Bools


def choose(wishes: Wishes, *, limits: Ints, total: int, floor: int | Ints = 0) -> Choice:
    """The pairs of highest worth: each person at most `limits` (people,), at most `total` pairs.

    First as many of everybody's `floor` places, one number or (people,), as can be held are held. For two sides the
    programme's matrix is that of a network, so its vertex is whole and the choice is exact; otherwise branch and bound
    decides what is fractional. Pairs enter the programme when their reduced cost says that they could add anything.
    Raises: RuntimeError if HiGHS finds no optimum, which a feasible programme such as this one never causes.
    """
    if not len(wishes) or total <= 0:
        return Choice(np.zeros(len(wishes), dtype=bool), 0.0, 0.0)
    everybody = np.ones(len(wishes), dtype=bool)
    limits = np.minimum(limits, wishes.degrees(everybody))
    without = _whole(wishes, limits, total, np.zeros(wishes.people, dtype=np.intp))
    floors = np.minimum(floor, limits)
    if (wishes.degrees(without.picked) >= floors).all():
        return without
    return _whole(wishes, limits, total, floors)


def _bonus(wishes: Wishes) -> float:
    """More than any chain of exchanges, which passes each person once, could add."""
    return 1.0 + wishes.people * float(wishes.worth.max())


def _whole(wishes: Wishes, limits: Ints, total: int, floors: Ints) -> Choice:
    solved = _relaxed(wishes, limits, total, floors)
    picked = solved.x > 0.5
    best = solved.objective
    if np.abs(solved.x - picked).max() > CLOSE * 10:
        picked, best = _branched(wishes, limits, total, floors, solved)
    held = int(np.minimum(wishes.degrees(picked), floors).sum())
    value = float(wishes.worth[picked].sum())
    return Choice(picked, value, max(value, best - _bonus(wishes) * held))


def _relaxed(wishes: Wishes, limits: Ints, total: int, floors: Ints) -> _Solved:
    most = int(limits.max())
    active = best_of_each(wishes, 2 * most + SPARE)
    while True:
        index = np.flatnonzero(active)
        part = wishes.only(index)
        result = linprog(**_programme(part, limits, total, floors, _bonus(wishes)), method="highs-ds")
        if result.x is None:
            raise RuntimeError(f"No choice of pairs found: {result.message}")
        price = -result.eqlin.marginals
        gain = wishes.worth - price[wishes.one] - price[wishes.other]
        missing = np.flatnonzero((gain > CLOSE) & ~active)
        if not missing.size:
            break
        best = best_of_each(replace(wishes.only(missing), worth=gain[missing]), most + SPARE)
        active[missing[best]] = True
    x = np.zeros(len(wishes))
    x[index] = result.x[: len(index)]
    return _Solved(x, -float(result.fun), gain, active)


def best_of_each(wishes: Wishes, count: int) -> Bools:
    """The pairs that are among the best `count` of one of their two people."""
    keep = np.zeros(len(wishes), dtype=bool)
    order = np.argsort(-wishes.worth, kind="stable")
    for ends in (wishes.one, wishes.other):
        sorted_ends = ends[order]
        by_person = np.argsort(sorted_ends, kind="stable")
        first = np.searchsorted(sorted_ends[by_person], np.arange(wishes.people))
        place = np.arange(len(wishes)) - first[sorted_ends[by_person]]
        keep[order[by_person[place < count]]] = True
    return keep


def _programme(wishes: Wishes, limits: Ints, total: int, floors: Ints, bonus: float) -> dict[str, object]:
    """Pairs at each person, less the floor places held and the places beyond them, make 0; not more than `total`.

    The total is counted in places, two a pair, because a row through all pairs makes simplex five times as slow.
    """
    count, people = len(wishes), wishes.people
    eye = sparse.eye_array(people)
    return {
        "c": np.concatenate([-wishes.worth, np.full(people, -bonus), np.zeros(people)]),
        "A_eq": sparse.hstack([incidence(wishes), -eye, -eye]).tocsc(),
        "b_eq": np.zeros(people),
        "A_ub": sparse.csc_array(np.concatenate([np.zeros(count), np.ones(2 * people)])[None, :]),
        "b_ub": np.array([2.0 * total]),
        "bounds": np.column_stack(
            [np.zeros(count + 2 * people), np.concatenate([np.ones(count), floors, limits - floors])]
        ),
    }


def incidence(wishes: Wishes) -> sparse.csr_array:
    """(people, E): 1 where a person stands in a pair."""
    index = np.arange(len(wishes))
    ends = (np.concatenate([wishes.one, wishes.other]), np.concatenate([index, index]))
    return sparse.csr_array((np.ones(2 * len(wishes)), ends), shape=(wishes.people, len(wishes)))


def _branched(wishes: Wishes, limits: Ints, total: int, floors: Ints, solved: _Solved) -> tuple[Bools, float]:
    """Whole pairs by branch and bound, and the bound. Leaves out only pairs that could not be in a better choice."""
    active, bonus = solved.active, _bonus(wishes)
    for _ in range(TURNS):
        index = np.flatnonzero(active)
        part = wishes.only(index)
        picked, objective, bound = _branch(part, limits, total, floors, bonus)
        slack = solved.objective - objective
        missing = (solved.gain > -slack - CLOSE) & ~active
        if not missing.any():
            break
        active = active | missing
    else:
        bound = solved.objective
    whole = np.zeros(len(wishes), dtype=bool)
    whole[index[picked]] = True
    return whole, min(solved.objective, max(objective, bound))


def _branch(wishes: Wishes, limits: Ints, total: int, floors: Ints, bonus: float) -> tuple[Bools, float, float]:
    programme = _programme(wishes, limits, total, floors, bonus)
    bounds = np.asarray(programme["bounds"])
    result = milp(
        programme["c"],
        integrality=np.concatenate([np.ones(len(wishes)), np.zeros(2 * wishes.people)]),
        bounds=Bounds(bounds[:, 0], bounds[:, 1]),
        constraints=[
            LinearConstraint(programme["A_eq"], 0.0, 0.0),
            LinearConstraint(programme["A_ub"], -np.inf, programme["b_ub"]),
        ],
        options={"node_limit": NODES, "mip_rel_gap": 0.0},
    )
    if result.x is None:
        raise RuntimeError(f"No choice of pairs found: {result.message}")
    return result.x[: len(wishes)] > 0.5, -float(result.fun), -float(result.mip_dual_bound)
