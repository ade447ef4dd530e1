"""Two organisations that look for the same thing: no exchange, but they could ask together."""

from __future__ import annotations

import numpy as np

from matching.engine.encoding import Floats, Ints, SideArrays
from matching.engine.explanation import Explainer
from matching.engine.surveying import Prepared
from matching.engine.types import Together

ALIKE = 0.2  # cosine of the words of two needs from which they ask for the same thing
EACH = 2
ROWS = 2048  # needs of museums compared at once


def looking_together(prepared: Prepared, explainer: Explainer, shown: set[tuple[int, int]]) -> tuple[Together, ...]:
    """Museums and partners with a need alike in kind and words, the most alike first; two an organisation at most.

    Only those who may meet and are not among the `shown` pairs of positions.
    """
    museums, partners = prepared.museums, prepared.partners
    need_a, need_b, kind, alike = _alike_needs(museums, partners)
    row, column = museums.lines.owner[need_a], partners.lines.owner[need_b]
    order = np.lexsort((need_b, need_a, kind, -prepared.ties(row, column), -np.round(alike, 6)))
    order = order[prepared.gates.pairs(row, column)[order]]
    left = dict.fromkeys(range(len(museums) + len(partners)), EACH)
    found: list[Together] = []
    met = set(shown)
    for at in order.tolist():
        pair = int(row[at]), int(column[at])
        ends = pair[0], pair[1] + len(museums)
        if pair in met or not (left[ends[0]] and left[ends[1]]):
            continue
        words = explainer.common_words(int(need_a[at]), int(need_b[at]), museum_first=True)
        if not words:
            continue
        met.add(pair)
        for end in ends:
            left[end] -= 1
        found.append(
            Together(
                museum=museums.profiles[pair[0]].key,
                partner=partners.profiles[pair[1]].key,
                need_a=museums.lines.keys[need_a[at]],
                need_b=partners.lines.keys[need_b[at]],
                kind=prepared.model.book.kinds.slugs[kind[at]],
                words=words,
            )
        )
    return tuple(found)


def _alike_needs(museums: SideArrays, partners: SideArrays) -> tuple[Ints, Ints, Ints, Floats]:
    """(museum's line, partner's line, kind, cosine) of needs that tick one kind and use the same words."""
    found: list[tuple[Ints, Ints, Ints, Floats]] = []
    a, b = museums.lines, partners.lines
    ticked = [lines.need[:, None] & (lines.kinds >= 1) for lines in (a, b)]
    for kind in range(a.patterns.shape[1]):
        ours, theirs = (np.flatnonzero(table[:, kind]) for table in ticked)
        words = b.text.words[theirs].T.tocsr()
        for first in range(0, len(ours), ROWS):
            rows = ours[first : first + ROWS]
            product = (a.text.words[rows] @ words).tocoo()
            good = product.data >= ALIKE
            at_row, at_column = product.coords
            line_a, line_b = rows[at_row[good]], theirs[at_column[good]]
            found.append((line_a, line_b, np.full(len(line_a), kind), product.data[good]))
    if not found:
        return np.zeros(0, np.intp), np.zeros(0, np.intp), np.zeros(0, np.intp), np.zeros(0)
    lines_a, lines_b, kinds, alike = zip(*found, strict=True)
    return np.concatenate(lines_a), np.concatenate(lines_b), np.concatenate(kinds), np.concatenate(alike)
