"""Which days people work where an event is held. Bank holidays by rule, with the days that were moved or added once.

England and Wales share theirs; Scotland has its own. https://www.gov.uk/bank-holidays names the days that are to come:
one that is added or moved by proclamation goes into ONCE.
"""

import datetime as dt
from functools import cache
from typing import Final

from events.models import Event

ENGLAND_AND_WALES, SCOTLAND = "england-and-wales", "scotland"
BOTH = (ENGLAND_AND_WALES, SCOTLAND)
MONDAY, SATURDAY = 0, 5
DAY = dt.timedelta(days=1)

# Added or taken away once: (day, where, whether people are off).
ONCE: Final = (
    (dt.date(2020, 5, 4), BOTH, False), (dt.date(2020, 5, 8), BOTH, True),
    (dt.date(2022, 5, 30), BOTH, False), (dt.date(2022, 6, 2), BOTH, True), (dt.date(2022, 6, 3), BOTH, True),
    (dt.date(2022, 9, 19), BOTH, True), (dt.date(2023, 5, 8), BOTH, True),
    (dt.date(2026, 6, 15), (SCOTLAND,), True),
)  # fmt: skip


@cache
def bank_holidays(year: int, where: str) -> frozenset[dt.date]:
    """From 2013 on; for those years it agrees with version 0.109 of the package `holidays`, to 2060."""
    easter, scottish = _easter(year), where == SCOTLAND
    fixed = [dt.date(year, 1, 1), dt.date(year, 12, 25), dt.date(year, 12, 26)]
    fixed += [dt.date(year, 1, 2), dt.date(year, 11, 30)] if scottish else []
    days = {easter - 2 * DAY, _first_monday(year, 5), _last_monday(year, 5)}
    days |= {_first_monday(year, 8)} if scottish else {easter + DAY, _last_monday(year, 8)}
    for day in sorted(fixed):
        while day.weekday() >= SATURDAY or day in days:
            day += DAY
        days.add(day)
    for day, places, off in ONCE:
        if day.year == year and where in places:
            days = days | {day} if off else days - {day}
    return frozenset(days)


def is_bank_holiday(day: dt.date, event: Event) -> bool:
    """Where the event is held; that is looked up only on days when it matters."""
    off = [day in bank_holidays(day.year, where) for where in BOTH]
    if off[0] == off[1]:
        return off[0]
    return off[1] if _in_scotland(event) else off[0]


def working_days_after(day: dt.date, days: int, event: Event) -> dt.date:
    """The day that lies `days` working days after `day`."""
    while days > 0:
        day += DAY
        days -= _is_working_day(day, event)
    return day


def next_working_day(day: dt.date, event: Event) -> dt.date:
    """`day` itself where people work on it."""
    while not _is_working_day(day, event):
        day += DAY
    return day


def off_holidays(day: dt.date, event: Event) -> dt.date:
    """`day` itself unless it is a bank holiday: then the next working day. A day at a weekend is left as it is."""
    return next_working_day(day, event) if is_bank_holiday(day, event) else day


def day_to_answer_by(day: dt.date, event: Event) -> dt.date:
    """No bank holiday, and at the latest the day before the event, or the last day before that one's bank holidays."""
    day, latest = off_holidays(day, event), event.held_on - DAY
    while is_bank_holiday(latest, event):
        latest -= DAY
    return min(day, latest)


def day_to_call_by(day: dt.date, event: Event) -> dt.date:
    """The next working day; `day` itself when that would be too late."""
    working_day = next_working_day(day, event)
    return working_day if working_day < event.held_on else day


def _is_working_day(day: dt.date, event: Event) -> bool:
    return day.weekday() < SATURDAY and not is_bank_holiday(day, event)


def _in_scotland(event: Event) -> bool:
    return any(area.council_code.startswith("S") for area in event.areas.all() if area.nearness == "core")


def _first_monday(year: int, month: int) -> dt.date:
    first = dt.date(year, month, 1)
    return first + (MONDAY - first.weekday()) % 7 * DAY


def _last_monday(year: int, month: int) -> dt.date:
    last = dt.date(year, month, 31)
    return last - last.weekday() * DAY


def _easter(year: int) -> dt.date:
    """Meeus, Jones and Butcher's algorithm."""
    golden, century, rest = year % 19, year // 100, year % 100
    leaps = century // 4
    moon = (19 * golden + century - leaps - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (rest // 4) - moon - rest % 4) % 7
    late = (golden + 11 * moon + 22 * weekday) // 451
    month, day = divmod(moon + weekday - 7 * late + 114, 31)
    return dt.date(year, month, day + 1)
