"""Sets of weights: proposing one, trying it on an event, putting it in use, and going back."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from events.models import Event
from matching import engine, snapshot, states
from matching.models import MatchRun, WeightSet
from matching.services.runs import request_run
from matching.services.weights import weights_of
from pwp.journal.models import By
from pwp.refusals import Refused
from pwp.states import advance

DELIVERED = "as delivered"


def written_down(now: dt.datetime | None = None) -> WeightSet:
    """The set in use; the weights as delivered become a row the first time somebody needs one to go back to."""
    return WeightSet.objects.in_use() or WeightSet.objects.create(
        state=WeightSet.State.IN_USE,
        source=WeightSet.Source.DEFAULT,
        values=asdict(engine.DEFAULT),
        made_by=DELIVERED,
        made_at=now or timezone.now(),
    )


@transaction.atomic
def propose(
    weights: engine.Weights,
    *,
    source: str,
    by: By,
    note: str = "",
    evidence: Mapping[str, Any] | None = None,
    now: dt.datetime | None = None,
) -> WeightSet:
    """A new set, to be tried and decided on. Raises Refused if it is the one in use."""
    now = now or timezone.now()
    if weights == weights_of(written_down(now)):
        raise Refused(_("These are the weights in use. Change at least one."))
    return WeightSet.objects.create(
        source=source,
        values=asdict(weights),
        note=note.strip(),
        evidence=dict(evidence or {}),
        made_by=str(by),
        made_at=now,
    )


@transaction.atomic
def try_out(weight_set: WeightSet, event: Event, *, by: By) -> MatchRun:
    """Ask for a trial: a run with this set that suggests nothing. One that waits already is the same request."""
    Event.objects.select_for_update().get(pk=event.pk)
    waiting = event.match_runs.requested().filter(trial=True, weight_set=weight_set).first()
    return waiting or MatchRun.objects.create(event=event, trial=True, weight_set=weight_set, requested_by=str(by))


@transaction.atomic
def put_in_use(weight_set: WeightSet, *, by: By, reason: str = "", now: dt.datetime | None = None) -> list[MatchRun]:
    """From the next run on this set counts; the one before stays to go back to. Returns the runs asked for.

    Raises Refused for values the engine refuses, and for a set that is in use or was decided on by somebody else.
    """
    try:
        weights_of(weight_set)
    except ValueError as error:
        raise Refused(_("The engine cannot work with this set: %(why)s") % {"why": error}) from error
    before = written_down(now)
    if before.pk != weight_set.pk:
        advance(before, WeightSet.State.RETIRED, table=states.WEIGHT_SET, by=by, reason=reason)
    advance(weight_set, WeightSet.State.IN_USE, table=states.WEIGHT_SET, by=by, reason=reason)
    return [request_run(event, by=str(by)) for event in events_to_come(timezone.localdate(now))]


def put_away(weight_set: WeightSet, *, by: By, reason: str = "") -> None:
    """Decide against a proposed set; it stays readable. Raises Refused for any other."""
    if weight_set.state != WeightSet.State.PROPOSED:
        raise Refused(_("Only a proposed set is put away. To leave the set in use, put another one in use."))
    advance(weight_set, WeightSet.State.RETIRED, table=states.WEIGHT_SET, by=by, reason=reason)


def events_to_come(today: dt.date) -> list[Event]:
    """Those at which there is somebody to suggest to somebody."""
    events = Event.objects.filter(held_on__gte=today).order_by("pk")  # in which they are locked everywhere
    return [event for event in events if snapshot.taking_part(event).count() >= 2]
