"""Profiles into arrays: one side of an event, sorted by key, with all its lines. Knows no score."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from matching.engine.suggest import TermReader
from matching.engine.text import Encoded, TextMeasure, tokens_of
from matching.engine.types import Listing, Profile, Side, Term, Vocabulary
from matching.engine.weights import Weights
from matching.engine.words import Token, words_of

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]
Objects = NDArray[np.object_]

MONEY_SECTORS = frozenset({"funder", "statutory"})
MAX_KINDS, MAX_TERMS = 3, 3
LEAN = 0.5  # log-odds that what answers taught of one organisation may move a score, so that nobody is buried
Barred = Mapping[str, frozenset[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class Lines:
    """Every line of one side, L of them in order of owner: its description first, then needs, then offers.

    `owner` (L,) index into the side's profiles; `need`, `offer`, `tagged` (L,); `keys` the listing's key, "" for a
    description. Few lines differ in what they tick, so each names its row of `patterns`, `theme_patterns` and
    `audience_patterns`, which hold values in {0, suggested share, 1}.
    """

    owner: Ints
    keys: Objects
    need: Bools
    offer: Bools
    pattern: Ints  # (L,)
    patterns: Floats  # (P, K)
    barred: Bools  # (P, K, K) need kind x offer kind that the organisation does not want, of each pattern
    theme_pattern: Ints  # (L,)
    theme_patterns: Floats  # (Q, T)
    audience_pattern: Ints  # (L,)
    audience_patterns: Floats  # (R, A)
    tagged: Bools
    text: Encoded
    said: Objects  # (words, language) as typed

    @property
    def kinds(self) -> Floats:
        """The kinds of each line, (L, K)."""
        return self.patterns[self.pattern]

    @property
    def themes(self) -> Floats:
        """The themes of each line, (L, T)."""
        return self.theme_patterns[self.theme_pattern]

    @property
    def audiences(self) -> Floats:
        """The audiences of each line, (L, A)."""
        return self.audience_patterns[self.audience_pattern]

    def of(self, index: Ints) -> Lines:
        """The lines at these positions; owners keep their numbers."""
        return Lines(
            self.owner[index],
            self.keys[index],
            self.need[index],
            self.offer[index],
            self.pattern[index],
            self.patterns,
            self.barred,
            self.theme_pattern[index],
            self.theme_patterns,
            self.audience_pattern[index],
            self.audience_patterns,
            self.tagged[index],
            self.text.rows(index),
            self.said[index],
        )


@dataclass(frozen=True, slots=True)
class SideArrays:
    """One side of an event: n profiles sorted by key, their lines, and what surrounds them.

    `position` (n, 2) metres, NaN unknown; `reach` (n,) km; `languages` (n, G) in {0, 1}; `says_when`, `wrote` (n,);
    `contact` (n,) open to it and with a limit above 0; `start` (n + 1,) first line of each; `readiness` and `appeal`
    (n,) log-odds in [-.5, .5].
    """

    profiles: tuple[Profile, ...]
    lines: Lines
    start: Ints
    position: Floats
    reach: Floats
    languages: Floats
    says_when: Bools
    wrote: Bools
    contact: Bools
    readiness: Floats
    appeal: Floats

    def __len__(self) -> int:
        return len(self.profiles)

    def lines_of(self, members: Ints) -> Ints:
        """Positions of all lines of these profiles, in order."""
        sizes = np.diff(self.start)[members]
        lines: Ints = np.arange(sizes.sum()) + np.repeat(self.start[members] - np.cumsum(sizes) + sizes, sizes)
        return lines


def joined(one: SideArrays, other: SideArrays) -> SideArrays:
    """All profiles of both, `one` first: two parts of one side, encoded with the same model and codebook."""
    a, b = one.lines, other.lines
    lines = Lines(
        owner=np.concatenate([a.owner, b.owner + len(one)]),
        keys=np.concatenate([a.keys, b.keys]),
        need=np.concatenate([a.need, b.need]),
        offer=np.concatenate([a.offer, b.offer]),
        pattern=np.concatenate([a.pattern, b.pattern + len(a.patterns)]),
        patterns=np.concatenate([a.patterns, b.patterns]),
        barred=np.concatenate([a.barred, b.barred]),
        theme_pattern=np.concatenate([a.theme_pattern, b.theme_pattern + len(a.theme_patterns)]),
        theme_patterns=np.concatenate([a.theme_patterns, b.theme_patterns]),
        audience_pattern=np.concatenate([a.audience_pattern, b.audience_pattern + len(a.audience_patterns)]),
        audience_patterns=np.concatenate([a.audience_patterns, b.audience_patterns]),
        tagged=np.concatenate([a.tagged, b.tagged]),
        text=Encoded(*(_stacked(getattr(a.text, part.name), getattr(b.text, part.name)) for part in fields(Encoded))),
        said=np.concatenate([a.said, b.said]),
    )
    return SideArrays(
        profiles=one.profiles + other.profiles,
        lines=lines,
        start=np.concatenate([one.start, other.start[1:] + one.start[-1]]),
        position=np.concatenate([one.position, other.position]),
        reach=np.concatenate([one.reach, other.reach]),
        languages=np.concatenate([one.languages, other.languages]),
        says_when=np.concatenate([one.says_when, other.says_when]),
        wrote=np.concatenate([one.wrote, other.wrote]),
        contact=np.concatenate([one.contact, other.contact]),
        readiness=np.concatenate([one.readiness, other.readiness]),
        appeal=np.concatenate([one.appeal, other.appeal]),
    )


def _stacked(one: Any, other: Any) -> Any:
    if sparse.issparse(one):
        return sparse.csr_array(sparse.vstack([one, other], format="csr"))
    return np.concatenate([one, other])


def line_pairs(start_a: Ints, start_b: Ints, rows: Ints, columns: Ints) -> tuple[Ints, Ints, Ints]:
    """All lines of each pair's `a` with all of its `b`, flat, and how many there are for each pair."""
    deep, wide = np.diff(start_a)[rows], np.diff(start_b)[columns]
    sizes = deep * wide
    place = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    across = np.repeat(wide, sizes)
    line_a = np.repeat(start_a[rows], sizes) + place // across
    return line_a, np.repeat(start_b[columns], sizes) + place % across, sizes


@dataclass(frozen=True)
class Terms:
    """One list of the vocabulary as columns, with a reader for lines that tick nothing."""

    column: dict[str, int]
    reader: TermReader
    strict: bool

    @classmethod
    def of(cls, terms: Sequence[Term], used: set[str]) -> Terms:
        """Columns by slug; where the vocabulary is empty, the slugs in use stand for it."""
        slugs = sorted(term.slug for term in terms) or sorted(used)
        return cls({slug: at for at, slug in enumerate(slugs)}, _reader(tuple(terms)), bool(terms))

    @cached_property
    def slugs(self) -> tuple[str, ...]:
        return tuple(self.column)


@lru_cache(maxsize=8)
def _reader(terms: tuple[Term, ...]) -> TermReader:
    """Events share their vocabulary, so it is read once."""
    return TermReader.of(terms)


@dataclass(frozen=True, slots=True)
class Codebook:
    """How one event's profiles become columns: its lists of terms and its languages."""

    kinds: Terms
    themes: Terms
    audiences: Terms
    languages: dict[str, int]
    vocabulary: Vocabulary
    near_km: float
    weights: Weights
    barred_kinds: Barred = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        profiles: Sequence[Profile],
        vocabulary: Vocabulary,
        *,
        near_km: float,
        weights: Weights,
        barred_kinds: Barred,
    ) -> Codebook:
        """Barred kinds that no vocabulary and no profile of this event names bar nothing."""
        listings = [line for profile in profiles for line in (*profile.needs, *profile.offers)]
        rows: list[Profile | Listing] = [*profiles, *listings]
        book = cls(
            kinds=Terms.of(vocabulary.kinds, {slug for line in listings for slug in line.kinds}),
            themes=Terms.of(vocabulary.themes, {slug for row in rows for slug in row.themes}),
            audiences=Terms.of(vocabulary.audiences, {slug for row in rows for slug in row.audiences}),
            languages={},
            vocabulary=vocabulary,
            near_km=near_km,
            weights=weights,
            barred_kinds=barred_kinds,
        )
        spoken = sorted({language for profile in profiles for language in profile.languages})
        book.languages.update({language: at for at, language in enumerate(spoken)})
        return book


def texts_of(profile: Profile) -> list[tuple[str, str]]:
    """(text, language) of every line of a profile: the description, then needs and offers by key."""
    lines = [(line.text, line.language) for line in listings_of(profile)]
    return [(profile.description, profile.languages[0] if profile.languages else "en"), *lines]


def listings_of(profile: Profile) -> list[Listing]:
    """Needs by key, then offers by key."""
    return [*sorted(profile.needs, key=_key), *sorted(profile.offers, key=_key)]


def has_written(profile: Profile) -> bool:
    """Whether anything could link this organisation to another: a tick or a word beyond function words."""
    ticked = (*profile.themes, *profile.audiences)
    listed = any(line.kinds or line.themes or line.audiences for line in listings_of(profile))
    return bool(ticked) or listed or any(_says_something(text, language) for text, language in texts_of(profile))


def word_count(profile: Profile) -> int:
    """Words typed over all lines; the same sentence twice counts once."""
    return sum(len(words_of(text)) for text in {text for text, _ in texts_of(profile)})


def encode_side(profiles: Sequence[Profile], text: TextMeasure, book: Codebook) -> SideArrays:
    """Arrays for these profiles, sorted by key.

    Raises: ValueError for an unknown kind, theme or audience, a listing on the wrong side, or a leaning that is NaN.
    """
    ordered = tuple(sorted(profiles, key=_profile_key))
    encoded, sizes, lines = _lines(ordered, text, book)
    languages = np.zeros((len(ordered), len(book.languages)))
    for at, profile in enumerate(ordered):
        languages[at, [book.languages[name] for name in profile.languages if name in book.languages]] = 1.0
    missing = float("nan")
    places = [
        (p.easting, p.northing) if p.easting is not None and p.northing is not None else (missing, missing)
        for p in ordered
    ]
    reach = [book.near_km if p.reach_km is None else p.reach_km for p in ordered]
    start = np.concatenate([[0], np.cumsum(sizes)]).astype(np.intp)
    tagged = lines.kinds.any(axis=1) | lines.themes.any(axis=1) | lines.audiences.any(axis=1)
    wrote = encoded.said | tagged
    return SideArrays(
        profiles=ordered,
        lines=lines,
        start=start,
        position=np.array(places, dtype=np.float64).reshape(-1, 2),
        reach=np.maximum(np.array(reach, dtype=np.float64), 0.5),  # half a km: a reach of 0 is still a street
        languages=languages,
        says_when=np.array([any(line.says_when for line in listings_of(p)) for p in ordered], dtype=bool),
        wrote=np.logical_or.reduceat(wrote, start[:-1]) if len(ordered) else np.zeros(0, dtype=bool),
        contact=np.array([p.open_to_contact and p.limit != 0 for p in ordered], dtype=bool),
        readiness=_leanings([p.readiness for p in ordered]),
        appeal=_leanings([p.appeal for p in ordered]),
    )


def _leanings(said: Sequence[float]) -> Floats:
    found: Floats = np.clip(np.array(said, dtype=np.float64), -LEAN, LEAN)
    if np.isnan(found).any():
        raise ValueError("What answers taught of an organisation must be a number.")
    return found


def _lines(profiles: Sequence[Profile], text: TextMeasure, book: Codebook) -> tuple[Encoded, list[int], Lines]:
    rows = [_rows_of(profile) for profile in profiles]
    flat = [
        (owner, profile, line) for owner, (profile, own) in enumerate(zip(profiles, rows, strict=True)) for line in own
    ]
    said = [texts_of(profile) for profile in profiles]
    pairs = [pair for own in said for pair in own]
    encoded = text.encode([words for words, _ in pairs], languages=[language for _, language in pairs])
    kinds = np.zeros((len(flat), len(book.kinds.column)))
    themes = np.zeros((len(flat), len(book.themes.column)))
    audiences = np.zeros((len(flat), len(book.audiences.column)))
    tagged = np.zeros(len(flat), dtype=bool)
    for at, ((_, profile, line), (words, language)) in enumerate(zip(flat, pairs, strict=True)):
        kinds_here = line.kinds if line else ()
        themes_here = (line.themes if line else ()) or profile.themes
        audiences_here = (line.audiences if line else ()) or profile.audiences
        tokens = [token for _, token in text.read(words, language).tokens]
        tagged[at] = bool(kinds_here or themes_here or audiences_here)
        if line:
            kinds[at] = _strengths(book.kinds, kinds_here, tokens, book.weights, MAX_KINDS)
            _withhold_money(kinds[at], line, profile, book)
        themes[at] = _strengths(book.themes, themes_here, tokens, book.weights, MAX_TERMS)
        audiences[at] = _strengths(book.audiences, audiences_here, tokens, book.weights, MAX_TERMS)
    pattern, patterns, barred = _patterns(kinds, [profile.key for _, profile, _ in flat], book)
    theme_patterns, theme_pattern = np.unique(themes, axis=0, return_inverse=True)
    audience_patterns, audience_pattern = np.unique(audiences, axis=0, return_inverse=True)
    lines = Lines(
        owner=np.array([owner for owner, _, _ in flat], dtype=np.intp),
        keys=_objects([line.key if line else "" for _, _, line in flat]),
        need=np.array([bool(line and line.side is Side.NEED) for _, _, line in flat], dtype=bool),
        offer=np.array([bool(line and line.side is Side.OFFER) for _, _, line in flat], dtype=bool),
        pattern=pattern,
        patterns=patterns,
        barred=barred,
        theme_pattern=theme_pattern.reshape(-1),
        theme_patterns=theme_patterns,
        audience_pattern=audience_pattern.reshape(-1),
        audience_patterns=audience_patterns,
        tagged=tagged,
        text=encoded,
        said=_objects(pairs),
    )
    return encoded, [len(own) for own in rows], lines


def _rows_of(profile: Profile) -> list[Listing | None]:
    for listings, side in ((profile.needs, Side.NEED), (profile.offers, Side.OFFER)):
        for line in listings:
            if line.side != side:
                raise ValueError(f"Listing {line.key!r} of {profile.key!r} stands among the {side}s but is not one.")
    return [None, *listings_of(profile)]


def _strengths(terms: Terms, ticked: tuple[str, ...], tokens: Sequence[Token], weights: Weights, limit: int) -> Floats:
    """1 for a ticked term; where none is ticked, the suggested share for those the words point to."""
    row = np.zeros(len(terms.column))
    for slug in ticked:
        if slug not in terms.column:
            raise ValueError(f"Unknown term of the vocabulary: {slug!r}.")
        row[terms.column[slug]] = 1.0
    if not ticked and terms.strict:
        for hint in terms.reader.hints(tokens, limit=limit):
            if hint.sureness >= weights.sure_enough:
                row[terms.column[hint.slug]] = weights.suggested
    return row


def _patterns(kinds: Floats, keys: Sequence[str], book: Codebook) -> tuple[Ints, Floats, Bools]:
    """The distinct rows of kinds with what their organisations barred: (L,) numbers, (P, K), (P, K, K)."""
    column = book.kinds.column
    sets = sorted({tuple(sorted(pairs)) for pairs in book.barred_kinds.values()} | {()})
    number = {pairs: at for at, pairs in enumerate(sets)}
    tables = np.zeros((len(sets), len(column), len(column)), dtype=bool)
    for pairs, at in number.items():
        for need, offer in pairs:
            if need in column and offer in column:
                tables[at, column[need], column[offer]] = True
    of_line = [number[tuple(sorted(book.barred_kinds.get(key, ())))] for key in keys]
    rows, pattern = np.unique(np.column_stack([kinds, of_line]), axis=0, return_inverse=True)
    return pattern.reshape(-1), rows[:, :-1], tables[rows[:, -1].astype(np.intp)]


def _withhold_money(kinds: Floats, line: Listing, profile: Profile, book: Codebook) -> None:
    """Only funders and statutory bodies may offer money, whatever anybody else ticked or wrote."""
    if line.side is Side.OFFER and profile.sector not in MONEY_SECTORS:
        for slug in book.vocabulary.money_kinds:
            if slug in book.kinds.column:
                kinds[book.kinds.column[slug]] = 0.0


def _objects(values: Sequence[object]) -> Objects:
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def _says_something(text: str, language: str) -> bool:
    return bool(tokens_of(text, language))


def _key(line: Listing) -> str:
    return line.key


def _profile_key(profile: Profile) -> str:
    return profile.key


Progress = Callable[[int, int], None]
