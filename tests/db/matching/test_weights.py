"""Sets of weights: a change is a new set, tried first, put in use by staff, and left again."""

from dataclasses import asdict, replace

import pytest

from events.models import Event, Registration
from matching import engine, services
from matching.models import MatchRun, Suggestion, Trio, WeightSet
from matching.services import proposals
from matching.services.weights import weights_of
from partners.models import User
from pwp.journal.models import Entry
from pwp.refusals import Refused
from pwp.states import NotAllowed

FAR = engine.Weights(near=0.6)


@pytest.fixture
def proposed(officer: User) -> WeightSet:
    return proposals.propose(FAR, source="staff", by=officer, note="Nearness counts more here.")


def states() -> list[tuple[str, str]]:
    return sorted(WeightSet.objects.values_list("source", "state"))


def journal(weight_set: WeightSet) -> list[tuple[str, str]]:
    return list(Entry.objects.about(weight_set).order_by("pk").values_list("to_state", "reason"))


def test_the_weights_as_delivered_are_kept_to_go_back_to(proposed: WeightSet) -> None:
    assert states() == [("default", "in_use"), ("staff", "proposed")]
    assert weights_of(WeightSet.objects.in_use()) == engine.DEFAULT
    assert weights_of(proposed) == FAR


def test_a_set_that_changes_nothing_is_refused(proposed: WeightSet, officer: User) -> None:
    with pytest.raises(Refused, match="Change at least one"):
        proposals.propose(engine.DEFAULT, source="staff", by=officer)


def test_putting_a_set_in_use_retires_the_one_before_and_scores_events_to_come_anew(
    event: Event, museum: Registration, community: Registration, proposed: WeightSet, officer: User
) -> None:
    runs = proposals.put_in_use(proposed, by=officer, reason="Tried in Sheffield.")

    assert states() == [("default", "retired"), ("staff", "in_use")]
    assert [run.event for run in runs] == [event]
    assert journal(proposed) == [("in_use", "Tried in Sheffield.")]
    assert services.perform_run(runs[0]), runs[0].problem
    assert (runs[0].weight_set, runs[0].weights) == (proposed, asdict(FAR))


def test_an_event_with_nobody_at_it_is_not_scored(event: Event, proposed: WeightSet) -> None:
    assert proposals.put_in_use(proposed, by="Ceri Morgan") == []


def test_going_back_is_putting_the_old_set_in_use_again(proposed: WeightSet) -> None:
    delivered = WeightSet.objects.in_use()
    assert delivered is not None
    proposals.put_in_use(proposed, by="Ceri Morgan")
    delivered.refresh_from_db()

    proposals.put_in_use(delivered, by="Ceri Morgan", reason="Too few pairs.")

    assert states() == [("default", "in_use"), ("staff", "retired")]
    assert journal(proposed)[-1] == ("retired", "Too few pairs.")


def test_the_set_in_use_is_not_put_in_use_or_away(proposed: WeightSet) -> None:
    proposals.put_in_use(proposed, by="Ceri Morgan")

    with pytest.raises(NotAllowed):
        proposals.put_in_use(proposed, by="Ceri Morgan")
    with pytest.raises(Refused, match="put another one in use"):
        proposals.put_away(proposed, by="Ceri Morgan")
    assert WeightSet.objects.in_use() == proposed


def test_a_set_put_away_stays_readable_and_can_be_used_later(proposed: WeightSet) -> None:
    proposals.put_away(proposed, by="Ceri Morgan", reason="Not now.")
    assert (proposed.state, journal(proposed)) == ("retired", [("retired", "Not now.")])

    proposals.put_in_use(proposed, by="Ceri Morgan")
    assert WeightSet.objects.in_use() == proposed


def test_what_the_engine_cannot_work_with_is_never_put_in_use(proposed: WeightSet) -> None:
    WeightSet.objects.filter(pk=proposed.pk).update(values=asdict(FAR) | {"near": -1})
    proposed.refresh_from_db()

    with pytest.raises(Refused, match="The engine cannot work with this set"):
        proposals.put_in_use(proposed, by="Ceri Morgan")
    assert states() == [("default", "in_use"), ("staff", "proposed")]


def test_a_set_of_an_earlier_release_is_read_with_todays_weights(proposed: WeightSet) -> None:
    """A weight that it did not know is as delivered, and one that there is no more counts for nothing."""
    proposed.values = {"near": 0.6, "gone_since": 4}

    assert weights_of(proposed) == replace(engine.DEFAULT, near=0.6)


def test_a_trial_scores_with_the_set_and_changes_nothing_that_people_see(
    event: Event, museum: Registration, community: Registration, proposed: WeightSet
) -> None:
    shown = services.request_run(event, by="test")
    assert services.perform_run(shown), shown.problem
    before = list(Suggestion.objects.values()), list(Trio.objects.values())

    trial = proposals.try_out(proposed, event, by="Ceri Morgan")
    assert services.perform_run(trial), trial.problem

    assert (list(Suggestion.objects.values()), list(Trio.objects.values())) == before
    assert (trial.trial, trial.weights["near"]) == (True, 0.6)
    scores = [run.report["pairs"][0]["score"]["value"] for run in (shown, trial)]
    assert scores[0] != scores[1]
    assert WeightSet.objects.in_use() != proposed


def test_a_trial_that_waits_is_the_same_request_and_no_run_for_people(event: Event, proposed: WeightSet) -> None:
    first = proposals.try_out(proposed, event, by="Ceri Morgan")

    assert proposals.try_out(proposed, event, by="Ceri Morgan") == first
    assert services.request_run(event, by="test") != first
    assert MatchRun.objects.count() == 2
