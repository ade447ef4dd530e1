"""What a run said, kept for good as JSON: every shown pair with its parts, best first, and what a later run is compared
by; of a refresh, for two weeks, the pairs that read otherwise and the order of all. Small: names of parts, no
sentences; numbers to six digits.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict
from hashlib import blake2b
from typing import Any

from matching import engine
from matching.engine.scores import scores_of
from matching.models import WeightSet
from matching.services.weights import chance_of

Keys = tuple[str, str]  # of the museum and the partner

DIGITS = 6
MARK = 4  # bytes


def report(
    prepared: engine.Prepared,
    survey: engine.Survey,
    said: engine.Matching,
    *,
    excluded: Mapping[tuple[str, str], str],
    before: Iterable[Keys],
) -> dict[str, Any]:
    """All but the pairs: who fell short and why, the measures, and how each organisation and rule stood.

    As it comes back from the database. `passed_over`: pairs shown `before` that are not shown any more, with the score
    they have now.
    """
    profiles = prepared.gathering.profiles
    here = {profile.key for profile in profiles}
    return {
        "organisations": len(profiles),
        "museums": sum(profile.sector == "museum" for profile in profiles),
        "with_words": sum(bool(profile.description or profile.needs or profile.offers) for profile in profiles),
        "pairs_considered": said.pairs_considered,
        "measures": {name: round(value, DIGITS) for name, value in said.measures.items()},
        "shortfalls": [asdict(shortfall) for shortfall in said.shortfalls],
        "together": [asdict(pair) | {"words": list(pair.words)} for pair in said.together],
        "passed_over": _passed_over(prepared, survey, said, before),
        "taking_part": {profile.key: _marks(profile) for profile in profiles},
        "excluded": sorted([*pair, why] for pair, why in excluded.items() if here.issuperset(pair)),
    }


def pairs(
    suggestions: Iterable[engine.Suggestion],
    weight_set: WeightSet | None,
    *,
    as_before: Collection[Keys] = (),
) -> list[dict[str, Any]]:
    """All of them but those that stand `as_before`, best first."""
    return [
        {
            "museum": pair.museum,
            "partner": pair.partner,
            "band": pair.band.value,
            "score": score_in_short(pair.score),
            "chance": chance(pair, weight_set),
            "pinned": pair.pinned,
            "exploring": pair.exploring,
            "reasons": [plain(reason) for reason in pair.reasons],
            "cautions": [plain(caution) for caution in pair.cautions],
        }
        for pair in suggestions
        if (pair.museum, pair.partner) not in as_before
    ]


def _passed_over(
    prepared: engine.Prepared, survey: engine.Survey, said: engine.Matching, before: Iterable[Keys]
) -> list[dict[str, Any]]:
    shown = {(pair.museum, pair.partner) for pair in said.suggestions}
    scores = scores_of(prepared, survey, sorted(keys for keys in before if keys not in shown))
    return [
        {"museum": museum, "partner": partner, "score": score_in_short(score)}
        for (museum, partner), score in scores.items()
    ]


def _marks(profile: engine.Profile) -> list[Any]:
    """By which a later change is seen: a mark of the words, of the ticks and of the place, and the limit."""
    lines = [*profile.needs, *profile.offers]
    words = [profile.description, profile.languages, *((x.side, x.text, x.language, x.says_when) for x in lines)]
    ticks = [profile.themes, profile.audiences, *((x.key, x.kinds, x.themes, x.audiences) for x in lines)]
    place = [profile.easting, profile.northing, profile.reach_km]
    return [*(_mark(what) for what in (words, ticks, place)), profile.limit]


def _mark(what: object) -> str:
    return blake2b(repr(what).encode(), digest_size=MARK).hexdigest()


def without_words(report: Mapping[str, Any]) -> dict[str, Any]:
    """The same report without what anybody wrote: reasons and cautions quote words, and so do those who seek alike."""
    return {
        **report,
        "pairs": [pair | {"reasons": [], "cautions": []} for pair in report.get("pairs", ())],
        "together": [pair | {"words": []} for pair in report.get("together", ())],
    }


# --- scores ----------------------------------------------------------------------------------------------------------


def plain(item: engine.Reason | engine.Caution) -> dict[str, Any]:
    """As it comes back from the database."""
    evidence = {name: list(value) if isinstance(value, tuple) else value for name, value in item.evidence.items()}
    return {"code": item.code, "evidence": evidence}


def chance(pair: engine.Suggestion, weight_set: WeightSet | None) -> float | None:
    """Of two yeses, in [0, 1]; None until enough answers are known."""
    if weight_set is None or not weight_set.calibration.get("use"):
        return None
    found = chance_of(weight_set, score_in_full(pair.score))
    return None if found is None else round(found, DIGITS)


def score_in_full(score: engine.Score) -> dict[str, Any]:
    """A score with everything it is made of, as a suggestion keeps it."""
    return _factors(score) | {
        "museum_wants": _exchange_in_full(score.museum_wants),
        "partner_wants": _exchange_in_full(score.partner_wants),
    }


def score_in_short(score: engine.Score) -> dict[str, Any]:
    """A score with the values of its parts by name; their shares are the run's weights."""
    return _factors(score) | {
        "museum_wants": _exchange_in_short(score.museum_wants),
        "partner_wants": _exchange_in_short(score.partner_wants),
    }


def _factors(score: engine.Score) -> dict[str, Any]:
    return {
        "value": round(score.value, DIGITS),
        "reciprocal": round(score.reciprocal, DIGITS),
        "near": round(score.near, DIGITS),
        "timing": round(score.timing, DIGITS),
        "percentile": round(score.percentile, 2),
        "distance_km": None if score.distance_km is None else round(score.distance_km, 2),
        "confidence": round(score.confidence, 2),
    }


def _exchange_in_full(exchange: engine.Exchange) -> dict[str, Any]:
    return {
        "seeker": exchange.seeker,
        "provider": exchange.provider,
        "want": round(exchange.want, DIGITS),
        "fit": round(exchange.fit, DIGITS),
        "aims": round(exchange.aims, DIGITS),
        "need": exchange.need,
        "offer": exchange.offer,
        "parts": [_part(part) for part in exchange.parts],
        "aims_parts": [_part(part) for part in exchange.aims_parts],
        **_leaning(exchange),
    }


def _leaning(exchange: engine.Exchange) -> dict[str, float]:
    return {"leaning": round(exchange.leaning, DIGITS)} if exchange.leaning else {}


def _part(part: engine.Part) -> dict[str, Any]:
    return {
        "code": part.code,
        "value": round(part.value, DIGITS),
        "weight": round(part.weight, DIGITS),
        "known": part.known,
    }


def _exchange_in_short(exchange: engine.Exchange) -> dict[str, Any]:
    """`guessed`: the parts for which the event's middle value stands in."""
    parts = (*exchange.parts, *exchange.aims_parts)
    return {
        "want": round(exchange.want, DIGITS),
        "fit": round(exchange.fit, DIGITS),
        "aims": round(exchange.aims, DIGITS),
        "parts": {part.code: round(part.value, DIGITS) for part in exchange.parts},
        "aims_parts": {part.code: round(part.value, DIGITS) for part in exchange.aims_parts},
        "guessed": sorted({part.code for part in parts if not part.known}),
        **_leaning(exchange),
    }
