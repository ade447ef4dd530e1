"""An event as bytes: nothing is lost, and the same event gives the same bytes."""

from dataclasses import fields, replace

import pytest

from matching import frozen
from matching.engine import DEFAULT, Gathering, Listing, Profile, Side, Term, Vocabulary

EVERYTHING = Gathering(
    profiles=(
        Profile(
            key="mill",
            sector="museum",
            family="council",
            description="Dŵr, steam and “steel”.",
            languages=("cy", "en"),
            themes=("history", "place"),
            audiences=("young",),
            easting=435_000,
            northing=387_000,
            reach_km=7.5,
            open_to_contact=False,
            needs=(
                Listing("a", Side.NEED, "Stories", "cy", ("stories",), ("history",), ("young",), True),
                Listing("b", Side.NEED, "Space"),
            ),
            offers=(Listing("c", Side.OFFER, "A hall", kinds=("space", "stories")),),
            limit=2,
            shown_before=3,
            readiness=0.25,
            appeal=-0.125,
        ),
        Profile(key="band", sector="community"),
    ),
    vocabulary=Vocabulary(
        kinds=(Term("space", ("Space", "Lle", "a hall", "")), Term("stories")),
        themes=(Term("history"), Term("place")),
        audiences=(Term("young"),),
        related_kinds={("space", "stories"): 0.5},
        open_kinds=frozenset({"first-talk", "space"}),
        money_kinds=frozenset({"money"}),
    ),
    excluded=frozenset({("band", "mill"), ("a", "mill")}),
    near_km=8.0,
    must_meet=frozenset({("band", "mill")}),
    barred_kinds={"mill": frozenset({("space", "space"), ("stories", "space")})},
)


def test_an_event_comes_back_as_it_was_kept() -> None:
    back = frozen.thaw(frozen.freeze(frozen.as_json(EVERYTHING)))

    assert back == replace(EVERYTHING, profiles=tuple(sorted(EVERYTHING.profiles, key=lambda p: p.key)))


@pytest.mark.parametrize("kind", [Gathering, Profile, Listing, Vocabulary], ids=lambda kind: kind.__name__)
def test_the_event_above_has_something_else_than_usual_in_every_field(kind: type) -> None:
    """Or the test above would not see that a new field is forgotten."""
    mill = EVERYTHING.profiles[0]
    one = {Gathering: EVERYTHING, Profile: mill, Listing: mill.needs[0], Vocabulary: EVERYTHING.vocabulary}[kind]
    usual = {
        Gathering: Gathering(()),
        Profile: Profile("", ""),
        Listing: Listing("", Side.OFFER, ""),
        Vocabulary: Vocabulary(money_kinds=frozenset()),
    }[kind]

    assert [f.name for f in fields(kind) if getattr(one, f.name) == getattr(usual, f.name)] == []


def test_the_order_in_which_an_event_is_read_changes_no_byte() -> None:
    turned = replace(EVERYTHING, profiles=EVERYTHING.profiles[::-1])

    assert frozen.as_json(turned) == frozen.as_json(EVERYTHING)


def test_the_hash_tells_every_other_input_apart() -> None:
    content = frozen.as_json(EVERYTHING)
    others = [
        (frozen.as_json(replace(EVERYTHING, near_km=9.0)), DEFAULT, "1"),
        (content, replace(DEFAULT, near=0.5), "1"),
        (content, DEFAULT, "2"),
    ]

    hashes = {frozen.input_hash(*given) for given in [(content, DEFAULT, "1"), *others]}

    assert len(hashes) == 4
    assert frozen.input_hash(content, DEFAULT, "1") in hashes


@pytest.mark.parametrize("content", [b"", b"nonsense", frozen.freeze(b"{}")])
def test_what_is_no_frozen_event_is_refused(content: bytes) -> None:
    with pytest.raises((ValueError, KeyError, frozen.zlib.error)):
        frozen.thaw(content)
