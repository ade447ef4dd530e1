"""How often a page asks the database: as often for three rows as for one, and seldom."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from events.models import Event, Registration
from matching import services as matching
from partners.models import Person, User
from tests import factories

BOOKKEEPING = ("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "COMMIT", "PRAGMA")


def queries(act: Callable[[], object]) -> list[str]:
    """What `act` asks, without the bookkeeping of transactions and of the session."""
    with CaptureQueriesContext(connection) as captured:
        act()
    asked = [query["sql"] for query in captured.captured_queries]
    return [sql for sql in asked if not sql.lstrip().upper().startswith(BOOKKEEPING) and "django_session" not in sql]


def page(client: Client, path: str) -> Callable[[], object]:
    def get() -> None:
        assert client.get(path).status_code == 200

    get()  # whatever is read once and kept, is kept by now
    return get


class Crowd:
    """A museum at an event, and more and more of everything around it."""

    def __init__(self) -> None:
        self.officer = factories.make_staff()
        self.event = factories.make_event(capacity=90)
        self.kinds = [factories.make_kind(slug) for slug in ("stories", "space")]
        self.theme = factories.make_theme("history")
        self.mine = factories.confirm(self.event, 1, self.officer)
        self.user = factories.sign_up(self.mine)
        self.desk, self.guest, self.stranger = Client(), Client(), Client()
        self.desk.force_login(self.officer)
        self.guest.force_login(self.user)
        self.number = 1

    def grow(self, rows: int) -> None:
        for _ in range(rows):
            self._one_more()

    def _one_more(self) -> None:
        self.number += 1
        n = self.number * 2
        another = factories.make_event(f"place-{n}-2031")
        other = factories.confirm(self.event, n, self.officer)
        factories.sign_up(other)
        for place in (self.mine, other):
            place.organisation.themes.add(self.theme)
            for listing in place.organisation.listings.all():
                listing.kinds.set(self.kinds)
        pair = factories.suggest(self.event, self.mine.organisation, other.organisation)
        factories.suggest(another, self.mine.organisation, other.organisation)
        for place in (self.mine, other):
            matching.answer_suggestion(pair, organisation=place.organisation, person=place.person, choice="yes")
        waiting = factories.confirm(self.event, n + 200, self.officer)
        factories.suggest(self.event, self.mine.organisation, waiting.organisation)
        mine_too = factories.confirm(another, n + 401, self.officer, email=self.user.email)
        factories.sign_up(mine_too)
        factories.ask(self.event, n + 600)
        self.mine.organisation.listings.create(side="need", text=f"Need {n}", pending_text="New words")


PAGES: dict[str, Callable[[Crowd], tuple[Client, str]]] = {
    "home": lambda c: (c.stranger, "/"),
    "event": lambda c: (c.stranger, c.event.get_absolute_url()),
    "ask": lambda c: (c.stranger, "/ask/"),
    "my page": lambda c: (c.guest, "/my/"),
    "own profile": lambda c: (c.guest, f"/my/organisations/{c.mine.organisation.code}/"),
    "another's profile": lambda c: (
        c.guest,
        c.event.registrations.coming().exclude(person__user=c.user)[0].organisation.get_absolute_url(),
    ),
    "suggested partners": lambda c: (c.guest, f"/events/{c.event.slug}/partners/"),
    "suggested partners, filtered": lambda c: (c.guest, f"/events/{c.event.slug}/partners/?band=strong&unanswered=on"),
    "requests, for staff": lambda c: (c.desk, reverse("admin:events_registration_changelist")),
    "calls, for staff": lambda c: (c.desk, reverse("admin:events_call_changelist")),
    "invitations, for staff": lambda c: (c.desk, reverse("admin:events_invitation_changelist")),
    "organisations, for staff": lambda c: (c.desk, reverse("admin:partners_organisation_changelist")),
    "possible duplicates, for staff": lambda c: (c.desk, reverse("admin:partners_organisation_duplicates")),
    "people who may be there twice, for staff": lambda c: (c.desk, reverse("admin:partners_person_duplicates")),
    "an organisation, for staff": lambda c: (
        c.desk,
        reverse("admin:partners_organisation_change", args=[c.mine.organisation.pk]),
    ),
    "people, for staff": lambda c: (c.desk, reverse("admin:partners_person_changelist")),
    "words to read, for staff": lambda c: (c.desk, reverse("admin:partners_listing_changelist")),
    "suggestions, for staff": lambda c: (c.desk, reverse("admin:matching_suggestion_changelist")),
    "introductions, for staff": lambda c: (c.desk, reverse("admin:matching_introduction_changelist")),
    "letters, for staff": lambda c: (c.desk, reverse("admin:outbox_message_changelist")),
    "journal, for staff": lambda c: (c.desk, reverse("admin:journal_entry_changelist")),
}


def test_every_list_asks_as_often_for_three_rows_as_for_one() -> None:
    crowd = Crowd()
    crowd.grow(1)
    one = {name: len(queries(page(*of(crowd)))) for name, of in PAGES.items()}

    crowd.grow(2)
    three = {name: len(queries(page(*of(crowd)))) for name, of in PAGES.items()}

    assert three == one


def test_the_event_page_asks_four_times_at_most(client: Client, event: Event) -> None:
    assert len(queries(page(client, event.get_absolute_url()))) <= 4


def test_the_first_page_asks_three_times_at_most(client: Client, event: Event) -> None:
    assert len(queries(page(client, "/"))) <= 3


def test_suggested_partners_ask_eight_times_at_most() -> None:
    crowd = Crowd()
    crowd.grow(3)

    asked = queries(page(crowd.guest, f"/events/{crowd.event.slug}/partners/"))

    assert len([sql for sql in asked if "partners_user" not in sql.partition("WHERE")[0]]) <= 8
    assert len(asked) <= 10  # with who is looking


@pytest.mark.parametrize(("place", "most"), [("S1 2HH", 27), ("KY1 1XT", 28)], ids=["near", "far"])
def test_asking_from_the_empty_form_to_the_end_page_asks_little(
    client: Client, event: Event, place: str, most: int
) -> None:
    given = {
        "name": "Moira Baird",
        "email": "moira@two-rooms.example",
        "organisation": "Two Rooms Museum",
        "sector": "museum",
        "work_place": place,
        "size": "tiny",
        "authority": "yes",
        "offer": "A dry room.",
        "need": "Stories.",
        "event": event.slug,
        "visible_at_event": "on",
    }
    page(client, "/ask/")

    def ask() -> None:
        client.get("/ask/")
        assert client.post("/ask/", given, follow=True).status_code == 200

    asked = queries(ask)

    assert Registration.objects.get().state == "requested"
    assert len(asked) <= most, "\n".join(sql[:160] for sql in asked)


def test_signing_in_and_opening_ones_page_asks_little(client: Client, event: Event) -> None:
    registration = factories.ask(event, 1)
    client.force_login(factories.sign_up(registration))

    assert len(queries(page(client, "/my/"))) <= 10


@pytest.mark.parametrize("number", [2, 12])
def test_a_run_asks_as_often_for_many_organisations_as_for_few(number: int) -> None:
    officer: User = factories.make_staff()
    event = factories.make_event(capacity=90)
    for one in range(1, number + 1):
        factories.confirm(event, one, officer)

    from matching import snapshot

    asked = queries(lambda: snapshot.gathering(event, as_of=Person.objects.earliest("pk").created_at))

    assert len(asked) == 24
