import itertools

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from matching.engine import Arcs, allocate, caps_for, exposure, gini
from matching.engine.exposure import prices

FEW = settings(max_examples=30, deadline=None)


@st.composite
def cases(draw):
    m, n = draw(st.integers(1, 5)), draw(st.integers(1, 6))
    scores = np.array(draw(st.lists(st.integers(0, 100), min_size=m * n, max_size=m * n))).reshape(m, n) / 100
    allowed = np.array(draw(st.lists(st.booleans(), min_size=m * n, max_size=m * n))).reshape(m, n)
    floor = draw(st.integers(0, 3))
    return scores, allowed, floor, floor + draw(st.integers(0, 2)), floor + draw(st.integers(0, 2))


def best_by_network_flow(scores, allowed, floor, cap_museums, cap_partners):
    """The most floor places that can be held and, then, the highest sum of scores, by networkx."""
    big = 100_000
    graph = nx.DiGraph()
    graph.add_edge("sink", "source", capacity=10_000, weight=0)
    for side, count, cap in (("m", scores.shape[0], cap_museums), ("p", scores.shape[1], cap_partners)):
        for at in range(count):
            for part, capacity, weight in (("floor", floor, -big), ("spare", cap - floor, 0)):
                ends = ("source", (side, at, part)) if side == "m" else ((side, at, part), "sink")
                graph.add_edge(*ends, capacity=capacity, weight=weight)
                ends = ((side, at, part), (side, at)) if side == "m" else ((side, at), (side, at, part))
                graph.add_edge(*ends, capacity=capacity, weight=0)
    for row, column in zip(*np.nonzero(allowed), strict=True):
        graph.add_edge(("m", int(row)), ("p", int(column)), capacity=1, weight=-int(round(scores[row, column] * 100)))
    cost = nx.cost_of_flow(graph, nx.min_cost_flow(graph))
    places = -(cost // big) if cost % big == 0 else -(cost // big) - 1
    return places, (-cost - places * big) / 100


@FEW
@given(cases())
def test_floors_and_scores_are_those_of_the_best_flow(case):
    scores, allowed, floor, cap_museums, cap_partners = case
    shown = allocate(scores, floor=floor, cap_museums=cap_museums, cap_partners=cap_partners, allowed=allowed)
    held = int(np.minimum(shown.sum(axis=1), floor).sum() + np.minimum(shown.sum(axis=0), floor).sum())

    assert (held, pytest.approx(scores[shown].sum())) == best_by_network_flow(*case)


@FEW
@given(cases())
def test_caps_hold_and_only_allowed_pairs_are_shown(case):
    scores, allowed, floor, cap_museums, cap_partners = case
    shown = allocate(scores, floor=floor, cap_museums=cap_museums, cap_partners=cap_partners, allowed=allowed)

    assert shown.sum(axis=1).max() <= cap_museums
    assert shown.sum(axis=0).max() <= cap_partners
    assert not (shown & ~allowed).any()


def test_excluded_pairs_stay_away_when_every_score_is_zero():
    allowed = ~np.eye(4, dtype=bool)
    shown = allocate(np.zeros((4, 4)), floor=3, cap_museums=4, cap_partners=4, allowed=allowed)

    assert (shown == allowed).all()


def test_the_floor_holds_for_everybody_where_one_partner_outshines_the_rest():
    scores = np.full((10, 10), 0.1)
    scores[:, 0] = 1.0
    shown = allocate(scores, floor=3, cap_museums=4, cap_partners=4)

    assert shown.sum(axis=0).min() >= 3
    assert shown.sum(axis=1).min() >= 3


def test_each_organisation_may_have_limits_of_its_own():
    shown = allocate(np.ones((2, 3)), floor=np.array([1, 1, 0, 0, 0]), cap_museums=np.array([1, 3]), cap_partners=2)

    assert shown.sum(axis=1).tolist() == [1, 3]


@pytest.mark.parametrize("scores", [np.full((2, 2), np.nan), np.zeros(3)])
def test_scores_that_are_no_matrix_of_numbers_are_refused(scores):
    with pytest.raises(ValueError, match="matrix of finite numbers"):
        allocate(scores, floor=1, cap_museums=1, cap_partners=1)


def test_a_negative_floor_is_refused():
    with pytest.raises(ValueError, match="negative"):
        allocate(np.zeros((2, 2)), floor=-1, cap_museums=1, cap_partners=1)


def test_nothing_to_share_out_gives_nothing():
    assert allocate(np.zeros((0, 4)), floor=1, cap_museums=1, cap_partners=1).shape == (0, 4)


def test_the_smaller_side_may_be_shown_more_often_in_proportion():
    assert caps_for(5, 10, 40, ratio=1.25) == (25, 7)


def test_equal_counts_have_no_inequality():
    assert gini(np.array([4, 4, 4])) == 0
    assert gini(np.array([0, 0, 9])) == pytest.approx(2 / 3)


def best_by_brute_force(scores, allowed, floor, cap_museums, cap_partners, pinned):
    """The most floor places and then the highest sum over all choices that hold the pins; caps make room for them."""
    caps = [np.maximum(cap, pinned.sum(axis=axis)) for axis, cap in ((1, cap_museums), (0, cap_partners))]
    free = np.argwhere(allowed & ~pinned)
    best = (-1, 0.0)
    for choice in itertools.product((False, True), repeat=len(free)):
        shown = pinned.copy()
        shown[tuple(free[list(choice)].T)] = True
        if (shown.sum(axis=1) <= caps[0]).all() and (shown.sum(axis=0) <= caps[1]).all():
            held = np.minimum(shown.sum(axis=1), floor).sum() + np.minimum(shown.sum(axis=0), floor).sum()
            best = max(best, (int(held), round(float(scores[shown].sum()), 6)))
    return best


@FEW
@given(st.data())
def test_pinned_pairs_are_always_shown_and_the_rest_is_the_best_there_is(data):
    m, n = data.draw(st.integers(1, 3)), data.draw(st.integers(1, 3))
    table = st.lists(st.lists(st.booleans(), min_size=n, max_size=n), min_size=m, max_size=m).map(np.array)
    scores = np.array(data.draw(st.lists(st.integers(0, 100), min_size=m * n, max_size=m * n))).reshape(m, n) / 100
    allowed = data.draw(table)
    pinned = data.draw(table) & allowed
    floor = data.draw(st.integers(0, 2))
    caps = floor + data.draw(st.integers(0, 1)), floor + data.draw(st.integers(0, 1))
    shown = allocate(scores, floor=floor, cap_museums=caps[0], cap_partners=caps[1], allowed=allowed, pinned=pinned)
    held = int(np.minimum(shown.sum(axis=1), floor).sum() + np.minimum(shown.sum(axis=0), floor).sum())

    assert shown[pinned].all()
    assert (held, round(float(scores[shown].sum()), 6)) == best_by_brute_force(scores, allowed, floor, *caps, pinned)


def sum_that_nothing_exceeds(scores, price, floor, cap_museums, cap_partners):
    """By weak duality no allocation that holds every floor and cap has a higher sum, whatever the prices."""
    m, n = scores.shape
    caps = np.concatenate([np.full(m, cap_museums), np.full(n, cap_partners)])
    surplus = np.maximum(scores - price[:m, None] - price[None, m:], 0).sum()
    return surplus + (caps * np.maximum(price, 0) - floor * np.maximum(-price, 0)).sum()


def test_an_event_too_large_to_be_exact_holds_floors_and_caps_and_nearly_the_highest_sum():
    chance = np.random.default_rng(4)
    scores = 1 / (1 + np.exp(-chance.normal(size=(60, 4)) @ chance.normal(size=(4, 90)) - chance.normal(size=90)))
    limits = {"floor": 5, "cap_museums": 10, "cap_partners": 7}
    shown, best = allocate(scores, **limits, exact=0), allocate(scores, **limits)
    row, column = (place.ravel() for place in np.indices(scores.shape))
    caps = np.concatenate([np.full(60, 10), np.full(90, 7)])
    price = prices(Arcs(row, column, scores.ravel()), floors=np.full(150, 5), caps=caps, museums=60)
    bound = sum_that_nothing_exceeds(scores, price, 5, 10, 7)

    assert min(shown.sum(axis=0).min(), shown.sum(axis=1).min()) >= 5
    assert (shown.sum(axis=0).max(), shown.sum(axis=1).max()) <= (7, 10)
    assert 0.998 * bound <= scores[shown].sum() <= scores[best].sum() + 1e-9 <= bound + 2e-9


@FEW
@given(cases())
def test_beyond_exactness_no_cap_is_passed_and_pins_stay(case):
    scores, allowed, floor, cap_museums, cap_partners = case
    pinned = allowed & (np.cumsum(allowed, axis=1) == 1) & (np.cumsum(allowed, axis=0) == 1)
    limits = {"floor": floor, "cap_museums": cap_museums, "cap_partners": cap_partners}
    shown = allocate(scores, **limits, allowed=allowed, pinned=pinned, exact=0)

    assert shown[pinned].all()
    assert not (shown & ~allowed).any()
    assert (shown.sum(axis=1) <= np.maximum(cap_museums, pinned.sum(axis=1))).all()
    assert (shown.sum(axis=0) <= np.maximum(cap_partners, pinned.sum(axis=0))).all()


def test_of_many_pairs_the_best_are_found_although_most_never_enter_the_programme():
    scores = np.random.default_rng(3).random((120, 130))
    shown = allocate(scores, floor=0, cap_museums=1, cap_partners=1)
    best = linear_sum_assignment(scores, maximize=True)

    assert scores.size > exposure.FEW
    assert scores[shown].sum() == pytest.approx(scores[best].sum())
    assert not allocate(scores, floor=0, cap_museums=0, cap_partners=0).any()


def test_of_many_pairs_the_same_are_shown_as_if_all_were_decided_at_once(monkeypatch):
    chance = np.random.default_rng(4)
    popular = chance.random(160) ** 3
    scores = 0.3 * chance.random((80, 160)) + 0.7 * popular  # everybody likes the same few
    scores[:, :9] = 0.001 * chance.random((80, 9))  # and nobody likes these, who have their floor all the same
    limits = {"floor": 4, "cap_museums": 8, "cap_partners": 4}
    by_turns = allocate(scores, **limits)
    monkeypatch.setattr(exposure, "FEW", scores.size)

    assert (by_turns == allocate(scores, **limits)).all()
    assert by_turns.sum() == 640
