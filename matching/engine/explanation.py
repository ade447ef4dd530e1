"""Why a pair is shown: codes with evidence, no prose. Names only what the score would be lower without."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from matching.engine.encoding import SideArrays, word_count
from matching.engine.fit import LINKED
from matching.engine.pairs import Cell, Direction, Pair, part_values
from matching.engine.reciprocal import AIMS, EventModel
from matching.engine.text import tokens_of
from matching.engine.types import Caution, Exchange, Part, Profile, Reason, Score

MAX_REASONS, MAX_CAUTIONS, MAX_WORDS = 3, 2, 3
LOWER = 1e-9  # a part counts as contributing if S falls by more than this without it
THIN_WORDS = 8
TELLING = 0.2  # a word in more than this share of lines is too common to be given as a reason
FEW_LINES = 30  # in smaller events every shared word may be


@dataclass(frozen=True)
class Explainer:
    """Turns pairs of one event into scores, reasons and cautions. Keeps the words of each line once read."""

    model: EventModel
    museums: SideArrays
    partners: SideArrays
    _tokens: dict[tuple[str, int], dict[str, tuple[str, str]]] = field(default_factory=dict)
    _counts: dict[str, int] = field(default_factory=dict)

    def score(self, pair: Pair, percentile: float) -> Score:
        """The pair's S with its named factors; their product is `value`."""
        museum, partner = self.museums.profiles[pair.museum], self.partners.profiles[pair.partner]
        want_a, want_b = pair.wants()
        ours = self._exchange(pair, pair.museum_wants, museum, partner, want_a, museum_seeks=True)
        theirs = self._exchange(pair, pair.partner_wants, partner, museum, want_b, museum_seeks=False)
        return Score(
            value=pair.value,
            reciprocal=pair.reciprocal(),
            near=pair.near,
            timing=pair.timing,
            percentile=percentile,
            distance_km=pair.km,
            museum_wants=ours,
            partner_wants=theirs,
            confidence=(_known_share(ours) + _known_share(theirs)) / 2,
        )

    def _exchange(
        self, pair: Pair, direction: Direction, seeker: Profile, provider: Profile, want: float, *, museum_seeks: bool
    ) -> Exchange:
        fit = self.model.fit
        cell = direction.winner(fit)
        parts = [] if cell is None else [Part(n, v, w, k) for n, v, w, k in part_values(cell, fit)]
        needs, offers = self._lines(museum_seeks)
        return Exchange(
            seeker=seeker.key,
            provider=provider.key,
            want=want,
            fit=sum(part.weight * part.value for part in parts),
            aims=pair.aims_value(),
            need=needs.keys[cell.need] if cell else "",
            offer=offers.keys[cell.offer] if cell else "",
            parts=tuple(parts),
            aims_parts=tuple(
                Part(name, raw if raw >= 0 else fit.aims_medians[name], self.model.weights.aims_parts[name], raw >= 0)
                for name, raw in zip(AIMS, pair.aims, strict=True)
            ),
        )

    def _lines(self, museum_seeks: bool) -> tuple[Any, Any]:
        ours, theirs = self.museums.lines, self.partners.lines
        return (ours, theirs) if museum_seeks else (theirs, ours)

    def reasons(self, pair: Pair, score: Score) -> tuple[Reason, ...]:
        """Up to three reasons, exchanges first, then what is shared; then nearness, if it helps."""
        found: list[Reason] = []
        for direction, exchange, of in (
            (pair.museum_wants, score.museum_wants, "museum"),
            (pair.partner_wants, score.partner_wants, "partner"),
        ):
            reason = self._offer_meets_need(pair, direction, exchange, of)
            if reason:
                found.append(reason)
        said = {word for reason in found for word in reason.evidence["words"]}
        makers: list[Callable[[], Reason | None]] = [
            lambda: self._shared_terms(pair, "theme"),
            lambda: self._shared_terms(pair, "audience"),
            lambda: self._shared_words(pair, said),
            lambda: self._same_need(pair),
        ]
        for make in makers:
            if len(found) < MAX_REASONS and (reason := make()):
                found.append(reason)
        if pair.km is not None and pair.near >= np.exp(-1.0):
            found.append(Reason("near", {"km": max(1, round(pair.km))}))
        return tuple(found)

    def _offer_meets_need(self, pair: Pair, direction: Direction, exchange: Exchange, of: str) -> Reason | None:
        cell = direction.winner(self.model.fit)
        whole = pair.reciprocal() - LOWER
        if cell is None or pair.reciprocal(no_need=cell.need, of=of) >= whole:
            return None
        if pair.reciprocal(no_offer=cell.offer, of=of) >= whole:
            return None
        kind = self._shared_kind(cell, of) if cell.parts[0] > 0 and pair.reciprocal(without="kind") < whole else ""
        words: tuple[str, ...] = ()
        if cell.parts[1] >= LINKED and pair.reciprocal(without="text") < whole:
            ends = (cell.need, cell.offer) if of == "museum" else (cell.offer, cell.need)
            words = self._common_words(ends[0], ends[1], museum_first=of == "museum")
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

    def _shared_kind(self, cell: Cell, of: str) -> str:
        """The need's kind in the pair of kinds that answered it best."""
        needs, offers = self._lines(of == "museum")
        need, offer, table = needs.kinds[cell.need], offers.kinds[cell.offer], self.model.fit.kind_table
        value = np.minimum(need[:, None], offer[None, :]) * table
        return self.model.book.kinds.slugs[int(np.argmax(value)) // value.shape[1]]

    def _shared_terms(self, pair: Pair, part: str) -> Reason | None:
        """Themes or audiences that both ticked or wrote of, rarest first, if S would be lower without them."""
        if pair.reciprocal(without=part) >= pair.reciprocal() - LOWER:
            return None
        terms, idf = (
            (self.model.book.themes, self.model.fit.theme_idf)
            if part == "theme"
            else (self.model.book.audiences, self.model.fit.audience_idf)
        )
        a, b = (self._terms_of(pair, part, side) for side in ("museum", "partner"))
        both = np.flatnonzero((a > 0) & (b > 0))
        ordered = sorted(both, key=lambda at: (-min(a[at], b[at]), -idf[at], at))[:MAX_WORDS]
        if not ordered:
            return None
        evidence: dict[str, Any] = {f"{part}s": tuple(terms.slugs[at] for at in ordered)}
        if any(min(a[at], b[at]) < 1 for at in ordered):
            evidence["from_words"] = True
        return Reason(f"shared_{part}s", evidence)

    def _terms_of(self, pair: Pair, part: str, side: str) -> Any:
        arrays, at = (self.museums, pair.museum) if side == "museum" else (self.partners, pair.partner)
        table = arrays.lines.themes if part == "theme" else arrays.lines.audiences
        return table[arrays.start[at] : arrays.start[at + 1]].max(axis=0)

    def _shared_words(self, pair: Pair, said: set[str]) -> Reason | None:
        if pair.aims[0] < LINKED or pair.reciprocal(without="text") >= pair.reciprocal() - LOWER:
            return None
        words = tuple(word for word in self._common_words(*pair.aims_lines, museum_first=True) if word not in said)
        return Reason("shared_words", {"words": words}) if words else None

    def _same_need(self, pair: Pair) -> Reason | None:
        """Both look for the same kind of thing: a chance to ask together, not a part of the score."""
        kinds = [
            (
                side.lines.kinds[side.start[at] : side.start[at + 1]]
                * side.lines.need[side.start[at] : side.start[at + 1], None]
            )
            for side, at in ((self.museums, pair.museum), (self.partners, pair.partner))
        ]
        both = np.flatnonzero((kinds[0].max(axis=0) >= 1) & (kinds[1].max(axis=0) >= 1))
        return Reason("same_need", {"kind": self.model.book.kinds.slugs[int(both[0])]}) if both.size else None

    def _common_words(self, museum_line: int, partner_line: int, *, museum_first: bool) -> tuple[str, ...]:
        """Up to three words both lines use, most telling first, as the first side typed them.

        Two words of one meaning are given together: "pensioners / elderly".
        """
        ours, theirs = self._read("museum", museum_line), self._read("partner", partner_line)
        first, second = (ours, theirs) if museum_first else (theirs, ours)
        found: dict[str, float] = {}
        met: set[str] = set()
        for name in sorted(first.keys() & second.keys(), key=lambda n: (n.startswith("="), n)):
            (typed, meaning), (other, _) = first[name], second[name]
            rarity = self._rarity(name)
            if rarity <= 0 or (meaning and meaning in met):
                continue
            met.add(meaning)
            word = f"{typed} / {other}" if name.startswith("=") else typed
            found[word] = rarity * (0.7 if name.startswith("=") else 1.0)
        return tuple(sorted(found, key=lambda word: (-found[word], word.casefold(), word))[:MAX_WORDS])

    def _read(self, side: str, line: int) -> dict[str, tuple[str, str]]:
        """For each stem and meaning of a line, the word as first typed and its meaning."""
        if (side, line) not in self._tokens:
            text, language = self._text(side, line)
            names: dict[str, tuple[str, str]] = {}
            for typed, token in tokens_of(text, language):
                if not token.weak:
                    names.setdefault(token.stem, (typed, token.concept))
                    if token.concept:
                        names.setdefault(token.concept, (typed, token.concept))
            self._tokens[side, line] = names
        return self._tokens[side, line]

    def _text(self, side: str, line: int) -> tuple[str, str]:
        arrays = self.museums if side == "museum" else self.partners
        return arrays.lines.said[line]

    def _rarity(self, name: str) -> float:
        text = self.model.text
        idf = float(text.feature_idf[text.features[name]]) if name in text.features else 0.0
        too_common = np.log1p((1 - TELLING) / TELLING) if text.documents >= FEW_LINES else 0.0
        return idf if idf >= too_common else 0.0

    def cautions(self, pair: Pair, score: Score, reasons: tuple[Reason, ...]) -> tuple[Caution, ...]:
        """At most two, most important first."""
        museum, partner = self.museums.profiles[pair.museum], self.partners.profiles[pair.partner]
        found: list[Caution] = []
        seekers = [reason.evidence["seeker"] for reason in reasons if reason.code == "offer_meets_need"]
        if not set(museum.languages) & set(partner.languages):
            found.append(Caution("different_languages"))
        if not seekers:
            found.append(Caution("shared_aims_only"))
        elif len(set(seekers)) == 1:
            found.append(Caution("one_way", {"seeker": seekers[0]}))
        if pair.km is not None and pair.near < np.exp(-2.0):
            found.append(Caution("far", {"km": round(pair.km)}))
        found += [Caution("thin", {"key": p.key}) for p in (museum, partner) if self._words_in(p) < THIN_WORDS]
        untagged = tuple(p.key for p in (museum, partner) if not _ticked(p))
        if untagged:
            found.append(Caution("words_only", {"keys": untagged}))
        if pair.km is None:
            found.append(Caution("distance_unknown"))
        if not any(line.says_when for p in (museum, partner) for line in (*p.needs, *p.offers)):
            found.append(Caution("no_time_given"))
        return tuple(found[:MAX_CAUTIONS])

    def _words_in(self, profile: Profile) -> int:
        if profile.key not in self._counts:
            self._counts[profile.key] = word_count(profile)
        return self._counts[profile.key]


def _ticked(profile: Profile) -> bool:
    return bool(profile.themes or any(line.kinds or line.themes for line in (*profile.needs, *profile.offers)))


def _known_share(exchange: Exchange) -> float:
    """Share of the weight of the parts, in [0, 1], that both sides' own words and ticks decided."""
    parts = exchange.parts or exchange.aims_parts
    known = sum(part.weight for part in parts if part.known)
    return known if exchange.parts else known * 0.6  # shared aims say less of what an organisation wants
