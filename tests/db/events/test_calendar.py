"""Calendar files: what a calendar program reads is what the page says, on both sides of the clock change."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from icalendar import Calendar

from events import services
from events.calendar import calendar_file, event_calendar
from events.models import Event, Registration
from partners.models import Person, User
from pwp.outbox.models import Message
from tests import factories, html
from tests.clock import Clock

LONDON, FIFE = dt.date(2019, 3, 28), dt.date(2019, 4, 25)


def entry(text: str) -> Any:
    (found,) = Calendar.from_ical(text).walk("VEVENT")
    return found


def test_a_day_without_times_is_an_all_day_entry(event: Event) -> None:
    read = entry(event_calendar(event))

    assert (read["dtstart"].dt, read["dtend"].dt) == (event.held_on, event.held_on + dt.timedelta(days=1))
    assert type(read["dtstart"].dt) is dt.date


@pytest.mark.parametrize(("day", "utc_hour"), [(LONDON, 10), (FIFE, 9)])
def test_ten_o_clock_is_ten_o_clock_in_london_in_winter_and_in_summer(day: dt.date, utc_hour: int) -> None:
    event = factories.make_event("london-2019", held_on=day, starts_at=dt.time(10), ends_at=dt.time(16))

    text = event_calendar(event)
    read = entry(text)

    assert "DTSTART;TZID=Europe/London:" in text.replace("\r\n ", "")
    assert read["dtstart"].dt.astimezone(dt.UTC) == dt.datetime.combine(day, dt.time(utc_hour), tzinfo=dt.UTC)
    assert read["dtend"].dt - read["dtstart"].dt == dt.timedelta(hours=6)
    assert [str(zone["tzid"]) for zone in Calendar.from_ical(text).walk("VTIMEZONE")] == ["Europe/London"]


def test_a_start_without_an_end_takes_an_hour() -> None:
    event = factories.make_event("late-2031", starts_at=dt.time(14))

    read = entry(event_calendar(event))

    assert read["dtend"].dt - read["dtstart"].dt == dt.timedelta(hours=1)


def test_an_update_has_the_same_uid_and_a_higher_sequence(event: Event) -> None:
    first = entry(event_calendar(event))
    event.venue_en, event.calendar_sequence = "Kelham Hall", event.calendar_sequence + 1

    second = entry(event_calendar(event))

    assert first["uid"] == second["uid"] == "sheffield-2031@localhost"
    assert (first["sequence"], second["sequence"]) == (0, 1)
    assert (str(first["location"]), str(second["location"])) == ("Sheffield", "Kelham Hall")


def test_signs_with_a_meaning_in_the_format_survive(event: Event) -> None:
    event.venue_en = "Mill; Hall, \\ “Tŷ” 2\nBEGIN:VALARM"

    read = entry(event_calendar(event))

    assert str(read["location"]) == event.venue_en
    assert event_calendar(event).count("BEGIN:V") == 3  # the calendar, the entry, and the words in the venue


def test_the_download_is_a_calendar_file_with_lines_that_end_as_the_format_wants(client: Client, event: Event) -> None:
    response = client.get(f"/events/{event.slug}/calendar.ics")

    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="sheffield-2031.ics"'
    lines = response.content.split(b"\r\n")
    assert (lines[0], lines[-1], b"\n" in b"".join(lines)) == (b"BEGIN:VCALENDAR", b"", False)
    assert max(len(line) for line in lines) <= 75


def test_the_welsh_file_speaks_welsh(event: Event) -> None:
    event.name_cy = "Abertawe"
    event.save()

    read = entry(html.Visitor().get(f"/cy/events/{event.slug}/calendar.ics").content.decode())

    assert "Abertawe" in str(read["summary"])
    assert str(read["url"]) == f"http://localhost:8000/cy/events/{event.slug}/"


def test_two_people_with_a_place_get_entries_of_their_own_for_the_same_day(event: Event) -> None:
    officer = factories.make_staff()
    for number in (1, 2):
        factories.confirm(event, number, officer)

    entries = [entry(m.attachments[0][1]) for m in Message.objects.filter(key__contains=":confirmed:")]

    assert len({str(e["uid"]) for e in entries}) == 2
    assert {e["dtstart"].dt for e in entries} == {event.held_on}


def test_each_file_of_one_person_is_newer_than_the_one_before(event: Event, museum: Registration) -> None:
    officer = User.objects.get(is_superuser=True)
    services.announce_change(Event.objects.get(), by=officer, facts={"venue_en": "Kelham Hall"})
    museum = Registration.objects.get(pk=museum.pk)
    services.withdraw(museum, by="Ana Reed")
    again = services.invite(museum, by=officer, no_talk_reason="She rang.")
    services.accept_invitation(again, by="Ana Reed")

    files = [m.attachments[0][1] for m in Message.objects.order_by("pk") if m.attachments]

    assert [str(entry(text)["status"]) for text in files] == ["CONFIRMED", "CONFIRMED", "CANCELLED", "CONFIRMED"]
    assert len({str(entry(text)["uid"]) for text in files}) == 1
    counts = [int(entry(text)["sequence"]) for text in files]
    assert counts == sorted(set(counts))


# --- files that come with a letter -----------------------------------------------------------------------------------


def place(event: Event, language: str = "en") -> Registration:
    return Registration(event=event, person=Person(name="Ana Reed", language=language), code="ABCDEFGHIJKL")


def test_a_file_that_takes_the_entry_out_again_has_the_same_uid_and_says_cancel(event: Event) -> None:
    name, put, kind = calendar_file(place(event))
    _name, taken, cancel = calendar_file(place(event), cancelled=True)

    assert (name, kind, cancel) == (
        "partnerships-with-purpose.ics",
        "text/calendar; method=PUBLISH",
        "text/calendar; method=CANCEL",
    )
    assert ["METHOD:PUBLISH" in put, "METHOD:CANCEL" in taken, "METHOD:REQUEST" in put + taken] == [True, True, False]
    before, after = entry(put), entry(taken)
    assert (str(before["status"]), str(after["status"])) == ("CONFIRMED", "CANCELLED")
    assert str(before["uid"]) == str(after["uid"]) == "ABCDEFGHIJKL@localhost"
    assert str(before["organizer"]) == str(after["organizer"])
    assert after["dtstart"].dt == before["dtstart"].dt


def test_a_cancelled_event_is_cancelled_in_every_file_of_it(event: Event) -> None:
    event.cancelled_at, event.calendar_sequence = dt.datetime(2031, 1, 1, tzinfo=dt.UTC), 3

    for text in (calendar_file(event)[1], calendar_file(place(event))[1], event_calendar(event)):
        assert "METHOD:CANCEL" in text
        assert (str(entry(text)["status"]), entry(text)["sequence"]) == ("CANCELLED", 3)


def test_a_new_venue_and_known_times_replace_the_entry(event: Event) -> None:
    first = entry(calendar_file(place(event))[1])
    event.venue_en, event.starts_at, event.ends_at = "Kelham Hall", dt.time(10), dt.time(16)
    event.calendar_sequence += 1

    second = entry(calendar_file(place(event))[1])

    assert (first["uid"], second["sequence"] > first["sequence"]) == (second["uid"], True)
    assert (str(second["location"]), second["dtstart"].dt.hour) == ("Kelham Hall", 10)


def test_a_persons_entry_speaks_their_language_whoever_asks_for_it(event: Event) -> None:
    event.name_cy = "Abertawe"

    assert "Abertawe" in str(entry(calendar_file(place(event, "cy"))[1])["summary"])
    assert "Sheffield" in str(entry(calendar_file(place(event, "en"))[1])["summary"])


@pytest.mark.parametrize(
    ("day", "offset"),
    [
        (dt.date(2019, 3, 30), 0),  # the day before the clocks change
        (dt.date(2019, 3, 31), 1),
        (dt.date(2019, 4, 1), 1),
        (dt.date(2019, 10, 26), 1),
        (dt.date(2019, 10, 27), 0),
        (dt.date(2019, 10, 28), 0),
    ],
)
def test_around_the_clock_change_ten_is_ten(day: dt.date, offset: int) -> None:
    event = factories.make_event("near-the-change-2019", held_on=day, starts_at=dt.time(10), ends_at=dt.time(16))

    read = entry(calendar_file(event)[1])

    assert read["dtstart"].dt.astimezone(dt.UTC).hour == 10 - offset
    assert read["dtend"].dt - read["dtstart"].dt == dt.timedelta(hours=6)


def test_a_time_announced_in_winter_for_a_summer_day_is_right_on_british_walls(officer: User, clock: Clock) -> None:
    clock.set(2019, 3, 20)
    event = factories.make_event("fife-2019", held_on=FIFE)
    place = factories.confirm(event, 1, officer)
    event = Event.objects.select_related("programme").get(pk=event.pk)

    services.announce_change(event, by=officer, facts={"starts_at": dt.time(10), "venue_en": "Carnegie Hall"})

    letter = Message.objects.get(key__startswith=f"registration:{place.code}:changed-")
    starts = entry(letter.attachments[0][1])["dtstart"].dt
    assert starts.astimezone(dt.UTC) == dt.datetime(2019, 4, 25, 9, tzinfo=dt.UTC)
    assert "from 10:00" in letter.text
