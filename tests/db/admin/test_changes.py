"""One page that changes an event's day, time or venue, or cancels it, and tells everybody."""

import re
from collections.abc import Callable

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from events.models import Event, Registration
from partners.models import User
from pwp.journal.models import Entry
from pwp.outbox.models import Message
from tests import factories
from tests.clock import Clock
from tests.db.admin.conftest import as_shown

Confirm = Callable[..., HttpResponse]


@pytest.mark.parametrize(("what", "step"), [("announce", ":changed-"), ("cancel", ":cancelled-")])
def test_everybody_is_told_from_one_page_once(
    desk: Client, confirm: Confirm, event: Event, museum: Registration, what: str, step: str
) -> None:
    page = desk.get(reverse(f"admin:events_event_{what}", args=[event.pk]))
    assert "person1@group1.example" in page.content.decode()
    assert not Message.objects.filter(key__contains=step).exists()

    for _twice in range(2):
        confirm(page, words="The hall has a leak.", held_on="2031-02-11")

    assert Message.objects.filter(key__contains=step).count() == 1
    event.refresh_from_db()
    assert (event.cancelled_at is not None) == (what == "cancel")


def test_a_change_is_told_in_each_language_in_words_that_were_read_before(
    desk: Client, confirm: Confirm, event: Event, officer: User
) -> None:
    factories.confirm(event, 1, officer)
    factories.confirm(event, 2, officer, language="cy")
    address = reverse("admin:events_event_announce", args=[event.pk])
    words = {"words": "The hall has a leak.", "words_cy": "Mae'r neuadd yn gollwng.", "held_on": "2031-02-11"}

    shown = confirm(desk.get(address), **words, preview="1").context["confirmation"].letters
    assert ["The hall has a leak." in shown[0][1].text, "Mae'r neuadd yn gollwng." in shown[1][1].text] == [True, True]
    assert not Message.objects.filter(key__contains=":changed-").exists()

    confirm(desk.get(address), **words)
    texts = dict(Message.objects.filter(key__contains=":changed-").values_list("language", "text"))
    assert "The hall has a leak." in texts["en"]
    assert "Mae'r neuadd yn gollwng." in texts["cy"]
    assert "The hall has a leak." not in texts["cy"]


def test_the_letters_shown_first_are_one_to_who_comes_and_one_to_who_is_invited_as_they_leave(
    desk: Client, confirm: Confirm, event: Event, officer: User, clock: Clock
) -> None:
    clock.set(2030, 11, 22)
    comes = factories.confirm(event, 1, officer)
    invited = factories.invite(event, 2, officer).registration
    factories.confirm(event, 3, officer)
    address, sooner = reverse("admin:events_event_announce", args=[event.pk]), {"held_on": "2030-12-03"}

    shown = confirm(desk.get(address), **sooner, preview="1").context["confirmation"].letters
    confirm(desk.get(address), **sooner)

    assert [registration for registration, _letter in shown] == [comes, invited]
    for registration, letter in shown:
        left = Message.objects.get(key__startswith=f"registration:{registration.code}:changed-")
        assert without_links(left.text) == without_links(letter.text)
    assert "Please answer before 23:59 on Monday 2 December 2030." in shown[1][1].text


def without_links(text: str) -> str:
    return re.sub(r"http\S+", "", text)


NEW_HALL = {"held_on": "2031-02-11", "starts_at": "10:00", "venue_en": "Mill Hall", "venue_postcode": "S1 2HH"}


def test_another_venue_is_one_press_for_page_calendar_letters_and_register(
    desk: Client, confirm: Confirm, event: Event, museum: Registration
) -> None:
    page = desk.get(reverse("admin:events_event_announce", args=[event.pk]))
    shown = confirm(page, **NEW_HALL, preview="1").context["confirmation"].letters[0][1]
    assert "Mill Hall" in shown.text
    assert not Event.objects.exclude(venue_en="").exists()

    confirm(page, **NEW_HALL, words="The hall has a leak.")

    letter = Message.objects.get(key__startswith=f"registration:{museum.code}:changed-")
    public = desk.get(f"/events/{event.slug}/calendar.ics").content.decode()
    register = desk.get(reverse("admin:events_event_register", args=[event.pk])).content.decode()
    for text in (letter.text, letter.attachments[0][1], desk.get(event.get_absolute_url()).content.decode(), register):
        assert "Mill Hall" in text
    assert ["LOCATION:Mill Hall" in public, "SEQUENCE:1\r\n" in public] == [True, True]
    kept = Entry.objects.about(event).first().reason
    assert "venue in English: – → Mill Hall" in kept
    assert "The hall has a leak." in kept


def test_a_slip_is_put_right_without_a_letter(
    desk: Client, confirm: Confirm, event: Event, museum: Registration
) -> None:
    confirm(desk.get(reverse("admin:events_event_announce", args=[event.pk])), **NEW_HALL, quietly="on")

    event.refresh_from_db()
    assert (event.venue_en, event.calendar_sequence) == ("Mill Hall", 1)
    assert not Message.objects.filter(key__contains=":changed-").exists()


def test_no_day_that_is_over_is_announced(desk: Client, confirm: Confirm, event: Event, museum: Registration) -> None:
    page = desk.get(reverse("admin:events_event_announce", args=[event.pk]))

    assert confirm(page, **NEW_HALL | {"held_on": "2021-02-11"}).status_code == 422
    assert confirm(page, **NEW_HALL | {"held_on": ""}).status_code == 422
    assert Event.objects.get(pk=event.pk).venue_en == ""


def test_where_somebody_relies_on_it_the_venue_is_not_changed_beside_the_letters(
    desk: Client, event: Event, museum: Registration
) -> None:
    page = reverse("admin:events_event_change", args=[event.pk])
    shown = as_shown(desk.get(page), "sector_places", "areas") | {"helpers": []}
    assert "venue_en" not in shown

    desk.post(page, shown | {"venue_en": "Mill Hall", "capacity": 30})

    event.refresh_from_db()
    assert (event.venue_en, event.capacity) == ("", 30)
    nobody = factories.make_event("fife-2031")
    assert "venue_en" in as_shown(desk.get(reverse("admin:events_event_change", args=[nobody.pk])))
