import datetime as dt
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from events import services as events
from events.models import Event, Registration
from matching import services, snapshot, watch
from matching.models import Answer, FollowUp, Introduction, Suggestion
from matching.services.storing import tell_who_has_suggestions
from partners import services as partners
from partners.models import Consent, User
from pwp.journal.models import Entry
from pwp.outbox.models import LetterText, Message
from pwp.refusals import Refused
from tests import factories

pytestmark = pytest.mark.django_db
S = Suggestion.State


def answer(suggestion: Suggestion, registration: Registration, choice: str, **rest: object) -> Introduction | None:
    return services.answer_suggestion(
        suggestion, organisation=registration.organisation, person=registration.person, choice=choice, **rest
    )


def introduce(suggestion: Suggestion, museum: Registration, community: Registration) -> Introduction:
    answer(suggestion, museum, "yes")
    introduction = answer(suggestion, community, "yes")
    assert introduction is not None
    return introduction


def recipients(step: str) -> list[str]:
    return sorted(Message.objects.filter(key__contains=f":{step}:").values_list("to_email", flat=True))


# --- answers ---------------------------------------------------------------------------------------------------------


def test_two_yeses_introduce_both_sides_with_one_letter_each(
    suggestion: Suggestion, museum: Registration, community: Registration
) -> None:
    introduction = introduce(suggestion, museum, community)

    assert introduction.people() == (museum.person, community.person)
    assert recipients("made") == ["person1@group1.example", "person2@group2.example"]
    to_museum = Message.objects.get(key__contains=":made:", to_email="person1@group1.example")
    assert "person2@group2.example" in to_museum.text
    assert "Stories of the steelworks from people who were there." in to_museum.text


def test_one_yes_shares_nothing(suggestion: Suggestion, museum: Registration) -> None:
    assert answer(suggestion, museum, "yes") is None

    assert Introduction.objects.count() == 0
    assert recipients("made") == []


def test_saying_yes_twice_is_one_yes(suggestion: Suggestion, museum: Registration) -> None:
    answer(suggestion, museum, "yes")
    answer(suggestion, museum, "yes")

    assert Answer.objects.count() == 1
    assert Introduction.objects.count() == 0


def test_a_yes_without_agreeing_to_pass_on_details_is_refused_with_what_to_do(
    suggestion: Suggestion, museum: Registration
) -> None:
    partners.record_consents(museum.person, {"share_after_two_yes": False}, channel="page")

    with pytest.raises(Refused, match="please tick"):
        answer(suggestion, museum, "yes")
    answer(suggestion, museum, "yes", may_share=True)

    assert museum.person.agrees_to(Consent.Purpose.SHARE_AFTER_TWO_YES)


def test_a_yes_does_not_count_after_its_person_took_the_consent_or_the_place_back(
    suggestion: Suggestion, museum: Registration, community: Registration
) -> None:
    answer(suggestion, museum, "yes")
    partners.record_consents(museum.person, {"share_after_two_yes": False}, channel="page")
    assert answer(suggestion, community, "yes") is None
    partners.record_consents(museum.person, {"share_after_two_yes": True}, channel="page")
    events.withdraw(museum, by="Ana Reed")
    assert answer(suggestion, community, "yes") is None

    assert Introduction.objects.count() == 0
    assert recipients("made") == []


def test_a_person_who_left_is_not_introduced_although_a_colleague_still_comes(
    event: Event, officer: User, suggestion: Suggestion, museum: Registration, community: Registration
) -> None:
    colleague = factories.confirm(event, 6, officer)
    type(colleague.membership).objects.filter(pk=colleague.membership_id).update(organisation=museum.organisation)
    answer(suggestion, museum, "yes")
    events.withdraw(museum, by="Ana Reed")

    assert answer(suggestion, community, "yes") is None


def test_nobody_is_introduced_to_an_organisation_that_closed_its_contact(
    suggestion: Suggestion, museum: Registration, community: Registration
) -> None:
    answer(suggestion, museum, "yes")
    type(museum.organisation).objects.filter(pk=museum.organisation.pk).update(open_to_contact=False)

    assert answer(suggestion, community, "yes") is None
    assert not Suggestion.objects.present().exists()


def test_a_no_takes_the_pair_away_and_keeps_the_reason_for_staff(
    suggestion: Suggestion, museum: Registration, community: Registration
) -> None:
    answer(suggestion, museum, "yes")
    answer(suggestion, community, "no", reason="no_time", reason_text="Busy until June.")

    suggestion.refresh_from_db()
    assert suggestion.state == S.DECLINED
    assert suggestion.answers.get(organisation=community.organisation).reason_text == "Busy until June."
    with pytest.raises(Refused, match="no longer open"):
        answer(suggestion, museum, "yes")


def test_not_now_can_become_yes(suggestion: Suggestion, museum: Registration, community: Registration) -> None:
    answer(suggestion, museum, "yes")
    assert answer(suggestion, community, "not_now") is None

    assert answer(suggestion, community, "yes") is not None


# --- follow-ups ------------------------------------------------------------------------------------------------------


def test_follow_ups_are_asked_after_two_weeks_and_three_months_once_each(
    suggestion: Suggestion, museum: Registration, community: Registration
) -> None:
    introduce(suggestion, museum, community)
    start = timezone.now()

    asked = [services.queue_due_follow_ups(now=start + dt.timedelta(days=days)) for days in (13, 14, 14, 90, 91)]

    assert asked == [0, 2, 0, 2, 0]
    assert recipients("follow-up:two-weeks") == ["person1@group1.example", "person2@group2.example"]


def test_follow_ups_are_dropped_when_the_pair_has_ended(
    suggestion: Suggestion, museum: Registration, community: Registration
) -> None:
    introduction = introduce(suggestion, museum, community)
    services.queue_due_follow_ups(now=timezone.now() + dt.timedelta(days=14))
    question = introduction.follow_ups.get(rule="two-weeks", person=museum.person)
    services.answer_follow_up(question, outcome="ended", by="Ana Reed")

    assert services.queue_due_follow_ups(now=timezone.now() + dt.timedelta(days=90)) == 0

    assert set(introduction.follow_ups.filter(rule="three-months").values_list("state", flat=True)) == {"dropped"}
    introduction.refresh_from_db()
    assert introduction.state == Introduction.State.ENDED


def test_an_answer_that_they_talk_moves_the_introduction_on(
    suggestion: Suggestion, museum: Registration, community: Registration
) -> None:
    introduction = introduce(suggestion, museum, community)
    services.queue_due_follow_ups(now=timezone.now() + dt.timedelta(days=14))

    services.answer_follow_up(introduction.follow_ups.filter(state="asked").first(), outcome="talked", by="Ana Reed")

    introduction.refresh_from_db()
    assert introduction.state == Introduction.State.TALKING


def test_who_does_not_answer_is_reminded_once_and_who_answered_or_stopped_is_not(
    suggestion: Suggestion, museum: Registration, community: Registration
) -> None:
    introduction = introduce(suggestion, museum, community)
    start = timezone.now()
    services.queue_due_follow_ups(now=start + dt.timedelta(days=14))
    asked = introduction.follow_ups.get(person=community.person, state="asked")
    services.answer_follow_up(asked, outcome="not_yet", by="Ben Mills", now=start + dt.timedelta(days=15))

    reminded = [services.queue_follow_up_reminders(now=start + dt.timedelta(days=days)) for days in (20, 22, 23)]
    services.queue_due_follow_ups(now=start + dt.timedelta(days=90))
    services.stop_follow_ups(introduction, community.person)
    reminded.append(services.queue_follow_up_reminders(now=start + dt.timedelta(days=98)))

    assert reminded == [0, 1, 0, 1]
    assert recipients("follow-up-again:two-weeks") == ["person1@group1.example"]
    assert recipients("follow-up-again:three-months") == ["person1@group1.example"]


def test_silence_stays_silence_and_a_late_answer_still_counts(
    suggestion: Suggestion, museum: Registration, community: Registration
) -> None:
    introduction = introduce(suggestion, museum, community)
    start = timezone.now()
    services.queue_due_follow_ups(now=start + dt.timedelta(days=14))
    services.queue_follow_up_reminders(now=start + dt.timedelta(days=22))
    services.queue_due_follow_ups(now=start + dt.timedelta(days=90))
    services.queue_follow_up_reminders(now=start + dt.timedelta(days=98))

    introduction.refresh_from_db()
    assert introduction.state == Introduction.State.INTRODUCED
    late = introduction.follow_ups.filter(person=museum.person).first()
    services.answer_follow_up(late, outcome="talked", by="Ana Reed")
    assert introduction.follow_ups.get(state="answered").outcome == "talked"


# --- people with a phone alone ---------------------------------------------------------------------------------------


@pytest.fixture
def by_phone(event: Event, officer: User) -> Registration:
    return factories.confirm(event, 4, officer, email="", phone="0114 496 0000")


@pytest.fixture
def phone_pair(event: Event, museum: Registration, by_phone: Registration) -> Suggestion:
    return factories.suggest(event, museum.organisation, by_phone.organisation)


def news(registration: Registration) -> list[str]:
    """What the calls about partners say, that are still to make."""
    return [call.news for call in registration.calls.filter(why="partners", state="to_make").order_by("pk")]


def test_whoever_has_only_a_phone_is_rung_about_suggestions_the_introduction_and_how_it_goes(
    event: Event, museum: Registration, by_phone: Registration, phone_pair: Suggestion
) -> None:
    for _night in range(2):
        tell_who_has_suggestions(event)
    introduction = introduce(phone_pair, museum, by_phone)
    services.queue_due_follow_ups(now=timezone.now() + dt.timedelta(days=14))

    assert FollowUp.objects.get(person=by_phone.person, rule="two-weeks").state == FollowUp.State.ASKED
    assert recipients("follow-up:two-weeks") == ["person1@group1.example"]
    assert news(by_phone) == [
        "there are possible partners for them: read them out, and enter what they say",
        "a partner said yes too: read out how to reach them",
        "how is it going with their new partner?",
    ]
    assert news(museum) == []

    services.note_how_it_goes(introduction, by_phone.person, "talked", by="Ceri", said="They met.")

    assert "how is it going with their new partner?" not in news(by_phone)
    introduction.refresh_from_db()
    assert introduction.state == Introduction.State.TALKING


def test_news_about_partners_wait_for_their_call_whatever_happens_on_the_day(
    event: Event, officer: User, museum: Registration, by_phone: Registration, phone_pair: Suggestion
) -> None:
    tell_who_has_suggestions(event)
    introduce(phone_pair, museum, by_phone)
    day = dt.datetime.combine(event.held_on, dt.time(9), tzinfo=dt.UTC)

    events.mark_attendance(by_phone, True, by=officer, now=day)

    assert len(news(by_phone)) == 2


def test_who_withdrew_is_not_rung_about_suggestions_but_about_an_introduction(
    event: Event, museum: Registration, by_phone: Registration, phone_pair: Suggestion
) -> None:
    tell_who_has_suggestions(event)
    introduce(phone_pair, museum, by_phone)

    events.withdraw(by_phone, by="Ben Mills")
    events.queue_calls()

    assert news(by_phone) == ["a partner said yes too: read out how to reach them"]


def test_an_answer_entered_by_staff_counts_and_says_that_it_was_by_phone(
    officer: User, by_phone: Registration, museum: Registration, phone_pair: Suggestion
) -> None:
    partners.record_consents(by_phone.person, {"share_after_two_yes": False}, channel="phone")
    answer(phone_pair, museum, "yes")
    with pytest.raises(Refused, match="please tick"):
        answer(phone_pair, by_phone, "yes", entered_by=officer)

    assert answer(phone_pair, by_phone, "yes", may_share=True, entered_by=officer) is not None

    assert by_phone.person.consents.filter(given=True, purpose="share_after_two_yes").first().channel == "phone"
    entry = Entry.objects.about(phone_pair).get(reason__contains="by phone")
    assert (entry.by, entry.reason) == (officer, "by phone, for Group 4: Yes, introduce us")
    assert by_phone.person.name not in entry.reason


# --- a pair that ends ------------------------------------------------------------------------------------------------


def test_when_a_pair_ends_both_are_thanked_after_an_hour_and_only_staff_read_why(
    settings: LazySettings, suggestion: Suggestion, museum: Registration, community: Registration
) -> None:
    settings.LETTER_HOLD_MINUTES = 60
    introduction = introduce(suggestion, museum, community)
    services.queue_due_follow_ups(now=timezone.now() + dt.timedelta(days=14))
    services.queue_follow_up_reminders(now=timezone.now() + dt.timedelta(days=30))
    asked = introduction.follow_ups.get(person=museum.person, state="asked")

    services.answer_follow_up(asked, outcome="ended", by="Ana Reed", reason_text="They never rang back.")

    thanks = Message.objects.filter(key__contains=":ended:")
    assert sorted(thanks.values_list("to_email", flat=True)) == ["person1@group1.example", "person2@group2.example"]
    assert all("/events/sheffield-2031/partners/" in letter.text for letter in thanks)
    assert not any("rang back" in letter.text for letter in Message.objects.all())
    assert all(letter.send_after > timezone.now() + dt.timedelta(minutes=50) for letter in thanks)
    asked.refresh_from_db()
    assert asked.reason_text == "They never rang back."
    assert suggestion.event.match_runs.requested().count() == 1  # looked at afresh
    assert Message.objects.filter(key__contains=":follow-up", state="queued").count() == 0


def test_a_pair_that_goes_on_after_all_is_not_thanked_for_an_end(
    suggestion: Suggestion, museum: Registration, community: Registration
) -> None:
    introduction = introduce(suggestion, museum, community)
    services.queue_due_follow_ups(now=timezone.now() + dt.timedelta(days=14))
    one, other = introduction.follow_ups.filter(state="asked").select_related("introduction")
    services.answer_follow_up(one, outcome="ended", by="Ana Reed")
    other.introduction.refresh_from_db()
    services.answer_follow_up(other, outcome="talked", by="Ben Mills")

    assert set(Message.objects.filter(key__contains=":ended:").values_list("state", flat=True)) == {"cancelled"}


def test_a_pair_that_ended_makes_room_for_another_introduction(
    event: Event, suggestion: Suggestion, museum: Registration, community: Registration
) -> None:
    type(museum.organisation).objects.filter(pk=museum.organisation.pk).update(most_introductions=1)
    introduction = introduce(suggestion, museum, community)

    def left() -> int | None:
        profiles = snapshot.gathering(event, as_of=timezone.now()).profiles
        return {profile.key: profile.limit for profile in profiles}[museum.organisation.code]

    before = (left(), watch.fingerprint(event, as_of=introduction.created_at))
    services.note_how_it_goes(introduction, museum.person, "ended", by="Ceri", said="No time.")

    assert (before[0], left()) == (0, 1)
    assert watch.fingerprint(event, as_of=introduction.created_at) != before[1]


def test_one_side_can_stop_its_questions_and_the_other_keeps_theirs(
    suggestion: Suggestion, museum: Registration, community: Registration
) -> None:
    introduction = introduce(suggestion, museum, community)

    assert services.stop_follow_ups(introduction, museum.person) == 2

    assert services.queue_due_follow_ups(now=timezone.now() + dt.timedelta(days=90)) == 2


def test_a_letter_that_leaves_in_the_moment_somebody_stops_keeps_no_questions_coming(
    suggestion: Suggestion, museum: Registration, community: Registration
) -> None:
    introduction = introduce(suggestion, museum, community)
    soon, _later = introduction.follow_ups.filter(person=museum.person)

    def letter_leaves(execute: Any, sql: str, *rest: Any) -> Any:
        if sql.startswith("UPDATE") and "dropped" in rest[0]:
            FollowUp.objects.filter(pk=soon.pk, state="planned").update(state="asked")
        return execute(sql, *rest)

    with connection.execute_wrapper(letter_leaves):
        assert services.stop_follow_ups(introduction, museum.person) == 2

    own = introduction.follow_ups.filter(person=museum.person)
    assert {one.state for one in own} == {FollowUp.State.DROPPED}


def test_who_withdrew_before_hearing_of_suggestions_hears_of_them_when_they_come_after_all(
    event: Event, suggestion: Suggestion, museum: Registration, officer: User
) -> None:
    tell_who_has_suggestions(event)
    events.withdraw(museum, by="Ana Reed")
    events.accept_invitation(events.invite(museum, by=officer, no_talk_reason="She rang."), by="Ana Reed")

    for _run in range(2):
        tell_who_has_suggestions(event)

    letters = Message.objects.filter(key__contains=":suggestions-ready:").to_person(museum.person.code)
    assert list(letters.order_by("pk").values_list("state", flat=True)) == ["cancelled", "queued"]


def test_however_many_hear_of_their_first_suggestions_the_database_is_asked_as_often(
    event: Event, officer: User, django_assert_num_queries: Any
) -> None:
    for number in range(1, 5):
        factories.confirm(event, number, officer)
    places = list(event.registrations.order_by("pk"))
    factories.suggest(event, places[0].organisation, places[1].organisation)
    with CaptureQueriesContext(connection) as captured:
        tell_who_has_suggestions(event)
    factories.suggest(event, places[2].organisation, places[3].organisation)
    LetterText.objects.create(letter="matching/suggestions_ready", language="en", subject="Look!", body="{link}")
    Message.objects.filter(key__contains=":suggestions-ready:").delete()

    with django_assert_num_queries(len(captured)):
        tell_who_has_suggestions(event)

    told = Message.objects.filter(key__contains=":suggestions-ready:")
    assert list(told.values_list("subject", flat=True)) == ["Look!"] * 4
