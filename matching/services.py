"""Runs of the engine, answers to what it suggests, and what follows from two yeses."""

import datetime as dt
import logging
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Count
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from events.models import Event, Registration
from matching import emails, engine, snapshot, states
from matching.engine.types import Gathering, Matching
from matching.engine.types import Suggestion as Pair
from matching.models import Answer, FollowUp, Introduction, MatchRun, Suggestion
from matching.wording import Words
from partners.models import Consent, MailedLink, Organisation, Person
from partners.services import record_consents
from pwp.journal.models import By
from pwp.outbox.services import queue_letter
from pwp.refusals import Refused
from pwp.states import StaleState, advance

logger = logging.getLogger(__name__)

ENGINE = "the matching engine"
ON_TIME = "the calendar"
FOLLOW_UP_LINK_DAYS = 90
WRITTEN = ["run", "band", "score", "percentile", "distance_km", "parts", "reasons", "cautions", "times_shown"]
FOLLOW_UP_AFTER = {
    FollowUp.Rule.TWO_WEEKS: dt.timedelta(days=14),
    FollowUp.Rule.THREE_MONTHS: dt.timedelta(days=90),
}

# --- runs ------------------------------------------------------------------------------------------------------------


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
            _introduce_who_agreed_late(run.event)
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


# --- answers and introductions ---------------------------------------------------------------------------------------


@transaction.atomic
def answer_suggestion(
    suggestion: Suggestion,
    *,
    organisation: Organisation,
    person: Person,
    choice: str,
    reason: str = "",
    reason_text: str = "",
    may_share: bool = False,
    now: dt.datetime | None = None,
) -> Introduction | None:
    """Keep one side's answer; the second yes makes the introduction, and a no takes the pair away for six months.

    Returns: the introduction, if there is one now. Raises Refused if the pair is no longer open to answers, or if
    somebody says yes without agreeing that their details may be passed on.
    """
    now = now or timezone.now()
    Event.objects.select_for_update().get(pk=suggestion.event_id)  # a run that is being stored holds it too
    row = (
        Suggestion.objects.select_for_update()
        .select_related("museum", "partner", "event__programme")
        .get(pk=suggestion.pk)
    )
    if row.state == Suggestion.State.INTRODUCED:
        return row.introduction
    if row.state != Suggestion.State.SHOWN:
        raise Refused(gettext_lazy("This suggestion is no longer open. Your list shows what is."))
    if choice == Answer.Choice.YES and not _agrees_to_share(person, may_share):
        raise Refused(
            gettext_lazy("To be introduced, please tick that we may pass on your details if they say yes too.")
        )
    Answer.objects.update_or_create(
        suggestion=row,
        organisation=organisation,
        defaults={"person": person, "choice": choice, "reason": reason, "reason_text": reason_text, "at": now},
    )
    if choice == Answer.Choice.NO:
        advance(row, Suggestion.State.DECLINED, table=states.SUGGESTION, by=str(person), declined_at=now)
        return None
    return _introduce_if_both(row, by=str(person), now=now)


def _introduce_if_both(suggestion: Suggestion, *, by: By, now: dt.datetime) -> Introduction | None:
    said_yes = _yeses_that_hold(suggestion)
    if len(said_yes) < 2:
        return None
    museum, partner = said_yes[suggestion.museum_id], said_yes[suggestion.partner_id]
    return _introduce(suggestion, museum, partner, by=by, now=now)


def _introduce_who_agreed_late(event: Event) -> None:
    """Pairs whose second yes waited for a consent or a place that is there again."""
    open_pairs = Suggestion.objects.filter(
        event=event, state=Suggestion.State.SHOWN, answers__choice=Answer.Choice.YES
    ).select_related("museum", "partner", "event__programme")
    for suggestion in open_pairs.annotate(yeses=Count("answers")).filter(yeses=2):
        _introduce_if_both(suggestion, by=ENGINE, now=timezone.now())


def _yeses_that_hold(suggestion: Suggestion) -> dict[int, Person]:
    """Who said yes for each side, as long as they still agree to pass on details and still have a place there."""
    agreeing = Person.objects.agreeing(Consent.Purpose.SHARE_AFTER_TWO_YES)
    coming = Registration.objects.coming().filter(event=suggestion.event)
    yeses = suggestion.answers.filter(
        choice=Answer.Choice.YES,
        person__in=agreeing.filter(registrations__in=coming),
        organisation__in=snapshot.taking_part(suggestion.event),
    )
    return {answer.organisation_id: answer.person for answer in yeses.select_related("person")}


def _agrees_to_share(person: Person, may_share: bool) -> bool:
    if person.agrees_to(Consent.Purpose.SHARE_AFTER_TWO_YES):
        return True
    if may_share:
        record_consents(person, {Consent.Purpose.SHARE_AFTER_TWO_YES: True}, channel=Consent.Channel.PAGE)
    return may_share


def _introduce(suggestion: Suggestion, museum: Person, partner: Person, *, by: By, now: dt.datetime) -> Introduction:
    """Make the introduction: one letter to each side at the same moment, and two questions later on."""
    advance(suggestion, Suggestion.State.INTRODUCED, table=states.SUGGESTION, by=by)
    introduction = Introduction.objects.create(
        suggestion=suggestion, museum_person=museum, partner_person=partner, created_at=now
    )
    sides = [
        (museum, suggestion.museum, partner, suggestion.partner),
        (partner, suggestion.partner, museum, suggestion.museum),
    ]
    for person, own, other, others in sides:
        with translation.override(person.language):
            reasons = [str(sentence) for sentence in Words([suggestion]).reasons(suggestion, viewer=own)]
        queue_letter(
            emails.introduction(
                introduction, to=person, other=other, own_organisation=own, other_organisation=others, reasons=reasons
            )
        )
    for rule, after in FOLLOW_UP_AFTER.items():
        for person in introduction.people():
            FollowUp.objects.create(
                introduction=introduction, rule=rule, person=person, due_on=timezone.localdate(now) + after
            )
    return introduction


# --- follow-ups ------------------------------------------------------------------------------------------------------


def queue_due_follow_ups(*, now: dt.datetime | None = None) -> int:
    """Ask what is due, written now; what the pair no longer wants is dropped, with the reason in the journal."""
    now = now or timezone.now()
    asked = 0
    due = FollowUp.objects.due(timezone.localdate(now)).select_related(
        "person",
        "introduction__suggestion__event__programme",
        "introduction__suggestion__museum",
        "introduction__suggestion__partner",
    )
    for follow_up in due:
        try:
            asked += _ask(follow_up, now=now)
        except StaleState:  # another worker asked it
            continue
    return asked


@transaction.atomic
def _ask(follow_up: FollowUp, *, now: dt.datetime) -> bool:
    introduction = follow_up.introduction
    if introduction.state == Introduction.State.ENDED:
        drop_follow_up(follow_up, reason=_("the pair does not take it further"))
        return False
    token = MailedLink.make(
        MailedLink.Purpose.FOLLOW_UP, follow_up.code, person=follow_up.person, days=FOLLOW_UP_LINK_DAYS
    )
    other = (
        introduction.suggestion.partner
        if follow_up.person_id == introduction.museum_person_id
        else introduction.suggestion.museum
    )
    letter = emails.follow_up(follow_up, other_organisation=other, token=token)
    reason = "" if letter else _("to be asked by phone: there is no e-mail address")
    advance(follow_up, FollowUp.State.ASKED, table=states.FOLLOW_UP, by=ON_TIME, reason=reason, asked_at=now)
    queue_letter(letter)
    return letter is not None


def drop_follow_up(follow_up: FollowUp, *, reason: str) -> None:
    advance(follow_up, FollowUp.State.DROPPED, table=states.FOLLOW_UP, by=ON_TIME, reason=reason)


@transaction.atomic
def answer_follow_up(follow_up: FollowUp, *, outcome: str, by: By, now: dt.datetime | None = None) -> None:
    """Keep how it went, and move the introduction on if that says so."""
    now = now or timezone.now()
    advance(follow_up, FollowUp.State.ANSWERED, table=states.FOLLOW_UP, by=by, outcome=outcome, answered_at=now)
    introduction = follow_up.introduction
    if outcome in (FollowUp.Outcome.TALKED, FollowUp.Outcome.PLANNING):
        wanted = Introduction.State.TALKING
    elif outcome == FollowUp.Outcome.ENDED:
        wanted = Introduction.State.ENDED
    else:
        return
    if introduction.state != wanted:
        advance(introduction, wanted, table=states.INTRODUCTION, by=by)


@transaction.atomic
def stop_follow_ups(introduction: Introduction, person: Person) -> int:
    """No more questions to this person about this introduction; the other side keeps theirs."""
    planned = introduction.follow_ups.filter(person=person, state=FollowUp.State.PLANNED)
    for follow_up in planned:
        drop_follow_up(follow_up, reason=_("they asked for no more questions"))
    return len(planned)
