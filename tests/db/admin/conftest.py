"""An officer at the desk, and a way to press the buttons of the admin."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from events.models import Registration
from partners.models import User
from tests import factories


@pytest.fixture
def desk(client: Client, officer: User) -> Client:
    """The officer's browser."""
    client.force_login(officer)
    return client


@pytest.fixture
def participant(museum: Registration) -> Client:
    """The browser of somebody with a place."""
    browser = Client()
    browser.force_login(factories.sign_up(museum))
    return browser


@pytest.fixture
def choose(desk: Client) -> Callable[..., HttpResponse]:
    """Tick rows of a list and choose an action: `choose("events_registration", "invite", rows)`."""

    def act(name: str, action: str, rows: list[Any]) -> HttpResponse:
        address = reverse(f"admin:{name}_changelist")
        return desk.post(address, {"action": action, "_selected_action": [row.pk for row in rows], "index": 0})

    return act


@pytest.fixture
def confirm(desk: Client) -> Callable[..., HttpResponse]:
    """Press the button of a page that asked first, as it was shown, however often."""

    def press(page: HttpResponse, **said: str) -> HttpResponse:
        confirmation = page.context["confirmation"]  # type: ignore[attr-defined]
        return desk.post(confirmation.post_to, {"seen": confirmation.seen, **said})

    return press


def as_shown(page: HttpResponse, *inlines: str) -> dict[str, Any]:
    """What a change page would send back if nothing were typed into it; its inlines send no lines."""
    form = page.context["adminform"].form  # type: ignore[attr-defined]
    fields = {name: form.initial.get(name) for name in form.fields}
    none = {f"{name}-{count}_FORMS": 0 for name in inlines for count in ("TOTAL", "INITIAL")}
    return {name: "" if value is None else value for name, value in fields.items()} | none


@pytest.fixture
def queries_of(desk: Client) -> Callable[[str], int]:
    """How many questions one page asks the database."""

    def count(page: str) -> int:
        with CaptureQueriesContext(connection) as asked:
            answer = desk.get(page)
        assert answer.status_code == 200
        return len(asked)

    return count
