"""Reminders that stop, invitations nobody answers, and calls for those whom no letter reaches."""

import pytest
from django.utils import timezone

from events import services
from events.models import Call, Conversation, Event, Invitation, Registration
from partners.models import User
from pwp.outbox.bounces import mark_bounced
from pwp.outbox.delivery import deliver_due_messages
from pwp.outbox.models import Message
from pwp.outbox.services import retry_message
from pwp.refusals import Refused
from pwp.states import NotAllowed
from tests import factories
from tests.clock import Clock

KNOWN = "Known for years."


def reminders() -> list[str]:
    return list(Message.objects.filter(key__contains=":reminder-").order_by("pk").values_list("key", flat=True))


def calls(state: str = "to_make") -> list[tuple[str, str]]:
    rows = Call.objects.filter(state=state).order_by("pk")
    return [(call.why, call.registration.person.name) for call in rows.select_related("registration__person")]


@pytest.fixture
def invitation(event: Event, officer: User, clock: Clock) -> Invitation:
    """Written on the 1st of December, to be answered by the 15th."""
    clock.set(2030, 12, 1)
    return factories.invite(event, 1, officer)


def test_reminders_go_seven_and_three_days_before_once_each(invitation: Invitation, clock: Clock) -> None:
    counts = []
    for day in range(1, 16):
        clock.set(2030, 12, day)
        counts += [services.queue_reminders(), services.queue_reminders()]
    clock.set(2030, 12, 16)
    services.expire_invitations()
    services.queue_reminders()

    assert [key.split(":")[2] for key in reminders()] == ["reminder-7", "reminder-3"]
    assert sum(counts) == 2


@pytest.mark.parametrize("answer", ["accept", "decline", "withdraw"])
def test_any_answer_stops_the_reminders_also_one_that_waits_to_leave(
    invitation: Invitation, clock: Clock, answer: str
) -> None:
    clock.set(2030, 12, 9)
    services.queue_reminders()
    if answer == "accept":
        services.accept_invitation(invitation, by="Person 1")
    elif answer == "decline":
        services.decline_invitation(invitation, by="Person 1")
    else:
        services.withdraw(invitation.registration, by="Person 1")
    clock.set(2030, 12, 13)

    assert services.queue_reminders() == 0
    assert list(Message.objects.filter(key__contains=":reminder-").values_list("state", flat=True)) == ["cancelled"]


def test_nobody_is_reminded_of_a_letter_that_came_just_now(event: Event, officer: User, clock: Clock) -> None:
    Event.objects.filter(pk=event.pk).update(reply_days=4)
    clock.set(2030, 12, 1)
    factories.invite(event, 1, officer)
    clock.set(2030, 12, 2, 10)

    assert services.queue_reminders() == 0


def test_a_beat_that_slept_a_week_sends_the_last_reminder_alone(invitation: Invitation, clock: Clock) -> None:
    clock.set(2030, 12, 13)
    services.queue_reminders()

    assert [key.split(":")[2] for key in reminders()] == ["reminder-3"]


def test_silence_frees_the_place_and_puts_the_person_on_the_list_of_calls(invitation: Invitation, clock: Clock) -> None:
    clock.set(2030, 12, 16)
    services.expire_invitations()

    assert calls() == [("silent", "Person 1")]
    assert Registration.objects.get().state == "talking"


def test_somebody_without_an_email_is_called_about_what_they_would_have_read(
    event: Event, officer: User, clock: Clock
) -> None:
    clock.set(2031, 1, 6)
    asked = factories.ask(event, 1, email="", phone="0114 496 0001")
    invitation = services.invite(asked, by=officer, no_talk_reason=KNOWN)
    assert calls() == [("no_email", "Person 1")]

    services.accept_invitation(invitation, by=officer, via=Invitation.Via.PHONE)
    assert calls() == []
    clock.set(2031, 1, 28)
    services.queue_warm_ups()
    clock.set(2031, 2, 5)
    services.queue_joining_notes()
    services.queue_joining_notes()

    assert calls() == [("no_email", "Person 1")] * 2


def test_a_letter_that_bounced_makes_one_call_and_two_delays_do_too(event: Event, officer: User) -> None:
    bounced, delayed, fine = (factories.invite(event, number, officer) for number in (1, 2, 3))
    Message.objects.filter(key__startswith=f"invitation:{bounced.code}:").update(bounced_at=timezone.now())
    Message.objects.filter(key__startswith=f"invitation:{delayed.code}:").update(delays=2)
    Message.objects.filter(key__startswith=f"invitation:{fine.code}:").update(delays=1)

    assert [services.queue_calls(), services.queue_calls()] == [2, 0]
    assert calls() == [("bounced", "Person 1"), ("bounced", "Person 2")]


def test_a_letter_that_comes_back_again_after_it_was_sent_again_makes_a_second_call(
    event: Event, officer: User, clock: Clock
) -> None:
    clock.set(2030, 12, 1)
    factories.invite(event, 1, officer)
    letter = Message.objects.get(key__contains=":sent:")

    def comes_back() -> int:
        clock.forward(hours=2)
        deliver_due_messages(now=clock.at)
        letter.refresh_from_db()
        mark_bounced(letter, said="no such person")
        return services.queue_calls() + services.queue_calls()

    assert comes_back() == 1
    services.make_call(Call.objects.get(), by=officer, note="They spelt it for me.")
    retry_message(letter, to_email="ana@new.example")

    assert comes_back() == 1
    assert set(calls()) == {("bounced", "Person 1")}


def test_nobody_is_called_about_a_letter_to_somebody_who_left(event: Event, officer: User) -> None:
    gone = factories.invite(event, 1, officer)
    services.withdraw(gone.registration, by="Person 1")
    Message.objects.update(bounced_at=timezone.now())

    assert services.queue_calls() == 0


def test_a_call_enters_the_answer_at_once_and_is_kept_as_a_talk(event: Event, officer: User) -> None:
    factories.invite(event, 1, officer, email="", phone="0114 496 0001")
    call = Call.objects.get()

    with pytest.raises(Refused, match="what was said"):
        services.make_call(call, by=officer, note=" ", answer="yes")
    services.make_call(call, by=officer, note="She is glad to come.", answer="yes")

    registration = Registration.objects.get()
    invitation = registration.invitations.get()
    assert (registration.state, invitation.state, invitation.answered_via) == ("confirmed", "accepted", "phone")
    assert (call.state, Conversation.objects.get().summary) == ("made", "She is glad to come.")


def test_a_no_by_phone_frees_the_place(event: Event, officer: User) -> None:
    factories.invite(event, 1, officer, email="", phone="0114 496 0001")
    services.make_call(Call.objects.get(), by=officer, note="Cannot come.", answer="no")

    assert (Registration.objects.get().state, services.places_promised(event)) == ("declined", 0)


def test_an_answer_to_nothing_is_refused_and_the_call_stays(event: Event, officer: User, clock: Clock) -> None:
    clock.set(2030, 12, 1)
    factories.invite(event, 1, officer)
    clock.set(2030, 12, 16)
    services.expire_invitations()

    with pytest.raises(Refused, match="invite them again"):
        services.make_call(Call.objects.get(), by=officer, note="Would come.", answer="yes")

    assert (Call.objects.get().state, Conversation.objects.count()) == ("to_make", 0)


def test_a_call_is_made_once_and_can_be_put_back(event: Event, officer: User) -> None:
    factories.invite(event, 1, officer, email="", phone="0114 496 0001")
    call, copy = Call.objects.get(), Call.objects.get()
    services.drop_call(call, by=officer, reason="Met her in the street.")

    with pytest.raises(Refused):
        services.make_call(copy, by=officer, note="Rang.")
    services.reopen_call(call, by=officer)
    with pytest.raises(NotAllowed):
        services.reopen_call(call, by=officer)

    assert calls() == [("no_email", "Person 1")]


def test_the_first_press_says_when_an_invitation_was_opened(invitation: Invitation, clock: Clock) -> None:
    first = clock.set(2030, 12, 3)
    services.mark_opened(invitation)
    clock.set(2030, 12, 5)
    services.mark_opened(invitation)

    invitation.refresh_from_db()
    assert invitation.opened_at == first
