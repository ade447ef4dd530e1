from dataclasses import replace

from matching.engine import Gathering, Together, match
from matching.engine.types import Profile

POSTER = "A minibus for outings on Sundays"


def sought(matching):
    return [(t.museum, t.partner) for t in matching.together]


def seekers(need, names, sector, text=POSTER):
    return tuple(Profile(name, sector, family=name, needs=(need(f"n-{name}", text, ["training"]),)) for name in names)


def test_two_needs_alike_in_kind_and_words_are_a_chance_to_ask_together(event, gallery, knitters, need):
    ours = replace(gallery, needs=(*gallery.needs, need("g2", "A minibus to bring people on outings", ["training"])))
    theirs = replace(knitters, needs=(*knitters.needs, need("k2", "A minibus for our outings", ["training"])))
    apart = frozenset({("gallery", "knitters")})
    profiles = tuple({"gallery": ours, "knitters": theirs}.get(p.key, p) for p in event.profiles)
    busy = tuple(replace(p, limit=1) if p.key in ("gallery", "knitters") else p for p in profiles)
    matching = match(
        replace(event, profiles=busy, must_meet=frozenset({("allotment", "gallery"), ("knitters", "mill")}))
    )

    assert matching.together == (Together("gallery", "knitters", "g2", "k2", "training", ("minibus", "outings")),)
    assert match(replace(event, profiles=busy, excluded=apart)).together == ()


def test_a_pair_that_is_suggested_is_not_said_to_look_together_as_well(vocabulary, need):
    profiles = (*seekers(need, ["m"], "museum"), *seekers(need, ["c"], "community"))
    matching = match(Gathering(profiles, vocabulary))

    assert [(s.museum, s.partner) for s in matching.suggestions] == [("m", "c")]
    assert matching.together == ()


def test_nobody_is_told_of_more_than_two(vocabulary, need, offer):
    museums = seekers(need, [f"m{n}" for n in range(12)], "museum")
    groups = seekers(need, [f"c{n}" for n in range(12)], "community")
    shy = tuple(replace(p, limit=1) for p in (*museums, *groups))
    told = [key for pair in sought(match(Gathering(shy, vocabulary))) for key in pair]

    assert {told.count(key) for key in told} == {2}


def test_needs_of_one_kind_with_no_word_in_common_are_not_put_together(vocabulary, need):
    profiles = (
        *seekers(need, ["m0", "m1"], "museum", "Clockmaking lessons"),
        *seekers(need, ["c0", "c1"], "community", "A choir conductor"),
    )

    assert match(Gathering(profiles, vocabulary)).together == ()


def test_needs_alike_in_words_but_not_in_kind_are_not_put_together(vocabulary, need):
    museums = (Profile("m", "museum", needs=(need("a", POSTER, ["training"]),), limit=0),)
    groups = (Profile("c", "community", needs=(need("b", POSTER, ["volunteers"]),)),)

    assert match(Gathering((*museums, *groups), vocabulary)).together == ()
