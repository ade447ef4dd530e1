"""The programme's four days: the originals of 2019, and the same days of the week moved to another year."""

import datetime as dt
import io

import pytest
from django.core.management import call_command
from django.test import Client

from events.models import Event, Programme
from events.season import load_season, moved, next_season
from tests import world

ORIGINALS = [
    ("sheffield-2019", dt.date(2019, 2, 11)),
    ("swansea-2019", dt.date(2019, 2, 28)),
    ("south-east-london-2019", dt.date(2019, 3, 28)),
    ("fife-2019", dt.date(2019, 4, 25)),
]


def days() -> list[tuple[str, dt.date]]:
    return list(Event.objects.order_by("held_on").values_list("slug", "held_on"))


def test_the_season_of_2019_has_its_four_days() -> None:
    load_season(2019)

    assert days() == ORIGINALS


@pytest.mark.parametrize("year", range(2020, 2040))
def test_a_moved_day_is_the_nearest_of_the_same_weekday(year: int) -> None:
    for _, day in ORIGINALS:
        there = moved(day, year)

        assert there.weekday() == day.weekday()
        assert abs((there - day.replace(year=year)).days) <= 3


def test_the_next_season_is_the_first_in_which_all_four_days_lie_ahead() -> None:
    assert next_season(dt.date(2026, 11, 22)) == 2027
    assert next_season(dt.date(2027, 2, 1)) == 2027
    assert next_season(dt.date(2027, 2, 20)) == 2028  # Sheffield's day is over
    assert next_season(moved(dt.date(2019, 2, 11), 2027)) == 2028  # on the day itself nobody can be invited any more


def test_loading_twice_keeps_what_staff_changed() -> None:
    load_season(2027)
    event = Event.objects.get(slug="swansea-2027")
    event.venue_en, event.capacity = "National Waterfront Museum", 80
    event.save()
    event.areas.first().delete()
    before = world.everything()

    load_season(2027)

    assert world.everything() == before


def test_every_event_has_local_areas_a_place_to_measure_from_and_both_languages() -> None:
    load_season(2027)

    for event in Event.objects.all():
        assert event.areas.filter(nearness="core").exists()
        assert None not in (event.easting, event.northing)
        assert "" not in (event.name_cy, event.summary_cy, event.summary_en)


def test_two_seasons_live_side_by_side() -> None:
    load_season(2019)
    load_season(2027)

    assert (Programme.objects.count(), Event.objects.count()) == (2, 8)
    assert Programme.objects.first().slug == "partnerships-with-purpose-2027"


def test_the_command_says_what_it_loaded() -> None:
    out = io.StringIO()

    call_command("load_programme", "--year", "2019", stdout=out)

    assert out.getvalue().splitlines()[:2] == [
        "sheffield-2019: Monday 11 February 2019",
        "swansea-2019: Thursday 28 February 2019",
    ]


def test_a_season_that_is_over_is_shown_and_no_longer_asked_for(client: Client) -> None:
    load_season(2019)

    home = client.get("/").content.decode()
    event = client.get("/events/sheffield-2019/").content.decode()

    assert "No events are planned at the moment." in home
    assert "Asking has closed" in event
    assert "?event=sheffield-2019" not in event
