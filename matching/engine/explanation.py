"""Why a pair is shown: codes with evidence, no prose. Names only what the score would be lower without."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from matching.engine.encoding import Bools, Floats, Ints, Lines, SideArrays, word_count
from matching.engine.fit import LINKED, PARTS
from matching.engine.pairs import Cell, Pair
from matching.engine.reciprocal import EventModel
from matching.engine.text import tokens_of
from matching.engine.types import Caution, Exchange, Part, Profile, Reason, Score
from matching.engine.words import EVERYDAY_STEMS, UNCLEAR_STEMS, Token

READ = 20_000  # lines whose words are kept at hand: some 10 MB
MAX_REASONS, MAX_CAUTIONS, MAX_WORDS = 3, 2, 3
THIN_WORDS = 8
CLOSE, FAR = math.exp(-1.0), math.exp(-2.0)  # nearness at once and at twice the distance that counts as near
# A word in more than this share of many lines is too common to be given as a reason, unless only a few have it.
TELLING, FEW, MANY = 0.08, 5, 30
UNQUOTED = frozenset({"nowhere", "somewhere", "unman", "rhywle"})  # point to a kind, but read oddly as words in common
UNCLEAR = EVERYDAY_STEMS | UNCLEAR_STEMS
NEEDED_FOR = ("need", "offer", "kind", "when", "place")  # what would make a pair surer, most first


Spoken = dict[str, tuple[str, Token]]  # words as typed, each with its token


@dataclass(frozen=True, slots=True)
class _Told:
    """What a profile says whoever it meets: words typed, whether anything is ticked, what of `NEEDED_FOR` it lacks."""

    words: int
    ticked: bool
    lacks: frozenset[str]

    @classmethod
    def by(cls, profile: Profile) -> _Told:
        lines = (*profile.needs, *profile.offers)
        lacks = {
            "need": not profile.needs,
            "offer": not profile.offers,
            "kind": any(not line.kinds for line in lines),
            "when": not any(line.says_when for line in lines),
            "place": profile.easting is None,
        }
        return cls(word_count(profile), _ticked(profile), frozenset(what for what in lacks if lacks[what]))


@dataclass(frozen=True)
class Explainer:
    """Turns pairs of one event into scores, reasons and cautions. Keeps the words of the lines it read last."""

    model: EventModel
    museums: SideArrays
    partners: SideArrays
    _tokens: dict[tuple[str, int], Spoken] = field(default_factory=dict)
    _told: dict[str, _Told] = field(default_factory=dict)
    _stems: dict[str, frozenset[str]] = field(default_factory=dict)
    _kinds: dict[tuple[bool, int, int], str] = field(default_factory=dict)
    _parts: dict[tuple[str, float], Part] = field(default_factory=dict)  # but of words, which no two pairs share

    def score(self, pair: Pair, percentile: float) -> Score:
        """The pair's S with its named factors; their product is `value`."""
        ours, theirs = self._exchange(pair, museum_seeks=True), self._exchange(pair, museum_seeks=False)
        return Score(
            value=pair.value,
            reciprocal=pair.reciprocal,
            near=pair.near,
            timing=pair.timing,
            percentile=percentile,
            distance_km=pair.km,
            museum_wants=ours,
            partner_wants=theirs,
            confidence=min(1.0, (_known_share(ours) + _known_share(theirs)) / 2),
        )

    def _exchange(self, pair: Pair, *, museum_seeks: bool) -> Exchange:
        museum, partner = self.museums.profiles[pair.museum].key, self.partners.profiles[pair.partner].key
        cell = (pair.museum_wants if museum_seeks else pair.partner_wants).winner
        parts = (
            ()
            if cell is None
            else tuple(
                self._parts.get((name, raw)) or self._part(name, raw) for name, raw in zip(PARTS, cell.raw, strict=True)
            )
        )
        needs, offers = self._lines(museum_seeks)
        return Exchange(
            seeker=museum if museum_seeks else partner,
            provider=partner if museum_seeks else museum,
            want=pair.both_wants[0 if museum_seeks else 1],
            fit=sum(part.weight * part.value for part in parts),
            aims=pair.whole_aims,
            need=needs.keys[cell.need] if cell else "",
            offer=offers.keys[cell.offer] if cell else "",
            parts=parts,
            aims_parts=pair.aims_parts,
            leaning=pair.leanings[0 if museum_seeks else 1],
        )

    def _part(self, name: str, raw: float) -> Part:
        weights, medians = self.model.weights.parts, self.model.fit.medians
        part = Part(name, raw if raw >= 0 else medians[name], weights[name], known=raw >= 0)
        return part if name == "text" else self._parts.setdefault((name, raw), part)

    def _lines(self, museum_seeks: bool) -> tuple[Lines, Lines]:
        ours, theirs = self.museums.lines, self.partners.lines
        return (ours, theirs) if museum_seeks else (theirs, ours)

    def reasons(self, pair: Pair, score: Score) -> tuple[Reason, ...]:
        """Up to three reasons, exchanges first, then what is shared; then nearness, if it helps."""
        exchanges = (
            self._offer_meets_need(pair, score.museum_wants, museum_seeks=True),
            self._offer_meets_need(pair, score.partner_wants, museum_seeks=False),
        )
        found = [reason for reason in exchanges if reason]
        said = {stem for reason in found for word in reason.evidence["words"] for stem in self._said(word)}
        makers: list[Callable[[], Reason | None]] = [
            lambda: self._shared_terms(pair, "theme", said),
            lambda: self._shared_terms(pair, "audience", said),
            lambda: self._shared_words(pair, said, alone=not found),
            lambda: self._same_need(pair),
        ]
        for make in makers:
            if len(found) < MAX_REASONS and (reason := make()):
                found.append(reason)
        if pair.km is not None and pair.near >= CLOSE:
            found.append(Reason("near", {"km": max(1, round(pair.km))}))
        return tuple(found)

    def _offer_meets_need(self, pair: Pair, exchange: Exchange, *, museum_seeks: bool) -> Reason | None:
        cell = (pair.museum_wants if museum_seeks else pair.partner_wants).winner
        if cell is None or not pair.falls_without_lines(cell, museum_seeks=museum_seeks):
            return None
        kind = self._shared_kind(cell, museum_seeks) if cell.raw[0] > 0 and pair.falls_without("kind") else ""
        words: tuple[str, ...] = ()
        if cell.raw[1] >= LINKED and pair.falls_without("text"):
            ends = (cell.need, cell.offer) if museum_seeks else (cell.offer, cell.need)
            words = self.common_words(*ends, museum_first=museum_seeks)
        if not kind and not words:
            return None
        evidence = {
            "seeker": exchange.seeker,
            "provider": exchange.provider,
            "need": exchange.need,
            "offer": exchange.offer,
            "kind": kind,
            "words": words,
        }
        return Reason("offer_meets_need", evidence)

    def _shared_kind(self, cell: Cell, museum_seeks: bool) -> str:
        """The need's kind in the pair of kinds that answered it best."""
        needs, offers = self._lines(museum_seeks)
        need, offer = int(needs.pattern[cell.need]), int(offers.pattern[cell.offer])
        key = museum_seeks, need, offer
        if key not in self._kinds:
            value = np.minimum(needs.patterns[need][:, None], offers.patterns[offer][None, :])
            value = value * self.model.fit.kind_table
            value[needs.barred[need] | offers.barred[offer]] = 0.0
            self._kinds[key] = self.model.book.kinds.slugs[int(np.argmax(value)) // int(value.shape[1])]
        return self._kinds[key]

    def _shared_terms(self, pair: Pair, part: str, said: set[str]) -> Reason | None:
        """Themes or audiences that both ticked or wrote of, rarest first, if S would be lower without them.

        Adds the words of their names to `said`: neither an audience nor a word says again what a theme said.
        """
        shared = next(aim for aim in pair.aims_parts if aim.code == part)
        if not shared.known or shared.value <= 0 or not pair.falls_without(part):
            return None
        terms, idf = (
            (self.model.book.themes, self.model.fit.theme_idf)
            if part == "theme"
            else (self.model.book.audiences, self.model.fit.audience_idf)
        )
        ours, theirs = self._terms[part]
        a, b = ours[pair.museum], theirs[pair.partner]
        both = np.flatnonzero((a > 0) & (b > 0))
        new = [at for at in both.tolist() if not (names := self._names[part][terms.slugs[at]]) or not names <= said]
        ordered = sorted(new, key=lambda at: (-min(a[at], b[at]), -idf[at], at))[:MAX_WORDS]
        if not ordered:
            return None
        said.update(*(self._names[part][terms.slugs[at]] for at in ordered))
        evidence: dict[str, Any] = {f"{part}s": tuple(terms.slugs[at] for at in ordered)}
        if any(min(a[at], b[at]) < 1 for at in ordered):
            evidence["from_words"] = True
        return Reason(f"shared_{part}s", evidence)

    @cached_property
    def _terms(self) -> dict[str, tuple[Floats, Floats]]:
        """The themes and audiences of each museum and each partner over all its lines, (organisations, terms)."""
        ours, theirs = self.museums, self.partners
        return {
            "theme": (
                _best_by_owner(ours.lines.themes, ours.start),
                _best_by_owner(theirs.lines.themes, theirs.start),
            ),
            "audience": (
                _best_by_owner(ours.lines.audiences, ours.start),
                _best_by_owner(theirs.lines.audiences, theirs.start),
            ),
        }

    @cached_property
    def _names(self) -> dict[str, dict[str, frozenset[str]]]:
        """The stems in the English and Welsh names of each theme and audience."""
        vocabulary = self.model.book.vocabulary
        names: dict[str, dict[str, frozenset[str]]] = {}
        for part, terms in (("theme", vocabulary.themes), ("audience", vocabulary.audiences)):
            names[part] = defaultdict(frozenset)
            for term in terms:
                read = [tokens_of(*said) for said in zip(term.scope[:2], ("en", "cy"), strict=False)]
                names[part][term.slug] = frozenset(token.stem for tokens in read for _, token in tokens)
        return names

    def _shared_words(self, pair: Pair, said: set[str], *, alone: bool) -> Reason | None:
        """Telling words in the two lines most alike; failing those, words with two meanings as words and no more.

        Where there is no other reason either, words that say little by themselves: the pair is shown by them.
        """
        if pair.aims_parts[0].value < LINKED or not pair.falls_without("text"):
            return None
        museum, partner = self.museums.profiles[pair.museum].key, self.partners.profiles[pair.partner].key
        lines, museum_first = pair.aims_lines, museum < partner

        def new(words: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(word for word in words if not self._said(word) & said)

        if words := new(self.common_words(*lines, museum_first=museum_first)):
            return Reason("shared_words", {"words": words})
        if words := new(self._unclear_words(*lines, museum_first=museum_first)):
            return Reason("same_words", {"words": words})
        if alone and (words := new(self.common_words(*lines, museum_first=museum_first, telling=False))):
            return Reason("common_words", {"words": words})
        return None

    def _same_need(self, pair: Pair) -> Reason | None:
        """Both look for the same kind of thing: a chance to ask together, not a part of the score."""
        ours, theirs = self._sought
        both = np.flatnonzero(ours[pair.museum] & theirs[pair.partner])
        return Reason("same_need", {"kind": self.model.book.kinds.slugs[int(both[0])]}) if both.size else None

    @cached_property
    def _sought(self) -> tuple[Bools, Bools]:
        """The kinds that each museum and each partner ticked for a need, (organisations, kinds)."""
        ours, theirs = (
            _best_by_owner(side.lines.kinds * side.lines.need[:, None], side.start) >= 1
            for side in (self.museums, self.partners)
        )
        return ours, theirs

    def common_words(
        self, museum_line: int, partner_line: int, *, museum_first: bool, telling: bool = True
    ) -> tuple[str, ...]:
        """Up to three words both lines use, most telling first, as the first side typed them.

        Two words of one meaning are given together: "pensioners / elderly". Words with two meanings are not among them;
        nor, if they must be `telling`, everyday words and those in too many lines.
        """
        barred = UNCLEAR if telling else UNCLEAR_STEMS
        first, second = self._both(museum_line, partner_line, museum_first=museum_first)
        found: dict[str, float] = {}
        met: set[str] = set()
        for name in sorted(first.keys() & second.keys(), key=lambda n: (n.startswith("="), n)):
            (typed, token), (others, other) = first[name], second[name]
            rarity = self._rarity(name) if telling else self.model.text.rarity(name)
            if (
                rarity <= 0
                or (token.concept and token.concept in met)
                or not barred.isdisjoint((token.stem, other.stem))
            ):
                continue
            met.add(token.concept)
            word = typed if token.stem == other.stem else f"{typed} / {others}"
            found[word] = rarity * (0.7 if name.startswith("=") else 1.0)
        return tuple(sorted(found, key=lambda word: (-found[word], word.casefold(), word))[:MAX_WORDS])

    def _unclear_words(self, museum_line: int, partner_line: int, *, museum_first: bool) -> tuple[str, ...]:
        """Up to three words with two meanings that both lines use, rarest first, as the first side typed them."""
        first, second = self._both(museum_line, partner_line, museum_first=museum_first)
        names = [name for name in first.keys() & second.keys() & UNCLEAR_STEMS if self._rarity(name) > 0]
        return tuple(first[name][0] for name in sorted(names, key=lambda n: (-self._rarity(n), n))[:MAX_WORDS])

    def _both(self, museum_line: int, partner_line: int, *, museum_first: bool) -> tuple[Spoken, Spoken]:
        ours, theirs = self._read("museum", museum_line), self._read("partner", partner_line)
        return (ours, theirs) if museum_first else (theirs, ours)

    def _read(self, side: str, line: int) -> Spoken:
        """For each stem and meaning of a line, the first word typed for it."""
        if (side, line) not in self._tokens:
            if len(self._tokens) >= READ:
                self._tokens.clear()
            text, language = self._text(side, line)
            names: Spoken = {}
            for word in self.model.text.read(text, language).tokens:
                token = word[1]
                if not token.weak:
                    names.setdefault(token.stem, word)
                    if token.concept and token.folded not in UNQUOTED:
                        names.setdefault(token.concept, word)
            self._tokens[side, line] = names
        return self._tokens[side, line]

    def _text(self, side: str, line: int) -> tuple[str, str]:
        arrays = self.museums if side == "museum" else self.partners
        text, language = arrays.lines.said[line]
        return text, language

    def _rarity(self, name: str) -> float:
        """How telling a stem or a meaning is in this event; 0 for one in too many lines."""
        rarity = self.model.text.rarity(name)
        return rarity if rarity >= self._too_common else 0.0

    @cached_property
    def _too_common(self) -> float:
        documents = self.model.text.documents
        return self.model.text.rarity_of(max(FEW, int(TELLING * documents))) if documents >= MANY else 0.0

    def cautions(self, pair: Pair, score: Score, reasons: tuple[Reason, ...]) -> tuple[Caution, ...]:
        """At most two, most important first; then, where something is missing, what would change it."""
        museum, partner = self.museums.profiles[pair.museum], self.partners.profiles[pair.partner]
        found: list[Caution] = []
        ours, theirs = self._about(museum), self._about(partner)
        seekers = {reason.evidence["seeker"] for reason in reasons if reason.code == "offer_meets_need"}
        if not set(museum.languages) & set(partner.languages):
            found.append(Caution("different_languages"))
        if not seekers and any(reason.code.startswith("shared") for reason in reasons):
            found.append(Caution("shared_aims_only"))
        if not seekers and any(reason.code == "same_words" for reason in reasons):
            found.append(Caution("words_may_differ"))
        if len(seekers) == 1:
            found.append(Caution("one_way", {"seeker": min(seekers)}))
        if pair.km is not None and pair.near < FAR:
            found.append(Caution("far", {"km": round(pair.km)}))
        both = ((museum.key, ours), (partner.key, theirs))
        found += [Caution("thin", {"key": key}) for key, told in both if told.words < THIN_WORDS]
        untagged = tuple(key for key, told in both if not told.ticked)
        if untagged:
            found.append(Caution("words_only", {"keys": untagged}))
        if pair.km is None:
            found.append(Caution("distance_unknown"))
        return (*found[:MAX_CAUTIONS], *_what_would_help(both, seekers))

    def _said(self, words: str) -> frozenset[str]:
        """The stems in a quoted word or pair of words, so that nothing is said twice in another form."""
        if words not in self._stems:
            read = (token for word in words.split(" / ") for _, token in tokens_of(word))
            self._stems[words] = frozenset(token.stem for token in read)
        return self._stems[words]

    def _about(self, profile: Profile) -> _Told:
        return self._told.get(profile.key) or self._told.setdefault(profile.key, _Told.by(profile))


def _best_by_owner(table: Floats, start: Ints) -> Floats:
    """The highest value of each column over the lines of each organisation, (organisations, columns)."""
    if len(start) < 2 or not table.shape[1]:
        return np.zeros((len(start) - 1, table.shape[1]))
    best: Floats = np.maximum.reduceat(table, start[:-1], axis=0)
    return best


def _what_would_help(both: Sequence[tuple[str, _Told]], seekers: set[str]) -> tuple[Caution, ...]:
    """The one thing that would most likely raise the score, and who could give it; nothing where all is there.

    A need or an offer is asked for only while the exchange does not go both ways.
    """
    for what in NEEDED_FOR:
        if len(seekers) == 2 and what in ("need", "offer"):
            continue
        keys = tuple(key for key, told in both if what in told.lacks and not (what == "need" and key in seekers))
        if keys:
            return (Caution("would_help", {"what": what, "keys": keys}),)
    return ()


def _ticked(profile: Profile) -> bool:
    return bool(profile.themes or any(line.kinds or line.themes for line in (*profile.needs, *profile.offers)))


def _known_share(exchange: Exchange) -> float:
    """Share of the weight of the parts, in [0, 1], that both sides' own words and ticks decided."""
    parts = exchange.parts or exchange.aims_parts
    known = sum(part.weight for part in parts if part.known)
    return known if exchange.parts else known * 0.6  # shared aims say less of what an organisation wants
