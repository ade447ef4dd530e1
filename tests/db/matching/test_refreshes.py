"""An edit reaches people's lists without anybody asking, and an idle portal is left in peace."""

import datetime as dt
from collections.abc import Callable
from dataclasses import asdict, replace

import pytest
from django.core.cache import cache
from django.utils import timezone

from events import services as events
from events.models import Event, Registration
from matching import engine, services, snapshot
from matching.differences import Difference
from matching.models import MatchRun, PairRule, Suggestion, WeightSet
from matching.services import blocks
from partners import services as partners
from partners.models import Kind, KindRelation, Listing, Organisation, Person, User
from pwp.outbox.models import Message
from tests import factories
from tests.db.test_query_counts import queries

pytestmark = pytest.mark.django_db

Run = Callable[[Event], MatchRun]


@pytest.fixture
def scored(full_event: Event, run: Run) -> Event:
    """An event that has its suggestions, with a vocabulary."""
    kind, theme = factories.make_kind("stories"), factories.make_theme("history")
    factories.make_kind("space")
    for organisation in Organisation.objects.all():
        organisation.themes.add(theme)
        for listing in organisation.listings.all():
            listing.kinds.add(kind)
    run(full_event)
    return full_event


def newest(event: Event) -> MatchRun:
    return event.match_runs.order_by("-pk")[0]


def first_place() -> Registration:
    return Registration.objects.select_related("membership__organisation", "person").order_by("pk")[0]


def a_listing() -> Listing:
    return Listing.objects.order_by("pk")[0]


# --- what is noticed -------------------------------------------------------------------------------------------------


def new_words() -> None:
    listing = a_listing()
    words = partners.ListingWords(side=listing.side, text="Brass band music.", kinds=tuple(listing.kinds.all()))
    partners.edit_listing(listing, words)
    partners.approve_listings([Listing.objects.get(pk=listing.pk)])


def words_written_behind_the_back_of_save() -> None:
    Listing.objects.filter(pk=a_listing().pk).update(text="Brass band music and more.")


def words_committed_late() -> None:
    """By a transaction that began before the run."""
    listing = a_listing()
    Listing.objects.filter(pk=listing.pk).update(
        text=listing.text[::-1], updated_at=listing.updated_at - dt.timedelta(seconds=1)
    )


def a_kind_ticked() -> None:
    a_listing().kinds.set(Kind.objects.filter(slug="space"))


def a_theme_unticked() -> None:
    first_place().organisation.themes.clear()


def a_line_taken_back() -> None:
    a_listing().delete()


def a_line_restricted() -> None:
    Listing.objects.filter(pk=a_listing().pk).update(restricted_at=timezone.now())


def moved() -> None:
    Organisation.objects.filter(pk=first_place().organisation.pk).update(easting=436_000)


def reach_said() -> None:
    Organisation.objects.filter(pk=first_place().organisation.pk).update(reach_km=3.0)


def contact_closed() -> None:
    Organisation.objects.filter(pk=first_place().organisation.pk).update(open_to_contact=False)


def a_new_parent() -> None:
    places = Registration.objects.order_by("pk")[:2]
    one, other = (place.organisation for place in places)
    Organisation.objects.filter(pk=one.pk).update(parent=other)


def enough_introductions() -> None:
    Organisation.objects.filter(pk=first_place().organisation.pk).update(most_introductions=1)


def consent_taken_back() -> None:
    partners.record_consents(first_place().person, {"visible_at_event": False}, channel="page")


def a_place_given_up() -> None:
    events.withdraw(first_place(), by="Person 1")


def a_place_taken() -> None:
    place = first_place()
    assert place.event is not None
    factories.confirm(place.event, 20, User.objects.get(is_staff=True))


def two_people_changed_hats() -> None:
    one, other = Registration.objects.select_related("membership").order_by("pk")[:2]
    partners.record_consents(one.person, {"visible_at_event": False}, channel="page")
    services.refresh_changed_events()
    ours, theirs = one.membership, other.membership
    Registration.objects.filter(pk=one.pk).update(membership=theirs)
    Registration.objects.filter(pk=other.pk).update(membership=ours)


def a_rule_made() -> None:
    pair = Suggestion.objects.select_related("museum", "partner")[0]
    PairRule.objects.create(rule="keep_apart", museum=pair.museum, partner=pair.partner, reason="because")


def a_no() -> None:
    pair = Suggestion.objects.showing().select_related("museum", "partner")[0]
    (person,) = factories.people_of(pair.museum)
    services.answer_suggestion(pair, organisation=pair.museum, person=person, choice="no", reason="too_far")


def an_introduction() -> None:
    pair = Suggestion.objects.showing().select_related("museum", "partner")[0]
    for organisation in (pair.museum, pair.partner):
        (person,) = factories.people_of(organisation)
        services.answer_suggestion(pair, organisation=organisation, person=person, choice="yes")


def other_weights() -> None:
    values = asdict(replace(engine.DEFAULT, near=0.5))
    WeightSet.objects.create(state="in_use", source="staff", values=values, made_by="the officer")


def a_word_of_the_vocabulary_explained() -> None:
    Kind.objects.filter(slug="space").update(scope_en="A hall, a room, a table.")


def kinds_related() -> None:
    need, offer = Kind.objects.order_by("slug")
    KindRelation.objects.create(need_kind=need, offer_kind=offer, weight=0.5)


def near_means_something_else() -> None:
    Event.objects.update(near_km=3.0)


CHANGES = [
    new_words,
    words_written_behind_the_back_of_save,
    words_committed_late,
    a_kind_ticked,
    a_theme_unticked,
    a_line_taken_back,
    a_line_restricted,
    moved,
    reach_said,
    contact_closed,
    a_new_parent,
    enough_introductions,
    consent_taken_back,
    a_place_given_up,
    a_place_taken,
    two_people_changed_hats,
    a_rule_made,
    a_no,
    an_introduction,
    other_weights,
    a_word_of_the_vocabulary_explained,
    kinds_related,
    near_means_something_else,
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_a_change_reaches_the_lists_by_itself(change: Callable[[], None], scored: Event) -> None:
    assert services.refresh_changed_events() == 0
    before = newest(scored).pk

    change()

    assert services.refresh_changed_events() == 1
    after = newest(scored)
    assert (after.pk > before, after.state, after.problem) == (True, "done", "")
    assert services.refresh_changed_events() == 0


def test_a_change_of_weights_or_of_the_vocabulary_scores_everybody_anew(scored: Event) -> None:
    for change in (other_weights, a_word_of_the_vocabulary_explained, kinds_related):
        change()
        services.refresh_changed_events()

        assert newest(scored).refresh_of is None


def test_when_many_came_everybody_is_scored_anew(scored: Event, officer: User) -> None:
    factories.confirm(scored, 21, officer)
    services.refresh_changed_events()
    assert newest(scored).refresh_of is not None

    factories.confirm(scored, 22, officer)
    services.refresh_changed_events()
    assert newest(scored).refresh_of is None


def test_where_nothing_changed_nothing_is_read_or_asked_for(scored: Event) -> None:
    services.refresh_changed_events()
    runs = MatchRun.objects.count()
    asked = queries(services.refresh_changed_events)

    assert MatchRun.objects.count() == runs
    assert not [sql for sql in asked if 'SELECT "partners_listing"."organisation_id"' in sql]
    assert len(asked) <= 24


def test_looking_at_more_organisations_asks_no_more(scored: Event, officer: User) -> None:
    services.refresh_changed_events()
    few = len(queries(services.refresh_changed_events))
    for number in (21, 22, 23):
        factories.confirm(scored, number, officer)
    services.refresh_changed_events()
    services.refresh_changed_events()

    assert len(queries(services.refresh_changed_events)) == few


def test_an_event_forgotten_by_the_cache_is_read_and_left_as_it_is(scored: Event) -> None:
    services.refresh_changed_events()
    cache.clear()

    assert services.refresh_changed_events() == 0


# --- what waits ------------------------------------------------------------------------------------------------------


def test_an_event_without_a_run_waits_for_its_first(full_event: Event) -> None:
    assert services.refresh_changed_events() == 0
    assert MatchRun.objects.count() == 0


@pytest.mark.parametrize("state", ["requested", "running", "concluding"])
def test_a_change_waits_for_the_run_that_is_on_its_way(scored: Event, state: str) -> None:
    MatchRun.objects.create(event=scored, state=state, heard_at=timezone.now())
    new_words()

    assert services.refresh_changed_events() == 0


def test_an_event_that_was_held_is_left_alone(scored: Event) -> None:
    new_words()
    day = dt.datetime.combine(scored.held_on, dt.time(12), tzinfo=dt.UTC)

    assert services.refresh_changed_events(now=day + dt.timedelta(days=1)) == 0
    assert services.refresh_changed_events(now=day) == 1


def test_rehearsals_and_trials_are_not_kept_fresh(full_event: Event) -> None:
    MatchRun.objects.create(event=full_event, state="done", rehearsal=True)
    MatchRun.objects.create(event=full_event, state="done", trial=True)

    assert services.refresh_changed_events() == 0


def test_what_failed_is_not_tried_again_before_something_changes(scored: Event) -> None:
    near_means_something_else()
    Event.objects.update(near_km=0)

    assert [services.refresh_changed_events() for _look in range(3)] == [1, 0, 0]
    assert newest(scored).state == "failed"
    Event.objects.update(near_km=25)
    assert services.refresh_changed_events() == 1
    assert newest(scored).state == "done"


def test_one_event_that_cannot_be_looked_at_keeps_nobody_else_waiting(
    scored: Event, run: Run, officer: User, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = factories.make_event("fife-2031")
    for number in (31, 32):
        factories.confirm(broken, number, officer)
    run(broken)
    MatchRun.objects.filter(event=broken).update(snapshot=b"nonsense", input_hash="")
    monkeypatch.setattr(blocks, "_prepared", {})
    new_words()

    assert services.refresh_changed_events() == 1

    assert newest(scored).refresh_of is not None
    assert "could not see whether fife-2031 changed" in caplog.text


# --- what a refresh says ---------------------------------------------------------------------------------------------


def scores(event: Event) -> dict[tuple[int, int], float]:
    rows = Suggestion.objects.filter(event=event).showing()
    return {(row.museum_id, row.partner_id): row.score for row in rows}


def test_a_refresh_scores_what_changed_and_leaves_the_rest_as_it_was(scored: Event) -> None:
    before, who = scores(scored), first_place().organisation.pk

    Organisation.objects.filter(pk=who).update(easting=475_000)
    services.refresh_changed_events()

    after = scores(scored)
    assert newest(scored).refresh_of is not None
    assert {k: v for k, v in after.items() if who not in k} == {k: v for k, v in before.items() if who not in k}
    assert {k: v for k, v in after.items() if who in k} != {k: v for k, v in before.items() if who in k}


def test_a_refresh_writes_only_the_pairs_that_read_otherwise(scored: Event) -> None:
    base, who = newest(scored), first_place().organisation

    Organisation.objects.filter(pk=who.pk).update(easting=475_000)
    services.refresh_changed_events()

    written = Suggestion.objects.filter(run=newest(scored))
    assert {who.pk} <= {pk for pair in written.values_list("museum_id", "partner_id") for pk in pair}
    assert Suggestion.objects.filter(run=base).exists()


def test_a_report_of_a_refresh_keeps_what_reads_otherwise_and_says_everything(scored: Event) -> None:
    line = a_listing()
    for typed in (line.text.upper(), line.text.title()):  # which changes no score, and what is quoted
        Listing.objects.filter(pk=line.pk).update(text=typed)
        assert services.refresh_changed_events() == 1

    done = newest(scored)
    said = done.pairs_shown

    assert 0 < len(done.report["pairs"]) < len(said)
    shown = Suggestion.objects.filter(event=scored).showing().select_related("museum", "partner")
    stands = {(row.museum.code, row.partner.code): row for row in shown}
    assert [(pair["museum"], pair["partner"]) for pair in said] == sorted(
        stands, key=lambda keys: (-stands[keys].score, min(keys), max(keys))
    )
    for pair in said:
        row = stands[pair["museum"], pair["partner"]]
        assert (pair["band"], pair["reasons"], pair["cautions"]) == (row.band, row.reasons, row.cautions)
        assert pair["score"]["value"] == pytest.approx(row.score, abs=1e-6)
    for side in ("museum", "partner"):
        places = [pair[f"{side}_place"] for pair in said if pair[side] == said[-1][side]]
        assert places == list(range(1, len(places) + 1))


def test_what_a_refresh_changed_is_told_of_who_was_edited(scored: Event) -> None:
    base, who = newest(scored), first_place().organisation
    Organisation.objects.filter(pk=who.pk).update(easting=475_000)
    services.refresh_changed_events()

    changes = Difference(base, newest(scored)).changes

    assert changes
    assert all(who.code in (change.museum, change.partner) for change in changes)


def test_an_edit_that_is_taken_back_leaves_every_pair_as_the_whole_run_wrote_it(full_event: Event, run: Run) -> None:
    """Also where the edit moved no score: capitals are quoted as they are typed, and count as nothing."""

    def as_written() -> list[tuple[object, ...]]:
        return list(Suggestion.objects.order_by("pk").values_list("score", "state", "reasons", "cautions"))

    Listing.objects.update(text="Old photographs of the steelworks")
    run(full_event)
    before = as_written()
    quoted_first = Organisation.objects.order_by("code")[0]
    lines = list(quoted_first.listings.all())
    texts = {line.pk: line.text for line in lines}
    written = []
    for change in (str.upper, str):
        for line in lines:
            line.text = change(texts[line.pk])
            line.save()
        assert services.refresh_changed_events() == 1
        written.append(as_written())

    assert written[0] != before
    assert written[1] == before


def test_two_refreshes_say_what_one_would_have_said(scored: Event, monkeypatch: pytest.MonkeyPatch) -> None:
    new_words()
    services.refresh_changed_events()
    reach_said()
    services.refresh_changed_events()
    by_steps = scores(scored)
    base = MatchRun.objects.get(refresh_of=None)
    monkeypatch.setattr(blocks, "_prepared", {})  # as another worker would find it

    at_once = MatchRun.objects.create(event=scored, refresh_of=base)
    assert services.perform_run(at_once), at_once.problem

    assert scores(scored) == by_steps


def test_who_leaves_and_who_comes_are_seen_at_once(scored: Event, officer: User) -> None:
    leaving = first_place()
    coming = factories.confirm(scored, 21, officer)

    partners.record_consents(leaving.person, {"visible_at_event": False}, channel="page")
    services.refresh_changed_events()

    assert not Suggestion.objects.about(leaving.organisation).showing().exists()
    assert Suggestion.objects.about(coming.organisation).showing().exists()


def test_a_refresh_writes_only_to_whom_nobody_wrote_yet_and_counts_nothing_as_shown_again(
    scored: Event, officer: User
) -> None:
    letters = Message.objects.filter(key__contains=":suggestions-ready:")
    before = set(letters.values_list("pk", flat=True))
    coming = factories.confirm(scored, 21, officer)

    services.refresh_changed_events()

    new = letters.exclude(pk__in=before)
    assert [letter.to_email for letter in new] == [coming.person.contact_email]
    assert set(Suggestion.objects.values_list("times_shown", flat=True)) == {1}


def test_a_refresh_of_what_nobody_keeps_any_more_takes_the_newest_whole_run(scored: Event, run: Run) -> None:
    base = newest(scored)
    asked = MatchRun.objects.create(event=scored, refresh_of=base)
    run(scored)

    assert services.perform_run(asked), asked.problem

    asked.refresh_from_db()
    assert asked.refresh_of_id not in (None, base.pk)


def test_a_refresh_whose_worker_died_is_done_by_another(scored: Event) -> None:
    new_words()
    asked = MatchRun.objects.create(
        event=scored,
        refresh_of=newest(scored),
        state="concluding",
        heard_at=timezone.now() - dt.timedelta(minutes=11),
        steps_total=1,
        steps_done=1,
    )

    services.work_off_blocks()

    asked.refresh_from_db()
    assert asked.state == "done"


def test_a_whole_run_says_the_same_as_the_refreshes_before_it_once_the_words_are_learnt_anew(
    scored: Event, run: Run
) -> None:
    consent_taken_back()
    services.refresh_changed_events()
    partners.record_consents(Person.objects.order_by("pk")[0], {"visible_at_event": True}, channel="page")
    services.refresh_changed_events()
    refreshed = scores(scored)

    run(scored)

    assert scores(scored) == pytest.approx(refreshed)
    assert len(snapshot.gathering(scored, as_of=timezone.now()).profiles) == 8


def test_reports_of_refreshes_are_kept_for_two_weeks_and_those_of_whole_runs_for_good(scored: Event, run: Run) -> None:
    for change in (new_words, reach_said):
        change()
        services.refresh_changed_events()
    whole, older, newer = scored.match_runs.order_by("pk")
    MatchRun.objects.filter(pk__in=(whole.pk, older.pk)).update(finished_at=timezone.now() - dt.timedelta(days=15))

    run(scored)

    kept = {one.pk: bool(one.report) for one in MatchRun.objects.filter(pk__lte=newer.pk)}
    assert kept == {whole.pk: True, older.pk: False, newer.pk: True}
