"""Weights at the officer's desk: what each does, a new set, a trial, a decision; and what answers teach."""

from collections.abc import Callable
from dataclasses import asdict, fields
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from events.models import Event, Registration
from matching import engine, services
from matching.admin.weight_words import ALL, GROUPS, SHARED
from matching.models import Answer, MatchRun, WeightSet
from matching.services import proposals
from partners.models import User
from tests import factories, html

Confirm = Callable[..., HttpResponse]
ADD, LIST = "/admin/matching/weightset/add/", "/admin/matching/weightset/"
LESSONS = "/admin/matching/weightset/lessons/"


def address(weight_set: WeightSet, what: str = "change") -> str:
    return reverse(f"admin:matching_weightset_{what}", args=[weight_set.pk])


def read(desk: Client, path: str) -> str:
    return desk.get(path).content.decode()


@pytest.fixture
def proposed(officer: User) -> WeightSet:
    return proposals.propose(engine.Weights(near=0.6), source="staff", by=officer, note="Nearness counts more here.")


# --- the words -------------------------------------------------------------------------------------------------------


def test_every_weight_of_the_engine_is_described_once() -> None:
    described = [one.name for _title, group in GROUPS for one in group]

    assert sorted(described) == sorted(item.name for item in fields(engine.Weights))
    assert {name for names in SHARED for name in names} <= set(described)


def test_the_bounds_staff_are_given_hold_for_the_weights_as_delivered_and_for_the_engine() -> None:
    for one in ALL.values():
        assert one.least <= getattr(engine.DEFAULT, one.name) <= one.most
        for value in (one.least, one.most):
            low = {"worth_a_talk": 0.0} if one.name == "strong" else {}
            high = {"strong": 100.0} if one.name == "worth_a_talk" else {}
            engine.Weights(**{**low, **high, one.name: value})
        assert one.whole == isinstance(getattr(engine.DEFAULT, one.name), int)


# --- a new set -------------------------------------------------------------------------------------------------------


def typed(**changed: Any) -> dict[str, Any]:
    return {**asdict(engine.DEFAULT), "note": "Nearness counts more here.", **changed}


def test_a_list_without_sets_says_that_the_weights_as_delivered_are_in_use(desk: Client) -> None:
    assert "the weights as delivered are in use" in read(desk, LIST)
    assert not WeightSet.objects.exists()


def test_the_form_begins_with_what_is_in_use_and_looking_at_it_stores_nothing(desk: Client) -> None:
    form = desk.get(ADD).context["form"]

    assert {name: form[name].initial for name in ALL} == asdict(engine.DEFAULT)
    assert not WeightSet.objects.exists()


def test_a_changed_weight_is_a_new_set_and_changes_nothing_yet(desk: Client, officer: User) -> None:
    answer = desk.post(ADD, typed(near=0.6), follow=True)

    made = WeightSet.objects.proposed().get()
    assert (made.values["near"], made.source, made.made_by) == (0.6, "staff", str(officer))
    page = answer.content.decode()
    assert "Nothing has changed yet" in page
    assert "Nearness counts more here." in page
    assert "What being near adds." in page


def test_a_set_may_begin_from_another_one(desk: Client, proposed: WeightSet) -> None:
    assert f"{ADD}?from={proposed.pk}" in read(desk, address(proposed))
    assert desk.get(f"{ADD}?from={proposed.pk}").context["form"]["near"].initial == 0.6
    assert desk.get(f"{ADD}?from=nonsense").context["form"]["near"].initial == engine.DEFAULT.near


@pytest.mark.parametrize(
    ("changed", "field", "words"),
    [
        ({"near": -0.1}, "near", "greater than or equal to 0"),
        ({"kind": "much"}, "kind", "Enter a number"),
        ({"floor": 2.5}, "floor", "Enter a whole number"),
        ({"suggested": 1.5}, "suggested", "less than or equal to 1"),
        ({"explore": "nan"}, "explore", "Enter a number"),
        ({"worth_a_talk": 99}, "worth_a_talk", "Must not be above “Strong from”."),
        ({"harmonic": 0, "either": 0}, "harmonic", "One of these must be above 0: both alike, help one way."),
        ({}, "__all__", "These are the weights in use."),
    ],
)
def test_what_makes_no_sense_is_said_beside_its_field(
    desk: Client, changed: dict[str, Any], field: str, words: str
) -> None:
    answer = desk.post(ADD, typed(**changed))

    assert answer.status_code == 422
    assert words in " ".join(answer.context["form"].errors[field])
    assert not WeightSet.objects.proposed().exists()


# --- trying and deciding ---------------------------------------------------------------------------------------------


def test_the_list_marks_the_set_in_use_and_says_how_others_differ(desk: Client, proposed: WeightSet) -> None:
    page = read(desk, LIST)

    assert page.count('alt="True"') == 1
    assert "nearness 0.6" in page


def test_a_longer_list_asks_no_more(desk: Client, proposed: WeightSet, queries_of: Any) -> None:
    queries_of(LIST)
    one = queries_of(LIST)
    for near in (0.7, 0.8):
        proposals.propose(engine.Weights(near=near), source="staff", by="test")
    assert queries_of(LIST) == one


def test_a_set_the_engine_refuses_can_be_read_and_begun_from(desk: Client, proposed: WeightSet) -> None:
    WeightSet.objects.filter(pk=proposed.pk).update(values={**proposed.values, "explore": 2.0})

    assert "<strong>2</strong>" in read(desk, address(proposed))
    assert desk.get(f"{ADD}?from={proposed.pk}").status_code == 200


def test_a_trial_leads_to_what_it_would_change(
    desk: Client, event: Event, museum: Registration, community: Registration, proposed: WeightSet, confirm: Confirm
) -> None:
    shown = services.request_run(event, by="test")
    assert services.perform_run(shown), shown.problem
    page = desk.get(address(proposed, "try"))
    assert not MatchRun.objects.filter(trial=True).exists()
    assert confirm(page, event="").status_code == 422

    answers = [confirm(page, event=str(event.pk)) for _press in range(2)]
    trial = MatchRun.objects.get(trial=True)
    assert {answer["Location"] for answer in answers} == {reverse("admin:matching_matchrun_change", args=[trial.pk])}
    assert "not known yet" in read(desk, address(proposed))
    assert services.perform_run(trial), trial.problem

    changes = reverse("admin:matching_matchrun_changes", args=[trial.pk])
    assert changes in read(desk, address(proposed))
    assert "Compared with" in read(desk, changes)
    assert WeightSet.objects.proposed().get() == proposed


def test_putting_in_use_shows_what_changes_and_asks_why(
    desk: Client, proposed: WeightSet, confirm: Confirm, officer: User
) -> None:
    page = desk.get(address(proposed, "use"))
    assert [[str(cell) for cell in row] for row in page.context["confirmation"].rows] == [
        ["nearness", "What being near adds.", "0.25", "0.6"]
    ]
    assert confirm(page, reason="").status_code == 422
    assert WeightSet.objects.in_use() != proposed

    confirm(page, reason="Tried in Sheffield.")

    assert WeightSet.objects.in_use() == proposed
    said = read(desk, address(proposed))
    assert "Tried in Sheffield." in said
    assert address(proposed, "use") not in said


def test_what_somebody_else_decided_meanwhile_is_not_overruled(
    desk: Client, proposed: WeightSet, confirm: Confirm
) -> None:
    page = desk.get(address(proposed, "use"))
    other = proposals.propose(engine.Weights(near=0.1), source="staff", by="Somebody else")
    proposals.put_in_use(other, by="Somebody else")

    answer = confirm(page, reason="Tried in Sheffield.")

    assert WeightSet.objects.in_use() == other
    assert "Somebody else was faster" in read(desk, answer["Location"])


def test_a_set_is_put_away_with_a_reason(desk: Client, proposed: WeightSet, confirm: Confirm) -> None:
    confirm(desk.get(address(proposed, "put_away")), reason="Not for rural events.")

    proposed.refresh_from_db()
    assert proposed.state == "retired"
    assert "Not for rural events." in read(desk, address(proposed))


def test_who_may_only_look_decides_nothing(client: Client, proposed: WeightSet) -> None:
    looker = User.objects.create(email="looker@partnerships.example", is_staff=True)
    looker.user_permissions.set(Permission.objects.filter(codename="view_weightset"))
    client.force_login(looker)
    closed = [ADD, *(address(proposed, what) for what in ("try", "use", "put_away"))]

    assert [client.get(path).status_code for path in closed] == [403] * 4
    assert [client.post(path, {"reason": "x"}).status_code for path in closed] == [403] * 4
    assert [client.get(path).status_code for path in (LIST, LESSONS, address(proposed))] == [200] * 3
    page = client.get(address(proposed)).content.decode()
    assert [path for path in closed if path in page] == []


# --- what answers teach ----------------------------------------------------------------------------------------------


def test_before_anybody_answered_the_page_says_when_learning_starts(desk: Client) -> None:
    page = read(desk, LESSONS)

    assert "Nobody has answered yet." in page
    assert "Learning starts at 20 answers that say how well two fit; there are 0." in page
    assert "This starts at 20 answers that say how well two fit; there were 0 last night." in page
    assert "A score becomes a chance at 200 pairs whose outcome is known; there were 0 last night." in page
    assert LESSONS in read(desk, LIST)


@pytest.fixture
def answered(event: Event, officer: User) -> list[Answer]:
    """Forty answers: yes where the kind fits, no where it does not."""
    museum, group = (factories.confirm(event, number, officer) for number in (1, 2))
    elsewhere = [factories.make_event(f"place-{n}-2031") for n in range(20)]
    answers = []
    for n, place in enumerate(elsewhere):
        parts = [{"code": name, "value": 0.3, "weight": 0.3, "known": True} for name in ("text", "theme", "audience")]
        kind = {"code": "kind", "value": float(n % 2), "weight": 0.4, "known": True}
        gain = {"want": 0.5, "fit": 0.5, "aims": 0.1, "parts": [kind, *parts], "aims_parts": parts}
        score = {"value": 0.4, "reciprocal": 0.5, "near": 0.5, "timing": 0.5}
        score |= {"museum_wants": gain, "partner_wants": gain}
        pair = factories.suggest(place, museum.organisation, group.organisation, parts=score)
        answers += [
            Answer.objects.create(
                suggestion=pair, organisation=one.organisation, person=one.person, choice="yes" if n % 2 else "no"
            )
            for one in (museum, group)
        ]
    return answers


def test_the_page_shows_both_sets_of_shares_and_how_wrong_each_is(desk: Client, answered: list[Answer]) -> None:
    page = read(desk, LESSONS)

    assert "40 answers to scored pairs." in page
    assert "Learnt from 40 of 40 answers." in page
    assert '<th scope="col">Share learnt</th>' in page
    assert not WeightSet.objects.exists()  # looking stores nothing


def test_a_lesson_that_waits_for_a_decision_is_named_with_its_evidence(desk: Client, answered: list[Answer]) -> None:
    assert services.learn_from_answers() == 1
    learnt = WeightSet.objects.proposed().get()

    assert address(learnt) in read(desk, LESSONS)
    assert "From 40 answers. On the newest fifth the log-loss is" in read(desk, LESSONS)
    page = read(desk, address(learnt))
    assert "Learnt from 40 of 40 answers." in page
    assert ["kind", "0.40"] in [row[:2] for row in html.parse(page).rows()]


def test_calibration_is_shown_group_by_group(desk: Client, proposed: WeightSet) -> None:
    groups = [{"said": 0.1 * n, "happened": 0.1 * n + 0.02, "pairs": 25} for n in range(10)]
    numbers = {"a": 0.1, "b": 1.1, "loss_before": 0.6, "loss_after": 0.5, "ece_before": 0.2, "ece_after": 0.04}
    said = {"use": True, "answers": 250, "groups": groups, **numbers}
    WeightSet.objects.filter(state="in_use").update(calibration=said)

    page = read(desk, LESSONS)
    assert "On the newest fifth the chance is off by 0.040 on average (0.200 before it was fitted)" in page
    assert ["50%", "52%", "25"] in html.parse(page).rows()

    WeightSet.objects.filter(state="in_use").update(calibration=said | {"use": False, "groups": []})
    assert "That is no better: no chance is shown." in read(desk, LESSONS)
