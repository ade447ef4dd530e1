"""Working runs off: prepared once, scored block by block by whoever has a hand free, concluded by one of them.

Every step is claimed by a compare-and-swap, so any number of processes on any number of hosts may take part, and one
that dies costs its block and no more.
"""

import datetime as dt
import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict

from django.db import IntegrityError, transaction
from django.utils import timezone

from events.models import Event
from matching import engine, frozen, snapshot, states
from matching.engine.memory import hand_back, uncollected
from matching.models import MatchBlock, MatchRun, Suggestion, WeightSet
from matching.models.runs import MatchBlockQuerySet
from matching.services import reporting, storing
from matching.services.answers import ENGINE, introduce_who_agreed_late
from matching.services.trios import store_trios, trios_report
from matching.services.weights import weights_of
from pwp.states import StaleState, advance, swap

logger = logging.getLogger(__name__)

BLOCK = 4_800_000  # pairs of lines in one block: some seconds of one core
MOST_BLOCKS = 16  # of a large run, about: each carries every partner's best pairs, so that many would weigh more
REMEMBERED = 3_000  # organisations in all events that a process keeps ready, beside the one it works on
REFRESHES_KEPT = dt.timedelta(days=14)
PAUSE = 0.2  # seconds between two looks at what other workers do

_hands = threading.BoundedSemaphore(min(2, os.cpu_count() or 1))  # of this process: letters need threads too


def score_requested_runs(
    *, now: dt.datetime | None = None, call_others: Callable[[int], None] = lambda blocks: None
) -> int:
    """Do what was asked for, and start again what a dead worker left. Returns how many runs this call concluded.

    `call_others` is told how many blocks of a run wait, as soon as they do.
    """
    take_up_the_lost(now=now)
    concluded = 0
    requested = MatchRun.objects.requested()
    for number in list(requested.values_list("pk", flat=True)):  # one at a time: a run is as large as its report
        run = requested.select_related("event__programme", "weight_set").filter(pk=number).first()
        if run and start_run(run):
            call_others(run.steps_total)
            concluded += _work_off(run)
    return concluded


def work_off_blocks(*, now: dt.datetime | None = None) -> int:
    """Score blocks, of whatever run, until none waits, and conclude what is scored. Returns how many were scored."""
    take_up_the_lost(now=now)
    if not _hands.acquire(blocking=False):  # what waits then is found again in a minute
        return 0
    try:
        scored = 0
        while block := _claim(MatchBlock.objects.all()):
            scored += _score(block)
            _conclude_if_scored(block.run)
        for run in MatchRun.objects.scored().without_contents().select_related("event__programme", "weight_set"):
            conclude_run(run)
        return scored
    finally:
        _hands.release()


def perform_run(run: MatchRun) -> bool:
    """Start a run, see it through, and wait for whoever helps. Returns whether it is done.

    False at once if somebody else has it, or another run of the event is under way.
    """
    if not start_run(run):
        return False
    while not _work_off(run):
        run.refresh_from_db(fields=["state"])
        if run.state not in (MatchRun.State.RUNNING, MatchRun.State.CONCLUDING):
            run.refresh_from_db()
            break
        take_up_the_lost()
        time.sleep(PAUSE)
    return run.state == MatchRun.State.DONE


def take_up_the_lost(*, now: dt.datetime | None = None) -> None:
    """Free what dead workers left for whoever comes next: blocks, preparations, conclusions."""
    now = now or timezone.now()
    for block in MatchBlock.objects.lost(now).defer("survey"):
        with _whoever_is_first():
            swap(block, MatchBlock.State.WAITING, table=states.BLOCK, claimed_at=None, worker="")
    for run in MatchRun.objects.unheard(now).without_contents():
        was_concluding = run.state == MatchRun.State.CONCLUDING
        before = MatchRun.State.RUNNING if was_concluding else MatchRun.State.REQUESTED
        with _whoever_is_first():
            advance(run, before, table=states.RUN, by=ENGINE, reason="the worker stopped")


@contextmanager
def _whoever_is_first() -> Iterator[None]:
    """Several workers try the same move; for all but one it has been made."""
    try:
        yield
    except StaleState as late:
        logger.info("%s", late.detail)


@contextmanager
def _failing(run: MatchRun) -> Iterator[None]:
    """Whatever goes wrong is the run's problem, in words for staff, and not the worker's."""
    try:
        yield
    except StaleState as late:  # taken for dead, and somebody else went on with it
        logger.warning("match run %s is in other hands: %s", run.code, late.detail)
        run.refresh_from_db(fields=["state"])
    except Exception as error:
        logger.exception("match run %s failed", run.code)
        problem = f"{type(error).__name__}: {error}"
        run.refresh_from_db(fields=["state"])  # what the transaction took back, the object still says
        if MatchRun.State.FAILED in states.RUN[run.state]:
            advance(run, MatchRun.State.FAILED, table=states.RUN, by=ENGINE, reason=problem[:500], problem=problem)
            run.blocks.update(survey=None)


# --- start -----------------------------------------------------------------------------------------------------------


def start_run(run: MatchRun) -> bool:
    """Claim a requested run, freeze the event and make its blocks; a refresh has none.

    False if somebody else has it, if another run of the event is under way, or if it failed.
    """
    now = timezone.now()
    try:
        with transaction.atomic():
            advance(
                run,
                MatchRun.State.RUNNING,
                table=states.RUN,
                by=ENGINE,
                as_of=now,
                heard_at=now,
                steps_done=0,
                steps_total=0,
            )
    except (StaleState, IntegrityError):
        return False
    with _failing(run), uncollected():
        if not run.refresh_of_id:
            _prepare(run)
    return run.state == MatchRun.State.RUNNING


def _prepare(run: MatchRun) -> None:
    as_of = run.as_of or timezone.now()
    values = snapshot.rehearsal(run.event) if run.rehearsal else snapshot.gathering(run.event, as_of=as_of)
    weight_set = run.weight_set or WeightSet.objects.in_use()
    weights = weights_of(weight_set)
    content = frozen.as_json(values)
    _write(
        run,
        snapshot=frozen.freeze(content),
        input_hash=frozen.input_hash(content, weights, engine.ENGINE_VERSION),
        engine_version=engine.ENGINE_VERSION,
        weights=asdict(weights),
        weight_set=weight_set,
    )
    prepared = _remember(run.input_hash, lambda: engine.prepare(values, weights))
    blocks = prepared.blocks(max(BLOCK, _cells(prepared) // MOST_BLOCKS))
    with transaction.atomic():
        _write(run, steps_total=len(blocks), heard_at=timezone.now())
        run.blocks.all().delete()
        MatchBlock.objects.bulk_create(
            MatchBlock(run=run, number=number, first=rows.start, last=rows.stop) for number, rows in enumerate(blocks)
        )


def _write(run: MatchRun, **values: object) -> None:
    """Raises StaleState if the run is not this worker's any more."""
    ours = MatchRun.objects.filter(pk=run.pk, state=run.state, as_of=run.as_of)
    if not ours.update(**values):
        raise StaleState("", detail=f"match run {run.code} was started again by another worker")
    for name, value in values.items():
        setattr(run, name, value)


def _cells(prepared: engine.Prepared) -> int:
    return len(prepared.museums.lines.owner) * len(prepared.partners.lines.owner)


# --- blocks ----------------------------------------------------------------------------------------------------------


def _work_off(run: MatchRun) -> bool:
    """Score what waits of this run. Returns whether this call concluded it."""
    while block := _claim(MatchBlock.objects.filter(run=run)):
        _score(block)
    return conclude_run(run) if run.refresh_of_id else _conclude_if_scored(run)


def _claim(blocks: MatchBlockQuerySet) -> MatchBlock | None:
    """The first of these that waits, for this worker alone."""
    while block := blocks.waiting().without_contents().first():
        with _whoever_is_first():
            stamps = {"claimed_at": timezone.now(), "worker": f"{socket.gethostname()}:{os.getpid()}"}
            swap(block, MatchBlock.State.CLAIMED, table=states.BLOCK, **stamps)
            return block
    return None


def _score(block: MatchBlock) -> bool:
    """Score one block and keep what it found. False if it failed, or if another worker did it meanwhile."""
    with _failing(block.run), uncollected():
        began = time.perf_counter()
        found = engine.survey(prepared_of(block.run), range(block.first, block.last)).to_bytes()
        seconds = time.perf_counter() - began
        swap(block, MatchBlock.State.DONE, table=states.BLOCK, survey=found, seconds=seconds)
        done = MatchBlock.objects.filter(run=block.run, state=MatchBlock.State.DONE).count()
        MatchRun.objects.filter(pk=block.run.pk).update(steps_done=done, heard_at=timezone.now())
    return block.state == MatchBlock.State.DONE


_prepared: dict[str, engine.Prepared] = {}  # by the hash of their input, the latest used last
_preparing = threading.Lock()


def prepared_of(run: MatchRun) -> engine.Prepared:
    """The event as the run froze it, ready to be scored. Those used last stay in this process's memory."""
    weights = engine.Weights(**run.weights)
    return _remember(run.input_hash, lambda: engine.prepare(frozen.thaw(_kept(run.snapshot)), weights))


def _remember(input_hash: str, prepare: Callable[[], engine.Prepared]) -> engine.Prepared:
    with _preparing:  # threads that want the same wait for it, instead of making it too
        known = _prepared.pop(input_hash, None)
        if known is None:
            _forget_all_but(REMEMBERED)
            known = prepare()
        _prepared[input_hash] = known
        return known


def _forget_all_but(organisations: int) -> None:
    """Keep the latest used events that have so few organisations together; a large one is never in memory twice."""
    left = organisations
    for input_hash in reversed(list(_prepared)):
        left -= len(_prepared[input_hash].gathering.profiles)
        if left < 0:
            del _prepared[input_hash]
    if left < 0:
        hand_back()


# --- conclude --------------------------------------------------------------------------------------------------------


def _conclude_if_scored(run: MatchRun) -> bool:
    return MatchRun.objects.scored().filter(pk=run.pk).exists() and conclude_run(run)


def conclude_run(run: MatchRun, *, values: engine.Gathering | None = None) -> bool:
    """Choose who sees whom and store it, once, whoever tries. Returns whether this call did.

    `values`: for a refresh, the event as it was just read.
    """
    try:
        advance(run, MatchRun.State.CONCLUDING, table=states.RUN, by=ENGINE, heard_at=timezone.now())
    except StaleState:
        return False
    with _failing(run), uncollected():
        prepared, survey = _refreshed(run, values) if run.refresh_of_id else _joined(run)
        _store(run, prepared, survey, engine.conclude(prepared, survey))
    return run.state == MatchRun.State.DONE


def _joined(run: MatchRun) -> tuple[engine.Prepared, engine.Survey]:
    found = run.blocks.order_by("number").values_list("survey", flat=True)
    return prepared_of(run), engine.join(engine.Survey.from_bytes(_kept(survey)) for survey in found.iterator())


def _kept(content: bytes | memoryview | None) -> bytes:
    if content is None:
        raise LookupError("What this run kept of the event is gone; please ask for a new run.")
    return bytes(content)


def _refreshed(run: MatchRun, values: engine.Gathering | None) -> tuple[engine.Prepared, engine.Survey]:
    """The newest whole run of the event, brought up to date with the event as it is now."""
    base = run.event.match_runs.refreshable().defer("report").first()
    if base is None:
        raise LookupError("There is no whole run of this event to bring up to date.")
    prepared, input_hash = prepared_of(base), run.input_hash
    if values is None:  # whoever read it died
        values = snapshot.gathering(run.event, as_of=run.as_of or timezone.now())
        input_hash = frozen.input_hash(frozen.as_json(values), prepared.weights, base.engine_version)
    _write(
        run,
        input_hash=input_hash,
        engine_version=base.engine_version,
        weights=base.weights,
        weight_set=base.weight_set,
        refresh_of=base,
        steps_total=1,
        steps_done=1,
    )
    return engine.refresh(prepared, engine.Survey.from_bytes(_kept(base.survey)), values)


def _store(run: MatchRun, prepared: engine.Prepared, survey: engine.Survey, said: engine.Matching) -> None:
    """What the run says, for staff and, unless it only rehearses or tries something, for people: all of it or nothing.

    Raises StaleState if the run was concluded by somebody else.
    """
    for_people = not (run.rehearsal or run.trial)
    excluded = snapshot.exclusions(run.event, as_of=timezone.now()) if for_people else {}
    report = reporting.report(prepared, survey, said, excluded=excluded, before=_shown_before(run))
    trios = engine.trios_of(prepared, survey, said)
    report["trios"] = trios_report(trios)
    keeps = {} if run.refresh_of_id else {"survey": survey.to_bytes()} if for_people else {"snapshot": None}
    with transaction.atomic():
        Event.objects.select_for_update().get(pk=run.event_id)
        stand: set[reporting.Keys] = set()
        if for_people:
            stand = storing.store_suggestions(run, said, edited=prepared.edited)
            store_trios(run, trios)
        report["pairs"] = reporting.pairs(said.suggestions, run.weight_set, as_before=stand)
        if run.refresh_of_id:
            report["order"] = [[pair.museum, pair.partner] for pair in said.suggestions]
        advance(
            run,
            MatchRun.State.DONE,
            table=states.RUN,
            by=ENGINE,
            finished_at=timezone.now(),
            steps_done=run.steps_total,
            report=report,
            **keeps,
        )
        run.blocks.update(survey=None)
        if for_people:
            if not run.refresh_of_id:
                _forget_older(run)
            introduce_who_agreed_late(run.event)
            storing.tell_who_has_suggestions(run.event)


def _shown_before(run: MatchRun) -> list[tuple[str, str]]:
    """Museum and partner of what people are shown until now, or of what the rehearsal before this one said."""
    if not run.rehearsal:
        shown = Suggestion.objects.filter(event=run.event, state=Suggestion.State.SHOWN).order_by()
        return list(shown.values_list("museum__code", "partner__code"))
    before = run.event.match_runs.done().filter(rehearsal=True, pk__lt=run.pk).first()
    return [(pair["museum"], pair["partner"]) for pair in before.pairs_shown] if before else []


def _forget_older(run: MatchRun) -> None:
    """Only the newest whole run is refreshed, so the others need not keep what they saw. Reports stay, but for those of
    refreshes: there is one for every edit.
    """
    older = run.event.match_runs.for_people().filter(pk__lt=run.pk)
    older.exclude(snapshot=None).update(snapshot=None, survey=None)
    long_ago = timezone.now() - REFRESHES_KEPT
    older.filter(refresh_of__isnull=False, finished_at__lt=long_ago).exclude(report={}).update(report={})
