"""Staff know better than a list: their last word counts, with a reason in the journal."""

import pytest
from django.test import Client
from django.urls import reverse

from events import services
from events.models import Event, Registration
from partners.models import User
from partners.services import report_concern
from pwp.journal.models import Entry
from pwp.refusals import Refused
from tests import factories, html


@pytest.fixture
def desk(client: Client, officer: User) -> Client:
    client.force_login(officer)
    return client


@pytest.fixture
def far(event: Event) -> Registration:
    return factories.ask(event, 1, work_place="PL1 1AA")


def page_of(registration: Registration) -> str:
    return reverse("admin:events_registration_change", args=[registration.pk])


def test_staff_say_how_near_a_request_counts_and_why(desk: Client, far: Registration, officer: User) -> None:
    address = reverse("admin:events_registration_nearness", args=[far.pk])
    assert address in html.read(desk.get(page_of(far))).links()
    assert "not near, Plymouth" in desk.get(address).content.decode()
    assert desk.post(address, {"level": "local", "reason": ""}).status_code == 422

    desk.post(address, {"level": "local", "reason": "They run a club in Sheffield."})

    queue = desk.get(reverse("admin:events_registration_changelist")).content.decode()
    assert "local, as staff decided: They run a club in Sheffield." in queue
    line = Entry.objects.about(far).latest("pk")
    assert (line.by, line.reason) == (officer, "counts as: local. They run a club in Sheffield.")


def test_staff_can_go_back_to_the_list(far: Registration, officer: User) -> None:
    services.say_how_near(far, "local", by=officer, reason="They run a club here.")
    services.say_how_near(far, "", by=officer, reason="The club has closed.")

    far.refresh_from_db()
    assert (far.counts_as, far.counts_as_because) == ("", "")


@pytest.mark.parametrize(("level", "reason"), [("local", " "), ("nonsense", "Because.")])
def test_a_word_without_a_reason_or_without_sense_is_refused(
    far: Registration, officer: User, level: str, reason: str
) -> None:
    with pytest.raises((Refused, ValueError)):
        services.say_how_near(far, level, by=officer, reason=reason)

    far.refresh_from_db()
    assert far.counts_as == ""


def test_the_person_reads_what_staff_decided_and_not_why(client: Client, far: Registration, officer: User) -> None:
    services.say_how_near(far, "local", by=officer, reason="Their choir sings here.")

    page = html.read(client.get(reverse("events:request-detail", args=[services.request_token(far)]))).text

    assert "You look local to Sheffield." in page
    assert "Their choir sings here." not in page


def test_a_request_names_other_events_that_are_near(desk: Client, event: Event) -> None:
    other = factories.make_event("plymouth-2031")
    other.areas.all().delete()
    other.areas.create(council_code="E06000026", name_en="Plymouth", nearness="core")
    registration = factories.ask(event, 1, work_place="PL1 1AA")

    assert "Other events: Plymouth: local." in html.read(desk.get(page_of(registration))).text


def test_a_request_shows_what_its_organisation_looks_like(desk: Client, event: Event) -> None:
    factories.ask(event, 1, organisation="Birkhill Folk Museum", work_place="KY15 5NF")
    second = factories.ask(event, 2, organisation="Birkhill Folk Museum Trust", work_place="KY15 5NF")

    page = html.read(desk.get(page_of(second)))

    assert "Probably the same, because of" in page.text
    assert [link for link in page.links() if "/merge/" in link] != []


def test_words_under_a_concern_are_neither_on_a_request_nor_found_by_the_queues_search(
    desk: Client, event: Event, officer: User
) -> None:
    registration = factories.ask(event, 1, offer="A clarinet and a clarinet case.", need="A clarinet teacher.")
    offer = registration.organisation.listings.get(side="offer")

    def found(word: str) -> list[Registration]:
        address = reverse("admin:events_registration_changelist")
        return list(desk.get(address, {"q": word}).context["cl"].result_list)

    assert found("clarinet") == [registration]
    report_concern(registration.organisation, offer, worry="A name.", by=officer)

    assert (found("case"), found("teacher")) == ([], [registration])
    page = desk.get(page_of(registration)).content.decode()
    assert ("clarinet case" in page, "clarinet teacher" in page) == (False, True)


def test_requests_can_be_taken_away_as_a_table(desk: Client, event: Event) -> None:
    factories.ask(event, 1)

    table = desk.get(reverse("admin:events_registration_export", args=["csv"])).content.decode("utf-8-sig")

    assert table.splitlines()[0].startswith("code,event,state,person_code,person,")
    assert "Person 1" in table
