"""One run for one event, from profiles to suggestions: the steps of the other modules in order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching.engine.encoding import Bools, Ints, Progress, SideArrays
from matching.engine.explanation import Explainer
from matching.engine.exposure import Arcs, caps_for, gini, solve
from matching.engine.model import MUSEUM, fit_event, subset
from matching.engine.pairs import take_apart
from matching.engine.reciprocal import EventModel, allowed_pairs, score_block
from matching.engine.types import Band, Gathering, Matching, Reason, Score, Shortfall, Suggestion
from matching.engine.weights import DEFAULT, Weights

Floats = NDArray[np.float64]
LEVELS = 1 << 16
CELLS = 600_000  # line pairs in one block: about 100 MB while it is scored
TIE = 1e-6  # ties are broken by less than any difference a person could care for
COMPARED = 5  # suggestions an organisation, over which `score_kept` is measured


@dataclass(frozen=True, slots=True)
class Levels:
    """How many of the event's pairs reach each level of S: percentiles without keeping every pair."""

    counts: NDArray[np.int64]

    @classmethod
    def empty(cls) -> Levels:
        return cls(np.zeros(LEVELS, dtype=np.int64))

    def plus(self, scores: Floats) -> Levels:
        return Levels(self.counts + np.bincount(level_of(scores), minlength=LEVELS))

    @property
    def pairs(self) -> int:
        return int(self.counts.sum())

    def percentiles(self) -> list[float]:
        """For each level the share of pairs below, half of the equal ones with them, in [0, 100].

        So the best of N pairs stands at 100 - 50 / N: with fewer than 25 pairs none can be Strong and with fewer than 5
        none Worth a talk, for want of anything to compare with.
        """
        shares: list[float] = (100.0 * (np.cumsum(self.counts) - self.counts / 2.0) / max(1, self.pairs)).tolist()
        return shares

    def median_level(self) -> int:
        """The level that half the pairs reach or stay below."""
        return int(np.searchsorted(np.cumsum(self.counts), self.pairs / 2.0))


def level_of(scores: Floats) -> Ints:
    """The level of each S, from 0 to 65,535."""
    level: Ints = np.clip(np.round(scores * (LEVELS - 1)), 0, LEVELS - 1).astype(np.intp)
    return level


def match(gathering: Gathering, weights: Weights = DEFAULT, *, on_progress: Progress | None = None) -> Matching:
    """Suggest pairs of one event: same input, same output, in whatever order the profiles come.

    `on_progress(done, total)` is called after each block of museums. `suggestions` are ordered by score, ties by least
    shown before, then by key. Measures: `gini` (mean of both sides), `gini_museums`, `gini_partners`,
    `most_over_mean`, `score_kept`, `never_shown`, `coverage`; all 0 when nothing could be matched.
    Raises: ValueError for two profiles with one key or a term that the vocabulary does not hold.
    """
    run = _Run(gathering, weights)
    best = run.survey(on_progress)
    arcs = run.arcs(best)
    chosen = run.allocate(arcs)
    return run.report(arcs, run.still_allowed(chosen))


class _Run:
    """What the steps of one run share. Lives for one call of `match`."""

    def __init__(self, gathering: Gathering, weights: Weights) -> None:
        self.weights = weights
        self.excluded = gathering.excluded
        model, museums, partners = fit_event(gathering, weights)
        self.model: EventModel = model
        self.museums: SideArrays = museums
        self.partners: SideArrays = partners
        self.order = {
            p.key: at for at, p in enumerate(sorted((*museums.profiles, *partners.profiles), key=lambda p: p.key))
        }
        self.levels = Levels.empty()
        m, n = len(museums), len(partners)
        self.floor = weights.floor_tiny if min(m, n) < weights.tiny_side else weights.floor
        self.reachable = np.zeros(m + n, dtype=np.intp)  # allowed others that wrote something

    def blocks(self) -> Iterator[Ints]:
        """Runs of museums whose lines with all partners' lines fit into one block."""
        wide = max(1, len(self.partners.lines.owner))
        sizes = np.diff(self.museums.start)
        first = 0
        while first < len(self.museums):
            last = first + 1
            while last < len(self.museums) and sizes[first : last + 1].sum() * wide <= CELLS:
                last += 1
            yield np.arange(first, last)
            first = last

    def scored(self, rows: Ints, columns: Ints | None = None) -> tuple[Floats, Bools, Bools]:
        """S with ties broken, who may meet, and who may be shown, for these museums and partners (all by default)."""
        museums = subset(self.museums, rows)
        partners = self.partners if columns is None else subset(self.partners, columns)
        block = score_block(self.model, museums, partners)
        may_meet = allowed_pairs(museums, partners, self.excluded)
        may_meet &= museums.wrote[:, None] & partners.wrote[None, :]
        return block.score, may_meet, may_meet & block.grounded & (block.score > 0)

    def ties(self, rows: Ints, columns: Ints) -> Floats:
        """A little below `TIE` for each pair, from keys alone: less for those often shown before. Broadcasts."""
        a = np.array([self.order[p.key] for p in self.museums.profiles], dtype=np.uint64)[rows]
        b = np.array([self.order[p.key] for p in self.partners.profiles], dtype=np.uint64)[columns]
        seen_a = np.array([p.shown_before for p in self.museums.profiles], dtype=np.float64)[rows]
        seen_b = np.array([p.shown_before for p in self.partners.profiles], dtype=np.float64)[columns]
        mixed = _mix(np.minimum(a, b) * np.uint64(len(self.order)) + np.maximum(a, b))
        return TIE * (0.5 / (1.0 + seen_a + seen_b) + 0.5 * mixed)

    def survey(self, on_progress: Progress | None) -> Arcs:
        """Score every pair once; keep each side's best candidates and how all scores are spread."""
        keep = self.weights.candidates
        rows_found: list[Ints] = []
        columns_found: list[Ints] = []
        scores_found: list[Floats] = []
        everybody = np.arange(len(self.partners))
        top = np.full((0, len(self.partners)), -1.0)
        top_row = np.zeros((0, len(self.partners)), dtype=np.intp)
        m = len(self.museums)
        for rows in self.blocks() if len(self.partners) else ():
            score, may_meet, may_show = self.scored(rows)
            self.levels = self.levels.plus(score[may_meet])
            self.reachable[rows] += may_meet.sum(axis=1)
            self.reachable[m:] += may_meet.sum(axis=0)
            ranked = np.where(may_show, score + self.ties(rows[:, None], everybody[None, :]), -1.0)
            at_row, at_column = _best_in_rows(ranked, keep)
            rows_found.append(rows[at_row])
            columns_found.append(at_column)
            scores_found.append(ranked[at_row, at_column])
            top, top_row = _merge_columns(top, top_row, ranked, rows, keep)
            if on_progress:
                on_progress(int(rows[-1]) + 1, m)
        place, column = np.nonzero(top > 0)
        rows_found.append(top_row[place, column])
        columns_found.append(column)
        scores_found.append(top[place, column])
        return _distinct(rows_found, columns_found, scores_found, len(self.partners))

    def arcs(self, best: Arcs) -> Arcs:
        """The candidates good enough to be shown: not below the event's median."""
        good = (
            level_of(best.score - TIE) >= self.levels.median_level() if self.levels.pairs else np.zeros(0, dtype=bool)
        )
        return Arcs(best.row[good], best.column[good], best.score[good])

    def limits(self, arcs: Arcs) -> tuple[Ints, Ints]:
        """Floors and caps, museums first; an organisation's own limit goes before both."""
        m, n = len(self.museums), len(self.partners)
        active = (int((self.reachable[:m] > 0).sum()), int((self.reachable[m:] > 0).sum()))
        cap_m, cap_p = caps_for(self.floor, *active, ratio=self.weights.cap_ratio)
        caps = np.concatenate([np.full(m, cap_m), np.full(n, cap_p)]).astype(np.intp)
        own = [p.limit for p in (*self.museums.profiles, *self.partners.profiles)]
        caps = np.array(
            [cap if limit is None else min(limit, cap) for cap, limit in zip(caps, own, strict=True)], dtype=np.intp
        )
        return np.minimum(self.fair_floor(), caps), caps

    def fair_floor(self) -> Ints:
        """The floor of each organisation: half of whom it may meet at most, as only half can reach the median."""
        return np.minimum(self.floor, (self.reachable + 1) // 2)

    def allocate(self, arcs: Arcs) -> Arcs:
        """The shown pairs. Whoever is short of the floor gets the whole event as candidates and one more solve.

        Whoever would then be seen by nobody gets their best pair that anything links, although it is below the median:
        the median of a small event says little, and being left out says a lot. They stay a shortfall for the officer.
        """
        floors, caps = self.limits(arcs)
        m = len(self.museums)
        shown = _pick(arcs, solve(arcs, floors=floors, caps=caps, museums=m))
        short = self.counts(shown) < floors
        if not short.any():
            return shown
        everything = self.widened(arcs, short)
        wider = self.arcs(everything)
        if len(wider.score) > len(arcs.score):
            shown = _pick(wider, solve(wider, floors=floors, caps=caps, museums=m))
        unseen = (self.counts(shown) == 0) & (floors > 0)
        if not unseen.any():
            return shown
        theirs = _pick(everything, unseen[everything.row] | unseen[everything.column + m])
        joined = _distinct(
            [shown.row, theirs.row], [shown.column, theirs.column], [shown.score, theirs.score], len(self.partners)
        )
        kept_and_one = np.maximum(self.counts(shown), unseen)
        return _pick(joined, solve(joined, floors=kept_and_one, caps=np.where(unseen, 1, caps), museums=m))

    def widened(self, arcs: Arcs, short: Bools) -> Arcs:
        """The candidates and every pair of the organisations that are short."""
        m = len(self.museums)
        rows, columns, scores = [arcs.row], [arcs.column], [arcs.score]
        for wanted_rows, wanted_columns in (
            (np.flatnonzero(short[:m]), np.arange(len(self.partners))),
            (np.arange(m), np.flatnonzero(short[m:])),
        ):
            size = max(1, 4000 * 300 // max(1, 4 * len(wanted_columns)))
            for at in range(0, len(wanted_rows), size):
                part = wanted_rows[at : at + size]
                if not wanted_columns.size:
                    continue
                score, _, may_show = self.scored(part, wanted_columns)
                found_row, found_column = np.nonzero(may_show)
                row, column = part[found_row], wanted_columns[found_column]
                rows.append(row)
                columns.append(column)
                scores.append(score[found_row, found_column] + self.ties(row, column))
        return _distinct(rows, columns, scores, len(self.partners))

    def still_allowed(self, shown: Arcs) -> Arcs:
        """The shown pairs checked once more against the exclusions, whatever the solver made of its numbers."""
        barred = self.excluded | {(other, one) for one, other in self.excluded}
        pairs = zip(shown.row.tolist(), shown.column.tolist(), strict=True)
        keys = [(self.museums.profiles[row].key, self.partners.profiles[column].key) for row, column in pairs]
        return _pick(shown, np.array([pair not in barred for pair in keys], dtype=bool))

    def counts(self, arcs: Arcs) -> Ints:
        """How often each organisation is shown, museums first."""
        m, n = len(self.museums), len(self.partners)
        return np.concatenate([np.bincount(arcs.row, minlength=m), np.bincount(arcs.column, minlength=n)])

    def report(self, best: Arcs, shown: Arcs) -> Matching:
        """Values from arrays: suggestions with their reasons, shortfalls, measures."""
        explainer = Explainer(self.model, self.museums, self.partners)
        percentile_of = self.levels.percentiles()
        suggestions = []
        for pair in take_apart(self.model, self.museums, self.partners, shown.row, shown.column):
            score = explainer.score(pair, percentile_of[min(LEVELS - 1, round(pair.value * (LEVELS - 1)))])
            reasons = explainer.reasons(pair, score)
            suggestions.append(
                Suggestion(
                    museum=self.museums.profiles[pair.museum].key,
                    partner=self.partners.profiles[pair.partner].key,
                    score=score,
                    band=self.band(score, reasons),
                    reasons=reasons,
                    cautions=explainer.cautions(pair, score, reasons),
                )
            )
        seen = {p.key: p.shown_before for p in (*self.museums.profiles, *self.partners.profiles)}
        suggestions.sort(
            key=lambda s: (
                -round(s.score.value, 9),
                seen[s.museum] + seen[s.partner],
                min(s.museum, s.partner),
                max(s.museum, s.partner),
            )
        )
        return Matching(tuple(suggestions), self.shortfalls(shown), self.levels.pairs, self.measures(best, shown))

    def band(self, score: Score, reasons: tuple[Reason, ...]) -> Band:
        """Strong needs an exchange both ways as well as a place among the best; nearness alone is only Possible."""
        both = len({r.evidence["seeker"] for r in reasons if r.code == "offer_meets_need"}) == 2
        if both and score.percentile >= self.weights.strong:
            return Band.STRONG
        linked = any(reason.code not in ("near", "same_need") for reason in reasons)
        worth = linked and score.percentile >= self.weights.worth_a_talk
        return Band.WORTH_A_TALK if worth else Band.POSSIBLE

    def shortfalls(self, shown: Arcs) -> tuple[Shortfall, ...]:
        """Who is short of the floor and why; nobody who asked for less, or closed their contact."""
        profiles = (*self.museums.profiles, *self.partners.profiles)
        wrote = np.concatenate([self.museums.wrote, self.partners.wrote])
        found = []
        for profile, count, fair, said in zip(profiles, self.counts(shown), self.fair_floor(), wrote, strict=True):
            wanted = int(fair) or self.floor
            floor = wanted if profile.limit is None else min(wanted, profile.limit)
            if not profile.open_to_contact or count >= floor:
                continue
            cause = "nothing_written" if not said else "weak_only" if fair else "no_candidates"
            found.append(Shortfall(profile.key, int(count), floor, cause))
        return tuple(sorted(found, key=lambda shortfall: shortfall.key))

    def measures(self, best: Arcs, shown: Arcs) -> dict[str, float]:
        """Fairness and what it cost, over the organisations that could be matched."""
        m = len(self.museums)
        counts = self.counts(shown)
        could = self.reachable > 0
        sides = [counts[:m][could[:m]], counts[m:][could[m:]]]
        ginis = [gini(side) for side in sides]
        over = [float(side.max() / side.mean()) for side in sides if side.sum()]
        return {
            "gini": sum(ginis) / 2,
            "gini_museums": ginis[0],
            "gini_partners": ginis[1],
            "most_over_mean": max(over, default=0.0),
            "score_kept": self.score_kept(best, shown),
            "never_shown": float(sum(int((side == 0).sum()) for side in sides)),
            "coverage": float((counts[could] > 0).mean()) if could.any() else 0.0,
        }

    def score_kept(self, best: Arcs, shown: Arcs) -> float:
        """Sum of each organisation's five best shown over the sum of its five best possible, in [0, 1]."""
        m = len(self.museums)
        best = _distinct(
            [best.row, shown.row], [best.column, shown.column], [best.score, shown.score], len(self.partners)
        )
        kept = sum(_top_sum(node, shown.score) for node in (shown.row, shown.column + m))
        possible = sum(_top_sum(node, best.score) for node in (best.row, best.column + m))
        return float(kept / possible) if possible else 0.0


def _mix(number: NDArray[np.uint64]) -> Floats:
    """A fixed scramble of whole numbers into [0, 1) (splitmix64), so that ties favour nobody by alphabet."""
    with np.errstate(over="ignore"):
        z = number + np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return (z >> np.uint64(11)).astype(np.float64) / float(1 << 53)


def _best_in_rows(ranked: Floats, keep: int) -> tuple[Ints, Ints]:
    """(row, column) of the best `keep` positive entries of each row."""
    good = ranked > 0
    if ranked.shape[1] > keep:
        good &= ranked >= -np.partition(-ranked, keep - 1, axis=1)[:, keep - 1 : keep]
    row, column = np.nonzero(good)
    return row, column


def _merge_columns(top: Floats, top_row: Ints, ranked: Floats, rows: Ints, keep: int) -> tuple[Floats, Ints]:
    """The best `keep` entries of each column so far and the rows they stand in."""
    scores = np.concatenate([top, ranked])
    owners = np.concatenate([top_row, np.broadcast_to(rows[:, None], ranked.shape)])
    if len(scores) <= keep:
        return scores, owners
    best = np.argpartition(-scores, keep - 1, axis=0)[:keep]
    return np.take_along_axis(scores, best, axis=0), np.take_along_axis(owners, best, axis=0)


def _distinct(rows: list[Ints], columns: list[Ints], scores: list[Floats], width: int) -> Arcs:
    row, column, score = np.concatenate(rows), np.concatenate(columns), np.concatenate(scores)
    _, first = np.unique(row.astype(np.int64) * max(1, width) + column, return_index=True)
    return Arcs(row[first], column[first], score[first])


def _pick(arcs: Arcs, chosen: Bools) -> Arcs:
    return Arcs(arcs.row[chosen], arcs.column[chosen], arcs.score[chosen])


def _top_sum(node: Ints, score: Floats) -> float:
    """Sum over nodes of their five best scores."""
    order = np.lexsort((-score, node))
    owners = node[order]
    if not owners.size:
        return 0.0
    first = np.flatnonzero(np.append(True, owners[1:] != owners[:-1]))
    place = np.arange(len(owners)) - np.repeat(first, np.diff(np.append(first, len(owners))))
    return float(score[order][place < COMPARED].sum())


__all__ = ["MUSEUM", "match"]
