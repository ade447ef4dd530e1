"""The light timetable of talks for two: which pairs meet, in which round, at which table; what changes on the day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from matching.engine.attendance import NOWHERE, Day, attend
from matching.engine.choosing import Wishes, choose
from matching.engine.rounds import into_rounds

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]

FLOOR = 3
KEPT = 0.05  # what a meeting that people have already been told of is worth more
LEAST_GAIN = 1e-9


@dataclass(frozen=True, slots=True, order=True)
class Meeting:
    """Two people by number, `one` < `other`, in a round at a table; all counted from 0."""

    round: int
    table: int
    one: int
    other: int

    @property
    def pair(self) -> tuple[int, int]:
        return (self.one, self.other)


@dataclass(frozen=True, slots=True)
class Timetable:
    """Meetings in order of round and table.

    `score`: sum of S over them. `value`: the same with .05 for every meeting of the timetable published before; no
    timetable that gives as many people their floor is worth more than `bound`.
    """

    meetings: tuple[Meeting, ...]
    score: float
    value: float
    bound: float

    @property
    def gap(self) -> float:
        """The share of the bound that may have been missed, in [0, 1]."""
        return max(0.0, 1.0 - self.value / self.bound) if self.bound > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Change:
    """A timetable solved again on the day, and what people must be told. `moved`: before and after."""

    timetable: Timetable
    dropped: tuple[Meeting, ...]
    added: tuple[Meeting, ...]
    moved: tuple[tuple[Meeting, Meeting], ...]


@dataclass(frozen=True, slots=True)
class _Order:
    """What one timetable must respect, checked."""

    wishes: Wishes
    score: Floats  # (E,)
    day: Day
    floor: int
    published: dict[tuple[int, int], Meeting] = field(default_factory=dict)


def make_timetable(
    scores: Floats,
    *,
    rounds: int,
    tables: int,
    anybody: bool = False,
    allowed: Bools | None = None,
    limits: int | Ints | None = None,
    floor: int = FLOOR,
    published: Timetable | None = None,
    present: Bools | None = None,
    fixed_tables: Ints | None = None,
    interpreters: Sequence[Sequence[int]] = (),
    may_sit: Bools | None = None,
) -> Timetable:
    """Who meets whom when, from a matrix of S in [0, 1].

    `scores` (m, n): person i of one side with person m + j of the other; with `anybody` (n, n), symmetric, the diagonal
    unread. Only `allowed` pairs with S above 0 meet, each at most once. `limits`: meetings a person at most, for all or
    (people,). `present` (people, rounds), by default everybody always. `fixed_tables` (people,): the one table somebody
    can use, -1 for any; two people with different ones are never paired. `may_sit` (people, tables), in its place:
    all tables that suit each. `interpreters`: groups who share one.

    Exact for two sides who are there all day (linear programme over pairs, then bipartite edge colouring); otherwise
    near the bound. Everybody's `floor` goes first where it can be held. Same input, same timetable.
    Raises: ValueError for scores that are not finite and at least 0, or shapes and numbers that make no sense.
    """
    wishes, score = _wishes(scores, anybody=anybody, allowed=allowed, published=published)
    day = _day(wishes.people, rounds, tables, limits, present, fixed_tables, interpreters, may_sit)
    told = {meeting.pair: meeting for meeting in published.meetings} if published else {}
    return _solve(_Order(wishes, score, day, _checked(floor, "A floor"), told))


def replan(
    scores: Floats,
    before: Timetable,
    *,
    finished: int,
    rounds: int,
    tables: int,
    absent: Sequence[int] = (),
    anybody: bool = False,
    allowed: Bools | None = None,
    limits: int | Ints | None = None,
    floor: int = FLOOR,
    present: Bools | None = None,
    fixed_tables: Ints | None = None,
    interpreters: Sequence[Sequence[int]] = (),
    may_sit: Bools | None = None,
    standing: Sequence[Meeting] = (),
) -> Change:
    """The rest of the day solved again: rounds before `finished` stand, `absent` people have no further meeting.

    Other arguments as for `make_timetable`; meetings that people know of count .05 more, and keep their round and table
    where they can. `standing` meetings, put there by hand in a later round, stay as they are. `bound` covers what
    stands as it is.
    Raises: ValueError as `make_timetable`, or if `finished` lies outside 0 to `rounds`, or `standing` meetings clash.
    """
    wishes, score = _wishes(scores, anybody=anybody, allowed=allowed, published=before)
    day = _day(wishes.people, rounds, tables, limits, present, fixed_tables, interpreters, may_sit)
    if not 0 <= finished <= rounds:
        raise ValueError(f"Of {rounds} rounds {finished} cannot be finished.")
    past = [meeting for meeting in before.meetings if meeting.round < finished]
    held = (*past, *_by_hand(standing, past, finished, day))
    met = np.bincount([person for meeting in held for person in meeting.pair], minlength=wishes.people)
    there = day.present.copy()
    there[:, :finished] = False
    there[_people(absent, wishes.people)] = False
    taken = np.zeros((rounds, tables), dtype=bool)
    for meeting in held[len(past) :]:
        taken[meeting.round, meeting.table] = True
        there[[*meeting.pair, *_with_interpreter(meeting, day)], meeting.round] = False
    open_pair = ~np.isin(_numbers(wishes), [one * wishes.people + other for one, other in (m.pair for m in held)])
    rest = replace(day, present=there[:, finished:], limits=np.maximum(day.limits - met, 0), taken=taken[finished:])
    told = {m.pair: Meeting(m.round - finished, m.table, *m.pair) for m in before.meetings if m.round >= finished}
    solved = _solve(
        _Order(wishes.only(open_pair), score[open_pair], rest, max(0, _checked(floor, "A floor")), told), met
    )
    worth = dict(zip(_numbers(wishes).tolist(), zip(score, wishes.worth, strict=True), strict=True))
    known = [worth.get(m.one * wishes.people + m.other, (0.0, 0.0)) for m in held]
    return _changes(before, _joined(held, known, solved, finished))


def _by_hand(standing: Sequence[Meeting], past: list[Meeting], finished: int, day: Day) -> list[Meeting]:
    """Meetings of later rounds that stay, checked against each other and against those that were held."""
    later = [meeting for meeting in standing if meeting.round >= finished]
    places = [(m.round, m.table) for m in later]
    people = [(m.round, person) for m in later for person in m.pair]
    pairs = [m.pair for m in (*past, *later)]
    if any(len(set(found)) != len(found) for found in (places, people, pairs)):
        raise ValueError("Standing meetings clash.")
    if any(m.round >= day.rounds or not 0 <= m.table < day.tables for m in later):
        raise ValueError("A standing meeting lies outside the day.")
    return later


def _with_interpreter(meeting: Meeting, day: Day) -> list[int]:
    """Who cannot meet at the same time, because the interpreter they share is at this meeting."""
    return [person for group in day.shared if set(meeting.pair) & set(group) for person in group]


def _joined(held: tuple[Meeting, ...], known: list[tuple[float, float]], rest: Timetable, finished: int) -> Timetable:
    later = tuple(Meeting(m.round + finished, m.table, m.one, m.other) for m in rest.meetings)
    score, value = (float(sum(pair[at] for pair in known)) for at in (0, 1))
    return Timetable(tuple(sorted((*held, *later))), rest.score + score, rest.value + value, rest.bound + value)


def _changes(before: Timetable, after: Timetable) -> Change:
    old = {meeting.pair: meeting for meeting in before.meetings}
    new = {meeting.pair: meeting for meeting in after.meetings}
    return Change(
        timetable=after,
        dropped=tuple(meeting for meeting in before.meetings if meeting.pair not in new),
        added=tuple(meeting for meeting in after.meetings if meeting.pair not in old),
        moved=tuple((old[m.pair], m) for m in after.meetings if m.pair in old and old[m.pair] != m),
    )


def _solve(order: _Order, met: Ints | None = None) -> Timetable:
    wishes, day = order.wishes, order.day
    if not len(wishes) or not day.rounds or not day.tables:
        return Timetable((), 0.0, 0.0, 0.0)
    floor = order.floor if met is None else np.maximum(order.floor - met, 0)
    solved = _plainly(order, floor) if replace(day, suits=None).is_plain else None
    rounds, bound = solved or attend(wishes, day, floor=floor)
    placed = rounds >= 0
    meetings = tuple(sorted(_at_tables(rounds, order)))
    value = float(wishes.worth[placed].sum())
    return Timetable(meetings, float(order.score[placed].sum()), value, max(bound, value))


def _plainly(order: _Order, floor: int | Ints) -> tuple[Ints, float] | None:
    """The round of every pair, (E,), and the bound, as if any table would do; None where then too many need some."""
    wishes, day = order.wishes, order.day
    choice = choose(wishes, limits=day.at_most, total=day.tables * day.rounds, floor=floor)
    rounds = _coloured(order, np.flatnonzero(choice.picked))
    if (rounds[choice.picked] < 0).any():
        rounds = _swapped_in(rounds, order, day.at_most)
    groups, most = day.crowds(wishes)
    fits = all((groups @ (rounds == at) <= most[at]).all() for at in range(day.rounds))
    can = day.possible(wishes)[rounds >= 0].any(axis=1)
    return (rounds, choice.bound) if fits and can.all() else None


def _coloured(order: _Order, picked: Ints) -> Ints:
    """The round of every pair, (E,), -1 for those not picked; published ones keep theirs where they can."""
    wishes, day = order.wishes, order.day
    part = wishes.only(picked)
    told = [order.published.get(pair) for pair in zip(part.one.tolist(), part.other.tolist(), strict=True)]
    before = np.array([m.round if m and m.round < day.rounds else NOWHERE for m in told], dtype=np.intp)
    rounds = np.full(len(wishes), NOWHERE, dtype=np.intp)
    rounds[picked] = into_rounds(
        part.one, part.other, people=wishes.people, rounds=day.rounds, tables=day.tables, before=before
    )
    return rounds


def _swapped_in(rounds: Ints, order: _Order, limits: Ints) -> Ints:
    """Pairs in no round, worth most first, put where both are free, or in place of meetings worth less."""
    wishes, tables = order.wishes, order.day.tables
    rounds = rounds.copy()
    waiting = np.lexsort((np.arange(len(wishes)), -wishes.worth))
    changed = True
    while changed:
        changed = False
        for pair in waiting[rounds[waiting] < 0].tolist():
            ends = (wishes.one[pair], wishes.other[pair])
            at_ends = [(wishes.one == end) | (wishes.other == end) for end in ends]
            full = [(rounds[row] >= 0).sum() >= limits[end] for row, end in zip(at_ends, ends, strict=True)]
            for at in range(order.day.rounds):
                here = rounds == at
                leaving = np.flatnonzero(here & (at_ends[0] | at_ends[1]))
                relieved = [(here & row).any() for row in at_ends]
                crowded = here.sum() - len(leaving) >= tables
                if crowded or any(f and not r for f, r in zip(full, relieved, strict=True)):
                    continue
                if wishes.worth[pair] > wishes.worth[leaving].sum() + LEAST_GAIN:
                    rounds[leaving], rounds[pair], changed = NOWHERE, at, True
                    break
    return rounds


def _at_tables(rounds: Ints, order: _Order) -> list[Meeting]:
    """A table for each meeting: the fixed one, else the published one if it is free, else the first free one."""
    wishes, day, meetings = order.wishes, order.day, []
    for at in range(day.rounds):
        here = np.flatnonzero(rounds == at)
        pairs = [(int(wishes.one[pair]), int(wishes.other[pair])) for pair in here]
        table = {pair: int(max(day.fixed[pair[0]], day.fixed[pair[1]])) for pair in pairs}
        if day.suits is not None:
            table = _suited(pairs, at, order, day.suits)
        taken = {number for number in table.values() if number >= 0} | set(np.flatnonzero(day.occupied[at]).tolist())
        for pair in pairs:
            told = order.published.get(pair)
            if table[pair] < 0 and told and told.round == at and told.table < day.tables and told.table not in taken:
                table[pair] = told.table
                taken.add(told.table)
        free = iter(number for number in range(day.tables) if number not in taken)
        meetings += [Meeting(at, table[pair] if table[pair] >= 0 else next(free), *pair) for pair in pairs]
    return meetings


def _suited(pairs: list[tuple[int, int]], at: int, order: _Order, suits: Bools) -> dict[tuple[int, int], int]:
    """A free table that suits both for each meeting of a round, the published one where that can be."""
    day = order.day
    free = np.flatnonzero(~day.occupied[at])
    gain = np.zeros((len(pairs), len(free))) - 1e-3 * np.arange(len(free))
    for row, pair in enumerate(pairs):
        told = order.published.get(pair)
        gain[row] += free == (told.table if told and told.round == at else NOWHERE)
        gain[row] -= 1e6 * ~(suits[pair[0]] & suits[pair[1]])[free]
    row, column = linear_sum_assignment(gain, maximize=True)
    return {pairs[one]: int(free[table]) for one, table in zip(row.tolist(), column.tolist(), strict=True)}


def _wishes(
    scores: Floats, *, anybody: bool, allowed: Bools | None, published: Timetable | None
) -> tuple[Wishes, Floats]:
    scores = np.asarray(scores, dtype=np.float64)
    if scores.ndim != 2 or not np.isfinite(scores).all() or (scores < 0).any():
        raise ValueError("Scores must be a matrix of finite numbers of at least 0.")
    if anybody and (scores.shape[0] != scores.shape[1] or not np.array_equal(scores, scores.T)):
        raise ValueError("Scores of anybody with anybody must be a symmetric matrix.")
    if allowed is not None and np.shape(allowed) != scores.shape:
        raise ValueError(f"Scores are {scores.shape} but allowed is {np.shape(allowed)}.")
    can = (scores > 0) if allowed is None else (scores > 0) & np.asarray(allowed, dtype=bool)
    if anybody:
        can = np.triu(can & can.T, 1)
    one, column = np.nonzero(can)
    people, shift = (len(scores), 0) if anybody else (sum(scores.shape), len(scores))
    score: Floats = scores[one, column]
    wishes = Wishes(people, one, column + shift, score, not anybody)
    told = [m.one * people + m.other for m in published.meetings] if published else []
    return Wishes(people, one, column + shift, score + KEPT * np.isin(_numbers(wishes), told), not anybody), score


def _numbers(wishes: Wishes) -> Ints:
    """One number for each pair."""
    return wishes.one * wishes.people + wishes.other


def _day(
    people: int,
    rounds: int,
    tables: int,
    limits: int | Ints | None,
    present: Bools | None,
    fixed: Ints | None,
    shared: Sequence[Sequence[int]],
    may_sit: Bools | None,
) -> Day:
    _checked(rounds, "The number of rounds")
    _checked(tables, "The number of tables")
    there = np.ones((people, rounds), dtype=bool) if present is None else np.asarray(present, dtype=bool)
    if there.shape != (people, rounds):
        raise ValueError(f"Present must be ({people}, {rounds}), not {there.shape}.")
    at = np.full(people, NOWHERE, dtype=np.intp) if fixed is None else np.asarray(fixed, dtype=np.intp)
    if at.shape != (people,) or (at >= tables).any() or (at < NOWHERE).any():
        raise ValueError(f"Fixed tables must be {people} numbers of a table from 0 to {tables - 1}, or -1.")
    own = np.broadcast_to(np.asarray(rounds if limits is None else limits, dtype=np.intp), (people,))
    if (own < 0).any():
        raise ValueError("Limits must not be negative.")
    groups = tuple(tuple(_people(group, people)) for group in shared)
    suits = None if may_sit is None else np.asarray(may_sit, dtype=bool)
    if suits is not None and (suits.shape != (people, tables) or (at >= 0).any()):
        raise ValueError(f"May sit must be ({people}, {tables}), and takes the place of fixed tables.")
    return Day(tables, there, at, groups, np.minimum(own, rounds), suits)


def _people(numbers: Sequence[int], people: int) -> list[int]:
    if any(not 0 <= number < people for number in numbers):
        raise ValueError(f"People are numbered from 0 to {people - 1}: {sorted(numbers)}.")
    return sorted(set(numbers))


def _checked(number: int, name: str) -> int:
    if number < 0 or int(number) != number:
        raise ValueError(f"{name} must be a whole number of at least 0, not {number!r}.")
    return int(number)
