"""The day's plan: making one, working it out, moving somebody by hand, the day itself.

The row is the job: a plan that is `wanted` is worked out by a task, never in a request. Whoever changes a plan says
which version they looked at; every change raises it.
"""

import datetime as dt
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from events.models import Event
from matching import engine, planning, states
from matching.models import Guest, Plan, Seat
from matching.models.day import TOO_FEW_SEATS
from matching.moves import Effect, Move, effect
from matching.planning import Company, Places
from pwp.journal.models import By
from pwp.refusals import Refused
from pwp.states import StaleState, advance

logger = logging.getLogger(__name__)

FEWEST = 2
NEEDS_KEPT_DAYS = 30  # after the event; what table somebody needs says something about their health
TABLES, TALKS = Plan.Form.TABLES, Plan.Form.TALKS
STAY = ["first_round", "last_round", "meant_first", "meant_last"]


@dataclass(frozen=True)
class Stay:
    """When a guest is there and what they need; there from `first_round` up to, not with, `last_round`."""

    first_round: int
    last_round: int
    step_free: bool = False
    quiet: bool = False
    most_talks: int | None = None


# --- making ----------------------------------------------------------------------------------------------------------


@transaction.atomic
def make_plan(
    event: Event, *, form: str, rounds: int, tables: Sequence[dict[str, Any]], by: By, suggested_too: bool = False
) -> Plan:
    """A new draft for everybody with a confirmed place, to be worked out. Needs are those of the event's last plan.

    `tables`: as on the model. Raises Refused if hardly anybody comes, or if they cannot all be seated.
    """
    coming = list(planning.who_comes(event))
    if len(coming) < FEWEST:
        raise Refused(_("Fewer than two people have a confirmed place here: there is nobody to seat yet."))
    known = _needs_known(event)
    plan = Plan.objects.create(
        event=event,
        form=form,
        rounds=rounds,
        tables=list(tables),
        suggested_too=suggested_too,
        wanted=True,
        made_by=str(by),
    )
    Guest.objects.bulk_create(
        Guest(plan=plan, registration=registration, last_round=rounds, **known.get(registration.pk, {}))
        for registration in coming
    )
    _check_room(plan)
    return plan


def _needs_known(event: Event) -> dict[int, dict[str, Any]]:
    """Registration → the needs somebody entered for an earlier plan of this event."""
    last = event.plans.first()
    rows = last.guests.values_list("registration", "step_free", "quiet", "most_talks") if last else []
    return {pk: {"step_free": step_free, "quiet": quiet, "most_talks": most} for pk, step_free, quiet, most in rows}


def _check_room(plan: Plan) -> None:
    """Refused, in words, if a round has fewer suitable seats than people who are there. Talks need none: they queue."""
    if plan.form == TALKS:
        _check_tables_for_talks(plan)
        return
    guests = list(plan.guests.all())
    for at in range(plan.finished_rounds, plan.rounds):
        there = [guest for guest in guests if guest.is_there(at)]
        for who, fits, words in _needs():
            people = sum(map(who, there))
            seats = sum(table["seats"] for table in plan.tables if fits(table))
            if people > seats:
                raise Refused(words % {"round": at + 1, "people": people, "seats": seats})


def _needs() -> list[tuple[Any, Any, str]]:
    """Whom to count, at which tables they can sit, and what to say where the seats do not suffice (Hall 1935)."""
    return [
        (
            lambda guest: True,
            lambda table: True,
            _("Round %(round)d: %(people)d people but %(seats)d seats. Add a table or seats."),
        ),
        (
            lambda guest: guest.step_free,
            lambda table: table["step_free"],
            _("Round %(round)d: %(people)d people need a step-free table, which seat %(seats)d. Mark another table."),
        ),
        (
            lambda guest: guest.quiet,
            lambda table: table["quiet"],
            _("Round %(round)d: %(people)d people need a quiet table, which seat %(seats)d. Mark another table."),
        ),
        (
            lambda guest: guest.step_free and guest.quiet,
            lambda table: table["step_free"] and table["quiet"],
            _(
                "Round %(round)d: %(people)d people need a table both step-free and quiet, which seat %(seats)d. "
                "Mark another table."
            ),
        ),
        (
            lambda guest: guest.step_free or guest.quiet,
            lambda table: table["step_free"] or table["quiet"],
            _(
                "Round %(round)d: %(people)d people need a step-free or a quiet table, which seat %(seats)d. "
                "Mark another table."
            ),
        ),
    ]


def _check_tables_for_talks(plan: Plan) -> None:
    for guest in plan.guests.all():
        if not any(planning.meets_needs(guest, table) for table in plan.tables):
            raise Refused(_("Somebody needs a step-free or a quiet table, and no table is marked so. Mark one."))


# --- working it out --------------------------------------------------------------------------------------------------


def work_out_wanted_plans(*, now: dt.datetime | None = None) -> int:
    """Do what was asked for; a plan whose worker died starts again. Returns how many this call finished."""
    return sum(work_out(plan) for plan in Plan.objects.wanted(now or timezone.now()).select_related("event"))


def work_out(plan: Plan) -> bool:
    """Claim, solve and store one plan. False if somebody else has it, or changed it meanwhile: then it waits again."""
    now = timezone.now()
    if not Plan.objects.wanted(now).filter(pk=plan.pk).update(claimed_at=now):
        return False
    plan.refresh_from_db()
    try:
        solved = _solved(plan)
    except Exception as error:
        logger.exception("plan %s failed", plan.code)
        return _keep(plan, problem=_what_went_wrong(error))
    return solved


def _what_went_wrong(error: Exception) -> str:
    if isinstance(error, engine.TooFewSeats):
        return f"{TOO_FEW_SEATS}{error.round}"
    return f"{type(error).__name__}: {error}"


def _solved(plan: Plan) -> bool:
    company = planning.company_of(plan)
    places = company.places(plan.seats.all())
    if plan.form == TABLES:
        seating = planning.seated(company, places)
        table, themes = seating.table, planning.themes_of(company, seating)
        measures: dict[str, Any] = planning.table_measures(company, seating)
    else:
        timetable = planning.talks(company, places).timetable
        table, themes = planning.talk_table(company, timetable), []
        measures = planning.talk_measures(company, table)
        measures |= {"value": timetable.value, "bound": timetable.bound}
    held = places.held & (table == places.table) & (table >= 0)
    return _keep(plan, company=company, places=Places(table, held), themes=themes, measures=measures, problem="")


@transaction.atomic
def _keep(plan: Plan, *, company: Company | None = None, places: Places | None = None, **fields: Any) -> bool:
    """Store what came out, unless the plan was changed since it was read."""
    same = Plan.objects.filter(pk=plan.pk, version=plan.version, wanted=True)
    fields |= {"wanted": False, "claimed_at": None, "changed_at": timezone.now(), "version": plan.version + 1}
    if not same.update(**fields):
        Plan.objects.filter(pk=plan.pk, claimed_at=plan.claimed_at).update(claimed_at=None)
        return False
    if company and places:
        _write_seats(plan, company, places)
    plan.refresh_from_db()
    return not plan.problem


def _write_seats(plan: Plan, company: Company, places: Places) -> None:
    """The seats of every round that is not finished."""
    plan.seats.filter(round__gte=plan.finished_rounds).delete()
    Seat.objects.bulk_create(
        Seat(
            plan=plan,
            guest=company.guests[at],
            round=number,
            table=int(places.table[number, at]),
            held=bool(places.held[number, at]),
        )
        for number in range(plan.finished_rounds, plan.rounds)
        for at in np.flatnonzero(places.table[number] >= 0).tolist()
    )


# --- changing it -----------------------------------------------------------------------------------------------------


def _hold(plan: Plan, version: int, *, even_away: bool = False, **fields: Any) -> None:
    """Write `fields` and the next version, in one conditional UPDATE; it keeps others out until the transaction ends.

    Raises: Refused for a plan that was put away, StaleState if somebody else changed it since this version.
    """
    plans = Plan.objects.filter(pk=plan.pk, version=version)
    if not even_away:
        plans = plans.exclude(state=Plan.State.RETIRED)
    if not plans.update(version=F("version") + 1, changed_at=timezone.now(), **fields):
        plan.refresh_from_db()
        if plan.state == Plan.State.RETIRED and not even_away:
            raise Refused(_("This plan was put away. Put it in use again, or make another."))
        raise StaleState(
            _("Somebody else changed the plan. Please look at it again."),
            detail=f"plan {plan.pk} is no longer at version {version}",
        )
    plan.refresh_from_db()


@transaction.atomic
def change_guests(plan: Plan, stays: Mapping[int, Stay], *, version: int) -> None:
    """Who is there when, and what they need, by the guest's key; then the rounds not finished are worked out again.

    Raises Refused if they cannot all be seated.
    """
    _hold(plan, version, wanted=True, claimed_at=None)
    guests = [guest for guest in plan.guests.all() if guest.pk in stays]
    for guest in guests:
        stay = stays[guest.pk]
        if (guest.first_round, guest.last_round) != (stay.first_round, stay.last_round):
            guest.meant_first = guest.meant_last = None  # what staff say now holds
        guest.first_round, guest.last_round = stay.first_round, stay.last_round
        guest.step_free, guest.quiet, guest.most_talks = stay.step_free, stay.quiet, stay.most_talks
    Guest.objects.bulk_update(guests, [*STAY, "step_free", "quiet", "most_talks"])
    bring_up_to_date(plan)
    _check_room(plan)


@transaction.atomic
def change_tables(plan: Plan, tables: Sequence[dict[str, Any]], *, version: int) -> None:
    """Other seats, other needs met, more tables; then the rounds not finished are worked out again.

    A table keeps its number for good: one that is gone has no seats. Raises Refused if the rest cannot seat everybody.
    """
    if len(tables) < len(plan.tables):
        raise Refused(_("A table keeps its number. Give one that is gone 0 seats."))
    _hold(plan, version, tables=list(tables), wanted=True, claimed_at=None)
    _check_room(plan)


@transaction.atomic
def work_out_again(plan: Plan, *, version: int, release: bool = False) -> None:
    """Ask for the rounds not finished once more; with `release` also those put by hand may move."""
    _hold(plan, version, wanted=True, claimed_at=None)
    if release:
        plan.seats.filter(round__gte=plan.finished_rounds).update(held=False)
    bring_up_to_date(plan)
    _check_room(plan)


def bring_up_to_date(plan: Plan) -> None:
    """Who got a place since comes in with the next round; who gave it back or was absent leaves.

    Who was marked as absent by mistake, and is put right, is there again from the next round on.
    """
    coming = {registration.pk for registration in planning.who_comes(plan.event)}
    guests = list(plan.guests.all())
    gone = [
        guest for guest in guests if guest.registration_id not in coming and guest.last_round > plan.finished_rounds
    ]
    for guest in gone:
        guest.meant_first, guest.meant_last = guest.first_round, guest.last_round
        guest.last_round = plan.finished_rounds
        guest.first_round = min(guest.first_round, guest.last_round)
    back = [guest for guest in guests if guest.registration_id in coming and guest.meant_last is not None]
    for guest in back:
        _bring_back(guest, plan)
    Guest.objects.bulk_update([*gone, *back], STAY)
    new = sorted(coming - {guest.registration_id for guest in guests})
    Guest.objects.bulk_create(
        Guest(plan=plan, registration_id=pk, first_round=plan.finished_rounds, last_round=plan.rounds) for pk in new
    )


def _bring_back(guest: Guest, plan: Plan) -> None:
    """As long as was meant before they were taken out; rounds that were held without them stay as they were held."""
    first, last = guest.meant_first or 0, min(guest.meant_last or 0, plan.rounds)
    missed_some = guest.last_round < plan.finished_rounds
    guest.last_round = max(last, guest.last_round)
    guest.first_round = min(max(first, plan.finished_rounds) if missed_some else first, guest.last_round)
    guest.meant_first = guest.meant_last = None


@transaction.atomic
def finish_rounds(plan: Plan, number: int, *, version: int) -> None:
    """The first `number` rounds were held: nothing moves in them any more. A mistake is mended by a smaller number."""
    if not 0 <= number <= plan.rounds:
        raise Refused(_("There is no such round."))
    _hold(plan, version, finished_rounds=number)


def forget_needs(*, today: dt.date | None = None) -> int:
    """What table somebody needed, forgotten when the event is long over. Returns for how many."""
    over = (today or timezone.localdate()) - dt.timedelta(days=NEEDS_KEPT_DAYS)
    needing = Guest.objects.filter(Q(step_free=True) | Q(quiet=True), plan__event__held_on__lt=over)
    return needing.update(step_free=False, quiet=False)


# --- by hand ---------------------------------------------------------------------------------------------------------


def effect_of(plan: Plan, move: Move) -> Effect:
    """What a move would do; nothing is written."""
    company = planning.company_of(plan)
    return effect(company, company.places(plan.seats.all()), move)


@transaction.atomic
def move_by_hand(plan: Plan, move: Move, *, version: int) -> None:
    """Do it, and keep whoever was moved where they were put, also when the plan is worked out again.

    Raises Refused with the reasons if a seat, a need or a rule to keep people apart would be broken.
    """
    _hold(plan, version)
    company = planning.company_of(plan)
    found = effect(company, company.places(plan.seats.all()), move)
    if found.objections:
        raise Refused(" ".join(found.objections))
    _write_seats(plan, company, found.places)
    themes = planning.themes_of(company, planning.judged(company, found.places.table)) if plan.form == TABLES else []
    Plan.objects.filter(pk=plan.pk).update(measures=found.after, themes=themes)
    plan.refresh_from_db()


# --- in use ----------------------------------------------------------------------------------------------------------


def seats_told(plan: Plan) -> list[list[int]]:
    """[guest, round, table] of everybody, as it is kept to say later what changed."""
    return [list(seat) for seat in plan.seats.order_by("round", "guest").values_list("guest", "round", "table")]


@transaction.atomic
def put_in_use(plan: Plan, *, version: int, by: By) -> None:
    """This plan is the one that is printed; the one in use until now is put away.

    Raises Refused while it is being worked out or nobody has a seat in it.
    """
    Event.objects.select_for_update().get(pk=plan.event_id)
    _hold(plan, version, even_away=True)
    if plan.wanted or plan.problem or not plan.seats.exists():
        raise Refused(_("This plan is not worked out yet."))
    for other in Plan.objects.filter(event=plan.event, form=plan.form, state=Plan.State.IN_USE).exclude(pk=plan.pk):
        advance(other, Plan.State.RETIRED, table=states.PLAN, by=by, reason=_("another plan is in use"))
    told = seats_told(plan)
    advance(plan, Plan.State.IN_USE, table=states.PLAN, by=by, told=told, told_at=timezone.now())


@transaction.atomic
def put_away(plan: Plan, *, by: By, reason: str = "") -> None:
    advance(plan, Plan.State.RETIRED, table=states.PLAN, by=by, reason=reason, wanted=False, claimed_at=None)


@transaction.atomic
def everybody_was_told(plan: Plan, *, version: int) -> None:
    """From now on, what changed is counted from here."""
    _hold(plan, version, told=seats_told(plan), told_at=timezone.now())
