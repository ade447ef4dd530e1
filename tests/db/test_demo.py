"""The demo: one command on an empty database, and the whole pilot is there to be looked at, in every state."""

import io
import json
from collections import Counter

import pytest
from django.core.management import CommandError, call_command
from django.core.management.base import OutputWrapper
from django.db import transaction

from events.models import Event, Invitation, Registration
from matching.models import Answer, Introduction, MatchRun, Suggestion
from partners.models import Consent, Organisation, Person, User
from pwp.management.commands.seed_demo import DATA, PASSWORDS, print_accounts
from pwp.outbox.delivery import deliver_due_messages
from pwp.outbox.models import Message
from tests import html, world

CONTENT = json.loads(DATA.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def said(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> object:
    """The demo, loaded once for this file, and what the command said; taken away again afterwards."""
    with django_db_blocker.unblock(), transaction.atomic():  # type: ignore[attr-defined]
        out = io.StringIO()
        call_command("seed_demo", in_production=True, stdout=out)
        accounts = io.StringIO()
        print_accounts(OutputWrapper(accounts))
        yield accounts.getvalue()
        transaction.set_rollback(True)


def test_every_organisation_of_the_file_is_in_the_state_the_file_says(said: str) -> None:
    wanted = Counter(row["state"] for row in CONTENT["organisations"] for _ in [row, *row.get("more_people", [])])

    states = Counter(Registration.objects.values_list("state", flat=True))

    extra = states - wanted  # a second person of an organisation is asked for, and decided on, apart
    assert not Counter(row["state"] for row in CONTENT["organisations"]) - states
    assert sum(states.values()) == sum(wanted.values())
    assert set(extra) <= {"requested"}
    assert Organisation.objects.count() == len([r for r in CONTENT["organisations"] if r["state"] != "draft"])


def test_every_event_has_suggestions_made_by_the_engine(said: str) -> None:
    assert Event.objects.count() == 4
    assert list(MatchRun.objects.values_list("state", flat=True)) == ["done"] * 4
    counts = [event.suggestions.count() for event in Event.objects.all()]
    assert min(counts) >= 5
    assert Suggestion.objects.filter(reasons=[]).count() == 0


def test_there_is_something_to_see_of_every_kind(said: str) -> None:
    assert Introduction.objects.count() >= 1
    assert set(Answer.objects.values_list("choice", flat=True)) == {"yes", "not_now", "no"}
    assert {"sent", "accepted", "declined"} <= set(Invitation.objects.values_list("state", flat=True))
    assert set(Suggestion.objects.values_list("band", flat=True)) == {"strong", "worth_a_talk", "possible"}
    assert set(Person.objects.values_list("language", flat=True)) == {"en", "cy"}
    assert Consent.objects.exists()


def test_no_letter_fails(said: str, mailoutbox: list[object]) -> None:
    wanted = Message.objects.exclude(state="cancelled")  # who answered before their invitation left is not sent one
    waiting = wanted.count()

    delivered = 0
    while found := deliver_due_messages():
        delivered += found

    assert delivered == waiting == len(mailoutbox)
    assert wanted.exclude(state="sent").count() == 0


def test_the_accounts_sign_in_with_the_passwords_that_are_printed(said: str) -> None:
    printed = [line.split() for line in said.splitlines()]

    assert [(role, password) for role, _, password in printed] == list(PASSWORDS.items())
    for role, email, password in printed:
        client = html.Visitor()
        response = client.post("/sign-in/password/", {"login": email, "password": password})
        assert (role, response.status_code, client.get("/my/").status_code) == (role, 302, 200)
        assert client.get("/admin/").status_code == (200 if role == "officer" else 302)


def test_the_demos_people_have_partners_to_look_at(said: str) -> None:
    for role, slug in (("museum", CONTENT["accounts"]["museum"]), ("community", CONTENT["accounts"]["community"])):
        row = next(row for row in CONTENT["organisations"] if row["slug"] == slug)
        client = html.Visitor()
        client.force_login(User.objects.get(email=row["person"]["email"]))
        (event,) = Event.objects.filter(slug__startswith=f"{row['event']}-")

        page = html.read(client.get(f"/events/{event.slug}/partners/"))

        assert (role, len(page.all("li", class_="suggestion")) >= 3) == (role, True)


def test_a_second_run_is_refused_and_changes_nothing(said: str) -> None:
    before = world.everything()

    with pytest.raises(CommandError, match="loaded into an empty database only"):
        call_command("seed_demo", in_production=True)

    assert world.everything() == before


def test_the_demo_speaks_of_invented_people_only(said: str) -> None:
    emails = [*Person.objects.exclude(contact_email="").values_list("contact_email", flat=True)]

    assert [email for email in emails if not email.endswith(".example")] == []
