"""What it would do to a plan to move one guest by hand. Works on values; writes nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from matching import planning
from matching.models import Guest, Plan
from matching.planning import NOWHERE, Company, Places

TABLES, TALKS = Plan.Form.TABLES, Plan.Form.TALKS


@dataclass(frozen=True)
class Move:
    """One guest in one round: to another table, to nowhere (-1), or, in its place, `beside` another guest.

    At facilitated tables the two exchange their seats; among talks for two they have a talk.
    """

    guest: Guest
    round: int
    table: int = NOWHERE
    beside: Guest | None = None


@dataclass(frozen=True)
class Effect:
    """What a move would do: measures before and after, and why it cannot be done, if it cannot."""

    places: Places
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    objections: list[str]


def effect(company: Company, places: Places, move: Move) -> Effect:
    """Of one move; `places` stay as they are."""
    after = places.copy()
    objections = _place(company, after, move)
    return Effect(
        places=after,
        before=_measures(company, places),
        after=_measures(company, after),
        objections=objections or _objections(company, after, move),
    )


def _measures(company: Company, places: Places) -> dict[str, Any]:
    """Counted afresh; how much talks for two can be worth at most stays as it was found."""
    if company.plan.form == TABLES:
        return planning.table_measures(company, planning.judged(company, places.table))
    counted, known = planning.talk_measures(company, places.table), company.plan.measures
    if "bound" in known:
        value = known["value"] + counted["score"] - known["score"]
        counted |= {"value": value, "bound": max(known["bound"], value)}
    return counted


def _place(company: Company, places: Places, move: Move) -> list[str]:
    """Move them in `places`; what makes the move impossible, if anything does."""
    one, at = company.place_of[move.guest.pk], move.round
    if not company.plan.finished_rounds <= at < company.plan.rounds:
        return [_("Round %(round)d is over: nothing moves in it any more.") % {"round": at + 1}]
    other = company.place_of[move.beside.pk] if move.beside else None
    if other == one:
        return [_("Please choose somebody else.")]
    if company.plan.form == TALKS:
        return _place_talk(company, places, move)
    if move.table >= len(company.plan.tables):
        return [_("There is no such table.")]
    before = int(places.table[at, one])
    places.table[at, one] = move.table if other is None else places.table[at, other]
    places.held[at, one] = places.table[at, one] >= 0
    if other is not None:
        places.table[at, other] = before
        places.held[at, other] = before >= 0
    return []


def _place_talk(company: Company, places: Places, move: Move) -> list[str]:
    one, at = company.place_of[move.guest.pk], move.round
    tables = [int(places.table[at, one])]
    other = company.place_of[move.beside.pk] if move.beside else None
    if other is not None:
        if company.museum[one] == company.museum[other]:  # the page offers none of their own side
            return [_("Please choose somebody else.")]
        earlier = (places.table[:, one] == places.table[:, other]) & (places.table[:, one] >= 0)
        if earlier[: company.plan.finished_rounds].any():
            return [_("The two have had their talk already.")]
        tables.append(int(places.table[at, other]))
        for number in np.flatnonzero(earlier).tolist():
            _end_talk(places, number, int(places.table[number, one]))
    for table in tables:
        _end_talk(places, at, table)
    if other is None:
        return []
    taken = set(places.table[at].tolist())
    suits = company.may_sit[one] & company.may_sit[other]
    wanted = [*tables, *range(len(company.plan.tables))]
    free = [table for table in wanted if table >= 0 and table not in taken and suits[table]]
    if not free:
        return [_("No table that suits both is free in this round.")]
    places.table[at, [one, other]], places.held[at, [one, other]] = free[0], True
    return []


def _end_talk(places: Places, at: int, table: int) -> None:
    members = (places.table[at] == table) & (table >= 0)
    places.table[at, members], places.held[at, members] = NOWHERE, False


def _objections(company: Company, places: Places, move: Move) -> list[str]:
    """Every hard rule that is broken for those who were moved, in words."""
    moved = [company.place_of[guest.pk] for guest in (move.guest, move.beside) if guest]
    return [words for at in moved for words in _broken(company, places, move.round, at)]


def _broken(company: Company, places: Places, at: int, one: int) -> list[str]:
    plan, table, guest = company.plan, int(places.table[at, one]), company.guests[one]
    name = str(guest.registration.person)
    if table < 0:
        return []
    said = []
    if not company.present[at, one]:
        said.append(_("%(name)s is not there in round %(round)d.") % {"name": name, "round": at + 1})
    beside = np.flatnonzero(places.table[at] == table).tolist()
    named = {"name": name, "table": plan.table_name(table)}
    if len(beside) > plan.tables[table]["seats"]:
        said.append(_("Every seat at table %(table)s is taken: exchange two people instead.") % named)
    if guest.step_free and not plan.tables[table]["step_free"]:
        said.append(_("%(name)s needs a step-free table, and table %(table)s is not marked so.") % named)
    if guest.quiet and not plan.tables[table]["quiet"]:
        said.append(_("%(name)s needs a quiet table, and table %(table)s is not marked so.") % named)
    for pair in company.apart:
        if one in pair and set(pair) <= set(beside):
            other = company.guests[pair[0] if pair[1] == one else pair[1]].registration.person
            said.append(
                _("A rule keeps %(name)s and %(other)s apart, at table %(table)s as at any.")
                % {**named, "other": str(other)}
            )
    return said
