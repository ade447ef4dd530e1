"""Both directions into one score, and who may be paired at all. Works on sides of an event; chooses nobody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching.engine.encoding import Bools, Codebook, Ints, Lines, SideArrays
from matching.engine.fit import (
    LINKED,
    FitModel,
    Grid,
    audience_part,
    combine,
    kind_part,
    text_part,
    theme_part,
)
from matching.engine.text import TextModel
from matching.engine.weights import Weights

Floats = NDArray[np.float64]
AIMS = ("text", "theme", "audience")
DECIMALS = 9


@dataclass(frozen=True, slots=True)
class EventModel:
    """All that one event taught, fixed: with it any two profiles can be scored again and get the same score.

    `near_median` in [0, 1] stands in where a distance is unknown.
    """

    text: TextModel
    book: Codebook
    fit: FitModel
    near_median: float
    weights: Weights


@dataclass(frozen=True, slots=True)
class Block:
    """Scores of some museums with some partners, each (m, n) in [0, 1].

    `grounded`: something both wrote or ticked links them, rather than medians standing in for silence.
    """

    score: Floats
    reciprocal: Floats
    museum_wants: Floats
    partner_wants: Floats
    grounded: Bools


def reciprocal_score(want_a: Floats, want_b: Floats, weights: Weights) -> Floats:
    """R of two one-sided wants, any shape, in [0, 1]: harmonic mean with a small door for one-way help. Symmetric.

    Source: harmonic mean as in RECON (Pizzato et al. 2010); it predicted a mutual yes best when measured.
    """
    harmonic, either = weights.fusion
    total = want_a + want_b
    mean = np.divide(2.0 * want_a * want_b, total, out=np.zeros_like(total), where=total > 0)
    fused: Floats = harmonic * mean + either * np.maximum(want_a, want_b)
    return fused


def surroundings(near: Floats, timing: Floats, weights: Weights) -> Floats:
    """What nearness, time and language leave of R, any shape, in [0, 1]."""
    base, near_share, timing_share = weights.surroundings
    factor: Floats = base + near_share * near + timing_share * timing
    return factor


def distance_km(a: SideArrays, b: SideArrays) -> Floats:
    """Straight-line kilometres, (a, b); NaN where a place is unknown."""
    apart = a.position[:, None, :] - b.position[None, :, :]
    distance: Floats = np.sqrt((apart**2).sum(axis=2)) / 1000.0
    return distance


def nearness(km: Floats, reach_a: Floats, reach_b: Floats, median: float) -> Floats:
    """exp(-km / d0), any shape, in [0, 1]; d0 is the harmonic mean of both sides' reach, so each side's word counts.

    `km` is NaN where a place is unknown: there the event's median stands in.
    """
    near = np.exp(-km * (1.0 / reach_a + 1.0 / reach_b) / 2.0)
    return np.where(np.isnan(near), median, near)


def timing_value(common: Bools, when_a: Bools, when_b: Bools) -> Floats:
    """Half for a language in common, a quarter for each side that says when; any shape, in [0, 1]."""
    timing: Floats = 0.5 * common + 0.25 * when_a + 0.25 * when_b
    return timing


def near_part(a: SideArrays, b: SideArrays, median: float) -> Floats:
    """Nearness of every `a` to every `b`, (a, b) in [0, 1]."""
    return nearness(distance_km(a, b), a.reach[:, None], b.reach[None, :], median)


def timing_part(a: SideArrays, b: SideArrays) -> Floats:
    """Time and language of every `a` with every `b`, (a, b) in [0, 1]."""
    return timing_value((a.languages @ b.languages.T) > 0, a.says_when[:, None], b.says_when[None, :])


def allowed_pairs(museums: SideArrays, partners: SideArrays, excluded: frozenset[tuple[str, str]]) -> Bools:
    """Who may be paired before any arithmetic, (m, n): both open to contact, of different families, not excluded."""
    allowed = museums.contact[:, None] & partners.contact[None, :]
    row = {profile.key: at for at, profile in enumerate(museums.profiles)}
    column = {profile.key: at for at, profile in enumerate(partners.profiles)}
    for one, other in excluded:
        for first, second in ((one, other), (other, one)):
            if first in row and second in column:
                allowed[row[first], column[second]] = False
    families: dict[str, list[int]] = {}
    for at, profile in enumerate(partners.profiles):
        families.setdefault(profile.family, []).append(at)
    for at, profile in enumerate(museums.profiles):
        if profile.family:
            allowed[at, families.get(profile.family, [])] = False
    return allowed


def score_block(model: EventModel, museums: SideArrays, partners: SideArrays) -> Block:
    """Score every museum with every partner of these two sides; gates are not applied here."""
    size = (len(museums), len(partners))
    a, b = museums.lines, partners.lines
    grid = Grid(a, b)
    shared = {
        "text": text_part(grid, model.fit),
        "theme": theme_part(grid, model.fit),
        "audience": audience_part(grid, model.fit),
    }
    museum_exchange = _exchange(_cut(shared, a.need, b.offer), a, b, model.fit, size, a_needs=True)
    partner_exchange = _exchange(_cut(shared, a.offer, b.need), a, b, model.fit, size, a_needs=False)
    best = {name: _best_by_owner(part, museums.start, partners.start) for name, part in shared.items()}
    aims = model.weights.aims * combine(best, model.weights.aims_parts, model.fit.aims_medians)
    grounded = (museum_exchange > 0) | (partner_exchange > 0)
    for part in best.values():
        grounded |= part > 0
    museum_wants, partner_wants = np.maximum(museum_exchange, aims), np.maximum(partner_exchange, aims)
    both = reciprocal_score(museum_wants, partner_wants, model.weights)
    near, timing = near_part(museums, partners, model.near_median), timing_part(museums, partners)
    score = np.round(both * surroundings(near, timing, model.weights), DECIMALS)
    return Block(score, both, museum_wants, partner_wants, grounded)


def _cut(parts: Mapping[str, Floats], rows: Bools, columns: Bools) -> dict[str, Floats]:
    return {name: part[np.ix_(rows, columns)] for name, part in parts.items()}


def _exchange(
    parts: dict[str, Floats], a: Lines, b: Lines, fit: FitModel, size: tuple[int, int], *, a_needs: bool
) -> Floats:
    """What the seekers' needs get from the providers' offers, (museums, partners) in [0, 1]."""
    rows = np.flatnonzero(a.need if a_needs else a.offer)
    columns = np.flatnonzero(b.offer if a_needs else b.need)
    if not rows.size or not columns.size:
        return np.zeros(size)
    cut_a, cut_b = a.of(rows), b.of(columns)
    parts["kind"] = kind_part(Grid(cut_a, cut_b), fit, a_needs=a_needs)
    value = np.where(is_exchange(parts["kind"], parts["text"]), combine(parts, fit.weights.parts, fit.medians), 0.0)
    if a_needs:
        return _want(value, cut_a.owner, cut_b.owner, size, fit.weights)
    return _want(value.T, cut_b.owner, cut_a.owner, (size[1], size[0]), fit.weights).T


def is_exchange(kind: Floats, text: Floats) -> Bools:
    """An offer answers a need only by its kind or its words; themes and audiences alone are shared aims."""
    return (kind > 0) | (text >= LINKED)


def _want(fits: Floats, needs: Ints, offers: Ints, size: tuple[int, int], weights: Weights) -> Floats:
    """1 - (1 - best) x product over further met needs of (1 - .25 fit), three at most; (seekers, providers)."""
    per_need = np.zeros((len(needs), size[1]))
    present, starts = np.unique(offers, return_index=True)
    per_need[:, present] = np.maximum.reduceat(fits, starts, axis=1)
    top = np.zeros((1 + weights.further_needs, *size))
    _, first = np.unique(needs, return_index=True)
    place = np.arange(len(needs)) - np.repeat(first, np.diff(np.append(first, len(needs))))
    for turn in range(int(place.max()) + 1):
        rows = np.flatnonzero(place == turn)
        newcomer = np.zeros(size)
        newcomer[needs[rows]] = per_need[rows]
        for rank in range(len(top)):
            top[rank], newcomer = np.maximum(top[rank], newcomer), np.minimum(top[rank], newcomer)
    missing = 1.0 - top[0]
    for further in top[1:]:
        missing *= 1.0 - weights.further_need * further
    want: Floats = 1.0 - missing
    return want


def _best_by_owner(part: Floats, rows: Ints, columns: Ints) -> Floats:
    """The best line with line for each pair of organisations; every organisation has at least its description."""
    best: Floats = np.maximum.reduceat(np.maximum.reduceat(part, columns[:-1], axis=1), rows[:-1], axis=0)
    return best
