import datetime as dt

import pytest
from django.utils import timezone

from events import services as events
from events.models import Event, Registration
from matching import services, snapshot
from matching.models import Answer, FollowUp, Introduction, MatchRun, Suggestion
from partners import services as partners
from partners.models import Consent, User
from pwp.outbox.models import Message
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


def test_somebody_without_e_mail_is_marked_to_be_asked_by_phone(
    event: Event, officer: User, museum: Registration
) -> None:
    by_phone = factories.confirm(event, 4, officer, email="", phone="0114 496 0000")
    pair = factories.suggest(event, museum.organisation, by_phone.organisation)
    introduce(pair, museum, by_phone)

    services.queue_due_follow_ups(now=timezone.now() + dt.timedelta(days=14))

    assert FollowUp.objects.get(person=by_phone.person, rule="two-weeks").state == FollowUp.State.ASKED
    assert recipients("follow-up:two-weeks") == ["person1@group1.example"]


def test_one_side_can_stop_its_questions_and_the_other_keeps_theirs(
    suggestion: Suggestion, museum: Registration, community: Registration
) -> None:
    introduction = introduce(suggestion, museum, community)

    assert services.stop_follow_ups(introduction, museum.person) == 2

    assert services.queue_due_follow_ups(now=timezone.now() + dt.timedelta(days=90)) == 2


# --- runs ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def full_event(event: Event, officer: User) -> Event:
    """Four museums and four groups whose words meet."""
    for number in range(1, 9):
        factories.confirm(event, number, officer)
    return event


def run(event: Event) -> MatchRun:
    done = services.request_run(event, by="test")
    assert services.perform_run(done), done.problem
    return done


def pairs(event: Event) -> list[tuple[str, str, str]]:
    rows = Suggestion.objects.filter(event=event).order_by("museum__name", "partner__name")
    return [(row.museum.name, row.partner.name, row.state) for row in rows.select_related("museum", "partner")]


def test_a_run_suggests_partners_to_everybody_and_tells_each_once(full_event: Event) -> None:
    done = run(full_event)

    seen = {pk for pair in Suggestion.objects.showing().values_list("museum_id", "partner_id") for pk in pair}
    assert len(seen) == 8
    assert done.report["shortfalls"] == []
    assert len(recipients("suggestions-ready")) == 8
    run(full_event)
    assert len(recipients("suggestions-ready")) == 8


def test_the_same_input_gives_the_same_answer(full_event: Event) -> None:
    first = run(full_event)
    before = pairs(full_event)

    second = run(full_event)

    assert pairs(full_event) == before
    assert second.input_hash == first.input_hash
    assert second.report == first.report


def test_people_without_consent_or_place_are_not_in_the_run(full_event: Event, officer: User) -> None:
    hidden = factories.confirm(full_event, 10, officer, consents={"visible_at_event": False})
    asked = factories.ask(full_event, 11)

    run(full_event)

    keys = {profile.key for profile in snapshot.gathering(full_event, as_of=timezone.now()).profiles}
    assert not keys & {hidden.organisation.code, asked.organisation.code}
    assert not Suggestion.objects.about(hidden.organisation).exists()


def test_words_that_staff_have_not_read_are_not_in_the_run(event: Event, officer: User) -> None:
    registration = events.accept_invitation(factories.invite(event, 1, officer), by="Person 1")

    (profile,) = snapshot.gathering(event, as_of=timezone.now()).profiles

    assert profile.key == registration.organisation.code
    assert (profile.needs, profile.offers) == ((), ())


def test_two_yeses_that_waited_for_a_consent_are_introduced_by_the_next_run(full_event: Event) -> None:
    run(full_event)
    suggestion = Suggestion.objects.showing().select_related("museum", "partner").first()
    (first,), (second,) = factories.people_of(suggestion.museum), factories.people_of(suggestion.partner)
    services.answer_suggestion(suggestion, organisation=suggestion.museum, person=first, choice="yes")
    partners.record_consents(first, {"share_after_two_yes": False}, channel="page")
    services.answer_suggestion(suggestion, organisation=suggestion.partner, person=second, choice="yes")
    partners.record_consents(first, {"share_after_two_yes": True}, channel="page")

    run(full_event)

    assert Introduction.objects.get().suggestion == suggestion


def test_a_not_now_is_remembered_when_a_pair_comes_back(full_event: Event) -> None:
    run(full_event)
    suggestion = Suggestion.objects.showing().select_related("museum", "partner").first()
    (person,) = factories.people_of(suggestion.museum)
    services.answer_suggestion(suggestion, organisation=suggestion.museum, person=person, choice="not_now")
    Suggestion.objects.filter(pk=suggestion.pk).update(state="dropped")

    run(full_event)

    suggestion.refresh_from_db()
    assert (suggestion.state, suggestion.answers.get().choice) == (S.SHOWN, "not_now")


def test_a_declined_pair_does_not_come_back_for_six_months(full_event: Event) -> None:
    run(full_event)
    suggestion = Suggestion.objects.showing().select_related("museum", "partner").first()
    (person,) = factories.people_of(suggestion.museum)
    services.answer_suggestion(suggestion, organisation=suggestion.museum, person=person, choice="no")

    run(full_event)

    suggestion.refresh_from_db()
    assert suggestion.state == S.DECLINED


def test_a_pair_somebody_said_yes_to_stays_whatever_a_later_run_says(full_event: Event) -> None:
    run(full_event)
    suggestion = Suggestion.objects.showing().select_related("museum", "partner").first()
    (person,) = factories.people_of(suggestion.museum)
    services.answer_suggestion(suggestion, organisation=suggestion.museum, person=person, choice="yes")
    suggestion.partner.listings.all().delete()

    run(full_event)

    suggestion.refresh_from_db()
    assert suggestion.state == S.SHOWN


def test_a_pair_the_engine_no_longer_sees_is_dropped_and_can_come_back(full_event: Event) -> None:
    run(full_event)
    leaving = Registration.objects.filter(event=full_event).first()
    count = Suggestion.objects.about(leaving.organisation).showing().count()
    partners.record_consents(leaving.person, {"visible_at_event": False}, channel="page")

    run(full_event)
    assert Suggestion.objects.about(leaving.organisation).showing().count() == 0
    partners.record_consents(leaving.person, {"visible_at_event": True}, channel="page")
    run(full_event)

    assert Suggestion.objects.about(leaving.organisation).showing().count() == count > 0


def test_asking_for_a_run_twice_is_one_run(event: Event) -> None:
    assert services.request_run(event, by="a") == services.request_run(event, by="b")


def test_two_runs_of_one_event_never_interleave(event: Event) -> None:
    first = services.request_run(event, by="a")
    MatchRun.objects.filter(pk=first.pk).update(state="running", heard_at=timezone.now())
    second = services.request_run(event, by="b")

    assert services.perform_run(second) is False

    second.refresh_from_db()
    assert second.state == MatchRun.State.REQUESTED


def test_a_run_whose_worker_died_is_done_by_another(full_event: Event) -> None:
    lost = services.request_run(full_event, by="a")
    MatchRun.objects.filter(pk=lost.pk).update(state="running", heard_at=timezone.now() - dt.timedelta(minutes=11))

    assert services.score_requested_runs() == 1

    lost.refresh_from_db()
    assert lost.state == MatchRun.State.DONE


def test_an_event_with_nobody_gives_an_honest_empty_run(event: Event) -> None:
    done = run(event)

    assert done.report["pairs"] == []
    assert done.state == MatchRun.State.DONE


def test_every_museum_is_paired_with_other_sectors_only(full_event: Event) -> None:
    run(full_event)

    assert {s.museum.sector for s in Suggestion.objects.select_related("museum")} == {"museum"}
    assert {s.partner.sector for s in Suggestion.objects.select_related("partner")} == {"community"}


def test_nightly_runs_are_for_events_with_somebody_at_them(full_event: Event, outsider: Registration) -> None:
    assert services.request_nightly_runs(today=full_event.held_on) == 1
