"""Calendar files. All-day until the times are known; the UID never changes, so an update replaces the old entry."""

from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from icalendar import Calendar
from icalendar import Event as Entry

from events.models import Event


def event_calendar(event: Event, *, uid: str = "", method: str = "PUBLISH") -> str:
    """The event as RFC 5545 text. `uid` marks one person's own entry; without it, everybody's."""
    calendar = Calendar()
    calendar.add("prodid", "-//Partnerships with Purpose//portal//")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    entry = Entry()
    entry.add("uid", f"{uid or event.slug}@{_host()}")
    entry.add("sequence", event.calendar_sequence)
    entry.add("dtstamp", timezone.now())
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
    calendar.add_component(entry)
    calendar.add_missing_timezones()
    return calendar.to_ical().decode()


def _host() -> str:
    return settings.SITE_URL.split("://")[-1].split("/")[0].split(":")[0]
