"""Words for those who are not invited now, and an hour in which every decision can be undone."""

import pytest
from django.conf import LazySettings

from events import services
from events.models import Call, Event, Registration
from partners.models import User
from pwp.journal.models import Entry
from pwp.outbox.delivery import deliver_due_messages
from pwp.outbox.models import Message
from pwp.refusals import Refused
from pwp.states import NotAllowed
from tests import factories

KNOWN = "Known for years."


@pytest.fixture
def asked(event: Event, settings: LazySettings) -> Registration:
    settings.LETTER_HOLD_MINUTES = 60
    return factories.ask(event, 1)


def letter(part: str) -> Message:
    return Message.objects.get(key__contains=f":{part}:")


def test_being_considered_and_waiting_are_different_words_and_letters(asked: Registration, officer: User) -> None:
    services.keep_considering(asked, by=officer, words="The venue tells us on Friday.")

    assert asked.state == "talking"
    assert "You are not on a waiting list." in letter("considering").text
    assert "The venue tells us on Friday." in letter("considering").text
    assert not Message.objects.filter(key__contains=":waiting:").exists()


def test_something_else_is_suggested_with_an_event_and_words(asked: Registration, officer: User) -> None:
    other = factories.make_event("fife-2031")

    services.suggest_elsewhere(asked, by=officer, reason="You work in Fife most of the week.", other=other)

    assert asked.state == "elsewhere"
    assert "You work in Fife most of the week." in letter("elsewhere").text
    assert "/events/fife-2031/" in letter("elsewhere").text


@pytest.mark.parametrize("agreed", [True, False])
def test_who_is_far_from_every_event_reads_what_we_can_still_do(event: Event, officer: User, agreed: bool) -> None:
    far = factories.ask(event, 1, work_place="PL1 1AA", consents={"keep_in_touch": agreed})

    services.not_this_time(far, by=officer, reason="Plymouth is far, and your idea is good.", no_event_near=True)

    text = letter("no-event-near").text
    assert far.state == "not_this_time"
    assert "our materials for first talks" in text
    assert ("We will write when there is one." in text) == agreed
    assert ("We do not write about them unless you say so." in text) != agreed


@pytest.mark.parametrize("words", ["", "   ", "We had to choose. [Please write why.]"])
def test_a_no_never_leaves_without_words_that_a_person_finished(asked: Registration, officer: User, words: str) -> None:
    for say in (services.not_this_time, services.suggest_elsewhere):
        with pytest.raises(Refused):
            say(asked, by=officer, reason=words)

    assert (asked.state, Message.objects.exclude(key__contains="acknowledgement").count()) == ("requested", 0)


def decide(what: str, asked: Registration, officer: User) -> None:
    if what == "invited":
        services.invite(asked, by=officer, no_talk_reason=KNOWN)
    elif what == "talking":
        services.keep_considering(asked, by=officer)
    elif what == "not_this_time":
        services.not_this_time(asked, by=officer, reason="Too far this time.")
    elif what == "elsewhere":
        services.suggest_elsewhere(asked, by=officer, reason="Something nearer.")
    else:
        Event.objects.filter(pk=asked.event_id).update(capacity=1)
        factories.invite(asked.event, 99, officer)
        services.keep_waiting(asked, by=officer, reason=KNOWN)


@pytest.mark.parametrize("what", ["invited", "talking", "waiting", "not_this_time", "elsewhere"])
def test_within_the_hour_a_decision_is_undone_and_its_letter_never_leaves(
    asked: Registration, officer: User, what: str
) -> None:
    decide(what, asked, officer)
    assert asked.state == what

    assert services.undo_decision(asked, by=officer) == "requested"

    deliver_due_messages()
    asked.refresh_from_db()
    assert (asked.state, asked.left_at) == ("requested", None)
    assert set(Message.objects.to_person(asked.person.code).values_list("state", flat=True)) == {"sent", "cancelled"}
    assert [e.to_state for e in Entry.objects.about(asked).order_by("pk")] == ["requested", what, "requested"]
    assert not asked.invitations.filter(state__in=("held", "sent")).exists()


@pytest.mark.parametrize("what", ["invited", "talking", "waiting", "not_this_time", "elsewhere"])
def test_once_its_letter_has_left_a_decision_cannot_be_undone(
    asked: Registration, officer: User, what: str, settings: LazySettings
) -> None:
    settings.LETTER_HOLD_MINUTES = 0
    decide(what, asked, officer)
    deliver_due_messages()

    with pytest.raises(Refused, match="Too late"):
        services.undo_decision(asked, by=officer)

    assert Registration.objects.get(pk=asked.pk).state == what


def test_a_decision_that_was_undone_can_be_made_again_with_its_letter(asked: Registration, officer: User) -> None:
    for words in ("Too far this time.", "Too late this time."):
        services.not_this_time(asked, by=officer, reason=words)
        if "far" in words:
            services.undo_decision(asked, by=officer)

    letters = Message.objects.filter(key__contains=":not-this-time:").order_by("pk")
    assert [m.state for m in letters] == ["cancelled", "queued"]
    assert "Too late this time." in letters[1].text


def test_nothing_is_undone_that_was_no_decision(asked: Registration, event: Event, officer: User) -> None:
    place = factories.confirm(event, 2, officer)
    for one in (asked, place):
        with pytest.raises(Refused, match="nothing to undo"):
            services.undo_decision(one, by=officer)


def test_undoing_an_invitation_puts_somebody_back_where_they_were_in_line(
    officer: User, settings: LazySettings
) -> None:
    settings.LETTER_HOLD_MINUTES = 60
    event = factories.make_event(capacity=1)
    place = factories.confirm(event, 1, officer)
    waiting = factories.ask(event, 2)
    services.keep_waiting(waiting, by=officer, reason=KNOWN)
    since = waiting.waiting_since
    services.withdraw(place, by="Person 1")
    waiting.refresh_from_db()
    assert waiting.state == "invited"

    services.undo_decision(waiting, by=officer)

    waiting.refresh_from_db()
    assert (waiting.state, waiting.waiting_since) == ("waiting", since)


def test_without_an_email_a_decision_is_a_call_and_can_be_undone_until_it_is_made(event: Event, officer: User) -> None:
    asked = factories.ask(event, 1, email="", phone="0114 496 0001")
    services.invite(asked, by=officer, no_talk_reason=KNOWN)
    assert Call.objects.get().why == "no_email"

    services.undo_decision(asked, by=officer)
    assert (asked.state, Call.objects.get().state) == ("requested", "not_needed")

    services.invite(asked, by=officer, no_talk_reason=KNOWN)
    services.make_call(Call.objects.get(state="to_make"), by=officer, note="Told her.")
    with pytest.raises(Refused, match="Too late"):
        services.undo_decision(asked, by=officer)


def test_who_has_an_invitation_or_a_place_is_not_decided_about(event: Event, officer: User) -> None:
    invited = factories.invite(event, 1, officer).registration
    placed = factories.confirm(event, 2, officer)
    for one in (invited, placed):
        with pytest.raises(NotAllowed):
            services.keep_considering(one, by=officer)
        with pytest.raises(NotAllowed):
            services.not_this_time(one, by=officer, reason="No.")


def test_a_note_about_somebody_invited_leaves_the_invitation_to_be_undone_whole(
    asked: Registration, officer: User
) -> None:
    services.invite(asked, by=officer, no_talk_reason=KNOWN)
    services.say_how_near(asked, "local", by=officer, reason="Their choir sings here.")

    services.undo_decision(asked, by=officer)

    assert (asked.state, asked.invitations.get().state) == ("requested", "withdrawn")
