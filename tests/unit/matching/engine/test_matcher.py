import math
import random
from dataclasses import replace
from statistics import mean

import pytest

from matching.engine import Band, Gathering, Profile, Weights, match


def pairs(matching):
    return [(s.museum, s.partner) for s in matching.suggestions]


def scores(matching):
    return {(s.museum, s.partner): round(s.score.value, 9) for s in matching.suggestions}


def test_the_pair_with_an_exchange_both_ways_comes_first(event):
    matching = match(event)

    assert pairs(matching)[0] == ("gallery", "knitters")
    assert [r.code for r in matching.suggestions[0].reasons][:2] == ["offer_meets_need", "offer_meets_need"]


def test_every_factor_of_a_score_lies_between_0_and_1_and_their_product_is_the_score(crowd):
    weights = Weights()
    base, near, timing = weights.surroundings

    for suggestion in match(crowd(8), weights).suggestions:
        s = suggestion.score
        assert all(0 <= value <= 1 for value in (s.value, s.reciprocal, s.near, s.timing, s.confidence))
        assert 0 <= s.percentile <= 100
        assert s.value == pytest.approx(s.reciprocal * (base + near * s.near + timing * s.timing), abs=1e-12)


def test_the_parts_of_a_fit_sum_to_it(crowd):
    for suggestion in match(crowd(6)).suggestions:
        for exchange in (suggestion.score.museum_wants, suggestion.score.partner_wants):
            assert sum(part.weight * part.value for part in exchange.parts) == pytest.approx(exchange.fit)
            assert sum(part.weight * part.value for part in exchange.aims_parts) == pytest.approx(exchange.aims)


def test_the_order_in_which_organisations_arrive_changes_nothing(crowd):
    gathering = crowd(8)
    shuffled = list(gathering.profiles)
    random.Random(3).shuffle(shuffled)

    assert match(replace(gathering, profiles=tuple(shuffled))) == match(gathering)


def test_calling_museums_groups_and_groups_museums_mirrors_the_result(crowd):
    gathering = crowd(8)
    swap = {"museum": "community", "community": "museum"}
    mirrored = replace(gathering, profiles=tuple(replace(p, sector=swap[p.sector]) for p in gathering.profiles))

    ours, theirs = scores(match(gathering)), scores(match(mirrored))

    assert theirs == {(partner, museum): value for (museum, partner), value in ours.items()}


def test_an_excluded_pair_never_appears(event):
    gathering = replace(event, excluded=frozenset({("gallery", "knitters")}))

    assert ("gallery", "knitters") not in pairs(match(gathering))


def test_an_excluded_pair_never_appears_even_when_nothing_fits(vocabulary):
    profiles = tuple(Profile(f"{s}{n}", s, description="salary") for s in ("museum", "community") for n in range(3))
    excluded = frozenset({("community0", "museum0"), ("museum1", "community1")})

    shown = pairs(match(Gathering(profiles, vocabulary, excluded)))

    assert not {("museum0", "community0"), ("museum1", "community1")} & set(shown)


def test_two_bodies_of_one_family_are_never_paired(event):
    family = tuple(replace(p, family="trust") if p.key in ("gallery", "knitters") else p for p in event.profiles)

    assert ("gallery", "knitters") not in pairs(match(replace(event, profiles=family)))


def test_organisations_without_a_family_may_be_paired(event):
    assert ("gallery", "knitters") in pairs(match(event))


def test_a_funder_who_has_not_opened_contact_is_shown_to_nobody_and_is_no_task_for_the_officer(event, offer):
    funder = Profile("fund", "funder", description="Grants for arts", open_to_contact=False, themes=("arts",))
    matching = match(replace(event, profiles=(*event.profiles, funder)))

    assert "fund" not in {key for pair in pairs(matching) for key in pair}
    assert "fund" not in {shortfall.key for shortfall in matching.shortfalls}


def test_only_funders_and_statutory_bodies_can_offer_money(event, need, offer):
    asker = Profile("asker", "museum", needs=(need("n", "", ["money"]),))
    sectors = ("community", "funder")
    groups = tuple(Profile(sector, sector, offers=(offer(f"o-{sector}", "", ["money"]),)) for sector in sectors)
    matching = match(replace(event, profiles=(asker, *groups, *event.profiles)))

    with_money = {s.partner for s in matching.suggestions for r in s.reasons if r.evidence.get("kind") == "money"}

    assert with_money == {"funder"}


def test_everybody_is_shown_often_enough_and_nobody_too_often(crowd):
    matching = match(crowd(12))
    shown = [key for pair in pairs(matching) for key in pair]

    assert matching.shortfalls == ()
    assert min(shown.count(key) for key in set(shown)) >= 5
    assert max(shown.count(key) for key in set(shown)) <= math.ceil(1.25 * 5)
    assert matching.measures["never_shown"] == 0


def test_nobody_gets_more_than_their_own_limit(crowd):
    gathering = crowd(12)
    modest = tuple(replace(p, limit=2) if p.key == "knitters-01" else p for p in gathering.profiles)
    matching = match(replace(gathering, profiles=modest))

    assert sum("knitters-01" in pair for pair in pairs(matching)) == 2
    assert "knitters-01" not in {shortfall.key for shortfall in matching.shortfalls}


def test_an_organisation_that_wrote_nothing_gets_no_invented_suggestions_but_a_card_for_the_officer(event):
    matching = match(replace(event, profiles=(*event.profiles, Profile("silent", "community"))))

    assert "silent" not in {key for pair in pairs(matching) for key in pair}
    assert [(s.key, s.cause) for s in matching.shortfalls if s.key == "silent"] == [("silent", "nothing_written")]


def test_nobody_is_left_out_of_a_small_event_by_its_median(vocabulary, need, offer):
    """Three groups that answer both museums very well, and one whose only link is weaker than half of the pairs."""
    museums = [
        Profile(f"museum{n}", "museum", needs=(need(f"m{n}", "Volunteers for the mill", ["volunteers"]),))
        for n in range(2)
    ]
    strong = [
        Profile(f"strong{n}", "community", offers=(offer(f"s{n}", "Volunteers for a mill", ["volunteers"]),))
        for n in range(3)
    ]
    weak = Profile("weak", "community", description="A mill in a poem, once.")
    matching = match(Gathering((*museums, *strong, weak), vocabulary))

    assert [partner for _, partner in pairs(matching)].count("weak") == 1
    assert {s.band for s in matching.suggestions if s.partner == "weak"} == {Band.POSSIBLE}


def test_one_sentence_and_no_tick_is_enough_to_be_suggested(event):
    sentence = Profile("club", "community", description="Retired steelworkers who meet to talk of old times.")
    matching = match(replace(event, profiles=(*event.profiles, sentence)))

    assert "club" in {partner for _, partner in pairs(matching)}


def test_a_sentence_that_shares_nothing_is_introduced_to_neighbours_without_a_claim(vocabulary):
    museums = ("Clocks and watches", "Lace bobbins", "Railway signals", "Fossil fish", "Toy soldiers", "Gas lamps")
    groups = ("Parkour for beginners", "Debt counselling", "Kumquat growers", "Tango evenings")
    profiles = [
        Profile(f"{sector}{n}", sector, description=text, easting=430_000 + 2_000 * n, northing=380_000)
        for sector, texts in (("museum", museums), ("community", groups))
        for n, text in enumerate(texts)
    ]
    matching = match(Gathering(tuple(profiles), vocabulary, near_km=8))

    assert {s.partner for s in matching.suggestions} == {f"community{n}" for n in range(4)}
    assert {r.code for s in matching.suggestions for r in s.reasons} == {"near"}
    assert {s.band for s in matching.suggestions} == {Band.POSSIBLE}


def test_an_empty_event_gives_an_honest_empty_answer(vocabulary):
    matching = match(Gathering((), vocabulary))

    assert (matching.suggestions, matching.shortfalls, matching.pairs_considered) == ((), (), 0)


def test_one_organisation_alone_gets_a_card_for_the_officer(vocabulary, gallery):
    matching = match(Gathering((gallery,), vocabulary))

    assert matching.suggestions == ()
    assert [s.cause for s in matching.shortfalls] == ["no_candidates"]


def test_the_same_text_from_everybody_is_matched_evenly(vocabulary):
    sectors = ("museum", "community")
    profiles = tuple(Profile(f"{s}{n:02d}", s, description="We love our river.") for s in sectors for n in range(15))
    matching = match(Gathering(profiles, vocabulary))

    assert matching.measures["gini"] < 0.1
    assert {s.band for s in matching.suggestions} == {Band.POSSIBLE}


def test_two_organisations_with_one_key_are_refused(vocabulary, gallery):
    with pytest.raises(ValueError, match="Two organisations have the key 'gallery'"):
        match(Gathering((gallery, gallery), vocabulary))


def test_an_unknown_kind_is_refused_by_name(vocabulary, gallery, need):
    wrong = replace(gallery, needs=(need("x", "A dragon", ["dragons"]),))

    with pytest.raises(ValueError, match="dragons"):
        match(Gathering((wrong,), vocabulary))


def test_case_and_space_in_a_text_change_nothing(event):
    edited = tuple(replace(p, description=f"  {p.description.upper()}\n") for p in event.profiles)

    assert scores(match(replace(event, profiles=edited))) == scores(match(event))


def test_progress_ends_at_the_last_museum(crowd):
    seen = []

    match(crowd(3), on_progress=lambda done, total: seen.append((done, total)))

    assert seen[-1] == (6, 6)


def test_a_small_event_calls_nothing_strong(event):
    assert Band.STRONG not in {s.band for s in match(event).suggestions}


def test_equal_suggestions_put_those_seen_least_first(vocabulary):
    profiles = [Profile("museum", "museum", description="The river and its boats")]
    text = "Boats on the river"
    profiles += [Profile(f"group{n}", "community", description=text, shown_before=3 - n) for n in range(3)]
    matching = match(Gathering(tuple(profiles), vocabulary))

    assert [partner for _, partner in pairs(matching)] == ["group2", "group1", "group0"]


def test_a_pinned_pair_is_shown_whatever_its_score(crowd):
    gathering = replace(crowd(12), must_meet=frozenset({("allotment-03", "gallery-07")}))
    pinned = [(s.museum, s.partner) for s in match(gathering).suggestions if s.pinned]

    assert ("gallery-07", "allotment-03") not in pairs(match(crowd(12)))
    assert pinned == [("gallery-07", "allotment-03")]


def test_a_pinned_pair_of_two_who_wrote_nothing_is_shown(vocabulary):
    profiles = (Profile("m", "museum"), Profile("c", "community"))

    assert pairs(match(Gathering(profiles, vocabulary))) == []
    assert pairs(match(Gathering(profiles, vocabulary, must_meet=frozenset({("c", "m")})))) == [("m", "c")]


@pytest.mark.parametrize(
    "change", [{"open_to_contact": False}, {"limit": 0}, {"family": "trust"}], ids=["closed", "limit 0", "family"]
)
def test_no_pin_opens_a_gate(event, change):
    shut = tuple(replace(p, **change) if p.key == "knitters" or "family" in change else p for p in event.profiles)
    gathering = replace(event, profiles=shut, must_meet=frozenset({("gallery", "knitters")}))

    assert ("gallery", "knitters") not in pairs(match(gathering))


def test_a_pair_both_pinned_and_excluded_stays_apart(event):
    both = frozenset({("gallery", "knitters")})

    assert ("gallery", "knitters") not in pairs(match(replace(event, must_meet=both, excluded=both)))


def test_pins_beyond_a_limit_are_shown_and_nothing_else_is(crowd):
    pins = frozenset({("gallery-00", f"knitters-0{n}") for n in range(3)})
    modest = tuple(replace(p, limit=2) if p.key == "gallery-00" else p for p in crowd(12).profiles)
    matching = match(replace(crowd(12), profiles=modest, must_meet=pins))

    assert sorted(p for m, p in pairs(matching) if m == "gallery-00") == ["knitters-00", "knitters-01", "knitters-02"]


def test_a_pin_takes_one_of_the_places_and_leaves_caps_and_floors_as_they_are(crowd):
    gathering = replace(crowd(12), must_meet=frozenset({("allotment-03", "gallery-07")}))
    matching = match(gathering)
    shown = [key for pair in pairs(matching) for key in pair]

    assert matching.shortfalls == ()
    assert max(shown.count(key) for key in set(shown)) <= 7


def test_who_set_a_limit_of_nought_is_shown_to_nobody_and_is_no_task_for_the_officer(crowd):
    closed = tuple(replace(p, limit=0) if p.key == "mill-02" else p for p in crowd(8).profiles)
    matching = match(replace(crowd(8), profiles=closed))

    assert "mill-02" not in {museum for museum, _ in pairs(matching)}
    assert "mill-02" not in {shortfall.key for shortfall in matching.shortfalls}


def test_kinds_an_organisation_barred_count_as_nothing_in_its_pairs_and_only_there(event):
    barred = {"knitters": frozenset({("space-show", "space-show")})}
    before, after = match(event), match(replace(event, barred_kinds=barred))
    exchange = {(s.museum, s.partner): s.score.partner_wants for s in after.suggestions}
    kinds = {r.evidence.get("kind") for s in after.suggestions if s.partner == "knitters" for r in s.reasons}

    assert [part.value for part in exchange["gallery", "knitters"].parts if part.code == "kind"] == [0]
    assert "space-show" not in kinds
    assert scores(after)["gallery", "knitters"] < scores(before)["gallery", "knitters"]
    assert scores(after)["mill", "allotment"] == pytest.approx(scores(before)["mill", "allotment"], abs=0.05)


def test_a_barred_kind_counts_for_nothing_whichever_side_barred_it(event):
    pair = frozenset({("space-show", "space-show")})
    one, other = (scores(match(replace(event, barred_kinds={key: pair}))) for key in ("knitters", "gallery"))

    assert one["gallery", "knitters"] == other["gallery", "knitters"]


def test_a_barred_kind_that_is_gone_from_the_vocabulary_bars_nothing(event):
    barred = {"knitters": frozenset({("dragons", "space-show")})}

    assert scores(match(replace(event, barred_kinds=barred))) == scores(match(event))


def uneven(crowd, copies):
    """Every third organisation says less than the others."""
    profiles = [
        replace(p, themes=(), audiences=(), needs=(), offers=p.offers[:1]) if at % 3 == 0 else p
        for at, p in enumerate(crowd(copies).profiles)
    ]
    return replace(crowd(copies), profiles=tuple(profiles))


def test_about_one_place_in_ten_goes_to_a_good_pair_of_which_little_is_known(crowd):
    matching = match(uneven(crowd, 14))
    exploring = [s for s in matching.suggestions if s.exploring]
    others = [s for s in matching.suggestions if not s.exploring]

    assert 0.06 <= len(exploring) / len(matching.suggestions) <= 0.12
    assert min(s.score.percentile for s in exploring) >= 49
    assert mean(s.score.confidence for s in exploring) < 0.9 * mean(s.score.confidence for s in others)


def test_exploring_costs_little_and_holds_floors_and_caps(crowd):
    with_it, without = match(uneven(crowd, 14)), match(uneven(crowd, 14), Weights(explore=0))
    shown = [key for pair in pairs(with_it) for key in pair]

    assert not any(s.exploring for s in without.suggestions)
    assert with_it.shortfalls == without.shortfalls
    assert max(shown.count(key) for key in set(shown)) <= 7
    assert sum(s.score.value for s in with_it.suggestions) >= 0.97 * sum(s.score.value for s in without.suggestions)


@pytest.mark.parametrize("place", [(float("nan"), 380_000), (None, 380_000)])
def test_a_place_that_is_no_number_counts_as_unknown(event, place):
    lost = tuple(replace(p, easting=place[0], northing=place[1]) if p.key == "knitters" else p for p in event.profiles)

    assert all(math.isfinite(s.score.value) for s in match(replace(event, profiles=lost)).suggestions)


def test_five_thousand_words_are_read_like_any_other_text(event):
    wordy = tuple(
        replace(p, description=" ".join(f"word{n} steelworks" for n in range(2500))) if p.key == "knitters" else p
        for p in event.profiles
    )

    assert ("gallery", "knitters") in pairs(match(replace(event, profiles=wordy)))
