import itertools
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.engine import Arcs, make_trios, trio_score

FEW = settings(max_examples=25, deadline=None)
ANY = (0.0, 0.0, 0.0)


def all_pairs(scores):
    row, column = np.nonzero(scores)
    return Arcs(row, column, scores[row, column])


@st.composite
def small_events(draw):
    m, n, f = draw(st.integers(1, 3)), draw(st.integers(1, 3)), draw(st.integers(1, 2))
    chance = np.random.default_rng(draw(st.integers(0, 500)))
    return chance.random((m, n)), chance.random((m, f)), chance.random((n, f)), draw(st.integers(1, 2))


def best_by_trying(scores, ours, theirs, limit):
    found = [
        (a, b, f, 3 / (1 / scores[a, b] + 1 / ours[a, f] + 1 / theirs[b, f]))
        for a, b, f in itertools.product(*map(range, (*scores.shape, ours.shape[1])))
        if min(scores[a, b], ours[a, f], theirs[b, f]) > 0.3
    ]

    def best(at, used):
        if at == len(found):
            return 0.0
        a, b, f, value = found[at]
        without = best(at + 1, used)
        ends = (("a", a, 2), ("b", b, 2), ("f", f, limit))
        if any(used.count(end) >= end[2] for end in ends):
            return without
        return max(without, value + best(at + 1, (*used, *ends)))

    return best(0, ())


@FEW
@given(small_events())
def test_the_trios_are_the_best_there_are(event):
    scores, ours, theirs, limit = event
    found = make_trios(all_pairs(scores), ours, theirs, limits=limit, medians=(0.3, 0.3, 0.3))

    assert found.value == pytest.approx(best_by_trying(scores, ours, theirs, limit), abs=1e-6)
    assert found.bound == pytest.approx(found.value, abs=1e-6)


@FEW
@given(st.integers(0, 99))
def test_nobody_is_in_more_trios_than_they_may_and_the_weakest_fit_passes_the_median(seed):
    chance = np.random.default_rng(seed)
    scores, ours, theirs = chance.random((8, 9)), chance.random((8, 3)), chance.random((9, 3))
    found = make_trios(all_pairs(scores), ours, theirs, limits=np.array([1, 0, 4]))

    for side, most in (("museum", [2] * 8), ("partner", [2] * 9), ("funder", [1, 0, 4])):
        counts = np.bincount([getattr(trio, side) for trio in found.trios], minlength=len(most))
        assert (counts <= most).all()
    assert all(ours[t.museum, t.funder] > np.median(ours) for t in found.trios)
    assert all(theirs[t.partner, t.funder] > np.median(theirs) for t in found.trios)
    assert found.value == pytest.approx(sum(t.value for t in found.trios))


def test_the_score_of_a_trio_is_the_harmonic_mean_of_its_three_scores():
    assert trio_score(np.array(0.5), np.array(1.0), np.array(0.25)) == pytest.approx(3 / (2 + 1 + 4))
    assert trio_score(np.array([0.5, 0.0]), np.array([0.5, 1.0]), np.array([0.5, 1.0])).tolist() == [0.5, 0.0]


def test_a_funder_who_did_not_open_contact_is_in_no_trio():
    ones = np.ones((2, 2))
    found = make_trios(all_pairs(ones), ones, ones, contact=np.array([False, True]), medians=ANY)

    assert {trio.funder for trio in found.trios} == {1}


def test_a_partner_that_is_the_funder_itself_is_not_joined_with_itself():
    ones = np.ones((2, 2))
    found = make_trios(all_pairs(ones), ones, ones, allowed_partners=~np.eye(2, dtype=bool), medians=ANY)

    assert found.trios
    assert all(trio.partner != trio.funder for trio in found.trios)


def test_the_order_of_the_pairs_changes_nothing():
    chance = np.random.default_rng(3)
    pairs, ours, theirs = all_pairs(chance.random((5, 6))), chance.random((5, 2)), chance.random((6, 2))
    turned = Arcs(pairs.row[::-1], pairs.column[::-1], pairs.score[::-1])

    assert make_trios(turned, ours, theirs).trios == make_trios(pairs, ours, theirs).trios


def test_of_thousands_of_trios_the_choice_comes_within_a_thousandth_of_its_bound():
    chance = np.random.default_rng(4)
    rows, columns = np.repeat(np.arange(200), 5), np.concatenate([chance.permutation(200) for _ in range(5)])
    pairs = Arcs(rows, columns, chance.random(1000))
    found = make_trios(pairs, chance.random((200, 50)), chance.random((200, 50)))
    used = [node for trio in found.trios for node in (("m", trio.museum), ("p", trio.partner), ("f", trio.funder))]

    assert 0.999 * found.bound <= found.value <= found.bound
    assert max(Counter(node for node in used if node[0] != "f").values()) == 2
    assert max(Counter(node for node in used if node[0] == "f").values()) <= 6


def test_without_funders_or_pairs_there_are_no_trios():
    nothing = Arcs(np.zeros(0, dtype=np.intp), np.zeros(0, dtype=np.intp), np.zeros(0))

    assert make_trios(all_pairs(np.ones((2, 2))), np.zeros((2, 0)), np.zeros((2, 0))).trios == ()
    assert make_trios(nothing, np.ones((2, 1)), np.ones((2, 1))).trios == ()


@pytest.mark.parametrize(
    ("scores", "ours", "options", "words"),
    [
        (np.full((2, 2), np.nan), np.ones((2, 1)), {}, r"\[0, 1\]"),
        (np.ones((2, 2)), np.full((2, 1), 2.0), {}, r"\[0, 1\]"),
        (np.ones((2, 2)), np.ones((1, 1)), {}, "have fits"),
        (np.ones((2, 2)), np.ones((2, 2)), {}, "each funder"),
        (np.ones((2, 2)), np.ones((2, 1)), {"limits": -1}, "negative"),
        (np.ones((2, 2)), np.ones((2, 1)), {"allowed_museums": np.ones((3, 1))}, "allowed"),
    ],
)
def test_what_makes_no_sense_is_refused(scores, ours, options, words):
    with pytest.raises(ValueError, match=words):
        make_trios(all_pairs(scores), ours, np.ones((2, 1)), **options)
