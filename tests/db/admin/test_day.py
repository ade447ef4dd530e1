"""The day as helpers meet it: lists to print, a door in a phone, and the paper register typed in the next day."""

import datetime as dt

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from events import services
from events.models import Call, Event, Registration
from partners.models import Person, User
from pwp.journal.models import Entry
from pwp.outbox.models import Message
from tests import factories
from tests.html import Page, read


@pytest.fixture
def today(museum: Registration, community: Registration) -> Event:
    """The event is today; a museum and a group have places."""
    Event.objects.update(held_on=timezone.localdate())
    assert museum.event
    museum.event.refresh_from_db()
    return museum.event


@pytest.fixture
def door(today: Event) -> Client:
    """A phone in the hand of somebody who may do nothing else."""
    call_command("give_role", "door@partnerships.example", "door", "--event", today.slug)
    phone = Client()
    phone.force_login(User.objects.get(email="door@partnerships.example"))
    return phone


CHOIR = {"phone": "0114 496 0099", "organisation": "Drop-In Choir", "sector": "community", "language": "cy"}


def at(event: Event, page: str) -> str:
    return reverse(f"admin:events_event_{page}", args=[event.pk])


def state(registration: Registration) -> str:
    return Registration.objects.get(pk=registration.pk).state


def test_one_tap_marks_who_came_and_the_page_counts(door: Client, today: Event, museum: Registration) -> None:
    answer = door.post(at(today, "mark"), {"who": museum.pk, "came": "yes"}, follow=True)

    assert state(museum) == "attended"
    assert "1 of 2 are in." in read(answer).text
    assert Entry.objects.about(museum).filter(to_state="attended", by_name="door@partnerships.example").exists()


def test_one_tap_marks_who_did_not_come(door: Client, today: Event, museum: Registration) -> None:
    door.post(at(today, "mark"), {"who": museum.pk, "came": "no"})

    assert state(museum) == "absent"


def test_a_wrong_mark_is_put_right_with_a_reason_only(door: Client, today: Event, museum: Registration) -> None:
    door.post(at(today, "mark"), {"who": museum.pk, "came": "no"})
    door.post(at(today, "mark"), {"who": museum.pk, "came": "yes"})
    assert state(museum) == "absent"

    door.post(at(today, "mark"), {"who": museum.pk, "came": "yes", "reason": "Came late."})

    assert state(museum) == "attended"
    assert Entry.objects.about(museum).filter(reason="Came late.").exists()


def test_somebody_who_is_not_on_the_list_is_let_in_and_agrees_to_nothing(door: Client, today: Event) -> None:
    door.post(
        at(today, "walk_in"),
        CHOIR | {"name": "Una Dropin"},
    )

    came = Registration.objects.get(person__name="Una Dropin")
    assert (came.state, came.walk_in, came.event) == ("attended", True, today)
    assert came.person.language == "cy"  # type: ignore[union-attr]
    assert [given for _purpose, given in came.person.choices()] == [False] * 4  # type: ignore[union-attr]


def test_a_guest_typed_in_by_a_button_pressed_twice_is_one_guest(door: Client, today: Event) -> None:
    said = CHOIR | {"name": "Una Twice"}
    for _time in range(2):
        door.post(at(today, "walk_in"), said)

    assert Person.objects.filter(name="Una Twice").count() == 1


def test_a_guest_who_was_refused_may_be_typed_in_again_in_the_same_words(door: Client, today: Event) -> None:
    said = CHOIR | {"name": "Una Early"}
    Event.objects.update(held_on=today.held_on + dt.timedelta(days=1))
    door.post(at(today, "walk_in"), said)
    assert not Person.objects.filter(name="Una Early").exists()

    Event.objects.update(held_on=today.held_on)
    door.post(at(today, "walk_in"), said)

    assert Registration.objects.get(person__name="Una Early").state == "attended"


def test_a_walk_in_nobody_could_write_to_afterwards_is_asked_for_a_phone_number(door: Client, today: Event) -> None:
    said = CHOIR | {"name": "Una Dropin", "phone": ""}

    assert door.post(at(today, "walk_in"), said).status_code == 422
    assert not Person.objects.filter(name="Una Dropin").exists()


@pytest.mark.parametrize("question", ["sector", "language"])
def test_the_door_chooses_nothing_for_somebody_who_is_not_on_the_list(
    door: Client, today: Event, question: str
) -> None:
    assert read(door.get(at(today, "walk_in"))).typed()[question] in ([], [""])
    said = CHOIR | {"name": "Una Dropin", question: ""}

    assert door.post(at(today, "walk_in"), said).status_code == 422
    assert not Person.objects.filter(name="Una Dropin").exists()


def test_a_colleague_who_came_instead_has_the_place_and_nothing_is_copied(
    door: Client, today: Event, museum: Registration
) -> None:
    door.post(f"{at(today, 'colleague')}?who={museum.pk}", {"name": "Ivo Instead", "phone": "0114 496 0098"})

    came = Registration.objects.get(person__name="Ivo Instead")
    assert (state(museum), came.state, came.substitute_for, came.walk_in) == ("withdrawn", "attended", museum, False)
    assert came.organisation == museum.organisation
    assert [given for _purpose, given in came.person.choices()] == [False] * 4  # type: ignore[union-attr]


def test_somebody_who_was_only_waiting_is_found_by_name_and_let_in(door: Client, today: Event, officer: User) -> None:
    Event.objects.update(held_on=today.held_on + dt.timedelta(days=30))
    waiting = factories.ask(Event.objects.get(pk=today.pk), 7, name="Wanda Waits")
    Event.objects.update(held_on=today.held_on)
    assert "Wanda Waits" not in read(door.get(at(today, "door"))).text
    assert "Wanda Waits" in read(door.get(f"{at(today, 'door')}?q=wanda")).text

    door.post(at(today, "mark"), {"who": waiting.pk, "came": "yes"})

    waiting.refresh_from_db()
    assert (waiting.state, waiting.walk_in) == ("attended", True)


def test_a_letter_shows_those_whose_name_begins_with_it(door: Client, today: Event) -> None:
    page = read(door.get(f"{at(today, 'door')}?letter=a"))

    assert page.words("h2", class_="door-name") == ["Ana Reed"]


def test_the_door_reads_no_way_to_reach_anybody(door: Client, today: Event, museum: Registration) -> None:
    Person.objects.update(phone="0114 496 0001")
    pages = "".join(door.get(at(today, page)).content.decode() for page in ("day", "door"))

    assert "496 0001" not in pages
    assert museum.person
    assert museum.person.contact_email not in pages


def test_the_first_page_of_the_door_has_its_own_day_and_nothing_else(
    door: Client, today: Event, outsider: Registration
) -> None:
    page = read(door.get("/admin/"))

    assert at(today, "day") in page.links()
    assert {link for link in page.links() if link.startswith("/admin/") and "/day/" not in link} <= {
        "/admin/",
        "/admin/password_change/",
    }


def test_nobody_of_another_event_can_be_marked(door: Client, today: Event, outsider: Registration) -> None:
    assert door.post(at(today, "mark"), {"who": outsider.pk, "came": "yes"}).status_code == 404
    assert state(outsider) == "confirmed"


def test_before_the_day_nobody_is_marked(door: Client, today: Event, museum: Registration) -> None:
    Event.objects.update(held_on=timezone.localdate() + dt.timedelta(days=1))

    door.post(at(today, "mark"), {"who": museum.pk, "came": "yes"})

    assert state(museum) == "confirmed"


def test_the_paper_register_is_typed_in_at_one_go_and_overwrites_nothing(
    desk: Client, door: Client, today: Event, museum: Registration, community: Registration
) -> None:
    door.post(at(today, "mark"), {"who": museum.pk, "came": "yes"})

    desk.post(at(today, "paper"), {f"came_{museum.pk}": "no", f"came_{community.pk}": "no"})

    assert (state(museum), state(community)) == ("attended", "absent")


def printed(desk: Client, event: Event, page: str) -> Page:
    return read(desk.get(at(event, page)))


def test_the_register_has_everybody_by_name_with_how_to_say_it_and_a_box_to_tick(desk: Client, today: Event) -> None:
    Person.objects.filter(name="Ana Reed").update(pronunciation="AH-na")

    page = printed(desk, today, "register")

    assert [words.split(" (")[0] for words in page.words("th", scope="row")] == ["Ana Reed", "Ben Mills"]
    assert "(AH-na)" in page.text
    assert len(page.all("td", class_="tick")) >= 2


def test_badges_are_in_both_languages_where_a_welsh_council_is_local(desk: Client, today: Event) -> None:
    Event.objects.update(name_cy="Abertawe")
    assert "Abertawe" not in printed(desk, today, "badges").text

    today.areas.create(council_code="W06000011", name_en="Swansea", nearness="core")

    page = printed(desk, today, "badges")
    assert page.words("span", lang="cy") == ["Partneriaethau â Phwrpas", "Abertawe"] * 2
    assert page.words("strong", class_="badge-name") == ["Ana Reed", "Ben Mills"]


def test_lists_of_the_day_ask_as_often_for_many_as_for_few(
    desk: Client, today: Event, officer: User, queries_of: object
) -> None:
    pages = ("day", "register", "badges", "door", "paper")
    few = {page: queries_of(at(today, page)) for page in pages}  # type: ignore[operator]
    Event.objects.update(held_on=today.held_on + dt.timedelta(days=30))
    for number in range(10, 15):
        factories.confirm(Event.objects.get(pk=today.pk), number, officer)
    Event.objects.update(held_on=today.held_on)

    assert {page: queries_of(at(today, page)) for page in pages} == few  # type: ignore[operator]


def test_joining_notes_that_came_back_show_on_the_guest_list_until_somebody_was_rung(
    desk: Client, officer: User, museum: Registration, community: Registration
) -> None:
    event = museum.event
    assert event
    Person.objects.filter(pk=museum.person_id).update(phone="0114 496 0001")
    day = dt.datetime.combine(event.held_on, dt.time(9), tzinfo=dt.UTC)
    services.queue_joining_notes(now=day - dt.timedelta(days=7))
    letter = Message.objects.get(key__contains=":joining-notes", person_code=museum.person.code)
    Message.objects.filter(pk=letter.pk).update(
        state="failed", bounced_at=timezone.now(), claimed_at=timezone.now(), server_said="550 no such mailbox"
    )

    services.queue_calls()

    call = Call.objects.get(registration=museum, why="bounced")
    assert call.news == "how to get there, and when"
    assert "0114 496 0001" in desk.get(reverse("admin:events_call_change", args=[call.pk])).content.decode()
    rows = read(desk.get(at(event, "day"))).words("tr")
    assert [row.count("not reached") for row in rows if "Ana Reed" in row or "Ben Mills" in row] == [1, 0]

    again = {"act": "send", "to_email": "clerk@group1.example"}
    desk.post(reverse("admin:outbox_message_act", args=[letter.pk]), again)
    letter.refresh_from_db()
    assert (letter.state, letter.to_email) == ("queued", "clerk@group1.example")
    history = desk.get(reverse("admin:outbox_message_history", args=[letter.pk])).content.decode()
    assert "Before, to person1@group1.example: 550 no such mailbox" in history
    services.make_call(call, by=officer, note="She has a new address.")
    assert "not reached" not in read(desk.get(at(event, "day"))).text
