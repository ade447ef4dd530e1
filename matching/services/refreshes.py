"""An edit reaches people's lists within a minute: events are looked at often, and only what changed is scored anew."""

import datetime as dt
import logging
from dataclasses import asdict

from django.core.cache import cache
from django.db import transaction
from django.utils import timezone

from events.models import Event
from matching import engine, frozen, snapshot, watch
from matching.engine.memory import uncollected
from matching.models import MatchRun, WeightSet
from matching.services.blocks import conclude_run, prepared_of, score_requested_runs, start_run
from matching.services.runs import request_run
from matching.services.weights import weights_of

logger = logging.getLogger(__name__)

BY_A_CHANGE = "a change"
MOST_CHANGED = 0.2  # share of the organisations up to which what was learnt of the event's words still holds
REMEMBERED = 24 * 3600  # seconds


def refresh_changed_events(*, now: dt.datetime | None = None) -> int:
    """Bring suggestions up to date wherever something changed since the last run. Returns how many events had.

    Events nobody was suggested at yet wait for their first run, and those with a run on its way for that one.
    """
    now = now or timezone.now()
    changed = 0
    for event in Event.objects.filter(held_on__gte=timezone.localdate(now)):
        try:
            with uncollected():
                changed += _refresh_if_changed(event, now=now)
        except Exception:
            logger.exception("could not see whether %s changed", event.slug)  # the other events are looked at
    if changed:
        score_requested_runs(now=now)
    return changed


def _refresh_if_changed(event: Event, *, now: dt.datetime) -> bool:
    """Where much changed, a whole run is only asked for."""
    last = event.match_runs.for_people().without_contents().order_by("-pk").first()
    base = event.match_runs.refreshable().without_contents().first()
    if last is None or base is None or last.state not in (MatchRun.State.DONE, MatchRun.State.FAILED):
        return False
    key, mark = f"matching:unchanged-since:{last.pk}", watch.fingerprint(event, as_of=now)
    if cache.get(key) == mark:
        return False
    values, weights = snapshot.gathering(event, as_of=now), weights_of(WeightSet.objects.in_use())
    said = frozen.input_hash(frozen.as_json(values), weights, engine.ENGINE_VERSION)
    if said == last.input_hash:  # also after a failure: it would fail again
        cache.set(key, mark, REMEMBERED)
        return False
    if _is_another_event(base, values, weights):
        request_run(event, by=BY_A_CHANGE)
    elif (run := _request_refresh(base, said)) and start_run(run):
        conclude_run(run, values=values)
    return True


def _is_another_event(base: MatchRun, values: engine.Gathering, weights: engine.Weights) -> bool:
    """Whether so much changed since the last whole run that everybody is scored anew, with the words learnt anew."""
    if base.weights != asdict(weights) or base.engine_version != engine.ENGINE_VERSION:
        return True
    before = prepared_of(base).gathering
    if (values.vocabulary, values.near_km) != (before.vocabulary, before.near_km):
        return True
    was = {profile.key: profile for profile in before.profiles}
    changed = sum(was.get(profile.key) != profile for profile in values.profiles)
    left = len(was) - sum(profile.key in was for profile in values.profiles)
    return changed + left > MOST_CHANGED * len(was)


@transaction.atomic
def _request_refresh(base: MatchRun, input_hash: str) -> MatchRun | None:
    """None if somebody asked for a run meanwhile. The hash is of the event as it was just read."""
    event = Event.objects.select_for_update().get(pk=base.event_id)
    over = (MatchRun.State.DONE, MatchRun.State.FAILED)
    if event.match_runs.for_people().exclude(state__in=over).exists():
        return None
    return MatchRun.objects.create(
        event=event, refresh_of=base, weight_set=base.weight_set, input_hash=input_hash, requested_by=BY_A_CHANGE
    )
