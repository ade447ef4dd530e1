"""Two records of one person become one: places, letters, links, consents and introductions, and all of it undone."""

import datetime as dt

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from events import services as events
from events.models import Event, Registration
from matching.models import Answer, FollowUp, Guest, Introduction, Plan, Suggestion
from partners.models import Consent, MailedLink, Membership, Person, PersonDifference, PersonMerge, User
from partners.services import (
    attach_people,
    merge_records,
    open_mailbox,
    people_like,
    possibly_one_person,
    say_different,
    undo_merge,
)
from partners.services.merging import PERSON_CHOICES, CannotMerge, relations
from pwp.journal.models import Entry
from pwp.outbox.models import Message
from tests import factories, html
from tests.db.partners.test_merging import rows

NOTHING: dict[str, bool] = {}
TESTED = {
    "events.registration.person", "matching.answer.person", "matching.followup.person",
    "matching.introduction.museum_person", "matching.introduction.partner_person", "partners.consent.person",
    "partners.mailedlink.person", "partners.membership.person", "partners.persondifference.one",
    "partners.persondifference.other", "partners.personmerge.kept",
}  # fmt: skip


@pytest.fixture
def two(event: Event, officer: User) -> tuple[Registration, Registration]:
    """Ana asked for Sheffield from work, and for Fife from home."""
    fife = factories.make_event("fife-2031", held_on=event.held_on + dt.timedelta(days=9))
    work = factories.confirm(event, 1, officer, name="Ana Reed", email="ana@work.example")
    home = factories.confirm(fife, 3, officer, name="Ana Reed", email="ana@home.example")
    return work, home


def people(*registrations: Registration) -> list[Person]:
    return [Person.objects.get(pk=one.person_id) for one in registrations]


def fill(kept: Person, gone: Person, event: Event) -> None:
    """One row of every kind that can point to a person."""
    other = factories.ask(event, 2, organisation="Choir")
    museum = Registration.objects.get(person=gone).organisation
    pair = factories.suggest(event, museum, other.organisation, state="introduced")
    Answer.objects.create(suggestion=pair, organisation=museum, person=gone, choice="yes")
    introduction = Introduction.objects.create(suggestion=pair, museum_person=gone, partner_person=other.person)
    turned = factories.suggest(event, factories.ask(event, 5).organisation, museum, state="introduced")
    Introduction.objects.create(suggestion=turned, museum_person=other.person, partner_person=gone)
    FollowUp.objects.create(introduction=introduction, rule="two-weeks", person=gone, due_on=event.held_on)
    older = Person.objects.order_by("pk").exclude(pk=kept.pk).first()
    assert older is not None
    say_different(gone, older, by="x")
    say_different(gone, factories.ask(event, 7).person, by="x")
    merge_records(gone, factories.ask(factories.make_event("valley-2031"), 9).person, take=NOTHING, by="x")


def test_every_kind_of_row_that_can_point_to_a_person_is_tested_here() -> None:
    assert {f"{one.model._meta.label_lower}.{one.field}" for one in relations(Person)} == TESTED


def test_every_kind_of_row_moves_and_comes_back_when_the_merge_is_undone(
    event: Event, two: tuple[Registration, Registration]
) -> None:
    kept, gone = people(two[0], factories.ask(factories.make_event("swansea-2031"), 11))
    fill(kept, gone, event)
    assert {f"{one.model._meta.label_lower}.{one.field}" for one in relations(Person) if one.rows(gone)} == TESTED
    before = rows()

    merge = merge_records(kept, gone, take=NOTHING, by="the officer")

    assert not Person.objects.filter(pk=gone.pk).exists()
    left = {name: [row for row in table if gone.code in str(row)] for name, table in rows().items()}
    assert {name: table for name, table in left.items() if table} == {}
    undo_merge(merge, by="the officer")
    assert rows() == before


def test_a_choice_is_offered_for_every_column_but_keys_and_times() -> None:
    columns = {field.name for field in Person._meta.concrete_fields}

    chosen = [column for group in PERSON_CHOICES.values() for column in group]
    assert sorted(chosen) == sorted(columns - {"id", "code", "created_at", "updated_at", "forgotten_at"})


def test_no_letter_is_written_a_second_time_after_a_merge(
    two: tuple[Registration, Registration], officer: User
) -> None:
    kept, gone = people(*two)
    week_before = dt.datetime.combine(two[1].event.held_on - dt.timedelta(days=6), dt.time(9), tzinfo=dt.UTC)
    events.queue_joining_notes(now=week_before)
    letters = Message.objects.count()

    merge_records(kept, gone, take=NOTHING, by=officer)
    events.queue_joining_notes(now=week_before)

    assert Message.objects.count() == letters
    assert Message.objects.to_person(gone.code).count() == 0


@pytest.mark.parametrize(
    ("work", "home", "after"),
    [
        (True, True, True),
        (True, False, False),
        (False, True, False),
        (True, None, True),
        (None, True, True),
    ],
    ids=["both yes", "a no at home", "a no at work", "home was never asked", "work was never asked"],
)
def test_agreed_is_only_what_neither_record_refused(
    two: tuple[Registration, Registration], officer: User, work: bool | None, home: bool | None, after: bool
) -> None:
    Consent.objects.all().delete()
    for person, given in zip(people(*two), (work, home), strict=True):
        if given is not None:
            Consent.objects.create(person=person, purpose="visible_at_event", given=given)
    kept, gone = people(*two)

    merge = merge_records(kept, gone, take=NOTHING, by=officer)

    assert kept.agrees_to("visible_at_event") is after
    lines = Consent.objects.count()
    undo_merge(merge, by=officer)
    assert kept.agrees_to("visible_at_event") is bool(work)
    assert gone.agrees_to("visible_at_event") is bool(home)
    assert Consent.objects.count() == lines - (after is False)


def test_links_mailed_to_either_address_keep_working(
    client: Client, two: tuple[Registration, Registration], officer: User
) -> None:
    tokens = [events.request_token(one) for one in two]

    merge_records(*people(*two), take=NOTHING, by=officer)

    for token in tokens:
        assert client.get(reverse("events:request-detail", args=[token])).status_code == 200
        assert MailedLink.objects.open_with(token, "request").person.name == "Ana Reed"


def test_the_mailbox_goes_with_the_address_that_stays(two: tuple[Registration, Registration], officer: User) -> None:
    users = [factories.sign_up(one) for one in two]
    kept, gone = people(*two)

    merge_records(kept, gone, take={"contact_email": True}, by=officer)

    kept.refresh_from_db()
    assert (kept.contact_email, kept.user) == ("ana@home.example", users[1])


def test_one_mailbox_of_both_stays_signed_in(event: Event, two: tuple[Registration, Registration]) -> None:
    kept, gone = people(*two)
    Person.objects.filter(pk=gone.pk).update(contact_email=kept.contact_email)
    user = open_mailbox(kept.contact_email)
    attach_people(user)
    Person.objects.filter(pk=kept.pk).update(user=None)

    merge_records(kept, gone, take=NOTHING, by="x")

    kept.refresh_from_db()
    assert kept.user == user


def test_somebody_can_still_be_reached(two: tuple[Registration, Registration]) -> None:
    kept, gone = people(*two)
    Person.objects.filter(pk=gone.pk).update(contact_email="", phone="0114 496 0001")
    gone.refresh_from_db()
    before = rows()

    with pytest.raises(CannotMerge, match="e-mail address or a phone number"):
        merge_records(kept, gone, take={"contact_email": True}, by="x")

    assert rows() == before


def test_two_requests_for_one_event_are_settled_first_and_then_it_works(event: Event, officer: User) -> None:
    two = [factories.confirm(event, number, officer, name="Ana Reed") for number in (1, 3)]
    before = rows()
    with pytest.raises(CannotMerge, match="they ask for one event twice. End one of the two requests") as refused:
        merge_records(*people(*two), take=NOTHING, by=officer)
    assert "request Ana Reed, " in str(refused.value)
    assert rows() == before

    events.withdraw(two[1], by=officer)
    merge_records(*people(*two), take=NOTHING, by=officer)

    assert set(Registration.objects.values_list("person__name", "state")) == {
        ("Ana Reed", "confirmed"),
        ("Ana Reed", "withdrawn"),
    }


def test_after_the_day_somebody_counted_twice_came_once(event: Event, officer: User) -> None:
    two = [factories.confirm(event, number, officer, name="Ana Reed") for number in (1, 3)]
    plan = Plan.objects.create(event=event, rounds=1)
    for one in two:
        Guest.objects.create(plan=plan, registration=one, last_round=1)
    day = dt.datetime.combine(event.held_on, dt.time(12), tzinfo=dt.UTC)
    events.mark_attendance(two[0], False, by=officer, now=day)
    events.mark_attendance(two[1], True, by=officer, now=day)
    before = rows()

    merge = merge_records(*people(*two), take=NOTHING, by=officer)

    assert list(Registration.objects.values_list("pk", "state")) == [(two[1].pk, "attended")]
    assert Guest.objects.get().registration == two[1]
    undo_merge(merge, by=officer)
    assert rows() == before


def test_the_journal_names_nobody(two: tuple[Registration, Registration], officer: User) -> None:
    kept, gone = people(*two)
    merge = merge_records(kept, gone, take=NOTHING, by=officer, reason="They told me.")
    undo_merge(merge, by=officer)

    lines = Entry.objects.about(kept).order_by("pk").values_list("from_state", "to_state", "by_name", "reason")
    assert list(lines) == [
        ("apart", "merged", str(officer), f"← {gone.code} They told me."),
        ("merged", "apart", str(officer), f"→ {gone.code}"),
    ]


def test_who_is_forgotten_takes_every_trace_of_a_merge_along(
    two: tuple[Registration, Registration], officer: User
) -> None:
    kept, gone = people(*two)
    merge_records(kept, gone, take=NOTHING, by=officer)
    for one in Registration.objects.all():
        events.withdraw(one, by=officer)

    events.purge_old_requests(now=timezone.now() + dt.timedelta(days=200))

    assert (Person.objects.count(), PersonMerge.objects.count(), Message.objects.to_person(kept.code).count()) == (
        0,
        0,
        0,
    )


# --- what looks alike ------------------------------------------------------------------------------------------------


def make(name: str, email: str = "", phone: str = "") -> Person:
    return Person.objects.create(name=name, contact_email=email, phone=phone or ("" if email else "0114 496 0099"))


@pytest.mark.parametrize(
    ("one", "other", "seen"),
    [
        (("Ana Reed", "ana@work.example"), ("Ana Reed", "ana@home.example"), True),
        (("Ana Reed", "clerk@hall.example"), ("A. Reed", "clerk@hall.example"), True),
        (("Ana Reed", "ana@reeds.example"), ("Ana Reeed", "ana@reed.example"), True),
        (("Ana Reed", "a@a.example", "0114 496 0001"), ("Anna Reed", "b@b.example", "+44 114 496 0001"), True),
        (("Ana Reed", "clerk@hall.example"), ("Ben Mills", "clerk@hall.example"), False),
        (("Ana Reed", "a@a.example"), ("Ann Reed", "b@b.example"), False),
        (("Ana", "a@a.example"), ("Ana", "b@b.example"), False),
    ],
)
def test_one_name_and_one_thing_in_common_looks_like_one_person(
    db: None, one: tuple[str, ...], other: tuple[str, ...], seen: bool
) -> None:
    first, second = make(*one), make(*other)

    assert [(a.key, b.key) for a, b, _why in possibly_one_person()] == ([(first.pk, second.pk)] if seen else [])
    assert [b.key for _a, b, _why in people_like(second)] == ([first.pk] if seen else [])


@pytest.fixture
def desk(client: Client, officer: User) -> Client:
    client.force_login(officer)
    return client


def page_of(name: str, *people: Person) -> str:
    return reverse(f"admin:partners_person_{name}", args=[one.pk for one in people])


def test_staff_see_who_may_be_there_twice_merge_them_side_by_side_and_take_it_apart(
    desk: Client, two: tuple[Registration, Registration]
) -> None:
    kept, gone = people(*two)
    assert page_of("merge", kept, gone) in html.read(desk.get(page_of("change", kept))).links()
    assert page_of("merge", kept, gone) in html.read(desk.get(page_of("duplicates"))).links()
    confirmation = desk.get(page_of("merge", kept, gone)).context["confirmation"]
    assert set(confirmation.form.fields) == {"reason", "contact_email"}

    desk.post(page_of("merge", kept, gone), {"seen": confirmation.seen, "reason": "", "contact_email": "gone"})

    kept.refresh_from_db()
    assert kept.contact_email == "ana@home.example"
    merge = PersonMerge.objects.get()
    undo = reverse("admin:partners_personmerge_undo", args=[merge.pk])
    assert undo in html.read(desk.get(reverse("admin:partners_personmerge_change", args=[merge.pk]))).links()
    assert desk.get(undo).status_code == 200
    desk.post(undo)
    assert Person.objects.filter(pk=gone.pk).exists()


def test_a_request_shows_whom_its_person_looks_like(desk: Client, two: tuple[Registration, Registration]) -> None:
    page = html.read(desk.get(reverse("admin:events_registration_change", args=[two[1].pk])))

    assert page_of("merge", *people(two[1], two[0])) in page.links()


def test_two_chosen_in_the_list_are_merged_and_three_are_not(
    desk: Client, two: tuple[Registration, Registration]
) -> None:
    kept, gone = people(*two)
    chosen = {"action": "merge_two", "_selected_action": [kept.pk, gone.pk]}

    assert desk.post(reverse("admin:partners_person_changelist"), chosen)["Location"] == page_of("merge", kept, gone)

    chosen["_selected_action"] = [kept.pk]
    answer = desk.post(reverse("admin:partners_person_changelist"), chosen, follow=True)
    assert "Please choose exactly two records." in answer.content.decode()


def test_different_people_are_said_to_be_different_once(
    desk: Client, two: tuple[Registration, Registration], officer: User
) -> None:
    kept, gone = people(*two)
    assert desk.get(page_of("different", kept, gone)).status_code == 200

    for _twice in range(2):
        desk.post(page_of("different", gone, kept), {"reason": "Mother and daughter."})

    assert list(PersonDifference.objects.values_list("one", "other", "reason")) == [
        (kept.pk, gone.pk, "Mother and daughter.")
    ]
    assert possibly_one_person() == []
    with pytest.raises(CannotMerge, match="Mother and daughter."):
        merge_records(kept, gone, take=NOTHING, by=officer)


def test_the_list_of_people_alike_asks_as_often_for_many_as_for_few(
    desk: Client, two: tuple[Registration, Registration]
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert desk.get(page_of("duplicates")).status_code == 200
        return len(asked)

    queries()
    few = queries()
    more = Person.objects.bulk_create(
        Person(name=f"Ana Reed{'abcdefghij'[n % 10] * (n // 10)}", contact_email="ana@x.example") for n in range(50)
    )
    Membership.objects.bulk_create(Membership(person=one, organisation=two[0].organisation) for one in more)

    assert queries() == few


def test_a_suggestion_is_left_as_it_was(event: Event, two: tuple[Registration, Registration]) -> None:
    other = factories.ask(event, 2).organisation
    pair = factories.suggest(event, two[0].organisation, other)

    merge_records(*people(*two), take=NOTHING, by="x")

    assert Suggestion.objects.get() == pair
