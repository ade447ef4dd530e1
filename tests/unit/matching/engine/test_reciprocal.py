from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.engine import DEFAULT, Profile, encode_side, fit_event, reciprocal_score, score_block, take_apart

share = st.floats(0, 1, allow_nan=False)


def score(model, museum, partner):
    museums, partners = encode_side([museum], model.text, model.book), encode_side([partner], model.text, model.book)
    return float(score_block(model, museums, partners).score[0, 0])


@settings(max_examples=60, deadline=None)
@given(share, share)
def test_what_two_sides_want_counts_alike_whichever_comes_first(a, b):
    one, other = (reciprocal_score(np.array([x]), np.array([y]), DEFAULT)[0] for x, y in ((a, b), (b, a)))

    assert one == pytest.approx(other)
    assert 0 <= one <= 1


def test_one_way_help_keeps_a_small_door_open():
    assert reciprocal_score(np.array([1.0]), np.array([0.0]), DEFAULT)[0] == pytest.approx(0.15)


def test_every_pair_taken_apart_has_the_score_of_its_block(crowd):
    model, museums, partners = fit_event(crowd(5))
    rows, columns = (index.ravel() for index in np.indices((len(museums), len(partners))))
    block = score_block(model, museums, partners)
    singly = [pair.value for pair in take_apart(model, museums, partners, rows, columns)]

    assert singly == pytest.approx(block.score.ravel(), abs=1e-8)


def test_covering_one_more_need_never_lowers_the_score(crowd, offer):
    gathering = crowd(4)
    model, museums, partners = fit_event(gathering)
    extra = offer("extra", "Courses and training on Mondays", ["training"])

    for museum in museums.profiles:
        for partner in partners.profiles:
            more = replace(partner, offers=(*partner.offers, extra))
            assert score(model, museum, more) >= score(model, museum, partner) - 1e-9


def test_ticking_a_kind_that_meets_a_need_raises_the_score(event, gallery, knitters, need, offer):
    model, _, _ = fit_event(event)
    met = replace(knitters, offers=(*knitters.offers, offer("x", "A course", ["training"])))
    asking = replace(gallery, needs=(*gallery.needs, need("y", "A course", ["training"])))

    assert score(model, asking, met) > score(model, asking, knitters)


def test_an_empty_profile_never_beats_a_filled_one(crowd):
    gathering = crowd(5)
    model, museums, partners = fit_event(gathering)
    block = score_block(model, museums, partners)
    empty = Profile("empty", "community", easting=437_000, northing=387_000)

    for at, museum in enumerate(museums.profiles):
        assert score(model, museum, empty) <= block.score[at].max()


def test_a_nearer_partner_scores_higher(event, gallery, knitters):
    model, _, _ = fit_event(event)

    assert score(model, gallery, knitters) > score(model, gallery, replace(knitters, easting=480_000))


def test_a_longer_reach_makes_the_same_way_shorter(event, gallery, knitters):
    model, _, _ = fit_event(event)

    assert score(model, gallery, replace(knitters, reach_km=40)) > score(model, gallery, knitters)


def test_an_unknown_place_counts_as_the_events_median(event, gallery, knitters):
    model, _, _ = fit_event(event)
    unknown = score(model, gallery, replace(knitters, easting=None))

    assert score(model, gallery, replace(knitters, easting=480_000)) < unknown < score(model, gallery, knitters)


def test_no_language_in_common_lowers_the_score(event, gallery, knitters):
    model, _, _ = fit_event(replace(event, profiles=(*event.profiles, Profile("c", "community", languages=("cy",)))))

    assert score(model, gallery, replace(knitters, languages=("cy",))) < score(model, gallery, knitters)


def test_related_kinds_count_half(event, gallery, need, offer):
    model, _, _ = fit_event(event)
    asking = Profile("a", "museum", needs=(need("n", "", ["training"]),))
    same, related = (Profile("b", "community", offers=(offer("o", "", [kind]),)) for kind in ("training", "mentoring"))
    unrelated = Profile("b", "community", offers=(offer("o", "", ["stories"]),))

    assert score(model, asking, same) > score(model, asking, related) > score(model, asking, unrelated)
