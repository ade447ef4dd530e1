"""Who may be suggested to whom: every reason against a pair, also where no score tells it from another."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.utils import timezone

from events import services as events
from events.models import Event, Registration
from matching import services, snapshot
from matching.models import MatchRun, PairRule, Suggestion
from partners import services as partners
from partners.models import Organisation, User
from tests import factories

pytestmark = pytest.mark.django_db

Run = Callable[[Event], MatchRun]
Against = Callable[[Event, Registration, Registration], None]


def same_parent(event: Event, museum: Registration, group: Registration) -> None:
    parent = Organisation.objects.create(name="The Council", sector="statutory")
    Organisation.objects.filter(pk__in=(museum.organisation.pk, group.organisation.pk)).update(parent=parent)


def one_is_the_parent(event: Event, museum: Registration, group: Registration) -> None:
    Organisation.objects.filter(pk=museum.organisation.pk).update(parent=group.organisation)


def one_is_the_grandparent(event: Event, museum: Registration, group: Registration) -> None:
    between = Organisation.objects.create(name="Culture Trust", sector="other", parent=group.organisation)
    Organisation.objects.filter(pk=museum.organisation.pk).update(parent=between)


def no_consent(event: Event, museum: Registration, group: Registration) -> None:
    partners.record_consents(group.person, {"visible_at_event": False}, channel="page")


def no_place(event: Event, museum: Registration, group: Registration) -> None:
    events.withdraw(group, by="Person 2")


def another_event(event: Event, museum: Registration, group: Registration) -> None:
    Registration.objects.filter(pk=group.pk).update(event=factories.make_event("fife-2031"))


def closed_to_contact(event: Event, museum: Registration, group: Registration) -> None:
    Organisation.objects.filter(pk=group.organisation.pk).update(sector="funder", open_to_contact=False)


def two_museums(event: Event, museum: Registration, group: Registration) -> None:
    Organisation.objects.filter(pk=group.organisation.pk).update(sector="museum")


def ruled(rule: str) -> Against:
    def against(event: Event, museum: Registration, group: Registration) -> None:
        PairRule.objects.create(rule=rule, museum=museum.organisation, partner=group.organisation, reason="because")

    against.__name__ = rule
    return against


def introduced_elsewhere(event: Event, museum: Registration, group: Registration) -> None:
    elsewhere = factories.make_event("swansea-2031")
    for place in (museum, group):
        factories.confirm(elsewhere, 50 + place.pk, factories.User.objects.get(is_staff=True))
    pair = factories.suggest(event, museum.organisation, group.organisation)
    for place in (museum, group):
        services.answer_suggestion(pair, organisation=place.organisation, person=place.person, choice="yes")
    Suggestion.objects.filter(pk=pair.pk).update(event=elsewhere)


def declined(event: Event, museum: Registration, group: Registration) -> None:
    pair = factories.suggest(event, museum.organisation, group.organisation)
    services.answer_suggestion(pair, organisation=group.organisation, person=group.person, choice="no")


def has_met_enough(event: Event, museum: Registration, group: Registration) -> None:
    Organisation.objects.filter(pk=group.organisation.pk).update(most_introductions=0)


AGAINST = [
    same_parent,
    one_is_the_parent,
    one_is_the_grandparent,
    no_consent,
    no_place,
    another_event,
    closed_to_contact,
    two_museums,
    ruled("keep_apart"),
    ruled("partners"),
    introduced_elsewhere,
    declined,
    has_met_enough,
]


@pytest.mark.parametrize("words", ["Oral history of the steelworks.", "Of the and."], ids=["alike", "saying nothing"])
@pytest.mark.parametrize("against", AGAINST, ids=lambda against: against.__name__)
def test_a_pair_is_not_suggested_against(against: Against, words: str, event: Event, officer: User, run: Run) -> None:
    museum, group = (factories.confirm(event, number, officer, offer=words, need=words) for number in (1, 2))
    PairRule.objects.create(  # whatever staff want to see together
        event=event, rule="must_meet", museum=museum.organisation, partner=group.organisation, reason="They should."
    )

    against(event, museum, group)
    done = run(event)

    assert done.report["pairs"] == []
    assert not Suggestion.objects.filter(event=event).present().filter(state="shown").exists()


def test_a_pair_that_must_meet_is_suggested_though_nothing_links_them(event: Event, officer: User, run: Run) -> None:
    museum = factories.confirm(event, 1, officer, offer="Of the and.", need="Of the and.")
    group = factories.confirm(event, 2, officer, offer="A piano.", need="Of the and.")
    PairRule.objects.create(rule="must_meet", museum=museum.organisation, partner=group.organisation, reason="Why not")

    done = run(event)

    assert [pair["pinned"] for pair in done.report["pairs"]] == [True]
    assert Suggestion.objects.get().pinned


@pytest.mark.parametrize("rule", ["lifted", "for another event", "past its last day"])
def test_a_rule_that_does_not_hold_keeps_nobody_apart(
    rule: str, event: Event, museum: Registration, community: Registration, run: Run
) -> None:
    fields = {
        "lifted": {"state": "lifted"},
        "for another event": {"event": factories.make_event("fife-2031")},
        "past its last day": {"until": timezone.localdate() - dt.timedelta(days=1)},
    }[rule]
    PairRule.objects.create(
        rule="keep_apart", museum=museum.organisation, partner=community.organisation, reason="because", **fields
    )

    assert len(run(event).report["pairs"]) == 1


def test_words_that_are_restricted_are_not_in_the_run(event: Event, museum: Registration) -> None:
    museum.organisation.listings.filter(side="offer").update(restricted_at=timezone.now())
    Organisation.objects.filter(pk=museum.organisation.pk).update(description="Rude.", restricted_at=timezone.now())

    (profile,) = snapshot.gathering(event, as_of=timezone.now()).profiles

    assert (profile.description, profile.offers) == ("", ())
    assert len(profile.needs) == 1


def test_introductions_made_are_taken_off_what_an_organisation_can_manage(
    event: Event, museum: Registration, community: Registration
) -> None:
    Organisation.objects.filter(pk=museum.organisation.pk).update(most_introductions=3)
    pair = factories.suggest(event, museum.organisation, community.organisation)
    for place in (museum, community):
        services.answer_suggestion(pair, organisation=place.organisation, person=place.person, choice="yes")

    limits = {p.key: p.limit for p in snapshot.gathering(event, as_of=timezone.now()).profiles}

    assert limits == {museum.organisation.code: 2, community.organisation.code: None}


def test_everything_ticked_and_said_is_in_the_snapshot(event: Event, museum: Registration) -> None:
    kind, theme = factories.make_kind("stories"), factories.make_theme("history")
    museum.organisation.themes.add(theme)
    offer = museum.organisation.listings.get(side="offer")
    offer.kinds.add(kind)
    offer.themes.add(theme)
    museum.organisation.listings.filter(pk=offer.pk).update(when="in May", language="cy")

    (profile,) = snapshot.gathering(event, as_of=timezone.now()).profiles

    assert (profile.themes, profile.languages) == (("history",), ("cy", "en"))
    (line,) = profile.offers
    assert (line.kinds, line.themes, line.audiences, line.says_when) == (("stories",), ("history",), (), True)
    assert (line.key, line.text) == (offer.code, offer.text)


def test_a_reason_for_a_no_moves_how_far_the_engine_looks_for_that_organisation(
    event: Event, museum: Registration, community: Registration
) -> None:
    pair = factories.suggest(event, museum.organisation, community.organisation, distance_km=4.0)
    services.answer_suggestion(
        pair, organisation=museum.organisation, person=museum.person, choice="no", reason="too_far"
    )

    reach = {p.key: p.reach_km for p in snapshot.gathering(event, as_of=timezone.now()).profiles}

    assert (reach[museum.organisation.code] or 99) < event.near_km
    assert Organisation.objects.get(pk=museum.organisation.pk).reach_km is None


def test_somebody_who_was_shown_at_an_earlier_event_gives_way_at_a_tie(
    event: Event, museum: Registration, community: Registration
) -> None:
    earlier = factories.make_event("swansea-2031", held_on=event.held_on - dt.timedelta(days=9))
    factories.suggest(earlier, museum.organisation, community.organisation)
    factories.suggest(event, museum.organisation, community.organisation)

    shown = {p.key: p.shown_before for p in snapshot.gathering(event, as_of=timezone.now()).profiles}
    assert set(shown.values()) == {1}
    before = snapshot.gathering(earlier, as_of=timezone.now())
    assert [p.shown_before for p in before.profiles] == []
