"""What was worked out of pairs of organisations: it holds until one of the two says something else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from matching.engine.types import Profile

T = TypeVar("T")
Side = tuple[Profile, frozenset[tuple[str, str]] | None]  # an organisation, with the pairs of kinds it barred


@dataclass(frozen=True)
class Remembered(Generic[T]):
    """Values by pair, each with both sides as they were then."""

    _found: dict[tuple[str, str], tuple[Side, Side, T]] = field(default_factory=dict, repr=False, compare=False)

    def __len__(self) -> int:
        return len(self._found)

    def of(self, one: Side, other: Side) -> T | None:
        """What is known of these two as they are now."""
        found = self._found.get((one[0].key, other[0].key))
        return found[2] if found and found[0] == one and found[1] == other else None

    def keep_only(self, rows: Iterable[tuple[Side, Side, T]]) -> None:
        """These in place of everything before."""
        kept = {(one[0].key, other[0].key): (one, other, value) for one, other, value in rows}
        self._found.clear()
        self._found.update(kept)
