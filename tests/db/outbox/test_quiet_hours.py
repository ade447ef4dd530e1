"""Letters that can wait leave between eight in the morning and eight in the evening, by the clock on the wall."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from django.conf import LazySettings

from pwp.outbox.delivery import deliver_due_messages
from pwp.outbox.models import Message
from pwp.outbox.quiet_hours import is_quiet, leaves_at
from pwp.outbox.services import cancel_letters, queue_letter
from tests.letters import a_letter, states, waiting

LONDON = ZoneInfo("Europe/London")
WINTER, SUMMER = dt.date(2019, 2, 11), dt.date(2019, 4, 25)
SPRING_FORWARD, FALL_BACK = dt.date(2019, 3, 31), dt.date(2019, 10, 27)


@pytest.fixture(autouse=True)
def _at_night(settings: LazySettings) -> None:
    settings.QUIET_HOURS = (dt.time(20), dt.time(8))


def local(day: dt.date, hour: int, minute: int = 0) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(hour, minute), tzinfo=LONDON)


def utc(day: dt.date, hour: int, minute: int = 0) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(hour, minute), tzinfo=dt.UTC)


@pytest.mark.parametrize("day", [WINTER, SUMMER, SPRING_FORWARD, FALL_BACK])
def test_quiet_is_from_eight_in_the_evening_to_eight_in_the_morning(day: dt.date) -> None:
    clock = {(7, 59): True, (8, 0): False, (12, 0): False, (19, 59): False, (20, 0): True, (23, 59): True, (0, 0): True}

    assert {at: is_quiet(local(day, *at)) for at in clock} == clock


def test_hours_need_not_pass_midnight_and_need_not_be(settings: LazySettings) -> None:
    settings.QUIET_HOURS = (dt.time(12), dt.time(14))
    assert [is_quiet(local(WINTER, hour)) for hour in (11, 12, 13, 14)] == [False, True, True, False]

    settings.QUIET_HOURS = None
    assert is_quiet(local(WINTER, 3)) is False


@pytest.mark.parametrize(
    ("evening", "morning"),
    [
        (utc(WINTER, 20, 30), utc(WINTER + dt.timedelta(days=1), 8)),
        (utc(SUMMER, 19, 30), utc(SUMMER + dt.timedelta(days=1), 7)),
        (utc(SPRING_FORWARD - dt.timedelta(days=1), 23), utc(SPRING_FORWARD, 7)),  # the night is an hour shorter
        (utc(SPRING_FORWARD, 0, 30), utc(SPRING_FORWARD, 7)),
        (utc(FALL_BACK - dt.timedelta(days=1), 19, 30), utc(FALL_BACK, 8)),  # and an hour longer
        (utc(FALL_BACK, 1, 30), utc(FALL_BACK, 8)),
    ],
)
def test_a_letter_of_the_evening_leaves_at_eight_whatever_the_clocks_did(
    evening: dt.datetime, morning: dt.datetime
) -> None:
    waiting(1, send_after=evening)

    assert leaves_at(evening, urgent=False, now=evening) == morning
    minute = dt.timedelta(minutes=1)
    counts = [deliver_due_messages(now=now) for now in (evening, morning - minute, morning)]
    assert counts == [0, 0, 1]


def test_what_somebody_waits_for_leaves_at_night_too() -> None:
    queue_letter(a_letter(1), urgent=True, now=local(WINTER, 22, 30))
    queue_letter(a_letter(2), now=local(WINTER, 22, 30))

    deliver_due_messages(now=local(WINTER, 22, 31))

    assert states() == ["sent", "queued"]


# --- the hour in which a decision can be undone ----------------------------------------------------------------------


def test_a_held_letter_leaves_after_its_hour(settings: LazySettings) -> None:
    settings.LETTER_HOLD_MINUTES = 60
    noon = local(WINTER, 12)
    queue_letter(a_letter(1), hold=True, now=noon)

    counts = [deliver_due_messages(now=noon + dt.timedelta(minutes=m)) for m in (0, 59, 60)]

    assert counts == [0, 0, 1]


def test_a_letter_held_into_the_evening_leaves_in_the_morning(settings: LazySettings) -> None:
    settings.LETTER_HOLD_MINUTES = 60
    queue_letter(a_letter(1), hold=True, now=local(WINTER, 19, 30))
    letter = Message.objects.get()

    assert leaves_at(letter.send_after, urgent=False, now=local(WINTER, 19, 30)) == local(WINTER + dt.timedelta(1), 8)


def test_cancelling_says_how_many_had_left_and_keeps_the_others() -> None:
    waiting(1, key="registration:A:1:invited:P")
    waiting(2, key="registration:A:1:other:P", state=Message.State.SENT)
    waiting(3, key="registration:A:1:third:P", state=Message.State.CANCELLED)
    waiting(4, key="registration:B:1:invited:P")

    assert cancel_letters(prefix="registration:A:") == 1
    assert states() == ["cancelled", "sent", "cancelled", "queued"]
    assert cancel_letters(["registration:B:1:invited:P", "no such key"]) == 0
    assert states() == ["cancelled", "sent", "cancelled", "cancelled"]


def test_cancelling_nothing_in_particular_cancels_nothing() -> None:
    waiting(1)

    assert cancel_letters() == 0
    assert states() == ["queued"]


@pytest.mark.parametrize("state", [Message.State.SENDING, Message.State.FAILED])
def test_a_letter_that_may_have_arrived_counts_as_having_left(state: Message.State) -> None:
    waiting(1, state=state)

    assert (cancel_letters(["test:1"]), states()) == (1, [state.value])
