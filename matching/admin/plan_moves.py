"""Moving one guest of a plan by hand: where they could go, in words, and what somebody chose."""

from django.utils.translation import gettext as _

from matching import planning
from matching.admin.plan_words import Measure, measures_of, table_needs
from matching.models import Guest, Plan
from matching.moves import Effect, Move

NOWHERE = "nowhere"
TALKS = Plan.Form.TALKS


def number_in(said: str | None) -> int:
    """-1 for what is no number."""
    return int(said) if said and said.isascii() and said.isdecimal() and len(said) < 19 else -1


def read_move(guest: Guest, at: int, to: str, guests: dict[int, Guest]) -> Move | None:
    """ "table-3", "guest-17" or "nowhere"; None for anything else."""
    kind, _dash, number = to.partition("-")
    if to == NOWHERE:
        return Move(guest, at)
    if kind == "table" and number_in(number) >= 0:
        return Move(guest, at, table=number_in(number))
    if kind == "guest" and number_in(number) in guests:
        return Move(guest, at, beside=guests[number_in(number)])
    return None


def choices(plan: Plan, guest: Guest, at: int, guests: dict[int, Guest]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Groups of (value, words): tables with a free seat, people to change places or to talk with, and nowhere."""
    seats = dict(plan.seats.filter(round=at).values_list("guest", "table"))
    here = seats.get(guest.pk, planning.NOWHERE)
    people = [
        (other, seats.get(other.pk, planning.NOWHERE))
        for other in sorted(guests.values(), key=lambda other: str(other.registration.person).casefold())
        if other.pk != guest.pk and other.is_there(at)
    ]
    if plan.form == TALKS:
        side = guest.registration.organisation.sector == planning.MUSEUM
        others = [o for o, _table in people if (o.registration.organisation.sector == planning.MUSEUM) != side]
        return [
            (_("A talk with"), [(f"guest-{other.pk}", _full_name(other)) for other in others]),
            (_("Or"), [(NOWHERE, _("no talk in this round"))]),
        ]
    used: dict[int, int] = {}
    for table in seats.values():
        used[table] = used.get(table, 0) + 1
    free = [
        (f"table-{number}", _table_words(plan, number, table["seats"] - used.get(number, 0)))
        for number, table in enumerate(plan.tables)
        if number != here and used.get(number, 0) < table["seats"]
    ]
    swaps = [
        (
            f"guest-{other.pk}",
            _("%(name)s, table %(table)s") % {"name": _full_name(other), "table": plan.table_name(table)},
        )
        for other, table in people
        if table not in (here, planning.NOWHERE)
    ]
    return [
        (_("A table with a free seat"), free),
        (_("Change places with"), swaps),
        (_("Or"), [(NOWHERE, _("no seat in this round"))]),
    ]


def _full_name(guest: Guest) -> str:
    return f"{guest.registration.person} ({guest.registration.organisation})"


def _table_words(plan: Plan, number: int, free: int) -> str:
    words = _("table %(table)s, %(free)d free") % {"table": plan.table_name(number), "free": free}
    needs = ", ".join(table_needs(plan.tables[number]))
    return f"{words}, {needs}" if needs else words


def compared(plan: Plan, effect: Effect) -> list[tuple[Measure, Measure]]:
    """Each measure before and after."""
    return list(zip(measures_of(plan, effect.before), measures_of(plan, effect.after), strict=True))
