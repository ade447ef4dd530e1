"""Which kinds, themes or audiences a sentence speaks of, read from the vocabulary's own names and notes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from matching.engine.text import CONCEPT_SHARE, tokens_of
from matching.engine.types import Term
from matching.engine.words import Token, english_stem, welsh_stem

# Boilerplate in a description, yet what a kind is called.
TELLING_ENGLISH = (
    "volunteer", "training", "trustee", "money", "show", "room", "hall", "object", "collection", "session", "network",
    "publicity", "equipment", "travel", "computer", "meeting", "supervision", "premises",
)  # fmt: skip
TELLING_WELSH = ("gwirfoddolwyr", "arian", "cyllid", "ymddiriedolwyr")
TELLING = frozenset(map(english_stem, TELLING_ENGLISH)) | frozenset(map(welsh_stem, TELLING_WELSH))
# Words of names and notes that say nothing of the subject on their own.
HOLLOW = frozenset(
    map(english_stem, ("links", "number", "skills", "know", "using", "thanked", "worker", "body", "one"))
)
NAMES = 2  # a term's scope: English name, Welsh name, English note, Welsh note
NOTE_SHARE = 0.8


@dataclass(frozen=True, slots=True)
class TermHint:
    """A term the words point to, with how surely, in [0, 1]: .5 is one telling word, .75 about three."""

    slug: str
    sureness: float


@dataclass(frozen=True, slots=True)
class TermReader:
    """A list of terms ready to be read many times: for each feature, which terms hold it and how telling it is."""

    holders: dict[str, tuple[tuple[str, float], ...]]

    @classmethod
    def of(cls, terms: Sequence[Term]) -> TermReader:
        """Read the names and notes of the terms; a word that many terms use tells less."""
        found = {term.slug: _features_of_term(term) for term in terms}
        spread: dict[str, int] = {}
        for features in found.values():
            for name in features:
                spread[name] = spread.get(name, 0) + 1
        holders: dict[str, list[tuple[str, float]]] = {}
        top = math.log(1 + len(found)) or 1.0
        for slug in sorted(found):
            for name, share in found[slug].items():
                telling = share * math.log(1 + len(found) / spread[name]) / top
                holders.setdefault(name, []).append((slug, telling))
        return cls({name: tuple(pairs) for name, pairs in holders.items()})

    def read(self, text: str, *, language: str = "en", limit: int = 3) -> tuple[TermHint, ...]:
        """Hints for a text; see `hints`."""
        return self.hints([token for _, token in tokens_of(text, language)], limit=limit)

    def hints(self, tokens: Iterable[Token], *, limit: int = 3) -> tuple[TermHint, ...]:
        """At most `limit` hints, surest first, ties by slug; empty where nothing points anywhere.

        Raises: ValueError if `limit` is below 1.
        """
        if limit < 1:
            raise ValueError("A limit of hints must be at least 1.")
        weight: dict[str, dict[str, float]] = {}
        for token in _telling(tokens):
            for name in (token.stem, token.concept):
                for slug, telling in self.holders.get(name, ()):
                    # A stem and its meaning are one word, and saying it twice is no surer.
                    key = token.concept or token.stem
                    best = weight.setdefault(slug, {})
                    best[key] = max(best.get(key, 0.0), telling)
        hints = [TermHint(slug, _sureness(sum(sorted(found.values())))) for slug, found in weight.items()]
        return tuple(sorted(hints, key=lambda hint: (-hint.sureness, hint.slug))[:limit])


def suggest_terms(text: str, terms: Sequence[Term], *, language: str = "en", limit: int = 3) -> tuple[TermHint, ...]:
    """Kinds, themes or audiences a sentence in English or Welsh speaks of, surest first.

    Raises: ValueError if `limit` is below 1.
    """
    return TermReader.of(terms).read(text, language=language, limit=limit)


def _sureness(weight: float) -> float:
    return round(weight / (1 + weight), 9)


def _telling(tokens: Iterable[Token]) -> list[Token]:
    """The words that say what a text is of: no boilerplate, but for what kinds are called."""
    return [token for token in tokens if token.stem not in HOLLOW and (not token.weak or token.stem in TELLING)]


def _features_of_term(term: Term) -> dict[str, float]:
    """Stems and meanings of a term's names and notes with their share in (0, 1]; a name weighs more than a note."""
    features: dict[str, float] = {}
    for place, text in enumerate(term.scope):
        share = 1.0 if place < NAMES else NOTE_SHARE
        for token in _telling(token for _, token in tokens_of(text, "cy" if place % 2 else "en")):
            features[token.stem] = max(features.get(token.stem, 0.0), share)
            if token.concept:
                features[token.concept] = max(features.get(token.concept, 0.0), CONCEPT_SHARE * share)
    return features
