"""Runs of the engine: worked off in blocks by whoever has a hand free, stored once, told to whom it concerns."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from events import services as events
from events.models import Event, Registration
from matching import engine, frozen, services, snapshot
from matching.models import Introduction, MatchBlock, MatchRun, Suggestion
from matching.services import blocks
from partners import services as partners
from partners.models import Organisation, User
from pwp.journal.models import Entry
from pwp.outbox.models import Message
from tests import factories

pytestmark = pytest.mark.django_db
S = Suggestion.State


Run = Callable[[Event], MatchRun]


def recipients(step: str) -> list[str]:
    return sorted(Message.objects.filter(key__contains=f":{step}:").values_list("to_email", flat=True))


def pairs(event: Event) -> list[tuple[str, str, str]]:
    rows = Suggestion.objects.filter(event=event).order_by("museum__name", "partner__name")
    return [(row.museum.name, row.partner.name, row.state) for row in rows.select_related("museum", "partner")]


def test_a_run_suggests_partners_to_everybody_and_tells_each_once(full_event: Event, run: Run) -> None:
    done = run(full_event)

    seen = {pk for pair in Suggestion.objects.showing().values_list("museum_id", "partner_id") for pk in pair}
    assert len(seen) == 8
    assert done.report["shortfalls"] == []
    assert len(recipients("suggestions-ready")) == 8
    run(full_event)
    assert len(recipients("suggestions-ready")) == 8


def test_the_same_input_gives_the_same_answer(full_event: Event, run: Run) -> None:
    first = run(full_event)
    before = pairs(full_event)

    second = run(full_event)

    assert pairs(full_event) == before
    assert second.input_hash == first.input_hash
    assert second.report == first.report


def test_people_without_consent_or_place_are_not_in_the_run(full_event: Event, officer: User, run: Run) -> None:
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


def test_two_yeses_that_waited_for_a_consent_are_introduced_by_the_next_run(full_event: Event, run: Run) -> None:
    run(full_event)
    suggestion = Suggestion.objects.showing().select_related("museum", "partner").first()
    (first,), (second,) = factories.people_of(suggestion.museum), factories.people_of(suggestion.partner)
    services.answer_suggestion(suggestion, organisation=suggestion.museum, person=first, choice="yes")
    partners.record_consents(first, {"share_after_two_yes": False}, channel="page")
    services.answer_suggestion(suggestion, organisation=suggestion.partner, person=second, choice="yes")
    partners.record_consents(first, {"share_after_two_yes": True}, channel="page")

    run(full_event)

    assert Introduction.objects.get().suggestion == suggestion


def test_a_not_now_is_remembered_when_a_pair_comes_back(full_event: Event, run: Run) -> None:
    run(full_event)
    suggestion = Suggestion.objects.showing().select_related("museum", "partner").first()
    (person,) = factories.people_of(suggestion.museum)
    services.answer_suggestion(suggestion, organisation=suggestion.museum, person=person, choice="not_now")
    Suggestion.objects.filter(pk=suggestion.pk).update(state="dropped")

    run(full_event)

    suggestion.refresh_from_db()
    assert (suggestion.state, suggestion.answers.get().choice) == (S.SHOWN, "not_now")


def test_a_declined_pair_does_not_come_back_for_six_months(full_event: Event, run: Run) -> None:
    run(full_event)
    suggestion = Suggestion.objects.showing().select_related("museum", "partner").first()
    (person,) = factories.people_of(suggestion.museum)
    services.answer_suggestion(suggestion, organisation=suggestion.museum, person=person, choice="no")

    run(full_event)

    suggestion.refresh_from_db()
    assert suggestion.state == S.DECLINED


def test_a_pair_somebody_said_yes_to_stays_whatever_a_later_run_says(full_event: Event, run: Run) -> None:
    run(full_event)
    suggestion = Suggestion.objects.showing().select_related("museum", "partner").first()
    (person,) = factories.people_of(suggestion.museum)
    services.answer_suggestion(suggestion, organisation=suggestion.museum, person=person, choice="yes")
    suggestion.partner.listings.all().delete()

    run(full_event)

    suggestion.refresh_from_db()
    assert suggestion.state == S.SHOWN


def test_a_pair_the_engine_no_longer_sees_is_dropped_and_can_come_back(full_event: Event, run: Run) -> None:
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


def test_an_event_with_nobody_gives_an_honest_empty_run(event: Event, run: Run) -> None:
    done = run(event)

    assert done.report["pairs"] == []
    assert done.state == MatchRun.State.DONE


def test_every_museum_is_paired_with_other_sectors_only(full_event: Event, run: Run) -> None:
    run(full_event)

    assert {s.museum.sector for s in Suggestion.objects.select_related("museum")} == {"museum"}
    assert {s.partner.sector for s in Suggestion.objects.select_related("partner")} == {"community"}


def test_nightly_runs_are_for_events_with_somebody_at_them(full_event: Event, outsider: Registration) -> None:
    assert services.request_nightly_runs(today=full_event.held_on) == 1


def test_an_event_that_is_as_the_last_run_saw_it_is_not_run_again_at_night(full_event: Event, run: Run) -> None:
    run(full_event)
    unchanged = services.request_nightly_runs(today=full_event.held_on)
    Organisation.objects.filter(sector="museum").update(description="Another town museum, with a garden")

    assert (unchanged, services.request_nightly_runs(today=full_event.held_on)) == (0, 1)


def test_after_an_edit_was_brought_in_the_night_learns_the_events_words_anew(full_event: Event, run: Run) -> None:
    run(full_event)
    one = Organisation.objects.filter(sector="museum").order_by("pk")[0]
    one.description = "Another town museum, with a garden"
    one.save()
    services.refresh_changed_events()

    assert newest_run(full_event).refresh_of is not None
    assert services.request_nightly_runs(today=full_event.held_on) == 1


def newest_run(event: Event) -> MatchRun:
    return event.match_runs.order_by("-pk")[0]


def test_a_nightly_run_and_a_refresh_that_waits_are_two_requests(event: Event) -> None:
    MatchRun.objects.create(event=event, refresh_of=MatchRun.objects.create(event=event, state="done"))

    assert services.request_run(event, by="a").refresh_of is None


# --- blocks ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every museum is a block of its own."""
    monkeypatch.setattr(blocks, "BLOCK", 1)


def started(event: Event) -> MatchRun:
    asked = services.request_run(event, by="test")
    assert blocks.start_run(asked), asked.problem
    return asked


def test_a_small_event_is_one_block(full_event: Event, run: Run) -> None:
    done = run(full_event)

    assert [(block.first, block.last, block.state) for block in done.blocks.all()] == [(0, 4, "done")]
    assert (done.steps_done, done.steps_total, done.percent_done) == (1, 1, 100)


def test_many_blocks_say_what_one_says(full_event: Event, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = run(full_event)
    monkeypatch.setattr(blocks, "BLOCK", 1)
    monkeypatch.setattr(blocks, "MOST_BLOCKS", 1_000_000)

    pieces = run(full_event)

    assert pieces.blocks.count() == 4
    assert pieces.report == whole.report


def test_a_large_event_has_about_sixteen_blocks(full_event: Event, in_blocks: None, officer: User) -> None:
    for number in range(9, 50, 2):
        factories.confirm(factories.make_event(f"place-{number}-2031"), number, officer)
    ours = Registration.objects.exclude(event=full_event)
    ours.update(event=full_event)

    assert 16 <= started(full_event).blocks.count() <= 32


def test_blocks_may_be_scored_by_another_process_that_never_saw_the_event(
    full_event: Event, run: Run, in_blocks: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = run(full_event)
    asked = started(full_event)
    monkeypatch.setattr(blocks, "_prepared", {})

    assert services.work_off_blocks() == asked.blocks.count()

    asked.refresh_from_db()
    assert (asked.state, asked.report) == ("done", whole.report)


def test_how_far_it_is_counts_blocks_and_says_who_scored_them(full_event: Event, in_blocks: None) -> None:
    asked = started(full_event)
    total = asked.blocks.count()
    block = blocks._claim(MatchBlock.objects.all())
    assert block is not None

    blocks._score(block)

    asked.refresh_from_db()
    assert (asked.steps_done, asked.steps_total) == (1, total)
    assert asked.percent_done == int(100 / total)
    block.refresh_from_db()
    assert (block.seconds or 0) > 0
    assert block.worker.endswith(f":{blocks.os.getpid()}")


def test_what_was_edited_while_it_runs_waits_for_the_next_run(full_event: Event, in_blocks: None) -> None:
    asked = started(full_event)
    before = frozen.thaw(bytes(asked.snapshot or b""))
    Organisation.objects.update(description="Quite another thing.")

    services.work_off_blocks()

    asked.refresh_from_db()
    assert frozen.thaw(bytes(asked.snapshot or b"")) == before
    assert before.profiles[0].description == ""


def test_a_block_whose_worker_died_is_scored_by_another_after_two_minutes(full_event: Event, in_blocks: None) -> None:
    asked = started(full_event)
    lost = blocks._claim(MatchBlock.objects.all())
    assert lost is not None
    assert lost.claimed_at is not None

    services.work_off_blocks(now=lost.claimed_at + dt.timedelta(seconds=119))
    asked.refresh_from_db()
    assert (asked.state, asked.steps_done) == ("running", asked.steps_total - 1)

    assert services.work_off_blocks(now=lost.claimed_at + dt.timedelta(seconds=121)) == 1
    asked.refresh_from_db()
    assert asked.state == "done"


def test_a_worker_that_was_taken_for_dead_and_comes_back_spoils_nothing(full_event: Event, run: Run) -> None:
    whole = run(full_event)
    asked = started(full_event)
    slow = blocks._claim(MatchBlock.objects.all())
    assert slow is not None
    assert slow.claimed_at is not None
    services.work_off_blocks(now=slow.claimed_at + dt.timedelta(minutes=3))

    assert blocks._score(slow) is False

    asked.refresh_from_db()
    assert (asked.state, asked.report) == ("done", whole.report)


def test_a_run_whose_worker_died_while_it_concluded_is_concluded_again_once(full_event: Event, run: Run) -> None:
    whole = run(full_event)
    asked = started(full_event)
    blocks._score(blocks._claim(MatchBlock.objects.all()))  # type: ignore[arg-type]
    MatchRun.objects.filter(pk=asked.pk).update(state="concluding", heard_at=timezone.now())

    services.work_off_blocks(now=timezone.now() + dt.timedelta(minutes=9))
    asked.refresh_from_db()
    assert asked.state == "concluding"

    services.work_off_blocks(now=timezone.now() + dt.timedelta(minutes=11))
    asked.refresh_from_db()
    assert (asked.state, asked.report) == ("done", whole.report)
    assert len(recipients("suggestions-ready")) == 8


def test_a_conclusion_that_comes_twice_is_stored_once(full_event: Event) -> None:
    asked = started(full_event)
    blocks._score(blocks._claim(MatchBlock.objects.all()))  # type: ignore[arg-type]
    stale = MatchRun.objects.get(pk=asked.pk)
    assert blocks.conclude_run(asked)

    assert blocks.conclude_run(stale) is False
    assert set(Suggestion.objects.values_list("times_shown", flat=True)) == {1}


def test_a_run_is_taken_up_although_its_worker_died_between_the_last_block_and_the_conclusion(
    full_event: Event,
) -> None:
    asked = started(full_event)
    blocks._score(blocks._claim(MatchBlock.objects.all()))  # type: ignore[arg-type]

    services.work_off_blocks()

    asked.refresh_from_db()
    assert asked.state == "done"


def test_what_blocks_found_is_thrown_away_and_the_newest_run_alone_keeps_what_it_saw(
    full_event: Event, run: Run
) -> None:
    older, newer = run(full_event), run(full_event)

    for one in (older, newer):
        one.refresh_from_db()
    assert (older.snapshot, older.survey) == (None, None)
    assert engine.Survey.from_bytes(bytes(newer.survey or b"")).whole
    assert set(MatchBlock.objects.values_list("survey", flat=True)) == {None}


def test_a_run_that_cannot_be_prepared_fails_with_the_reason_and_leaves_what_people_see(
    full_event: Event, run: Run
) -> None:
    run(full_event)
    before = pairs(full_event)
    Event.objects.filter(pk=full_event.pk).update(near_km=0)
    asked = services.request_run(full_event, by="test")

    assert services.perform_run(MatchRun.objects.get(pk=asked.pk)) is False

    asked.refresh_from_db()
    assert (asked.state, "must be above 0 km" in asked.problem) == ("failed", True)
    assert pairs(full_event) == before


def test_a_rehearsal_keeps_its_report_and_nothing_else(event: Event) -> None:
    event.known_organisations.add(Organisation.objects.create(name="A", sector="museum", description="Steel."))
    asked = services.request_run(event, by="test", rehearsal=True)

    assert services.perform_run(asked)
    assert (asked.report["organisations"], asked.snapshot, asked.survey) == (1, None, None)


def test_the_journal_tells_the_way_of_a_run(full_event: Event, run: Run) -> None:
    done = run(full_event)

    assert [entry.to_state for entry in Entry.objects.about(done).order_by("pk")] == ["running", "concluding", "done"]


def test_others_are_called_for_the_blocks_of_a_run(full_event: Event, in_blocks: None) -> None:
    asked = services.request_run(full_event, by="test")
    called: list[int] = []

    services.score_requested_runs(call_others=called.append)

    assert called == [asked.blocks.count()]


# --- what is kept ----------------------------------------------------------------------------------------------------


def queries_of(act: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as asked:
        act()
    return len(asked)


def test_storing_more_pairs_asks_no_more(full_event: Event, run: Run, officer: User) -> None:
    run(full_event)
    few = queries_of(lambda: run(full_event))
    for number in range(9, 15):
        factories.confirm(full_event, number, officer)
    run(full_event)

    assert queries_of(lambda: run(full_event)) == few


def test_a_report_says_each_pair_with_its_parts_and_its_place_in_both_lists(full_event: Event, run: Run) -> None:
    said = run(full_event).pairs_shown

    first = said[0]
    assert (first["museum_place"], first["partner_place"]) == (1, 1)
    for side in ("museum", "partner"):
        codes = {pair[side] for pair in said}
        places = {code: [pair[f"{side}_place"] for pair in said if pair[side] == code] for code in codes}
        assert all(found == list(range(1, len(found) + 1)) for found in places.values())
    assert set(first["score"]["museum_wants"]["aims_parts"]) == {"text", "theme", "audience"}
    assert 0 < first["score"]["value"] <= 1


def test_times_shown_counts_runs(full_event: Event, run: Run) -> None:
    run(full_event)
    run(full_event)

    assert set(Suggestion.objects.values_list("times_shown", flat=True)) == {2}


def test_a_letter_that_was_written_is_not_written_again(full_event: Event, run: Run) -> None:
    run(full_event)
    letters = Message.objects.filter(key__contains=":suggestions-ready:")
    letters.update(subject="as it was")

    run(full_event)

    assert list(letters.values_list("subject", flat=True)) == ["as it was"] * 8


def test_what_a_run_says_is_what_is_kept(full_event: Event, run: Run) -> None:
    done = run(full_event)

    assert MatchRun.objects.get(pk=done.pk).report == done.report
