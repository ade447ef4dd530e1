"""Where we promised something to whoever is first: many connections at once, on both databases."""

import datetime as dt
import threading
from collections import Counter
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from events import services as events
from events.models import Call, Conversation, Event, Invitation, Registration, SectorPlaces
from matching import services as matching
from matching.models import Answer, FollowUp, Introduction, MatchRun, Suggestion
from matching.services import blocks
from partners import services as partners
from partners.models import Concern, Listing, Membership, Merge, PersonMerge, User
from pwp.journal.models import Entry
from pwp.outbox.models import Message
from pwp.refusals import Refused
from tests import factories
from tests.clock import Clock

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*acts: Callable[[], object], threads: int = 8) -> list[object]:
    """Run `acts` at the same moment, each thread with its own connection. Returns results and refusals."""
    results: list[object] = [None] * len(acts)
    start = threading.Barrier(min(threads, len(acts)))

    def work(first: int) -> None:
        start.wait()
        try:
            for number in range(first, len(acts), threads):
                try:
                    results[number] = acts[number]()
                except Refused as refusal:
                    results[number] = refusal
        finally:
            connection.close()

    workers = [threading.Thread(target=work, args=(first,)) for first in range(min(threads, len(acts)))]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return results


@pytest.fixture
def officer() -> User:
    return factories.make_staff()


def test_eighty_acceptances_for_twenty_places_confirm_twenty_and_tell_sixty(officer: User) -> None:
    event = factories.make_event(capacity=20, over_invite=60)
    invitations = [factories.invite(event, number, officer) for number in range(80)]

    at_once(*(lambda i=i: events.accept_invitation(i, by="a guest") for i in invitations), threads=16)

    assert Counter(Registration.objects.values_list("state", flat=True)) == {"confirmed": 20, "waiting": 60}
    kinds = Counter(key.split(":")[2] for key in Message.objects.values_list("key", flat=True))
    assert (kinds["confirmed"], kinds["waiting"]) == (20, 60)
    assert set(Invitation.objects.values_list("state", flat=True)) == {"accepted"}


def test_two_officers_inviting_the_same_person_send_one_invitation(officer: User) -> None:
    event = factories.make_event()
    registration = factories.ask(event)
    copies = [Registration.objects.get(pk=registration.pk) for _ in range(4)]

    results = at_once(*(lambda c=c: events.invite(c, by=officer, no_talk_reason="Known.") for c in copies))

    assert sum(isinstance(result, Invitation) for result in results) == 1
    assert Message.objects.filter(key__contains=":sent:").count() == 1


def test_the_last_promise_is_given_once(officer: User) -> None:
    event = factories.make_event(capacity=3)
    asked = [factories.ask(event, number) for number in range(12)]

    at_once(*(lambda r=r: events.invite(r, by=officer, no_talk_reason="Known.") for r in asked), threads=12)

    assert Invitation.objects.count() == 3


def test_two_yeses_at_the_same_moment_make_one_introduction_and_one_letter_each(officer: User) -> None:
    event = factories.make_event()
    for number in range(1, 11):
        factories.confirm(event, number, officer)
    places = {r.organisation.pk: r for r in Registration.objects.select_related("membership__organisation", "person")}
    museums = [r for r in places.values() if r.organisation.sector == "museum"]
    groups = [r for r in places.values() if r.organisation.sector == "community"]
    pairs = [factories.suggest(event, m.organisation, g.organisation) for m, g in zip(museums, groups, strict=True)]

    def yes(pair: Suggestion, place: Registration) -> object:
        return matching.answer_suggestion(
            pair, organisation=place.organisation, person=place.person, choice=Answer.Choice.YES
        )

    at_once(*(lambda p=p, side=side: yes(p, places[side]) for p in pairs for side in (p.museum_id, p.partner_id)))

    assert Introduction.objects.count() == 5
    assert Message.objects.filter(key__contains=":made:").count() == 10


def test_workers_that_remind_at_once_write_one_reminder_and_two_ends_at_once_are_one_thank_you_each(
    officer: User,
) -> None:
    event = factories.make_event()
    sides = [factories.confirm(event, number, officer) for number in (1, 2)]
    pair = factories.suggest(event, *(side.organisation for side in sides))
    for side in sides:
        matching.answer_suggestion(pair, organisation=side.organisation, person=side.person, choice=Answer.Choice.YES)
    later = timezone.now() + dt.timedelta(days=15)
    matching.queue_due_follow_ups(now=later)

    at_once(*(lambda: matching.queue_follow_up_reminders(now=later + dt.timedelta(days=8)) for _ in range(4)))
    reminders = Message.objects.filter(key__contains=":follow-up-again:").count()
    asked = list(FollowUp.objects.filter(state="asked").select_related("introduction", "person"))
    results = at_once(*(lambda q=q: matching.answer_follow_up(q, outcome="ended", by="a guest") for q in asked))

    assert (reminders, results) == (2, [None, None])
    assert Message.objects.filter(key__contains=":ended:").count() == 2
    assert Introduction.objects.get().state == "ended"


def test_two_workers_doing_the_same_run_do_it_once(officer: User) -> None:
    event = factories.make_event()
    for number in range(1, 5):
        factories.confirm(event, number, officer)
    run = matching.request_run(event, by="test")
    copies = [type(run).objects.select_related("event").get(pk=run.pk) for _ in range(4)]

    results = at_once(*(lambda c=c: matching.perform_run(c) for c in copies))

    assert sorted(results) == [False, False, False, True]
    assert Message.objects.filter(key__contains="suggestions-ready").count() == 4


def test_two_runs_of_one_event_at_once_are_one_after_the_other(officer: User) -> None:
    event = factories.make_event()
    for number in range(1, 5):
        factories.confirm(event, number, officer)
    runs = [MatchRun.objects.create(event=event, requested_by=str(number)) for number in range(4)]

    results = at_once(*(lambda r=r: matching.perform_run(r) for r in runs))

    assert True in results
    states = Counter(MatchRun.objects.values_list("state", flat=True))
    assert states["done"] == results.count(True)
    assert states["requested"] == 4 - states["done"]
    assert matching.score_requested_runs() == states["requested"]
    assert Message.objects.filter(key__contains="suggestions-ready").count() == 4


def test_workers_that_share_the_blocks_of_a_run_score_each_once_and_conclude_once(
    officer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocks, "BLOCK", 1)
    monkeypatch.setattr(blocks, "MOST_BLOCKS", 1_000_000)
    event = factories.make_event()
    for number in range(1, 17):
        factories.confirm(event, number, officer)
    run = matching.request_run(event, by="test")
    assert blocks.start_run(run)

    scored = at_once(*(matching.work_off_blocks for _worker in range(4)))

    run.refresh_from_db()
    assert (run.state, sum(scored), run.steps_done) == ("done", 8, 8)  # type: ignore[call-overload]
    assert set(Suggestion.objects.values_list("times_shown", flat=True)) == {1}


def full_event(officer: User, places: int, waiting: int) -> tuple[Event, list[Registration], list[Registration]]:
    """An event whose places are taken, and a waiting list."""
    event = factories.make_event(capacity=places)
    placed = [factories.confirm(event, number, officer) for number in range(places)]
    line = [factories.ask(event, 100 + number) for number in range(waiting)]
    for registration in line:
        events.keep_waiting(registration, by=officer, reason="Known.")
    return event, placed, line


def test_ten_places_given_back_at_once_go_to_the_first_ten_in_line_once_each(officer: User) -> None:
    event, placed, line = full_event(officer, 12, 15)

    sweeps = [lambda: events.offer_free_places(event)] * 6
    at_once(*(lambda r=r: events.withdraw(r, by="a guest") for r in placed[:10]), *sweeps, threads=16)

    offered = [r.pk for r in line[:10]]
    assert sorted(Registration.objects.filter(state="invited").values_list("pk", flat=True)) == offered
    assert Invitation.objects.filter(kind="offer").count() == 10
    assert Message.objects.filter(key__contains=":offer:").count() == 10
    assert events.places_promised(event) == 12


def test_kept_places_stay_kept_whoever_presses_at_once(officer: User) -> None:
    event = factories.make_event(capacity=6)
    SectorPlaces.objects.create(event=event, sector="community", held=3)
    asked = [factories.ask(event, number, sector="museum") for number in range(8)]
    asked += [factories.ask(event, number, sector="community") for number in range(8, 12)]

    at_once(*(lambda r=r: events.invite(r, by=officer, no_talk_reason="Known.") for r in asked), threads=12)

    sectors = Registration.objects.filter(state="invited").values_list("membership__organisation__sector", flat=True)
    taken = Counter(sectors)
    assert taken["museum"] <= 3
    assert taken["museum"] + max(taken["community"], 3) <= 6


def test_an_answer_and_an_undo_at_the_same_moment_leave_one_of_the_two(officer: User) -> None:
    event = factories.make_event()
    invitations = [factories.invite(event, number, officer) for number in range(8)]

    def undo(invitation: Invitation) -> str:
        return events.undo_decision(Registration.objects.get(pk=invitation.registration_id), by=officer)

    def accept(invitation: Invitation) -> Registration:
        fresh = Invitation.objects.select_related("registration__person").get(pk=invitation.pk)
        return events.accept_invitation(fresh, by="a guest")

    at_once(*(act for i in invitations for act in (lambda i=i: undo(i), lambda i=i: accept(i))), threads=16)

    ends = set(Registration.objects.values_list("state", "invitations__state"))
    assert ends <= {("confirmed", "accepted"), ("requested", "withdrawn")}
    confirmed = Registration.objects.filter(state="confirmed").count()
    assert Message.objects.filter(key__contains=":confirmed:").count() == confirmed


def test_a_colleague_sent_twice_at_once_is_one_and_so_is_a_move(officer: User) -> None:
    event, other = factories.make_event(), factories.make_event("fife-2031")
    sends, moves = factories.confirm(event, 1, officer), factories.confirm(event, 2, officer)
    colleague = events.Colleague(name="Mari Rees", email="mari@group.example")

    def copy(of: Registration) -> Registration:
        return Registration.objects.get(pk=of.pk)

    at_once(
        *[lambda: events.send_colleague(copy(sends), colleague, by="a guest")] * 4,
        *[lambda: events.move(copy(moves), other, by="a guest")] * 4,
    )

    assert Registration.objects.filter(substitute_for=sends).count() == 1
    assert Registration.objects.filter(moved_from=moves).count() == 1
    assert events.places_promised(event) == 1


def test_workers_that_run_the_same_schedule_at_once_write_each_letter_once(officer: User, clock: Clock) -> None:
    clock.set(2030, 12, 1)
    event = factories.make_event()
    for number in range(4):
        factories.confirm(event, number, officer)
    factories.invite(event, 50, officer)
    clock.set(2030, 12, 9)
    at_once(*[events.queue_reminders] * 4)
    clock.set(2031, 1, 28)
    at_once(*[events.queue_warm_ups] * 4, *[events.expire_invitations] * 4)
    clock.set(2031, 2, 4)
    at_once(*[events.queue_joining_notes] * 4, *[events.queue_calls] * 4)
    page = [Event.objects.select_related("programme").get() for _ in range(4)]
    at_once(*(lambda p=p: events.announce_change(p, by=officer) for p in page))

    steps = Counter(key.split(":")[2] for key in Message.objects.values_list("key", flat=True))
    assert (steps["reminder-7"], steps["warm-up"], steps["joining-notes"], steps["changed-1"]) == (1, 4, 4, 4)
    at_once(*[events.queue_joining_notes] * 4)  # what did not leave before the change is written anew
    notes = Message.objects.filter(key__contains=":joining-notes:")
    assert Counter(notes.values_list("state", flat=True)) == {"queued": 4}
    assert Counter(Call.objects.values_list("why", flat=True)) == {"silent": 1, "warm_up": 4}


def test_two_records_merged_both_ways_at_once_are_one_with_everything(officer: User) -> None:
    one, other = factories.ask(factories.make_event(), 1), factories.ask(factories.make_event("fife-2031"), 3)
    pairs = [(one.organisation, other.organisation), (one.person, other.person)]

    for first, second in pairs:
        ways = [(first, second), (second, first)] * 2
        merged = at_once(*(lambda a=a, b=b: partners.merge_records(a, b, take={}, by=officer) for a, b in ways))
        assert sum(isinstance(result, Merge | PersonMerge) for result in merged) == 1

    [(_person, organisation)] = set(Registration.objects.values_list("person", "membership__organisation"))
    assert Listing.objects.filter(organisation=organisation).count() == 4


def test_a_text_reported_by_many_at_once_has_one_concern_with_every_word(officer: User) -> None:
    organisation = factories.confirm(factories.make_event(), 1, officer).organisation
    worries = [f"Worry {letter}." for letter in "ABCD"]

    at_once(*(lambda w=w: partners.report_concern(organisation, worry=w, by=w) for w in worries))

    concern = Concern.objects.get()
    assert [worry in concern.worry for worry in worries] == [True] * 4
    assert Message.objects.filter(key__contains=":reported").count() == 4


def test_people_are_anonymised_once_however_many_workers_begin(officer: User) -> None:
    event = factories.make_event()
    for number in range(3):
        factories.sign_up(factories.confirm(event, number, officer))
    over = timezone.make_aware(dt.datetime.combine(events.forgotten_on(event.programme), dt.time(12)))

    counts = at_once(*[lambda: matching.forget_past_programmes(now=over)] * 4)

    assert sorted(counts, key=str) == [0, 0, 0, 3]
    assert Entry.objects.about(event.programme).count() == 1


def test_a_page_that_was_sent_several_times_at_once_writes_one_letter(officer: User) -> None:
    asked = factories.ask(factories.make_event(), 1)
    events.log_conversation(Conversation(registration=asked, means="call", summary="A choir."), by=officer)
    address = reverse("admin:events_registration_decide", args=["consider"])
    desks = [Client() for _number in range(6)]
    for desk in desks:
        desk.force_login(officer)
    seen = desks[0].get(f"{address}?id={asked.pk}").context["confirmation"].seen

    at_once(*(lambda desk=desk: desk.post(address, {"seen": seen, "words": ""}) for desk in desks))

    assert Message.objects.filter(key__contains=":considering:").count() == 1


def test_a_change_of_venue_pressed_several_times_at_once_is_told_once(officer: User) -> None:
    event = factories.make_event()
    factories.confirm(event, 1, officer)
    page = [Event.objects.select_related("programme").get() for _ in range(6)]
    hall = {"venue_en": "Mill Hall"}

    at_once(*(lambda p=p: events.announce_change(p, by=officer, facts=hall) for p in page))

    event.refresh_from_db()
    assert (event.venue_en, event.calendar_sequence) == ("Mill Hall", 1)
    assert Message.objects.filter(key__contains=":changed-").count() == 1


def test_a_call_entered_by_two_desks_at_once_is_one_talk_and_one_answer(officer: User) -> None:
    asked = factories.ask(factories.make_event(), 1, email="", phone="0114 496 0001")
    events.invite(asked, by=officer, no_talk_reason="Known.")
    calls = [Call.objects.select_related("registration").get() for _ in range(6)]

    at_once(*(lambda c=c: events.make_call(c, by=officer, note="She comes.", answer="yes") for c in calls))

    assert Conversation.objects.count() == 1
    assert Registration.objects.get().state == "confirmed"
    assert Counter(Call.objects.values_list("state", flat=True))["made"] == 1


def test_two_phones_at_the_door_leave_one_mark_for_each_and_one_person_in_each_place(officer: User) -> None:
    event = factories.make_event()
    place, sends = factories.confirm(event, 1, officer), factories.confirm(event, 2, officer)
    Event.objects.update(held_on=timezone.localdate())
    colleague = events.Colleague(name="Mari Rees", phone="0114 496 0002")
    shown = [(Registration.objects.get(pk=place.pk), Registration.objects.get(pk=sends.pk)) for _phone in range(3)]

    at_once(
        *(lambda one=one: events.mark_attendance(one, True, by=officer) for one, _other in shown),
        *(lambda one=one: events.mark_attendance(one, False, by=officer) for one, _other in shown[:2]),
        *(lambda one=one: events.let_colleague_in(one, colleague, by=officer) for _other, one in shown[:2]),
        lambda: events.mark_attendance(shown[2][1], True, by=officer),
    )

    marked = Entry.objects.about(place).filter(to_state__in=("attended", "absent"))
    assert marked.count() == 1
    assert Registration.objects.get(pk=place.pk).state == marked.get().to_state
    came = Registration.objects.filter(pk=sends.pk, state="attended").count()
    assert came + Registration.objects.filter(substitute_for=sends, state="attended").count() == 1


def test_a_place_kept_and_the_head_of_the_line_changed_at_once_promise_no_place_twice(officer: User) -> None:
    event, placed, line = full_event(officer, 2, 4)
    events.withdraw(placed[0], by="a guest", now=timezone.now())
    first = Registration.objects.get(state="invited")
    invitation = first.invitations.get()

    def copy(of: Registration) -> Registration:
        return Registration.objects.get(pk=of.pk)

    at_once(
        lambda: events.decline_invitation(invitation, by="a guest"),
        *[lambda: events.hold_place(copy(line[2]), by=officer, reason="The board meets on Monday.")] * 3,
        *[lambda: events.next_in_line(copy(line[3]), by=officer, reason="They come from far.")] * 3,
        *[lambda: events.offer_free_places(event)] * 3,
    )

    assert events.places_promised(event) == 2
    assert Invitation.objects.filter(state__in=("held", "sent")).count() == 1


def test_a_kept_place_is_not_lost_to_hats_that_change_at_once(officer: User) -> None:
    event = factories.make_event(capacity=3)
    SectorPlaces.objects.create(event=event, sector="community", held=2)
    invitations = [factories.invite(event, number, officer) for number in (2, 4, 6)]
    museum = factories.ask(factories.make_event("fife-2031"), 3).organisation
    people = [invitation.registration.person for invitation in invitations]
    hats = [Membership.objects.create(person=person, organisation=museum) for person in people]

    at_once(
        *(
            lambda i=i, hat=hat: events.accept_invitation(i, by="a guest", membership=hat)
            for i, hat in zip(invitations, hats, strict=True)
        )
    )

    confirmed = Registration.objects.filter(event=event, state="confirmed")
    assert confirmed.count() == 1
    assert events.standing(event).room_for("community", over=True) >= 0
    assert events.standing(event).beyond <= 0
