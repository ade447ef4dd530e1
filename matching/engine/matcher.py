"""One run for one event, from profiles to suggestions: the steps of the other modules in order."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from matching.engine.encoding import Bools, Floats, Ints, Progress
from matching.engine.explanation import Explainer
from matching.engine.exploring import least_certain
from matching.engine.exposure import Arcs, caps_for, concatenated, gini, solve
from matching.engine.memory import hand_back, uncollected
from matching.engine.model import MUSEUM
from matching.engine.pairs import take_apart
from matching.engine.reciprocal import positions, score_pairs
from matching.engine.surveying import LEVELS, Prepared, Survey, join, level_of, prepare, survey
from matching.engine.together import looking_together
from matching.engine.types import Band, Gathering, Matching, Reason, Score, Shortfall, Suggestion
from matching.engine.weights import DEFAULT, Weights

COMPARED = 5  # suggestions an organisation, over which `score_kept` is measured
LINKS_NOBODY = {"near", "same_need", "same_words", "common_words"}
PREFERRED = 1.0  # added to the score of a pair worth exploring: it gives way to floors and pins, to little else


def match(gathering: Gathering, weights: Weights = DEFAULT, *, on_progress: Progress | None = None) -> Matching:
    """Suggest pairs of one event: same input, same output, in whatever order the profiles come.

    `on_progress(done, total)` is called after each block of museums. `suggestions` are ordered by score, ties by least
    shown before, then by key. Measures: `gini` (mean of both sides), `gini_museums`, `gini_partners`,
    `most_over_mean`, `score_kept`, `never_shown`, `coverage`; all 0 when nothing could be matched.
    Raises: ValueError for two profiles with one key or a term that the vocabulary does not hold.
    """
    prepared = prepare(gathering, weights)
    found = []
    for rows in prepared.blocks():
        found.append(survey(prepared, rows))
        if on_progress and rows:
            on_progress(rows.stop, len(prepared.museums))
    return conclude(prepared, join(found))


def conclude(prepared: Prepared, survey: Survey) -> Matching:
    """Who is shown to whom, from a whole survey, with reasons, shortfalls and measures; see `match`.

    Raises: ValueError if some museum was not surveyed.
    """
    if not survey.whole:
        raise ValueError("Some museums were not surveyed.")
    with uncollected():
        conclusion = _Conclusion(prepared, survey)
        shown = conclusion.allocate()
        if prepared.large:
            hand_back()  # what choosing took, before explaining takes as much again
        return conclusion.report(shown)


class _Conclusion:
    """What the steps of one conclusion share. Lives for one call of `conclude`."""

    def __init__(self, prepared: Prepared, survey: Survey) -> None:
        self.prepared = prepared
        self.weights = prepared.weights
        self.museums = prepared.museums
        self.partners = prepared.partners
        self.levels = survey.levels
        self.percentiles = survey.levels.percentiles()
        self.reachable = survey.reachable
        m, n = len(self.museums), len(self.partners)
        self.width = max(1, n)
        self.floor = self.weights.floor_tiny if min(m, n) < self.weights.tiny_side else self.weights.floor
        self.pins = self.pinned()
        self.best = self.good(survey.best)
        self.exploring = np.zeros(0, dtype=np.intp)

    def pinned(self) -> Arcs:
        """The pairs that staff pinned and that may meet, though they be silent."""
        row, column = positions(self.museums, self.partners, self.prepared.gathering.must_meet).T
        open_now = self.prepared.gates.pairs(row, column)
        row, column = row[open_now], column[open_now]
        block = score_pairs(self.prepared.model, self.museums, self.partners, row, column)
        return Arcs(row, column, block.score + self.prepared.ties(row, column))

    def good(self, arcs: Arcs) -> Arcs:
        """The pairs good enough to be shown: not below the event's median."""
        scores = np.round(arcs.score - self.prepared.ties(arcs.row, arcs.column), 9)
        enough = level_of(scores) >= self.levels.median_level()
        return arcs if enough.all() else _pick(arcs, enough)

    def codes(self, arcs: Arcs) -> Ints:
        """One number for each pair."""
        return arcs.row * self.width + arcs.column

    def distinct(self, *found: Arcs) -> Arcs:
        """All these pairs once, sorted."""
        arcs = concatenated(found)
        _, first = np.unique(self.codes(arcs), return_index=True)
        return _pick(arcs, first)

    def limits(self) -> tuple[Ints, Ints]:
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

    def solved(self, arcs: Arcs, floors: Ints, caps: Ints) -> Arcs:
        """The pairs to show, of these and the pins: floors first, then what is worth exploring, then the score."""
        arcs = self.distinct(arcs, self.pins)
        codes = self.codes(arcs)
        preferred = Arcs(arcs.row, arcs.column, arcs.score + PREFERRED * np.isin(codes, self.exploring))
        pinned = np.isin(codes, self.codes(self.pins))
        return _pick(arcs, solve(preferred, floors=floors, caps=caps, museums=len(self.museums), pinned=pinned))

    def allocate(self) -> Arcs:
        """The shown pairs. Whoever is short of the floor gets the whole event as candidates and one more solve.

        Whoever would then be seen by nobody gets their best pair that anything links, although it is below the median:
        the median of a small event says little, and being left out says a lot. They stay a shortfall for the officer.
        """
        floors, caps = self.limits()
        free = _pick(self.best, ~np.isin(self.codes(self.best), self.codes(self.pins)))
        self.exploring = self.codes(_pick(free, least_certain(self.prepared, free, floors=floors, caps=caps)))
        shown = self.solved(self.best, floors, caps)
        short = self.counts(shown) < floors
        if not short.any():
            return shown
        everything = self.widened(short)
        wider = self.good(everything)
        if len(wider.score) > len(self.best.score):
            shown = self.solved(wider, floors, caps)
        unseen = (self.counts(shown) == 0) & (floors > 0)
        if not unseen.any():
            return shown
        theirs = _pick(everything, unseen[everything.row] | unseen[everything.column + len(self.museums)])
        kept_and_one = np.maximum(self.counts(shown), unseen)
        return self.solved(self.distinct(shown, theirs), kept_and_one, np.where(unseen, 1, caps))

    def widened(self, short: Bools) -> Arcs:
        """The candidates and every pair of the organisations that are short."""
        m = len(self.museums)
        rows, columns = np.flatnonzero(short[:m]), np.flatnonzero(short[m:])
        parts = (*self.prepared.scored(rows), *self.prepared.scored(np.flatnonzero(~short[:m]), columns))
        return self.distinct(self.best, *(self.prepared.shown(part, part.may_show) for part in parts))

    def counts(self, arcs: Arcs) -> Ints:
        """How often each organisation is shown, museums first."""
        m, n = len(self.museums), len(self.partners)
        return np.concatenate([np.bincount(arcs.row, minlength=m), np.bincount(arcs.column, minlength=n)])

    def report(self, shown: Arcs) -> Matching:
        """Values from arrays: suggestions with their reasons, shortfalls, measures."""
        shown = _pick(shown, self.prepared.gates.pairs(shown.row, shown.column))  # whatever the solver's numbers said
        explainer = Explainer(self.prepared.model, self.museums, self.partners)
        suggestions = self.explained(shown, explainer)
        best_first = [suggestions[at] for at in self.order(shown).tolist()]
        met = set(zip(shown.row.tolist(), shown.column.tolist(), strict=True))
        return Matching(
            tuple(best_first),
            self.shortfalls(shown),
            int(self.reachable[: len(self.museums)].sum()),
            self.measures(shown),
            looking_together(self.prepared, explainer, met),
        )

    def order(self, shown: Arcs) -> Ints:
        """The shown pairs best first, as positions: ties by least shown before, then by key."""
        keys = [profile.key for profile in (*self.museums.profiles, *self.partners.profiles)]
        place = np.empty(len(keys), dtype=np.intp)
        place[sorted(range(len(keys)), key=keys.__getitem__)] = np.arange(len(keys))
        ends = place[shown.row], place[len(self.museums) + shown.column]
        seen = self.prepared.seen[0][shown.row] + self.prepared.seen[1][shown.column]
        score = np.round(shown.score - self.prepared.ties(shown.row, shown.column), 9)
        return np.lexsort((np.maximum(*ends), np.minimum(*ends), seen, -score))

    def explained(self, shown: Arcs, explainer: Explainer) -> list[Suggestion]:
        """The shown pairs in their order with scores and reasons; only those not explained before are explained now."""
        known, codes = self.prepared.explained, self.codes(shown)
        ours, theirs = self.prepared.sides(self.museums), self.prepared.sides(self.partners)
        sides = [(ours[a], theirs[b]) for a, b in zip(shown.row.tolist(), shown.column.tolist(), strict=True)]
        said = [known.of(*both) for both in sides]
        new = np.array([pair is None for pair in said], dtype=bool)
        fresh = _pick(shown, new)
        taken_apart = take_apart(self.prepared.model, self.museums, self.partners, fresh.row, fresh.column)
        for at, pair in zip(np.flatnonzero(new).tolist(), taken_apart, strict=True):
            museum, partner = (side[0].key for side in sides[at])
            score = explainer.score(pair, self.percentile(pair.value))
            reasons = explainer.reasons(pair, score)
            cautions = explainer.cautions(pair, score, reasons)
            said[at] = Suggestion(museum, partner, score, self.band(score, reasons), reasons, cautions)
        pinned, exploring = (np.isin(codes, chosen).tolist() for chosen in (self.codes(self.pins), self.exploring))
        now = [
            self.as_it_stands(pair, pinned=pin, exploring=explores)
            for pair, pin, explores in zip(said, pinned, exploring, strict=True)
            if pair
        ]
        known.keep_only((*both, pair) for both, pair in zip(sides, now, strict=True))
        return now

    def as_it_stands(self, said: Suggestion, *, pinned: bool, exploring: bool) -> Suggestion:
        """The suggestion with its place among the event's pairs as they are now."""
        percentile, score = self.percentile(said.score.value), said.score
        if score.percentile != percentile:
            score = replace(score, percentile=percentile)
        band = self.band(score, said.reasons)
        if score is said.score and (band, pinned, exploring) == (said.band, said.pinned, said.exploring):
            return said
        return replace(said, score=score, band=band, pinned=pinned, exploring=exploring)

    def percentile(self, score: float) -> float:
        return self.percentiles[min(LEVELS - 1, round(score * (LEVELS - 1)))]

    def band(self, score: Score, reasons: tuple[Reason, ...]) -> Band:
        """Strong needs an exchange both ways as well as a place among the best; nearness alone is only Possible."""
        both = len({r.evidence["seeker"] for r in reasons if r.code == "offer_meets_need"}) == 2
        if both and score.percentile >= self.weights.strong:
            return Band.STRONG
        linked = any(reason.code not in LINKS_NOBODY for reason in reasons)
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

    def measures(self, shown: Arcs) -> dict[str, float]:
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
            "score_kept": self.score_kept(shown),
            "never_shown": float(sum(int((side == 0).sum()) for side in sides)),
            "coverage": float((counts[could] > 0).mean()) if could.any() else 0.0,
        }

    def score_kept(self, shown: Arcs) -> float:
        """Sum of each organisation's five best shown over the sum of its five best possible, in [0, 1]."""
        m = len(self.museums)
        best = self.distinct(self.best, shown)
        kept = sum(_top_sum(node, shown.score) for node in (shown.row, shown.column + m))
        possible = sum(_top_sum(node, best.score) for node in (best.row, best.column + m))
        return float(kept / possible) if possible else 0.0


def _pick(arcs: Arcs, chosen: Bools | Ints) -> Arcs:
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


__all__ = ["MUSEUM", "conclude", "match"]
