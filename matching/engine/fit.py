"""One direction: how well an offer meets a need, part by part. Works on lines; knows no organisations.

Every part function takes a `Grid` (which lines meet which) and returns an array of the grid's shape with values in
[0, 1]; -1 marks a pair where a side says nothing that the part could read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.engine.encoding import Lines, Terms
from matching.engine.text import MEASURES, NEAR_SPELLING, NOISE
from matching.engine.types import Vocabulary
from matching.engine.weights import Weights

Floats = NDArray[np.float64]
PARTS = ("kind", "text", "theme", "audience")
UNKNOWN = -1.0
BINS = 4096
DECIMALS = 9
# Texts without a word, a meaning or a near spelling in common are told apart a little by the rest, so that whoever
# wrote a sentence has somebody to meet; linked texts start above that.
FAINT, LINKED = 0.05, 0.12


@dataclass(frozen=True, slots=True)
class Grid:
    """Which lines meet: every `a` with every `b` as a table (La, Lb), or one to one as a list (L,) when `paired`."""

    a: Lines
    b: Lines
    paired: bool = False

    @property
    def shape(self) -> tuple[int, ...]:
        size = len(self.a.owner)
        return (size,) if self.paired else (size, len(self.b.owner))

    def dot(self, left: Any, right: Any) -> Floats:
        """Inner products of rows, dense, of the grid's shape; sparse or dense rows."""
        if not self.paired:
            product = left @ right.T
            return np.asarray(product.todense() if hasattr(product, "todense") else product, dtype=np.float64)
        product = left.multiply(right) if hasattr(left, "multiply") else left * right
        return np.asarray(product.sum(axis=1), dtype=np.float64).reshape(-1)

    def left(self, values: NDArray[Any]) -> NDArray[Any]:
        """One value for each line of `a`, ready to broadcast."""
        return values if self.paired else values[:, None]

    def right(self, values: NDArray[Any]) -> NDArray[Any]:
        """One value for each line of `b`, ready to broadcast."""
        return values if self.paired else values[None, :]


@dataclass(frozen=True, slots=True)
class RankTable:
    """Where a similarity stands among the event's positive ones, in (0, 1); 0 stays 0.

    Makes events of 50 and 50,000 organisations comparable with nothing to tune. A table of 4,096 steps, so that
    millions of pairs cost a look-up each.
    """

    top: float
    steps: Floats  # (BINS + 2,)

    @classmethod
    def of(cls, values: Floats) -> RankTable:
        """Empirical distribution of the positive values, equal values at their middle rank."""
        positive = np.sort(values[values > 0].ravel())
        if not positive.size:
            return cls(1.0, np.zeros(BINS + 2))
        grid = np.linspace(0.0, positive[-1], BINS + 1)
        grid[-1] = positive[-1]
        slack = positive[-1] * 1e-9  # equal values must stay equal after a different order of adding up
        below = np.searchsorted(positive, grid - slack, side="left")
        upto = np.searchsorted(positive, grid + slack, side="right")
        steps = (below + upto) / (2.0 * positive.size)
        steps = np.maximum(steps, 1e-6)  # some likeness never ranks with none
        steps[0] = 0.0
        return cls(float(positive[-1]), np.append(steps, steps[-1]))

    def __call__(self, values: Floats) -> Floats:
        at = np.clip(values, 0.0, self.top) * (BINS / self.top)
        whole = at.astype(np.int32)
        low = self.steps[whole]
        rank: Floats = low + (at - whole) * (self.steps[whole + 1] - low)
        return rank


@dataclass(frozen=True, slots=True)
class FitModel:
    """What one event taught about the parts: rank tables, rarity of terms, and the median of each part.

    `medians` stand in for a part that a side left out, so an empty profile never beats a filled one by it.
    """

    weights: Weights
    ranks: Mapping[str, RankTable]
    kind_table: Floats  # (K, K) need kind x offer kind
    theme_idf: Floats
    audience_idf: Floats
    medians: Mapping[str, float]
    aims_medians: Mapping[str, float]


def kind_part(grid: Grid, model: FitModel, *, a_needs: bool) -> Floats:
    """1 for the same kind, its weight for a related one, times a half where a side's kind was only read from words.

    `a_needs`: lines of `a` are the needs and those of `b` the offers; otherwise the other way round.
    """
    table = model.kind_table if a_needs else model.kind_table.T
    if not table.size:
        return np.full(grid.shape, UNKNOWN)
    rows, of_a = np.unique(grid.a.pattern, return_inverse=True)
    columns, of_b = np.unique(grid.b.pattern, return_inverse=True)
    by_pattern = _kinds_by_pattern(grid.a.patterns[rows], grid.b.patterns[columns], table)
    picked: Floats = by_pattern[grid.left(of_a), grid.right(of_b)]
    return picked


def _kinds_by_pattern(rows: Floats, columns: Floats, table: Floats) -> Floats:
    """Best of need kind x offer kind for each pair of patterns, (R, C); the less certain side decides the share."""
    best = np.zeros((len(rows), len(columns)))
    for kind_a, kind_b in np.argwhere(table > 0).tolist():
        share = np.minimum(rows[:, kind_a, None], columns[None, :, kind_b])
        np.maximum(best, share * table[kind_a, kind_b], out=best)
    silent = (rows.max(axis=1) <= 0)[:, None] | (columns.max(axis=1) <= 0)[None, :]
    return np.where(silent, UNKNOWN, best)


def text_part(grid: Grid, model: FitModel) -> Floats:
    """Mean rank of the lexical measures, with the latent one at half weight where a side has no tags.

    From .12 up where the texts share a word, a meaning or a near spelling; else at most .10, which is no link.
    """
    measured = raw_text(grid)
    total = sum((model.ranks[name](measured[name]) for name in MEASURES), np.zeros(grid.shape))
    share = np.where(grid.left(grid.a.tagged) & grid.right(grid.b.tagged), 0.0, model.weights.lsa)
    if "latent" not in model.ranks:
        share = np.zeros(grid.shape)
    else:
        total += share * model.ranks["latent"](measured["latent"])
    mean = total / (len(MEASURES) + share)
    linked = (measured["words"] > 0) | (measured["pieces"] >= NEAR_SPELLING)
    said = grid.left(grid.a.text.said) & grid.right(grid.b.text.said)
    return np.where(said, np.where(linked, LINKED + (1.0 - LINKED) * mean, FAINT * (1.0 + mean)), UNKNOWN)


def raw_text(grid: Grid) -> dict[str, Floats]:
    """The measures before ranking: BM25 both ways added, two cosines in [0, 1], the latent cosine in [-1, 1]."""
    a, b = grid.a.text, grid.b.text
    pieces = np.round(grid.dot(a.pieces, b.pieces), DECIMALS)
    return {
        "bm25": np.round(grid.dot(a.query, b.answer) + grid.dot(a.answer, b.query), DECIMALS),
        "words": np.round(grid.dot(a.words, b.words), DECIMALS),
        "pieces": np.where(pieces > NOISE, pieces, 0.0),
        "latent": np.round(grid.dot(a.latent, b.latent), DECIMALS) if a.latent.shape[1] else np.zeros(grid.shape),
    }


def theme_part(grid: Grid, model: FitModel) -> Floats:
    """Shared themes over all themes of both, rare ones counting more."""
    return _jaccard(grid, grid.a.themes, grid.b.themes, model.theme_idf)


def audience_part(grid: Grid, model: FitModel) -> Floats:
    """Shared audiences over all audiences of both, rare ones counting more."""
    return _jaccard(grid, grid.a.audiences, grid.b.audiences, model.audience_idf)


def _jaccard(grid: Grid, a: Floats, b: Floats, idf: Floats) -> Floats:
    """IDF-weighted Jaccard; a term only read from the words counts its share in the overlap, in full in the union."""
    size_a, size_b = (a > 0) @ idf, (b > 0) @ idf
    if not (size_a.any() and size_b.any()):
        return np.full(grid.shape, UNKNOWN)
    both = grid.dot((a > 0) * idf, (b > 0).astype(np.float64))
    shared = grid.dot(a * idf, b)
    union = grid.left(size_a) + grid.right(size_b) - both
    known = grid.left(size_a > 0) & grid.right(size_b > 0)
    ratio = np.divide(shared, union, out=np.zeros(grid.shape), where=known)
    return np.where(known, np.round(np.clip(ratio, 0.0, 1.0), DECIMALS), UNKNOWN)


def combine(parts: Mapping[str, Floats], shares: Mapping[str, float], medians: Mapping[str, float]) -> Floats:
    """Weighted sum of parts, any shape, in [0, 1]; an unknown part counts as the event's median."""
    shape = next(iter(parts.values())).shape
    total = np.zeros(shape)
    for name, share in shares.items():
        total += share * filled(parts[name], medians[name])
    return total


def filled(part: Floats, median: float) -> Floats:
    """The part with the event's median where a side says nothing."""
    return np.where(part < 0, median, part)


def offers_meet_needs(needs: Lines, offers: Lines, model: FitModel) -> Floats:
    """Fit of every offer to every need, (needs, offers) in [0, 1]. From tags and text, whatever each line has."""
    grid = Grid(needs, offers)
    parts = {
        "kind": kind_part(grid, model, a_needs=True),
        "text": text_part(grid, model),
        "theme": theme_part(grid, model),
        "audience": audience_part(grid, model),
    }
    return combine(parts, model.weights.parts, model.medians)


def kind_table(terms: Terms, vocabulary: Vocabulary, weights: Weights) -> Floats:
    """(need kind, offer kind) in [0, 1]: 1 the same, the stated weight for related ones, `open_kind` with an open one.

    Raises: ValueError if a relation names an unknown kind or a weight outside (0, 1].
    """
    table = np.eye(len(terms.column))
    for slug in sorted(vocabulary.open_kinds & terms.column.keys()):
        at = terms.column[slug]
        table[at, :] = np.maximum(table[at, :], weights.open_kind)
        table[:, at] = np.maximum(table[:, at], weights.open_kind)
    for (need, offer), weight in vocabulary.related_kinds.items():
        if not 0 < weight <= 1:
            raise ValueError(f"The relation of {need!r} to {offer!r} must be above 0 and at most 1.")
        if terms.strict and not {need, offer} <= terms.column.keys():
            raise ValueError(f"A relation names an unknown kind: {need!r} or {offer!r}.")
        if {need, offer} <= terms.column.keys():
            table[terms.column[need], terms.column[offer]] = max(table[terms.column[need], terms.column[offer]], weight)
    return table
