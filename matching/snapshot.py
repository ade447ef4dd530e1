"""Rows → the engine's values, in a fixed number of queries. The engine's only supplier."""

import hashlib
import json
from dataclasses import asdict
from datetime import datetime, timedelta

from django.db.models import Prefetch, Q, QuerySet

from events.models import Event, Registration
from matching.engine.types import Gathering, Profile, Side, Term, Vocabulary
from matching.engine.types import Listing as Line
from matching.models import Introduction, Suggestion
from partners.models import Audience, Consent, Kind, KindRelation, Listing, Organisation, Person, Theme

DECLINED_FOR = timedelta(days=182)
DESCRIPTION_LISTING = "description:"  # the key of an imported description that stands in for an offer


def taking_part(event: Event) -> QuerySet[Organisation]:
    """Organisations open to contact, with a place at `event` for somebody who agreed to be visible there."""
    agreeing = Person.objects.agreeing(Consent.Purpose.VISIBLE_AT_EVENT)
    places = Registration.objects.coming().filter(event=event, person__in=agreeing)
    return Organisation.objects.filter(pk__in=places.values("membership__organisation"), open_to_contact=True)


def gathering(event: Event, *, as_of: datetime) -> Gathering:
    """What the engine may know of one event. Unchecked words are not in it."""
    organisations = _with_words(taking_part(event))
    shown = _shown_elsewhere(event)
    return Gathering(
        profiles=tuple(_profile(organisation, shown.get(organisation.pk, 0)) for organisation in organisations),
        vocabulary=vocabulary(),
        excluded=_excluded(as_of),
        near_km=event.near_km,
    )


def rehearsal(event: Event) -> Gathering:
    """The organisations imported for an event's area: each one's description stands for what it offers and aims at."""
    organisations = _with_words(event.known_organisations.all())
    return Gathering(
        profiles=tuple(_rehearsed(organisation) for organisation in organisations),
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


def input_hash(values: Gathering, weights: dict[str, float], version: str) -> str:
    """SHA-256 of everything a run's answer depends on, in a canonical order."""
    content = asdict(values)
    content["profiles"] = sorted(content["profiles"], key=lambda profile: profile["key"])
    content["excluded"] = sorted(content["excluded"])
    vocabulary = content["vocabulary"]
    vocabulary["related_kinds"] = sorted([*pair, weight] for pair, weight in vocabulary["related_kinds"].items())
    vocabulary["open_kinds"] = sorted(vocabulary["open_kinds"])
    vocabulary["money_kinds"] = sorted(vocabulary["money_kinds"])
    text = json.dumps([content, weights, version], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _with_words(organisations: QuerySet[Organisation]) -> QuerySet[Organisation]:
    listings = Listing.objects.approved().order_by("code").prefetch_related("kinds", "themes", "audiences")
    return (
        organisations.select_related("parent")
        .prefetch_related("themes", "audiences", Prefetch("listings", queryset=listings, to_attr="approved_listings"))
        .order_by("code")
    )


def _profile(organisation: Organisation, shown_before: int = 0) -> Profile:
    lines = [_line(listing) for listing in organisation.approved_listings]  # type: ignore[attr-defined]
    languages = {organisation.language, *(line.language for line in lines)}
    return Profile(
        key=organisation.code,
        sector=organisation.sector,
        family=organisation.parent.code if organisation.parent else organisation.code,
        description=organisation.shown_description,
        languages=tuple(sorted(languages)),
        themes=_slugs(organisation.themes.all()),
        audiences=_slugs(organisation.audiences.all()),
        easting=organisation.easting,
        northing=organisation.northing,
        reach_km=organisation.reach_km,
        open_to_contact=organisation.open_to_contact,
        needs=tuple(line for line in lines if line.side == Side.NEED),
        offers=tuple(line for line in lines if line.side == Side.OFFER),
        shown_before=shown_before,
    )


def _rehearsed(organisation: Organisation) -> Profile:
    profile = _profile(organisation)
    if profile.offers or not organisation.shown_description:
        return profile
    stand_in = Line(
        key=f"{DESCRIPTION_LISTING}{organisation.code}",
        side=Side.OFFER,
        text=organisation.shown_description,
        language=organisation.language,
    )
    values = {name: getattr(profile, name) for name in Profile.__dataclass_fields__}
    return Profile(**(values | {"offers": (stand_in,)}))


def _line(listing: Listing) -> Line:
    return Line(
        key=listing.code,
        side=Side(listing.side),
        text=listing.text,
        language=listing.language,
        kinds=_slugs(listing.kinds.all()),
        themes=_slugs(listing.themes.all()),
        audiences=_slugs(listing.audiences.all()),
        says_when=bool(listing.when),
    )


def _slugs(terms: object) -> tuple[str, ...]:
    return tuple(sorted(term.slug for term in terms))  # type: ignore[attr-defined]


def _terms(model: type[Kind] | type[Theme] | type[Audience]) -> tuple[Term, ...]:
    rows = model._default_manager.order_by("slug").values_list("slug", "name_en", "name_cy", "scope_en", "scope_cy")
    return tuple(Term(slug=slug, scope=tuple(words)) for slug, *words in rows)


def _excluded(as_of: datetime) -> frozenset[tuple[str, str]]:
    """Pairs that were introduced, at whatever event, or that one side declined in the last six months."""
    introduced = Introduction.objects.values_list("suggestion__museum__code", "suggestion__partner__code").order_by()
    declined = (
        Suggestion.objects.filter(Q(state=Suggestion.State.DECLINED) & Q(declined_at__gt=as_of - DECLINED_FOR))
        .order_by()
        .values_list("museum__code", "partner__code")
    )
    return frozenset((min(pair), max(pair)) for pair in introduced.union(declined))


def _shown_elsewhere(event: Event) -> dict[int, int]:
    """How often other events showed an organisation: only they count, so that a repeated run says the same."""
    counts: dict[int, int] = {}
    for pair in Suggestion.objects.showing().exclude(event=event).values_list("museum_id", "partner_id"):
        for pk in pair:
            counts[pk] = counts.get(pk, 0) + 1
    return counts
