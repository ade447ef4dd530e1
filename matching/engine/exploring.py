"""Which good pairs get a place because little is known of them, so that answers teach something of quiet bodies."""

from __future__ import annotations

import numpy as np

from matching.engine.encoding import Bools, Floats, Ints, Lines, SideArrays
from matching.engine.exposure import Arcs
from matching.engine.fit import PARTS
from matching.engine.surveying import Prepared
from matching.engine.weights import Weights

GOOD = 0.75  # of the score of the last pair that each side would be shown otherwise: what bounds the cost
AIMS_ALONE = 0.6  # shared aims say less of what an organisation wants


def least_certain(prepared: Prepared, arcs: Arcs, *, floors: Ints, caps: Ints) -> Bools:
    """Which of these pairs to prefer, (E,): about `weights.explore` of the places, one an organisation at most.

    The least certain first, equal ones by score, among those that score at least three quarters of what either side's
    last place would hold. The allocation may still leave one out where a floor needs the place.
    """
    museums = len(prepared.museums)
    chosen = np.zeros(len(arcs.score), dtype=bool)
    ends = np.stack([arcs.row, arcs.column + museums])
    degree = np.bincount(ends.ravel(), minlength=len(caps))
    room = np.minimum(caps, degree)
    places = int(prepared.weights.explore * min(room[:museums].sum(), room[museums:].sum()))
    if not places:
        return chosen
    usual = np.minimum(_nth_best(ends[0], arcs.score, floors), _nth_best(ends[1], arcs.score, floors))
    open_to = (arcs.score >= GOOD * usual) & (caps[ends] > 0).all(axis=0)
    certain = np.round(certainty(prepared, arcs.row, arcs.column), 6)
    order = np.lexsort((-arcs.score, certain))
    order = order[open_to[order]]
    found: list[Ints] = []
    while order.size:  # whoever comes first for both its organisations is what going down the list would take
        first = np.ones(len(order), dtype=bool)
        for end in ends:
            _, leader = np.unique(end[order], return_index=True)
            leads = np.zeros(len(order), dtype=bool)
            leads[leader] = True
            first &= leads
        found.append(order[first])
        used = np.zeros(len(caps), dtype=bool)
        used[ends[:, order[first]]] = True
        order = order[~used[ends[:, order]].any(axis=0)]
    taken = np.concatenate(found) if found else order
    taken = taken[np.lexsort((-arcs.score[taken], certain[taken]))][:places]
    chosen[taken] = True
    return chosen


def certainty(prepared: Prepared, row: Ints, column: Ints) -> Floats:
    """How much of each pair's fit rests on what both sides said rather than on medians, (E,) in [0, 1].

    Read from what each organisation says over all its lines, so at least `Score.confidence` where lines differ.
    """
    museums, partners, weights = prepared.museums, prepared.partners, prepared.weights
    sums = np.zeros(len(row))
    for seeker, provider, seeks, gives in ((museums, partners, row, column), (partners, museums, column, row)):
        needs, offers = _says(seeker, seeker.lines.need), _says(provider, provider.lines.offer)
        exchange = (needs[0][seeks] * offers[0][gives]) @ _shares(weights, kind=True)
        everything = np.ones(len(seeker.lines.owner), dtype=bool), np.ones(len(provider.lines.owner), dtype=bool)
        ours, theirs = _says(seeker, everything[0])[0], _says(provider, everything[1])[0]
        aims = AIMS_ALONE * ((ours[seeks] * theirs[gives]) @ _shares(weights, kind=False))
        sums += np.where(needs[1][seeks] & offers[1][gives], exchange, aims)
    half: Floats = sums / 2
    return half


def _shares(weights: Weights, *, kind: bool) -> Floats:
    shares = weights.parts if kind else weights.aims_parts
    return np.array([shares.get(part, 0.0) for part in PARTS])


def _says(side: SideArrays, chosen: Bools) -> tuple[Floats, Bools]:
    """Of each organisation's chosen lines: whether any says something of each part, (n, 4); whether there is one."""
    lines: Lines = side.lines
    said = np.column_stack([table.any(axis=1) for table in (lines.kinds, lines.themes, lines.audiences)])
    table = np.column_stack([said[:, 0], lines.text.said, said[:, 1:]]) & chosen[:, None]
    if not len(side):
        return np.zeros((0, len(PARTS))), np.zeros(0, dtype=bool)
    each = np.logical_or.reduceat(np.column_stack([table, chosen]), side.start[:-1], axis=0)
    return each[:, :-1].astype(np.float64), each[:, -1]


def _nth_best(node: Ints, score: Floats, nth: Ints) -> Floats:
    """For each pair, the score that the `nth` best pair of its node has, or its last one; (E,)."""
    order = np.lexsort((-score, node))
    owner = node[order]
    first, after = np.searchsorted(owner, owner, side="left"), np.searchsorted(owner, owner, side="right")
    at = np.minimum(first + np.maximum(nth[owner] - 1, 0), after - 1)
    values = np.empty(len(node))
    values[order] = score[order][at]
    return values
