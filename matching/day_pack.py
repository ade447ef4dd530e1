"""What is printed for the day: the door list, a card for each table and round, a sheet for each guest. Writes nothing.

The door list is for staff. On cards and sheets, which other people read, somebody is named who agreed to be visible and
whose organisation is open to contact, as on the pages of the portal; the rest are counted. Who gave their place back
since the plan was worked out is on none of them.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Q
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import override

from matching import planning
from matching.models import Guest, Introduction, Plan, Seat, Suggestion
from matching.wording import Quote, Sentence, Words, fact_words, if_known
from partners.models import Consent, Organisation, Person, Theme

STARTERS = 3
QUOTED_WORDS = 16  # of each side: a card is read across a table
NO_STARTERS = ("offer_meets_need", "near", "common_words")  # the first has its own words; the others start no talk
IN_WALES = "W"  # how the codes of Welsh councils begin
ENGLISH, WELSH = "en", "cy"


@dataclass(frozen=True)
class AtTheDoor:
    name: str
    organisation: str
    sector: str
    table: str  # the first one they sit at; "" where they have none
    round: int  # as people count; 0 where they have no table


@dataclass(frozen=True)
class Sitter:
    name: str
    organisation: str


@dataclass(frozen=True)
class Starter:
    """Something to talk about: (language, sentence) for each language of the card, and the words both sides wrote."""

    versions: list[tuple[str, Sentence]]
    need: Quote | None = None
    offer: Quote | None = None


@dataclass(frozen=True)
class Card:
    """One table in one round, its `themes` as (language, name).

    `unnamed`: how many sit here whose names others do not see.
    """

    round: int
    table: str
    sitters: list[Sitter]
    unnamed: int
    languages: list[str]
    themes: list[tuple[str, str]]
    starters: list[Starter]


@dataclass(frozen=True)
class Line:
    """One round of a guest's sheet. `reason`: why they talk, where it is a talk for two."""

    round: int
    table: str
    theme: str
    sitters: list[Sitter]
    unnamed: int
    reason: Sentence | None = None


@dataclass(frozen=True)
class Sheet:
    language: str
    name: str
    organisation: str
    lines: list[Line] = field(default_factory=list)


def _who_comes(plan: Plan) -> list[Guest]:
    """The plan's guests who still have their place, and have not been marked as absent."""
    return [guest for guest in planning.guests_of(plan) if guest.registration.state in planning.COMING]


def door_list(plan: Plan) -> list[AtTheDoor]:
    """Everybody who is there at some time, by name."""
    first: dict[int, Seat] = {}
    for seat in plan.seats.order_by("round"):
        first.setdefault(seat.guest_id, seat)
    lines = []
    for guest in _who_comes(plan):
        if guest.first_round == guest.last_round:
            continue
        place, organisation = first.get(guest.pk), guest.registration.organisation
        lines.append(
            AtTheDoor(
                name=_name(guest),
                organisation=organisation.name,
                sector=str(organisation.get_sector_display()),
                table=plan.table_name(place.table) if place else "",
                round=place.round + 1 if place else 0,
            )
        )
    return sorted(lines, key=lambda line: (line.name.casefold(), line.organisation.casefold()))


class DayPack:
    """All that cards and sheets are written from, read in a dozen queries, however many guests."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.guests = {guest.pk: guest for guest in _who_comes(plan)}
        self.tables: dict[tuple[int, int], list[Guest]] = {}
        for seat in plan.seats.filter(guest__in=self.guests).order_by("round", "table", "guest"):
            self.tables.setdefault((seat.round, seat.table), []).append(self.guests[seat.guest_id])
        people = [_person(guest).pk for guest in self.guests.values()]
        agreeing = Person.objects.agreeing(Consent.Purpose.VISIBLE_AT_EVENT).filter(pk__in=people)
        self.agreeing = set(agreeing.values_list("pk", flat=True))
        self.introduced = {
            frozenset(pair)
            for pair in Introduction.objects.filter(
                Q(museum_person__in=people) | Q(partner_person__in=people)
            ).values_list("museum_person", "partner_person")
        }
        self.pairs = _pairs(plan, [_organisation(guest) for guest in self.guests.values()])
        self.in_wales = plan.event.areas.filter(council_code__startswith=IN_WALES).exists()
        self.themes = {theme.slug: theme for theme in Theme.objects.all()}
        self.words: dict[str, Words] = {}

    def cards(self) -> list[Card]:
        """Every table of every round, in order."""
        return [self._card(at, table, guests) for (at, table), guests in sorted(self.tables.items())]

    def sheets(self) -> list[Sheet]:
        """A sheet for everybody who sits somewhere, by name, in their own language."""
        seated: dict[int, list[tuple[int, int]]] = {}
        for place, guests in sorted(self.tables.items()):
            for guest in guests:
                seated.setdefault(guest.pk, []).append(place)
        by_name = sorted(seated, key=lambda pk: (_name(self.guests[pk]).casefold(), pk))
        return [self._sheet(self.guests[pk], seated[pk]) for pk in by_name]

    # --- cards

    def _card(self, at: int, table: int, guests: list[Guest]) -> Card:
        named = [guest for guest in guests if self._is_visible(guest)]
        languages = self._languages(guests)
        themes = [(language, self._theme(at, table, language)) for language in languages]
        return Card(
            round=at + 1,
            table=self.plan.table_name(table),
            sitters=[_sitter(guest) for guest in named],
            unnamed=len(guests) - len(named),
            languages=languages,
            themes=[(language, theme) for language, theme in themes if theme],
            starters=self._starters(themes, named),
        )

    def _languages(self, guests: list[Guest]) -> list[str]:
        """Welsh and English in Wales; elsewhere English, and Welsh too where somebody at the table reads it."""
        if self.in_wales:
            return [WELSH, ENGLISH]
        reads_welsh = any(_person(guest).language == WELSH for guest in guests)
        return [ENGLISH, WELSH] if reads_welsh else [ENGLISH]

    def _starters(self, themes: list[tuple[str, str]], named: list[Guest]) -> list[Starter]:
        """The same in each language: what one needs and another offers, what two have in common, then questions."""
        here = {_organisation(guest).pk for guest in named}
        pairs = [pair for pair in self.pairs if pair.museum_id in here and pair.partner_id in here]
        told = [(language, self._sentences(pairs, language, theme)) for language, theme in themes]
        return [
            Starter([(language, sentences[at]) for language, sentences in told], first.need, first.offer)
            for at, first in enumerate(told[0][1])
        ]

    def _sentences(self, pairs: list[Suggestion], language: str, theme: str) -> list[Sentence]:
        with override(language):
            words = self._words(language)
            found = _exchanges(pairs, words) + [fact for pair in pairs for fact in _facts(pair, words)[:1]]
            return (found + [Sentence(text=question) for question in _questions(theme)])[:STARTERS]

    # --- sheets

    def _sheet(self, guest: Guest, places: list[tuple[int, int]]) -> Sheet:
        language = _person(guest).language
        with override(language):
            lines = [self._line(guest, at, table) for at, table in places]
        return Sheet(language, _name(guest), _organisation(guest).name, lines)

    def _line(self, guest: Guest, at: int, table: int) -> Line:
        others = [other for other in self.tables[at, table] if other.pk != guest.pk]
        named = [other for other in others if self._is_visible(other) or self._know_each_other(guest, other)]
        reason = None
        if self.plan.form == Plan.Form.TALKS and len(named) == 1:
            reason = self._reason(guest, named[0])
        return Line(
            round=at + 1,
            table=self.plan.table_name(table),
            theme=self._theme(at, table, _person(guest).language),
            sitters=[_sitter(other) for other in named],
            unnamed=len(others) - len(named),
            reason=reason,
        )

    def _reason(self, guest: Guest, other: Guest) -> Sentence | None:
        """Why the two talk, as this guest's organisation reads it among its suggestions."""
        both = {_organisation(guest).pk, _organisation(other).pk}
        pair = next((pair for pair in self.pairs if {pair.museum_id, pair.partner_id} == both), None)
        if pair is None:
            return None
        sentences = self._words(_person(guest).language).reasons(pair, viewer=_organisation(guest))
        return sentences[0] if sentences else None

    # --- who and what may be named

    def _is_visible(self, guest: Guest) -> bool:
        return guest.registration.person_id in self.agreeing and _organisation(guest).open_to_contact

    def _know_each_other(self, one: Guest, other: Guest) -> bool:
        """Both said yes: each has the other's name already."""
        return frozenset((one.registration.person_id, other.registration.person_id)) in self.introduced

    def _theme(self, at: int, table: int, language: str) -> str:
        """The table's theme in a language, or ""."""
        slug = planning.theme_at(self.plan, at, table)
        with override(language):
            return str(self.themes[slug]) if slug in self.themes else ""

    def _words(self, language: str) -> Words:
        if language not in self.words:
            self.words[language] = Words(self.pairs)
        return self.words[language]


def _pairs(plan: Plan, organisations: Iterable[Organisation]) -> list[Suggestion]:
    """Suggestions that both sides see, best first; what was declined is nobody's business."""
    here = [organisation.pk for organisation in organisations]
    rows = Suggestion.objects.filter(event=plan.event, museum__in=here, partner__in=here).showing().present()
    return list(rows.select_related("museum", "partner").defer("parts").order_by("-score", "pk"))


def _exchanges(pairs: list[Suggestion], words: Words) -> list[Sentence]:
    """What one needs and another offers, in their own words, with both names; nobody's need or offer twice.

    Words that were taken back since are left out.
    """
    names = {o.code: o.name for pair in pairs for o in (pair.museum, pair.partner)}
    found: list[Sentence] = []
    quoted: set[str] = set()
    for evidence in (r["evidence"] for pair in pairs for r in pair.reasons if r["code"] == "offer_meets_need"):
        lines = {evidence["need"], evidence["offer"]}
        need, offer = words.quotes.get(evidence["need"]), words.quotes.get(evidence["offer"])
        if need and offer and not lines & quoted:
            quoted |= lines
            found.append(
                Sentence(
                    lead_need=_("%(organisation)s needs:") % {"organisation": names[evidence["seeker"]]},
                    need=_short(need),
                    lead_offer=_("%(organisation)s offers:") % {"organisation": names[evidence["provider"]]},
                    offer=_short(offer),
                )
            )
    return found


def _facts(pair: Suggestion, words: Words) -> list[Sentence]:
    """What the two have in common, with both names."""
    facts = [
        fact
        for reason in pair.reasons
        if reason["code"] not in NO_STARTERS and (fact := if_known(fact_words, reason, words.names))
    ]
    return [
        Sentence(
            text=_("%(one)s and %(other)s: %(fact)s")
            % {"one": pair.museum.name, "other": pair.partner.name, "fact": fact}
        )
        for fact in facts
    ]


def _questions(theme: str) -> list[str]:
    """For a table of people who have little in common on paper."""
    about = [_("“%(theme)s” matters to many of you: where have you seen it done well?") % {"theme": theme}]
    return [
        *(about if theme else []),
        _("What would you like to have found by the end of today?"),
        _("What could you lend, show or teach somebody at this table?"),
        _("Who in your place never comes, and what would have to change?"),
    ]


def _short(quote: Quote) -> Quote:
    return Quote(Truncator(quote.text).words(QUOTED_WORDS), quote.language)


def _organisation(guest: Guest) -> Organisation:
    return guest.registration.organisation


def _person(guest: Guest) -> Person:
    if guest.registration.person is None:
        raise ValueError("a draft has no person yet")
    return guest.registration.person


def _name(guest: Guest) -> str:
    return _person(guest).name


def _sitter(guest: Guest) -> Sitter:
    return Sitter(_name(guest), _organisation(guest).name)


# --- what changed ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Change:
    """What to tell one guest about one round. Tables as people name them, "" for none; `with_now`: for talks."""

    guest: Guest
    round: int
    before: str
    after: str
    with_now: list[str]


def changes_since_told(plan: Plan) -> list[Change]:
    """Who sits elsewhere, or talks with somebody else, than they were told; by name, then by round."""
    guests = {guest.pk: guest for guest in planning.guests_of(plan)}
    now = Where(plan.seats.order_by("round", "guest").values_list("guest", "round", "table"))
    told = Where(tuple(seat) for seat in plan.told)
    found = []
    for pk, guest in guests.items():
        for at in range(plan.rounds):
            before, after = told.table(pk, at), now.table(pk, at)
            beside = now.beside(pk, at) if plan.form == Plan.Form.TALKS else set()
            beside_told = told.beside(pk, at) if plan.form == Plan.Form.TALKS else set()
            if before == after and beside == beside_told:
                continue
            names = sorted(_name(guests[other]) for other in beside if other in guests)
            found.append(Change(guest, at + 1, _table(plan, before), _table(plan, after), names))
    return sorted(found, key=lambda change: (_name(change.guest).casefold(), change.guest.pk, change.round))


class Where:
    """Who sits where, from (guest, round, table) of everybody who has a seat."""

    def __init__(self, seats: Iterable[tuple[int, ...]]) -> None:
        self._tables: dict[tuple[int, int], int] = {}
        self._guests: dict[tuple[int, int], set[int]] = {}
        for guest, at, table in seats:
            self._tables[guest, at] = table
            self._guests.setdefault((at, table), set()).add(guest)

    def table(self, guest: int, at: int) -> int:
        return self._tables.get((guest, at), planning.NOWHERE)

    def beside(self, guest: int, at: int) -> set[int]:
        """Who else is at their table in that round."""
        return self._guests.get((at, self.table(guest, at)), set()) - {guest}


def _table(plan: Plan, number: int) -> str:
    return plan.table_name(number) if 0 <= number < len(plan.tables) else ""
