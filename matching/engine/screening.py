"""Which pairs of a large event are worth scoring: a rough score of organisation with organisation, and its best pairs.

Everything here works on whole organisations, not on lines: the best kinds, the words of all needs or offers together.
Its numbers go no further than the choice of candidates; whoever is chosen is scored in full.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from matching.engine.encoding import Bools, Floats, Ints, SideArrays
from matching.engine.fit import FAINT, LINKED, Patterned, audiences, themes
from matching.engine.reciprocal import EventModel, best_of_patterns, reciprocal_score

Rough = NDArray[np.float32]
RUN = 128  # museums screened at once
SAMPLE = 1024  # museums from which each partner's threshold is read


@dataclass(frozen=True, slots=True)
class Digest:
    """One side, n organisations, in rough: what they need and offer, each (n, …)."""

    need_words: sparse.csr_array  # rows of length 1
    offer_words: sparse.csr_array
    need_kinds: Rough  # in [0, 1]
    offer_kinds: Rough
    position: Rough  # km, NaN unknown
    slowness: Rough  # half of 1 / reach, per km
    says_when: Rough

    @classmethod
    def of(cls, side: SideArrays) -> Digest:
        return cls(
            need_words=_words_of(side, side.lines.need),
            offer_words=_words_of(side, side.lines.offer),
            need_kinds=_best_by_owner(side.lines.kinds * side.lines.need[:, None], side.start).astype(np.float32),
            offer_kinds=_best_by_owner(side.lines.kinds * side.lines.offer[:, None], side.start).astype(np.float32),
            position=(side.position / 1000.0).astype(np.float32),
            slowness=(0.5 / side.reach).astype(np.float32),
            says_when=side.says_when.astype(np.float32),
        )


@dataclass(frozen=True)
class Screen:
    """Both sides of a large event in rough."""

    model: EventModel
    museums: SideArrays
    partners: SideArrays
    ours: Digest
    theirs: Digest
    ticked: Sequence[Patterned]  # what ticks add to a fit

    @classmethod
    def of(cls, model: EventModel, museums: SideArrays, partners: SideArrays) -> Screen:
        a, b = museums.lines, partners.lines
        parts = {"theme": themes(a, b, model.fit), "audience": audiences(a, b, model.fit)}
        shares, medians = model.weights.parts, model.fit.medians
        added = [part.filled(shares[name], medians[name]) for name, part in parts.items()]
        ticked = [replace(part, table=part.table.astype(np.float32)) for part in added]
        return cls(model, museums, partners, Digest.of(museums), Digest.of(partners), ticked)

    def rough(self, rows: range) -> Rough:
        """A rough S of these museums with all partners, (rows, n): only its order means anything."""
        a, b, weights = self.ours, self.theirs, self.model.weights
        here = slice(rows.start, rows.stop)
        shared: Any = np.float32(0.0)
        for part in self.ticked:
            shared = shared + self._shared(part, rows)
        table = self.model.fit.kind_table.astype(np.float32)
        museum_wants = self._want(a.need_words[here], b.offer_words, a.need_kinds[here], b.offer_kinds, table, shared)
        partner_wants = self._want(
            a.offer_words[here], b.need_words, a.offer_kinds[here], b.need_kinds, table.T, shared
        )
        score: Any = reciprocal_score(museum_wants, partner_wants, weights)
        base, near, timing = weights.surroundings
        around = self._near(here)
        around *= np.float32(near)
        around += np.float32(base + 0.5 * timing) + np.float32(0.25 * timing) * b.says_when[None, :]
        around += np.float32(0.25 * timing) * a.says_when[here, None]
        around *= score
        return around

    def _shared(self, part: Patterned, rows: range) -> Rough:
        """What a ticked part adds to a fit, the best of all lines."""
        start = self.museums.start[rows.start : rows.stop + 1]
        cut = replace(part, rows=part.rows[start[0] : start[-1]])
        best: Any = best_of_patterns(cut, start - start[0], self.partners)
        shared: Rough = best
        return shared

    def _want(self, words: Any, others: Any, kinds: Rough, other_kinds: Rough, table: Rough, shared: Rough) -> Any:
        """One side's want, (rows, n): an exchange where kinds or words meet, else shared aims, with text and ticks."""
        weights = self.model.weights
        text, kind = np.float32(weights.parts["text"]), np.float32(weights.parts["kind"])
        product = words @ others.T
        ranks = self.model.fit.ranks["words"](product.data)
        product.data = (text * (LINKED - FAINT + (1.0 - LINKED) * ranks)).astype(np.float32)
        want: Any = product.toarray()
        met = want > 0
        want += shared
        aims = np.float32(weights.aims / max(1.0 - weights.parts["kind"], 1e-6)) * want
        if table.size:
            fit = (kinds @ table) @ other_kinds.T
            met |= fit > 0
            np.minimum(fit, np.float32(1.0), out=fit)
            fit[~kinds.any(axis=1)] = self.model.fit.medians["kind"]
            fit[:, ~other_kinds.any(axis=1)] = self.model.fit.medians["kind"]
            fit *= kind
            want += fit
        want *= met
        return np.maximum(want, aims, out=want)

    def _near(self, here: slice) -> Rough:
        a, b = self.ours, self.theirs
        x, y = (a.position[here, axis][:, None] - b.position[None, :, axis] for axis in (0, 1))
        x *= x
        y *= y
        x += y
        np.sqrt(x, out=x)
        x *= -(a.slowness[here][:, None] + b.slowness[None, :])
        np.exp(x, out=x)
        np.copyto(x, np.float32(self.model.near_median), where=np.isnan(x))
        return x

    def thresholds(self, keep: int) -> Rough:
        """The rough score that about `keep` of all museums reach with each partner, (n,), from even runs of them."""
        museums = len(self.museums)
        starts = np.unique(np.linspace(0, max(0, museums - RUN), SAMPLE // RUN).astype(np.intp))
        kept = max(1, round(keep * min(1.0, len(starts) * RUN / museums)))
        top = np.zeros((0, len(self.partners)), dtype=np.float32)
        for first in starts.tolist():
            both = np.concatenate([top, self.rough(range(first, min(museums, first + RUN)))])
            cut = max(0, len(both) - kept)
            top = np.partition(both, cut, axis=0)[cut:] if cut else both
        least: Rough = top.min(axis=0)
        return least


def chosen(rough: Rough, thresholds: Rough, keep: int) -> Bools:
    """The best `keep` of each row, and whatever reaches its column's threshold."""
    cut = max(0, rough.shape[1] - keep)
    least = np.partition(rough, cut, axis=1)[:, cut] if cut else rough.min(axis=1)
    found: Bools = rough >= np.minimum(least[:, None], thresholds[None, :])
    return found


def _words_of(side: SideArrays, lines: Bools) -> sparse.csr_array:
    """The words of the chosen lines of each organisation together, rows of length 1."""
    at = np.flatnonzero(lines)
    member = sparse.csr_array((np.ones(len(at)), (side.lines.owner[at], at)), shape=(len(side), len(lines)))
    words = sparse.csr_array(member @ side.lines.text.words)
    length = np.sqrt(np.asarray(words.multiply(words).sum(axis=1)).reshape(-1))
    words.data /= np.repeat(np.where(length > 0, length, 1.0), np.diff(words.indptr))
    return words.astype(np.float32)


def _best_by_owner(table: Floats, start: Ints) -> Floats:
    best: Floats = np.maximum.reduceat(table, start[:-1], axis=0)
    return best
