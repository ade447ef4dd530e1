"""Calendar files. All-day until the times are known; the UID never changes, so a newer file replaces the old entry."""

from datetime import datetime, timedelta
from email.utils import parseaddr
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from icalendar import Calendar, vCalAddress, vText
from icalendar import Event as CalendarEntry

from events.models import Event, Registration
from pwp.journal.models import Entry

FILE_NAME = "partnerships-with-purpose.ics"


def calendar_file(subject: Registration | Event, *, cancelled: bool = False) -> tuple[str, str, str]:
    """An attachment (name, content, type): one person's own entry in their language, or everybody's.

    `cancelled` takes the entry out of the calendar again: for somebody who does not come, or a day that is not held.
    """
    if isinstance(subject, Event):
        return _attachment(subject, event_calendar(subject, cancelled=cancelled), cancelled=cancelled)
    if subject.event is None or subject.person is None:
        raise ValueError("a draft has no day to put into a calendar")
    moves = Entry.objects.about(subject).count()  # each time they got or gave back the place is a line of the journal
    with translation.override(subject.person.language):
        entry = event_calendar(subject.event, uid=subject.code, moves=moves, cancelled=cancelled)
    return _attachment(subject.event, entry, cancelled=cancelled)


def _attachment(event: Event, content: str, *, cancelled: bool = False) -> tuple[str, str, str]:
    method = "CANCEL" if cancelled or event.cancelled_at else "PUBLISH"
    return FILE_NAME, content, f"text/calendar; method={method}"


def event_calendar(event: Event, *, uid: str = "", moves: int = 0, cancelled: bool = False) -> str:
    """The event as RFC 5545 text. `uid` marks one person's own entry; without it, everybody's.

    Of two files with one UID, programs keep the one with the higher SEQUENCE. It counts the changes of the event and
    the `moves` of the person: so who gives a place back and gets one again is served by the same entry.
    """
    cancelled = cancelled or event.cancelled_at is not None
    calendar = Calendar()
    calendar.add("prodid", "-//Partnerships with Purpose//portal//")
    calendar.add("version", "2.0")
    calendar.add("method", "CANCEL" if cancelled else "PUBLISH")
    calendar.add_component(
        _entry(event, uid=uid or event.slug, moves=moves, status="CANCELLED" if cancelled else "CONFIRMED")
    )
    calendar.add_missing_timezones()
    return calendar.to_ical().decode()


def _entry(event: Event, *, uid: str, moves: int, status: str) -> CalendarEntry:
    entry = CalendarEntry()
    entry.add("uid", f"{uid}@{urlsplit(settings.SITE_URL).hostname}")
    entry.add("sequence", event.calendar_sequence + moves)
    entry.add("dtstamp", timezone.now())
    entry.add("status", status)
    entry.add("organizer", _organiser())
    entry.add("summary", _("Partnerships with Purpose: %(place)s") % {"place": event.name})
    entry.add("location", ", ".join(part for part in (event.venue, event.venue_postcode) if part) or event.name)
    entry.add("url", f"{settings.SITE_URL}{event.get_absolute_url()}")
    start = event.starts()
    entry.add("dtstart", start)
    if isinstance(start, datetime):
        end = datetime.combine(event.held_on, event.ends_at, tzinfo=start.tzinfo) if event.ends_at else None
        entry.add("dtend", end or start + timedelta(hours=1))
    else:
        entry.add("dtend", event.held_on + timedelta(days=1))
    return entry


def _organiser() -> vCalAddress:
    """The letters' sender, not the officer: an entry can only be changed by whoever made it, and officers change."""
    name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    organiser = vCalAddress(f"mailto:{address}")
    organiser.params["CN"] = vText(name)
    return organiser
