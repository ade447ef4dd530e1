"""Who is local to an event: the list of councils decides, not the distance, and nobody is turned away by it."""

import pytest
from django.test import Client

from events import services
from events.locality import locality
from events.models import Event
from events.season import load_season
from partners.models import Organisation, User
from partners.services import place_organisation
from tests import factories, html


@pytest.fixture
def events() -> dict[str, Event]:
    return {event.slug.rsplit("-", 1)[0]: event for event in load_season(2027)}


def working_in(place: str, office: str = "") -> Organisation:
    organisation = Organisation(name="Somebody", sector="community", work_place=place, postcode=office)
    place_organisation(organisation)
    return organisation


@pytest.mark.parametrize(
    ("place", "office", "event", "level"),
    [
        ("KY16 9AJ", "", "fife", "local"),  # St Andrews, some 50 km away, is in Fife
        ("EH6 6QQ", "", "fife", "near"),  # Leith is 21 km away across the water, and another council
        ("Rotherham", "EC1A 1BB", "sheffield", "local"),  # the office is in London, the work is not
        ("PL1 1AA", "", "swansea", "far"),  # Plymouth
        ("the moon", "", "sheffield", "unknown"),
        ("the moon", "S1 2HH", "sheffield", "local"),  # then the office says where
        ("", "", "sheffield", "unknown"),
        ("S41 7SA", "", "sheffield", "near"),  # Chesterfield
        ("sa1 3rd", "", "swansea", "local"),
        ("SE10", "", "south-east-london", "local"),
    ],
)
def test_where_the_work_happens_decides(
    events: dict[str, Event], place: str, office: str, event: str, level: str
) -> None:
    assert locality(working_in(place, office), events[event]).level == level


def test_words_for_the_person_never_turn_them_away(events: dict[str, Event]) -> None:
    said = {
        found.level.value: found.words
        for place in ("S1 2HH", "S41 7SA", "PL1 1AA", "the moon")
        if (found := locality(working_in(place), events["sheffield"]))
    }

    assert said == {
        "local": "You look local to Sheffield.",
        "near": "You are close to Sheffield. We will talk with you about whether it fits.",
        "far": "There is no event near you yet. We will talk with you about what we can still do.",
        "unknown": "We could not tell where that is, so we will ask you. It does not hold anything up.",
    }


def test_staff_read_the_council_and_the_distance(events: dict[str, Event]) -> None:
    assert locality(working_in("KY16 9AJ"), events["fife"]).staff_words.startswith("local, Fife, about ")
    assert locality(working_in("the moon"), events["fife"]).staff_words == "place not known"


def test_a_district_that_lies_in_two_councils_is_to_be_checked(events: dict[str, Event]) -> None:
    found = locality(working_in("S36"), events["sheffield"])  # a little more than half of it is in Barnsley

    assert found.sure is False
    assert found.staff_words.endswith("please check: that area lies in more than one council")


def test_staff_are_told_of_a_postcode_we_do_not_have_and_of_letters_that_look_mixed_up(
    events: dict[str, Event],
) -> None:
    new = locality(working_in("ZZ99 9ZZ"), events["sheffield"])
    mixed = locality(working_in("S1O 2HH"), events["sheffield"])

    assert new.staff_words == "place not known, a postcode we do not have, perhaps a new one"
    assert "please check: the letter O and the figure 0 look mixed up" in mixed.staff_words


def page_of(client: Client, event: Event, place: str) -> html.Page:
    """What somebody reads on the page of their request."""
    token = services.request_token(factories.ask(event, 1, work_place=place))
    return html.read(client.get(f"/request/{token}/"))


def test_who_is_far_from_every_event_reads_what_is_still_possible(client: Client, events: dict[str, Event]) -> None:
    page = page_of(client, events["swansea"], "PL1 1AA")

    assert "There is no event near you yet." in page.text
    assert "Talk with you by phone about a partner near you" in page.words("li")


def test_who_is_near_another_event_reads_which_and_can_ask_for_it(client: Client, events: dict[str, Event]) -> None:
    page = page_of(client, events["swansea"], "KY16 9AJ")

    assert "You look local to Fife." in page.text
    assert "There is no event near you yet." not in page.text
    assert "Ask for that event instead" in page.words("a")


def test_whoever_is_invited_reads_nothing_about_being_far(
    client: Client, events: dict[str, Event], officer: User
) -> None:
    place = factories.confirm(events["swansea"], 1, officer, work_place="PL1 1AA")

    page = html.read(client.get(f"/request/{services.request_token(place)}/"))

    assert "There is no event near you yet." not in page.text
