"""Rows of a plan of the day → arrays for the engine, and what came of it → seats and measures. Writes nothing.

Guests count by their place in `Company.guests`, rounds and tables from 0; -1 is nowhere.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from events.models import Event, Registration
from matching import engine
from matching.models import Guest, Introduction, PairRule, Plan, Seat, Suggestion
from partners.models import Organisation

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from matching.engine import Change, Meeting, Seating, Timetable

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]
Pairs = list[tuple[int, int]]

NOWHERE = -1
MUSEUM = Organisation.Sector.MUSEUM
# Groups, and the bodies that speak for groups; not funders and services, and not "other", of which nobody can know.
COMMUNITY_VOICE = (Organisation.Sector.COMMUNITY, Organisation.Sector.NETWORK)
COMING = (Registration.State.CONFIRMED, Registration.State.ATTENDED)
COLLEAGUES = -0.25  # S of two people of one organisation: they may share a table, but others gain more by it
BOTH_SAID_YES = 1.0  # what two yeses add to the S of a talk, so that these pairs come first
LEAST = 1e-3  # S of an introduced pair whose score is 0: the engine plans no talk that is worth nothing


def theme_at(plan: Plan, at: int, table: int) -> str:
    """The slug of a table's theme in a round, "" for none."""
    row = plan.themes[at] if at < len(plan.themes) else []
    return str(row[table]) if table < len(row) else ""


def who_comes(event: Event) -> "QuerySet[Registration]":
    """Everybody with a confirmed place who has not been marked as absent."""
    return Registration.objects.filter(event=event, state__in=COMING).order_by("pk")


def guests_of(plan: Plan) -> list[Guest]:
    """The plan's guests with their names and organisations, in one query."""
    return list(plan.guests.select_related("registration__person", "registration__membership__organisation"))


@dataclass(frozen=True)
class Places:
    """Who sits where: `table` (rounds, guests), -1 for nowhere; `held`, the same shape: put there by hand."""

    table: Ints
    held: Bools

    def copy(self) -> "Places":
        return Places(self.table.copy(), self.held.copy())


@dataclass(frozen=True)
class Company:
    """The guests of a plan and what is known between them, n of them.

    `score` (n, n): S of their organisations' stored suggestion, 0 for pairs without one. `yes` and `suggested`: pairs
    of guests who stand for two organisations, who both said yes or are suggested to each other. `apart`: who must not
    share a table. `themes`: slugs, and who `cares` about them, (n, themes).
    """

    plan: Plan
    guests: list[Guest]
    score: Floats
    yes: Pairs
    suggested: Pairs
    apart: Pairs
    themes: list[str]
    cares: Bools

    @cached_property
    def organisations(self) -> list[Organisation]:
        return [guest.registration.organisation for guest in self.guests]

    @cached_property
    def place_of(self) -> dict[int, int]:
        """From a guest's key to their place."""
        return {guest.pk: at for at, guest in enumerate(self.guests)}

    @cached_property
    def museum(self) -> Bools:
        return np.array([o.sector == MUSEUM for o in self.organisations], dtype=bool)

    @cached_property
    def community(self) -> Bools:
        return np.array([o.sector in COMMUNITY_VOICE for o in self.organisations], dtype=bool)

    @cached_property
    def colleagues(self) -> Bools:
        """(n, n): two people of one organisation."""
        own = np.array([o.pk for o in self.organisations], dtype=np.int64)
        return (own[:, None] == own[None, :]) & ~np.eye(len(own), dtype=bool)

    @cached_property
    def present(self) -> Bools:
        """(rounds, n)"""
        rows = [[guest.is_there(at) for guest in self.guests] for at in range(self.plan.rounds)]
        return np.array(rows, dtype=bool).reshape(self.plan.rounds, len(self.guests))

    @cached_property
    def may_sit(self) -> Bools:
        """(n, tables): the tables that meet each guest's needs."""
        rows = [[meets_needs(guest, table) for table in self.plan.tables] for guest in self.guests]
        return np.array(rows, dtype=bool).reshape(len(self.guests), len(self.plan.tables))

    def places(self, seats: Iterable[Seat]) -> Places:
        shape = (self.plan.rounds, len(self.guests))
        places = Places(np.full(shape, NOWHERE, dtype=np.intp), np.zeros(shape, dtype=bool))
        for seat in seats:
            at = seat.round, self.place_of[seat.guest_id]
            places.table[at], places.held[at] = seat.table, seat.held
        return places


def meets_needs(guest: Guest, table: dict[str, Any]) -> bool:
    """Whether a guest can sit at a table; at one without seats, which is closed, nobody can."""
    needs = (table["step_free"] or not guest.step_free) and (table["quiet"] or not guest.quiet)
    return bool(needs and table["seats"])


def company_of(plan: Plan) -> Company:
    """Read in six queries, however many guests."""
    guests = guests_of(plan)
    by_organisation: dict[int, list[int]] = {}
    for at, guest in enumerate(guests):
        by_organisation.setdefault(guest.registration.organisation.pk, []).append(at)
    apart = _kept_apart(plan, by_organisation)
    introductions = _introductions(list(by_organisation))
    suggestions = _suggestions(plan, list(by_organisation))
    worth = {(s.museum_id, s.partner_id): s.score for s in [*(i.suggestion for i in introductions), *suggestions]}
    score = np.zeros((len(guests), len(guests)))
    for (museum, partner), value in worth.items():
        members = np.ix_(by_organisation[museum], by_organisation[partner])
        score[members] = score.T[members] = value
    yes = {_speakers(guests, by_organisation, i.suggestion, i) for i in introductions}
    suggested = {_speakers(guests, by_organisation, suggestion) for suggestion in suggestions}
    never = {*apart, *((other, one) for one, other in apart)}
    themes, cares = _themes(guests)
    return Company(plan, guests, score, sorted(yes - never), sorted(suggested - never), apart, themes, cares)


def _introductions(organisations: list[int]) -> list[Introduction]:
    """At whatever event: two who said yes long ago are glad to share a table."""
    rows = Introduction.objects.exclude(state=Introduction.State.ENDED).select_related("suggestion").order_by("pk")
    both = rows.filter(suggestion__museum__in=organisations, suggestion__partner__in=organisations)
    return list(
        both.only("museum_person", "partner_person", "suggestion__museum", "suggestion__partner", "suggestion__score")
    )


def _suggestions(plan: Plan, organisations: list[int]) -> list[Suggestion]:
    rows = Suggestion.objects.showing().filter(event=plan.event, museum__in=organisations, partner__in=organisations)
    return list(rows.only("museum", "partner", "score").order_by("pk"))


def _kept_apart(plan: Plan, by_organisation: dict[int, list[int]]) -> Pairs:
    rules = PairRule.objects.in_force(event=plan.event, on=plan.event.held_on).filter(rule=PairRule.Rule.KEEP_APART)
    pairs = rules.order_by().values_list("museum", "partner")
    return sorted(
        {(one, other) for a, b in pairs for one in by_organisation.get(a, []) for other in by_organisation.get(b, [])}
    )


def _speakers(
    guests: list[Guest],
    by_organisation: dict[int, list[int]],
    pair: Suggestion,
    introduction: Introduction | None = None,
) -> tuple[int, int]:
    """Who stands for the two organisations: whoever said yes, else whoever is there longest."""

    def speaker(organisation: int, person: int | None) -> int:
        own = by_organisation[organisation]
        known = [at for at in own if guests[at].registration.person_id == person]
        return min(known or own, key=lambda at: (guests[at].first_round - guests[at].last_round, at))

    museum_person = introduction.museum_person_id if introduction else None
    partner_person = introduction.partner_person_id if introduction else None
    return speaker(pair.museum_id, museum_person), speaker(pair.partner_id, partner_person)


def _themes(guests: list[Guest]) -> tuple[list[str], Bools]:
    """Slugs of the themes somebody here cares about, and who cares, (n, themes)."""
    organisations = {guest.registration.organisation.pk for guest in guests}
    rows = Organisation.themes.through.objects.filter(organisation__in=organisations)
    pairs = set(rows.values_list("organisation", "theme__slug"))
    slugs = sorted({slug for _, slug in pairs})
    cares = [[(guest.registration.organisation.pk, slug) in pairs for slug in slugs] for guest in guests]
    return slugs, np.array(cares, dtype=bool).reshape(len(guests), len(slugs))


# --- facilitated tables ----------------------------------------------------------------------------------------------


def _known_of(company: Company) -> dict[str, Any]:
    """What `engine.seat` and `engine.judge` both ask for."""
    return {
        "seats": [table["seats"] for table in company.plan.tables],
        "museum": company.museum,
        "community": company.community,
        "themes": company.cares,
        "yes": company.yes,
        "apart": company.apart,
        "present": company.present,
    }


def _scores(company: Company) -> Floats:
    return np.where(company.colleagues, COLLEAGUES, company.score)


def seated(company: Company, places: Places) -> "Seating":
    """Everybody's table in the rounds that are not finished. Raises engine.TooFewSeats.

    People keep the table they were told unless it matters; before anybody was told, they are seated afresh.
    """
    plan = company.plan
    known = _known_places(company, places)
    sits = (known >= 0).any()
    before = engine.judge(_scores(company), known, **_known_of(company)) if sits else None
    return engine.seat(
        _scores(company),
        rounds=plan.rounds,
        may_sit=company.may_sit,
        held=_held(company, places),
        before=before,
        finished=plan.finished_rounds if sits else 0,
        **_known_of(company),
    )


def _known_places(company: Company, places: Places) -> Ints:
    """(rounds, n): rounds that are finished as they were, the others as people were told."""
    known = np.full(places.table.shape, NOWHERE, dtype=np.intp)
    for guest, at, table in company.plan.told:
        if guest in company.place_of and at < len(known) and table < len(company.plan.tables):
            known[at, company.place_of[guest]] = table
    finished = company.plan.finished_rounds
    known[:finished] = places.table[:finished]
    return known


def _held(company: Company, places: Places) -> Ints:
    """Seats put by hand that still suit, (rounds, n)."""
    anybody = np.arange(len(company.guests))
    suits = company.may_sit[anybody[None, :], np.maximum(places.table, 0)]
    kept = places.held & company.present & suits & (places.table >= 0)
    held: Ints = np.where(kept, places.table, NOWHERE)
    return held


def judged(company: Company, table: Ints) -> "Seating":
    return engine.judge(_scores(company), table, **_known_of(company))


def themes_of(company: Company, seating: "Seating") -> list[list[str]]:
    """Slugs, [round][table], "" for none."""
    return [[company.themes[theme] if theme >= 0 else "" for theme in row] for row in seating.theme.tolist()]


def table_measures(company: Company, seating: "Seating") -> dict[str, int]:
    """What the officer reads, each with the least or most there can be where it is known."""
    counted = seating.measures
    met = _met(seating.table)
    return {
        "lacking": counted.lacking,
        "lacking_least": counted.lacking_least,
        "yes": len(company.yes),
        "yes_met": len(company.yes) - counted.yes_unmet,
        "repeats": counted.repeats,
        "repeats_least": counted.repeats_least,
        "suggested": len(company.suggested),
        "suggested_met": _organisations_met(company, met),
        "tables": counted.tables,
        "themed": round(counted.themed * counted.tables),
        "colleagues": int(np.triu(company.colleagues & met).sum()),
        "unseated": len(seating.unseated),
    }


def _met(table: Ints) -> Bools:
    """(n, n): who shares a table at least once."""
    met: Bools = ((table[:, :, None] == table[:, None, :]) & (table >= 0)[:, :, None]).any(axis=0)
    return met


def _organisations_met(company: Company, met: Bools) -> int:
    """Suggested pairs of organisations of which any two people share a table."""
    own = np.array([organisation.pk for organisation in company.organisations], dtype=np.int64)
    return sum(bool(met[np.ix_(own == own[one], own == own[other])].any()) for one, other in company.suggested)


# --- talks for two ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sides:
    """Guests as the engine numbers them: museums first. `order` (n,): their places; `number` (n,) the reverse."""

    order: Ints
    number: Ints
    museums: int


def _sides(company: Company) -> Sides:
    order = np.concatenate([np.flatnonzero(company.museum), np.flatnonzero(~company.museum)])
    return Sides(order, np.argsort(order), int(company.museum.sum()))


def talk_pairs(company: Company) -> Pairs:
    """Who may have a talk for two: both said yes, and, where the officer wants it, everybody suggested."""
    met = {frozenset(company.organisations[at].pk for at in pair) for pair in company.yes}
    also = company.suggested if company.plan.suggested_too else []
    return company.yes + [pair for pair in also if frozenset(company.organisations[at].pk for at in pair) not in met]


def talks(company: Company, places: Places) -> "Change":
    """The talks of the rounds that are not finished; those people were told of stay where little is gained."""
    plan, sides = company.plan, _sides(company)
    scores = _talk_scores(company)[np.ix_(sides.order, sides.order)]
    limits = [guest.most_talks if guest.most_talks is not None else plan.rounds for guest in company.guests]
    meetings = _meetings(_known_places(company, places), sides)
    never = {frozenset(sides.number[list(pair)].tolist()) for pair in company.apart}
    by_hand = _meetings(_held(company, places), sides)
    return engine.replan(
        scores[: sides.museums, sides.museums :],
        engine.Timetable(tuple(meetings), 0.0, 0.0, 0.0),
        finished=plan.finished_rounds,
        rounds=plan.rounds,
        tables=len(plan.tables),
        limits=np.array(limits, dtype=np.intp)[sides.order],
        present=company.present.T[sides.order],
        may_sit=company.may_sit[sides.order],
        standing=[meeting for meeting in by_hand if frozenset(meeting.pair) not in never],
    )


def _talk_scores(company: Company) -> Floats:
    scores = np.zeros_like(company.score)
    for one, other in talk_pairs(company):
        scores[one, other] = scores[other, one] = max(company.score[one, other], LEAST)
    for one, other in company.yes:
        scores[one, other] = scores[other, one] = company.score[one, other] + BOTH_SAID_YES
    return scores


def _meetings(table: Ints, sides: Sides) -> "list[Meeting]":
    """Every two people alone at one table, in order."""
    found = []
    for at, row in enumerate(table):
        for number in np.unique(row[row >= 0]).tolist():
            members = sorted(sides.number[np.flatnonzero(row == number)].tolist())
            if len(members) == 2:
                found.append(engine.Meeting(at, number, *members))
    return found


def talk_table(company: Company, timetable: "Timetable") -> Ints:
    """Who sits where, (rounds, n)."""
    table = np.full(company.present.shape, NOWHERE, dtype=np.intp)
    order = _sides(company).order
    for meeting in timetable.meetings:
        table[meeting.round, order[list(meeting.pair)]] = meeting.table
    return table


def talk_measures(company: Company, table: Ints) -> dict[str, Any]:
    """What the officer reads; `score` is what the talks are worth together."""
    times = np.minimum((table >= 0).sum(axis=0), company.plan.rounds)
    met = _met(table)
    scores = _talk_scores(company)
    wanted = {at for pair in talk_pairs(company) for at in pair}
    counts = [int(times[at]) for at in sorted(wanted) if company.present[:, at].any()]
    return {
        "talks": int(times.sum()) // 2,
        "yes": len(company.yes),
        "yes_met": sum(bool(met[pair]) for pair in company.yes),
        "pairs": len(talk_pairs(company)),
        "pairs_met": sum(bool(met[pair]) for pair in talk_pairs(company)),
        "fewest": min(counts, default=0),
        "without": sum(count == 0 for count in counts),
        "nobody_to_meet": int(company.present.any(axis=0).sum()) - len(counts),
        "score": float(scores[np.triu(met, 1)].sum()),
    }
