"""Two records of one organisation become one: every row accounted for, nothing lost in silence, all of it undone."""

from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.db import models

from events.models import Event, Registration
from matching.models import Answer, PairRule, Suggestion, Trio
from partners.models import Audience, Concern, Difference, Listing, Membership, Merge, Organisation, User
from partners.services import close_concern, merge_organisations, report_concern, say_different, undo_merge, what_moves
from partners.services.merging import CHOICES, CannotMerge, Relation, relations
from pwp.journal.models import Entry
from pwp.refusals import Refused
from tests import factories

NOTHING: dict[str, bool] = {}
HISTORY = {"journal.Entry", "partners.Merge"}  # a merge and its undoing are both written down


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
    "partners.merge.kept": lambda o, e: merge_organisations(o, make("Older copy"), take=NOTHING, by="x"),
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
    known = {f"{relation.model._meta.label_lower}.{relation.field}" for relation in relations()}

    assert known == set(POINTING)


@pytest.mark.parametrize("what", POINTING)
def test_every_kind_of_row_moves_and_comes_back_when_the_merge_is_undone(event: Event, what: str) -> None:
    make("An older one altogether")
    kept, gone = make(), make("Kelham Mill Museum Trust")
    POINTING[what](gone, event)
    model, field = apps.get_model(*what.split(".")[:2]), what.split(".")[2]
    before, count = rows(), model._base_manager.count()

    merge = merge_organisations(kept, gone, take=NOTHING, by="the officer")

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

    merge_organisations(kept, gone, take=NOTHING, by="x")

    pair.refresh_from_db()
    sides = {evidence[side] for reason in pair.reasons for evidence in [reason["evidence"]]
             for side in ("seeker", "provider") if side in evidence}  # fmt: skip
    assert sides == {kept.code, pair.partner.code}


def test_each_column_is_kept_or_taken_as_somebody_chose(kept: Organisation, gone: Organisation) -> None:
    merge_organisations(kept, gone, take={"website": True, "name": False}, by="x")

    kept.refresh_from_db()
    assert (kept.name, kept.website, kept.charity_number) == ("Kelham Mill Museum", "https://kelham.example", "")


def test_a_choice_is_offered_for_every_column_but_keys_and_times() -> None:
    columns = {field.name for field in Organisation._meta.concrete_fields}

    chosen = [column for group in CHOICES.values() for column in group]
    assert sorted(chosen) == sorted(columns - {"id", "code", "created_at", "updated_at"})


def test_two_people_of_one_organisation_are_both_there_with_their_places(event: Event, officer: User) -> None:
    curator = factories.confirm(event, 1, officer, organisation="Kelham Mill Museum")
    volunteers = factories.confirm(event, 2, officer, organisation="Kelham Mill Museum Trust")

    merge_organisations(curator.organisation, volunteers.organisation, take=NOTHING, by=officer)

    places = Registration.objects.filter(membership__organisation=curator.organisation)
    assert {place.person.name for place in places} == {"Person 1", "Person 2"}
    assert curator.organisation.listings.count() == 4


@pytest.mark.parametrize(
    ("twice", "named"),
    [
        (
            lambda kept, gone, event: [_pair(o, Organisation.objects.get(name="Choir"), event) for o in (kept, gone)],
            "suggestion: Kelham Mill Museum Trust – Choir",
        ),
        (
            lambda kept, gone, event: [
                Membership.objects.create(person=factories.ask(event, 5).person, organisation=kept),
                Membership.objects.create(
                    person=Registration.objects.get(person__name="Person 5").person, organisation=gone
                ),
            ],
            "membership: Person 5, Kelham Mill Museum Trust",
        ),
        (
            lambda kept, gone, event: _pair(kept, gone, event),
            "suggestion: Kelham Mill Museum – Kelham Mill Museum Trust",
        ),
    ],
    ids=["both suggested to one partner", "one person in both", "suggested to each other"],
)
def test_what_would_be_there_twice_is_named_and_nothing_is_merged(
    event: Event, kept: Organisation, gone: Organisation, twice: Callable[..., Any], named: str
) -> None:
    make("Choir", sector="community")
    twice(kept, gone, event)
    before = rows()

    with pytest.raises(CannotMerge, match="nothing was merged") as refused:
        merge_organisations(kept, gone, take=NOTHING, by="x")

    assert named in str(refused.value)
    assert (rows(), Merge.objects.count()) == (before, 0)


def test_a_theme_of_both_is_one_theme_afterwards_and_a_theme_of_each_when_undone(
    kept: Organisation, gone: Organisation
) -> None:
    theme = factories.make_theme("history")
    for organisation in (kept, gone):
        organisation.themes.add(theme)

    merge = merge_organisations(kept, gone, take=NOTHING, by="x")
    assert list(kept.themes.all()) == [theme]

    again = undo_merge(merge, by="x")
    assert [list(each.themes.all()) for each in (kept, again)] == [[theme], [theme]]


def test_what_somebody_said_is_different_is_not_merged(kept: Organisation, gone: Organisation) -> None:
    say_different(gone, kept, by="x", reason="One owns the building.")

    with pytest.raises(CannotMerge, match="One owns the building."):
        merge_organisations(kept, gone, take=NOTHING, by="x")


def test_a_record_is_not_merged_into_itself(kept: Organisation) -> None:
    with pytest.raises(CannotMerge):
        merge_organisations(kept, Organisation.objects.get(pk=kept.pk), take=NOTHING, by="x")


def test_nobody_becomes_a_part_of_themselves(kept: Organisation, gone: Organisation) -> None:
    owner = make("Council")
    Organisation.objects.filter(pk=kept.pk).update(parent=gone)
    Organisation.objects.filter(pk=gone.pk).update(parent=owner)

    merge = merge_organisations(kept, gone, take=NOTHING, by="x")
    kept.refresh_from_db()
    assert kept.parent == owner

    undo_merge(merge, by="x")
    kept.refresh_from_db()
    assert kept.parent_id == gone.pk


def test_what_was_changed_after_a_merge_stays_when_it_is_undone(kept: Organisation, gone: Organisation) -> None:
    line = Listing.objects.create(organisation=gone, side="need", text="Chairs.")
    merge = merge_organisations(kept, gone, take={"website": True, "charity_number": True}, by="x")
    Organisation.objects.filter(pk=kept.pk).update(website="https://new.example")
    Listing.objects.filter(pk=line.pk).update(text="Forty chairs.")

    again = undo_merge(merge, by="x")

    kept.refresh_from_db()
    assert (kept.website, kept.charity_number) == ("https://new.example", "")
    assert [listing.text for listing in again.listings.all()] == ["Forty chairs."]


def test_the_newest_merge_is_undone_first(kept: Organisation, gone: Organisation) -> None:
    first = merge_organisations(kept, gone, take=NOTHING, by="x")
    second = merge_organisations(kept, make("Third copy"), take=NOTHING, by="x")

    with pytest.raises(Refused, match="Third copy"):
        undo_merge(first, by="x")
    undo_merge(second, by="x")
    undo_merge(first, by="x")

    assert Organisation.objects.filter(name__in=["Third copy", gone.name]).count() == 2


def test_a_merge_is_undone_once(kept: Organisation, gone: Organisation) -> None:
    merge = merge_organisations(kept, gone, take=NOTHING, by="x")
    stale = Merge.objects.get()
    undo_merge(merge, by="x")

    with pytest.raises(Refused):
        undo_merge(stale, by="x")


def test_the_journal_says_who_merged_what_and_who_took_it_apart(
    kept: Organisation, gone: Organisation, officer: User
) -> None:
    merge = merge_organisations(kept, gone, take=NOTHING, by=officer, reason="They told me on the phone.")
    undo_merge(merge, by=officer)

    lines = Entry.objects.about(kept).order_by("pk").values_list("from_state", "to_state", "by_name", "reason")
    assert list(lines) == [
        ("apart", "merged", str(officer), f"← {gone.name} ({gone.code}) They told me on the phone."),
        ("merged", "apart", str(officer), f"→ {gone.name} ({gone.code})"),
    ]


def test_a_concern_that_is_open_stays_in_force(kept: Organisation, gone: Organisation) -> None:
    gone.restricted_at = gone.created_at
    gone.save()

    merge_organisations(kept, gone, take={"description": False}, by="x")

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
    merge = merge_organisations(kept, gone, take=NOTHING, by="x")
    close_concern(Concern.objects.get(), by="x", outcome="We talked.")

    again = undo_merge(merge, by="x")

    again.refresh_from_db()
    assert again.restricted_at is None
