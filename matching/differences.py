"""What changed between two runs of one event, pair by pair, and why; read from their reports alone."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from matching.engine.weights import DEFAULT
from matching.models import MatchRun

SAME = 0.005  # scores closer than this are the same to a person
PARTS = ("kind", "text", "theme", "audience")
SEES = ("words", "ticks", "place")  # what of an organisation is marked in a report, in this order

Keys = tuple[str, str]  # of the museum and the partner
Pair = Mapping[str, Any]


@dataclass(frozen=True)
class Cause:
    """One reason for a change, as a code with its evidence; the sentence is written elsewhere."""

    code: str
    evidence: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Change:
    """What became of one pair: "gained", "lost" or "moved"; scores are None where a run did not say."""

    what: str
    museum: str
    partner: str
    before: float | None
    after: float | None
    causes: tuple[Cause, ...]
    bands: tuple[str, str] = ("", "")  # before and after, of a pair that moved from one to another


@dataclass(frozen=True)
class Difference:
    """Two runs of one event, the earlier one first."""

    old: MatchRun
    new: MatchRun

    @cached_property
    def changes(self) -> list[Change]:
        """Gained first, then lost, then pairs that both runs show with another score or band; best first."""
        gained = [self._gained(keys) for keys in self._now if keys not in self._then]
        lost = [self._lost(keys) for keys in self._then if keys not in self._now]
        moved = [self._moved(keys) for keys in self._now if keys in self._then]
        return [*gained, *lost, *(change for change in moved if change)]

    @property
    def counts(self) -> Counter[str]:
        """How many pairs were gained, lost and moved, and how many are the "same"."""
        found = Counter(change.what for change in self.changes)
        found["same"] = len(self._now) - found["gained"] - found["moved"]
        return found

    @property
    def by_organisation(self) -> list[tuple[str, int, int]]:
        """(code, pairs gained, pairs lost), most changed first."""
        found = {
            what: Counter(
                code for change in self.changes if change.what == what for code in (change.museum, change.partner)
            )
            for what in ("gained", "lost")
        }
        codes = found["gained"] | found["lost"]
        rows = [(code, found["gained"][code], found["lost"][code]) for code in codes]
        return sorted(rows, key=lambda row: (-row[1] - row[2], row[0]))

    @cached_property
    def measures(self) -> list[tuple[str, float, float]]:
        """Measures that both runs have, as (name, before, after)."""
        before, after = (run.report.get("measures", {}) for run in (self.old, self.new))
        return [(name, before[name], after[name]) for name in after if name in before]

    # --- one pair ----------------------------------------------------------------------------------------------------

    def _gained(self, keys: Keys) -> Change:
        pair = self._now[keys]
        before, after = self._passed_over_then.get(keys), pair["score"]
        causes = [*self._came(keys), *(Cause(why) for why in ("pinned", "exploring") if pair.get(why))]
        if not causes:
            causes = [*self._changed(keys), *self._scored(before, after)]
        return _change("gained", keys, before, after, causes or [Cause("room")])

    def _lost(self, keys: Keys) -> Change:
        pair = self._then[keys]
        before, after = pair["score"], self._passed_over_now.get(keys)
        causes = list(self._went(keys))
        if not causes:
            causes = [*self._no_longer(pair), *self._changed(keys), *self._scored(before, after)]
            fell = after is not None and after["value"] < before["value"] - SAME
            told = fell or bool(pair.get("pinned")) or (after is None and bool(causes))
            causes += [] if told else [Cause("crowded_out")]
        return _change("lost", keys, before, after, causes)

    def _moved(self, keys: Keys) -> Change | None:
        then, now = self._then[keys], self._now[keys]
        before, after = then["score"], now["score"]
        scored = list(self._scored(before, after))
        if not scored and then["band"] == now["band"]:
            return None
        causes = [*self._changed(keys), *scored]
        change = _change("moved", keys, before, after, causes or [Cause("others")])
        return change if then["band"] == now["band"] else replace(change, bands=(then["band"], now["band"]))

    # --- causes ------------------------------------------------------------------------------------------------------

    def _came(self, keys: Keys) -> Iterator[Cause]:
        """Why a pair is possible that was not."""
        if self._here_then:
            yield from (Cause("joined", {"organisation": code}) for code in keys if code not in self._here_then)
        why = self._excluded_then.get(_sorted(keys))
        if why and _sorted(keys) not in self._excluded_now:
            yield Cause("allowed", {"why": why})
        yield from (Cause("has_room", {"organisation": code}) for code in keys if self._is_full(self._here_then, code))

    def _went(self, keys: Keys) -> Iterator[Cause]:
        """Why a pair is no longer possible."""
        if self._here_now:
            yield from (Cause("left", {"organisation": code}) for code in keys if code not in self._here_now)
        why = self._excluded_now.get(_sorted(keys))
        if why and _sorted(keys) not in self._excluded_then:
            yield Cause("excluded", {"why": why})
        yield from (Cause("is_full", {"organisation": code}) for code in keys if self._is_full(self._here_now, code))

    @staticmethod
    def _is_full(here: Mapping[str, list[Any]], code: str) -> bool:
        return code in here and here[code][len(SEES)] == 0

    def _no_longer(self, pair: Pair) -> Iterator[Cause]:
        if pair.get("pinned"):
            yield Cause("unpinned")
        if pair.get("exploring"):
            yield Cause("explored")

    def _changed(self, keys: Keys) -> Iterator[Cause]:
        """What changed of the weights and of either side."""
        if self._other_weights:
            yield Cause("weights", {"names": self._other_weights})
        for code in keys:
            then, now = self._here_then.get(code), self._here_now.get(code)
            for at, what in enumerate(SEES):
                if then and now and then[at] != now[at]:
                    yield Cause(what, {"organisation": code})

    def _scored(self, before: Pair | None, after: Pair | None) -> Iterator[Cause]:
        """How the score changed, and by which part most; nothing if it is the same, or not known."""
        if before is None or after is None or abs(after["value"] - before["value"]) < SAME:
            return
        yield Cause(
            "score",
            {
                "before": before["value"],
                "after": after["value"],
                "part": _most_moved(_shares(before, self.old.weights), _shares(after, self.new.weights)),
            },
        )

    # --- what the reports say ----------------------------------------------------------------------------------------

    @cached_property
    def _then(self) -> dict[Keys, Pair]:
        return _by_keys(self.old.pairs_shown)

    @cached_property
    def _now(self) -> dict[Keys, Pair]:
        return _by_keys(self.new.pairs_shown)

    @cached_property
    def _passed_over_then(self) -> dict[Keys, Pair]:
        return {keys: pair["score"] for keys, pair in _by_keys(self.old.report.get("passed_over", ())).items()}

    @cached_property
    def _passed_over_now(self) -> dict[Keys, Pair]:
        return {keys: pair["score"] for keys, pair in _by_keys(self.new.report.get("passed_over", ())).items()}

    @cached_property
    def _excluded_then(self) -> dict[Keys, str]:
        return {(one, other): why for one, other, why in self.old.report.get("excluded", ())}

    @cached_property
    def _excluded_now(self) -> dict[Keys, str]:
        return {(one, other): why for one, other, why in self.new.report.get("excluded", ())}

    @property
    def _here_then(self) -> Mapping[str, list[Any]]:
        return self.old.report.get("taking_part", {})

    @property
    def _here_now(self) -> Mapping[str, list[Any]]:
        return self.new.report.get("taking_part", {})

    @cached_property
    def _other_weights(self) -> list[str]:
        then, now = self.old.weights, self.new.weights
        return sorted(name for name in then.keys() & now.keys() if then[name] != now[name])


def _by_keys(pairs: Iterable[Pair]) -> dict[Keys, Pair]:
    return {(pair["museum"], pair["partner"]): pair for pair in pairs}


def _sorted(keys: Keys) -> Keys:
    return min(keys), max(keys)


def _change(what: str, keys: Keys, before: Pair | None, after: Pair | None, causes: list[Cause]) -> Change:
    then, now = (score["value"] if score else None for score in (before, after))
    return Change(what, *keys, then, now, tuple(causes))


def _shares(score: Pair, weights: Mapping[str, float]) -> dict[str, float]:
    """What each named part adds, near enough to tell which of them moved a score most."""
    weight = {name: weights.get(name, getattr(DEFAULT, name)) for name in ("near", "timing", "aims", *PARTS)}
    shares = {name: weight[name] * score[name] for name in ("near", "timing")}
    for side in ("museum_wants", "partner_wants"):
        exchange = score.get(side, {})
        scale = 1.0 if exchange.get("parts") else weight["aims"]
        for name, value in (exchange.get("parts") or exchange.get("aims_parts", {})).items():
            shares[name] = shares.get(name, 0.0) + scale * weight[name] * value
        want = exchange.get("want", 0.0)
        shares["answers"] = shares.get("answers", 0.0) + want * (1.0 - want) * exchange.get("leaning", 0.0)
    return shares


def _most_moved(before: Mapping[str, float], after: Mapping[str, float]) -> str:
    """The part that moved most the way the score went; "" if none did."""
    up = sum(after.values()) >= sum(before.values())
    moved = {name: after.get(name, 0.0) - before.get(name, 0.0) for name in before.keys() | after.keys()}
    best = max(sorted(moved), key=lambda name: moved[name] if up else -moved[name], default="")
    return best if best and moved[best] else ""
