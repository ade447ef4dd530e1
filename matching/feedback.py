"""What people's answers change: how far an organisation reaches, which kinds it is not offered, how it leans.

Read from the answers whenever it is asked for; what an organisation says of itself is never overwritten.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from django.db.models import Max

from events.models import Event
from matching import engine
from matching.models import Answer, WeightSet
from partners.models import KindRelation, Listing, Organisation

SAME_KIND_TWICE = 2  # one no may be about that offer alone; two say that the kind is not what they look for


def feedback(event: Event, organisations: Iterable[Organisation]) -> engine.Feedback:
    """Reach in km and barred kinds, by organisation code, from the noes of these organisations at any event.

    A kind is barred for the same kind only after two noes, because the organisation itself ticked it for its need.
    """
    reach = {o.pk: (o.code, o.reach_km or event.near_km) for o in organisations}
    noes = list(
        Answer.objects.filter(organisation__in=reach, choice=Answer.Choice.NO)
        .filter(reason__in=(Answer.Reason.TOO_FAR, Answer.Reason.WRONG_KIND))
        .select_related("suggestion")
        .order_by("at", "pk")
    )
    if not noes:
        return engine.Feedback({}, ())
    accepted = (
        Answer.objects.filter(organisation__in={no.organisation_id for no in noes}, choice=Answer.Choice.YES)
        .order_by()
        .values_list("organisation__code")
        .annotate(farthest=Max("suggestion__distance_km"))
    )
    kinds = _kinds_refused(noes)
    declines = [
        engine.Decline(reach[no.organisation_id][0], no.reason, no.suggestion.distance_km, kinds.get(no.pk))
        for no in noes
    ]
    said = Counter((one.chooser, one.kinds) for one in declines if one.reason == Answer.Reason.WRONG_KIND)
    meant = [
        one
        for one in declines
        if one.kinds is None or one.kinds[0] != one.kinds[1] or said[one.chooser, one.kinds] >= SAME_KIND_TWICE
    ]
    return engine.learn_from_reasons(
        meant, dict(reach.values()), accepted_km={code: km for code, km in accepted if km is not None}
    )


def barred_kinds(found: engine.Feedback) -> dict[str, frozenset[tuple[str, str]]]:
    """What may not count, by organisation, as `engine.Gathering` takes it."""
    barred: dict[str, set[tuple[str, str]]] = {}
    for code, need, offer in found.barred:
        barred.setdefault(code, set()).add((need, offer))
    return {code: frozenset(pairs) for code, pairs in barred.items()}


def leanings() -> Mapping[str, tuple[float, float]]:
    """Readiness and appeal by organisation code, as last night's lesson found them; 0 for everybody else.

    None at all where they did not foretell the newest answers better.
    """
    used = WeightSet.objects.in_use()
    said = used.leanings if used else {}
    found = said.get("of", {}) if said.get("use") else {}
    return defaultdict(lambda: (0.0, 0.0), {code: (readiness, appeal) for code, (readiness, appeal) in found.items()})


def _kinds_refused(noes: Iterable[Answer]) -> dict[int, tuple[str, str]]:
    """The kind of the need and the kind of the offer that was meant to meet it, for each "not what we look for"."""
    lines = {no.pk: _exchange(no) for no in noes if no.reason == Answer.Reason.WRONG_KIND}
    codes = {code for pair in lines.values() for code in pair}
    kinds = {
        listing.code: sorted(kind.slug for kind in listing.kinds.all())
        for listing in Listing.objects.filter(code__in=codes).prefetch_related("kinds")
    }
    related = {(need, offer): weight for need, offer, weight in _relations()} if codes else {}
    found = {pk: _closest(kinds.get(need, []), kinds.get(offer, []), related) for pk, (need, offer) in lines.items()}
    return {pk: pair for pk, pair in found.items() if pair}


def _relations() -> Iterable[tuple[str, str, float]]:
    return KindRelation.objects.values_list("need_kind__slug", "offer_kind__slug", "weight")


def _exchange(no: Answer) -> tuple[str, str]:
    """The codes of the need and of the offer that brought the pair to who answered; empty where none did."""
    score = no.score or no.suggestion.parts
    side = "museum_wants" if no.organisation_id == no.suggestion.museum_id else "partner_wants"
    gain = score.get(side, {})
    return gain.get("need", ""), gain.get("offer", "")


def _closest(needs: list[str], offers: list[str], related: Mapping[tuple[str, str], float]) -> tuple[str, str] | None:
    """The pair of kinds that counted most: the same kind, else the closest related ones; none if nothing links them."""
    pairs = [(need, offer) for need in needs for offer in offers]
    weights = {pair: 1.0 if pair[0] == pair[1] else related.get(pair, 0.0) for pair in pairs}
    best = max(pairs, key=lambda pair: (weights[pair], pair), default=None)
    return best if best and weights[best] > 0 else None
