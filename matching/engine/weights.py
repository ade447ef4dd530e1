"""Every number the engine takes on trust, with where it comes from; knows nothing of organisations."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property

COUNTS = frozenset({"further_needs", "floor", "floor_tiny", "tiny_side", "candidates", "lsa_dimensions"})


@dataclass(frozen=True)
class Weights:
    """The engine's settings. Each group of shares is scaled to sum to 1 when it is used.

    Raises: ValueError if a value is negative, not finite, or if a whole group of shares is zero.
    """

    # One direction: kind, text, theme, audience. What people tick was worth about twice the best text method when
    # measured on thousands of charities, hence kind + theme + audience against text.
    kind: float = 0.40
    text: float = 0.30
    theme: float = 0.20
    audience: float = 0.10

    # A term read from the words and not yet confirmed counts half; below this sureness it does not count at all.
    suggested: float = 0.5
    sure_enough: float = 0.52
    # "Just a first conversation" is half related to any kind.
    open_kind: float = 0.5

    # Further needs that are met as well: each at a quarter, three at most, so ticking everything gains nothing.
    further_need: float = 0.25
    further_needs: int = 3
    # Shared aims alone are worth at most this much of an exchange.
    aims: float = 0.6

    # Both directions: the harmonic mean predicts a mutual yes best (AUC .743; geometric .737, arithmetic .709;
    # speed-dating answers), with a small door for help that goes one way.
    harmonic: float = 0.85
    either: float = 0.15

    # Surroundings: what a pair keeps when far apart and with nothing said of time, nearness, time and language.
    base: float = 0.65
    near: float = 0.25
    timing: float = 0.10

    # Text: BM25's usual setting for short texts; the latent share counts only where a side has no tags.
    bm25_k1: float = 0.9
    bm25_b: float = 0.4
    lsa: float = 0.5
    lsa_dimensions: int = 128

    # Exposure: everybody at least `floor` times, nobody more than `cap_ratio` times the mean of the side
    # (measured on real museums and charities: nobody unseen, 94 to 97% of the score kept).
    floor: int = 5
    floor_tiny: int = 3
    tiny_side: int = 12
    cap_ratio: float = 1.25
    candidates: int = 40
    # Share of the shown places that go to the least certain good pairs, or nothing is ever learnt of quiet bodies.
    explore: float = 0.1

    # Bands, as percentiles of the event's pairs.
    strong: float = 98.0
    worth_a_talk: float = 90.0

    def __post_init__(self) -> None:
        for item in fields(self):
            value = getattr(self, item.name)
            if not math.isfinite(value) or value < 0:
                raise ValueError(f"Weight {item.name} must be a number of at least 0, not {value!r}.")
            if item.name in COUNTS and value != int(value):
                raise ValueError(f"Weight {item.name} must be a whole number, not {value!r}.")
        if self.explore > 1:
            raise ValueError(f"Weight explore is a share of the places and at most 1, not {self.explore!r}.")
        for name in ("parts", "fusion", "surroundings"):
            if sum(getattr(self, f"_{name}")) <= 0:
                raise ValueError(f"All the weights of the {name} are 0.")
        for name in ("suggested", "sure_enough", "open_kind", "further_need", "aims", "bm25_b"):
            if getattr(self, name) > 1:
                raise ValueError(f"Weight {name} must be at most 1.")
        if self.candidates < 1 or self.floor < 1 or self.floor_tiny < 1:
            raise ValueError("Floors and the number of candidates must be at least 1.")
        if self.worth_a_talk > self.strong:
            raise ValueError("The band Worth a talk must not start above Strong.")

    @property
    def _parts(self) -> tuple[float, ...]:
        return (self.kind, self.text, self.theme, self.audience)

    @property
    def _fusion(self) -> tuple[float, ...]:
        return (self.harmonic, self.either)

    @property
    def _surroundings(self) -> tuple[float, ...]:
        return (self.base, self.near, self.timing)

    @cached_property
    def parts(self) -> Mapping[str, float]:
        """Shares of the four parts of a fit, summing to 1."""
        return dict(zip(("kind", "text", "theme", "audience"), _scaled(self._parts), strict=True))

    @cached_property
    def aims_parts(self) -> Mapping[str, float]:
        """Shares of the parts of shared aims, summing to 1: those of a fit, without the kind.

        With only `kind` set, aims have nothing to weigh and every share is 0.
        """
        return dict(zip(("text", "theme", "audience"), _scaled(self._parts[1:]), strict=True))

    @cached_property
    def fusion(self) -> tuple[float, float]:
        """Shares of the harmonic mean and of the larger of the two wants, summing to 1."""
        harmonic, either = _scaled(self._fusion)
        return harmonic, either

    @cached_property
    def surroundings(self) -> tuple[float, float, float]:
        """Shares of base, near and timing, summing to 1."""
        base, near, timing = _scaled(self._surroundings)
        return base, near, timing


def _scaled(values: tuple[float, ...]) -> tuple[float, ...]:
    total = sum(values)
    return tuple(value / total if total else 0.0 for value in values)


DEFAULT = Weights()
