"""When two organisations look like one: what counts for it, what against it, and how well that works."""

from typing import Any

import pytest

from partners.duplicates import Body, Likeness, Reason, likeness, look_alikes, words_for


def compare(one: str, other: str, here: str = "KY15 5NF", there: str = "KY15 5NF", **fields: Any) -> Likeness:
    """Two bodies; `fields` is (of the first, of the second)."""
    first = Body(1, one, here, **{name: values[0] for name, values in fields.items()})
    second = Body(2, other, there, **{name: values[1] for name, values in fields.items()})
    assert likeness(first, second).value == likeness(second, first).value
    return likeness(first, second)


def codes(found: Likeness) -> list[str]:
    return [reason.code for reason in found.reasons]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Two Rooms Museum", "TWO ROOMS MUSEUM"),
        ("The Two Rooms Museum", "Two Rooms Museum"),
        ("Two Rooms Museum", "Two Rooms Museum Ltd."),
        ("Two Rooms Museum", "Two Rooms Museum (SCIO)"),
        ("Two Rooms Museum", "Two Rooms Museum Trust"),
        ("Rooms & Halls Museum", "Rooms and Halls Museum"),
        ("St Agatha's Hall Project", "Saint Agathas Hall Project"),
        ("Museum of Dunmore", "Dunmore Museum"),
        ("Amgueddfa Cwm Derwen", "Cwm Derwen Museum"),
        ("Oriel y Felin Cyf", "Felin Gallery Ltd"),
        ("Tre-gŵyr Choir", "Tre-gwyr Choir"),
        ("Kirkcaldwick Sewing Circle", "Kirkcaldwik Sewing Circle"),  # a slip of the pen
        ("Dunmore Heritage Centre", "Dunmore Heritage Center"),
    ],
)
def test_the_same_body_written_otherwise_is_probably_the_same(one: str, other: str) -> None:
    assert compare(one, other).is_likely


@pytest.mark.parametrize(
    ("one", "other", "reason"),
    [
        ("Two Rooms Museum", "Friends of Two Rooms Museum", "belongs to it"),
        ("Two Rooms House", "Two Rooms House Foundation", "belongs to it"),
        ("3rd Dunmore Brownies", "4th Dunmore Brownies", "other unit"),
        ("3rd Dunmore Brownies", "3rd Dunmore Rainbows", "other unit"),
        ("Dunmore Squadron 1370", "Dunmore Squadron 1232", "other unit"),
        ("Dunmore Community Centre", "Birkhill Community Centre", "other words"),
    ],
)
def test_a_body_beside_it_is_never_called_the_same(one: str, other: str, reason: str) -> None:
    found = compare(one, other)

    assert not found.is_likely
    assert reason in codes(found)


def test_the_same_common_name_far_away_is_not_called_the_same() -> None:
    assert not compare("St Mary's Community Centre", "St Marys Community Centre", "S2 4QZ", "DD3 9ND").is_likely


def test_the_same_rare_name_is_probably_the_same_in_the_next_town_and_elsewhere() -> None:
    assert compare("Kelham Quillmakers Guildhall", "Kelham Quillmakers Guildhall", "S3 8RY", "S1 2HH").is_likely
    assert compare("Kelham Quillmakers Guildhall", "Kelham Quillmakers Guildhall", "S3 8RY", "PL1 1AA").is_likely


@pytest.mark.parametrize(
    ("fields", "more"),
    [
        ({"charity_number": ("SC012345", "sc 012345")}, True),
        ({"website": ("https://www.two-rooms.example/", "http://two-rooms.example/about")}, True),
        ({"mailboxes": (("a@two-rooms.example",), ("b@two-rooms.example",))}, True),
        ({"mailboxes": (("a@gmail.com",), ("b@gmail.com",))}, None),  # everybody's mail
        ({"website": ("https://facebook.com/a", "https://www.facebook.com/b")}, None),
        ({"website": ("http://[not-an-address", "http://[not-an-address")}, None),
        ({"charity_number": ("111", "222")}, False),
        ({"listed_in": ("ccew", "ccew")}, False),  # one list does not name a body twice
        ({"listed_in": ("ccew", "oscr")}, None),
    ],
)
def test_numbers_and_addresses_count(fields: dict[str, Any], more: bool | None) -> None:
    pair = ("Two Rooms Museum", "Two Rooms Heritage", "KY15 5NF", "KY15 4AA")
    if more is False:
        pair = ("Two Rooms Museum", "Two Rooms Museum", "KY15 5NF", "KY15 5NF")
    without, found = compare(*pair), compare(*pair, **fields)

    assert (found.value > without.value, found.value < without.value) == (more is True, more is False)


def test_every_reason_has_words() -> None:
    every = ["same name", "same words", "shared words", "same postcode", "same sector", "same district", "same area",
             "elsewhere", "same number", "other number", "one list", "same website", "same mail", "other unit",
             "belongs to it", "other words"]  # fmt: skip

    said = [words_for(Reason(code, "Dunmore")) for code in every]

    assert len(set(said)) == len(every)
    assert words_for(Reason("same postcode", "KY15 5NF")) == "the same postcode, KY15 5NF"


@pytest.mark.parametrize("name", ["", " ", "The", "…", "ltd", "(SCIO)", "日本", "a" * 200])
def test_any_name_can_be_compared(name: str) -> None:
    found = compare(name, "Two Rooms Museum")

    assert 0 <= found.value < 0.5
    assert compare(name, name, "", "").value <= 1


def test_pairs_come_likeliest_first_and_what_was_settled_is_left_out() -> None:
    bodies = [
        Body(1, "Two Rooms Museum", "KY15 5NF"),
        Body(2, "Two Rooms Museum Trust", "KY15 5NF"),
        Body(3, "THE TWO ROOMS MUSEUM", "KY15 5NF"),
        Body(4, "Harbour Choir", "KY1 1XT"),
    ]

    assert [(a.key, b.key) for a, b, _ in look_alikes(bodies)] == [(1, 3), (1, 2), (2, 3)]
    assert [(a.key, b.key) for a, b, _ in look_alikes(bodies, apart=[(3, 1)])] == [(1, 2), (2, 3)]
    assert [(a.key, b.key) for a, b, _ in look_alikes(bodies, of=bodies[2])] == [(3, 1), (3, 2)]
    assert look_alikes(bodies, of=bodies[3]) == []


def test_the_order_of_the_records_makes_no_difference() -> None:
    bodies = [Body(n, f"Quilt {n % 7} Museum of Dunmore", f"KY{n % 5} 1AA") for n in range(40)]

    assert look_alikes(bodies) == look_alikes(list(reversed(bodies)))


def test_a_twin_is_found_among_two_thousand_and_nobody_else_is_suspected() -> None:
    places = [f"Place{letter}{number}" for letter in "abcdefghij" for number in range(200)]
    bodies = [Body(n, f"{place} Community Centre", f"KY{n % 90} {n % 9}AA") for n, place in enumerate(places)]
    twin = Body(5000, "PLACEA7 COMMUNITY CENTRE (SCIO)", "KY7 7AA")

    found = look_alikes([*bodies, twin])

    assert [(a.name, b.name) for a, b, _ in found] == [("Placea7 Community Centre", "PLACEA7 COMMUNITY CENTRE (SCIO)")]


# Invented names in the ways in which real ones differ; what they are is plain to a reader.
SAME = [
    ("Dunmore Fishers Museum", "Dunmore Fishers Museum Trust Ltd"),
    ("Brackenrig Parish Hall", "BRACKENRIG PARISH HALL SCIO"),
    ("Lighthouse Keepers' Archive", "The Lighthouse Keepers Archive"),
    ("Sewing for Selkirkshire", "Sewing For Selkirkshire CIC"),
    ("Neuadd Goffa Cwmbach", "Cwmbach Memorial Hall"),
    ("Old Gaol Museum Birkhill", "Birkhill Old Gaol"),
    ("Ropewalk Youth Project", "Ropewalk Youth"),
]
NOT_THE_SAME = [
    ("Dunmore Fishers Museum", "Friends of the Dunmore Fishers Museum"),
    ("Brackenrig Castle", "Brackenrig Castle Foundation"),
    ("1st Birkhill Guides", "2nd Birkhill Guides"),
    ("Birkhill Parish Church", "Birkhill Bowling Club"),
    ("Museum of Brackenrig", "Brackenrig Military Museum"),
    ("Birkhill Benevolent Society", "Birkhill Society"),
    ("Dunmore School", "Dunmore School Bursary Fund"),
]


def test_of_what_it_calls_the_same_nine_in_ten_are_and_nine_in_ten_are_found() -> None:
    hits = [compare(*pair).is_likely for pair in SAME]
    false_alarms = [compare(*pair).is_likely for pair in NOT_THE_SAME]

    assert sum(hits) / len(hits) >= 0.9 - 1 / len(hits)
    assert sum(hits) / (sum(hits) + sum(false_alarms)) >= 0.9
