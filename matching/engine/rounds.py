"""Chosen pairs into rounds: nobody twice in one round, no round beyond the tables. Knows no scores."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.intp]
NOBODY = -1


def into_rounds(one: Ints, other: Ints, *, people: int, rounds: int, tables: int, before: Ints | None = None) -> Ints:
    """The round of each pair, (E,) from 0; -1 for a pair that found none.

    Pairs between two sides in which nobody stands in more than `rounds` pairs, with at most `rounds` x `tables` of them
    in all, always find one (Konig 1916; even rounds: de Werra 1971). Without two sides an odd one may be left (Vizing
    1964). `before` (E,) are rounds to start from, -1 for none; the result moves only what it must.
    """
    plan = Rounds(one, other, people=people, rounds=rounds)
    starts = np.full(len(one), NOBODY) if before is None else before
    for pair, at in enumerate(starts.tolist()):
        if at >= 0 and plan.is_free(pair, at):
            plan.place(pair, at)
    left = [pair for pair in range(len(one)) if plan.round_of[pair] < 0 and not plan.insert(pair)]
    left = [pair for pair in left if not plan.shift(pair)]
    plan.even_out(tables)
    for pair in left:
        plan.insert(pair, tables=tables)
    return np.array(plan.round_of, dtype=np.intp)


class Rounds:
    """A timetable under construction: who meets whom in which round. Mutable, lives for one call."""

    def __init__(self, one: Ints, other: Ints, *, people: int, rounds: int) -> None:
        self.ends: list[tuple[int, int]] = list(zip(one.tolist(), other.tolist(), strict=True))
        self.round_of = [NOBODY] * len(self.ends)
        self.at = [[NOBODY] * rounds for _ in range(people)]  # the pair of each person in each round
        self.busy = [0] * people  # one bit a round
        self.sizes = [0] * rounds
        self.all = (1 << rounds) - 1

    def is_free(self, pair: int, at: int) -> bool:
        one, other = self.ends[pair]
        return not (self.busy[one] | self.busy[other]) >> at & 1

    def place(self, pair: int, at: int) -> None:
        self.round_of[pair] = at
        self.sizes[at] += 1
        for person in self.ends[pair]:
            self.at[person][at] = pair
            self.busy[person] |= 1 << at

    def lift(self, pair: int) -> int:
        """Take a pair out of its round, which is returned."""
        at = self.round_of[pair]
        self.round_of[pair] = NOBODY
        self.sizes[at] -= 1
        for person in self.ends[pair]:
            self.at[person][at] = NOBODY
            self.busy[person] &= ~(1 << at)
        return at

    def insert(self, pair: int, *, tables: int | None = None) -> bool:
        """Place a pair in the emptiest round free at both, or make one free by exchanging two rounds along a chain.

        With `tables` only a round with a table left will do.
        """
        one, other = self.ends[pair]
        common = list(_bits(self.all & ~(self.busy[one] | self.busy[other])))
        if tables is not None:
            common = [at for at in common if self.sizes[at] < tables]
        if common:
            self.place(pair, min(common, key=lambda at: (self.sizes[at], at)))
            return True
        if tables is not None:
            return False
        for wanted in _bits(self.all & ~self.busy[one]):
            for spare in _bits(self.all & ~self.busy[other]):
                chain, end = self.chain(other, wanted, spare)
                if end != one:
                    self.exchange(chain, wanted, spare)
                    self.place(pair, wanted)
                    return True
        return False

    def chain(self, person: int, first: int, second: int) -> tuple[list[int], int]:
        """Pairs met from a person by turns in two rounds, starting with `first`, and the person it ends at."""
        found, at = [], first
        while (pair := self.at[person][at]) >= 0:
            found.append(pair)
            one, other = self.ends[pair]
            person = other if person == one else one
            at = second if at == first else first
            if len(found) > 1 and found[0] == pair:  # a ring, back where it began
                return found[:-1], person
        return found, person

    def exchange(self, chain: list[int], first: int, second: int) -> None:
        """Move each pair of a chain from one of two rounds to the other."""
        moved = [(pair, second if self.lift(pair) == first else first) for pair in chain]
        for pair, at in moved:
            self.place(pair, at)

    def shift(self, pair: int) -> bool:
        """Place a pair by moving one that stands in its way to where a chain makes room for it."""
        for near, far in (self.ends[pair], self.ends[pair][::-1]):
            for at in _bits(self.all & ~self.busy[far] & self.busy[near]):
                moved = self.at[near][at]
                self.lift(moved)
                self.place(pair, at)
                if self.insert(moved):
                    return True
                self.lift(pair)
                self.place(moved, at)
        return False

    def even_out(self, tables: int) -> None:
        """Exchange the fullest round with the emptiest along chains until none exceeds the tables, if that can be."""
        while self.sizes and max(self.sizes) > tables:
            full = self.sizes.index(max(self.sizes))
            empty = self.sizes.index(min(self.sizes))
            wanted = (self.sizes[full] - self.sizes[empty]) // 2
            if not wanted:
                return
            for person in range(len(self.at)):
                if wanted and self.at[person][full] >= 0 and self.at[person][empty] < 0:
                    chain, _ = self.chain(person, full, empty)
                    if len(chain) % 2:  # one more in the full round than in the empty one
                        self.exchange(chain, full, empty)
                        wanted -= 1


def _bits(mask: int) -> Iterator[int]:
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low
