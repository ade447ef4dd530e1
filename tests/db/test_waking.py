"""A worker is woken after the commit; a broker that is not there costs one try a minute, and nobody's page."""

from typing import Any

import pytest
from django.db import transaction

from pwp import waking

pytestmark = pytest.mark.django_db


class Task:
    name = "a task"

    def __init__(self, *, broken: bool = False) -> None:
        self.broken, self.sent = broken, 0

    def delay(self) -> None:
        self.sent += 1
        if self.broken:
            raise OSError("connection refused")


@pytest.fixture(autouse=True)
def a_broker_was_there_so_far(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waking, "_no_broker_until", 0.0)


def test_workers_are_woken_once_the_rows_are_there(django_capture_on_commit_callbacks: Any) -> None:
    task = Task()

    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        waking.wake(task, times=3)
        assert task.sent == 0

    assert task.sent == 3


def test_without_a_broker_one_try_is_made_and_nothing_is_raised(django_capture_on_commit_callbacks: Any) -> None:
    dead, later = Task(broken=True), Task()

    with django_capture_on_commit_callbacks(execute=True):
        waking.wake(dead, times=3)
        waking.wake(later)

    assert (dead.sent, later.sent) == (1, 0)
