"""The weeks before the day, who came, the days after, and what happens when venue or day change."""

import datetime as dt

import pytest
from django.conf import LazySettings
from django.test import Client
from django.utils import timezone
from django.utils.formats import date_format

from events import services
from events.models import Call, Event, Invitation, Programme, Registration
from events.services.places import end_of
from partners.models import User
from pwp.journal.models import Entry
from pwp.outbox.models import Message
from pwp.refusals import Refused
from pwp.states import StaleState
from tests import factories, world
from tests.clock import Clock
from tests.html import read


def letters(step: str) -> list[str]:
    return sorted(Message.objects.filter(key__contains=f":{step}").values_list("to_email", flat=True))


def calls(why: str) -> list[str]:
    rows = Call.objects.filter(why=why, state="to_make").order_by("registration__person__name")
    return [call.registration.person.name for call in rows]


def asked_for(numbers: range, event: Event, officer: User, clock: Clock) -> list[Registration]:
    """Places that were confirmed in December."""
    clock.set(2030, 12, 1)
    return [factories.confirm(event, number, officer) for number in numbers]


# --- before ----------------------------------------------------------------------------------------------------------


def test_two_weeks_before_everybody_with_a_place_is_asked_once(event: Event, officer: User, clock: Clock) -> None:
    asked_for(range(1, 4), event, officer, clock)
    clock.set(2031, 1, 27)
    assert services.queue_warm_ups() == 0

    clock.set(2031, 1, 28)
    assert [services.queue_warm_ups(), services.queue_warm_ups()] == [3, 0]
    assert len(letters("warm-up")) == 3


def test_who_confirmed_since_then_is_not_asked(event: Event, officer: User, clock: Clock) -> None:
    clock.set(2031, 1, 29)
    factories.confirm(event, 1, officer)

    assert services.queue_warm_ups() == 0


def test_a_week_of_silence_makes_a_call_and_keeps_the_place(event: Event, officer: User, clock: Clock) -> None:
    silent, answers = asked_for(range(1, 3), event, officer, clock)
    clock.set(2031, 1, 28)
    services.queue_warm_ups()
    services.answer_warm_up(answers, "To meet a school.", by="Person 2")
    clock.set(2031, 2, 3)
    assert services.queue_calls() == 0

    clock.set(2031, 2, 4, 10)
    assert [services.queue_calls(), services.queue_calls()] == [1, 0]

    assert calls("warm_up") == ["Person 1"]
    silent.refresh_from_db()
    answers.refresh_from_db()
    assert (silent.state, answers.warm_up_answer) == ("confirmed", "To meet a school.")
    services.answer_warm_up(silent, "", by="Person 1")
    assert calls("warm_up") == []


def test_the_question_is_answered_on_its_page_and_a_look_answers_nothing(
    client: Client, event: Event, officer: User, clock: Clock
) -> None:
    [place] = asked_for(range(1, 2), event, officer, clock)
    clock.set(2031, 1, 28)
    services.queue_warm_ups()
    path = f"/request/{world.mailed_token('request', place)}/still-coming/"
    page = read(client.get(path))
    place.refresh_from_db()
    assert (page.words("h1"), place.warm_up_answered_at) == (["Are you still coming?"], None)

    client.post(path, {"answer": "yes", "words": "Time to talk."})

    place.refresh_from_db()
    assert (place.warm_up_answer, place.warm_up_answered_at) == ("Time to talk.", clock.at)


def test_who_has_no_place_any_more_has_nothing_to_answer(client: Client, event: Event, museum: Registration) -> None:
    path = f"/request/{world.mailed_token('request', museum)}/still-coming/"
    services.withdraw(museum, by="Ana Reed")

    assert read(client.get(path)).words("h1") == ["This question is closed"]
    client.post(path, {"answer": "yes"})
    museum.refresh_from_db()
    assert museum.warm_up_answered_at is None


def test_joining_notes_and_the_day_before_come_once_each(event: Event, officer: User, clock: Clock) -> None:
    Event.objects.filter(pk=event.pk).update(joining_notes_en="The green door has no steps.")
    asked_for(range(1, 3), event, officer, clock)
    for day in range(3, 12):
        for hour in (6, 9, 18):
            clock.set(2031, 2, day, hour)
            services.queue_joining_notes()
            services.queue_day_before()

    assert len(letters("joining-notes")) == len(letters("day-before")) == 2
    assert "The green door has no steps." in Message.objects.filter(key__contains=":joining-notes:")[0].text
    first_days = {step: Message.objects.filter(key__contains=f":{step}:").earliest("pk").created_at.day for step in
                  ("joining-notes", "day-before")}  # fmt: skip
    assert first_days == {"joining-notes": 4, "day-before": 10}


def test_while_the_officer_is_away_the_first_letter_says_until_when_and_who_covers(event: Event, clock: Clock) -> None:
    Programme.objects.update(
        away_from=dt.date(2030, 12, 10),
        away_until=dt.date(2030, 12, 24),
        cover_name="Sam Lloyd",
        cover_phone="020 7946 0199",
    )
    event.refresh_from_db()
    texts = []
    for day in (9, 10, 23, 24):
        clock.set(2030, 12, day)
        asked = factories.ask(event, day)
        texts.append(Message.objects.to_person(asked.person.code).get().text)

    assert ["I am away until Tuesday 24 December 2030." in text for text in texts] == [False, True, True, False]
    assert ["Sam Lloyd helps you on 020 7946 0199." in text for text in texts] == [False, True, True, False]


# --- the day ---------------------------------------------------------------------------------------------------------


def test_who_came_is_kept_and_a_correction_leaves_both_in_the_journal(
    event: Event, museum: Registration, officer: User, clock: Clock
) -> None:
    with pytest.raises(Refused, match="has not come yet"):
        services.mark_attendance(museum, True, by=officer)
    clock.set(2031, 2, 11)
    services.mark_attendance(museum, True, by=officer)
    services.mark_attendance(museum, True, by=officer)
    with pytest.raises(Refused, match="say why it was wrong"):
        services.mark_attendance(museum, False, by=officer)

    clock.set(2031, 2, 12)
    services.mark_attendance(museum, False, by=officer, reason="From the paper list: the wrong line was ticked.")

    steps = list(Entry.objects.about(museum).order_by("pk").values_list("to_state", "reason"))[-2:]
    assert steps == [("attended", ""), ("absent", "From the paper list: the wrong line was ticked.")]


@pytest.mark.parametrize("before", ["requested", "waiting", "invited", "withdrawn"])
def test_whoever_stands_at_the_door_is_let_in_and_marked(
    event: Event, officer: User, clock: Clock, before: str
) -> None:
    guest = factories.ask(event, 1)
    if before == "waiting":
        Event.objects.filter(pk=event.pk).update(capacity=1)
        factories.confirm(event, 2, officer)
        services.keep_waiting(guest, by=officer, reason="Known for years.")
    elif before != "requested":
        services.invite(guest, by=officer, no_talk_reason="Known for years.")
    if before == "withdrawn":
        services.withdraw(guest, by="Person 1")
    clock.set(2031, 2, 11)

    services.mark_attendance(guest, True, by=officer)

    guest.refresh_from_db()
    assert (guest.state, guest.walk_in) == ("attended", True)
    assert not guest.invitations.filter(state="sent").exists()


def test_a_stranger_at_the_door_is_entered_and_agrees_to_nothing(event: Event, officer: User, clock: Clock) -> None:
    clock.set(2031, 2, 11)
    asked = factories.Asked(
        event=event, name="Zoe Quick", email="", phone="0114 496 0042", language="en", organisation="Bell Ringers",
        sector="community", work_place="", size="", authority="not_sure", offer="", need="",
    )  # fmt: skip

    guest = services.add_walk_in(asked, by=officer)

    assert (guest.state, guest.walk_in, guest.entered_by) == ("attended", True, officer)
    assert not guest.person.consents.filter(given=True).exists()
    assert Message.objects.count() == 0


def test_the_next_day_who_was_missed_gets_one_kind_letter_and_no_thank_you(
    event: Event, museum: Registration, community: Registration, officer: User, clock: Clock
) -> None:
    clock.set(2031, 2, 11, 17)
    services.mark_attendance(museum, True, by=officer)
    services.mark_attendance(community, False, by=officer)
    assert services.queue_sorry_letters() == 0

    for day in range(12, 20):
        clock.set(2031, 2, day)
        services.queue_sorry_letters()
        services.queue_thank_yous()

    assert (letters("sorry"), letters("thank-you")) == (["person2@group2.example"], ["person1@group1.example"])
    assert "You do not have to explain anything." in Message.objects.get(key__contains=":sorry:").text


def test_who_was_missed_and_has_only_a_phone_is_rung_once(event: Event, officer: User, clock: Clock) -> None:
    missed = factories.confirm(event, 4, officer, email="", phone="0114 496 0004")
    clock.set(2031, 2, 11, 17)
    services.mark_attendance(missed, False, by=officer)

    for day in range(12, 16):
        clock.set(2031, 2, day)
        services.queue_sorry_letters()

    call = Call.objects.get(registration=missed, state="to_make")
    assert (call.why, call.news) == ("no_email", "we are sorry to have missed them")


def test_who_is_on_a_register_that_is_typed_in_late_gets_the_right_letter(
    event: Event, museum: Registration, community: Registration, officer: User, clock: Clock
) -> None:
    clock.set(2031, 2, 13)
    assert services.queue_thank_yous() == 0

    clock.set(2031, 2, 14)
    services.mark_attendance(museum, True, by=officer)
    services.mark_attendance(community, False, by=officer)
    for _hour in range(2):
        services.queue_thank_yous()
        services.queue_sorry_letters()

    assert (letters("sorry"), letters("thank-you")) == (["person2@group2.example"], ["person1@group1.example"])


# --- changes ---------------------------------------------------------------------------------------------------------


def change_venue(event: Event) -> Event:
    Event.objects.filter(pk=event.pk).update(venue_en="The New Library", venue_postcode="S1 2HH")
    return Event.objects.select_related("programme").get(pk=event.pk)


def test_a_change_reaches_everybody_who_comes_with_a_newer_calendar_file(
    event: Event, museum: Registration, community: Registration, officer: User
) -> None:
    invited = factories.invite(event, 3, officer).registration
    factories.ask(event, 4)
    before = int(Message.objects.filter(key__contains=":confirmed:")[0].attachments[0][1].split("SEQUENCE:")[1][0])

    told = services.announce_change(change_venue(event), by=officer, words="The old hall has a leak.")

    assert told == [museum, community, invited]
    letter = Message.objects.get(key__startswith=f"registration:{museum.code}:changed-")
    assert "The New Library" in letter.text
    assert "The old hall has a leak." in letter.text
    assert f"SEQUENCE:{before + 1}" in letter.attachments[0][1]
    assert "The New Library" in letter.attachments[0][1]
    assert not Message.objects.get(key__startswith=f"registration:{invited.code}:changed-").attachments
    assert not Call.objects.exists()


def test_a_day_that_comes_forward_brings_the_last_moment_to_answer_with_it(event: Event, officer: User) -> None:
    late, early = (factories.invite(event, number, officer) for number in (1, 2))
    Invitation.objects.filter(pk=late.pk).update(reply_by=end_of(event.held_on - dt.timedelta(days=1)))
    kept = services.hold_place(factories.ask(event, 3), by=officer, until=event.held_on - dt.timedelta(days=1))
    sooner = event.held_on - dt.timedelta(days=5)

    services.announce_change(Event.objects.get(pk=event.pk), by=officer, facts={"held_on": sooner})

    eve = sooner - dt.timedelta(days=1)
    assert [last_day(one) for one in (late, kept)] == [eve, eve]
    assert last_day(early) == timezone.localdate(early.reply_by) < eve
    letter = Message.objects.get(key__startswith=f"registration:{late.registration.code}:changed-")
    assert f"Please answer before 23:59 on {date_format(eve, 'l j F Y')}." in letter.text


def last_day(invitation: Invitation) -> dt.date:
    return timezone.localdate(Invitation.objects.get(pk=invitation.pk).reply_by)


def test_pressing_twice_tells_everybody_once(event: Event, museum: Registration, officer: User) -> None:
    page, same_page = change_venue(event), change_venue(event)
    services.announce_change(page, by=officer)

    with pytest.raises(StaleState):
        services.announce_change(same_page, by=officer)

    assert len(letters("changed-")) == 1


def test_two_days_before_everybody_is_called_until_they_have_read_it(
    client: Client, event: Event, officer: User, clock: Clock
) -> None:
    presses, signs_in, silent = asked_for(range(1, 4), event, officer, clock)
    user = factories.sign_up(signs_in)
    clock.set(2031, 2, 9)
    services.announce_change(change_venue(event), by=officer)
    assert calls("venue") == ["Person 1", "Person 2", "Person 3"]
    assert Message.objects.filter(key__contains=":changed-", urgent=False).count() == 0

    path = f"/request/{world.mailed_token('request', presses)}/"
    assert "I have read this" in read(client.get(path)).words("button")
    client.post(f"{path}seen/")
    clock.forward(hours=1)
    client.force_login(user)
    services.queue_calls()

    assert calls("venue") == ["Person 3"]
    assert "I have read this" not in read(client.get(path)).words("button")
    services.make_call(Call.objects.get(registration=silent), by=officer, note="Knows now.")
    assert calls("venue") == []


def test_a_stale_letter_that_waits_does_not_leave_and_the_new_one_is_read_last(
    event: Event, officer: User, clock: Clock, settings: LazySettings
) -> None:
    settings.LETTER_HOLD_MINUTES = 60
    [place] = asked_for(range(1, 2), event, officer, clock)
    clock.set(2031, 2, 5)
    services.queue_joining_notes()
    held = factories.invite(event, 2, officer)

    services.announce_change(change_venue(event), by=officer)

    assert Message.objects.get(key__contains=":joining-notes:").state == "cancelled"
    old = Message.objects.get(key__startswith=f"invitation:{held.code}:sent:")
    new = Message.objects.get(key__startswith=f"registration:{held.registration.code}:changed-")
    assert old.send_after < new.send_after
    assert place.state == "confirmed"

    services.queue_joining_notes()

    notes = Message.objects.get(key__contains=":joining-notes:")
    event.refresh_from_db()
    assert (notes.state, notes.outdated, event.venue in notes.text) == ("queued", False, True)


def test_a_cancelled_event_tells_everybody_and_leaves_nobody_without_a_next_step(
    event: Event, museum: Registration, officer: User, clock: Clock
) -> None:
    invited, asked = factories.invite(event, 3, officer), factories.ask(event, 4)
    clock.set(2031, 1, 20)
    event.refresh_from_db()

    told = services.cancel_event(event, by=officer, words="The venue burnt down.")

    assert {one.pk for one in told} == {museum.pk, invited.registration.pk, asked.pk}
    letter = Message.objects.get(key__startswith=f"registration:{museum.code}:cancelled-")
    assert "METHOD:CANCEL" in letter.attachments[0][1]
    assert "The venue burnt down." in letter.text
    assert set(Registration.objects.of_cancelled_events()) == {museum, invited.registration, asked}
    invited.refresh_from_db()
    assert invited.state == "withdrawn"
    for task in (services.queue_warm_ups, services.queue_joining_notes, services.queue_thank_yous):
        clock.set(2031, 2, 13)
        assert task() == 0
    with pytest.raises(Refused, match="is cancelled"):
        factories.invite(event, 5, officer)


def test_who_was_at_the_door_is_not_rung_any_more(
    event: Event, museum: Registration, officer: User, clock: Clock
) -> None:
    services.add_call(museum, Call.Why.SILENT_WARM_UP, about="warm-up")
    clock.set(2031, 2, 11)

    services.mark_attendance(museum, True, by=officer)

    assert not Call.objects.to_make().exists()


def test_a_colleague_at_the_door_ends_the_invitation_of_whoever_sent_them(
    museum: Registration, officer: User, clock: Clock
) -> None:
    clock.set(2031, 2, 11)

    services.let_colleague_in(museum, services.Colleague(name="Mari Rees", phone="0114 496 0009"), by=officer)

    assert set(museum.invitations.values_list("state", flat=True)) == {"withdrawn"}


def test_calls_about_coming_are_off_the_list_when_the_day_is_over_and_others_stay(
    event: Event, officer: User, clock: Clock
) -> None:
    registration = factories.confirm(event, 1, officer)
    services.add_call(registration, Call.Why.VENUE, about="change")
    services.add_call(registration, Call.Why.NO_EMAIL, about="registration:1:not-this-time")

    clock.set(event.held_on.year, event.held_on.month, event.held_on.day)
    services.queue_calls()
    assert Call.objects.to_make().count() == 2

    clock.at += dt.timedelta(days=1)
    services.queue_calls()
    assert [call.why for call in Call.objects.to_make()] == ["no_email"]
