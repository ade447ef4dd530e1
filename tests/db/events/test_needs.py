"""What people need to take part: asked once invited, read by two roles, passed on to nobody, gone after thirty days."""

import datetime as dt

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from events import services
from events.exports import RequestResource
from events.models import Arrangement, Event, Registration
from partners.models import User
from pwp.journal.models import Entry
from pwp.outbox.models import Message
from tests import factories
from tests.html import read

AGREED = {"agree": "on", "access": "A ramp.", "diet": "No nuts"}


@pytest.fixture
def desk(client: Client, officer: User) -> Client:
    """The officer's browser."""
    client.force_login(officer)
    return client


def page_of(registration: Registration) -> str:
    return f"/request/{services.request_token(registration)}/needs/"


@pytest.mark.parametrize("prefix", ["", "/cy"])
def test_somebody_with_a_place_says_what_they_need_and_changes_it(
    client: Client, museum: Registration, prefix: str
) -> None:
    page = prefix + page_of(museum)
    assert client.post(page, AGREED).status_code == 302
    assert dict(museum.arrangements.values_list("kind", "words")) == {"access": "A ramp.", "diet": "No nuts"}
    Arrangement.objects.update(arranged_on=timezone.localdate())

    client.post(page, AGREED | {"access": "A ramp and a seat.", "diet": ""})

    left = museum.arrangements.get()
    assert (left.words, left.arranged_on) == ("A ramp and a seat.", None)
    assert read(client.get(page)).typed()["access"] == ["A ramp and a seat."]


def test_nothing_is_kept_without_their_agreement(client: Client, museum: Registration) -> None:
    answer = client.post(page_of(museum), {"access": "A ramp."})

    assert answer.status_code == 422
    assert read(answer).typed()["access"] == ["A ramp."]
    assert not Arrangement.objects.exists()


def test_the_page_says_who_reads_it_by_name(client: Client, museum: Registration) -> None:
    assert "Only Ceri Morgan" in read(client.get(page_of(museum))).text


def test_nobody_is_asked_before_they_are_invited(client: Client, event: Event) -> None:
    asked = factories.ask(event, 5)

    assert read(client.get(page_of(asked))).fields() == []
    client.post(page_of(asked), AGREED)
    assert not Arrangement.objects.exists()


def test_the_way_to_it_is_on_the_page_of_the_request_of_those_invited(
    client: Client, event: Event, museum: Registration
) -> None:
    def links(registration: Registration) -> list[str]:
        found = read(client.get(f"/request/{services.request_token(registration)}/")).links()
        return [link for link in found if link.endswith("/needs/")]

    assert len(links(museum)) == 1
    assert links(factories.ask(event, 5)) == []


def test_a_substitute_and_a_move_start_without_any(museum: Registration, officer: User) -> None:
    services.keep_needs(museum, {"access": "A ramp."})

    services.send_colleague(museum, services.Colleague("Ivo Instead", "ivo@group.example"), by="Ana Reed")

    assert Arrangement.objects.exclude(registration=museum).count() == 0
    assert Arrangement.objects.wanted().count() == 0


def test_thirty_days_after_the_event_they_are_gone_and_the_journal_says_so_without_a_name(
    museum: Registration,
) -> None:
    services.keep_needs(museum, {"access": "A ramp.", "quiet": "A room."})
    assert museum.event
    day = dt.datetime.combine(museum.event.held_on, dt.time(12), tzinfo=dt.UTC)
    assert services.purge_arrangements(now=day + dt.timedelta(days=30)) == 0

    assert services.purge_arrangements(now=day + dt.timedelta(days=31)) == 2

    assert not Arrangement.objects.exists()
    line = Entry.objects.about(museum.event).get()
    assert line.reason == "2 needs were removed: thirty days after the event"


def test_those_of_somebody_who_does_not_come_are_gone_at_once(museum: Registration) -> None:
    services.keep_needs(museum, {"access": "A ramp."})
    services.withdraw(museum, by="Ana Reed")

    assert services.purge_arrangements() == 1


def test_the_caterers_sheet_counts_and_has_no_names(
    desk: Client, museum: Registration, community: Registration
) -> None:
    services.keep_needs(museum, {"diet": "Vegan", "access": "A ramp."})
    services.keep_needs(community, {"diet": " vegan"})
    assert museum.event

    page = read(desk.get(reverse("admin:events_event_caterer", args=[museum.event.pk])))

    assert page.words("td") == ["2", "vegan"]
    assert [name for name in ("Ana", "Ben", "ramp") if name in page.text] == []


def test_no_export_and_no_log_holds_them(desk: Client, officer: User, museum: Registration) -> None:
    services.keep_needs(museum, {"access": "A ramp."})
    need = Arrangement.objects.get()
    desk.post(
        reverse("admin:events_arrangement_change", args=[need.pk]),
        {"owner": officer.pk, "arranged_on": "2031-01-05", "note": "Booked."},
    )

    need.refresh_from_db()
    assert (need.owner, str(need.arranged_on), need.words) == (officer, "2031-01-05", "A ramp.")
    assert "ramp" not in str(RequestResource().export().csv)
    assert not LogEntry.objects.exists()


def test_the_officer_says_yes_or_no_to_help_with_costs_and_the_guest_hears_the_last_word_once(
    desk: Client, officer: User, museum: Registration
) -> None:
    services.keep_needs(museum, {"cost": "A taxi from the farm."})
    need = Arrangement.objects.get()
    page = reverse("admin:events_arrangement_change", args=[need.pk])
    for answer in ("unknown", "false", "true"):
        desk.post(page, {"granted": answer, "note": "Ring the firm in Leven."})

    need.refresh_from_db()
    assert (need.granted, need.arranged_on, need.owner) == (True, timezone.localdate(), officer)
    letters = Message.objects.filter(key__contains=":costs:").order_by("pk")
    assert [letter.state for letter in letters] == ["cancelled", "queued"]
    last = letters.last()
    assert last
    assert [words in last.text for words in ("Yes, we can.", "Ring the firm in Leven.", "farm")] == [True, True, False]
    assert not Entry.objects.filter(reason__contains="Leven").exists()

    assert museum.event
    day = dt.datetime.combine(museum.event.held_on, dt.time(12), tzinfo=dt.UTC)
    services.purge_arrangements(now=day + dt.timedelta(days=31))
    assert not Message.objects.filter(key__contains=":costs:").exists()


def test_somebody_without_an_address_is_rung_about_their_costs(event: Event, officer: User) -> None:
    asked = factories.confirm(event, 7, officer, email="", phone="0114 496 0007")
    services.keep_needs(asked, {"cost": "A taxi."})

    services.decide_costs(Arrangement.objects.get(), granted=False, words="", by=officer)

    assert "whether we can help with their costs" in asked.calls.latest("pk").news
