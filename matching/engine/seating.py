"""The search behind the facilitated tables: a first plan by theme, then swaps of two people in one round.

Everything is counted in gains, so that all swaps of a round are weighed in one go of arrays.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from matching.engine.counting import NOWHERE, SHARED, Goals, Measures, measures

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]

# What a goal weighs against the next one: each above all that one swap could gain of those below it.
REPEAT, YES, VOICE, APART = 8.0, 10.0, 100.0, 10_000.0
# A table whose members all share a theme, and one where at least half do, against one first meeting of the best score.
THEME, HALF = 8.0, 14.0
STAY = (
    25.0  # keeping a seat that somebody knows of: a repeat or a missing voice is worth moving two people, little else
)
LEFT = 3  # people left at a table they know of, below which they join others
# How much S and themes count in each sweep through the rounds: first it is settled who meets whom only once.
LIKINGS = (0.0, 0.1, 0.1, 0.1, 1.0, 1.0, 1.0)
CYCLES = 3
STEPS = 120  # swaps of one round past the first peak, the best plan met being kept; fewer for more people than USUAL
USUAL = 80
REST = 5  # steps for which somebody just moved is left alone
BATCHES = 200
LEAST_GAIN = 1e-9
NEVER = -1e12


class TooFewSeats(ValueError):
    """Somebody who is there finds no seat that suits: `round` counts from 0."""

    def __init__(self, words: str, *, round: int) -> None:
        super().__init__(words)
        self.round = round


def unit_of(goals: Goals) -> float:
    """The best S of two people; 1 where all are 0."""
    return float(goals.scores.max(initial=0.0)) or 1.0


def repeat_of(goals: Goals) -> float:
    """What a repeat costs: far more than all the first meetings that one swap could bring."""
    return REPEAT * float(goals.seats.max(initial=1)) * unit_of(goals)


def gains_of(goals: Goals, times: Ints, repeat: float, liking: float) -> Floats:
    """(P, P): what two people add by sharing a table, having shared one `times` in the other rounds."""
    first = times == 0
    gain = np.where(first, liking * goals.scores + YES * repeat * goals.yes, -repeat)
    gain -= APART * repeat * goals.apart
    np.fill_diagonal(gain, 0.0)
    return gain


def opening(goals: Goals, plan: Ints, at: int, there: Bools, told: Ints | None) -> Ints:
    """A first plan of one round, (P,): by theme, with a museum and a community voice at each table, all seats suitable.

    People who were `told` a table keep it where they can.
    Raises: TooFewSeats where the seats, or those that suit, do not suffice.
    """
    people = np.flatnonzero(there)
    if goals.seats.sum() < len(people):
        raise TooFewSeats(f"Round {at + 1}: {len(people)} people but {int(goals.seats.sum())} seats.", round=at)
    sizes = _sizes(goals, people, at, told)
    seated = _seated(goals, people, sizes, at, told)
    if seated is None:
        seated = _seated(goals, people, goals.seats, at, told)
    if seated is None:
        raise TooFewSeats(f"Round {at + 1}: the seats that suit do not suffice.", round=at)
    row = np.full(goals.people, NOWHERE, dtype=np.intp)
    row[people] = seated
    return row


def _sizes(goals: Goals, people: Ints, at: int, told: Ints | None) -> Ints:
    """How many sit at each table, (T,): as even as the seats allow, at as many as there are people and voices for.

    Where people were told a table, tables stay as large as they would be with those who are there, but for a table at
    which hardly anybody is left. Tables with held seats come next, then those that suit somebody who cannot sit
    everywhere.
    """
    nowhere = np.full(len(people), NOWHERE)
    held = nowhere if goals.held is None else goals.held[at, people]
    if (np.bincount(held[held >= 0], minlength=goals.tables) > goals.seats).any():
        raise TooFewSeats(f"Round {at + 1}: more people are held at a table than it seats.", round=at)
    known = np.where(held >= 0, held, nowhere if told is None else told[people])
    sizes = np.minimum(np.bincount(known[known >= 0], minlength=goals.tables), goals.seats)
    sizes[(sizes < LEFT) & ~np.isin(np.arange(goals.tables), held)] = 0
    picky = people[~goals.may_sit[people].all(axis=1)]
    suits = goals.may_sit[picky].any(axis=0)
    order = np.lexsort((np.arange(goals.tables), -goals.seats, ~suits, sizes == 0))
    enough = int(np.searchsorted(np.cumsum(goals.seats[order]), len(people))) + 1
    voices = max(1, min(int(goals.museum[people].sum()), int(goals.community[people].sum())))
    wanted = 0 if told is not None and sizes.any() else max(1, min(len(people) // goals.fewest, voices))
    used = order[: max(enough, wanted, np.count_nonzero(sizes))]
    for _ in range(len(people) - int(sizes.sum())):
        room = used[sizes[used] < goals.seats[used]]
        sizes[room[np.argmin(sizes[room])]] += 1
    return sizes.astype(np.intp)


def _seated(goals: Goals, people: Ints, sizes: Ints, at: int, told: Ints | None) -> Ints | None:
    """A table for each of these people by assignment to seats; None where somebody finds no suitable one."""
    table = np.repeat(np.arange(goals.tables), sizes)
    place = np.arange(len(table)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    gain = np.zeros((len(people), len(table)))
    subject = _subjects(goals, people, sizes, at)
    for seat, (number, rank) in enumerate(zip(table.tolist(), place.tolist(), strict=True)):
        if subject[number] >= 0:
            gain[:, seat] += goals.themes[people, subject[number]]
        if rank < 2:
            gain[:, seat] += 5.0 * (goals.community if rank else goals.museum)[people]
    if told is not None:
        gain += 20.0 * (told[people][:, None] == table[None, :])
    suits = goals.suits(at)
    gain -= 1e-3 * place[None, :] + 1e6 * ~suits[people][:, table]
    row, seat = linear_sum_assignment(gain, maximize=True)
    if not suits[people[row], table[seat]].all():
        return None
    seated = np.full(len(people), NOWHERE, dtype=np.intp)
    seated[row] = table[seat]
    return seated


def _subjects(goals: Goals, people: Ints, sizes: Ints, at: int) -> Ints:
    """A theme for each table, (T,), -1 for none: as many tables for each as people have it, turned on every round."""
    subject = np.full(goals.tables, NOWHERE, dtype=np.intp)
    used = np.flatnonzero(sizes)
    if not goals.themes.shape[1] or not used.size:
        return subject
    wanted = goals.themes[people].sum(axis=0)
    given = np.zeros(len(wanted))
    for number in np.roll(used, at):
        best = int(np.argmax(wanted / (given + 1.0)))
        subject[number] = best
        given[best] += 1.0
    return subject


def improved(goals: Goals, plan: Ints, open_rounds: Sequence[int], told: Ints | None) -> Ints:
    """The plan after swaps in the open rounds, (rounds, P); the others count for who has met.

    Goes through the sweeps three times, each from where the last one stopped, and keeps the best of the three.
    """
    best, best_standing = plan, _standing(goals, measures(goals, plan))
    for cycle in range(CYCLES if told is None else 1):
        for liking in LIKINGS if told is None else LIKINGS[-2:]:
            before = plan
            plan = _swept(goals, plan, open_rounds, told, liking, REST + cycle)
            if liking == 1.0 and np.array_equal(before, plan):
                break
        found = measures(goals, plan)
        if _standing(goals, found) < best_standing:
            best, best_standing = plan, _standing(goals, found)
    return best


def _standing(goals: Goals, found: Measures) -> tuple[float, ...]:
    """Less is better: the goals in their order, S and themes as one. Hard rules are a swap's business."""
    worth = found.score + unit_of(goals) * found.tables * (THEME * found.theme_share + HALF * found.themed)
    return (found.together, found.lacking, found.yes_unmet, found.repeats, -worth)


def _swept(goals: Goals, plan: Ints, open_rounds: Sequence[int], told: Ints | None, liking: float, rest: int) -> Ints:
    plan = plan.copy()
    for at in open_rounds:
        people = np.flatnonzero(plan[at] >= 0)
        others = np.delete(plan, at, axis=0)[:, people]
        known = None if told is None else told[at, people]
        plan[at, people] = _Round(goals, at, people, plan[at, people], others, known, liking).searched(rest)
    return plan


class _Round:
    """One round under improvement, n people at T tables. Mutable, lives for one search."""

    def __init__(
        self, goals: Goals, at: int, people: Ints, table: Ints, rest: Ints, told: Ints | None, liking: float
    ) -> None:
        self.table = table.copy()
        self.tables = goals.tables
        times = ((rest[:, :, None] == rest[:, None, :]) & (rest[:, :, None] >= 0)).sum(axis=0)
        self.gains = gains_of(_cut(goals, people), times, repeat_of(goals), liking)
        self.voices = np.stack([goals.museum[people], goals.community[people]]).astype(np.int64)
        self.voice_worth = VOICE * repeat_of(goals)
        self.themes = goals.themes[people]
        self.unit = unit_of(goals)
        self.may_sit = goals.suits(at)[people]
        self.sizes = np.bincount(table, minlength=goals.tables).astype(np.float64)
        self.stay = np.zeros((len(people), goals.tables))
        if told is not None:
            kept = np.flatnonzero(told >= 0)
            self.stay[kept, told[kept]] = STAY * unit_of(goals)

    def searched(self, rest: int) -> Ints:
        """The best table of each person met with: up to the first peak, then on past it for a fixed count of steps."""
        if len(self.table) < 2:
            return self.table
        self.climb()
        best, best_table, now = 0.0, self.table.copy(), 0.0
        resting = np.zeros(len(self.table), dtype=np.intp)
        for step in range(1, 1 + round(STEPS * min(1.0, (USUAL / len(self.table)) ** 2))):
            gain = self.swaps()
            free = resting < step
            gain[~(free[:, None] & free[None, :])] = NEVER
            one, other = divmod(int(np.argmax(gain)), len(gain))
            if gain[one, other] <= NEVER / 2:
                break
            now += gain[one, other]
            self.swap(one, other)
            resting[[one, other]] = step + rest
            if now > best + LEAST_GAIN:
                best, best_table = now, self.table.copy()
        self.table = best_table
        self.climb()
        return self.table

    def climb(self) -> None:
        """Swap while anything is gained: the best swaps of tables not yet touched, all at once, then weigh again."""
        for _ in range(BATCHES):
            gain = np.triu(self.swaps(), 1)
            touched: set[int] = set()
            order = np.argsort(-gain, axis=None, kind="stable")[: 4 * len(gain)]
            for at in order[gain.ravel()[order] > LEAST_GAIN].tolist():
                one, other = divmod(at, len(gain))
                here = {int(self.table[one]), int(self.table[other])}
                if not here & touched:
                    touched |= here
                    self.swap(one, other)
            if not touched:
                return

    def swap(self, one: int, other: int) -> None:
        self.table[[one, other]] = self.table[[other, one]]

    def swaps(self) -> Floats:
        """(n, n): what exchanging the tables of two people gains; hopeless where it may not be."""
        at = self.table
        seated = np.zeros((len(at), self.tables))
        seated[np.arange(len(at)), at] = 1.0
        pull = self.gains @ seated + self.stay
        own = pull[np.arange(len(at)), at]
        there = pull[:, at] - own[:, None] - self.gains
        gain = there + there.T + self._half(self._lacking(seated)) + self._half(self._sharing(seated))
        suits = self.may_sit[:, at]
        gain[(at[:, None] == at[None, :]) | ~(suits & suits.T)] = NEVER
        return gain

    def _half(self, after: Floats) -> Floats:
        """From the change at the first person's table, (n, n), the change at both."""
        return after + after.T

    def _lacking(self, seated: Floats) -> Floats:
        """Worth of the voices at the first one's table after the swap, less before."""
        change = np.zeros((len(seated), len(seated)))
        for voice in self.voices:
            now = (voice @ seated)[self.table]
            after = now[:, None] - voice[:, None] + voice[None, :]
            change += (now <= 0)[:, None].astype(np.float64) - (after <= 0)
        return self.voice_worth * change

    def _sharing(self, seated: Floats) -> Floats:
        """Worth of the commonest theme at the first one's table after the swap, less before."""
        if not self.themes.shape[1]:
            return np.zeros((len(seated), len(seated)))
        now = (seated.T @ self.themes)[self.table]
        others = now - self.themes
        after = np.zeros((len(seated), len(seated)))
        for theme in range(self.themes.shape[1]):
            np.maximum(after, others[:, theme, None] + self.themes[None, :, theme], out=after)
        size = self.sizes[self.table][:, None]
        return self._theme_worth(after / size) - self._theme_worth(now.max(axis=1)[:, None] / size)

    def _theme_worth(self, share: Floats) -> Floats:
        worth: Floats = self.unit * (THEME * share + HALF * (share >= SHARED))
        return worth


def _cut(goals: Goals, people: Ints) -> Goals:
    """The goals of some people only; the unit of worth stays that of all."""
    square = np.ix_(people, people)
    return Goals(
        scores=goals.scores[square],
        seats=goals.seats,
        museum=goals.museum[people],
        community=goals.community[people],
        themes=goals.themes[people],
        yes=goals.yes[square],
        apart=goals.apart[square],
        may_sit=goals.may_sit[people],
        fewest=goals.fewest,
    )


def settled(goals: Goals, plan: Ints, open_rounds: Sequence[int]) -> tuple[Ints, list[tuple[int, int]]]:
    """The plan without anybody who would share a table with whom they must not, and who that is, by round."""
    plan, unseated = plan.copy(), []
    for at in open_rounds:
        together = (plan[at][:, None] == plan[at][None, :]) & (plan[at] >= 0)[:, None] & goals.apart
        while together.any():
            moved_last = 0.0 if goals.held is None else 0.5 * (goals.held[at] >= 0)
            person = int(np.argmax(together.sum(axis=0) - moved_last))
            table = _free_table(goals, plan[at], person, goals.suits(at)[person])
            plan[at, person] = table
            if table < 0:
                unseated.append((at, person))
            together = (plan[at][:, None] == plan[at][None, :]) & (plan[at] >= 0)[:, None] & goals.apart
    return plan, unseated


def _free_table(goals: Goals, row: Ints, person: int, suits: Bools) -> int:
    """The first table in use with a suitable free seat and nobody the person must not sit with; -1 if there is none."""
    for table in np.unique(row[row >= 0]).tolist():
        members = row == table
        room = members.sum() < goals.seats[table] and suits[table]
        if room and not goals.apart[person][members].any():
            return int(table)
    return NOWHERE
