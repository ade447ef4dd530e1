"""Rows → the engine's values, in a fixed number of queries. The engine's only supplier."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, QuerySet
from django.utils import timezone

from events.models import Event, Registration
from matching import feedback
from matching.engine.types import Gathering, Profile, Side, Term, Vocabulary
from matching.engine.types import Listing as Line
from matching.models import Answer, Introduction, PairRule, Suggestion
from partners.models import Audience, Kind, KindRelation, Listing, Organisation, Theme

DECLINED_FOR = timedelta(days=182)
DESCRIPTION_LISTING = "description:"  # the key of an imported description that stands in for an offer

Pair = tuple[str, str]


def places(event: Event) -> QuerySet[Registration]:
    """Confirmed places at one event, of people who agreed to be visible there."""
    return Registration.objects.visible().filter(event=event)


def taking_part(event: Event) -> QuerySet[Organisation]:
    """Organisations open to contact, with a place at `event` for somebody who agreed to be visible there."""
    return Organisation.objects.filter(pk__in=places(event).values("membership__organisation"), open_to_contact=True)


def numbers_taking_part() -> Counter[int]:
    """How many organisations take part in each event, by its primary key; one query."""
    open_ones = Registration.objects.visible().filter(membership__organisation__open_to_contact=True).order_by()
    counted = open_ones.values_list("event").annotate(Count("membership__organisation", distinct=True))
    return Counter(dict(counted))


def gathering(event: Event, *, as_of: datetime) -> Gathering:
    """What the engine may know of one event. Unchecked and restricted words are not in it."""
    shown, limits = _shown_earlier(event), _introductions_left()
    coming = Registration.objects.coming().filter(event=event)
    lines = _lines(Organisation.objects.filter(pk__in=coming.values("membership__organisation")))
    said_no = Answer.objects.filter(choice=Answer.Choice.NO).values("organisation")
    learnt = feedback.feedback(event, taking_part(event).filter(pk__in=said_no))
    leanings = feedback.leanings()
    profiles = tuple(
        replace(
            profile,
            shown_before=shown.get(pk, 0),
            limit=limits.get(pk),
            reach_km=learnt.reach.get(profile.key, profile.reach_km),
            readiness=leanings[profile.key][0],
            appeal=leanings[profile.key][1],
        )
        for pk, profile in _profiles(taking_part(event), lines)
    )
    here = {profile.key for profile in profiles}
    return Gathering(
        profiles=profiles,
        vocabulary=vocabulary(),
        excluded=frozenset(pair for pair in exclusions(event, as_of=as_of) if here.issuperset(pair)),
        must_meet=frozenset(pair for pair in _rules(event, as_of, PairRule.Rule.MUST_MEET) if here.issuperset(pair)),
        barred_kinds=feedback.barred_kinds(learnt),
        near_km=event.near_km,
    )


def rehearsal(event: Event) -> Gathering:
    """The organisations imported for an event's area: each one's description stands for what it offers and aims at."""
    who = event.known_organisations.all()
    return Gathering(
        profiles=tuple(_described(profile) for _pk, profile in _profiles(who, _lines(who))),
        vocabulary=vocabulary(),
        near_km=event.near_km,
    )


def vocabulary() -> Vocabulary:
    relations = KindRelation.objects.values_list("need_kind__slug", "offer_kind__slug", "weight")
    return Vocabulary(
        kinds=_terms(Kind),
        themes=_terms(Theme),
        audiences=_terms(Audience),
        related_kinds={(need, offer): weight for need, offer, weight in relations},
    )


def exclusions(event: Event, *, as_of: datetime) -> dict[Pair, str]:
    """Pairs of codes, each sorted, that must not be suggested at `event`, and why.

    Why: "declined" by one side in the last six months, "partners" or "keep_apart" by a rule of staff, or "introduced"
    at whatever event; the last of these that holds.
    """
    declined = Suggestion.objects.filter(state=Suggestion.State.DECLINED, declined_at__gt=as_of - DECLINED_FOR)
    found = {_sorted(pair): "declined" for pair in _codes(declined)}
    for rule in (PairRule.Rule.PARTNERS, PairRule.Rule.KEEP_APART):
        found |= dict.fromkeys(_rules(event, as_of, rule), rule.value)
    introduced = Introduction.objects.order_by().values_list("suggestion__museum__code", "suggestion__partner__code")
    return found | {_sorted(pair): "introduced" for pair in introduced}


def _rules(event: Event, as_of: datetime, rule: PairRule.Rule) -> set[Pair]:
    in_force = PairRule.objects.in_force(event=event, on=timezone.localdate(as_of)).filter(rule=rule)
    return {_sorted(pair) for pair in _codes(in_force)}


def _codes(pairs: QuerySet[Any]) -> QuerySet[Any, tuple[str, str]]:
    return pairs.order_by().values_list("museum__code", "partner__code")


def _sorted(pair: Pair) -> Pair:
    return min(pair), max(pair)


# --- profiles --------------------------------------------------------------------------------------------------------

ABOUT = (
    *("code", "sector", "description", "restricted_at", "language", "open_to_contact"),
    *("easting", "northing", "reach_km"),
)


def _profiles(who: QuerySet[Organisation], lines: Mapping[int, list[Line]]) -> Iterator[tuple[int, Profile]]:
    """(primary key, profile) in order of the codes; `lines` may hold those of others too."""
    themes = _ticked(Organisation.themes.through.objects.filter(organisation__in=who), "organisation_id", "theme")
    audiences = _ticked(
        Organisation.audiences.through.objects.filter(organisation__in=who), "organisation_id", "audience"
    )
    families = _families()
    rows = who.order_by("code").values_list("pk", *ABOUT).iterator()
    for pk, code, sector, description, restricted, language, open_to_contact, easting, northing, reach_km in rows:
        own = lines.get(pk, [])
        yield (
            pk,
            Profile(
                key=code,
                sector=sector,
                family=families.get(pk, code),
                description="" if restricted else description,
                languages=tuple(sorted({language, *(line.language for line in own)})),
                themes=themes[pk],
                audiences=audiences[pk],
                easting=easting,
                northing=northing,
                reach_km=reach_km,
                open_to_contact=open_to_contact,
                needs=tuple(line for line in own if line.side == Side.NEED),
                offers=tuple(line for line in own if line.side == Side.OFFER),
            ),
        )


def _lines(who: QuerySet[Organisation]) -> dict[int, list[Line]]:
    """Every approved line of these organisations, by primary key, in order of the codes."""
    kinds, themes, audiences = (
        _ticked(relation.through.objects.filter(listing__organisation__in=who), "listing_id", term)
        for relation, term in ((Listing.kinds, "kind"), (Listing.themes, "theme"), (Listing.audiences, "audience"))
    )
    found: dict[int, list[Line]] = defaultdict(list)
    listings = Listing.objects.approved().filter(organisation__in=who).order_by("code")
    rows = listings.values_list("organisation_id", "pk", "code", "side", "text", "language", "when")
    for owner, pk, code, side, text, language, when in rows.iterator():
        found[owner].append(
            Line(
                key=code,
                side=Side(side),
                text=text,
                language=language,
                kinds=kinds[pk],
                themes=themes[pk],
                audiences=audiences[pk],
                says_when=bool(when),
            )
        )
    return found


def _ticked(rows: QuerySet[Any], owner: str, term: str) -> defaultdict[int, tuple[str, ...]]:
    """Slugs by the primary key of their owner, sorted; () where nothing is ticked."""
    found: dict[int, list[str]] = defaultdict(list)
    for pk, slug in rows.values_list(owner, f"{term}__slug").iterator():
        found[pk].append(slug)
    return defaultdict(tuple, {pk: tuple(sorted(slugs)) for pk, slugs in found.items()})


def _described(profile: Profile) -> Profile:
    """A rehearsed organisation without offers offers what its description says."""
    if profile.offers or not profile.description:
        return profile
    stand_in = Line(
        key=f"{DESCRIPTION_LISTING}{profile.key}",
        side=Side.OFFER,
        text=profile.description,
        language=profile.languages[0],
    )
    return replace(profile, offers=(stand_in,))


def _families() -> dict[int, str]:
    """The code at the top of each organisation's chain of parents, for those that have one."""
    parents = {
        pk: (parent, code)
        for pk, parent, code in Organisation.objects.exclude(parent=None)
        .order_by()
        .values_list("pk", "parent_id", "parent__code")
    }
    return {pk: _top(pk, parents) for pk in parents}


def _top(pk: int, parents: Mapping[int, tuple[int, str]]) -> str:
    seen = {pk}
    while True:
        parent, code = parents[pk]
        if parent not in parents or parent in seen:  # a ring of parents is one family too
            return min(code, *(parents[at][1] for at in seen)) if parent in seen else code
        seen.add(parent)
        pk = parent


def _introductions_left() -> dict[int, int]:
    """How many more new partners those who gave a number can manage, never below 0; ended pairs take nobody's time."""
    wanted = Organisation.objects.exclude(most_introductions=None).order_by()
    made: Counter[int] = Counter()
    for side in ("museum", "partner"):
        rows = Introduction.objects.going_on().filter(**{f"suggestion__{side}__in": wanted}).order_by()
        made.update(dict(rows.values_list(f"suggestion__{side}").annotate(Count("pk"))))
    numbers = wanted.values_list("pk", "most_introductions")
    return {pk: max(0, most - made[pk]) for pk, most in numbers if most is not None}


def _shown_earlier(event: Event) -> Counter[int]:
    """How often events before this one showed an organisation: a run never counts what it said itself."""
    shown: Counter[int] = Counter()
    earlier = Event.objects.filter(held_on__lt=event.held_on)
    for pair in Suggestion.objects.showing().filter(event__in=earlier).order_by().values_list("museum", "partner"):
        shown.update(pair)
    return shown


def _terms(model: type[Kind] | type[Theme] | type[Audience]) -> tuple[Term, ...]:
    rows = model._default_manager.order_by("slug").values_list("slug", "name_en", "name_cy", "scope_en", "scope_cy")
    return tuple(Term(slug=slug, scope=tuple(words)) for slug, *words in rows)
