import itertools

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from matching.engine import Meeting, make_timetable, replan
from matching.engine.rounds import into_rounds

FEW = settings(max_examples=25, deadline=None)


def invented(m, n, seed=0):
    """Scores with tastes, favourites and chance, in (0, 1)."""
    chance = np.random.default_rng(seed)
    liking = chance.normal(size=(m, 4)) @ chance.normal(size=(4, n)) / 3 + 0.4 * chance.normal(size=(1, n))
    return 1 / (1 + np.exp(-liking))


def invented_for_anybody(n, seed=0):
    scores = invented(n, n, seed)
    return (scores + scores.T) / 2


@st.composite
def small_days(draw):
    m, n = draw(st.integers(1, 4)), draw(st.integers(1, 5))
    scores = np.array(draw(st.lists(st.integers(0, 20), min_size=m * n, max_size=m * n))).reshape(m, n) / 20
    return scores, draw(st.integers(1, 4)), draw(st.integers(1, 3))


def is_possible(plan, *, rounds, tables):
    """Nobody twice in a round, no pair twice, every table once a round, nothing outside the day."""
    people = [(m.round, person) for m in plan.meetings for person in m.pair]
    places = [(m.round, m.table) for m in plan.meetings]
    pairs = [m.pair for m in plan.meetings]
    inside = all(0 <= m.round < rounds and 0 <= m.table < tables for m in plan.meetings)
    return inside and all(len(set(found)) == len(found) for found in (people, places, pairs))


def best_of_all_rounds(scores, rounds, tables, allowed=None):
    """The highest sum of scores of any timetable (people x rounds), by branch and bound over pairs and rounds."""
    m, n = scores.shape
    allowed = np.ones((m, n, rounds), dtype=bool) if allowed is None else allowed
    index = np.arange(m * n * rounds).reshape(m, n, rounds)
    groups = [index[i, :, r].ravel() for i in range(m) for r in range(rounds)]
    groups += [index[:, j, r].ravel() for j in range(n) for r in range(rounds)]
    groups += [index[i, j] for i in range(m) for j in range(n)]
    rows = np.zeros((len(groups) + rounds, index.size))
    for row, group in enumerate(groups):
        rows[row, group] = 1
    for r in range(rounds):
        rows[len(groups) + r, index[:, :, r].ravel()] = 1
    most = np.array([1.0] * len(groups) + [tables] * rounds)
    found = milp(
        -np.repeat(scores.ravel(), rounds),
        integrality=np.ones(index.size),
        bounds=Bounds(0, allowed.ravel().astype(float)),
        constraints=LinearConstraint(rows, -np.inf, most),
    )
    return -found.fun


@FEW
@given(small_days())
def test_two_sides_get_the_best_timetable_there_is(day):
    scores, rounds, tables = day
    plan = make_timetable(scores, rounds=rounds, tables=tables, floor=0)

    assert is_possible(plan, rounds=rounds, tables=tables)
    assert plan.value == pytest.approx(best_of_all_rounds(scores, rounds, tables), abs=1e-6)
    assert plan.bound == pytest.approx(plan.value, abs=1e-6)


@FEW
@given(small_days(), st.integers(1, 3))
def test_floors_are_those_of_the_best_flow(day, floor):
    scores, rounds, tables = day
    plan = make_timetable(scores, rounds=rounds, tables=tables, floor=floor)
    counts = np.bincount([p for m in plan.meetings for p in m.pair], minlength=sum(scores.shape))

    held, value = best_by_network_flow(scores, rounds, tables, floor)
    assert np.minimum(counts, floor).sum() == held
    assert plan.value == pytest.approx(value)


def best_by_network_flow(scores, rounds, tables, floor):
    big, graph = 100_000, nx.DiGraph()
    graph.add_edge("start", "source", capacity=rounds * tables, weight=0)
    for side, count in (("m", scores.shape[0]), ("p", scores.shape[1])):
        for at in range(count):
            parts = (("floor", min(floor, rounds), -big), ("spare", max(0, rounds - floor), 0))
            for part, capacity, weight in parts:
                whole, piece = (side, at), (side, at, part)
                first, second = (
                    (("source", piece), (piece, whole)) if side == "m" else ((piece, "sink"), (whole, piece))
                )
                graph.add_edge(*first, capacity=capacity, weight=weight)
                graph.add_edge(*second, capacity=capacity, weight=0)
    graph.add_edge("sink", "start", capacity=rounds * tables, weight=0)
    for row, column in zip(*np.nonzero(scores), strict=True):
        weight = -int(round(scores[row, column] * 20))
        graph.add_edge(("m", int(row)), ("p", int(column)), capacity=1, weight=weight)
    cost = nx.cost_of_flow(graph, nx.min_cost_flow(graph))
    held = -(cost // big) if cost % big == 0 else -(cost // big) - 1
    return held, (-cost - held * big) / 20


@FEW
@given(st.integers(2, 7), st.integers(1, 5), st.integers(1, 3), st.integers(0, 9))
def test_anybody_with_anybody_stays_near_a_bound_that_holds(people, rounds, tables, seed):
    scores = invented_for_anybody(people, seed)
    plan = make_timetable(scores, rounds=rounds, tables=tables, anybody=True, floor=0)

    assert is_possible(plan, rounds=rounds, tables=tables)
    assert plan.value <= plan.bound + 1e-9
    if people < 5 and rounds < 3:
        assert plan.bound >= best_by_trying(scores, rounds, tables) - 1e-9


def best_by_trying(scores, rounds, tables):
    pairs = list(itertools.combinations(range(len(scores)), 2))
    kept = [group for size in range(tables + 1) for group in itertools.combinations(pairs, size)]
    whole = [group for group in kept if len({p for pair in group for p in pair}) == 2 * len(group)]
    plans = itertools.product(whole, repeat=rounds)
    values = ([pair for group in plan for pair in group] for plan in plans)
    return max(sum(scores[pair] for pair in plan) for plan in values if len(set(plan)) == len(plan))


def test_a_hundred_and_twenty_people_who_may_all_meet_lose_next_to_nothing():
    plan = make_timetable(invented_for_anybody(120), rounds=8, tables=50, anybody=True)

    assert is_possible(plan, rounds=8, tables=50)
    assert plan.gap < 0.001


@FEW
@given(st.integers(1, 6), st.integers(1, 6), st.integers(0, 20))
def test_any_graph_of_two_sides_is_coloured_within_rounds_and_tables(side, tables, seed):
    joined = np.random.default_rng(seed).random((side, side)) < 0.6
    one, other = np.nonzero(joined)
    degree = max(joined.sum(axis=0).max(), joined.sum(axis=1).max(), 1)
    rounds = max(int(degree), -(-len(one) // tables))
    found = into_rounds(one, other + side, people=2 * side, rounds=rounds, tables=tables)

    assert (found >= 0).all()
    assert np.bincount(found, minlength=rounds).max() <= tables
    for ends in (one, other):
        assert len(set(zip(ends, found, strict=True))) == len(found)


def test_a_complete_triangle_needs_the_third_round_that_is_not_there():
    found = into_rounds(np.array([0, 0, 1]), np.array([1, 2, 2]), people=3, rounds=2, tables=1)

    assert sorted(found.tolist()) == [-1, 0, 1]


def test_late_and_early_people_meet_only_while_they_are_there():
    scores, present = invented(6, 6), np.ones((12, 4), dtype=bool)
    present[0, :2] = present[7, 2:] = present[11, 1:] = False
    plan = make_timetable(scores, rounds=4, tables=5, present=present, floor=0)

    assert is_possible(plan, rounds=4, tables=5)
    assert all(present[person, m.round] for m in plan.meetings for person in m.pair)
    together = present[:6, None] & present[None, 6:]
    best = best_of_all_rounds(scores, 4, 5, together)
    assert plan.value == pytest.approx(best)
    assert plan.bound >= best - 1e-6


def test_forty_late_and_early_people_come_near_the_bound():
    present = np.random.default_rng(3).random((40, 8)) < 0.85
    plan = make_timetable(invented(20, 20), rounds=8, tables=16, present=present)

    assert is_possible(plan, rounds=8, tables=16)
    assert all(present[person, m.round] for m in plan.meetings for person in m.pair)
    assert plan.gap < 0.02


def test_fixed_tables_are_kept_and_two_of_them_never_paired():
    fixed = np.full(8, -1)
    fixed[[0, 1, 4]] = 0, 1, 2
    plan = make_timetable(invented(4, 4), rounds=3, tables=3, fixed_tables=fixed)

    assert is_possible(plan, rounds=3, tables=3)
    assert all(m.table == fixed[person] for m in plan.meetings for person in m.pair if fixed[person] >= 0)
    assert not {(0, 4), (1, 4)} & {m.pair for m in plan.meetings}


def test_two_people_at_one_fixed_table_take_turns_or_meet_there():
    fixed = np.array([0, 0, -1, -1, -1])
    plan = make_timetable(np.ones((2, 3)), rounds=3, tables=3, fixed_tables=fixed, floor=0)

    assert is_possible(plan, rounds=3, tables=3)
    assert len(plan.meetings) == 3


def test_one_interpreter_is_in_one_meeting_at_a_time():
    plan = make_timetable(invented(5, 5), rounds=5, tables=5, interpreters=[(0, 1, 5)])
    with_interpreter = [m.round for m in plan.meetings if {0, 1, 5} & set(m.pair)]

    assert len(set(with_interpreter)) == len(with_interpreter) == 5


def test_nobody_has_more_meetings_than_they_asked_for():
    limits = np.array([1, 3, 3, 2, 3, 3])
    plan = make_timetable(np.ones((3, 3)), rounds=3, tables=3, limits=limits)
    counts = np.bincount([p for m in plan.meetings for p in m.pair], minlength=6)

    assert (counts <= limits).all()
    assert len(plan.meetings) == 7


def test_only_allowed_pairs_meet():
    allowed = ~np.eye(4, dtype=bool)
    plan = make_timetable(np.ones((4, 4)), rounds=4, tables=4, allowed=allowed)

    assert {m.pair for m in plan.meetings} == {(i, j + 4) for i in range(4) for j in range(4) if i != j}


def test_the_same_input_gives_the_same_timetable():
    scores = np.ones((8, 9))

    assert make_timetable(scores, rounds=5, tables=6) == make_timetable(scores.copy(), rounds=5, tables=6)


def test_what_was_published_stays_where_scores_hardly_differ():
    scores = invented(8, 8)
    first = make_timetable(scores, rounds=4, tables=7)
    nudged = np.clip(scores + 0.01 * np.random.default_rng(1).normal(size=scores.shape), 0, 1)
    change = replan(nudged, first, finished=0, rounds=4, tables=7)

    assert len(change.dropped) + len(change.added) + len(change.moved) <= 4
    assert change.timetable.value == pytest.approx(change.timetable.bound)


def test_finished_rounds_stand_and_absent_people_have_no_further_meeting():
    scores = invented(8, 8)
    before = make_timetable(scores, rounds=5, tables=7)
    change = replan(scores, before, finished=2, rounds=5, tables=7, absent=[3, 12])
    after = change.timetable

    assert is_possible(after, rounds=5, tables=7)
    assert [m for m in after.meetings if m.round < 2] == [m for m in before.meetings if m.round < 2]
    assert not [m for m in after.meetings if m.round >= 2 and {3, 12} & set(m.pair)]
    assert after.value == pytest.approx(after.bound)


def test_what_changed_turns_the_old_timetable_into_the_new():
    scores = invented(8, 8)
    before = make_timetable(scores, rounds=5, tables=7)
    change = replan(scores, before, finished=1, rounds=5, tables=7, absent=[0])
    rebuilt = set(before.meetings) - set(change.dropped) - {old for old, _ in change.moved}

    assert rebuilt | set(change.added) | {new for _, new in change.moved} == set(change.timetable.meetings)


@FEW
@given(st.integers(1, 4), st.integers(1, 5), st.integers(1, 3), st.integers(1, 4), st.integers(0, 99))
def test_everybody_sits_at_a_table_that_suits_both_and_next_to_nothing_is_lost(m, n, rounds, tables, seed):
    chance = np.random.default_rng(seed)
    may_sit = chance.random((m + n, tables)) < 0.7
    scores = invented(m, n, seed)
    plan = make_timetable(scores, rounds=rounds, tables=tables, floor=0, may_sit=may_sit)

    assert is_possible(plan, rounds=rounds, tables=tables)
    assert all(
        may_sit[meeting.one, meeting.table] and may_sit[meeting.other, meeting.table] for meeting in plan.meetings
    )
    best = best_at_tables(scores, rounds, may_sit)
    assert plan.value <= best + 1e-6
    assert plan.bound >= best - 1e-6
    assert plan.value == pytest.approx(best, rel=0.02)


def best_at_tables(scores, rounds, may_sit):
    """The highest sum of scores of any timetable, by branch and bound over pairs, rounds and tables."""
    (m, n), tables = scores.shape, may_sit.shape[1]
    suits = may_sit[:m, None, None, :] & may_sit[None, m:, None, :]
    index = np.arange(m * n * rounds * tables).reshape(m, n, rounds, tables)
    groups = [index[i, :, r].ravel() for i in range(m) for r in range(rounds)]
    groups += [index[:, j, r].ravel() for j in range(n) for r in range(rounds)]
    groups += [index[i, j].ravel() for i in range(m) for j in range(n)]
    groups += [index[:, :, r, t].ravel() for r in range(rounds) for t in range(tables)]
    rows = np.zeros((len(groups), index.size))
    for row, group in enumerate(groups):
        rows[row, group] = 1
    found = milp(
        -np.broadcast_to(scores[:, :, None, None], index.shape).ravel(),
        integrality=np.ones(index.size),
        bounds=Bounds(0, np.broadcast_to(suits, index.shape).ravel().astype(float)),
        constraints=LinearConstraint(rows, -np.inf, 1),
    )
    return -found.fun


def test_talks_that_were_put_there_by_hand_stay_and_the_rest_goes_around_them():
    scores = invented(8, 8)
    before = make_timetable(scores, rounds=5, tables=7)
    finished = {m.pair for m in before.meetings if m.round < 1}
    pairs = [(one, other) for one in range(3) for other in range(8, 16) if (one, other) not in finished]
    standing = [Meeting(3, 2, *pairs[0]), Meeting(4, 2, *pairs[1]), Meeting(3, 0, *pairs[-1])]
    after = replan(scores, before, finished=1, rounds=5, tables=7, standing=standing).timetable

    assert is_possible(after, rounds=5, tables=7)
    assert set(standing) <= set(after.meetings)
    assert [m for m in after.meetings if m.round < 1] == [m for m in before.meetings if m.round < 1]
    assert after.value <= after.bound + 1e-9
    assert after.gap < 0.02


@pytest.mark.parametrize(
    "standing",
    [
        [Meeting(1, 0, 0, 2), Meeting(1, 1, 0, 3)],
        [Meeting(1, 0, 0, 2), Meeting(1, 0, 1, 3)],
        [Meeting(1, 0, 0, 2), Meeting(2, 0, 0, 2)],
        [Meeting(3, 0, 0, 2)],
    ],
    ids=["one person twice", "one table twice", "one pair twice", "after the day"],
)
def test_talks_put_there_by_hand_that_cannot_be_are_refused(standing):
    scores = np.ones((2, 2))
    before = make_timetable(scores, rounds=3, tables=2)
    with pytest.raises(ValueError, match="tanding"):
        replan(scores, before, finished=0, rounds=3, tables=2, standing=standing)


def test_a_day_without_surprises_changes_nothing():
    scores = invented(6, 7)
    before = make_timetable(scores, rounds=4, tables=5)
    change = replan(scores, before, finished=2, rounds=4, tables=5)

    assert change.timetable.meetings == before.meetings
    assert (change.dropped, change.added, change.moved) == ((), (), ())


@pytest.mark.parametrize(
    ("scores", "options", "words"),
    [
        (np.full((2, 2), np.nan), {}, "finite"),
        (np.array([0.5]), {}, "matrix"),
        (-np.ones((2, 2)), {}, "at least 0"),
        (np.ones((2, 3)), {"anybody": True}, "symmetric"),
        (np.ones((2, 2)), {"rounds": -1}, "rounds"),
        (np.ones((2, 2)), {"present": np.ones((3, 2))}, "Present"),
        (np.ones((2, 2)), {"fixed_tables": np.array([0, 0, 0, 9])}, "Fixed tables"),
        (np.ones((2, 2)), {"may_sit": np.ones((4, 3))}, "May sit"),
        (np.ones((2, 2)), {"interpreters": [(0, 4)]}, "numbered"),
        (np.ones((2, 2)), {"limits": -1}, "Limits"),
        (np.ones((2, 2)), {"floor": -1}, "floor"),
    ],
)
def test_what_makes_no_sense_is_refused(scores, options, words):
    with pytest.raises(ValueError, match=words):
        make_timetable(scores, **{"rounds": 2, "tables": 2, **options})


@pytest.mark.parametrize("shape", [(0, 0), (1, 0), (0, 3)])
def test_nobody_to_meet_gives_an_empty_timetable(shape):
    assert make_timetable(np.zeros(shape), rounds=3, tables=3).meetings == ()


def test_one_person_alone_and_a_day_without_tables_have_no_meetings():
    assert make_timetable(np.zeros((1, 1)), rounds=3, tables=3, anybody=True).meetings == ()
    assert make_timetable(np.ones((2, 2)), rounds=3, tables=0).meetings == ()
