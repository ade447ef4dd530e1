"""Rounds of facilitated tables of six to eight: who sits with whom. Fixed order and count of steps, no chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching.engine.counting import NOWHERE, SHARED, Goals, Measures, measures, tables_of
from matching.engine.seating import TooFewSeats, improved, opening, settled

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]

__all__ = ["Seating", "TooFewSeats", "judge", "seat"]

FEWEST = 6  # people at a table, where there are tables to choose from


@dataclass(frozen=True, slots=True)
class Seating:
    """`table` (rounds, people): the table of each person, -1 for absent; `theme` (rounds, tables), -1 for none.

    `unseated` (round, person): there, but no table could be found that breaks no hard rule; work for the officer.
    """

    table: Ints
    theme: Ints
    unseated: tuple[tuple[int, int], ...]
    measures: Measures


def seat(
    scores: Floats,
    *,
    seats: Sequence[int],
    rounds: int,
    museum: Bools,
    community: Bools,
    themes: Bools | None = None,
    yes: Sequence[tuple[int, int]] = (),
    apart: Sequence[tuple[int, int]] = (),
    may_sit: Bools | None = None,
    present: Bools | None = None,
    held: Ints | None = None,
    before: Seating | None = None,
    finished: int = 0,
) -> Seating:
    """Everybody's table in every round.

    `scores` (P, P): S between people in [0, 1], symmetric, the diagonal unread. `seats` (T,) of each table. `museum`,
    `community` (P,): whose voice a person brings. `themes` (P, K). `yes`: pairs with two yeses. `apart`: who must not
    share a table. `may_sit` (P, T): tables that suit a person's access needs. `present` (rounds, P): late and missing
    people. `held` (rounds, P): the table somebody was put at by hand, -1 for none. Rounds of `before` up to `finished`
    stand; in the others people keep their seat, but for a missing voice, two yeses or a meeting twice.

    Hard: one table a person a round, seats, `may_sit`, `held`, `apart`. Then, in order: a museum and a community voice
    at every table, pairs with two yeses together once, no meeting twice, the sum of S over first meetings, a theme
    shared.
    Raises: TooFewSeats, a ValueError, where the suitable seats do not suffice; ValueError for numbers or shapes that
    make no sense.
    """
    goals = _goals(scores, seats, rounds, museum, community, themes, yes, apart, may_sit, held)
    there = _present(present, rounds, goals.people)
    if not 0 <= finished <= rounds:
        raise ValueError(f"Of {rounds} rounds {finished} cannot be finished.")
    plan = np.full((rounds, goals.people), NOWHERE, dtype=np.intp)
    if before is not None:
        if before.table.shape != plan.shape:
            raise ValueError(f"The plan before is {before.table.shape}, this one {plan.shape}.")
        plan[:finished] = before.table[:finished]
    elif finished:
        raise ValueError("Rounds cannot be finished without a plan before.")
    open_rounds = [at for at in range(finished, rounds) if there[at].any()]
    if goals.people:
        for at in open_rounds:
            told = None if before is None else before.table[at]
            plan[at] = opening(goals, plan, at, there[at], told)
        plan = improved(goals, plan, open_rounds, None if before is None else before.table)
    plan, unseated = settled(goals, plan, open_rounds)
    return _seating(goals, plan, tuple(unseated))


def judge(
    scores: Floats,
    table: Ints,
    *,
    seats: Sequence[int],
    museum: Bools,
    community: Bools,
    themes: Bools | None = None,
    yes: Sequence[tuple[int, int]] = (),
    apart: Sequence[tuple[int, int]] = (),
    present: Bools | None = None,
) -> Seating:
    """A plan as it is, `table` (rounds, P) with -1 for nowhere, whoever made it: themes, who is unseated, measures.

    Other arguments as for `seat`. Moves nobody, and takes tables that are too full or do not suit as they are.
    Raises: ValueError for numbers or shapes that make no sense.
    """
    plan = np.asarray(table, dtype=np.intp)
    goals = _goals(scores, seats, len(plan), museum, community, themes, yes, apart, None)
    if plan.ndim != 2 or plan.shape[1] != goals.people or (plan >= goals.tables).any():
        raise ValueError(f"A plan of {goals.people} people at {goals.tables} tables cannot be {plan.shape}.")
    nowhere = np.argwhere(_present(present, len(plan), goals.people) & (plan < 0)).tolist()
    return _seating(goals, plan, tuple((at, person) for at, person in nowhere))


def _present(present: Bools | None, rounds: int, people: int) -> Bools:
    there = np.ones((rounds, people), dtype=bool) if present is None else np.asarray(present, dtype=bool)
    if there.shape != (rounds, people):
        raise ValueError(f"Present must be ({rounds}, {people}), not {there.shape}.")
    return there


def _seating(goals: Goals, plan: Ints, unseated: tuple[tuple[int, int], ...]) -> Seating:
    theme = np.full((len(plan), goals.tables), NOWHERE, dtype=np.intp)
    for at, table, members in tables_of(goals, plan):
        counts = goals.themes[members].sum(axis=0)
        if counts.size and counts.max() >= max(1.0, SHARED * len(members)):
            theme[at, table] = int(counts.argmax())
    return Seating(plan, theme, unseated, measures(goals, plan))


def _goals(
    scores: Floats,
    seats: Sequence[int],
    rounds: int,
    museum: Bools,
    community: Bools,
    themes: Bools | None,
    yes: Sequence[tuple[int, int]],
    apart: Sequence[tuple[int, int]],
    may_sit: Bools | None,
    held: Ints | None = None,
) -> Goals:
    scores = np.array(scores, dtype=np.float64)
    people, tables = len(scores), len(seats)
    if scores.ndim != 2 or scores.shape != (people, people):
        raise ValueError(f"Scores must be a square matrix, not {scores.shape}.")
    np.fill_diagonal(scores, 0.0)
    if not np.isfinite(scores).all() or not np.array_equal(scores, scores.T):
        raise ValueError("Scores must be symmetric and finite.")
    if rounds < 0 or any(seat < 0 for seat in seats):
        raise ValueError("Rounds and seats must not be negative.")
    voices = [np.asarray(voice, dtype=bool) for voice in (museum, community)]
    subjects = np.zeros((people, 0)) if themes is None else np.asarray(themes, dtype=np.float64)
    suits = np.ones((people, tables), dtype=bool) if may_sit is None else np.asarray(may_sit, dtype=bool)
    if any(voice.shape != (people,) for voice in voices) or len(subjects) != people or suits.shape != (people, tables):
        raise ValueError("Museum, community, themes and may_sit must have one row for each person.")
    if held is not None and (np.shape(held) != (rounds, people) or (np.asarray(held) >= tables).any()):
        raise ValueError(f"Held must be ({rounds}, {people}) numbers of a table below {tables}, or -1.")
    return Goals(
        scores=scores,
        seats=np.array(seats, dtype=np.intp),
        museum=voices[0],
        community=voices[1],
        themes=subjects,
        yes=_pairs(yes, people),
        apart=_pairs(apart, people),
        may_sit=suits,
        fewest=FEWEST,
        held=None if held is None else np.asarray(held, dtype=np.intp),
    )


def _pairs(pairs: Sequence[tuple[int, int]], people: int) -> Bools:
    joined = np.zeros((people, people), dtype=bool)
    for one, other in pairs:
        if not (0 <= one < people and 0 <= other < people and one != other):
            raise ValueError(f"Not a pair of two people numbered below {people}: {(one, other)}.")
        joined[one, other] = joined[other, one] = True
    return joined
