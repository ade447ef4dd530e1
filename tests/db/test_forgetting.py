"""Who is forgotten six months after they left is in no row of any table: not by name, address, phone or their words."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.db.models import Model
from django.utils import timezone

from events import services as events
from events.models import Conversation, Event, Invitation, Registration
from matching import services as matching
from partners import services as partners
from partners.models import User
from pwp.journal.models import Entry
from pwp.outbox.models import KeptMail, Message
from tests import factories
from tests.world import everything

pytestmark = pytest.mark.django_db

NAME, EMAIL, PHONE = "Ottoline Quillfeather", "ottoline@quill-street.example", "0114 496 7777"
PLANTED = ("Ottoline", "Quillfeather", EMAIL, PHONE, "quince")  # the last is in everything they say
LATER = dt.timedelta(days=190)


def found() -> set[str]:
    return {
        f"{table}: {word}"
        for table, rows in everything().items()
        for word in PLANTED
        if any(word.casefold() in row.casefold() for row in rows)
    }


def log_as_changed(officer: User, *rows: Model) -> None:
    LogEntry.objects.log_actions(officer.pk, rows, CHANGE, f"Changed what {NAME} said.")


@pytest.fixture
def guest(event: Event, officer: User, community: Registration) -> Registration:
    """Somebody with a place, of whom every field and every table knows something."""
    draft = events.keep_draft(None, {"name": NAME, "email": EMAIL})
    events.mail_draft_link(draft, email=EMAIL, name=NAME, token="t" * 32, language="en")
    asked = factories.ask(event, 41, name=NAME, email=EMAIL, phone=PHONE, organisation="Quill Street Museum")
    talk = Conversation(registration=asked, means="call", summary=f"{NAME} has a quince.", next_step="Ask her quince.")
    events.log_conversation(talk, by=officer)
    events.not_this_time(asked, by=officer, reason="Dear Ottoline Quillfeather, yours is the third band.")
    events.undo_decision(asked, by=officer)
    invitation = events.invite(asked, by=officer, words="Dear Ottoline, bring the quince.")
    events.accept_invitation(invitation, by=NAME)
    asked.refresh_from_db()
    partners.approve_texts(asked.organisation, by=officer)
    mailbox = factories.sign_up(asked)
    asked.person.refresh_from_db()
    events.keep_needs(asked, {"diet": "No quince."})
    day = dt.datetime.combine(event.held_on, dt.time(9), tzinfo=dt.UTC)
    events.queue_warm_ups(now=day - dt.timedelta(days=14))
    events.answer_warm_up(asked, "To talk about the quince.", by=NAME)
    events.add_call(asked, "venue", about="change")
    call = asked.calls.get()
    events.make_call(call, by=officer, note="Ottoline asked about her quince.")
    for worry in ("It is unkind.", "It is untrue."):
        partners.report_concern(community.organisation, worry=worry, by=officer if "kind" in worry else mailbox)
    pair = factories.suggest(event, asked.organisation, community.organisation)
    matching.answer_suggestion(
        pair,
        organisation=asked.organisation,
        person=asked.person,
        choice="no",
        reason="other",
        reason_text="My quince.",
    )
    Registration.objects.filter(pk=asked.pk).update(staff_note="Mind the quince.", agreed_with=NAME)
    asked.person.pronunciation, asked.person.communication = "Otto-line", "Large print for Ottoline"
    asked.person.save()
    KeptMail.objects.create(to=EMAIL, subject="Your code", text=NAME)
    letter = Message.objects.to_person(asked.person.code).first()
    assert letter
    log_as_changed(officer, asked, asked.person, mailbox, call, talk, invitation, letter, asked.membership)
    log_as_changed(officer, asked.organisation, asked.organisation.listings.first(), asked.arrangements.get())
    return asked


def withdraws(guest: Registration, event: Event) -> None:
    events.withdraw(guest, by=NAME, reason="My quince is ill.")


def sends_a_colleague(guest: Registration, event: Event) -> None:
    events.send_colleague(guest, events.Colleague(name="Mari Rees", email="mari@rees.example"), by=NAME)
    events.accept_invitation(Invitation.objects.get(registration__substitute_for=guest), by="Mari Rees")


def moves_and_then_withdraws(guest: Registration, event: Event) -> None:
    other = factories.make_event("fife-2031", held_on=event.held_on + dt.timedelta(days=9))
    new = events.move(guest, other, by=NAME, reason="The quince fair is on that day.")
    events.withdraw(new, by=NAME, reason="Quince.")


LEAVES = [withdraws, sends_a_colleague, moves_and_then_withdraws]


@pytest.mark.parametrize("leaves", LEAVES)
def test_no_row_of_any_table_knows_who_left_six_months_ago(
    leaves: Callable[[Registration, Event], None], guest: Registration, event: Event
) -> None:
    leaves(guest, event)
    assert {"events.Registration: quince", "journal.Entry: Quillfeather", f"partners.User: {EMAIL}"} <= found()

    events.purge_old_requests(now=timezone.now() + LATER)

    assert found() == set()


def test_what_staff_decided_can_still_be_explained(guest: Registration, event: Event) -> None:
    withdraws(guest, event)

    events.purge_old_requests(now=timezone.now() + LATER)

    lines = Entry.objects.about(guest).order_by("pk").values_list("to_state", "by_name", "reason")
    assert ("not_this_time", "officer@partnerships.example", "Dear …, yours is the third band.") in list(lines)


def test_somebody_else_of_the_same_name_and_a_colleague_who_came_keep_their_lines(
    guest: Registration, event: Event
) -> None:
    namesake = factories.ask(event, 42, name=NAME)
    sends_a_colleague(guest, event)
    colleague = Registration.objects.get(substitute_for=guest)

    events.purge_old_requests(now=timezone.now() + LATER)

    assert set(Entry.objects.about(namesake).values_list("by_name", flat=True)) == {NAME}
    lines = Entry.objects.about(colleague).order_by("pk").values_list("to_state", "by_name")
    assert list(lines) == [
        ("requested", "a person who was forgotten"),
        ("invited", "a person who was forgotten"),
        ("confirmed", "Mari Rees"),
    ]
    colleague.refresh_from_db()
    assert (colleague.state, colleague.organisation.name) == ("confirmed", "Quill Street Museum")
