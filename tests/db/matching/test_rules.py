"""What staff decide about a pair: it takes effect at once, holds in every run, and is lifted with a reason."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from events.models import Event, Registration
from matching import services
from matching.models import Introduction, MatchRun, PairRule, Suggestion, Trio
from matching.services.rules import Made, lift_rule, make_rule
from partners.models import User
from pwp.journal.models import Entry
from pwp.refusals import Refused
from pwp.states import NotAllowed
from tests import factories, html

S = Suggestion.State


def make(museum: Registration, other: Registration, rule: str = "keep_apart", **fields: Any) -> Made:
    said = {"reason": "They fell out last year.", "by": "Ceri Morgan", **fields}
    return make_rule(museum=museum.organisation, partner=other.organisation, rule=rule, **said)


def state(suggestion: Suggestion) -> str:
    return Suggestion.objects.get(pk=suggestion.pk).state


def run(event: Event) -> MatchRun:
    done = services.request_run(event, by="test")
    assert services.perform_run(done), done.problem
    return done


@pytest.mark.parametrize("rule", ["keep_apart", "partners"])
@pytest.mark.parametrize("everywhere", [False, True])
def test_a_pair_held_apart_disappears_at_once_with_its_reason_in_the_journal(
    event: Event, suggestion: Suggestion, museum: Registration, community: Registration, rule: str, everywhere: bool
) -> None:
    made = make(museum, community, rule, event=None if everywhere else event)

    assert (state(suggestion), [pair.pk for pair in made.dropped]) == (S.DROPPED, [suggestion.pk])
    entry = Entry.objects.about(suggestion).get()
    assert (entry.to_state, entry.by_name, entry.reason) == ("dropped", "Ceri Morgan", made.rule.get_rule_display())


def test_a_run_of_the_event_is_asked_for(event: Event, museum: Registration, community: Registration) -> None:
    make(museum, community, event=event)

    assert MatchRun.objects.get().event == event


def test_a_rule_at_all_events_asks_for_runs_where_both_take_part(
    event: Event, museum: Registration, community: Registration, outsider: Registration
) -> None:
    make(museum, community)
    assert [asked.event for asked in MatchRun.objects.all()] == [event]

    make(museum, factories.confirm(outsider.event, 4, factories.make_staff("second@partnerships.example")))
    assert MatchRun.objects.count() == 1


def test_a_rule_at_one_event_leaves_the_other_events_alone(
    event: Event, museum: Registration, community: Registration, outsider: Registration
) -> None:
    elsewhere = factories.suggest(outsider.event, museum.organisation, community.organisation)

    make(museum, community, event=event)

    assert state(elsewhere) == S.SHOWN


def test_who_was_introduced_stays_introduced_and_staff_are_told(
    suggestion: Suggestion, museum: Registration, community: Registration
) -> None:
    for place in (museum, community):
        services.answer_suggestion(suggestion, organisation=place.organisation, person=place.person, choice="yes")

    made = make(museum, community)

    assert (state(suggestion), Introduction.objects.get().state) == (S.INTRODUCED, "introduced")
    assert (made.dropped, [pair.pk for pair in made.introduced]) == ((), [suggestion.pk])


def test_a_yes_that_waited_does_not_introduce_a_pair_that_staff_keep_apart(
    suggestion: Suggestion, museum: Registration, community: Registration
) -> None:
    services.answer_suggestion(suggestion, organisation=museum.organisation, person=museum.person, choice="yes")
    make(museum, community)

    with pytest.raises(Refused, match="no longer open"):
        services.answer_suggestion(
            suggestion, organisation=community.organisation, person=community.person, choice="yes"
        )
    run(suggestion.event)
    assert (state(suggestion), Introduction.objects.count()) == (S.DROPPED, 0)


def test_no_run_shows_a_pair_that_is_kept_apart_until_the_rule_is_lifted(
    event: Event, museum: Registration, community: Registration
) -> None:
    run(event)
    suggestion = Suggestion.objects.get()
    made = make(museum, community, event=event)
    run(event)
    assert state(suggestion) == S.DROPPED

    lift_rule(made.rule, by="Ceri Morgan", reason="They made up.")
    run(event)

    assert state(suggestion) == S.SHOWN
    assert Entry.objects.about(made.rule).get().reason == "They made up."


def test_who_must_meet_is_suggested_whatever_the_score(
    event: Event, museum: Registration, community: Registration
) -> None:
    for place in (museum, community):
        place.organisation.listings.all().delete()
    run(event)
    assert not Suggestion.objects.showing().exists()

    make(museum, community, "must_meet", event=event)
    run(event)

    assert Suggestion.objects.showing().get().pinned


def test_a_pair_that_staff_pinned_is_told_so_and_one_shown_to_learn_is_told_nothing(
    suggestion: Suggestion, museum: Registration, client: Client
) -> None:
    client.force_login(factories.sign_up(museum))

    def said() -> str:
        return html.read(client.get(suggestion.get_absolute_url())).text

    Suggestion.objects.update(exploring=True)
    plain = said()
    assert "The project officer thinks" not in plain
    Suggestion.objects.update(exploring=False)
    assert said() == plain
    Suggestion.objects.update(pinned=True)
    assert "The project officer thinks you two should meet." in said()


def test_who_has_met_as_many_as_they_can_manage_is_told_why_nobody_is_suggested(
    event: Event, suggestion: Suggestion, museum: Registration, community: Registration, client: Client, officer: User
) -> None:
    museum.organisation.most_introductions = 0
    museum.organisation.save()
    Suggestion.objects.update(state="dropped")
    client.force_login(factories.sign_up(museum))

    page = html.read(client.get(suggestion.get_absolute_url()))

    assert "You have as many new partners as you can manage" in page.words("h2")
    assert "You told us that you can manage 0 new introductions" in page.text


def test_keeping_two_apart_takes_them_out_of_each_others_trios(
    suggestion: Suggestion, museum: Registration, outsider: Registration
) -> None:
    council = outsider.organisation
    type(council).objects.filter(pk=council.pk).update(sector="statutory")
    outsider.organisation.refresh_from_db()
    Trio.objects.create(suggestion=suggestion, third=council, score=0.4)

    make(museum, outsider, "partners")
    assert Trio.objects.count() == 1
    lift_rule(PairRule.objects.get(), by="Ceri Morgan", reason="A mistake.")
    make(museum, outsider, "keep_apart")
    assert Trio.objects.count() == 0


@pytest.mark.parametrize("everywhere", [False, True])
def test_the_same_rule_twice_is_one_rule(
    event: Event, museum: Registration, community: Registration, everywhere: bool
) -> None:
    where = None if everywhere else event
    first = make(museum, community, event=where)
    second = make(museum, community, event=where, reason="Said again.")

    assert (first.is_new, second.is_new, second.rule) == (True, False, first.rule)
    assert PairRule.objects.count() == 1


def test_a_rule_at_all_events_holds_at_each_of_them(
    event: Event, museum: Registration, community: Registration
) -> None:
    everywhere = make(museum, community).rule

    assert make(museum, community, event=event).rule == everywhere


def test_a_rule_at_one_event_may_become_one_at_all_of_them(
    event: Event, museum: Registration, community: Registration
) -> None:
    make(museum, community, event=event)

    assert make(museum, community).is_new
    assert PairRule.objects.count() == 2


@pytest.mark.parametrize(("first", "second"), [(True, True), (True, False), (False, True), (False, False)])
def test_a_rule_against_another_one_is_refused_with_what_to_do(
    event: Event, museum: Registration, community: Registration, first: bool, second: bool
) -> None:
    make(museum, community, "must_meet", event=event if first else None)

    with pytest.raises(Refused, match=r"must meet.*Lift that one first"):
        make(museum, community, "keep_apart", event=event if second else None)
    assert PairRule.objects.count() == 1


def test_rules_at_two_events_do_not_contradict_each_other(
    event: Event, museum: Registration, community: Registration, outsider: Registration
) -> None:
    make(museum, community, "must_meet", event=event)

    assert make(museum, community, "keep_apart", event=outsider.event).is_new


def test_a_rule_past_its_last_day_holds_no_more_and_makes_room_for_another(
    event: Event, museum: Registration, community: Registration
) -> None:
    today = timezone.localdate()
    old = make(museum, community, event=event, until=today).rule
    tomorrow = timezone.now() + dt.timedelta(days=1)

    assert list(PairRule.objects.in_force(event=event, on=today)) == [old]
    assert not PairRule.objects.in_force(event=event, on=today + dt.timedelta(days=1))
    new = make(museum, community, "must_meet", event=event, now=tomorrow)
    old.refresh_from_db()
    assert (new.is_new, old.state) == (True, "lifted")


def test_another_last_day_for_a_rule_that_is_there_is_refused(museum: Registration, community: Registration) -> None:
    today = timezone.localdate()
    make(museum, community, until=today + dt.timedelta(days=10))

    assert not make(museum, community, until=today + dt.timedelta(days=5)).is_new
    with pytest.raises(Refused, match="Lift that one to choose another day"):
        make(museum, community)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"reason": "  "}, "Please say why"),
        ({"until": dt.date(2020, 1, 1)}, "The last day is past"),
    ],
)
def test_what_makes_no_sense_is_refused(
    museum: Registration, community: Registration, fields: dict[str, Any], words: str
) -> None:
    with pytest.raises(Refused, match=words):
        make(museum, community, **fields)
    assert not PairRule.objects.exists()


def test_a_rule_needs_one_museum_and_one_that_is_none(museum: Registration, community: Registration) -> None:
    with pytest.raises(Refused, match="Riverside Readers is not a museum"):
        make(community, museum)
    with pytest.raises(Refused, match="Both are museums"):
        make(museum, museum)


def test_who_is_closed_to_contact_cannot_be_made_to_meet_but_can_be_kept_apart(
    museum: Registration, community: Registration
) -> None:
    funder = community.organisation
    funder.sector, funder.open_to_contact = "funder", False
    funder.save()

    with pytest.raises(Refused, match="Riverside Readers is not open to being contacted"):
        make(museum, community, "must_meet")
    assert make(museum, community, "keep_apart").is_new


def test_lifting_needs_a_reason_and_happens_once(museum: Registration, community: Registration, officer: User) -> None:
    rule = make(museum, community, by=officer).rule
    assert rule.made_by == str(officer)

    with pytest.raises(Refused, match="say why"):
        lift_rule(rule, by=officer, reason=" ")
    lift_rule(rule, by=officer, reason="They made up.")
    with pytest.raises(NotAllowed):
        lift_rule(rule, by=officer, reason="Again.")
