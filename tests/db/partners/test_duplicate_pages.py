"""The officer sees what looks alike and why, and says what it is; the machine merges and blocks nobody."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from events.models import Event, Registration
from matching.models import Introduction
from partners import services
from partners.models import Difference, Membership, Merge, Organisation, Person, User
from pwp.journal.models import Entry
from pwp.refusals import Refused
from tests import factories, html


@pytest.fixture
def desk(client: Client, officer: User) -> Client:
    client.force_login(officer)
    return client


@pytest.fixture
def pair(event: Event) -> tuple[Organisation, Organisation]:
    """Scenario: a folk museum, and its trust at the same postcode."""
    one = factories.ask(event, 1, organisation="Birkhill Folk Museum", work_place="KY15 5NF").organisation
    other = factories.ask(event, 2, organisation="Birkhill Folk Museum Trust", work_place="KY15 5NF").organisation
    return one, other


def change_page(organisation: Organisation) -> str:
    return reverse("admin:partners_organisation_change", args=[organisation.pk])


def page_of(name: str, *organisations: Organisation) -> str:
    return reverse(f"admin:partners_organisation_{name}", args=[one.pk for one in organisations])


@pytest.fixture
def queries_of(desk: Client) -> Callable[[str], int]:
    def count(page: str) -> int:
        desk.get(page)
        with CaptureQueriesContext(connection) as asked:
            assert desk.get(page).status_code == 200
        return len(asked)

    return count


def test_an_organisation_says_what_it_looks_like_and_why(desk: Client, pair: tuple[Organisation, Organisation]) -> None:
    page = html.read(desk.get(change_page(pair[0])))

    assert "Birkhill Folk Museum Trust" in page.text
    because = "both names say “birkhill folk museum”; the same postcode, KY15 5NF"
    assert f"Probably the same, because of {because}" in page.text
    assert page_of("merge", *pair) in page.links()
    assert page_of("different", *pair) in page.links()


def test_all_pairs_are_on_one_list_likeliest_first(
    desk: Client, event: Event, pair: tuple[Organisation, Organisation]
) -> None:
    factories.ask(event, 3, organisation="Friends of Birkhill Folk Museum", work_place="KY15 5NF")
    factories.ask(event, 4, organisation="Harbour Choir", work_place="KY1 1XT")

    page = html.read(desk.get(page_of("duplicates")))

    assert "3 pairs look alike." in page.text
    rows = page.words("tr")[1:]
    assert [("Probably" in row, "Perhaps" in row, "Harbour" in row) for row in rows] == [
        (True, False, False),
        (False, True, False),
        (False, True, False),
    ]


def test_the_list_of_pairs_asks_as_often_for_many_as_for_few(
    desk: Client, pair: tuple[Organisation, Organisation], queries_of: Callable[[str], int]
) -> None:
    few = queries_of(page_of("duplicates")), queries_of(change_page(pair[0]))
    letters = "abcdefghijklm"
    names = [f"{a}{b}{c}" for a in letters for b in letters for c in letters]
    bodies = Organisation.objects.bulk_create(
        Organisation(name=f"{name}burgh Quilters", sector="community", postcode="S1 2HH") for name in names
    )
    people = Person.objects.bulk_create(Person(name=name, contact_email=f"p@{name}.example") for name in names)
    Membership.objects.bulk_create(
        Membership(person=person, organisation=body) for person, body in zip(people, bodies, strict=True)
    )

    assert (queries_of(page_of("duplicates")), queries_of(change_page(pair[0]))) == few


def test_what_is_different_is_said_once_and_not_shown_again(
    desk: Client, pair: tuple[Organisation, Organisation], officer: User
) -> None:
    address = page_of("different", pair[1], pair[0])
    assert desk.get(address).status_code == 200
    assert Difference.objects.count() == 0

    for _twice in range(2):
        desk.post(address, {"reason": "The trust owns the building."})

    assert list(Difference.objects.values_list("one", "other", "reason", "by")) == [
        (pair[0].pk, pair[1].pk, "The trust owns the building.", officer.pk)
    ]
    assert services.possible_duplicates() == []
    assert "Looks like no other record." in desk.get(change_page(pair[0])).content.decode()


def test_a_note_that_was_wrong_is_deleted_and_the_pair_is_shown_again(
    desk: Client, pair: tuple[Organisation, Organisation], officer: User
) -> None:
    difference = services.say_different(*pair, by=officer)

    desk.post(reverse("admin:partners_difference_delete", args=[difference.pk]), {"post": "yes"})

    assert len(services.possible_duplicates()) == 1


def test_a_body_that_is_part_of_another_is_linked_and_not_shown_again(
    desk: Client, pair: tuple[Organisation, Organisation]
) -> None:
    museum, trust = pair
    address = page_of("part", museum, trust)
    assert desk.get(address).status_code == 200

    desk.post(address)

    museum.refresh_from_db()
    assert (museum.parent, services.possible_duplicates()) == (trust, [])
    assert "Birkhill Folk Museum" in html.read(desk.get(change_page(trust))).text


def test_nothing_is_part_of_its_own_part(pair: tuple[Organisation, Organisation], officer: User) -> None:
    museum, trust = pair
    services.make_part_of(museum, trust, by=officer)

    with pytest.raises(Refused):
        services.make_part_of(trust, museum, by=officer)


def test_merging_shows_both_side_by_side_and_takes_what_was_chosen(
    desk: Client, pair: tuple[Organisation, Organisation], officer: User
) -> None:
    museum, trust = pair
    Organisation.objects.filter(pk=trust.pk).update(website="https://birkhill.example/", size="large")
    page = desk.get(page_of("merge", museum, trust))
    confirmation = page.context["confirmation"]
    form = confirmation.form
    assert [row for row in confirmation.rows if row[0] == "website"] == [["website", "–", "https://birkhill.example/"]]
    assert set(form.fields) == {"reason", "name", "sector", "size", "website"}
    assert {name: form[name].initial for name in ("name", "website")} == {"name": "kept", "website": "gone"}
    assert "What moves: listings: 2, memberships: 1." in page.content.decode()
    assert Merge.objects.count() == 0

    said = {"seen": confirmation.seen, "reason": "One body.", "name": "gone", "sector": "kept", "size": "kept",
            "website": "gone"}  # fmt: skip
    desk.post(page_of("merge", museum, trust), said)

    museum.refresh_from_db()
    assert (museum.name, museum.website, museum.size) == (
        "Birkhill Folk Museum Trust",
        "https://birkhill.example/",
        "small",
    )
    assert {hat.person.name for hat in museum.memberships.all()} == {"Person 1", "Person 2"}
    assert Entry.objects.about(museum).latest("pk").by_name == str(officer)


def test_a_merge_of_something_that_changed_meanwhile_is_asked_again(
    desk: Client, pair: tuple[Organisation, Organisation]
) -> None:
    confirmation = desk.get(page_of("merge", *pair)).context["confirmation"]
    Organisation.objects.filter(pk=pair[1].pk).update(website="https://new.example/")
    choices = dict.fromkeys(("name", "sector", "website"), "kept")

    answer = desk.post(page_of("merge", *pair), {"seen": confirmation.seen, "reason": "", **choices}, follow=True)

    assert "was changed since you looked" in answer.content.decode()
    assert Merge.objects.count() == 0


def test_what_stands_in_the_way_is_said_on_the_page(
    desk: Client, event: Event, pair: tuple[Organisation, Organisation]
) -> None:
    choir = factories.ask(event, 3, organisation="Harbour Choir").organisation
    for museum in pair:
        people = [factories.people_of(one)[0] for one in (museum, choir)]
        both = factories.suggest(event, museum, choir)
        Introduction.objects.create(suggestion=both, museum_person=people[0], partner_person=people[1])
    confirmation = desk.get(page_of("merge", *pair)).context["confirmation"]
    choices = dict.fromkeys(("name", "sector"), "kept")

    answer = desk.post(page_of("merge", *pair), {"seen": confirmation.seen, "reason": "", **choices}, follow=True)

    assert "introduction Birkhill Folk Museum Trust – Harbour Choir: they were introduced" in answer.content.decode()
    assert Organisation.objects.filter(pk=pair[1].pk).exists()


def test_a_merge_is_taken_apart_from_its_page(
    desk: Client, pair: tuple[Organisation, Organisation], officer: User
) -> None:
    merge = services.merge_records(*pair, take={}, by=officer)
    undo = reverse("admin:partners_merge_undo", args=[merge.pk])
    assert undo in html.read(desk.get(reverse("admin:partners_merge_change", args=[merge.pk]))).links()
    assert desk.get(undo).status_code == 200
    assert not Organisation.objects.filter(pk=pair[1].pk).exists()

    for _twice in range(2):
        desk.post(undo)

    assert Organisation.objects.filter(pk=pair[1].pk).exists()
    assert Merge.objects.get().state == "undone"


def test_nobody_who_asks_is_told_whom_they_look_like_and_nobody_waits_for_it(
    client: Client, event: Event, officer: User
) -> None:
    factories.confirm(event, 1, officer, organisation="Birkhill Folk Museum", work_place="KY15 5NF")
    given = {
        "name": "Moira Baird", "email": "moira@birkhill.example", "organisation": "Birkhill Folk Museum",
        "sector": "museum", "work_place": "KY15 5NF", "size": "tiny", "authority": "yes", "offer": "A dry room.",
        "need": "Stories.", "event": event.slug,
    }  # fmt: skip

    page = html.read(client.post("/ask/", given, follow=True))

    assert Registration.objects.get(person__name="Moira Baird").state == "requested"
    assert Organisation.objects.filter(name="Birkhill Folk Museum").count() == 2
    assert [words in page.text for words in ("Person 1", "Looks like", "already")] == [False] * 3


@pytest.mark.parametrize("name", ["duplicates", "merge", "different", "part"])
def test_only_staff_who_may_change_organisations_get_there(
    pair: tuple[Organisation, Organisation], museum: Registration, name: str
) -> None:
    address = page_of(name) if name == "duplicates" else page_of(name, *pair)
    guest = Client()
    guest.force_login(factories.sign_up(museum))
    looker = User.objects.create_user("looker@partnerships.example", "a-long-password", is_staff=True)
    only_looking = Client()
    only_looking.force_login(looker)

    for browser in (Client(), guest, only_looking):
        assert browser.get(address).status_code in (302, 403)
        assert browser.post(address).status_code in (302, 403)
    assert (Merge.objects.count(), Difference.objects.count()) == (0, 0)


def test_a_person_shows_how_to_speak_to_them_their_hats_and_who_shares_the_mailbox(desk: Client, event: Event) -> None:
    clerk = factories.ask(event, 1, name="Ana Reed", email="clerk@hall.example").person
    factories.ask(event, 2, name="Ben Mills", email="clerk@hall.example")
    Person.objects.filter(pk=clerk.pk).update(pronunciation="AH-na REED", communication="by phone only")

    page = html.read(desk.get(reverse("admin:partners_person_change", args=[clerk.pk])))

    assert page.typed()["pronunciation"] == ["AH-na REED"]
    assert page.typed()["communication"] == ["by phone only"]
    assert "Ben Mills" in page.text
