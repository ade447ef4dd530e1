"""Somebody rings, or is rung: what we suggest to them is read out, and their answers are entered."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from events import services as events
from events.models import Call, Event, Registration
from matching import services
from matching.models import Answer, Introduction, Suggestion
from matching.services.storing import tell_who_has_suggestions
from partners.models import User
from tests import factories
from tests.html import read

YES = {"choice": "yes", "may_share": "on", "reason": "", "reason_text": ""}


@pytest.fixture
def place(event: Event, officer: User) -> Registration:
    """Of somebody who has a phone and nothing else."""
    return factories.confirm(event, 4, officer, name="Dai Rees", email="", phone="0114 496 0004")


@pytest.fixture
def pair(event: Event, museum: Registration, place: Registration) -> Suggestion:
    return factories.suggest(event, museum.organisation, place.organisation)


def page_of(place: Registration) -> str:
    return f"/admin/matching/suggestion/by-phone/{place.pk}/"


def test_the_call_leads_to_what_to_read_out(desk: Client, event: Event, place: Registration, pair: Suggestion) -> None:
    tell_who_has_suggestions(event)
    call = Call.objects.get(why="partners")

    on_the_list = read(desk.get("/admin/"))
    of_call = read(desk.get(f"/admin/events/call/{call.pk}/change/"))
    shown = read(desk.get(page_of(place))).text

    assert "there are possible partners for them" in on_the_list.text
    assert page_of(place) in of_call.links()
    assert "Kelham Mill Museum" in shown
    assert "A dry room with a long table and forty chairs." in shown
    assert "person1@group1.example" not in shown


def test_the_call_about_partners_does_not_ask_whether_they_come(
    desk: Client, event: Event, place: Registration, pair: Suggestion
) -> None:
    tell_who_has_suggestions(event)
    made = f"/admin/events/call/deed/made/?id={Call.objects.get(why='partners').pk}"

    asked = read(desk.get(made))
    desk.post(made, asked.typed() | {"note": "He would like to meet the mill."})

    assert "Yes, they come" not in asked.text
    assert Call.objects.get(why="partners").state == "made"


def test_who_left_is_still_told_of_their_introduction_and_nothing_else(
    desk: Client, event: Event, officer: User, museum: Registration, place: Registration, pair: Suggestion
) -> None:
    other = factories.suggest(event, factories.confirm(event, 11, officer).organisation, place.organisation)
    for one in (museum, place):
        services.answer_suggestion(pair, organisation=one.organisation, person=one.person, choice="yes")
    events.withdraw(place, by="Dai Rees")

    shown = read(desk.get(page_of(place)))

    assert "person1@group1.example" in shown.text
    assert str(other.museum) not in shown.text
    assert f"/admin/matching/introduction/{Introduction.objects.get().pk}/spoken/" in shown.links()


def test_an_answer_by_phone_counts_and_the_number_stands_there_only_after_two_yeses(
    desk: Client, museum: Registration, place: Registration, pair: Suggestion
) -> None:
    services.answer_suggestion(pair, organisation=museum.organisation, person=museum.person, choice="yes")

    shown = read(desk.post(page_of(place), {"pair": pair.code, **YES}, follow=True)).text

    assert Introduction.objects.get().people() == (museum.person, place.person)
    assert "person1@group1.example" in shown


def test_a_yes_needs_the_spoken_consent_and_a_no_keeps_its_reason(
    desk: Client, place: Registration, pair: Suggestion
) -> None:
    place.person.consents.all().delete()
    place.person.consents.create(purpose="visible_at_event", given=True)
    answers = {"pair": pair.code, "choice": "yes", "reason": "", "reason_text": ""}
    refused = desk.post(page_of(place), answers)

    assert (refused.status_code, Answer.objects.count()) == (422, 0)

    desk.post(page_of(place), answers | {"choice": "no", "reason": "too_far", "reason_text": "No bus."})
    said = Answer.objects.get()
    assert (said.choice, said.reason, said.reason_text, said.person) == ("no", "too_far", "No bus.", place.person)


def test_the_page_of_a_pair_leads_to_both_sides(
    desk: Client, museum: Registration, place: Registration, pair: Suggestion
) -> None:
    links = read(desk.get(f"/admin/matching/suggestion/{pair.pk}/change/")).links()

    assert {page_of(museum), page_of(place)} <= set(links)


def test_with_nobody_to_suggest_it_says_so_and_another_s_pair_cannot_be_answered(
    desk: Client, event: Event, officer: User, place: Registration, pair: Suggestion
) -> None:
    alone = factories.confirm(event, 6, officer)

    assert "Nobody is suggested to them" in desk.get(page_of(alone), follow=True).content.decode()
    assert desk.post(page_of(place), {"pair": "someother1234", **YES}).status_code == 422


def test_who_may_only_look_enters_no_answers(client: Client, place: Registration, pair: Suggestion) -> None:
    looker = User.objects.create_user("looker@partnerships.example", "a-long-password", is_staff=True)
    looker.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client.force_login(looker)

    assert client.post(page_of(place), {"pair": pair.code, **YES}).status_code == 403


def test_the_page_asks_as_often_for_many_pairs_as_for_one(
    desk: Client, event: Event, officer: User, place: Registration, pair: Suggestion, queries_of: Callable[[str], int]
) -> None:
    one = queries_of(page_of(place))
    for number in (11, 13, 15):
        museum = factories.confirm(event, number, officer)
        factories.suggest(event, museum.organisation, place.organisation)

    assert queries_of(page_of(place)) == one
