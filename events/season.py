"""The programme's own season, as data: the 2019 originals, and the same days moved to another year."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

from django.db import transaction

from events.models import Event, EventArea, Programme
from partners import geography

DATA = Path(__file__).parent / "data" / "programme.json"
ORIGINAL_YEAR = 2019


def moved(day: dt.date, year: int) -> dt.date:
    """The nearest day to `day`'s date in `year` that is the same day of the week."""
    same_date = day.replace(year=year)
    ahead = (day.weekday() - same_date.weekday()) % 7
    return same_date + dt.timedelta(days=ahead if ahead <= 3 else ahead - 7)


def next_season(today: dt.date) -> int:
    """The next year in which all four days lie ahead of `today`."""
    days = [dt.date.fromisoformat(row["held_on"]) for row in _content()["events"]]
    return next(year for year in range(today.year, today.year + 3) if all(moved(day, year) > today for day in days))


@transaction.atomic
def load_season(year: int) -> list[Event]:
    """Add the programme and its four events for `year`; rows that exist keep what staff made of them."""
    content = _content()
    details: dict[str, Any] = dict(content["programme"])
    slug = f"{details.pop('slug')}-{year}"
    hours = {f"officer_hours_{lang}": details.pop(f"office_hours_{lang}", "") for lang in ("en", "cy")}
    days = [moved(dt.date.fromisoformat(row["held_on"]), year) for row in content["events"]]
    programme, _ = Programme.objects.get_or_create(
        slug=slug,
        defaults={
            **details,
            **hours,
            "starts_on": min(days) - dt.timedelta(days=120),
            "ends_on": max(days) + dt.timedelta(days=365),
        },
    )
    return [_event(programme, row, day) for row, day in zip(content["events"], days, strict=True)]


def _event(programme: Programme, row: dict[str, Any], day: dt.date) -> Event:
    place = geography.locate(row["distance_postcode"])
    event, created = Event.objects.get_or_create(
        slug=f"{row['slug']}-{day.year}",
        defaults={
            "programme": programme,
            "held_on": day,
            **{
                name: row[name] or ""
                for name in ("name_en", "name_cy", "summary_en", "summary_cy", "venue_en", "venue_cy")
            },
            "venue_postcode": row["distance_postcode"] if row["venue_en"] else "",
            "easting": place.easting,
            "northing": place.northing,
            "near_km": row["near_km"],
            "capacity": row["capacity"],
        },
    )
    if created:
        EventArea.objects.bulk_create(EventArea(event=event, **area) for area in row["areas"])
    return event


def _content() -> dict[str, Any]:
    content: dict[str, Any] = json.loads(DATA.read_text(encoding="utf-8"))
    return content
