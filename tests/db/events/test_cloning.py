"""An event once more on another day, and a programme for its next round: everything but the people."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse

from events import services
from events.models import Event, Programme, Registration, SectorPlaces
from partners.models import User
from pwp.journal.models import Entry
from pwp.refusals import Refused

LATER = dt.date(2032, 3, 9)


@pytest.fixture
def full(museum: Registration, officer: User) -> Event:
    event = museum.event
    assert event
    event.joining_notes_en, event.venue_en, event.over_invite = "By the bridge.", "The Mill", 3
    event.calendar_sequence = 2
    event.save()
    event.helpers.add(officer)
    SectorPlaces.objects.create(event=event, sector="museum", wanted=8, held=2)
    return event


def test_an_event_is_copied_with_its_areas_mix_and_words_and_without_anybody(full: Event, officer: User) -> None:
    new = services.clone_event(full, LATER, by=officer)

    assert (new.slug, new.held_on, new.capacity, new.over_invite) == ("sheffield-2032", LATER, full.capacity, 3)
    assert (new.joining_notes_en, new.venue_en, new.calendar_sequence) == ("By the bridge.", "The Mill", 0)
    assert [area.council_code for area in new.areas.all()] == [area.council_code for area in full.areas.all()]
    assert list(new.sector_places.values_list("sector", "wanted", "held")) == [("museum", 8, 2)]
    assert (new.registrations.count(), new.helpers.count()) == (0, 0)
    assert Entry.objects.about(new).get().by_name == officer.email


def test_the_original_keeps_everything(full: Event, officer: User) -> None:
    services.clone_event(full, LATER, by=officer)

    full.refresh_from_db()
    assert (full.slug, full.areas.count(), full.sector_places.count()) == ("sheffield-2031", 2, 1)
    assert (full.registrations.count(), full.helpers.count()) == (1, 1)


def test_a_second_copy_in_the_same_year_has_an_address_of_its_own(full: Event, officer: User) -> None:
    slugs = [services.clone_event(full, LATER + dt.timedelta(days=n), by=officer).slug for n in range(2)]

    assert slugs == ["sheffield-2032", "sheffield-2032-2"]


def test_a_programme_is_copied_closed_and_its_events_keep_their_distances(
    full: Event, outsider: Registration, officer: User
) -> None:
    assert outsider.event
    Event.objects.filter(pk=outsider.event.pk).update(held_on=full.held_on + dt.timedelta(days=9))
    Programme.objects.update(answer_within_days=3, officer_hours_en="Mondays")

    new = services.clone_programme(Programme.objects.get(), LATER, by=officer)

    assert [event.held_on for event in new.events.order_by("held_on")] == [LATER, LATER + dt.timedelta(days=9)]
    assert (new.state, new.answer_within_days, new.officer_hours_en) == ("closed", 3, "Mondays")
    assert not Event.objects.asking_open().filter(programme=new).exists()


def test_a_next_round_does_not_begin_before_this_one_is_over(full: Event, officer: User) -> None:
    with pytest.raises(Refused):
        services.clone_programme(full.programme, full.held_on, by=officer)


def test_the_officer_copies_by_one_date_and_one_button(client: Client, officer: User, full: Event) -> None:
    client.force_login(officer)
    page = reverse("admin:events_event_clone", args=[full.pk])
    assert client.get(page).status_code == 200
    assert Event.objects.count() == 1

    client.post(page, {"day": "2032-03-09"})
    client.post(reverse("admin:events_programme_clone", args=[full.programme_id]), {"day": "2033-03-08"})

    assert sorted(Event.objects.values_list("slug", flat=True)) == [
        "sheffield-2031",
        "sheffield-2032",
        "sheffield-2033",
        "sheffield-2034",
    ]
