"""Rounds for people who come late, leave early, stay at one table, or share an interpreter. Always approximate, always
with a bound: a linear programme over pairs and rounds says what no timetable can exceed, and guides the rounding."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

from matching.engine.choosing import Bools, Choice, Floats, Ints, Wishes, best_of_each, choose, incidence

SMALL = 2000  # possible meetings, pair by round, up to which branch and bound is tried
PASSES = 2  # times that every round is solved again, the others standing
NODES = 50
FEW = 12  # candidates a person in a round where groups stand in each other's way
NOWHERE = -1


@dataclass(frozen=True, slots=True)
class Day:
    """What limits who can meet when, for `people` numbered from 0.

    `present` (people, rounds); `fixed` (people,) the one table a person can use, -1 for any; `shared` groups of people
    who share an interpreter, so that only one meeting at a time has any of them; `limits` (people,) meetings at most;
    `suits` (people, tables) the tables a person can use, in place of `fixed`; `taken` (rounds, tables) by meetings that
    stand already.
    """

    tables: int
    present: Bools
    fixed: Ints
    shared: tuple[tuple[int, ...], ...]
    limits: Ints
    suits: Bools | None = None
    taken: Bools | None = None

    @property
    def rounds(self) -> int:
        return int(self.present.shape[1])

    @property
    def at_most(self) -> Ints:
        """Meetings of each person at most, (people,): what they asked for and the rounds they are there."""
        most: Ints = np.minimum(self.limits, self.present.sum(axis=1)).astype(np.intp)
        return most

    @property
    def is_plain(self) -> bool:
        """Whether everybody is there all day or not at all, and free to sit anywhere."""
        all_or_none = (self.present.all(axis=1) | ~self.present.any(axis=1)).all()
        anywhere = (self.fixed == NOWHERE).all() and (self.suits is None or self.suits.all())
        return bool(all_or_none) and not self.shared and bool(anywhere) and not self.occupied.any()

    @property
    def occupied(self) -> Bools:
        """(rounds, tables): `taken`, none by default."""
        return np.zeros((self.rounds, self.tables), dtype=bool) if self.taken is None else self.taken

    @property
    def room(self) -> Ints:
        """Tables left in each round, (rounds,)."""
        left: Ints = (self.tables - self.occupied.sum(axis=1)).astype(np.intp)
        return left

    def possible(self, wishes: Wishes) -> Bools:
        """(E, rounds): whether both are there and some table suits both."""
        both = self.present[wishes.one] & self.present[wishes.other]
        one, other = self.fixed[wishes.one], self.fixed[wishes.other]
        possible: Bools = both & ~((one >= 0) & (other >= 0) & (one != other))[:, None]
        if self.suits is None:
            return possible
        somewhere: Bools = np.any(self.suits[wishes.one] & self.suits[wishes.other], axis=1, keepdims=True)
        return np.logical_and(possible, somewhere)

    def crowds(self, wishes: Wishes) -> tuple[sparse.csr_array, Ints]:
        """Groups of pairs of which a round holds only so many: (groups, E), and how many, (rounds, groups).

        One at one fixed table and with one interpreter; as many of those that need one of some tables as there are.
        """
        free: Bools = np.logical_not(self.occupied)
        fixed = np.unique(self.fixed[self.fixed >= 0])
        rows = [(self.fixed[wishes.one] == at) | (self.fixed[wishes.other] == at) for at in fixed]
        rows += [np.isin(wishes.one, group) | np.isin(wishes.other, group) for group in self.shared]
        most = [free[:, fixed], np.ones((self.rounds, len(self.shared)))]
        for tables in self._wanted():
            rows.append(self._within(tables, wishes))
            most.append(free[:, tables].sum(axis=1)[:, None])
        groups = sparse.csr_array(np.array(rows, dtype=np.float64).reshape(len(rows), len(wishes)))
        return groups, np.concatenate(most, axis=1).astype(np.intp)

    def _wanted(self) -> list[Bools]:
        """Sets of tables, (tables,) each, that must not be wanted by more meetings of a round than they are.

        Source: Hall 1935; meetings find tables that suit if that holds for every union of what suits two people.
        """
        if self.suits is None or self.suits.all() or not self.suits.size:
            return []
        own = np.unique(self.suits, axis=0)
        sets = {tuple(row) for row in (own[:, None, :] & own[None, :, :]).reshape(-1, self.tables).tolist() if any(row)}
        unions = set(sets)
        for one in sorted(sets):
            unions |= {tuple(a or b for a, b in zip(one, other, strict=True)) for other in unions}
        return [np.array(tables, dtype=bool) for tables in sorted(unions) if not all(tables)]

    def _within(self, tables: Bools, wishes: Wishes) -> Bools:
        """(E,): the pairs that none but these tables suit."""
        if self.suits is None:
            return np.ones(len(wishes), dtype=bool)
        outside = self.suits[:, ~tables]
        within: Bools = np.logical_not((outside[wishes.one] & outside[wishes.other]).any(axis=1))
        return within


def attend(wishes: Wishes, day: Day, *, floor: int | Ints = 0) -> tuple[Ints, float]:
    """The round of each pair, (E,) with -1 for none, and a bound on the worth of any that holds as many floor places.

    Source: linear programme over pairs and rounds; its values round by round into whole meetings; then each round again
    at its best while the others stand, as long as that gains.
    """
    possible = day.possible(wishes)
    can: Bools = np.asarray(possible.any(axis=1), dtype=bool)
    rounds = np.full(len(wishes), NOWHERE, dtype=np.intp)
    if not can.any():
        return rounds, 0.0
    within = wishes.only(can)
    wanted, bound = _relax(within, day, possible[can])
    found = _improve(_round_off(wanted, within, day, possible[can], floor), within, day, possible[can], floor)
    if possible.sum() <= SMALL:
        found = _searched(within, day, possible[can], floor, found)
    rounds[can] = found
    anytime = choose(within, limits=day.at_most, total=int(day.room.sum()), floor=floor)
    if _standing(found, within, floor)[0] >= int(np.minimum(within.degrees(anytime.picked), floor).sum()):
        bound = min(bound, anytime.bound)
    return rounds, max(bound, float(wishes.worth[rounds >= 0].sum()))


def _relax(wishes: Wishes, day: Day, possible: Bools) -> tuple[Floats, float]:
    """(E, rounds) in [0, 1] of the best fractional timetable, and its worth with what left-out pairs could add."""
    choice = choose(wishes, limits=day.at_most, total=int(day.room.sum()))
    index = np.flatnonzero(_likely(wishes, choice))
    x, worth, gain = _solve_relaxed(wishes.only(index), wishes, day, possible, index)
    extra = np.where(possible, gain, 0.0).max(axis=1).clip(0.0)
    extra[index] = 0.0
    wanted = np.zeros(possible.shape)
    wanted[index] = x
    return wanted, min(worth + float(extra.sum()), choice.bound)


def _likely(wishes: Wishes, choice: Choice) -> Bools:
    """Pairs chosen, whenever people were there, and those worth as much as the worst chosen of both their people."""
    worst = np.full(wishes.people, np.inf)
    for ends in (wishes.one, wishes.other):
        np.minimum.at(worst, ends[choice.picked], wishes.worth[choice.picked])
    likely: Bools = choice.picked | (wishes.worth >= np.maximum(worst[wishes.one], worst[wishes.other]))
    return likely


def _solve_relaxed(
    part: Wishes, wishes: Wishes, day: Day, possible: Bools, index: Ints
) -> tuple[Floats, float, Floats]:
    """x (active, rounds), the worth, and what each pair of `wishes` would add in each round, (E, rounds)."""
    rounds = day.rounds
    pair, at = np.nonzero(possible[index])
    rows, most, sizes = _rules(part, day, pair, at)
    # so many rounds are alike that simplex takes four times as long
    result = linprog(c=-part.worth[pair], A_ub=rows, b_ub=most, bounds=(0, None), method="highs-ipm")
    if result.x is None:
        raise RuntimeError(f"No timetable found: {result.message}")
    x = np.zeros((len(part), rounds))
    x[pair, at] = result.x
    price = np.split(-result.ineqlin.marginals, np.cumsum(sizes[:-1]))
    groups, _ = day.crowds(wishes)
    cost = _priced(price[0].reshape(rounds, -1), incidence(wishes)) + _priced(price[1].reshape(rounds, -1), groups)
    own = price[4][wishes.one] + price[4][wishes.other]
    gain: Floats = wishes.worth[:, None] - cost - price[2][None, :] - own[:, None]
    return x, -float(result.fun), gain


def _rules(part: Wishes, day: Day, pair: Ints, at: Ints) -> tuple[sparse.csc_array, Floats, list[int]]:
    """What meetings of `pair` in round `at`, (M,) each, must keep: rows (R, M), at most (R,), and rows of each kind.

    In order: everybody once a round, groups once a round, tables, every pair once, everybody's limit.
    """
    count, rounds = len(pair), day.rounds
    index = np.arange(count)
    groups, group_most = day.crowds(part)
    blocks = [
        _by_round(incidence(part), pair, at, rounds),
        _by_round(groups, pair, at, rounds),
        sparse.csr_array((np.ones(count), (at, index)), shape=(rounds, count)),
        sparse.csr_array((np.ones(count), (pair, index)), shape=(len(part), count)),
        sparse.csr_array(incidence(part).tocsc()[:, pair]),
    ]
    sizes = [block.shape[0] for block in blocks]
    most = [np.ones(sizes[0]), group_most.ravel(), day.room, np.ones(len(part)), day.limits]
    return sparse.vstack(blocks).tocsc(), np.concatenate(most), sizes


def _searched(wishes: Wishes, day: Day, possible: Bools, floor: int | Ints, found: Ints) -> Ints:
    """The better of a timetable and what branch and bound finds: for a small day, most often the best there is."""
    pair, at = np.nonzero(possible)
    rows, most, _ = _rules(wishes, day, pair, at)
    people, count = wishes.people, len(pair)
    held = sparse.hstack([-incidence(wishes).tocsc()[:, pair], sparse.eye_array(people)])
    padded = sparse.hstack([rows, sparse.csc_array((rows.shape[0], people))])
    bonus = 1.0 + people * float(wishes.worth.max())
    result = milp(
        -np.concatenate([wishes.worth[pair], np.full(people, bonus)]),
        integrality=np.ones(count + people),
        bounds=Bounds(0, np.concatenate([np.ones(count), np.broadcast_to(floor, (people,))])),
        constraints=[LinearConstraint(padded.tocsc(), -np.inf, most), LinearConstraint(held.tocsc(), -np.inf, 0.0)],
        options={"node_limit": NODES, "mip_rel_gap": 1e-6},
    )
    if result.x is None:
        return found
    again = np.full(len(wishes), NOWHERE, dtype=np.intp)
    chosen = result.x[:count] > 0.5
    again[pair[chosen]] = at[chosen]
    return again if _standing(again, wishes, floor) > _standing(found, wishes, floor) else found


def _by_round(rows: sparse.csr_array, pair: Ints, at: Ints, rounds: int) -> sparse.csr_array:
    """Each row once for every round: (rounds x rows, meetings), 1 where the meeting is in that round and row."""
    wide = sparse.coo_array(rows.tocsc()[:, pair])
    shape = (rounds * rows.shape[0], len(pair))
    return sparse.csr_array((wide.data, (at[wide.col] * rows.shape[0] + wide.row, wide.col)), shape=shape)


def _priced(price: Floats, rows: sparse.csr_array) -> Floats:
    """(E, rounds): the prices (rounds, rows) of the rows that each pair stands in."""
    return np.asarray(rows.T @ price.T)


def _round_off(wanted: Floats, wishes: Wishes, day: Day, possible: Bools, floor: int | Ints) -> Ints:
    """Whole meetings, one round after the other, scarcest first: what the programme wants, then what is worth most."""
    found = np.full(len(wishes), NOWHERE, dtype=np.intp)
    order = np.argsort(possible.sum(axis=0), kind="stable")
    for done, at in enumerate(order.tolist()):
        later = wanted[:, order[done:]].sum(axis=1)
        urgent = wishes.worth * (0.05 + later + 0.5 * wanted[:, at])
        found = _refilled(found, at, urgent, wishes, day, possible, floor)
    return found


def _improve(found: Ints, wishes: Wishes, day: Day, possible: Bools, floor: int | Ints) -> Ints:
    """Solve each round again while the others stand, until nothing is gained."""
    for _ in range(PASSES):
        before = _standing(found, wishes, floor)
        for at in range(day.rounds):
            again = _refilled(found, at, wishes.worth, wishes, day, possible, floor)
            if _standing(again, wishes, floor) > _standing(found, wishes, floor):
                found = again
        if _standing(found, wishes, floor) <= before:
            break
    return found


def _standing(found: Ints, wishes: Wishes, floor: int | Ints) -> tuple[int, float]:
    """Floor places held, then worth."""
    held = int(np.minimum(wishes.degrees(found >= 0), floor).sum())
    return held, round(float(wishes.worth[found >= 0].sum()), 9)


def _refilled(
    found: Ints, at: int, value: Floats, wishes: Wishes, day: Day, possible: Bools, floor: int | Ints
) -> Ints:
    """The same timetable with this round solved afresh for `value`, plus a bonus for whoever is short of the floor."""
    others = (found >= 0) & (found != at)
    degree = wishes.degrees(others)
    left = (degree < day.limits) & day.present[:, at]
    open_now = np.flatnonzero(possible[:, at] & ~others & left[wishes.one] & left[wishes.other])
    if not open_now.size:
        return np.where(found == at, NOWHERE, found)
    short = (degree < floor).astype(np.float64)
    bonus = 1.0 + float(value.max())
    part = wishes.only(open_now)
    part = replace(part, worth=value[open_now] + bonus * (short[part.one] + short[part.other]))
    after = np.where(found == at, NOWHERE, found)
    after[open_now[_one_round(part, day, at)]] = at
    return after


def _one_round(wishes: Wishes, day: Day, at: int) -> Bools:
    """The best pairs of one round, (E,): everybody once, the tables, and groups of which only so many can meet."""
    best = choose(wishes, limits=np.ones(wishes.people, dtype=np.intp), total=int(day.room[at])).picked
    groups, most = day.crowds(wishes)
    if (groups @ best <= most[at]).all():
        return best
    near = np.flatnonzero(best_of_each(wishes, FEW) | best)
    picked = np.zeros(len(wishes), dtype=bool)
    picked[near] = _with_groups(wishes.only(near), day, at)
    return picked


def _with_groups(wishes: Wishes, day: Day, at: int) -> Bools:
    groups, group_most = day.crowds(wishes)
    rows = sparse.vstack([incidence(wishes), groups, sparse.csr_array(np.ones((1, len(wishes))))])
    most = np.concatenate([np.ones(wishes.people), group_most[at], [day.room[at]]])
    result = milp(
        -wishes.worth,
        integrality=np.ones(len(wishes)),
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(rows.tocsc(), -np.inf, most),
        options={"node_limit": NODES, "mip_rel_gap": 1e-6},
    )
    return result.x > 0.5 if result.x is not None else np.zeros(len(wishes), dtype=bool)
