import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.engine import TooFewSeats, judge, seat
from matching.engine.counting import measures, meetings, repeats_least
from matching.engine.tables import _goals

FEW = settings(max_examples=20, deadline=None)


def invented(people, seed=0, themes=6):
    """Scores, museums, community voices and themes of invented people."""
    chance = np.random.default_rng(seed)
    scores = chance.random((people, people))
    scores = (scores + scores.T) / 2
    museum = np.arange(people) < max(1, people * 3 // 10)
    subjects = chance.random((people, themes)) < 0.25
    return {"scores": scores, "museum": museum, "community": ~museum, "themes": subjects}


def plan_of(given_people, **options):
    people = dict(given_people)
    return seat(people.pop("scores"), **people, **options)


def fits(plan, seats):
    return all((np.bincount(row[row >= 0], minlength=len(seats)) <= seats).all() for row in plan.table)


@FEW
@given(st.integers(2, 18), st.integers(1, 3), st.integers(0, 50))
def test_everybody_has_one_seat_in_every_round_they_are_there(people, rounds, seed):
    present = np.random.default_rng(seed).random((rounds, people)) < 0.8
    seats = [5] * 4
    plan = plan_of(invented(people, seed), seats=seats, rounds=rounds, present=present)

    assert ((plan.table >= 0) == present).all()
    assert fits(plan, seats)
    assert plan.unseated == ()
    assert plan.measures.repeats >= plan.measures.repeats_least
    assert plan.measures.lacking >= plan.measures.lacking_least


@pytest.fixture(scope="module")
def eighty():
    people = invented(80, seed=2, themes=12)
    yes = [(number, number + 40) for number in range(0, 40, 2)]
    return people, yes, plan_of(people, yes=yes, seats=[8] * 10, rounds=4)


def test_eighty_people_meet_somebody_new_at_every_table(eighty):
    found = eighty[2].measures

    assert (found.lacking, found.yes_unmet, found.repeats, found.repeats_least) == (0, 0, 0, 0)


def test_no_plan_of_a_thousand_by_chance_is_better_by_any_measure(eighty):
    people, yes, plan = eighty
    goals = _goals(
        people["scores"], [8] * 10, 4, people["museum"], people["community"], people["themes"], yes, (), None
    )
    chance = np.random.default_rng(9)
    ready = np.repeat(np.arange(10), 8)
    others = [measures(goals, np.stack([chance.permutation(ready) for _ in range(4)])) for _ in range(1000)]

    for name in ("lacking", "yes_unmet", "repeats"):
        assert getattr(plan.measures, name) <= min(getattr(other, name) for other in others)
    for name in ("score", "themed", "theme_share"):
        assert getattr(plan.measures, name) >= max(getattr(other, name) for other in others)


def test_the_same_people_get_the_same_plan():
    people = invented(21)
    first, second = (plan_of(people, seats=[7] * 3, rounds=3) for _ in range(2))

    assert (first.table == second.table).all()
    assert first.measures == second.measures


def test_a_museum_and_a_community_voice_sit_at_every_table_when_there_are_enough():
    people = invented(28)
    people["museum"] = np.arange(28) < 4
    people["community"] = np.arange(28) >= 23
    plan = plan_of(people, seats=[7] * 4, rounds=3)

    assert plan.measures.lacking == plan.measures.lacking_least == 0


def test_with_too_few_museums_the_report_says_what_was_possible():
    people = invented(24)
    people["museum"] = np.arange(24) < 2
    people["community"] = ~people["museum"]
    plan = plan_of(people, seats=[6] * 4, rounds=2)

    assert plan.measures.lacking == plan.measures.lacking_least == 4


def test_people_who_must_not_meet_never_share_a_table():
    apart = [(0, 1), (2, 3), (0, 9), (5, 6)]
    plan = plan_of(invented(12), seats=[4] * 3, rounds=4, apart=apart)

    assert all(plan.table[at, one] != plan.table[at, other] for at in range(4) for one, other in apart)
    assert plan.measures.together == 0


def test_who_cannot_be_seated_apart_is_left_to_the_officer():
    plan = plan_of(invented(3), seats=[3], rounds=1, apart=[(0, 1)])

    assert plan.unseated == ((0, 0),)
    assert plan.table.tolist() == [[-1, 0, 0]]


def test_access_needs_are_kept_in_every_round():
    may_sit = np.ones((20, 4), dtype=bool)
    may_sit[:5, 1:] = False
    may_sit[5, [0, 1, 2]] = False
    plan = plan_of(invented(20), seats=[5] * 4, rounds=3, may_sit=may_sit)

    assert (plan.table[:, :5] == 0).all()
    assert (plan.table[:, 5] == 3).all()
    assert fits(plan, [5] * 4)


def test_every_table_is_used_that_at_least_six_can_sit_at():
    plan = plan_of(invented(24), seats=[8] * 5, rounds=3)

    assert [sorted(np.bincount(row).tolist()) for row in plan.table] == [[6, 6, 6, 6]] * 3
    assert plan.measures.repeats <= 24


def test_two_yeses_share_a_table():
    plan = plan_of(invented(16), seats=[4] * 4, rounds=2, yes=[(0, 5), (2, 8), (4, 15)])

    assert plan.measures.yes_unmet == 0


def test_the_theme_of_a_table_is_one_that_half_of_it_shares():
    people = invented(12)
    people["themes"] = np.eye(3, dtype=bool)[np.arange(12) % 3]
    plan = plan_of(people, seats=[4] * 3, rounds=1)

    for table, theme in enumerate(plan.theme[0].tolist()):
        members = plan.table[0] == table
        assert theme < 0 or people["themes"][members, theme].mean() >= 0.5


def test_who_was_put_somewhere_by_hand_stays_there_whoever_else_moves():
    held = np.full((3, 20), -1)
    held[0, [0, 1, 2, 3, 4]] = 3
    held[2, 19] = 1
    plan = plan_of(invented(20), seats=[5] * 4, rounds=3, held=held)

    assert (plan.table[0, :5] == 3).all()
    assert plan.table[2, 19] == 1
    assert fits(plan, [5] * 4)
    assert plan.unseated == ()


def test_somebody_put_by_hand_beside_whom_they_must_not_meet_keeps_the_seat_and_the_other_goes():
    held = np.array([[0, -1, -1, -1]])
    plan = plan_of(invented(4), seats=[4], rounds=1, held=held, apart=[(0, 1)])

    assert plan.unseated == ((0, 1),)
    assert plan.table.tolist() == [[0, -1, 0, 0]]


@pytest.mark.parametrize("held", [[0, 0, 0, -1], [-1, -1, -1, 0]], ids=["too many", "does not suit"])
def test_hand_put_seats_that_cannot_be_are_refused_with_their_round(held):
    may_sit = np.ones((4, 2), dtype=bool)
    may_sit[3, 0] = False
    with pytest.raises(TooFewSeats) as refusal:
        plan_of(invented(4), seats=[2, 2], rounds=1, held=np.array([held]), may_sit=may_sit)

    assert refusal.value.round == 0


def test_a_plan_is_judged_as_it_is_whoever_made_it():
    people = invented(12)
    plan = plan_of(people, seats=[4] * 3, rounds=2, yes=[(0, 8)])
    changed = plan.table.copy()
    changed[1, 5] = -1
    options = {name: value for name, value in people.items() if name != "scores"}
    same = judge(people["scores"], plan.table, seats=[4] * 3, yes=[(0, 8)], **options)
    other = judge(people["scores"], changed, seats=[4] * 3, yes=[(0, 8)], **options)

    assert same.measures == plan.measures
    assert (same.theme == plan.theme).all()
    assert (same.unseated, other.unseated) == ((), ((1, 5),))
    assert other.measures.score <= same.measures.score


def test_finished_rounds_stand_and_the_rest_is_solved_for_who_is_there():
    people = invented(24)
    before = plan_of(people, seats=[6] * 4, rounds=3)
    present = np.ones((3, 24), dtype=bool)
    present[1:, [2, 20]] = False
    after = plan_of(people, seats=[6] * 4, rounds=3, present=present, before=before, finished=1)

    assert (after.table[0] == before.table[0]).all()
    assert (after.table[1:, [2, 20]] == -1).all()
    stayed = (after.table[1:] == before.table[1:])[present[1:]]
    assert stayed.mean() > 0.6


def test_who_is_missing_moves_nobody_else_whose_seat_is_known():
    people = invented(30)
    before = plan_of(people, seats=[8] * 5, rounds=3)
    present = np.ones((3, 30), dtype=bool)
    present[1:, [15, 27]] = False
    after = plan_of(people, seats=[8] * 5, rounds=3, present=present, before=before, finished=1)

    assert (after.table[present] == before.table[present]).all()
    assert (after.table[~present] == -1).all()


def test_a_table_at_which_hardly_anybody_is_left_joins_the_others():
    people = invented(24)
    before = plan_of(people, seats=[8] * 4, rounds=2)
    present = np.ones((2, 24), dtype=bool)
    present[1, np.flatnonzero(before.table[1] == 2)[:4]] = False
    after = plan_of(people, seats=[8] * 4, rounds=2, present=present, before=before, finished=1)

    assert sorted(np.bincount(after.table[1][present[1]], minlength=4).tolist()) == [0, 6, 7, 7]


def test_a_day_without_surprises_changes_next_to_nothing():
    people = invented(24)
    before = plan_of(people, seats=[6] * 4, rounds=3)
    after = plan_of(people, seats=[6] * 4, rounds=3, before=before, finished=1)

    assert (after.table != before.table).sum() <= 4


@pytest.mark.parametrize(
    ("people", "tables", "size", "rounds"), [(4, 2, 2, 4), (6, 3, 2, 2), (6, 2, 3, 2), (6, 2, 3, 3)]
)
def test_no_plan_has_fewer_repeats_than_the_counted_bound(people, tables, size, rounds):
    ready = sorted(set(itertools.permutations(np.repeat(np.arange(tables), size).tolist())))
    halves = [row for row in ready if row[0] == 0]
    first = np.array(ready[0])
    plans = (np.array([first, *rows]) for rows in itertools.product(halves, repeat=rounds - 1))
    fewest = min((np.maximum(np.triu(meetings(plan), 1) - 1, 0).sum(), repeats_least(plan)) for plan in plans)

    assert fewest[1] <= fewest[0]
    found = plan_of(invented(people), seats=[size] * tables, rounds=rounds).measures
    assert fewest[1] <= found.repeats <= fewest[0] + 1


def test_nobody_and_one_person_make_honest_plans():
    nobody = seat(np.zeros((0, 0)), seats=[4], rounds=2, museum=np.zeros(0), community=np.zeros(0))
    alone = seat(np.zeros((1, 1)), seats=[4], rounds=2, museum=np.ones(1), community=np.zeros(1))

    assert nobody.table.shape == (2, 0)
    assert alone.table.tolist() == [[0], [0]]
    assert alone.measures.lacking == alone.measures.lacking_least == 2


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"seats": [2]}, "5 people but 2 seats"),
        ({"may_sit": np.zeros((5, 2))}, "seats that suit"),
        ({"present": np.ones((1, 5))}, "Present"),
        ({"yes": [(0, 5)]}, "pair of two people"),
        ({"apart": [(1, 1)]}, "pair of two people"),
        ({"finished": 1}, "without a plan"),
        ({"finished": 3}, "cannot be finished"),
        ({"rounds": -1}, "negative"),
        ({"museum": np.ones(4)}, "one row for each"),
        ({"scores": np.full((5, 5), np.nan)}, "symmetric and finite"),
        ({"scores": np.triu(np.ones((5, 5)), 1)}, "symmetric and finite"),
        ({"scores": np.ones((5, 4))}, "square"),
    ],
)
def test_what_makes_no_sense_is_refused(options, words):
    people = {**invented(5), "seats": [3, 3], "rounds": 2, **options}

    with pytest.raises(ValueError, match=words):
        seat(people.pop("scores"), **people)
