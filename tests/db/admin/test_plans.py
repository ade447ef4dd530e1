"""The officer's pages about the day's plan."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from events.models import Event, Registration
from matching.admin import plans as pages
from matching.admin.plan_forms import read_numbers
from matching.models import Guest, Plan, Seat
from matching.services import plans
from partners.models import User
from pwp import waking
from tests import factories, world
from tests.html import read, words_of

ADD = "/admin/matching/plan/add/"
TABLES = [{"name": "", "seats": 4, "step_free": at == 0, "quiet": at == 1} for at in range(2)]
SAID = {"form": "tables", "rounds": "3", "number": "2", "seats": "4", "step_free": "1", "quiet": "2"}
PAGES = ("change", "guests", "tables", "again", "rounds", "changes", "use", "away", "door", "cards", "sheets")


@pytest.fixture
def places(event: Event, officer: User) -> list[Registration]:
    return [factories.confirm(event, number, officer) for number in range(1, 7)]


@pytest.fixture
def plan(event: Event, places: list[Registration]) -> Plan:
    plan = plans.make_plan(event, form="tables", rounds=3, tables=TABLES, by="the officer")
    assert plans.work_out(plan), plan.problem
    return plan


def address(plan: Plan, name: str = "change") -> str:
    return reverse(f"admin:matching_plan_{name}", args=[plan.pk])


def move_address(plan: Plan, guest: Guest, at: int = 1, to: str = "") -> str:
    return f"{address(plan, 'move')}?guest={guest.pk}&round={at}&to={to}"


def said_of(page: HttpResponse) -> dict[str, str]:
    """What the page's own form would send back."""
    return {name: values[0] for name, values in read(page).typed().items() if values and name != "csrfmiddlewaretoken"}


def rows_of(page: HttpResponse) -> list[list[str]]:
    """The cells of every row of every table."""
    return [[words_of(cell) for cell in row] for row in read(page).all("tr")]


def neighbours(plan: Plan) -> tuple[Guest, Guest]:
    """Two who sit at different tables in the first round."""
    seats = list(plan.seats.filter(round=0).select_related("guest__registration__person"))
    other = next(seat for seat in seats if seat.table != seats[0].table)
    return seats[0].guest, other.guest


def test_a_plan_is_asked_for_in_a_few_numbers_and_made_by_a_worker(
    desk: Client, event: Event, places: list[Registration], officer: User
) -> None:
    answer = desk.post(ADD, {"event": event.pk, **SAID})
    plan = Plan.objects.get()
    waiting = desk.get(address(plan))

    assert answer.url == address(plan)  # type: ignore[attr-defined]
    assert (plan.tables, plan.rounds, plan.wanted, plan.made_by) == (TABLES, 3, True, str(officer))
    assert "The plan is being made. This page looks again by itself." in read(waiting).text
    assert waiting.headers["Refresh"] == "2"
    call_command("tick")
    done = desk.get(address(plan))
    assert "Refresh" not in done.headers
    assert "Person 1" in read(done).text


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"seats": "8, 8, 6"}, "Give one number for all, or 2 numbers."),
        ({"seats": "a few"}, "is no number"),
        ({"seats": "0"}, "A table has 1 to 20 seats."),
        ({"quiet": "3"}, "The tables are numbered from 1 to 2."),
        ({"rounds": "9"}, "6 at most"),
        ({"seats": "2"}, "6 people but 4 seats"),
        ({"form": "dance"}, "not one of the available choices"),
        ({"event": "x"}, "Please choose one of the events."),
    ],
)
def test_what_cannot_be_is_said_beside_its_field_and_nothing_is_made(
    desk: Client, event: Event, places: list[Registration], wrong: dict[str, str], words: str
) -> None:
    answer = desk.post(ADD, {"event": event.pk, **SAID, **wrong})

    assert answer.status_code == 422
    assert words in read(answer).text
    assert not Plan.objects.exists()


def test_numbers_are_read_as_people_write_them() -> None:
    assert read_numbers(" 1, 3-5;7 9 – 10") == [1, 3, 4, 5, 7, 9, 10]
    with pytest.raises(ValidationError, match="5-3"):
        read_numbers("1, 5-3")


def test_a_table_that_is_open_for_talks_has_two_seats(desk: Client, event: Event, places: list[Registration]) -> None:
    desk.post(ADD, {"event": event.pk, **SAID, "form": "talks", "seats": "1, 8"})

    assert [table["seats"] for table in Plan.objects.get().tables] == [2, 2]


def test_a_dead_broker_does_not_stop_anybody(
    desk: Client,
    event: Event,
    places: list[Registration],
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    def dead() -> None:
        raise OSError("connection refused")

    monkeypatch.setattr(waking, "_no_broker_until", 0.0)
    monkeypatch.setattr(pages.work_out_wanted_plans, "delay", dead)
    with django_capture_on_commit_callbacks(execute=True):
        assert desk.post(ADD, {"event": event.pk, **SAID}).status_code == 302
    assert Plan.objects.get().wanted


def test_as_many_tables_are_proposed_as_the_people_of_the_event_need(
    desk: Client, event: Event, places: list[Registration]
) -> None:
    form = desk.get(f"{ADD}?event={event.pk}").context["confirmation"].form  # type: ignore[attr-defined]

    assert form["number"].value() == -(-len(places) // 8)


def test_the_plan_shows_who_sits_where_and_each_measure_beside_its_bound(desk: Client, plan: Plan) -> None:
    answer = desk.get(address(plan))
    page, rows = read(answer), rows_of(answer)
    seat = plan.seats.get(round=0, guest__registration__person__name="Person 1")

    assert page.errors == []
    assert page.text.count("Person 1") == 3
    assert "Group 1 · Museum" in page.text
    least, repeats = plan.measures["repeats_least"], plan.measures["repeats"]
    bound = "the best there can be" if repeats == least else f"with these tables no plan can have fewer than {least}"
    assert ["Tables without a museum or without a community voice", "0", "the best there can be"] in rows
    assert ["Times that two people meet again", str(repeats), bound] in rows
    assert repeats >= least > 0
    assert f"Table {seat.table + 1}" in page.text


def test_who_has_no_seat_and_a_table_that_lacks_a_voice_are_named_in_words(desk: Client, plan: Plan) -> None:
    Seat.objects.filter(plan=plan, round=0).update(table=0)
    Seat.objects.filter(plan=plan, round=0, guest__registration__person__name__in=["Person 1", "Person 3"]).update(
        table=1
    )
    Seat.objects.get(plan=plan, round=0, guest__registration__person__name="Person 2").delete()
    text = read(desk.get(address(plan))).text

    assert "No community voice at this table." in text
    assert "Without a seat Person 2 Group 2 · Community or third-sector group They came, or were taken" in text


def test_guests_who_come_late_leave_or_need_something_are_worked_in(desk: Client, plan: Plan) -> None:
    late, gone, quiet = plan.guests.order_by("pk")[:3]
    page = desk.get(address(plan, "guests"))
    said = said_of(page) | {f"from-{late.pk}": "2", f"until-{gone.pk}": "0", f"quiet-{quiet.pk}": "on"}
    answer = desk.post(address(plan, "guests"), said)
    call_command("tick")

    assert answer.status_code == 302
    assert sorted(late.seats.values_list("round", flat=True)) == [1, 2]
    assert list(gone.seats.all()) == []
    assert set(quiet.seats.values_list("table", flat=True)) == {1}
    shown = said_of(desk.get(address(plan, "guests")))
    assert (shown[f"from-{late.pk}"], shown[f"until-{gone.pk}"], shown[f"quiet-{quiet.pk}"]) == ("2", "0", "on")


def test_somebody_who_leaves_before_they_come_is_asked_about(desk: Client, plan: Plan) -> None:
    guest = plan.guests.order_by("pk")[0]
    said = said_of(desk.get(address(plan, "guests"))) | {f"from-{guest.pk}": "3", f"until-{guest.pk}": "1"}
    answer = desk.post(address(plan, "guests"), said)

    assert answer.status_code == 422
    assert "They leave before they come." in read(answer).text


def test_two_officers_at_the_same_plan_the_second_reads_why_and_keeps_what_was_typed(desk: Client, plan: Plan) -> None:
    said = said_of(desk.get(address(plan, "guests")))
    desk.post(address(plan, "rounds"), {"seen": plan.version, "finished": "1"})
    answer = desk.post(address(plan, "guests"), said)

    assert answer.status_code == 422
    assert "Somebody else changed the plan. Please look at it again." in read(answer).text


def test_a_mistake_in_the_tables_does_not_overwrite_what_somebody_else_changed(desk: Client, plan: Plan) -> None:
    said = said_of(desk.get(address(plan, "tables")))
    desk.post(address(plan, "rounds"), {"seen": plan.version, "finished": "1"})
    corrected = said_of(desk.post(address(plan, "tables"), said | {"seats": "many"})) | {"seats": "5"}
    answer = desk.post(address(plan, "tables"), corrected, follow=True)

    assert "Somebody else changed the plan. Please look at it again." in read(answer).text
    assert {table["seats"] for table in Plan.objects.get().tables} == {4}


def test_a_person_is_moved_after_the_page_showed_what_it_would_do(desk: Client, plan: Plan) -> None:
    one, other = neighbours(plan)
    there = other.seats.get(round=0).table
    page = desk.get(move_address(plan, one, to=f"guest-{other.pk}"))
    text = read(page).text
    answer = desk.post(address(plan, "move"), said_of(page), follow=True)

    assert "What it would do" in text
    assert "Times that two people meet again" in text
    assert (one.seats.get(round=0).table, one.seats.get(round=0).held) == (there, True)
    assert "put here by hand" in read(answer).text


def test_a_move_against_a_hard_rule_gives_the_reason_and_no_button(desk: Client, plan: Plan) -> None:
    one, other = neighbours(plan)
    Guest.objects.filter(pk=one.pk).update(quiet=True, step_free=True)
    address_of_move = move_address(plan, one, to=f"guest-{other.pk}")
    page = desk.get(address_of_move)
    before = world.everything()
    desk.post(address(plan, "move"), said_of(page))

    assert "This cannot be done:" in read(page).text
    assert f"{one.registration.person} needs a" in read(page).text
    assert "Do it, and keep it" not in page.content.decode()
    assert world.everything()["matching.Seat"] == before["matching.Seat"]


@pytest.mark.parametrize("query", ["", "?guest=x&round=1", "?guest=1&round=0", "?guest=999999&round=1", "?round=99"])
def test_a_move_of_nobody_is_not_found(desk: Client, plan: Plan, query: str) -> None:
    assert desk.get(address(plan, "move") + query).status_code == 404


@pytest.mark.parametrize("to", ["table-9", "table-x", "guest-0", "elsewhere", "nowhere"])
def test_a_made_up_place_breaks_nothing(desk: Client, plan: Plan, to: str) -> None:
    one, _other = neighbours(plan)
    assert desk.get(move_address(plan, one, to=to)).status_code == 200


def test_a_day_from_rounds_that_were_held_to_telling_everybody(desk: Client, plan: Plan) -> None:
    def press(name: str, **said: str) -> HttpResponse:
        return desk.post(address(plan, name), said_of(desk.get(address(plan, name))) | said, follow=True)

    press("use")
    press("rounds", finished="1")
    guest = plan.guests.order_by("pk")[0]
    press("guests", **{f"until-{guest.pk}": "1"})
    call_command("tick")
    changes = rows_of(desk.get(address(plan, "changes")))
    plan.refresh_from_db()

    assert (plan.state, plan.finished_rounds) == ("in_use", 1)
    assert [(at, after) for name, at, _told, after in changes if name == "Person 1Group 1"] == [
        ("2", "no seat"),
        ("3", "no seat"),
    ]
    assert "Nothing changed." in read(press("changes")).text
    assert "Put away" in read(press("away", reason="The day is over.")).text
    plan.refresh_from_db()
    assert plan.state == "retired"


def test_printed_pages_need_no_script_and_come_in_large_print(desk: Client, plan: Plan) -> None:
    for name in ("door", "cards", "sheets"):
        page = read(desk.get(address(plan, name)))
        large = read(desk.get(address(plan, name) + "?size=18"))
        assert page.errors == []
        assert page.all("script") == []
        assert (page.root.get("class"), large.root.get("class")) == (None, "large")
        assert "Person 1" in page.text


def test_every_table_of_every_round_has_its_card_and_every_guest_a_sheet(desk: Client, plan: Plan) -> None:
    cards = read(desk.get(address(plan, "cards")))
    sheets = read(desk.get(address(plan, "sheets")))

    assert len(cards.all("section", class_="sheet")) == len(set(plan.seats.values_list("round", "table")))
    assert sheets.words("h1") == [f"Person {number}" for number in range(1, 7)]


def test_looking_at_any_page_of_a_plan_changes_nothing(desk: Client, plan: Plan) -> None:
    one, other = neighbours(plan)
    addresses = [ADD, *(address(plan, name) for name in PAGES), move_address(plan, one, to=f"guest-{other.pk}")]
    before = world.everything()
    for page in addresses:
        desk.head(page)
        assert desk.get(page).status_code == 200

    assert world.everything() == before


def test_staff_who_may_only_look_see_plans_and_change_none(event: Event, plan: Plan) -> None:
    reader = User.objects.create_user("reader@partnerships.example", "a-long-password", is_staff=True)
    client = Client()
    client.force_login(reader)
    without = {name: client.get(address(plan, name)).status_code for name in PAGES}
    reader.user_permissions.add(Permission.objects.get(codename="view_plan"))
    reading = {name: client.get(address(plan, name)).status_code for name in PAGES}
    before = world.everything()
    posts = {name: client.post(address(plan, name), {"seen": plan.version}).status_code for name in (*PAGES, "move")}

    assert set(without.values()) == {403}
    assert set(reading.values()) == {200}
    assert set(posts.values()) == {403}
    assert client.get(ADD).status_code == 403
    assert world.everything() == before


def test_the_event_leads_to_its_plan(desk: Client, event: Event) -> None:
    page = desk.get(reverse("admin:events_event_change", args=[event.pk])).content.decode()
    assert f"{ADD}?event={event.pk}" in page
    assert f'<option value="{event.pk}" selected>' in desk.get(f"{ADD}?event={event.pk}").content.decode()


def test_more_guests_and_pairs_ask_no_more_of_the_database(
    event: Event, officer: User, plan: Plan, places: list[Registration], queries_of: Any
) -> None:
    factories.suggest(event, places[0].organisation, places[1].organisation)
    one, other = neighbours(plan)
    addresses = [ADD, *(address(plan, name) for name in PAGES), move_address(plan, one, to=f"guest-{other.pk}")]
    list_of_plans = reverse("admin:matching_plan_changelist")
    few = {page: queries_of(page) for page in [*addresses, list_of_plans]}

    theme = factories.make_theme("history")
    new = [factories.confirm(event, number, officer) for number in range(11, 13)]
    for place in new:
        place.organisation.themes.add(theme)
    factories.suggest(event, places[2].organisation, new[1].organisation)
    plans.work_out_again(plan, version=plan.version)
    assert plans.work_out(plan)
    plans.make_plan(event, form="talks", rounds=3, tables=TABLES, by="the officer")

    assert {page: queries_of(page) for page in few} == few
    assert max(few.values()) <= 24, few
