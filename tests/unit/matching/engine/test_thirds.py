"""Who else fits a shown pair: funders and statutory bodies that both could work with."""

import random
from dataclasses import replace

import numpy as np
import pytest

from matching.engine import (
    Gathering,
    Listing,
    Profile,
    Side,
    Term,
    Vocabulary,
    conclude,
    join,
    prepare,
    score_pairs,
    survey,
    trio_score,
    trios_of,
)
from matching.engine.surveying import LEVELS

KINDS = ("space", "stories", "money")
SECTORS = ("museum", "community", "museum", "statutory", "museum", "community", "museum", "funder")


def somebody(number: int) -> Profile:
    chance = random.Random(number)
    words = "steel garden choir photographs older youth room story heritage knitting".split()

    def line(side: Side) -> Listing:
        said = " ".join(chance.sample(words, 4))
        return Listing(f"{side}{number}", side, said, kinds=(chance.choice(KINDS[:2]),), themes=(chance.choice("abc"),))

    key = f"o{number:03}"
    return Profile(
        key,
        SECTORS[number % len(SECTORS)],
        family=key,
        needs=(line(Side.NEED),),
        offers=(line(Side.OFFER),),
        easting=430_000 + chance.randrange(9000),
        northing=387_000,
    )


@pytest.fixture(scope="module")
def event() -> Gathering:
    vocabulary = Vocabulary(kinds=tuple(Term(slug) for slug in KINDS), themes=tuple(Term(slug) for slug in "abc"))
    return Gathering(tuple(somebody(number) for number in range(48)), vocabulary, near_km=8)


def found(gathering):
    prepared = prepare(gathering)
    surveyed = join([survey(prepared, rows) for rows in prepared.blocks()])
    said = conclude(prepared, surveyed)
    return trios_of(prepared, surveyed, said), prepared, surveyed, said


def test_a_third_is_a_funder_or_statutory_body_and_the_pair_is_one_that_is_shown(event):
    trios, prepared, _surveyed, said = found(event)
    sector = {profile.key: profile.sector for profile in event.profiles}
    shown = {(pair.museum, pair.partner) for pair in said.suggestions}

    assert len(trios.trios) > 5
    assert {sector[trio.third] for trio in trios.trios} == {"funder", "statutory"}
    assert all((trio.museum, trio.partner) in shown and trio.partner != trio.third for trio in trios.trios)


def test_a_trio_is_worth_the_harmonic_mean_of_its_three_scores_all_above_the_median(event):
    trios, prepared, surveyed, said = found(event)
    museum = {profile.key: at for at, profile in enumerate(prepared.museums.profiles)}
    partner = {profile.key: at for at, profile in enumerate(prepared.partners.profiles)}
    pair = {(one.museum, one.partner): one.score.value for one in said.suggestions}
    median = surveyed.levels.median_level() / (LEVELS - 1)

    for trio in trios.trios:
        third = np.array([partner[trio.third]])
        with_museum = score_pairs(
            prepared.model, prepared.museums, prepared.partners, np.array([museum[trio.museum]]), third
        )
        with_partner = score_pairs(
            prepared.model, prepared.partners, prepared.partners, np.array([partner[trio.partner]]), third
        )
        scores = np.array([pair[trio.museum, trio.partner], with_museum.score[0], with_partner.score[0]])
        assert (scores > median - 1e-4).all()
        assert trio.value == pytest.approx(float(trio_score(*scores)), abs=1e-5)


def test_nobody_is_in_more_than_two_trios_and_a_third_in_no_more_than_it_said(event):
    limited = next(profile for profile in event.profiles if profile.sector == "funder")
    profiles = tuple(replace(one, limit=1) if one == limited else one for one in event.profiles)
    trios, *_rest = found(replace(event, profiles=profiles))
    members = [key for trio in trios.trios for key in (trio.museum, trio.partner)]
    thirds = [trio.third for trio in trios.trios]

    assert max(members.count(key) for key in members) == 2
    assert max(thirds.count(key) for key in thirds) <= 6
    assert thirds.count(limited.key) <= 1


def test_who_must_not_meet_is_in_no_trio_together(event):
    before, *_rest = found(event)
    trio = before.trios[0]
    barred = frozenset(
        {tuple(sorted((trio.museum, trio.third))), tuple(sorted((before.trios[1].partner, before.trios[1].third)))}
    )
    after, *_rest = found(replace(event, excluded=barred))

    together = {tuple(sorted((a, b))) for t in after.trios for a, b in ((t.museum, t.third), (t.partner, t.third))}
    assert after.trios
    assert not together & barred


def test_a_third_that_closed_its_contact_is_in_none(event):
    closed = tuple(
        replace(one, open_to_contact=False) if one.sector in ("funder", "statutory") else one for one in event.profiles
    )

    assert found(replace(event, profiles=closed))[0].trios == ()


def test_the_worth_stands_beside_its_bound_and_the_order_of_profiles_changes_nothing(event):
    trios, *_rest = found(event)
    turned, *_rest = found(replace(event, profiles=event.profiles[::-1]))

    assert trios == turned
    assert trios.value == pytest.approx(sum(trio.value for trio in trios.trios))
    assert trios.value <= trios.bound <= 1.02 * trios.value


def test_an_event_without_thirds_or_pairs_has_no_trios(event):
    alone = tuple(one for one in event.profiles if one.sector == "museum")
    without = tuple(one for one in event.profiles if one.sector in ("museum", "community"))

    assert found(replace(event, profiles=alone))[0].trios == ()
    assert found(replace(event, profiles=without))[0].trios == ()
    assert found(replace(event, profiles=()))[0].trios == ()
