"""Which kinds, themes or audiences a sentence speaks of, and whether it asks or gives.

Read from the vocabulary's own names and notes, from what people say who mean a term, and from texts that people
confirmed. Knows no organisation.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

from matching.engine.sayings import SAYINGS
from matching.engine.text import tokens_of
from matching.engine.thesaurus import WIDER
from matching.engine.types import Term
from matching.engine.wordlists import GIVING, HOLLOW_WORDS, REFUSED, SEEKING
from matching.engine.words import EVERYDAY_STEMS, Token, english_stem, fold, is_welsh, welsh_stem, words_of

# Boilerplate in a description, yet what a kind is called; as is all boilerplate that the thesaurus gives a meaning.
TELLING = frozenset(map(english_stem, ("show", "session", "collection")))
HOLLOW = frozenset(map(english_stem, HOLLOW_WORDS[0])) | frozenset(map(welsh_stem, HOLLOW_WORDS[1]))
NAME_MASS, NOTE_MASS, EXAMPLE_MASS = 3.0, 1.0, 0.25  # a dozen confirmed texts weigh as much as a name
SHARE_POWER = 0.25  # a word's part in a term counts, but far less than in proportion
WIDE = 0.3  # a word of a wider meaning tells less than the word itself, or than one of the same meaning
AGAIN = 0.3  # a further word of one meaning
# Log-odds of a hint being right: one logistic regression on the log of the evidence and on its lead over the next term,
# as a part of the evidence, so that a long text which speaks of much is not surer of all of it.
BIAS, EVIDENCE, LEAD, LEAD_FROM = 0.3, 1.5, 2.4, 0.5
FAINT = 0.02  # less sure than this is no hint
CLAUSE = re.compile(r"[.;:!?,\n]|\s(?:and|but|so|while|ac|ond|felly)\s", re.IGNORECASE)


Met = tuple[tuple[str, float], ...]  # (term, how telling) of a word


@dataclass(frozen=True, slots=True)
class TermHint:
    """A term the words point to. `sureness` in (0, 1) is about the share of such hints that people would tick.

    `side` is "need" or "offer" where the words around it say so, else "".
    """

    slug: str
    sureness: float
    side: str = ""


@dataclass(frozen=True, slots=True)
class TermReader:
    """A list of terms ready to be read many times: for each stem and meaning, who holds it and how telling it is."""

    holders: dict[str, Met]
    _met: dict[tuple[str, str, bool], tuple[tuple[str, float], ...]] = field(
        default_factory=dict, repr=False, compare=False
    )

    @classmethod
    def of(cls, terms: Sequence[Term], examples: Mapping[str, Sequence[str]] | None = None) -> TermReader:
        """Read the names and notes of the terms, what is said of them and, by slug, texts somebody confirmed for them.

        A word tells more of a term the larger its part in it and the fewer other terms use it.
        Raises: ValueError where an example is of an unknown term.
        """
        confirmed = dict(examples or {})
        unknown = sorted(confirmed.keys() - {term.slug for term in terms})
        if unknown:
            raise ValueError(f"Examples of unknown terms: {', '.join(unknown)}.")
        shares = {term.slug: _shares(term, confirmed.get(term.slug, ())) for term in terms}
        spread: dict[str, float] = {}
        for slug in sorted(shares):
            for name, share in shares[slug].items():
                spread[name] = spread.get(name, 0.0) + share
        holders: dict[str, list[tuple[str, float]]] = {}
        for slug in sorted(shares):
            for name, share in shares[slug].items():
                telling = math.log1p(len(shares) * share / spread[name]) / math.log1p(len(shares))
                holders.setdefault(name, []).append((slug, telling * share**SHARE_POWER))
        return cls({name: tuple(pairs) for name, pairs in holders.items()})

    def read(self, text: str, *, language: str = "en", limit: int = 3) -> tuple[TermHint, ...]:
        """Hints for a text without what it says it does not want, each with the side of its own part; see `hints`."""
        text = without_refused(text)
        found = self.hints([token for _, token in tokens_of(text, language)], limit=limit)
        clauses = [clause for clause in CLAUSE.split(text) if clause.strip()]
        if not found or not side_of(text, language):
            return found
        weights = [self._evidence(token for _, token in tokens_of(clause, language)) for clause in clauses]
        return tuple(replace(hint, side=_side_in(hint.slug, text, clauses, weights, language)) for hint in found)

    def hints(self, tokens: Iterable[Token], *, limit: int = 3) -> tuple[TermHint, ...]:
        """At most `limit` hints, surest first, ties by slug; empty where nothing points anywhere.

        Raises: ValueError if `limit` is below 1.
        """
        if limit < 1:
            raise ValueError("A limit of hints must be at least 1.")
        evidence = self._evidence(tokens)
        surest = sorted(evidence.items(), key=lambda term: (-term[1], term[0]))  # the more evidence, the surer
        best = [weight for _, weight in surest[:2]]
        hints = [TermHint(slug, _sureness(weight, _others(weight, best))) for slug, weight in surest[:limit]]
        return tuple(hint for hint in hints if hint.sureness >= FAINT)

    def _evidence(self, tokens: Iterable[Token]) -> dict[str, float]:
        """For each term the words point to, how much they tell; words of one meaning add little to each other."""
        told: dict[str, dict[str, dict[str, float]]] = {}
        for token in tokens:
            for slug, telling in self._meets(token):
                told.setdefault(slug, {}).setdefault(token.concept or token.stem, {})[token.stem] = telling
        return {slug: sum(sorted(map(_once, groups.values()))) for slug, groups in told.items()}

    def _meets(self, token: Token) -> Met:
        """The terms a word points to, each by its most telling reading; kept, as words come back."""
        key = (token.stem, token.concept, token.weak)
        if key not in self._met:
            best: dict[str, float] = {}
            for name, share in _readings(token):
                for slug, telling in self.holders.get(name, ()):
                    best[slug] = max(best.get(slug, 0.0), round(share * telling, 9))
            self._met[key] = tuple(sorted(best.items()))
        return self._met[key]


def suggest_terms(
    text: str,
    terms: Sequence[Term],
    *,
    language: str = "en",
    limit: int = 3,
    examples: Mapping[str, Sequence[str]] | None = None,
) -> tuple[TermHint, ...]:
    """Kinds, themes or audiences a sentence in English or Welsh speaks of, surest first.

    Raises: ValueError if `limit` is below 1 or an example is of an unknown term.
    """
    return TermReader.of(terms, examples).read(text, language=language, limit=limit)


def side_of(text: str, language: str = "en") -> str:
    """Whether a text asks ("need") or gives ("offer"); "" where its words do not say.

    The first plain word of asking or giving decides; merely having something is neither.
    """
    plain = fold(text).strip()
    welsh = is_welsh(words_of(text), declared=language)
    seeking, giving = (_first(cues[welsh], plain) for cues in (SEEKING, GIVING))
    if seeking is None and giving is None:
        return ""
    return "need" if giving is None or (seeking is not None and seeking <= giving) else "offer"


def without_refused(text: str) -> str:
    """A text without what it says is not wanted: "we no longer need a room", to the end of that clause."""
    return REFUSED.sub(" ", text)


def _first(cue: re.Pattern[str], plain: str) -> int | None:
    found = cue.search(plain)
    return found.start() if found else None


def _side_in(slug: str, text: str, clauses: list[str], weights: list[dict[str, float]], language: str) -> str:
    """The side of the clause that points to a term most plainly, or of the nearest one before it that says."""
    at = max(range(len(clauses)), key=lambda place: (weights[place].get(slug, 0.0), -place))
    said = [side for clause in clauses[: at + 1] if (side := side_of(clause, language))]
    return side_of(clauses[at], language) or (said[-1] if said else side_of(text, language))


def _sureness(weight: float, next_best: float) -> float:
    log_odds = BIAS + EVIDENCE * math.log(weight) + LEAD * (weight - next_best) / (weight + LEAD_FROM)
    return round(1.0 / (1.0 + math.exp(-log_odds)), 9)


def _others(weight: float, best: list[float]) -> float:
    """The most that any other term has: the best, or for the best itself the next."""
    others = best[1:] if weight == best[0] else best
    return others[0] if others else 0.0


def _once(words: Mapping[str, float]) -> float:
    """Words of one meaning: the most telling in full, the others in part."""
    ordered = sorted(words.values(), reverse=True)
    return ordered[0] + AGAIN * sum(ordered[1:])


def _is_telling(token: Token) -> bool:
    """Whether a word says what a text is of: no boilerplate, but for what kinds are called."""
    return token.stem not in HOLLOW and (not token.weak or bool(token.concept) or token.stem in TELLING)


def _readings(token: Token) -> list[tuple[str, float]]:
    """What a word may meet in a term: itself, its meaning and the wider one, with their share in (0, 1]."""
    if not _is_telling(token):
        return []
    readings = [(token.stem, 1.0)]
    if token.concept:
        readings.append((token.concept, 1.0))
        if token.concept in WIDER:
            readings.append((WIDER[token.concept], WIDE))
    return readings


def _shares(term: Term, examples: Sequence[str]) -> dict[str, float]:
    """Each stem's and meaning's part in a term, summing to 1: a name weighs most, then a note, then one sentence."""
    scope = zip(term.scope, ("en", "cy", "en", "cy"), (NAME_MASS, NAME_MASS, NOTE_MASS, NOTE_MASS), strict=False)
    texts = [*scope, *((text, "en", EXAMPLE_MASS) for text in examples)]
    mass: dict[str, float] = {}
    told = [(name, weight) for text, language, weight in texts for name in _told(text, language)]
    for name, weight in (*told, *((name, EXAMPLE_MASS) for name in _told_by_sayings(term.slug))):
        mass[name] = mass.get(name, 0.0) + weight
    whole = sum(mass.values())
    return {name: mass[name] / whole for name in sorted(mass)}


def _told(text: str, language: str) -> list[str]:
    """The stems and meanings of a text that tell of a term."""
    telling = [token for _, token in tokens_of(text, language) if _is_telling(token)]
    return [name for token in telling for name in (token.stem, token.concept) if name]


@cache
def _told_by_sayings(slug: str) -> tuple[str, ...]:
    """The same of what people say who mean this term, everyday words left out."""
    told = [name for text, language in SAYINGS.get(slug, ()) for name in _told(text, language)]
    return tuple(name for name in told if name not in EVERYDAY_STEMS)
