from dataclasses import replace

import numpy as np
import pytest

from matching.engine import Band, Gathering, Profile, encode_side, fit_event, match, score_block, take_apart

PART_OF = {"shared_themes": "theme", "shared_audiences": "audience", "shared_words": "text"}
PART_OF |= {"same_words": "text", "common_words": "text"}


def codes(items):
    return [item.code for item in items]


def taken_apart(gathering):
    """Each suggestion of an event with its pair."""
    model, museums, partners = fit_event(gathering)
    row = {profile.key: at for at, profile in enumerate(museums.profiles)}
    column = {profile.key: at for at, profile in enumerate(partners.profiles)}
    suggestions = match(gathering).suggestions
    rows = np.array([row[s.museum] for s in suggestions])
    columns = np.array([column[s.partner] for s in suggestions])
    return list(zip(suggestions, take_apart(model, museums, partners, rows, columns), strict=True))


@pytest.fixture
def drivers(need):
    """A museum and a group that both mention a bus and look for volunteers, and two that write of a kiln."""
    return (
        Profile("depot", "museum", description="A bus of 1936", needs=(need("d-need", "", ["volunteers"]),)),
        Profile("day-club", "community", description="We lost our bus", needs=(need("c-need", "", ["volunteers"]),)),
        Profile("brickworks", "museum", description="The kiln of 1880"),
        Profile("cold-feet", "community", description="Our kiln is cold"),
    )


def test_every_named_part_lowers_the_score_when_it_is_taken_away(crowd, drivers, scholars):
    gathering = crowd(7)
    gathering = replace(gathering, profiles=(*gathering.profiles, *drivers, *scholars))
    said = set()
    for suggestion, pair in taken_apart(gathering):
        for reason in suggestion.reasons:
            said.add(reason.code)
            if reason.code in PART_OF:
                assert pair.falls_without(PART_OF[reason.code])
            if reason.code == "offer_meets_need":
                assert not reason.evidence["kind"] or pair.falls_without("kind")
                assert not reason.evidence["words"] or pair.falls_without("text")
            if reason.code == "near":
                assert pair.near > 0
    assert said == {*PART_OF, "offer_meets_need", "near", "same_need"}


def without_line(profile, key):
    return replace(
        profile,
        needs=tuple(line for line in profile.needs if line.key != key),
        offers=tuple(line for line in profile.offers if line.key != key),
    )


def test_taking_away_a_quoted_line_lowers_the_score(crowd):
    gathering = crowd(4)
    model, museums, partners = fit_event(gathering)
    by_key = {profile.key: profile for profile in gathering.profiles}

    def score(museum, partner):
        sides = (encode_side([side], model.text, model.book) for side in (museum, partner))
        return float(score_block(model, *sides).score[0, 0])

    quoted = 0
    for suggestion in match(gathering).suggestions:
        museum, partner = by_key[suggestion.museum], by_key[suggestion.partner]
        for reason in suggestion.reasons:
            for key in (reason.evidence.get("need"), reason.evidence.get("offer")):
                if key:
                    quoted += 1
                    left = score(without_line(museum, key), without_line(partner, key))
                    assert left < score(museum, partner)
    assert quoted > 20


def test_an_exchange_names_both_listings_the_kind_and_the_words_as_they_were_typed(event):
    first = match(event).suggestions[0].reasons[0]

    assert first.code == "offer_meets_need"
    assert {name: first.evidence[name] for name in ("seeker", "provider", "need", "offer", "kind")} == {
        "seeker": "gallery",
        "provider": "knitters",
        "need": "g-need",
        "offer": "k-offer",
        "kind": "stories",
    }
    assert set(first.evidence["words"]) == {"photographs", "steelworks"}


def test_boilerplate_gives_no_reason(vocabulary):
    text = "This charity will use the grant funding for the salary of the project governance officer, accredited museum"
    profiles = tuple(Profile(sector, sector, description=text) for sector in ("museum", "community"))

    assert [codes(s.reasons) for s in match(Gathering(profiles, vocabulary)).suggestions] == [[]]


def test_two_words_of_one_meaning_are_both_quoted(vocabulary):
    profiles = (
        Profile("a", "museum", description="Reminiscence for pensioners"),
        Profile("b", "community", description="Lunch for elderly neighbours"),
    )
    reasons = match(Gathering(profiles, vocabulary)).suggestions[0].reasons

    assert {r.code: dict(r.evidence) for r in reasons}["shared_words"] == {"words": ("pensioners / elderly",)}


def test_a_welsh_pair_is_found_by_its_welsh_words(vocabulary):
    profiles = (
        Profile("amgueddfa", "museum", description="Mae gennym ardd furiog a melin wlân", languages=("cy",)),
        Profile("merched", "community", description="Rydym yn gofalu am gerddi a blodau", languages=("cy",)),
        Profile("rygbi", "community", description="Clwb rygbi i fechgyn y cwm", languages=("cy",)),
    )
    best = match(Gathering(profiles, vocabulary)).suggestions[0]

    assert (best.museum, best.partner) == ("amgueddfa", "merched")
    assert codes(best.reasons) == ["shared_words"]


def test_a_typing_error_still_finds_its_match(vocabulary, need, offer):
    profiles = (
        Profile("mill", "museum", needs=(need("n", "Help with gradening"),)),
        Profile("club", "community", offers=(offer("o", "A gardening club"),)),
        Profile("band", "community", offers=(offer("b", "A brass band"),)),
    )
    best = match(Gathering(profiles, vocabulary)).suggestions[0]

    assert best.partner == "club"


def test_help_that_goes_one_way_is_said_so(vocabulary, need, offer):
    profiles = (
        Profile("mill", "museum", description="A mill", needs=(need("n", "Stories of weavers", ["stories"]),)),
        Profile("club", "community", description="A club", offers=(offer("o", "Weavers' stories", ["stories"]),)),
    )
    cautions = match(Gathering(profiles, vocabulary)).suggestions[0].cautions

    assert dict(cautions[0].evidence) == {"seeker": "mill"}
    assert cautions[0].code == "one_way"


def test_both_looking_for_the_same_thing_is_a_chance_to_ask_together(vocabulary, need):
    profiles = (
        Profile("mill", "museum", description="A river", needs=(need("n", "", ["volunteers"]),)),
        Profile("club", "community", description="The river", needs=(need("m", "", ["volunteers"]),)),
    )
    reasons = match(Gathering(profiles, vocabulary)).suggestions[0].reasons

    assert {"kind": "volunteers"} in [dict(reason.evidence) for reason in reasons if reason.code == "same_need"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"languages": ("cy",)}, "different_languages"),
        ({"easting": 560_000}, "far"),
    ],
)
def test_what_an_officer_should_know_is_said_first(event, change, code):
    profiles = tuple(replace(p, **change) if p.key == "knitters" else p for p in event.profiles)
    suggestion = next(
        s
        for s in match(replace(event, profiles=profiles)).suggestions
        if (s.museum, s.partner) == ("gallery", "knitters")
    )

    assert suggestion.cautions[0].code == code


def test_near_is_given_in_whole_kilometres_and_never_as_none(event):
    for suggestion in match(event).suggestions:
        for reason in suggestion.reasons:
            if reason.code == "near":
                assert reason.evidence == {"km": max(1, round(suggestion.score.distance_km))}


def first_of(*profiles, vocabulary):
    return match(Gathering(profiles, vocabulary)).suggestions[0]


def test_a_word_that_everybody_uses_is_no_reason(vocabulary):
    suggestion = first_of(
        Profile("a", "museum", description="A warm welcome on Tuesday evenings"),
        Profile("b", "community", description="Chess on Tuesday evenings"),
        vocabulary=vocabulary,
    )

    assert codes(suggestion.reasons) == []


def test_a_word_with_two_meanings_is_given_as_a_word_with_a_caution_and_is_only_possible(vocabulary, drivers):
    suggestion = first_of(*(replace(p, needs=()) for p in drivers[:2]), vocabulary=vocabulary)

    assert [(r.code, dict(r.evidence)) for r in suggestion.reasons] == [("same_words", {"words": ("bus",)})]
    assert suggestion.cautions[0].code == "words_may_differ"
    assert suggestion.band is Band.POSSIBLE


@pytest.fixture
def scholars():
    """Forty museums, of which every other one is a university's, and a group of students."""
    words = ("A steam engine", "University")
    museums = (Profile(f"scholar-{at:02}", "museum", description=f"{words[at % 2]} {at}") for at in range(40))
    return (*museums, Profile("students", "community", description="Lodgings near the university"))


def test_words_that_say_little_are_given_as_such_where_nothing_else_is_and_are_only_possible(vocabulary, scholars):
    linked = [one for one in match(Gathering(scholars, vocabulary)).suggestions if one.reasons]

    assert linked
    for suggestion in linked:
        (reason,) = suggestion.reasons
        assert (reason.code, dict(reason.evidence)) == ("common_words", {"words": ("University",)})
        assert suggestion.band is Band.POSSIBLE


def test_an_everyday_word_in_common_does_not_make_an_offer_answer_a_need(vocabulary, need, offer):
    suggestion = first_of(
        Profile("a", "museum", needs=(need("n", "Chairs on Tuesday"),)),
        Profile("b", "community", offers=(offer("o", "Yoga on Tuesday"),)),
        vocabulary=vocabulary,
    )

    assert "offer_meets_need" not in codes(suggestion.reasons)


def test_what_a_theme_is_called_is_not_given_again_as_a_word(vocabulary):
    suggestion = first_of(
        Profile("a", "museum", description="Local history and nature", themes=("history",)),
        Profile("b", "community", description="A history of our kiln", themes=("history",)),
        Profile("c", "community", description="Kilns"),
        vocabulary=vocabulary,
    )

    assert "history" not in [word for r in suggestion.reasons for word in r.evidence.get("words", ())]


def advice(suggestion):
    return [dict(caution.evidence) for caution in suggestion.cautions if caution.code == "would_help"]


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"needs": ()}, "need"),
        ({"needs": (), "offers": ()}, "need"),
        ({"offers": ()}, "offer"),
    ],
)
def test_where_help_goes_one_way_the_missing_line_is_asked_for(event, change, what):
    lacking = tuple(replace(p, **change) if p.key == "knitters" else p for p in event.profiles[:2])

    assert advice(first_of(*lacking, vocabulary=event.vocabulary)) == [{"what": what, "keys": ("knitters",)}]


def test_what_is_asked_for_is_one_thing_beside_at_most_two_cautions(crowd):
    for suggestion in match(crowd(5)).suggestions:
        assert len(advice(suggestion)) <= 1
        assert len(suggestion.cautions) - len(advice(suggestion)) <= 2


def test_where_all_is_said_nothing_more_is_asked_for(event):
    full = tuple(
        replace(
            profile,
            needs=tuple(replace(line, says_when=True) for line in profile.needs),
            offers=tuple(replace(line, says_when=True) for line in profile.offers),
        )
        for profile in event.profiles[:2]
    )

    assert advice(first_of(*full, vocabulary=event.vocabulary)) == []


def test_saying_when_as_advised_raises_the_score(event):
    gallery, knitters = event.profiles[:2]
    silent = replace(knitters, needs=tuple(replace(line, says_when=False) for line in knitters.needs))
    before = first_of(gallery, silent, vocabulary=event.vocabulary)

    assert advice(before) == [{"what": "when", "keys": ("knitters",)}]
    assert first_of(gallery, knitters, vocabulary=event.vocabulary).score.value > before.score.value
