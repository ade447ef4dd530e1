"""Two records of one organisation become one: every row accounted for, nothing lost in silence, all of it undone."""

from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.db import models

from events.models import Event, Registration
from matching.models import Answer, Introduction, PairRule, Suggestion, Trio
from matching.services.rules import lift_rule
from partners.models import Audience, Concern, Difference, Listing, Membership, Merge, Organisation, User
from partners.services import (
    close_concern,
    make_part_of,
    merge_records,
    report_concern,
    say_different,
    undo_merge,
    what_moves,
)
from partners.services.merging import ORGANISATION_CHOICES, CannotMerge, Relation, relations
from pwp.journal.models import Entry
from pwp.refusals import Refused
from tests import factories

NOTHING: dict[str, bool] = {}
HISTORY = {"journal.Entry", "partners.Merge", "partners.PersonMerge"}  # a merge and its undoing are both written down


def make(name: str = "Kelham Mill Museum", **fields: Any) -> Organisation:
    return Organisation.objects.create(name=name, **{"sector": "museum", **fields})


def rows() -> dict[str, list[dict[str, Any]]]:
    """Every row of every table, column by column, without the moment of the last change."""
    found = {}
    for model in apps.get_models(include_auto_created=True):
        names = [field.attname for field in model._meta.concrete_fields if field.attname != "updated_at"]
        if model._meta.label not in HISTORY:
            found[model._meta.label] = list(model._base_manager.order_by("pk").values(*names))
    return found


@pytest.fixture
def kept(db: None) -> Organisation:
    return make()


@pytest.fixture
def gone(db: None) -> Organisation:
    return make("Kelham Mill Museum Trust", website="https://kelham.example", charity_number="123")


# One row of every kind that can point to an organisation: made by (that organisation, an event).
POINTING: dict[str, Callable[[Organisation, Event], models.Model]] = {
    "events.event_known_organisations.organisation": lambda o, e: _link(e.known_organisations, o),
    "matching.answer.organisation": lambda o, e: Answer.objects.create(
        suggestion=_pair(o, make("Choir", sector="community"), e),
        organisation=o,
        person=factories.ask(e, 77).person,
        choice="yes",
    ),
    "matching.pairrule.museum": lambda o, e: PairRule.objects.create(
        rule="must_meet", museum=o, partner=make("Band", sector="community"), reason="x", made_by="x"
    ),
    "matching.pairrule.partner": lambda o, e: PairRule.objects.create(
        rule="must_meet", museum=make("Museum"), partner=o, reason="x", made_by="x"
    ),
    "matching.suggestion.museum": lambda o, e: _pair(o, make("Choir", sector="community"), e),
    "matching.suggestion.partner": lambda o, e: _pair(make("Museum"), o, e),
    "matching.trio.third": lambda o, e: Trio.objects.create(
        suggestion=_pair(make("Museum"), make("Choir", sector="community"), e), third=o, score=0.5
    ),
    "partners.concern.organisation": lambda o, e: Concern.objects.create(organisation=o, worry="x", reported_by="x"),
    "partners.difference.one": lambda o, e: say_different(o, make("Another"), by="x"),
    "partners.difference.other": lambda o, e: _different_from_an_older_one(o),
    "partners.listing.organisation": lambda o, e: Listing.objects.create(organisation=o, side="need", text="Chairs."),
    "partners.membership.organisation": lambda o, e: Membership.objects.create(
        organisation=o, person=factories.ask(e, 78).person
    ),
    "partners.merge.kept": lambda o, e: merge_records(o, make("Older copy"), take=NOTHING, by="x"),
    "partners.organisation.parent": lambda o, e: make("Branch", parent=o),
    "partners.organisation_audiences.organisation": lambda o, e: _link(
        o.audiences, Audience.objects.create(slug="older", name_en="Older people")
    ),
    "partners.organisation_themes.organisation": lambda o, e: _link(o.themes, factories.make_theme("history")),
}


def _link(manager: Any, row: models.Model) -> models.Model:
    manager.add(row)
    found: models.Model = manager.through.objects.get()
    return found


def _pair(museum: Organisation, partner: Organisation, event: Event) -> Suggestion:
    for organisation in (museum, partner):
        for side in ("need", "offer"):
            Listing.objects.get_or_create(organisation=organisation, side=side, defaults={"text": "Chairs."})
    return factories.suggest(event, museum, partner)


def _different_from_an_older_one(organisation: Organisation) -> Difference:
    """The row's `other` is the organisation with the higher key."""
    older = Organisation.objects.order_by("pk").first()
    assert older is not None
    assert older.pk < organisation.pk
    return say_different(older, organisation, by="x")


def test_every_kind_of_row_that_can_point_to_an_organisation_is_tested_here() -> None:
    known = {f"{relation.model._meta.label_lower}.{relation.field}" for relation in relations(Organisation)}

    assert known == set(POINTING)


@pytest.mark.parametrize("what", POINTING)
def test_every_kind_of_row_moves_and_comes_back_when_the_merge_is_undone(event: Event, what: str) -> None:
    make("An older one altogether")
    kept, gone = make(), make("Kelham Mill Museum Trust")
    POINTING[what](gone, event)
    model, field = apps.get_model(*what.split(".")[:2]), what.split(".")[2]
    before, count = rows(), model._base_manager.count()

    merge = merge_records(kept, gone, take=NOTHING, by="the officer")

    assert not Organisation.objects.filter(pk=gone.pk).exists()
    assert Relation(model, field).rows(kept).exists() or Relation(model, "one").rows(kept).exists()
    assert model._base_manager.count() - count == {"partners.organisation.parent": -1, "partners.merge.kept": 1}.get(
        what, 0
    )
    assert [code for table in rows().values() for row in table for code in [str(row)] if gone.code in code] == []

    undo_merge(merge, by="the officer")

    assert rows() == before


def test_a_reason_that_names_the_record_by_its_code_names_the_other_one_afterwards(event: Event) -> None:
    kept, gone = make(), make("Kelham Mill Museum Trust")
    pair = _pair(gone, make("Choir", sector="community"), event)

    merge_records(kept, gone, take=NOTHING, by="x")

    pair.refresh_from_db()
    sides = {evidence[side] for reason in pair.reasons for evidence in [reason["evidence"]]
             for side in ("seeker", "provider") if side in evidence}  # fmt: skip
    assert sides == {kept.code, pair.partner.code}


def test_each_column_is_kept_or_taken_as_somebody_chose(kept: Organisation, gone: Organisation) -> None:
    merge_records(kept, gone, take={"website": True, "name": False}, by="x")

    kept.refresh_from_db()
    assert (kept.name, kept.website, kept.charity_number) == ("Kelham Mill Museum", "https://kelham.example", "")


def test_a_choice_is_offered_for_every_column_but_keys_and_times() -> None:
    columns = {field.name for field in Organisation._meta.concrete_fields}

    chosen = [column for group in ORGANISATION_CHOICES.values() for column in group]
    assert sorted(chosen) == sorted(columns - {"id", "code", "created_at", "updated_at"})


def test_two_people_of_one_organisation_are_both_there_with_their_places(event: Event, officer: User) -> None:
    curator = factories.confirm(event, 1, officer, organisation="Kelham Mill Museum")
    volunteers = factories.confirm(event, 2, officer, organisation="Kelham Mill Museum Trust")

    merge_records(curator.organisation, volunteers.organisation, take=NOTHING, by=officer)

    places = Registration.objects.filter(membership__organisation=curator.organisation)
    assert {place.person.name for place in places} == {"Person 1", "Person 2"}
    assert curator.organisation.listings.count() == 4


def _answered(pair: Suggestion, organisation: Organisation, choice: str) -> None:
    person = Membership.objects.filter(organisation=organisation).select_related("person").first()
    assert person is not None
    Answer.objects.create(suggestion=pair, organisation=organisation, person=person.person, choice=choice)
    if choice == "no":
        Suggestion.objects.filter(pk=pair.pk).update(state="declined")


def _museums_and_choir(event: Event) -> tuple[Organisation, Organisation, Organisation]:
    museum, trust = (factories.ask(event, number, organisation=f"Mill {number}").organisation for number in (1, 3))
    return museum, trust, factories.ask(event, 2, organisation="Choir").organisation


@pytest.mark.parametrize("further", ["kept", "gone", "neither"])
def test_of_two_suggestions_to_one_partner_the_one_that_got_further_stays_with_all_answers(
    event: Event, officer: User, further: str
) -> None:
    kept, gone, choir = _museums_and_choir(event)
    pairs = {"kept": _pair(kept, choir, event), "gone": _pair(gone, choir, event)}
    _answered(pairs["gone"], gone, "yes")
    for name, pair in pairs.items():
        _answered(pair, choir, "no" if name == further else "yes")
    before = rows()

    merge = merge_records(kept, gone, take=NOTHING, by=officer)

    stays = pairs["kept" if further == "kept" else "gone"]
    left = Suggestion.objects.get()
    assert (left.pk, left.museum, left.partner) == (stays.pk, kept, choir)
    assert set(left.answers.values_list("organisation", "choice")) == {
        (kept.pk, "yes"),
        (choir.pk, "no" if further in pairs else "yes"),
    }
    went = pairs["kept" if stays == pairs["gone"] else "gone"]
    assert f"← {went.code}" in Entry.objects.about(left).latest("pk").reason
    assert f"{went.code} → {left.code}" in Entry.objects.about(kept).latest("pk").reason

    undo_merge(merge, by=officer)

    assert rows() == before


def test_one_person_in_both_is_in_it_once_with_every_place(event: Event, officer: User) -> None:
    kept, gone, _choir = _museums_and_choir(event)
    place = Registration.objects.get(person__name="Person 3")
    Membership.objects.create(person=place.person, organisation=kept, role="trustee")
    before = rows()

    merge = merge_records(kept, gone, take=NOTHING, by=officer)

    place.refresh_from_db()
    assert (place.organisation, place.membership.role) == (kept, "trustee")
    assert place.person.memberships.count() == 1
    undo_merge(merge, by=officer)
    assert rows() == before


def test_what_stands_between_the_two_themselves_goes_and_comes_back(event: Event, officer: User) -> None:
    museum, _trust, choir = _museums_and_choir(event)
    pair = _pair(museum, choir, event)
    _answered(pair, museum, "yes")
    _answered(pair, choir, "not_now")
    PairRule.objects.create(rule="keep_apart", museum=museum, partner=choir, reason="x", made_by="x")
    before = rows()

    merge = merge_records(museum, choir, take=NOTHING, by=officer)

    assert [model.objects.count() for model in (Suggestion, Answer, PairRule)] == [0, 0, 0]
    assert f"{pair.code} ×" in Entry.objects.about(museum).latest("pk").reason
    undo_merge(merge, by=officer)
    assert rows() == before


def test_two_who_were_introduced_to_each_other_are_not_merged_but_one_can_be_part_of_the_other(
    event: Event, officer: User
) -> None:
    museum, _trust, choir = _museums_and_choir(event)
    people = [factories.people_of(one)[0] for one in (museum, choir)]
    pair = _pair(museum, choir, event)
    Introduction.objects.create(suggestion=pair, museum_person=people[0], partner_person=people[1])
    before = rows()

    with pytest.raises(CannotMerge, match="Say that one is part of the other instead") as refused:
        merge_records(museum, choir, take=NOTHING, by=officer)

    assert f"introduction {pair}" in str(refused.value)
    assert (rows(), Merge.objects.count()) == (before, 0)
    make_part_of(museum, choir, by=officer)


def test_both_introduced_to_one_partner_are_not_merged(event: Event, officer: User) -> None:
    kept, gone, choir = _museums_and_choir(event)
    for museum in (kept, gone):
        people = [factories.people_of(one)[0] for one in (museum, choir)]
        pair = _pair(museum, choir, event)
        Introduction.objects.create(suggestion=pair, museum_person=people[0], partner_person=people[1])
        Suggestion.objects.filter(pk=pair.pk).update(state="introduced")
    before = rows()

    with pytest.raises(CannotMerge, match="no introduction may be lost"):
        merge_records(kept, gone, take=NOTHING, by=officer)

    assert rows() == before


def test_rules_that_say_different_things_are_settled_first_and_then_it_works(event: Event, officer: User) -> None:
    kept, gone, choir = _museums_and_choir(event)
    rules = [
        PairRule.objects.create(rule=rule, museum=museum, partner=choir, reason="x", made_by="x")
        for museum, rule in ((kept, "must_meet"), (gone, "keep_apart"))
    ]
    before = rows()
    with pytest.raises(CannotMerge, match="Lift one of them, under Rules for pairs."):
        merge_records(kept, gone, take=NOTHING, by=officer)
    assert rows() == before

    lift_rule(rules[0], by=officer, reason="They want to be apart.")
    merge_records(kept, gone, take=NOTHING, by=officer)

    assert set(PairRule.objects.values_list("museum", "rule", "state")) == {
        (kept.pk, "must_meet", "lifted"),
        (kept.pk, "keep_apart", "in_force"),
    }


def test_a_theme_of_both_is_one_theme_afterwards_and_a_theme_of_each_when_undone(
    kept: Organisation, gone: Organisation
) -> None:
    theme = factories.make_theme("history")
    for organisation in (kept, gone):
        organisation.themes.add(theme)

    merge = merge_records(kept, gone, take=NOTHING, by="x")
    assert list(kept.themes.all()) == [theme]

    again = undo_merge(merge, by="x")
    assert [list(each.themes.all()) for each in (kept, again)] == [[theme], [theme]]


def test_what_somebody_said_is_different_is_not_merged(kept: Organisation, gone: Organisation) -> None:
    say_different(gone, kept, by="x", reason="One owns the building.")

    with pytest.raises(CannotMerge, match="One owns the building."):
        merge_records(kept, gone, take=NOTHING, by="x")


def test_a_record_is_not_merged_into_itself(kept: Organisation) -> None:
    with pytest.raises(CannotMerge):
        merge_records(kept, Organisation.objects.get(pk=kept.pk), take=NOTHING, by="x")


def test_nobody_becomes_a_part_of_themselves(kept: Organisation, gone: Organisation) -> None:
    owner = make("Council")
    Organisation.objects.filter(pk=kept.pk).update(parent=gone)
    Organisation.objects.filter(pk=gone.pk).update(parent=owner)

    merge = merge_records(kept, gone, take=NOTHING, by="x")
    kept.refresh_from_db()
    assert kept.parent == owner

    undo_merge(merge, by="x")
    kept.refresh_from_db()
    assert kept.parent_id == gone.pk


def test_what_was_changed_after_a_merge_stays_when_it_is_undone(kept: Organisation, gone: Organisation) -> None:
    line = Listing.objects.create(organisation=gone, side="need", text="Chairs.")
    merge = merge_records(kept, gone, take={"website": True, "charity_number": True}, by="x")
    Organisation.objects.filter(pk=kept.pk).update(website="https://new.example")
    Listing.objects.filter(pk=line.pk).update(text="Forty chairs.")

    again = undo_merge(merge, by="x")

    kept.refresh_from_db()
    assert (kept.website, kept.charity_number) == ("https://new.example", "")
    assert [listing.text for listing in again.listings.all()] == ["Forty chairs."]


def test_the_newest_merge_is_undone_first(kept: Organisation, gone: Organisation) -> None:
    first = merge_records(kept, gone, take=NOTHING, by="x")
    second = merge_records(kept, make("Third copy"), take=NOTHING, by="x")

    with pytest.raises(Refused, match="Third copy"):
        undo_merge(first, by="x")
    undo_merge(second, by="x")
    undo_merge(first, by="x")

    assert Organisation.objects.filter(name__in=["Third copy", gone.name]).count() == 2


def test_a_merge_is_undone_once(kept: Organisation, gone: Organisation) -> None:
    merge = merge_records(kept, gone, take=NOTHING, by="x")
    stale = Merge.objects.get()
    undo_merge(merge, by="x")

    with pytest.raises(Refused):
        undo_merge(stale, by="x")


def test_the_journal_says_who_merged_what_and_who_took_it_apart(
    kept: Organisation, gone: Organisation, officer: User
) -> None:
    merge = merge_records(kept, gone, take=NOTHING, by=officer, reason="They told me on the phone.")
    undo_merge(merge, by=officer)

    lines = Entry.objects.about(kept).order_by("pk").values_list("from_state", "to_state", "by_name", "reason")
    assert list(lines) == [
        ("apart", "merged", str(officer), f"← {gone.name} ({gone.code}) They told me on the phone."),
        ("merged", "apart", str(officer), f"→ {gone.name} ({gone.code})"),
    ]


def test_a_concern_that_is_open_stays_in_force(kept: Organisation, gone: Organisation) -> None:
    gone.restricted_at = gone.created_at
    gone.save()

    merge_records(kept, gone, take={"description": False}, by="x")

    kept.refresh_from_db()
    assert kept.restricted_at is not None


def test_the_page_that_asks_can_count_what_moves(event: Event, kept: Organisation, gone: Organisation) -> None:
    for text in ("Chairs.", "Tables."):
        Listing.objects.create(organisation=gone, side="need", text=text)

    assert what_moves(gone) == [("listings", 2)]


def test_a_concern_that_was_closed_meanwhile_restricts_nothing_when_a_merge_is_undone(
    kept: Organisation, gone: Organisation
) -> None:
    report_concern(gone, worry="It is unkind.", by="Ana Reed")
    gone.refresh_from_db()
    merge = merge_records(kept, gone, take=NOTHING, by="x")
    close_concern(Concern.objects.get(), by="x", outcome="We talked.")

    again = undo_merge(merge, by="x")

    again.refresh_from_db()
    assert again.restricted_at is None
