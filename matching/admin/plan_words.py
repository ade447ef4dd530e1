"""A plan of the day in words and lists, for staff: its measures beside their bounds, who sits where, who does not."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from matching import planning
from matching.models import Guest, PairRule, Plan
from partners.models import Organisation, Theme


@dataclass(frozen=True)
class Measure:
    """One line: what is counted, how much it is here, and what no plan can better ("" where nobody knows)."""

    name: str
    value: str
    best: str = ""


@dataclass(frozen=True)
class Member:
    guest: Guest
    name: str
    organisation: str
    sector: str
    held: bool


@dataclass(frozen=True)
class TableShown:
    name: str
    needs: list[str]  # step-free, quiet
    theme: str
    members: list[Member]
    lacks: str


@dataclass(frozen=True)
class RoundShown:
    number: int
    at: int
    is_over: bool
    tables: list[TableShown]
    unseated: list[tuple[Member, str]]
    away: int


def measures_of(plan: Plan, counted: Mapping[str, Any]) -> list[Measure]:
    if not counted:
        return []
    return _of_tables(counted) if plan.form == Plan.Form.TABLES else _of_talks(plan, counted)


def _measure(name: str, value: int, *, least: int | None = None, most: int | None = None) -> Measure:
    """A count beside the least there can be, or as a share of the most."""
    if most is not None:
        shown, best = _("%(number)d of %(all)d") % {"number": value, "all": most}, most
        bound = _("no plan can have more than %(most)d") % {"most": most}
    elif least is not None:
        shown, best = str(value), least
        bound = _("with these tables no plan can have fewer than %(least)d") % {"least": least}
    else:
        return Measure(name, str(value))
    return Measure(name, shown, _("the best there can be") if value == best else bound)


def _of_tables(counted: Mapping[str, Any]) -> list[Measure]:
    return [
        _measure(
            _("Tables without a museum or without a community voice"),
            counted["lacking"],
            least=counted["lacking_least"],
        ),
        _measure(_("Pairs who both said yes and share a table"), counted["yes_met"], most=counted["yes"]),
        _measure(_("Times that two people meet again"), counted["repeats"], least=counted["repeats_least"]),
        _measure(_("Suggested pairs who share a table"), counted["suggested_met"], most=counted["suggested"]),
        _measure(_("Tables at which half or more share a theme"), counted["themed"], most=counted["tables"]),
        _measure(_("Pairs of colleagues at one table"), counted["colleagues"], least=0),
        _measure(_("Seats still to find"), counted["unseated"], least=0),
    ]


def _of_talks(plan: Plan, counted: Mapping[str, Any]) -> list[Measure]:
    lines = [
        _measure(_("Talks"), counted["talks"]),
        _measure(_("Pairs who both said yes and have their talk"), counted["yes_met"], most=counted["yes"]),
    ]
    if plan.suggested_too:
        named = _("Pairs who both said yes or are suggested, and have their talk")
        lines.append(_measure(named, counted["pairs_met"], most=counted["pairs"]))
    if counted.get("bound"):
        lines.append(_worth(counted["value"] / counted["bound"]))
    return [
        *lines,
        _measure(_("Fewest talks of anybody who could have one"), counted["fewest"]),
        _measure(_("People without a talk, though there is somebody for them"), counted["without"], least=0),
        _measure(_("People who have nobody to talk to yet"), counted["nobody_to_meet"]),
    ]


def _worth(share: float) -> Measure:
    return Measure(
        _("Worth of all talks together, against the most there can be (proven)"),
        _("%(percent).1f%%") % {"percent": int(1000 * share + 1e-6) / 10},
        _("no plan can have more than 100%"),
    )


# --- who sits where --------------------------------------------------------------------------------------------------


def rounds_of(plan: Plan) -> list[RoundShown]:
    """Every round with its tables, in five queries, however many guests."""
    guests = {guest.pk: guest for guest in planning.guests_of(plan)}
    seats = list(plan.seats.order_by("round", "table", "guest"))
    themes = {theme.slug: str(theme) for theme in Theme.objects.all()}
    apart = _kept_apart(plan)
    return [
        _round(plan, at, guests, [seat for seat in seats if seat.round == at], themes, apart)
        for at in range(plan.rounds)
    ]


def _round(
    plan: Plan, at: int, guests: dict[int, Guest], seats: list[Any], themes: dict[str, str], apart: set[int]
) -> RoundShown:
    sitting = {seat.guest_id for seat in seats}
    left = [guest for guest in guests.values() if guest.is_there(at) and guest.pk not in sitting]
    tables = []
    for number, table in enumerate(plan.tables):
        members = [_member(guests[seat.guest_id], held=seat.held) for seat in seats if seat.table == number]
        if members:
            tables.append(
                TableShown(
                    name=plan.table_name(number),
                    needs=table_needs(table),
                    theme=themes.get(planning.theme_at(plan, at, number), ""),
                    members=members,
                    lacks=_lacks(plan, members),
                )
            )
    return RoundShown(
        number=at + 1,
        at=at,
        is_over=at < plan.finished_rounds,
        tables=tables,
        unseated=[(_member(guest), _why_unseated(plan, guest, apart)) for guest in left],
        away=sum(not guest.is_there(at) for guest in guests.values()),
    )


def _member(guest: Guest, *, held: bool = False) -> Member:
    organisation = guest.registration.organisation
    return Member(
        guest, str(guest.registration.person), organisation.name, str(organisation.get_sector_display()), held
    )


def table_needs(table: Mapping[str, Any]) -> list[str]:
    return [words for name, words in (("step_free", _("step-free")), ("quiet", _("quiet"))) if table[name]]


def _lacks(plan: Plan, members: list[Member]) -> str:
    if plan.form == Plan.Form.TALKS:
        return ""
    sectors = {member.guest.registration.organisation.sector for member in members}
    museum = Organisation.Sector.MUSEUM in sectors
    community = bool(sectors.intersection(planning.COMMUNITY_VOICE))
    if museum and community:
        return ""
    if community:
        return _("No museum at this table.")
    return _("No community voice at this table.") if museum else _("Neither a museum nor a community voice here.")


def _kept_apart(plan: Plan) -> set[int]:
    """Organisations that a rule keeps apart from another."""
    rules = PairRule.objects.in_force(event=plan.event, on=plan.event.held_on).filter(rule=PairRule.Rule.KEEP_APART)
    return {pk for pair in rules.values_list("museum", "partner") for pk in pair}


def _why_unseated(plan: Plan, guest: Guest, apart: set[int]) -> str:
    if plan.form == Plan.Form.TALKS:
        return ""
    if guest.registration.organisation.pk in apart:
        return _("No seat was found that keeps them apart from whom a rule names.")
    return _("They came, or were taken from their table, after this was worked out.")
