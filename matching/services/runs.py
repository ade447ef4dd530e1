"""Asking for runs of the engine. The row is the job: `blocks` works it off."""

import datetime as dt

from django.db import transaction
from django.utils import timezone

from events.models import Event
from events.services import ON_TIME
from matching import engine, frozen, snapshot
from matching.models import MatchRun, WeightSet
from matching.services.weights import weights_of


@transaction.atomic
def request_run(event: Event, *, by: str, rehearsal: bool = False) -> MatchRun:
    """Ask for a whole run; one that waits already is the same request."""
    Event.objects.select_for_update().get(pk=event.pk)
    waiting = event.match_runs.requested().filter(rehearsal=rehearsal, trial=False, refresh_of=None).first()
    return waiting or MatchRun.objects.create(event=event, rehearsal=rehearsal, requested_by=by)


def request_nightly_runs(*, today: dt.date | None = None) -> int:
    """For every event still to come or held in the last week at which at least two organisations have a place.

    Not for one that the last run saw whole and just as it is now: it would say the same again.
    """
    today = today or timezone.localdate()
    events = Event.objects.filter(held_on__gte=today - dt.timedelta(days=7))
    due = [event for event in events if snapshot.taking_part(event).count() >= 2 and not _as_it_was(event)]
    for event in due:
        request_run(event, by=ON_TIME)
    return len(due)


def _as_it_was(event: Event) -> bool:
    last = event.match_runs.for_people().without_contents().order_by("-pk").first()
    if last is None or last.refresh_of_id or last.state != MatchRun.State.DONE:
        return False
    content = frozen.as_json(snapshot.gathering(event, as_of=timezone.now()))
    return last.input_hash == frozen.input_hash(content, weights_of(WeightSet.objects.in_use()), engine.ENGINE_VERSION)
