"""An event as the engine saw it, as bytes to keep: canonical JSON, so that the same event gives the same bytes."""

import hashlib
import json
import zlib
from dataclasses import asdict, fields
from operator import attrgetter
from typing import Any

from matching.engine.types import Gathering, Listing, Profile, Side, Term, Vocabulary
from matching.engine.weights import Weights

PROFILE = tuple(field.name for field in fields(Profile) if field.name not in ("needs", "offers"))
LINE = tuple(field.name for field in fields(Listing))
_of_profile, _of_line = attrgetter(*PROFILE), attrgetter(*LINE)


def as_json(values: Gathering) -> bytes:
    """Everything of a gathering, profiles and lines in order of their keys."""
    vocabulary = values.vocabulary
    content = {
        "profile": PROFILE,
        "line": LINE,
        "profiles": [
            [*_of_profile(profile), _lines(profile.needs), _lines(profile.offers)]
            for profile in sorted(values.profiles, key=attrgetter("key"))
        ],
        "terms": {
            name: [[term.slug, term.scope] for term in getattr(vocabulary, name)]
            for name in ("kinds", "themes", "audiences")
        },
        "related_kinds": sorted([*pair, weight] for pair, weight in vocabulary.related_kinds.items()),
        "open_kinds": sorted(vocabulary.open_kinds),
        "money_kinds": sorted(vocabulary.money_kinds),
        "excluded": sorted(values.excluded),
        "must_meet": sorted(values.must_meet),
        "barred_kinds": {key: sorted(pairs) for key, pairs in sorted(values.barred_kinds.items())},
        "near_km": values.near_km,
    }
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def from_json(content: bytes) -> Gathering:
    """The gathering that `as_json` was given, its profiles in order of their keys."""
    kept = json.loads(content)
    profile_fields, line_fields = kept["profile"], kept["line"]
    vocabulary = Vocabulary(
        **{name: tuple(Term(slug, tuple(scope)) for slug, scope in terms) for name, terms in kept["terms"].items()},
        related_kinds={(need, offer): weight for need, offer, weight in kept["related_kinds"]},
        open_kinds=frozenset(kept["open_kinds"]),
        money_kinds=frozenset(kept["money_kinds"]),
    )
    return Gathering(
        profiles=tuple(
            Profile(
                **_named(profile_fields, own),
                needs=_from_lines(line_fields, needs),
                offers=_from_lines(line_fields, offers),
            )
            for *own, needs, offers in kept["profiles"]
        ),
        vocabulary=vocabulary,
        excluded=_pairs(kept["excluded"]),
        must_meet=_pairs(kept["must_meet"]),
        barred_kinds={key: _pairs(pairs) for key, pairs in kept["barred_kinds"].items()},
        near_km=kept["near_km"],
    )


def freeze(content: bytes) -> bytes:
    return zlib.compress(content, 3)


def thaw(frozen: bytes) -> Gathering:
    """Raises zlib.error, ValueError or KeyError for what `freeze` did not write."""
    return from_json(zlib.decompress(frozen))


def input_hash(content: bytes, weights: Weights, version: str) -> str:
    """SHA-256 of everything a run's answer depends on; `content` as `as_json` gives it."""
    settings = json.dumps([asdict(weights), version], sort_keys=True)
    return hashlib.sha256(content + settings.encode()).hexdigest()


def _lines(listings: tuple[Listing, ...]) -> list[tuple[Any, ...]]:
    return [_of_line(line) for line in sorted(listings, key=attrgetter("key"))]


def _from_lines(names: list[str], rows: list[list[Any]]) -> tuple[Listing, ...]:
    lines = (_named(names, row) for row in rows)
    return tuple(Listing(**(line | {"side": Side(line["side"])})) for line in lines)


def _named(names: list[str], values: list[Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in zip(names, values, strict=True)}


def _pairs(rows: list[list[str]]) -> frozenset[tuple[str, str]]:
    return frozenset((one, other) for one, other in rows)
