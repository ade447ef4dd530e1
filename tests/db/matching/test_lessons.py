"""What answers teach: weights to propose, chances to show to staff, how far somebody reaches; staff decide."""

import datetime as dt
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import pytest
from django.utils import timezone

from events.models import Event, Registration
from matching import engine, feedback, services, snapshot
from matching.admin.report import factors
from matching.engine import learning
from matching.models import Answer, FollowUp, MatchRun, Suggestion, WeightSet
from matching.services import lessons, proposals
from matching.services.weights import chance_of, parts_of, product_of, weights_of
from partners.models import KindRelation, Organisation, Person, User
from pwp.journal.models import Entry
from tests import factories

PARTS = ("kind", "text", "theme", "audience")
START = dt.datetime(2030, 1, 1, tzinfo=dt.UTC)


def score_of(values: dict[str, float], *, near: float = 0.5) -> dict[str, Any]:
    """A score as a suggestion keeps it, alike for both sides."""
    weights = engine.DEFAULT
    parts = [{"code": name, "value": values[name], "weight": weights.parts[name], "known": True} for name in PARTS]
    aims = [part for part in parts if part["code"] != "kind"]
    fit = sum(part["weight"] * part["value"] for part in parts)
    gain = {"want": fit, "fit": fit, "aims": 0.1, "need": "", "offer": "", "parts": parts, "aims_parts": aims}
    value = fit * 0.8
    return {"value": value, "reciprocal": fit, "near": near, "timing": 0.5, "museum_wants": gain, "partner_wants": gain}


@pytest.fixture
def crowd(event: Event) -> tuple[list[Organisation], list[Organisation], Person]:
    sides = [
        Organisation.objects.bulk_create(
            Organisation(name=f"{sector} {n}", sector=sector, code=f"{sector[:6]}{n:06}") for n in range(30)
        )
        for sector in ("museum", "community")
    ]
    return sides[0], sides[1], Person.objects.create(name="Somebody", contact_email="somebody@group.example")


@pytest.fixture
def answer(event: Event, crowd: Any) -> Callable[..., list[Suggestion]]:
    """Pairs whose both sides answer as `says` decides from the parts, one pair a day."""
    museums, partners, person = crowd
    run = MatchRun.objects.create(event=event)

    def act(pairs: int, says: Callable[[dict[str, float], int], bool]) -> list[Suggestion]:
        before = Suggestion.objects.count()
        rows = []
        for n in range(before, before + pairs):
            values = {name: ((n * step) % 97) / 96 for name, step in zip(PARTS, (31, 57, 71, 89), strict=True)}
            keys = {"museum": museums[n % 30], "partner": partners[(n // 30 + n) % 30]}
            score = score_of(values)
            rows.append(
                Suggestion(
                    **keys, event=event, run=run, band="possible", score=score["value"], percentile=60, parts=score
                )
            )
        Suggestion.objects.bulk_create(rows)
        Answer.objects.bulk_create(
            Answer(
                suggestion=row,
                organisation=side,
                person=person,
                choice="yes" if says({p["code"]: p["value"] for p in row.parts["museum_wants"]["parts"]}, n) else "no",
                score=row.parts,
                at=START + dt.timedelta(days=before + n),
            )
            for n, row in enumerate(rows)
            for side in (row.museum, row.partner)
        )
        return rows

    return act


def by_kind(parts: dict[str, float], n: int) -> bool:
    """Only the kind matters to these people; one in ten answers the other way round."""
    return (parts["kind"] > 0.5) != (n % 10 == 3)


def against_the_kind(parts: dict[str, float], n: int) -> bool:
    return parts["kind"] < 0.5


def test_the_figures_of_the_lessons_are_those_of_the_engine() -> None:
    assert (lessons.FEWEST, lessons.ENOUGH, lessons.BINS, lessons.PARTS) == (
        learning.FEWEST,
        learning.ENOUGH,
        learning.BINS,
        learning.PARTS,
    )
    assert {"", *Answer.Reason.values} == learning.REASONS
    assert set(lessons.SAYS_NOTHING) == learning.NO_WORD_ON_FIT


# --- weights ---------------------------------------------------------------------------------------------------------


def test_answers_that_go_by_the_kind_propose_a_set_that_counts_it_more_and_changes_nothing_yet(answer: Any) -> None:
    answer(80, by_kind)

    assert services.learn_from_answers() == 1

    proposed = WeightSet.objects.proposed().get()
    used = WeightSet.objects.in_use()
    assert used is not None
    assert (proposed.source, used.source) == ("learnt", "default")
    assert weights_of(proposed).kind > engine.DEFAULT.kind
    assert weights_of(used) == engine.DEFAULT
    said = proposed.evidence
    assert (said["answers"], said["telling"]) == (160, 160)
    assert said["loss_new"] < said["loss_old"]
    assert said["old"] == pytest.approx(engine.DEFAULT.parts)
    assert said["new"]["kind"] == pytest.approx(weights_of(proposed).parts["kind"], abs=1e-3)


def test_what_the_newest_answers_do_not_bear_out_is_not_proposed(answer: Any) -> None:
    answer(80, by_kind)
    answer(20, against_the_kind)

    assert services.learn_from_answers() == 0
    assert not WeightSet.objects.proposed().exists()


def test_nothing_is_learnt_from_fewer_than_twenty_answers(answer: Any) -> None:
    answer(9, by_kind)

    assert services.learn_from_answers() == 0
    assert not WeightSet.objects.exists()


def test_the_same_answers_are_not_put_before_staff_twice(answer: Any) -> None:
    answer(80, by_kind)
    services.learn_from_answers()
    proposals.put_away(WeightSet.objects.proposed().get(), by="Ceri Morgan", reason="Not yet.")

    assert services.learn_from_answers() == 0
    assert not WeightSet.objects.proposed().exists()


def test_a_newer_lesson_puts_the_older_proposal_away(answer: Any) -> None:
    answer(80, by_kind)
    services.learn_from_answers()
    first = WeightSet.objects.proposed().get()
    answer(40, by_kind)

    assert services.learn_from_answers() == 1

    assert WeightSet.objects.proposed().get() != first
    assert Entry.objects.about(first).get().reason == "newer answers taught something else"


def test_a_set_of_staff_is_not_put_away_by_a_lesson(answer: Any) -> None:
    ours = proposals.propose(engine.Weights(near=0.4), source="staff", by="Ceri Morgan")
    answer(80, by_kind)

    services.learn_from_answers()

    assert set(WeightSet.objects.proposed().values_list("source", flat=True)) == {"staff", "learnt"}
    ours.refresh_from_db()
    assert ours.state == "proposed"


def test_an_answer_keeps_the_score_it_was_given_to(
    suggestion: Suggestion, museum: Registration, community: Registration
) -> None:
    Suggestion.objects.filter(pk=suggestion.pk).update(parts=score_of(dict.fromkeys(PARTS, 0.7)))
    services.answer_suggestion(suggestion, organisation=museum.organisation, person=museum.person, choice="not_now")
    Suggestion.objects.filter(pk=suggestion.pk).update(parts=score_of(dict.fromkeys(PARTS, 0.1)))

    (said,) = lessons.said_so_far()

    assert (said.parts, said.yes, said.tells_fit) == ([0.7] * 4, False, True)
    assert (said.chooser, said.chosen) == (museum.organisation.code, community.organisation.code)


@pytest.mark.parametrize(("reason", "tells"), [("no_time", False), ("known", False), ("wrong_kind", True), ("", True)])
def test_a_no_for_want_of_time_says_nothing_of_how_well_two_fit(answer: Any, reason: str, tells: bool) -> None:
    answer(1, lambda parts, n: False)
    Answer.objects.update(reason=reason)

    assert [one.tells_fit for one in lessons.said_so_far()] == [tells, tells]


def test_a_yes_that_came_to_nothing_counts_as_none(
    suggestion: Suggestion, museum: Registration, community: Registration
) -> None:
    Suggestion.objects.filter(pk=suggestion.pk).update(parts=score_of(dict.fromkeys(PARTS, 0.5)))
    for place in (museum, community):
        services.answer_suggestion(suggestion, organisation=place.organisation, person=place.person, choice="yes")
    services.queue_due_follow_ups(now=timezone.now() + dt.timedelta(days=14))
    services.answer_follow_up(FollowUp.objects.get(person=museum.person, state="asked"), outcome="ended", by="Ana Reed")

    assert {one.side: one.yes for one in lessons.said_so_far()} == {"museum": False, "partner": True}


# --- chances ---------------------------------------------------------------------------------------------------------


def often_when_it_fits(parts: dict[str, float], n: int) -> bool:
    """Both sides say yes in about as many cases as the parts are high."""
    return sum(parts.values()) / 4 > ((n * 37) % 101) / 100


def test_from_two_hundred_pairs_on_a_score_is_worth_a_chance(answer: Any) -> None:
    answer(300, often_when_it_fits)
    services.learn_from_answers()

    used = WeightSet.objects.in_use()
    assert used is not None
    said = used.calibration
    assert (said["answers"], said["use"]) == (300, True)
    assert said["loss_after"] < said["loss_before"]
    assert said["ece_after"] < said["ece_before"]
    assert sum(group["pairs"] for group in said["groups"]) == 300
    assert sum(abs(g["said"] - g["happened"]) * g["pairs"] for g in said["groups"]) / 300 < 0.1
    low, high = (chance_of(used, score_of(dict.fromkeys(PARTS, value))) for value in (0.2, 0.8))
    assert low is not None
    assert high is not None
    assert 0 < low < high < 1


def test_with_fewer_pairs_no_score_is_worth_a_chance(answer: Any) -> None:
    answer(150, often_when_it_fits)
    services.learn_from_answers()

    used = WeightSet.objects.in_use()
    assert used is not None
    assert used.calibration["answers"] == 150
    assert chance_of(used, score_of(dict.fromkeys(PARTS, 0.8))) is None
    assert chance_of(None, score_of(dict.fromkeys(PARTS, 0.8))) is None


def test_a_yes_that_waits_for_the_other_side_is_no_outcome_yet(answer: Any) -> None:
    pairs = answer(3, lambda parts, n: n == 0)
    Answer.objects.filter(suggestion=pairs[0], organisation=pairs[0].museum).delete()
    Answer.objects.filter(suggestion=pairs[1], organisation=pairs[1].museum).delete()

    products, both = lessons.decided(lessons.said_so_far(), engine.DEFAULT)

    assert both.tolist() == [False, False]
    assert products.tolist() == [product_of(pair.parts, engine.DEFAULT) for pair in pairs[1:]]


def test_outcomes_come_by_their_last_answer(answer: Any) -> None:
    pairs = answer(3, lambda parts, n: True)
    Answer.objects.filter(suggestion=pairs[0], organisation=pairs[0].partner).update(at=START + dt.timedelta(days=99))

    products, _both = lessons.decided(lessons.said_so_far(), engine.DEFAULT)

    assert products.tolist() == [product_of(pairs[n].parts, engine.DEFAULT) for n in (1, 2, 0)]


def test_a_product_is_worked_out_by_the_weights_it_is_asked_for() -> None:
    score = score_of({"kind": 1.0, "text": 0.0, "theme": 0.0, "audience": 0.0}, near=1.0)

    assert product_of(score, engine.DEFAULT) == pytest.approx(0.4 * 0.4 * 0.95)
    assert product_of(score, engine.Weights(kind=1, text=0, theme=0, audience=0)) == pytest.approx(0.95)


def test_a_score_of_a_run_is_read_as_it_was_stored(event: Event, museum: Registration, community: Registration) -> None:
    run = services.request_run(event, by="test")
    assert services.perform_run(run), run.problem
    suggestion = Suggestion.objects.get()

    assert set(parts_of(suggestion.parts, "museum")) >= {"text", "theme", "audience"}
    assert 0 < product_of(suggestion.parts, engine.DEFAULT) <= 1


# --- leanings --------------------------------------------------------------------------------------------------------


def often(parts: dict[str, float], n: int) -> bool:
    return n % 5 > 1


@pytest.fixture
def some_lean(answer: Any, crowd: Any) -> tuple[Organisation, Organisation]:
    """Two museums, the first of which nearly always says no and the second nearly always yes, whatever it is shown."""
    pairs = answer(400, often)
    never, always = crowd[0][0], crowd[0][1]
    Answer.objects.filter(suggestion__in=pairs[10:], organisation=never).update(choice="no")
    Answer.objects.filter(suggestion__in=pairs[10:], organisation=always).update(choice="yes")
    return never, always


def test_who_says_no_to_nearly_everybody_is_told_from_who_says_yes(
    some_lean: tuple[Organisation, Organisation],
) -> None:
    never, always = some_lean
    services.learn_from_answers()

    used = WeightSet.objects.in_use()
    assert used is not None
    said = used.leanings
    assert said["use"]
    assert said["loss_with"] < said["loss_without"]
    assert -0.5 <= said["of"][never.code][0] < 0 < said["of"][always.code][0] <= 0.5


@pytest.fixture
def lean(event: Event) -> Callable[..., Suggestion]:
    """What a run says of the event's one pair when answers taught this of an organisation."""

    def act(organisation: Organisation, readiness: float, appeal: float, *, use: bool) -> Suggestion:
        used = proposals.written_down()
        used.leanings = {"use": use, "answers": 99, "of": {organisation.code: [readiness, appeal]}}
        used.save()
        run = services.request_run(event, by="test")
        assert services.perform_run(run), run.problem
        return Suggestion.objects.get(event=event)

    return act


def test_what_answers_taught_of_an_organisation_moves_its_scores_and_shows_to_staff_how_far(
    museum: Registration, community: Registration, lean: Callable[..., Suggestion]
) -> None:
    usual = lean(museum.organisation, 0.0, 0.0, use=True)
    moved = lean(museum.organisation, -0.4, 0.2, use=True)

    assert moved.score < usual.score
    assert (moved.parts["museum_wants"]["leaning"], moved.parts["partner_wants"]["leaning"]) == (-0.4, 0.2)
    assert "leaning" not in usual.parts["museum_wants"]
    was = usual.parts["museum_wants"]["want"]
    assert f"it would be {was:.3f} without what earlier answers taught" in factors(moved)
    assert "earlier answers" not in factors(usual)


def test_leanings_that_foretold_nothing_move_nobody(
    museum: Registration, community: Registration, lean: Callable[..., Suggestion]
) -> None:
    usual = lean(museum.organisation, 0.0, 0.0, use=True)

    assert lean(museum.organisation, -0.4, 0.2, use=False).score == usual.score


def test_what_last_night_taught_is_a_change_that_reaches_peoples_lists(
    event: Event, museum: Registration, community: Registration, lean: Callable[..., Suggestion]
) -> None:
    lean(museum.organisation, 0.0, 0.0, use=True)
    WeightSet.objects.update(leanings={"use": True, "answers": 99, "of": {community.organisation.code: [0.3, 0.3]}})

    assert services.refresh_changed_events() == 1
    assert Suggestion.objects.get(event=event).parts["partner_wants"]["leaning"] == 0.3


# --- reach and kinds -------------------------------------------------------------------------------------------------


@pytest.fixture
def far(event: Event, museum: Registration, community: Registration) -> Suggestion:
    Organisation.objects.update(reach_km=30.0)
    return factories.suggest(event, museum.organisation, community.organisation, distance_km=20.0)


def taking_part(event: Event) -> list[Organisation]:
    return list(snapshot.taking_part(event).order_by("code"))


def say_no(pair: Suggestion, place: Registration, reason: str) -> None:
    services.answer_suggestion(pair, organisation=place.organisation, person=place.person, choice="no", reason=reason)


def test_too_far_moves_the_reach_of_who_said_it_and_never_their_profile(
    event: Event, far: Suggestion, museum: Registration, community: Registration
) -> None:
    say_no(far, museum, "too_far")

    assert feedback.feedback(event, taking_part(event)).reach == {museum.organisation.code: 20.0}
    reach = {profile.key: profile.reach_km for profile in snapshot.gathering(event, as_of=timezone.now()).profiles}
    assert reach == {museum.organisation.code: 20.0, community.organisation.code: 30.0}
    assert set(Organisation.objects.values_list("reach_km", flat=True)) == {30.0}


def test_a_reach_never_falls_below_half_of_what_they_accepted(
    event: Event, far: Suggestion, museum: Registration, officer: User
) -> None:
    other = factories.confirm(event, 4, officer)
    accepted = factories.suggest(event, museum.organisation, other.organisation, distance_km=50.0)
    services.answer_suggestion(accepted, organisation=museum.organisation, person=museum.person, choice="yes")
    say_no(far, museum, "too_far")

    assert feedback.feedback(event, taking_part(event)).reach == {museum.organisation.code: 25.0}


@pytest.fixture
def ticked(event: Event, museum: Registration, community: Registration) -> Suggestion:
    """The museum needs volunteers; the group offers places for volunteers, a related kind."""
    need, offer = factories.make_kind("volunteers"), factories.make_kind("volunteer-places")
    KindRelation.objects.create(need_kind=need, offer_kind=offer, weight=0.5)
    wanted = museum.organisation.listings.get(side="need")
    given = community.organisation.listings.get(side="offer")
    wanted.kinds.set([need])
    given.kinds.set([offer])
    score = score_of(dict.fromkeys(PARTS, 0.5))
    score["museum_wants"] = score["museum_wants"] | {"need": wanted.code, "offer": given.code}
    return factories.suggest(event, museum.organisation, community.organisation, parts=score)


def test_wrong_kind_bars_that_kind_of_offer_for_that_kind_of_need(
    event: Event, ticked: Suggestion, museum: Registration
) -> None:
    say_no(ticked, museum, "wrong_kind")

    pair = ("volunteers", "volunteer-places")
    assert feedback.feedback(event, taking_part(event)).barred == ((museum.organisation.code, *pair),)
    assert snapshot.gathering(event, as_of=timezone.now()).barred_kinds == {museum.organisation.code: frozenset({pair})}


def test_the_same_kind_is_barred_only_by_a_second_no(
    event: Event, officer: User, ticked: Suggestion, museum: Registration, community: Registration
) -> None:
    """They ticked the kind themselves, so one no may be about that offer alone."""
    kind = museum.organisation.listings.get(side="need").kinds.get()
    second = factories.confirm(event, 4, officer)
    offers = [place.organisation.listings.get(side="offer") for place in (community, second)]
    for offer in offers:
        offer.kinds.set([kind])
    say_no(ticked, museum, "wrong_kind")
    assert feedback.feedback(event, taking_part(event)).barred == ()

    score = ticked.parts | {"museum_wants": ticked.parts["museum_wants"] | {"offer": offers[1].code}}
    again = factories.suggest(event, museum.organisation, second.organisation, parts=score)
    say_no(again, museum, "wrong_kind")

    assert feedback.feedback(event, taking_part(event)).barred == ((museum.organisation.code, kind.slug, kind.slug),)


def test_a_no_without_those_reasons_changes_nothing(event: Event, far: Suggestion, museum: Registration) -> None:
    say_no(far, museum, "no_time")

    assert feedback.feedback(event, taking_part(event)) == engine.Feedback({}, ())


def test_every_weight_of_the_engine_can_be_stored_and_read(db: None) -> None:
    stored = WeightSet.objects.create(source="staff", values=asdict(engine.DEFAULT), made_by="test")

    assert weights_of(WeightSet.objects.get(pk=stored.pk)) == engine.DEFAULT
