"""An event with enough people for a run, and the run."""

from collections.abc import Callable

import pytest

from events.models import Event
from matching import services
from matching.models import MatchRun
from partners.models import User
from tests import factories


@pytest.fixture
def full_event(event: Event, officer: User) -> Event:
    """Four museums and four groups whose words meet."""
    for number in range(1, 9):
        factories.confirm(event, number, officer)
    return event


@pytest.fixture
def run() -> Callable[[Event], MatchRun]:
    """A whole run, asked for and done."""

    def perform(event: Event) -> MatchRun:
        asked = services.request_run(event, by="test")
        assert services.perform_run(asked), asked.problem
        return asked

    return perform
