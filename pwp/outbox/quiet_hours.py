"""The hours of the night in which no letter leaves that can wait until the morning."""

from datetime import datetime, time, timedelta

from django.conf import settings
from django.utils import timezone


def is_quiet(at: datetime) -> bool:
    """Whether clocks on British walls show a quiet hour at this instant; without QUIET_HOURS none is quiet."""
    if not settings.QUIET_HOURS:
        return False
    begin, end = settings.QUIET_HOURS
    now = _on_the_wall(at).time()
    return (now >= begin or now < end) if begin > end else begin <= now < end


def leaves_at(send_after: datetime, *, urgent: bool, now: datetime) -> datetime:
    """When a waiting letter may leave: after `send_after`, not before `now`, and in the morning if that is at night."""
    earliest = max(send_after, now)
    if urgent or not settings.QUIET_HOURS or not is_quiet(earliest):
        return earliest
    return _morning_after(earliest, settings.QUIET_HOURS[1])


def _morning_after(at: datetime, end: time) -> datetime:
    local = _on_the_wall(at)
    day = local.date() if local.time() < end else local.date() + timedelta(days=1)
    return datetime.combine(day, end, tzinfo=local.tzinfo)


def _on_the_wall(at: datetime) -> datetime:
    return timezone.localtime(at, timezone.get_default_timezone())
