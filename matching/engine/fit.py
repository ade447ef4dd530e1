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
Bools = NDArray[np.bool_]
Ints = NDArray[np.intp]
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

    def dot(self, left: Any, right: Any) -> Any:
        """Inner products of rows: dense of the grid's shape, but sparse for a table of sparse rows."""
        if not self.paired:
            if hasattr(left, "tocsr") and left.shape[0] < right.shape[0]:  # turning the smaller one costs less
                return (right @ left.T.tocsr()).T.tocsr()
            return left @ right.T
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
        rank: Floats = np.clip(values, 0.0, self.top)
        rank *= BINS / self.top
        whole = rank.astype(np.int32)
        rank -= whole
        rank *= np.diff(self.steps)[whole]
        rank += self.steps[whole]
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


@dataclass(frozen=True, slots=True)
class Patterned:
    """A part that few patterns of ticks decide: `table` (P, Q) of what each pattern of `a` gets with each of `b`."""

    table: Floats
    rows: Ints  # the pattern of each line of `a`, and below of each of `b`
    columns: Ints

    def across(self, rows: Ints | slice, columns: Ints | slice) -> Floats:
        """These lines of `a` with these of `b`, as a table."""
        return np.take(self.table[self.rows[rows]], self.columns[columns], axis=1)

    def filled(self, share: float, median: float) -> Patterned:
        """Times its share in a fit, with the median where a side says nothing."""
        return Patterned(share * filled(self.table, median), self.rows, self.columns)

    def on(self, grid: Grid) -> Floats:
        """Each value in its place."""
        return self.table[self.rows, self.columns] if grid.paired else self.across(slice(None), slice(None))


def kinds(a: Lines, b: Lines, model: FitModel, *, a_needs: bool) -> Patterned:
    """1 for the same kind, its weight for a related one, times a half where a side's kind was only read from words.

    What either side barred counts as 0. `a_needs`: lines of `a` are the needs and those of `b` the offers; otherwise
    the other way round.
    """
    rows, of_a = np.unique(a.pattern, return_inverse=True)
    columns, of_b = np.unique(b.pattern, return_inverse=True)
    table = model.kind_table if a_needs else model.kind_table.T
    if not table.size:
        return Patterned(np.full((len(rows), len(columns)), UNKNOWN), of_a, of_b)
    barred_a, barred_b = a.barred[rows], b.barred[columns]
    if not a_needs:
        barred_a, barred_b = barred_a.swapaxes(1, 2), barred_b.swapaxes(1, 2)
    by_pattern = _kinds_by_pattern(a.patterns[rows], b.patterns[columns], table, barred_a, barred_b)
    return Patterned(by_pattern, of_a, of_b)


def kind_part(grid: Grid, model: FitModel, *, a_needs: bool) -> Floats:
    """`kinds`, each value in its place."""
    return kinds(grid.a, grid.b, model, a_needs=a_needs).on(grid)


def _kinds_by_pattern(
    rows: Floats, columns: Floats, table: Floats, barred_rows: Bools, barred_columns: Bools
) -> Floats:
    """Best of row kind x column kind for each pair of patterns, (R, C); the less certain side decides the share."""
    best = np.zeros((len(rows), len(columns)))
    bars = bool(barred_rows.any() or barred_columns.any())
    in_rows, in_columns = np.count_nonzero(rows, axis=0), np.count_nonzero(columns, axis=0)
    used = (table > 0) & (np.outer(in_rows, in_columns) > 0)
    for kind_a, kind_b in np.argwhere(used).tolist():
        share = np.minimum(rows[:, kind_a, None], columns[None, :, kind_b])
        share *= table[kind_a, kind_b]
        if bars:
            share[barred_rows[:, kind_a, kind_b]] = 0.0
            share[:, barred_columns[:, kind_a, kind_b]] = 0.0
        np.maximum(best, share, out=best)
    silent = (rows.max(axis=1) <= 0)[:, None] | (columns.max(axis=1) <= 0)[None, :]
    return np.where(silent, UNKNOWN, best)


def text_part(grid: Grid, model: FitModel) -> Floats:
    """Mean rank of the lexical measures, with the latent one at half weight where a side has no tags.

    From .12 up where the texts share a word, a meaning or a near spelling; else at most .10, which is no link.
    """
    measured = raw_text(grid)
    total = MEASURES["bm25"] * _dense(measured["bm25"], model.ranks["bm25"])
    total += MEASURES["words"] * _dense(measured["words"], model.ranks["words"])
    total += MEASURES["pieces"] * _dense(measured["pieces"], model.ranks["pieces"])
    shares = np.zeros(total.size, dtype=bool)
    shares[_places(measured["words"], above=0.0)] = True
    shares[_places(measured["pieces"], above=NEAR_SPELLING)] = True
    linked = np.flatnonzero(shares)
    mean = _with_latent(grid, total, model)
    text = FAINT + FAINT * mean
    text.ravel()[linked] = LINKED + (1.0 - LINKED) * mean.ravel()[linked]
    text[~grid.a.text.said] = UNKNOWN
    text[~grid.b.text.said if grid.paired else (slice(None), ~grid.b.text.said)] = UNKNOWN
    return text


def raw_text(grid: Grid) -> dict[str, Any]:
    """The lexical measures before ranking, sparse for a table: BM25 both ways added, two cosines in [0, 1]."""
    a, b = grid.a.text, grid.b.text
    found = {
        "bm25": grid.dot(a.query, b.answer) + grid.dot(a.answer, b.query),
        "words": grid.dot(a.words, b.words),
        "pieces": grid.dot(a.pieces, b.pieces),
    }
    for name, product in found.items():  # rounded, so that the order of adding up does not show
        values = np.round(values_of(product), DECIMALS)
        if name == "pieces":
            values[values <= NOISE] = 0.0
        if grid.paired:
            found[name] = values
        else:
            product.data = values
    return found


def raw_latent(grid: Grid, rows: Ints | slice = slice(None), columns: Ints | slice = slice(None)) -> Floats:
    """The latent cosine of each pair, of these lines of `a` and of `b`, in [-1, 1]."""
    found: Floats = np.round(grid.dot(grid.a.text.latent[rows], grid.b.text.latent[columns]), DECIMALS)
    return found


def values_of(product: Any) -> Floats:
    """What a sparse or dense product holds; of a sparse one not the zeros."""
    values: Floats = product.data if hasattr(product, "toarray") else product
    return values


def _dense(product: Any, ranks: RankTable) -> Floats:
    """The rank of every value, dense."""
    if not hasattr(product, "toarray"):
        return ranks(product)
    product = product.copy()
    product.data = ranks(product.data)
    dense: Floats = product.toarray()
    return dense


def _places(product: Any, *, above: float) -> Ints:
    """Where in the flattened grid a product exceeds 0 and reaches `above`."""
    if not hasattr(product, "toarray"):
        return np.flatnonzero((product > 0) & (product >= above))
    good = (product.data > 0) & (product.data >= above)
    row = np.repeat(np.arange(product.shape[0]), np.diff(product.indptr))
    places: Ints = row[good] * product.shape[1] + product.indices[good]
    return places


def _with_latent(grid: Grid, total: Floats, model: FitModel) -> Floats:
    """Mean of the lexical ranks, and of the latent one where a side has no tags."""
    mean: Floats = total / sum(MEASURES.values())
    share = model.weights.lsa
    if "latent" not in model.ranks or not share:
        return mean
    tagged_a, tagged_b = grid.a.tagged, grid.b.tagged
    if grid.paired:
        either = np.flatnonzero(~(tagged_a & tagged_b))
        parts = [(either, either)]
    else:
        everybody, untagged = np.arange(len(tagged_b)), np.flatnonzero(~tagged_b)
        parts = [(np.flatnonzero(~tagged_a), everybody), (np.flatnonzero(tagged_a), untagged)]
    for rows, columns in parts:
        part = rows if grid.paired else np.ix_(rows, columns)
        if rows.size and columns.size:
            latent = model.ranks["latent"](raw_latent(grid, rows, columns))
            mean[part] = (total[part] + share * latent) / (sum(MEASURES.values()) + share)
    return mean


def themes(a: Lines, b: Lines, model: FitModel) -> Patterned:
    """Shared themes over all themes of both, rare ones counting more."""
    rows, of_a = np.unique(a.theme_pattern, return_inverse=True)
    columns, of_b = np.unique(b.theme_pattern, return_inverse=True)
    return Patterned(_jaccard(a.theme_patterns[rows], b.theme_patterns[columns], model.theme_idf), of_a, of_b)


def audiences(a: Lines, b: Lines, model: FitModel) -> Patterned:
    """Shared audiences over all audiences of both, rare ones counting more."""
    rows, of_a = np.unique(a.audience_pattern, return_inverse=True)
    columns, of_b = np.unique(b.audience_pattern, return_inverse=True)
    return Patterned(_jaccard(a.audience_patterns[rows], b.audience_patterns[columns], model.audience_idf), of_a, of_b)


def theme_part(grid: Grid, model: FitModel) -> Floats:
    """`themes`, each value in its place."""
    return themes(grid.a, grid.b, model).on(grid)


def audience_part(grid: Grid, model: FitModel) -> Floats:
    """`audiences`, each value in its place."""
    return audiences(grid.a, grid.b, model).on(grid)


def _jaccard(a: Floats, b: Floats, idf: Floats) -> Floats:
    """IDF-weighted Jaccard of each row of `a` with each of `b`.

    A term only read from the words counts its share in the overlap, in full in the union.
    """
    size_a, size_b = (a > 0) @ idf, (b > 0) @ idf
    both = ((a > 0) * idf) @ (b > 0).astype(np.float64).T
    shared = (a * idf) @ b.T
    union = size_a[:, None] + size_b[None, :] - both
    known = (size_a > 0)[:, None] & (size_b > 0)[None, :]
    ratio = np.divide(shared, union, out=np.zeros(union.shape), where=known)
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
    full = part.copy()
    np.copyto(full, median, where=part < 0)
    return full


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
