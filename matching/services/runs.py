"""Runs of the engine: asking for one, working it off, keeping what it says."""

import datetime as dt
import logging
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from events.models import Event, Registration
from matching import emails, engine, snapshot, states
from matching.engine.types import Gathering, Matching
from matching.engine.types import Suggestion as Pair
from matching.models import Answer, MatchRun, Suggestion
from matching.services.answers import ENGINE, introduce_who_agreed_late
from matching.services.follow_ups import ON_TIME
from pwp.outbox.services import queue_letter
from pwp.states import StaleState, advance

logger = logging.getLogger(__name__)

WRITTEN = ["run", "band", "score", "percentile", "distance_km", "parts", "reasons", "cautions", "times_shown"]


@transaction.atomic
def request_run(event: Event, *, by: str, rehearsal: bool = False) -> MatchRun:
    """Ask for a run; one that waits already is the same request."""
    Event.objects.select_for_update().get(pk=event.pk)
    waiting = event.match_runs.requested().filter(rehearsal=rehearsal).first()
    return waiting or MatchRun.objects.create(event=event, rehearsal=rehearsal, requested_by=by)


def request_nightly_runs(*, today: dt.date | None = None) -> int:
    """For every event still to come or held in the last week at which at least two organisations have a place."""
    today = today or timezone.localdate()
    events = Event.objects.filter(held_on__gte=today - dt.timedelta(days=7))
    due = [event for event in events if snapshot.taking_part(event).count() >= 2]
    for event in due:
        request_run(event, by=ON_TIME)
    return len(due)


def score_requested_runs(*, now: dt.datetime | None = None) -> int:
    """Do what was asked for; a run whose worker died starts again. Returns how many this call finished."""
    now = now or timezone.now()
    for run in MatchRun.objects.lost(now):
        try:
            advance(run, MatchRun.State.REQUESTED, table=states.RUN, by=ENGINE, reason="the worker stopped")
        except StaleState:
            continue
    return sum(perform_run(run) for run in MatchRun.objects.requested().select_related("event__programme"))


def perform_run(run: MatchRun) -> bool:
    """Claim, score and store one run. False if somebody else has it, or another run of the event is under way."""
    now = timezone.now()
    try:
        with transaction.atomic():
            advance(run, MatchRun.State.RUNNING, table=states.RUN, by=ENGINE, as_of=now, heard_at=now, steps_done=0)
    except (StaleState, IntegrityError):
        return False
    try:
        _score(run)
    except Exception as error:
        logger.exception("match run %s failed", run.code)
        problem = f"{type(error).__name__}: {error}"
        run.refresh_from_db()  # what the transaction took back, the object still says
        if run.state == MatchRun.State.RUNNING:
            advance(run, MatchRun.State.FAILED, table=states.RUN, by=ENGINE, reason=problem[:500], problem=problem)
    return run.state == MatchRun.State.DONE


def _score(run: MatchRun) -> None:
    as_of = run.as_of or timezone.now()
    values = snapshot.rehearsal(run.event) if run.rehearsal else snapshot.gathering(run.event, as_of=as_of)
    weights = asdict(engine.DEFAULT)
    said = engine.match(values, on_progress=_progress_of(run))
    with transaction.atomic():
        Event.objects.select_for_update().get(pk=run.event_id)
        if not run.rehearsal:
            _store(run, said)
        advance(
            run,
            MatchRun.State.DONE,
            table=states.RUN,
            by=ENGINE,
            finished_at=timezone.now(),
            input_hash=snapshot.input_hash(values, weights, engine.ENGINE_VERSION),
            engine_version=engine.ENGINE_VERSION,
            weights=weights,
            report=_report(values, said),
        )
        if not run.rehearsal:
            introduce_who_agreed_late(run.event)
            _tell_who_has_suggestions(run.event)


def _progress_of(run: MatchRun) -> Callable[[int, int], None]:
    def note(done: int, total: int) -> None:
        MatchRun.objects.filter(pk=run.pk).update(steps_done=done, steps_total=total, heard_at=timezone.now())

    return note


def _store(run: MatchRun, said: Matching) -> None:
    """Make the event's suggestions what this run says; pairs somebody said yes to stay whatever it says."""
    organisations = {o.code: o for o in snapshot.taking_part(run.event)}
    rows = {
        (row.museum_id, row.partner_id): row
        for row in Suggestion.objects.filter(event=run.event).select_related("museum", "partner")
    }
    kept: set[int] = set()
    for pair in said.suggestions:
        museum, partner = organisations.get(pair.museum), organisations.get(pair.partner)
        if museum is None or partner is None:  # somebody withdrew while the engine worked
            continue
        row = rows.get((museum.pk, partner.pk)) or Suggestion(event=run.event, museum=museum, partner=partner)
        if row.state == Suggestion.State.DECLINED:  # six months are over: both sides are asked afresh
            row.answers.all().delete()
        if row.state in (Suggestion.State.DROPPED, Suggestion.State.DECLINED):
            advance(row, Suggestion.State.SHOWN, table=states.SUGGESTION, by=ENGINE, declined_at=None)
        _write(row, run, pair)
        kept.add(row.pk)
    here = {organisation.pk for organisation in organisations.values()}
    promised = set(
        Answer.objects.filter(suggestion__event=run.event, choice=Answer.Choice.YES).values_list(
            "suggestion_id", flat=True
        )
    )
    for row in rows.values():
        gone = not {row.museum_id, row.partner_id} <= here
        if row.state == Suggestion.State.SHOWN and row.pk not in kept and (gone or row.pk not in promised):
            advance(row, Suggestion.State.DROPPED, table=states.SUGGESTION, by=ENGINE, reason=f"run {run.code}")


def _write(row: Suggestion, run: MatchRun, pair: Pair) -> None:
    row.run = run
    row.band = pair.band.value
    row.score = pair.score.value
    row.percentile = pair.score.percentile
    row.distance_km = pair.score.distance_km
    row.parts = asdict(pair.score)
    row.reasons = [_plain(reason) for reason in pair.reasons]
    row.cautions = [_plain(caution) for caution in pair.cautions]
    row.times_shown += 1
    row.save(update_fields=WRITTEN if row.pk else None)


def _plain(item: Any) -> dict[str, Any]:
    return {"code": item.code, "evidence": dict(item.evidence)}


def _report(values: Gathering, said: Matching) -> dict[str, Any]:
    """What the run said, kept for good: pairs with their parts, who fell short and why, and the measures."""
    profiles = values.profiles
    with_words = sum(bool(p.description or p.needs or p.offers) for p in profiles)
    return {
        "organisations": len(profiles),
        "museums": sum(p.sector == "museum" for p in profiles),
        "with_words": with_words,
        "pairs_considered": said.pairs_considered,
        "measures": dict(said.measures),
        "shortfalls": [asdict(shortfall) for shortfall in said.shortfalls],
        "pairs": [
            {
                "museum": pair.museum,
                "partner": pair.partner,
                "band": pair.band.value,
                "score": asdict(pair.score),
                "reasons": [_plain(reason) for reason in pair.reasons],
                "cautions": [_plain(caution) for caution in pair.cautions],
            }
            for pair in said.suggestions
        ],
    }


def _tell_who_has_suggestions(event: Event) -> None:
    """One letter to each person, the first time there is something to look at."""
    counts: dict[int, int] = {}
    for pair in Suggestion.objects.filter(event=event).showing().values_list("museum_id", "partner_id"):
        for pk in pair:
            counts[pk] = counts.get(pk, 0) + 1
    places = Registration.objects.filter(
        event=event, state=Registration.State.CONFIRMED, membership__organisation__in=counts
    ).select_related("person", "event__programme", "membership__organisation")
    for registration in places:
        queue_letter(emails.suggestions_ready(registration, count=counts[registration.organisation.pk]))
