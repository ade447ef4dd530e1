"""Every page of the staff answers staff, and nobody else; and no list asks more of the database when it is longer."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from events import services as events
from events.models import Arrangement, Conversation, Event, Registration
from matching import services as matching
from matching.models import MatchRun, PairRule, Plan, Suggestion, WeightSet
from partners import services as partners
from partners.models import Audience, Consent, KindRelation, Listing, Membership, Organisation, Person, User
from pwp.outbox.models import KeptMail, LetterText, Message
from tests import factories

OURS = sorted(
    (model for model in admin.site._registry if model._meta.app_label not in ("account", "auth", "mfa")),
    key=lambda model: model._meta.label,
)
READ_ONLY = {
    "events.Arrangement",
    "events.Call", "events.Invitation", "events.Registration", "journal.Entry", "matching.Answer", "matching.FollowUp",
    "matching.Introduction", "matching.Suggestion", "outbox.KeptMail", "outbox.LetterText", "outbox.Message",
    "partners.Concern", "partners.Consent", "partners.Difference", "partners.Merge",
    "partners.PersonDifference", "partners.PersonMerge",
}  # fmt: skip
NAME = '<script>alert("x")</script>'


def address(model: type[Model], page: str, *args: Any) -> str:
    with translation.override("en"):
        return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


@pytest.fixture
def world(event: Event, officer: User, suggestion: Suggestion) -> None:
    """A few rows of everything."""
    asked = factories.ask(event, 7, name=NAME, organisation=NAME, offer=NAME, need=NAME)
    events.log_conversation(Conversation(registration=asked, means="call", summary=NAME), by=officer)
    factories.invite(event, 8, officer)
    factories.invite(event, 9, officer, name=NAME, email="", phone="0114 496 0009")  # a call
    events.keep_draft(None, {"name": NAME, "offer": NAME})
    for row in (suggestion.museum, suggestion.partner):
        speaker = row.memberships.get().person
        matching.answer_suggestion(suggestion, organisation=row, person=speaker, choice="yes")
    kind, other = factories.make_kind("training"), factories.make_kind("mentoring")
    KindRelation.objects.create(need_kind=kind, offer_kind=other)
    factories.make_theme("places")
    Audience.objects.create(slug="families", name_en=NAME)
    PairRule.objects.create(museum=suggestion.museum, partner=suggestion.partner, rule="partners", reason=NAME)
    WeightSet.objects.create(source="staff", values={"near": 0.6}, note=NAME, made_by=NAME)
    Plan.objects.create(
        event=event, rounds=1, tables=[{"name": NAME, "seats": 6, "step_free": False, "quiet": False}], made_by=NAME
    )
    LetterText.objects.create(letter="events/waiting", language="en", subject=NAME, body=NAME)
    Arrangement.objects.create(registration=Registration.objects.coming()[0], kind="access", words=NAME)
    one, other, third = (Organisation.objects.create(name=NAME, sector="museum") for _ in range(3))
    partners.say_different(one, other, by=officer, reason=NAME)
    partners.report_concern(one, worry=NAME, by=NAME)
    partners.merge_records(one, third, take={}, by=officer, reason=NAME)
    ana, ben, again = (Person.objects.create(name=NAME, phone="0114 496 0009") for _ in range(3))
    partners.say_different(ana, ben, by=officer, reason=NAME)
    partners.merge_records(ana, again, take={}, by=officer, reason=NAME)
    KeptMail.objects.create(to="a@b.example", subject=NAME, text=f"{NAME} http://localhost:8000/my/")


@pytest.mark.parametrize("prefix", ["", "/cy"])
def test_lists_and_rows_open_for_a_superuser_and_run_nothing_typed_into_them(
    desk: Client, world: None, prefix: str
) -> None:
    for model in OURS:
        rows = list(model._default_manager.all()[:5])
        assert rows, model
        for page in (address(model, "changelist"), *(address(model, "change", row.pk) for row in rows)):
            answer = desk.get(f"{prefix}{page}")
            assert (page, answer.status_code) == (page, 200)
            assert NAME not in answer.content.decode(), page


def test_adding_is_possible_where_rows_are_made_by_hand(desk: Client) -> None:
    for model in OURS:
        expected = 403 if model._meta.label in READ_ONLY else 200
        assert (model, desk.get(address(model, "add")).status_code) == (model, expected)


def test_nobody_else_gets_in(participant: Client) -> None:
    for browser in (participant, Client()):
        for model in OURS:
            for page in (address(model, "changelist"), address(model, "add"), address(model, "change", 1)):
                assert browser.get(page).status_code in (302, 403, 404), page


@pytest.mark.parametrize(
    "page",
    [
        "/admin/events/registration/decide/invite/",
        "/admin/events/registration/enter/",
        "/admin/events/call/deed/made/",
        "/admin/events/event/1/announce/",
        "/admin/events/event/1/cancel/",
        "/admin/partners/organisation/approve/",
        "/admin/partners/listing/approve/",
        "/admin/partners/listing/return/",
        "/admin/partners/listing/hide/",
        "/admin/partners/listing/1/concern/",
        "/admin/partners/organisation/1/concern/",
        "/admin/partners/organisation/1/merge/2/",
        "/admin/partners/organisation/import/",
        "/admin/partners/concern/1/close/",
        "/admin/partners/merge/1/undo/",
        "/admin/events/registration/1/nearness/",
        "/admin/matching/matchrun/request/",
        "/admin/matching/pairrule/1/lift/",
        "/admin/matching/suggestion/1/rule/",
        "/admin/matching/suggestion/by-phone/1/",
        "/admin/matching/introduction/1/spoken/",
        "/admin/matching/weightset/1/use/",
        "/admin/matching/weightset/1/put-away/",
    ],
)
def test_nobody_else_decides(participant: Client, page: str) -> None:
    for browser in (participant, Client()):
        assert browser.post(page, {"seen": "1:requested"}).status_code in (302, 403)


def test_staff_who_may_only_look_cannot_decide(client: Client, event: Event) -> None:
    asked = factories.ask(event, 1)
    looker = User.objects.create_user("looker@partnerships.example", "a-long-password", is_staff=True)
    looker.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client.force_login(looker)

    assert client.get(address(Registration, "change", asked.pk)).status_code == 200
    for page in (
        "events/registration/decide/invite",
        "events/call/deed/made",
        "partners/organisation/approve",
        "partners/listing/approve",
    ):
        assert client.post(f"/admin/{page}/", {"seen": f"{asked.pk}:requested"}).status_code == 403
    assert client.get("/admin/matching/matchrun/request/").status_code == 403


def test_staff_cannot_make_themselves_a_superuser(client: Client, officer: User) -> None:
    staff = User.objects.create_user("staff@partnerships.example", "a-long-password", is_staff=True)
    staff.user_permissions.set(Permission.objects.all())
    client.force_login(staff)

    client.post(
        address(User, "change", staff.pk),
        {"email": staff.email, "is_active": "on", "is_staff": "on", "is_superuser": "on"},
    )
    staff.refresh_from_db()
    assert not staff.is_superuser
    assert client.get(f"/admin/partners/user/{officer.pk}/password/").status_code == 403


def test_a_mailbox_is_made_without_a_password_in_small_letters(desk: Client) -> None:
    desk.post(address(User, "add"), {"email": "New@Partnerships.Example", "usable_password": "false"})
    made = User.objects.get(email="new@partnerships.example")
    assert not made.has_usable_password()


def make_rows(event: Event, officer: User, numbers: range) -> None:
    """A request, a place, an invitation, a suggestion with answers and an introduction for each number."""
    for number in numbers:
        factories.ask(event, 100 + number)
        factories.invite(event, 200 + number, officer)
        one = factories.confirm(event, 301 + 10 * number, officer).organisation
        two = factories.confirm(event, 302 + 10 * number, officer).organisation
        pair = factories.suggest(event, one, two)
        for organisation in (one, two):
            person = organisation.memberships.get().person
            matching.answer_suggestion(pair, organisation=organisation, person=person, choice="yes")
        kinds = [factories.make_kind(f"{name}-{number}") for name in ("need", "offer")]
        KindRelation.objects.create(need_kind=kinds[0], offer_kind=kinds[1])
        for listing in Listing.objects.all():
            listing.kinds.add(kinds[0])
        MatchRun.objects.create(event=event, state="done", report={"organisations": 2, "pairs": [], "shortfalls": []})


def test_a_longer_list_asks_no_more(desk: Client, officer: User, queries_of: Callable[[str], int]) -> None:
    event = factories.make_event(capacity=50)
    lists = [address(model, "changelist") for model in OURS]
    make_rows(event, officer, range(1))
    desk.get(lists[0])
    few = {page: queries_of(page) for page in lists}
    make_rows(event, officer, range(1, 3))
    assert {page: queries_of(page) for page in lists} == few
    assert max(few.values()) <= 12


def test_a_queue_of_a_thousand_requests_asks_no_more_than_twelve_questions(
    desk: Client, event: Event, queries_of: Callable[[str], int]
) -> None:
    numbers = range(1000)
    organisations = Organisation.objects.bulk_create(
        Organisation(name=f"Group {n}", sector="community", size="tiny", council_code="E08000039") for n in numbers
    )
    people = Person.objects.bulk_create(Person(name=f"Person {n}", phone="0114 496 0000") for n in numbers)
    hats = Membership.objects.bulk_create(
        Membership(person=person, organisation=body) for person, body in zip(people, organisations, strict=True)
    )
    Listing.objects.bulk_create(
        Listing(organisation=body, side=side, pending_text="A room.")
        for body in organisations
        for side in ("need", "offer")
    )
    Registration.objects.bulk_create(
        Registration(event=event, person=hat.person, membership=hat, state="requested", requested_at=timezone.now())
        for hat in hats
    )
    page = address(Registration, "changelist")
    desk.get(page)
    assert queries_of(page) <= 12
    assert queries_of(f"{page}?q=room&event__id__exact={event.pk}&p=3") <= 12


def test_the_queue_shows_what_is_to_be_decided_and_the_rest_when_asked(
    desk: Client, event: Event, officer: User
) -> None:
    asked = factories.ask(event, 1)
    invited = factories.invite(event, 2, officer).registration
    draft = events.keep_draft(None, {"name": "Somebody"})

    def shown(query: str) -> set[int]:
        answer = desk.get(address(Registration, "changelist") + query)
        return {row.pk for row in answer.context["cl"].result_list}

    assert shown("") == {asked.pk}
    assert shown("?stage=all") == {asked.pk, invited.pk}
    assert shown("?stage=invited") == {invited.pk}
    assert shown("?stage=draft") == {draft.pk}


def test_the_queue_says_what_one_needs_to_decide(desk: Client, event: Event) -> None:
    factories.ask(event, 1, authority="recommend")
    page = desk.get(address(Registration, "changelist")).content.decode()
    for words in ("Person 1", "Group 1", "Museum, small", "local, Sheffield", "someone else decides", "A dry room"):
        assert words in page


@pytest.mark.parametrize("name", ["registration", "organisation", "person", "introduction"])
def test_a_record_with_more_in_it_asks_no_more(
    desk: Client, event: Event, officer: User, museum: Registration, suggestion: Suggestion,
    queries_of: Callable[[str], int], name: str,
) -> None:  # fmt: skip
    person, organisation = museum.person, museum.organisation
    rows: dict[str, Model] = {"registration": museum, "organisation": organisation, "person": person}
    for each in (suggestion.museum, suggestion.partner):
        introduction = matching.answer_suggestion(
            suggestion, organisation=each, person=each.memberships.get().person, choice="yes"
        )
    rows["introduction"] = introduction
    page = address(type(rows[name]), "change", rows[name].pk)
    desk.get(page)
    few = queries_of(page)
    for number in range(3):
        Consent.objects.create(person=person, purpose="evaluation", given=bool(number % 2), text_version="1")
        Listing.objects.create(organisation=organisation, side="need", pending_text=f"Need {number}")
        Message.objects.create(
            key=f"x:{number}", person_code=person.code, to_email="a@b.example", subject="x", text="x"
        )
        Conversation.objects.create(registration=museum, means="call", summary="x", by=officer)
    assert queries_of(page) == few


def test_the_letters_of_the_machine_show_text_and_links_and_never_run_what_is_in_them(
    desk: Client, world: None
) -> None:
    mail = KeptMail.objects.get()
    shown = desk.get(address(KeptMail, "change", mail.pk)).content.decode()
    assert '<a href="http://localhost:8000/my/"' in shown
    assert "&lt;script&gt;" in shown


def test_participants_records_are_not_deleted_in_bulk(desk: Client, museum: Registration) -> None:
    for model, row in ((Registration, museum), (type(museum.organisation), museum.organisation)):
        desk.post(address(model, "changelist"), {"action": "delete_selected", "_selected_action": [row.pk]})
        assert model._default_manager.filter(pk=row.pk).exists()


def test_a_superuser_deletes_one_request_after_a_question(desk: Client, museum: Registration) -> None:
    page = address(Registration, "delete", museum.pk)
    assert desk.get(page).status_code == 200
    assert Registration.objects.filter(pk=museum.pk).exists()
    desk.post(page, {"post": "yes"})
    assert not Registration.objects.filter(pk=museum.pk).exists()


def test_a_search_says_that_it_looks_at_everybody(desk: Client, event: Event) -> None:
    factories.ask(event, 1)
    page = desk.get(f"{reverse('admin:events_registration_changelist')}?q=Person")
    stage = next(spec for spec in page.context["cl"].filter_specs if spec.parameter_name == "stage")  # type: ignore[attr-defined]

    assert page.context["title"] == "Requests and places"
    assert [c["display"] for c in stage.choices(page.context["cl"]) if c["selected"]] == ["All but drafts"]


def test_the_journal_is_filtered_and_read_in_the_words_of_the_desk(desk: Client, event: Event, officer: User) -> None:
    invited = factories.invite(event, 1, officer).registration
    factories.ask(event, 2)
    journal = reverse("admin:journal_entry_changelist")

    every = desk.get(journal).context["cl"]  # type: ignore[attr-defined]
    chosen = desk.get(f"{journal}?subject_model=events.registration&to_state=invited").context["cl"]  # type: ignore[attr-defined]
    page = desk.get(reverse("admin:journal_entry_change", args=[chosen.result_list[0].pk])).content.decode()

    assert [title for _value, title in every.filter_specs[0].lookup_choices] == ["Invitations", "Requests and places"]
    assert [entry.subject_pk for entry in chosen.result_list] == [invited.pk]
    assert "request: Person 1, Sheffield, 11 Feb 2031" in page
