"""The cast: an officer, a museum and a community group with a place, and somebody from another event."""

import pytest
from django.conf import LazySettings

from events.models import Event, Registration
from matching.models import Suggestion
from partners.models import User
from tests import factories
from tests.clock import Clock


@pytest.fixture(autouse=True)
def _static_files_are_found_when_asked_for(settings: LazySettings) -> None:
    """Instead of all being listed anew for every test client, which takes longer than most tests."""
    settings.WHITENOISE_AUTOREFRESH = True


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@pytest.fixture
def event(db: None) -> Event:
    return factories.make_event()


@pytest.fixture
def officer(db: None) -> User:
    return factories.make_staff()


@pytest.fixture
def museum(event: Event, officer: User) -> Registration:
    """A museum's place at the event."""
    return factories.confirm(event, 1, officer, organisation="Kelham Mill Museum", name="Ana Reed")


@pytest.fixture
def community(event: Event, officer: User) -> Registration:
    """A community group's place at the event."""
    return factories.confirm(event, 2, officer, organisation="Riverside Readers", name="Ben Mills")


@pytest.fixture
def outsider(officer: User) -> Registration:
    """Somebody with a place at another event."""
    elsewhere = factories.make_event("fife-2031")
    return factories.confirm(elsewhere, 3, officer, organisation="Harbour Choir", name="Col Orr")


@pytest.fixture
def suggestion(event: Event, museum: Registration, community: Registration) -> Suggestion:
    return factories.suggest(event, museum.organisation, community.organisation)
