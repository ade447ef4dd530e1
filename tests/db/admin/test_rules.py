"""Rules for pairs at the officer's desk: made from a form or a suggestion, read in a list, lifted with a reason."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from events.models import Event, Registration
from matching import services
from matching.models import MatchRun, PairRule, Suggestion, Trio
from matching.services.rules import make_rule
from partners.models import User
from tests import factories

Confirm = Callable[..., HttpResponse]
ADD = "/admin/matching/pairrule/add/"
LIST = "/admin/matching/pairrule/"


def typed(museum: Registration, other: Registration, **fields: Any) -> dict[str, Any]:
    pair = {"museum": museum.organisation.pk, "partner": other.organisation.pk}
    return {**pair, "rule": "keep_apart", "event": "", "reason": "They fell out.", "until": "", **fields}


def page_of(row: Any) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def rule_page(suggestion: Suggestion, rule: str = "keep_apart") -> str:
    return reverse("admin:matching_suggestion_rule", args=[suggestion.pk]) + f"?rule={rule}"


def state(suggestion: Suggestion) -> str:
    return Suggestion.objects.get(pk=suggestion.pk).state


@pytest.fixture
def rule(museum: Registration, community: Registration) -> PairRule:
    said = {"rule": "keep_apart", "reason": "They fell out.", "by": "Ceri Morgan"}
    return make_rule(museum=museum.organisation, partner=community.organisation, **said).rule


def test_a_rule_made_in_the_form_takes_effect_and_says_what_it_did(
    desk: Client, suggestion: Suggestion, museum: Registration, community: Registration, officer: User
) -> None:
    answer = desk.post(ADD, typed(museum, community), follow=True)

    made = PairRule.objects.get()
    assert (made.rule, made.event, made.made_by) == ("keep_apart", None, str(officer))
    assert state(suggestion) == "dropped"
    assert MatchRun.objects.get().state == "requested"
    page = answer.content.decode()
    assert "1 suggestion was taken away." in page
    assert "keep apart: never suggested" in page


def test_the_same_rule_again_is_no_error_and_no_second_rule(
    desk: Client, rule: PairRule, museum: Registration, community: Registration
) -> None:
    answer = desk.post(ADD, typed(museum, community), follow=True)

    assert "This rule is there already." in answer.content.decode()
    assert PairRule.objects.get() == rule


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"rule": "must_meet"}, "There is another rule for these two: keep apart"),
        ({"reason": ""}, "This field is required."),
        ({"until": "2020-01-01"}, "The last day is past."),
        ({"rule": "none of these"}, "Select a valid choice."),
    ],
)
def test_what_cannot_hold_is_refused_in_words_beside_the_form(
    desk: Client, rule: PairRule, museum: Registration, community: Registration, fields: dict[str, Any], words: str
) -> None:
    answer = desk.post(ADD, typed(museum, community, **fields))

    assert answer.status_code == 200
    assert words in answer.content.decode()
    assert PairRule.objects.get() == rule


def test_two_museums_are_refused_where_they_are_chosen(
    desk: Client, museum: Registration, community: Registration
) -> None:
    page = desk.post(ADD, typed(community, museum)).content.decode()

    assert "Please choose a museum." in page
    assert "Please choose an organisation that is not a museum." in page


def test_only_museums_are_offered_where_a_museum_is_asked_for(
    desk: Client, museum: Registration, community: Registration
) -> None:
    def offered(field: str) -> list[str]:
        asked = {"app_label": "matching", "model_name": "pairrule", "field_name": field}
        found = desk.get(reverse("admin:autocomplete"), {"term": "", **asked}).json()["results"]
        return [one["text"] for one in found]

    assert offered("museum") == ["Kelham Mill Museum"]
    assert offered("partner") == ["Riverside Readers"]


def test_an_empty_list_says_what_rules_are_for(desk: Client) -> None:
    assert "No such rule. Make one to have two organisations meet" in desk.get(LIST).content.decode()


def test_the_list_begins_with_what_holds_and_finds_the_rest(
    desk: Client, rule: PairRule, museum: Registration, community: Registration
) -> None:
    desk.post(reverse("admin:matching_pairrule_lift", args=[rule.pk]), {"reason": "They made up."})

    def listed(query: str) -> list[PairRule]:
        return list(desk.get(LIST + query).context["cl"].result_list)

    assert (listed(""), listed("?which=past"), listed("?which=all")) == ([], [rule], [rule])
    assert listed("?which=all&q=riverside") == [rule]


def test_a_longer_list_asks_no_more(
    desk: Client, rule: PairRule, event: Event, museum: Registration, officer: User, queries_of: Any
) -> None:
    queries_of(LIST)
    one = queries_of(LIST)
    for number in (4, 6):
        other = factories.confirm(event, number, officer).organisation
        PairRule.objects.create(museum=museum.organisation, partner=other, rule="must_meet", event=event, reason="x")
    assert queries_of(LIST) == one


def test_lifting_asks_why_and_keeps_the_answer_in_the_journal(desk: Client, rule: PairRule, confirm: Confirm) -> None:
    lift = reverse("admin:matching_pairrule_lift", args=[rule.pk])
    page = desk.get(lift)
    assert PairRule.objects.get().state == "in_force"
    assert confirm(page, reason="").status_code == 422

    confirm(page, reason="They made up.")
    again = confirm(page, reason="And again.")

    said = desk.get(again["Location"]).content.decode()
    assert PairRule.objects.get().state == "lifted"
    assert "They made up." in said
    assert "And again." not in said
    assert "This cannot be done any more" in said
    assert lift not in said


# --- from a suggestion -----------------------------------------------------------------------------------------------


def test_a_suggestion_leads_to_the_three_rules(desk: Client, suggestion: Suggestion) -> None:
    page = desk.get(page_of(suggestion)).content.decode()

    for kind in ("must_meet", "keep_apart", "partners"):
        assert rule_page(suggestion, kind) in page
        assert desk.get(rule_page(suggestion, kind)).context["confirmation"].form["rule"].initial == kind
    assert not PairRule.objects.exists()
    assert state(suggestion) == "shown"


@pytest.mark.parametrize(("where", "everywhere"), [("here", False), ("everywhere", True)])
def test_a_rule_made_from_a_suggestion_holds_where_staff_said(
    desk: Client, suggestion: Suggestion, confirm: Confirm, where: str, everywhere: bool
) -> None:
    page = desk.get(rule_page(suggestion, "partners"))
    for _press in range(2):
        answer = confirm(page, rule="partners", where=where, reason="A show in May.")

    made = PairRule.objects.get()
    assert (made.rule, made.event) == ("partners", None if everywhere else suggestion.event)
    assert state(suggestion) == "dropped"
    assert "A show in May." in desk.get(answer["Location"]).content.decode()


def test_a_rule_against_another_one_is_refused_on_the_page(
    desk: Client, suggestion: Suggestion, rule: PairRule, confirm: Confirm
) -> None:
    page = confirm(desk.get(rule_page(suggestion)), rule="must_meet", where="here", reason="A hunch.")

    assert page.status_code == 422
    assert "Lift that one first." in page.content.decode()


def test_staff_are_told_that_an_introduction_stays(
    desk: Client, suggestion: Suggestion, museum: Registration, community: Registration, confirm: Confirm
) -> None:
    for place in (museum, community):
        services.answer_suggestion(suggestion, organisation=place.organisation, person=place.person, choice="yes")

    answer = confirm(desk.get(rule_page(suggestion)), rule="keep_apart", where="here", reason="They fell out.")

    assert "They were introduced at Sheffield" in desk.get(answer["Location"]).content.decode()
    assert state(suggestion) == "introduced"


def test_staff_are_told_that_a_no_counts_for_six_months(
    desk: Client, suggestion: Suggestion, museum: Registration, confirm: Confirm
) -> None:
    services.answer_suggestion(suggestion, organisation=museum.organisation, person=museum.person, choice="no")

    answer = confirm(desk.get(rule_page(suggestion)), rule="must_meet", where="here", reason="They would get on.")

    assert "One of them said no at Sheffield" in desk.get(answer["Location"]).content.decode()


def test_who_may_only_look_makes_and_lifts_nothing(client: Client, suggestion: Suggestion, rule: PairRule) -> None:
    looker = User.objects.create(email="looker@partnerships.example", is_staff=True)
    looker.user_permissions.set(
        Permission.objects.filter(codename__in=["view_pairrule", "view_suggestion", "view_matchrun", "view_weightset"])
    )
    client.force_login(looker)
    closed = [ADD, rule_page(suggestion), reverse("admin:matching_pairrule_lift", args=[rule.pk])]

    assert [client.get(path).status_code for path in closed] == [403, 403, 403]
    assert [client.post(path, {"reason": "x", "rule": "partners"}).status_code for path in closed] == [403, 403, 403]
    for row in (rule, suggestion):
        page = client.get(page_of(row)).content.decode()
        assert "They fell out." in page
        assert [path for path in closed[1:] if path.partition("?")[0] in page] == []


def test_a_suggestion_shows_marks_chance_and_third_partners(
    desk: Client, suggestion: Suggestion, outsider: Registration
) -> None:
    Suggestion.objects.filter(pk=suggestion.pk).update(pinned=True, exploring=True, chance=0.31)
    Trio.objects.create(suggestion=suggestion, third=outsider.organisation, score=0.4)

    for address in (page_of(suggestion), "/admin/matching/suggestion/"):
        page = desk.get(address).content.decode()
        assert "must meet: a rule of staff, shown to learn" in page
        assert "about 3 in 10 such pairs both said yes" in page
    assert "Harbour Choir" in desk.get(page_of(suggestion)).content.decode()


def test_a_suggestion_says_what_noes_changed_without_touching_a_profile(
    desk: Client, event: Event, suggestion: Suggestion, museum: Registration, community: Registration
) -> None:
    Suggestion.objects.filter(pk=suggestion.pk).update(distance_km=12.0)
    services.answer_suggestion(
        suggestion, organisation=museum.organisation, person=museum.person, choice="no", reason="too_far"
    )

    page = desk.get(page_of(suggestion)).content.decode()

    near = event.near_km
    assert f"they count as reaching {(near + 6) / 2:.1f} km, not {near:.1f} km." in page
