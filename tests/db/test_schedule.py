"""What runs by the clock."""

from io import StringIO

import pytest
from django.conf import LazySettings, settings
from django.core.management import CommandError, call_command

from pwp.celery import app


def test_everything_on_the_schedule_exists() -> None:
    app.loader.import_default_modules()

    assert [entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values() if entry["task"] not in app.tasks] == []


def test_a_tick_does_everything_on_the_schedule_once_and_says_how_much() -> None:
    said = StringIO()

    call_command("tick", stdout=said)

    assert said.getvalue().splitlines() == [f"{name}: 0" for name in settings.CELERY_BEAT_SCHEDULE]


def test_a_task_that_fails_does_not_keep_the_others_from_running(settings: LazySettings) -> None:
    settings.CELERY_BEAT_SCHEDULE = {"nothing": {"task": "no.such.task"}, **settings.CELERY_BEAT_SCHEDULE}
    said = StringIO()

    with pytest.raises(CommandError, match="failed: nothing"):
        call_command("tick", stdout=said, stderr=StringIO())

    assert len(said.getvalue().splitlines()) == len(settings.CELERY_BEAT_SCHEDULE) - 1
