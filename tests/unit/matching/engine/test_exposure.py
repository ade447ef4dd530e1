import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.engine import allocate, caps_for, gini

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
