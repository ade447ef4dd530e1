"""Today's page: what needs the officer now, oldest first, and off the list by the one act that the list names."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from events import services as events
from events.models import Arrangement, Call, Conversation, Event, Programme, Registration
from matching import services as matching
from matching.models import FollowUp, Introduction, MatchRun, Suggestion
from partners import services as partners
from partners.models import SavedList, User
from pwp.journal.models import Entry
from pwp.outbox.models import Message
from pwp.today import Item, TodaysWork
from tests import factories
from tests.html import read
from tests.letters import waiting


def items(user: User) -> dict[str, Item]:
    return {item.slug: item for item in TodaysWork(user).items()}


def counts(user: User) -> dict[str, int]:
    return {slug: item.count for slug, item in items(user).items()}


def test_with_nothing_to_do_it_says_so(desk: Client) -> None:
    assert "Nothing waits for you." in desk.get("/admin/").content.decode()


def test_requests_come_by_event_and_age_and_the_old_ones_are_late(officer: User, event: Event) -> None:
    sooner = factories.make_event("fife-2031", held_on=event.held_on - dt.timedelta(days=9))
    asked = [factories.ask(event, 1), factories.ask(event, 2), factories.ask(sooner, 3)]
    old = timezone.now() - dt.timedelta(days=6)
    Registration.objects.filter(pk=asked[1].pk).update(requested_at=old)

    item = items(officer)["requests"]

    assert [row.words.split(",")[0] for row in item.rows] == ["Person 3", "Person 2", "Person 1"]
    assert [row.late for row in item.rows] == [False, True, False]
    assert (item.count, item.late) == (3, 1)
    Programme.objects.update(answer_within_days=7)
    assert items(officer)["requests"].late == 0


def test_a_logged_conversation_takes_a_request_off(officer: User, event: Event) -> None:
    asked = factories.ask(event, 1)
    assert counts(officer)["requests"] == 1

    events.log_conversation(Conversation(registration=asked, means="call", summary="We spoke."), by=officer)

    assert "requests" not in counts(officer)


def test_a_talk_shows_with_its_next_step_until_there_is_a_decision(officer: User, event: Event) -> None:
    asked = factories.ask(event, 1)
    said = Conversation(registration=asked, means="call", summary="We spoke.", next_step="Send them the plan of rooms.")
    events.log_conversation(said, by=officer)

    item = items(officer)["talks"]
    assert [(row.note, row.late) for row in item.rows] == [("Send them the plan of rooms.", False)]
    Conversation.objects.update(held_on=timezone.localdate() - dt.timedelta(days=6))
    assert items(officer)["talks"].late == 1

    events.not_this_time(Registration.objects.get(), by=officer, reason="Another time, as we said.")

    assert "talks" not in counts(officer)


def test_who_let_an_invitation_run_out_waits_for_a_decision_after_the_call_too(officer: User, event: Event) -> None:
    invitation = factories.invite(event, 1, officer)
    events.expire_invitations(now=invitation.reply_by + dt.timedelta(minutes=1))
    assert counts(officer)["talks"] == 1

    events.make_call(Call.objects.get(), by=officer, note="They are still thinking.")

    assert (counts(officer)["talks"], "calls" in counts(officer)) == (1, False)


def test_a_new_description_shows_until_it_is_approved(officer: User, museum: Registration) -> None:
    organisation = museum.organisation
    partners.describe_organisation(organisation, "We look after two rooms of nets.", language="en")
    organisation.save()
    assert counts(officer)["descriptions"] == 1

    partners.approve_description(organisation, by=officer)

    assert "descriptions" not in counts(officer)


@pytest.mark.parametrize("why", ["put off twice", "nothing runs"])
def test_letters_that_ought_to_have_left_show_until_the_server_takes_them(why: str, officer: User) -> None:
    put_off = {"attempts": 2, "server_said": "535 wrong password", "send_after": timezone.now() + dt.timedelta(hours=1)}
    forgotten = {"send_after": timezone.now() - dt.timedelta(hours=2)}
    waiting(1, **(put_off if why == "put off twice" else forgotten))
    waiting(2)
    assert counts(officer) == {"held-up": 1}

    Message.objects.update(state="sent", sent_at=timezone.now())

    assert counts(officer) == {}


def test_a_call_made_is_off(officer: User, event: Event) -> None:
    factories.invite(event, 1, officer, email="", phone="0114 496 0001")
    assert counts(officer)["calls"] == 1

    events.make_call(Call.objects.get(), by=officer, note="They will think about it.")

    assert "calls" not in counts(officer)


def test_a_letter_that_did_not_arrive_is_off_when_it_is_sent_again(officer: User) -> None:
    waiting(1, state="failed", bounced_at=timezone.now())
    assert counts(officer) == {"letters": 1}

    from pwp.outbox.services import retry_message

    retry_message(Message.objects.get())

    assert counts(officer) == {}


def test_texts_are_off_once_approved(officer: User, event: Event) -> None:
    asked = factories.ask(event, 1)
    assert counts(officer)["texts"] == 2

    partners.approve_texts(asked.organisation)

    assert "texts" not in counts(officer)


def test_a_need_is_off_once_it_has_its_day(officer: User, museum: Registration) -> None:
    need = Arrangement.objects.create(registration=museum, kind="access", words="A ramp.")
    assert counts(officer)["arrangements"] == 1

    need.arranged_on = timezone.localdate()
    need.save()

    assert "arrangements" not in counts(officer)


def test_people_of_a_day_that_is_over_stay_until_each_is_marked(officer: User, museum: Registration) -> None:
    Event.objects.update(held_on=timezone.localdate() - dt.timedelta(days=1))
    assert counts(officer)["left-open"] == 1

    events.mark_attendance(museum, True, by=officer)

    assert "left-open" not in counts(officer)


def test_a_lopsided_mix_shows_two_weeks_before_and_goes_with_the_balance(officer: User, museum: Registration) -> None:
    assert "mix" not in counts(officer)
    Event.objects.update(held_on=timezone.localdate() + dt.timedelta(days=10))
    assert counts(officer)["mix"] == 1

    factories.confirm(museum.event, 2, officer)

    assert "mix" not in counts(officer)


def run_of(event: Event, **fields: Any) -> MatchRun:
    return MatchRun.objects.create(event=event, **fields)


def test_who_got_too_few_suggestions_shows_until_a_newer_run_has_enough(officer: User, event: Event) -> None:
    run_of(event, state="done", report={"shortfalls": [{"key": "a"}, {"key": "b"}]})
    assert counts(officer)["floor"] == 2

    run_of(event, state="done", report={"shortfalls": []})

    assert "floor" not in counts(officer)


def test_a_failed_run_shows_until_another_is_asked_for(officer: User, event: Event) -> None:
    run_of(event, state="failed", problem="It broke.")
    assert counts(officer)["runs"] == 1

    run_of(event)

    assert "runs" not in counts(officer)


def test_an_open_concern_shows_until_it_is_closed(officer: User, museum: Registration) -> None:
    concern = partners.report_concern(museum.organisation, worry="A name.", by="Ben")
    assert counts(officer)["concerns"] == 1

    partners.close_concern(concern, outcome="Spoke with them.", by=officer)

    assert "concerns" not in counts(officer)


def test_records_that_look_alike_show_until_staff_say_what_they_are(officer: User, event: Event) -> None:
    one = factories.ask(event, 1, organisation="Birkhill Folk Museum").organisation
    other = factories.ask(event, 2, organisation="Birkhill Folk Museum Trust").organisation
    assert counts(officer)["duplicates"] == 1

    partners.say_different(one, other, by=officer)

    assert "duplicates" not in counts(officer)


@pytest.fixture
def pair(suggestion: Suggestion) -> Introduction:
    for row in (suggestion.museum, suggestion.partner):
        matching.answer_suggestion(suggestion, organisation=row, person=row.memberships.get().person, choice="yes")
    return Introduction.objects.get()


def spoken(desk: Client, pair: Introduction, outcome: str, said: str = "They meet in May.") -> None:
    heard = {"person": pair.museum_person.code, "outcome": outcome, "said": said}
    assert desk.post(f"/admin/matching/introduction/{pair.pk}/spoken/", heard).status_code == 302


def asked_ago(rule: str, days: int) -> None:
    FollowUp.objects.filter(rule=rule).update(state="asked", asked_at=timezone.now() - dt.timedelta(days=days))


def test_a_pair_is_to_be_rung_two_weeks_after_a_question_nobody_answered_until_staff_write_down_how_it_goes(
    desk: Client, officer: User, pair: Introduction
) -> None:
    Introduction.objects.update(created_at=timezone.now() - dt.timedelta(days=60))
    asked_ago("two-weeks", 13)
    assert "silent" not in counts(officer)
    asked_ago("two-weeks", 15)
    assert counts(officer)["silent"] == 1

    spoken(desk, pair, "talked")

    assert "silent" not in counts(officer)
    pair.refresh_from_db()
    assert pair.state == "talking"
    answered = FollowUp.objects.get(state="answered")
    assert (answered.person, answered.outcome) == (pair.museum_person, "talked")


def test_a_pair_that_answered_once_and_then_fell_silent_is_to_be_rung_after_three_months_too(
    desk: Client, officer: User, pair: Introduction
) -> None:
    asked_ago("two-weeks", 92)
    first = FollowUp.objects.filter(rule="two-weeks")[0]
    matching.answer_follow_up(first, outcome="talked", by="Ana", now=timezone.now() - dt.timedelta(days=91))
    Entry.objects.update(at=timezone.now() - dt.timedelta(days=91))
    assert "silent" not in counts(officer)
    asked_ago("three-months", 15)
    assert counts(officer)["silent"] == 1
    assert "Kelham Mill Museum" in desk.get("/admin/matching/introduction/?heard=silent").content.decode()

    spoken(desk, pair, "not_yet", "Still looking for a day.")

    assert "silent" not in counts(officer)
    pair.refresh_from_db()
    assert pair.state == "talking"  # silence and "not yet" take nothing away


def test_one_answer_of_either_side_is_enough_to_be_left_in_peace(officer: User, pair: Introduction) -> None:
    asked_ago("two-weeks", 15)
    matching.answer_follow_up(FollowUp.objects.filter(rule="two-weeks")[0], outcome="not_yet", by="Ana")

    assert "silent" not in counts(officer)


def test_a_pair_that_asked_for_help_shows_until_staff_write_down_how_it_goes(
    desk: Client, officer: User, pair: Introduction
) -> None:
    matching.queue_due_follow_ups(now=timezone.now() + dt.timedelta(days=15))
    asked = FollowUp.objects.filter(state="asked").first()
    assert asked
    matching.answer_follow_up(asked, outcome="help", by="Ana")
    assert counts(officer)["help"] == 1

    matching.note_how_it_goes(pair, pair.partner_person, "talked", by=officer, said="They meet in May.")
    assert "help" not in counts(officer)


def test_a_pair_that_talks_and_would_like_some_help_shows_until_staff_write_it_down(
    desk: Client, officer: User, pair: Introduction
) -> None:
    asked_ago("two-weeks", 5)
    one, other = FollowUp.objects.filter(rule="two-weeks")
    matching.answer_follow_up(one, outcome="talked", by="Ana")
    matching.answer_follow_up(other, outcome="help", by="Ben")
    assert counts(officer)["help"] == 1

    spoken(desk, pair, "not_yet", "I join their first talk.")

    assert "help" not in counts(officer)


def test_every_item_leads_to_a_list_that_holds_as_many_rows(desk: Client, officer: User, museum: Registration) -> None:
    event = museum.event
    assert event
    for number in range(20, 23):
        factories.ask(event, number)
    factories.invite(event, 31, officer, email="", phone="0114 496 0001")
    Arrangement.objects.create(registration=museum, kind="access", words="A ramp.")
    waiting(1, state="failed", bounced_at=timezone.now())
    waiting(2, attempts=2)
    talked = Conversation(registration=factories.ask(event, 24), means="call", summary="We spoke.")
    events.log_conversation(talked, by=officer)
    described = factories.ask(event, 25).organisation
    partners.describe_organisation(described, "We look after two rooms of nets.", language="en")
    described.save()
    partners.report_concern(museum.organisation, worry="A name.", by="Ben")
    found = items(officer)
    assert {
        "talks",
        "held-up",
        "descriptions",
        "requests",
        "calls",
        "arrangements",
        "letters",
        "concerns",
        "texts",
    } <= found.keys()

    shown = {
        slug: desk.get(item.address).context["cl"].result_count for slug, item in found.items() if slug != "duplicates"
    }

    assert shown == {slug: item.count for slug, item in found.items() if slug != "duplicates"}


def test_it_asks_as_often_for_many_rows_as_for_few(desk: Client, officer: User, event: Event) -> None:
    def asked() -> int:
        desk.get("/admin/")
        with CaptureQueriesContext(connection) as queries:
            assert desk.get("/admin/").status_code == 200
        return len(queries)

    factories.ask(event, 1)
    few = asked()
    for number in range(2, 22):
        factories.ask(event, number)
        factories.invite(event, number + 50, officer, email="", phone="0114 496 0001")

    assert asked() == few
    assert few <= 45


# --- lists that somebody keeps ---------------------------------------------------------------------------------------


def keep(desk: Client, name: str, address: str) -> HttpResponse:
    return desk.post("/admin/lists/save/", {"name": name, "address": address})


def test_a_list_is_kept_with_its_filters_shown_on_the_first_page_and_let_go_again(desk: Client) -> None:
    address = "/admin/events/registration/?stage=waiting"
    keep(desk, "Waiting", address)
    assert address in read(desk.get("/admin/")).links()

    desk.post(f"/admin/lists/{SavedList.objects.get().pk}/delete/")

    assert address not in read(desk.get("/admin/")).links()


def test_a_list_kept_under_a_welsh_address_opens_in_english_too(desk: Client) -> None:
    keep(desk, "Waiting", "/cy/admin/events/registration/?stage=waiting")

    assert SavedList.objects.get().address == "/admin/events/registration/?stage=waiting"


@pytest.mark.parametrize(
    "address", ["https://evil.example/admin/", "//evil.example/", "/my/", "/admin/", "", "/admin/lists/save/"]
)
def test_only_lists_of_the_admin_can_be_kept(desk: Client, address: str) -> None:
    assert keep(desk, "Elsewhere", address).status_code == 404
    assert not SavedList.objects.exists()


def test_nobody_sees_or_removes_the_lists_of_another(desk: Client, officer: User) -> None:
    other = factories.make_staff("second@partnerships.example")
    theirs = SavedList.objects.create(user=other, name="Theirs", address="/admin/events/call/")

    assert theirs.address not in [row.address for row in desk.get("/admin/").context["saved_lists"]]
    assert desk.post(f"/admin/lists/{theirs.pk}/delete/").status_code == 404


def test_a_person_who_may_be_there_twice_is_off_when_staff_say_what_they_are(officer: User, event: Event) -> None:
    other = factories.make_event("fife-2031", held_on=event.held_on + dt.timedelta(days=9))
    two = [factories.ask(one, number, name="Ana Reed").person for number, one in enumerate((event, other), 1)]
    assert items(officer)["people"].count == 1

    partners.say_different(*two, by=officer)

    assert "people" not in counts(officer)
