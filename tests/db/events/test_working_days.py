"""Days to answer by and to call by: no bank holidays, where the event is held."""

import datetime as dt

import pytest

from events import services
from events.models import Call, Event, EventArea
from events.working_days import ENGLAND_AND_WALES, SCOTLAND, bank_holidays, is_bank_holiday, working_days_after
from matching.models import FollowUp, Suggestion
from matching.services import answer_suggestion
from partners.models import User
from tests import factories
from tests.clock import Clock


def days(year: int, where: str) -> list[str]:
    return [f"{day:%d %b}" for day in sorted(bank_holidays(year, where))]


def test_the_bank_holidays_of_the_first_season_and_of_one_with_christmas_at_a_weekend() -> None:
    assert days(2019, ENGLAND_AND_WALES) == [
        "01 Jan", "19 Apr", "22 Apr", "06 May", "27 May", "26 Aug", "25 Dec", "26 Dec",
    ]  # fmt: skip
    assert days(2019, SCOTLAND) == [
        "01 Jan", "02 Jan", "19 Apr", "06 May", "27 May", "05 Aug", "02 Dec", "25 Dec", "26 Dec",
    ]  # fmt: skip
    assert days(2027, ENGLAND_AND_WALES)[-2:] == ["27 Dec", "28 Dec"]
    assert days(2028, SCOTLAND)[:2] == ["03 Jan", "04 Jan"]
    assert days(2022, ENGLAND_AND_WALES)[3:7] == ["02 May", "02 Jun", "03 Jun", "29 Aug"]


@pytest.fixture
def fife(db: None) -> Event:
    event = factories.make_event("fife-2031", held_on=dt.date(2031, 4, 25))
    EventArea.objects.filter(event=event, nearness="core").update(council_code="S12000047")
    return event


def test_easter_monday_is_off_in_sheffield_and_not_in_fife(event: Event, fife: Event) -> None:
    easter_monday = dt.date(2031, 4, 14)

    assert [is_bank_holiday(easter_monday, one) for one in (event, fife)] == [True, False]
    thursday = dt.date(2031, 4, 10)
    assert working_days_after(thursday, 2, event) == dt.date(2031, 4, 16)
    assert working_days_after(thursday, 2, fife) == dt.date(2031, 4, 15)


@pytest.mark.parametrize(
    ("today", "held_on", "by"),
    [
        ((2031, 1, 6), (2031, 2, 11), (2031, 1, 20)),
        ((2030, 12, 11), (2031, 2, 11), (2030, 12, 27)),  # Christmas Day, Boxing Day
        ((2031, 4, 5), (2031, 4, 15), (2031, 4, 13)),  # the day before is Easter Monday
        ((2031, 4, 14), (2031, 4, 15), (2031, 4, 14)),
    ],
    ids=["an ordinary day", "Christmas", "the eve of the event", "no other day is left"],
)
def test_the_day_to_answer_by_is_no_bank_holiday(
    clock: Clock, today: tuple[int, int, int], held_on: tuple[int, int, int], by: tuple[int, int, int]
) -> None:
    now = clock.set(*today)
    event = factories.make_event(held_on=dt.date(*held_on))

    assert services.reply_by(event, now=now).date() == dt.date(*by)


def test_a_freed_place_is_offered_for_working_days(officer: User, clock: Clock) -> None:
    clock.set(2030, 12, 23)
    event = factories.make_event(capacity=1)
    place = factories.confirm(event, 1, officer)
    services.keep_waiting(factories.ask(event, 2), by=officer, reason="Known for years.")

    services.withdraw(place, by="Person 1")

    offer = event.registrations.get(person__name="Person 2").invitations.get()
    # The 24th, 27th, 30th and 31st, and the 2nd of January: the others are holidays and a weekend.
    assert offer.reply_by.date() == dt.date(2031, 1, 2)


@pytest.mark.parametrize(
    ("today", "due"),
    [((2030, 12, 25), (2030, 12, 27)), ((2030, 12, 28), (2030, 12, 30)), ((2031, 2, 9), (2031, 2, 10))],
)
def test_calls_are_due_on_days_people_work(
    officer: User, clock: Clock, today: tuple[int, int, int], due: tuple[int, int, int]
) -> None:
    clock.set(*today)
    factories.invite(factories.make_event(), 1, officer, email="", phone="0114 496 0001")

    assert Call.objects.get().due_on == dt.date(*due)


def test_a_call_that_cannot_wait_for_a_working_day_is_due_at_once(officer: User, clock: Clock) -> None:
    clock.set(2031, 4, 13, 9)
    factories.invite(factories.make_event(held_on=dt.date(2031, 4, 15)), 1, officer, email="", phone="0114 496 0001")

    assert Call.objects.get().due_on == dt.date(2031, 4, 13)


def test_nobody_is_asked_how_it_goes_on_a_bank_holiday(suggestion: Suggestion, clock: Clock) -> None:
    now = clock.set(2030, 12, 11)
    for row in (suggestion.museum, suggestion.partner):
        answer_suggestion(suggestion, organisation=row, person=row.memberships.get().person, choice="yes", now=now)

    due = FollowUp.objects.filter(rule="two-weeks").values_list("due_on", flat=True)
    assert set(due) == {dt.date(2030, 12, 27)}
