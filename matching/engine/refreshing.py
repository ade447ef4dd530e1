"""A survey brought up to date after a few edits, with the words as they were learnt. Scores only what changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from matching.engine.encoding import Ints, SideArrays, encode_side, joined
from matching.engine.exposure import Arcs, concatenated
from matching.engine.model import MUSEUM, subset
from matching.engine.reciprocal import EventModel, positions, score_pairs
from matching.engine.surveying import Levels, Prepared, Survey, best_of
from matching.engine.types import Gathering, Profile


def refresh(prepared: Prepared, survey: Survey, gathering: Gathering) -> tuple[Prepared, Survey]:
    """The event as `gathering` has it now, scored with the model of `prepared`.

    Only the rows and columns of profiles that were edited, came or went are scored, and pairs that were excluded or
    allowed since. A list of best pairs that lost one to an edit is shorter by it until the event is prepared afresh;
    so are words and languages that nobody used before unknown until then.
    Raises: ValueError if the survey is not whole, if the vocabulary or `near_km` changed, for two profiles with one
    key, or for a term that the vocabulary does not hold.
    """
    before = prepared.gathering
    if not survey.whole:
        raise ValueError("Only a whole survey can be brought up to date.")
    if (gathering.vocabulary, gathering.near_km) != (before.vocabulary, before.near_km):
        raise ValueError("The vocabulary or the distance that counts as near changed: prepare the event afresh.")
    if len({profile.key for profile in gathering.profiles}) < len(gathering.profiles):
        raise ValueError("Two organisations have one key.")
    book = replace(prepared.model.book, barred_kinds=gathering.barred_kinds)
    model = replace(prepared.model, book=book)
    stays = {
        profile.key
        for profile in gathering.profiles
        if before.barred_kinds.get(profile.key) == gathering.barred_kinds.get(profile.key)
    }
    now = {profile.key: profile for profile in gathering.profiles}
    museums = _Change.of(prepared.museums, [p for p in now.values() if p.sector == MUSEUM], stays, model)
    partners = _Change.of(prepared.partners, [p for p in now.values() if p.sector != MUSEUM], stays, model)
    edited = frozenset(change.side.profiles[at].key for change in (museums, partners) for at in change.new.tolist())
    fresh = replace(
        prepared, gathering=gathering, model=model, museums=museums.side, partners=partners.side, edited=edited
    )
    return fresh, _brought_up_to_date(prepared, fresh, survey, museums, partners)


@dataclass(frozen=True, slots=True)
class _Change:
    """One side before and after: `moved` (old n,) where each stands now, -1 if gone or edited; `new` positions."""

    side: SideArrays
    moved: Ints
    new: Ints

    @classmethod
    def of(cls, side: SideArrays, profiles: Sequence[Profile], stays: set[str], model: EventModel) -> _Change:
        was = {profile.key: profile for profile in side.profiles}
        kept = {p.key for p in profiles if p.key in stays and was.get(p.key) == p}
        if len(kept) == len(side) == len(profiles):
            return cls(side, np.arange(len(side)), np.zeros(0, dtype=np.intp))
        old = np.array([at for at, p in enumerate(side.profiles) if p.key in kept], dtype=np.intp)
        changed = encode_side([p for p in profiles if p.key not in kept], model.text, model.book)
        both = joined(subset(side, old), changed)
        order = np.array(sorted(range(len(both)), key=lambda at: both.profiles[at].key), dtype=np.intp)
        place = np.argsort(order)
        moved = np.full(len(side), -1)
        moved[old] = place[: len(old)]
        return cls(subset(both, order), moved, np.sort(place[len(old) :]))

    @property
    def old(self) -> Ints:
        """Positions before, of those that are gone or edited."""
        return np.flatnonzero(self.moved < 0)


def _brought_up_to_date(
    before: Prepared, after: Prepared, survey: Survey, museums: _Change, partners: _Change
) -> Survey:
    m = len(after.museums)
    lost, won = _touched(before, museums.old, partners.old), _touched(after, museums.new, partners.new)
    switched = _switched(before, after, museums, partners)
    remaining = survey.reachable - lost.reachable
    reachable = won.reachable + switched.reachable
    moved = np.concatenate([museums.moved, np.where(partners.moved < 0, -1, partners.moved + m)])
    reachable[moved[moved >= 0]] += remaining[moved >= 0]
    row, column = museums.moved[survey.best.row], partners.moved[survey.best.column]
    kept = (row >= 0) & (column >= 0) & after.gates.pairs(row, column)
    unchanged = Arcs(row[kept], column[kept], survey.best.score[kept])
    levels = survey.levels
    if not before.large:  # a large event's are those of a sample of pairs, which a few edits do not move
        levels = levels.minus(lost.levels).plus(won.levels).plus(switched.levels)
    best = best_of([unchanged, won.best, switched.best], survey.keep)
    return Survey(m, survey.keep, np.array([[0, m]]), best, levels, reachable)


def _touched(prepared: Prepared, rows: Ints, columns: Ints) -> Survey:
    """Everything about these museums and these partners, each pair once, in the form of a survey."""
    m, n = len(prepared.museums), len(prepared.partners)
    others = np.setdiff1d(np.arange(m), rows)
    found, levels, reachable = [], Levels.none(), np.zeros(m + n, dtype=np.intp)
    for part in (*prepared.scored(rows), *prepared.scored(others, columns)):
        levels = levels.plus(Levels.of(part.score[part.may_meet]))
        reachable[part.rows] += part.may_meet.sum(axis=1)
        reachable[m + part.columns] += part.may_meet.sum(axis=0)
        found.append(prepared.shown(part, part.may_show))
    return Survey(m, 0, np.zeros((0, 2), dtype=np.intp), concatenated(found), levels, reachable)


def _switched(before: Prepared, after: Prepared, museums: _Change, partners: _Change) -> Survey:
    """What it changes that pairs, of which neither side changed, were excluded or allowed since."""
    m, n = len(after.museums), len(after.partners)
    now, then = after.gathering.excluded, before.gathering.excluded
    reachable, levels = np.zeros(m + n, dtype=np.intp), Levels.none()
    best = concatenated([])
    for pairs, sign in ((then - now, 1), (now - then, -1)):
        row, column = positions(after.museums, after.partners, pairs).T
        could = ~np.isin(row, museums.new) & ~np.isin(column, partners.new)
        could &= replace(after.gates, excluded=after.gates.excluded[:0]).pairs(row, column)
        could &= after.museums.wrote[row] & after.partners.wrote[column]
        row, column = row[could], column[could]
        block = score_pairs(after.model, after.museums, after.partners, row, column)
        np.add.at(reachable, np.concatenate([row, m + column]), sign)
        counts = Levels.of(block.score)
        levels = levels.plus(counts) if sign > 0 else levels.minus(counts)
        if sign > 0:
            show = block.grounded & (block.score > 0)
            row, column = row[show], column[show]
            best = Arcs(row, column, block.score[show] + after.ties(row, column))
    return Survey(m, 0, np.zeros((0, 2), dtype=np.intp), best, levels, reachable)
