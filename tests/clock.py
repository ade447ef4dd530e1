"""A clock that stands still until a test moves it: Django's own, which everything in the portal reads."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

LONDON = ZoneInfo("Europe/London")


class Clock:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.at = dt.datetime.now(tz=dt.UTC)
        clock = self

        class Standing(dt.datetime):
            @classmethod
            def now(cls, tz: dt.tzinfo | None = None) -> dt.datetime:  # type: ignore[override]
                return clock.at.astimezone(tz)

        monkeypatch.setattr("django.utils.timezone.datetime", Standing)

    def set(self, year: int, month: int, day: int, hour: int = 9, minute: int = 0) -> dt.datetime:
        """The time on British walls."""
        self.at = dt.datetime(year, month, day, hour, minute, tzinfo=LONDON).astimezone(dt.UTC)
        return self.at

    def forward(self, **time: float) -> dt.datetime:
        self.at += dt.timedelta(**time)
        return self.at
