"""How good a plan of facilitated tables is, counted, beside what no plan can better. Moves nobody."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]

NOWHERE = -1
SHARED = 0.5  # a theme that at least this share of a table's members have is the table's theme


@dataclass(frozen=True, slots=True)
class Goals:
    """What a plan is judged by, for P people and T tables; see `seat` for the fields."""

    scores: Floats
    seats: Ints
    museum: Bools
    community: Bools
    themes: Floats
    yes: Bools
    apart: Bools
    may_sit: Bools
    fewest: int
    held: Ints | None = None

    def suits(self, at: int) -> Bools:
        """(P, T): the tables each person may be given in a round; a held seat leaves only its own."""
        if self.held is None:
            return self.may_sit
        seat = self.held[at][:, None]
        suits: Bools = self.may_sit & ((seat < 0) | (seat == np.arange(self.tables)[None, :]))
        return suits

    @property
    def people(self) -> int:
        return len(self.scores)

    @property
    def tables(self) -> int:
        return len(self.seats)


@dataclass(frozen=True, slots=True)
class Measures:
    """How good a plan is, counted. The first four are better when lower, the others when higher.

    `lacking`: tables without a museum or without a community voice, `lacking_least` what the numbers force;
    `yes_unmet`: pairs with two yeses who never share a table; `repeats`: meetings beyond the first of two people,
    `repeats_least` a counted lower bound; `score`: sum of S over first meetings; `themed`: share of tables at least
    half of whose members share a theme; `theme_share`: mean share of a table that has its commonest theme;
    `tables` in use over all rounds; `together`: pairs at one table who must not be, 0 in every finished plan.
    """

    lacking: int
    lacking_least: int
    yes_unmet: int
    repeats: int
    repeats_least: int
    score: float
    themed: float
    theme_share: float
    tables: int
    together: int


def tables_of(goals: Goals, plan: Ints) -> list[tuple[int, int, Ints]]:
    """(round, table, members) of every table in use."""
    found = ((at, table, np.flatnonzero(row == table)) for at, row in enumerate(plan) for table in range(goals.tables))
    return [(at, table, members) for at, table, members in found if members.size]


def measures(goals: Goals, plan: Ints) -> Measures:
    """Count a plan (rounds, P), whoever made it."""
    times = meetings(plan)
    met = np.triu(times > 0, 1)
    used = tables_of(goals, plan)
    shares = [float(goals.themes[members].mean(axis=0).max(initial=0.0)) for _, _, members in used]
    voices = [(goals.museum[members].any(), goals.community[members].any()) for _, _, members in used]
    return Measures(
        lacking=sum(not (museum and community) for museum, community in voices),
        lacking_least=_lacking_least(goals, plan),
        yes_unmet=int((goals.yes & ~met & np.triu(np.ones_like(met), 1)).sum()),
        repeats=int(np.maximum(np.triu(times, 1) - 1, 0).sum()),
        repeats_least=repeats_least(plan),
        score=float(goals.scores[met].sum()),
        themed=float(np.mean([share >= SHARED for share in shares])) if shares else 0.0,
        theme_share=float(np.mean(shares)) if shares else 0.0,
        tables=len(used),
        together=int(times[np.triu(goals.apart)].sum()),
    )


def meetings(plan: Ints) -> Ints:
    """(P, P): in how many rounds two people share a table."""
    times = np.zeros((plan.shape[1], plan.shape[1]), dtype=np.intp)
    for row in plan:
        times += (row[:, None] == row[None, :]) & (row >= 0)[:, None]
    np.fill_diagonal(times, 0)
    return times


def repeats_least(plan: Ints) -> int:
    """No plan with these people at tables of these sizes has fewer repeats: the larger of two counts.

    People: whoever has more neighbours in all than there are others to meet meets somebody again. Rounds: a table
    of more people than an earlier round had tables seats two from one of those.
    """
    if not plan.size:
        return 0
    sizes = [[int((row == table).sum()) for table in np.unique(row[row >= 0])] for row in plan]
    there = plan >= 0
    together = (there[:, :, None] & there[:, None, :]).any(axis=0)
    others = np.maximum(together.sum(axis=1) - 1, 0)
    fewest = sum(row * (min(own, default=1) - 1) for row, own in zip(there.astype(np.intp), sizes, strict=True))
    in_all = sum(size * (size - 1) for own in sizes for size in own) - int(others.sum())
    by_people = -(-max(int(np.maximum(fewest - others, 0).sum()), in_all) // 2)
    by_rounds = sum(
        max((_forced(own, earlier, plan, at, past) for past, earlier in enumerate(sizes[:at])), default=0)
        for at, own in enumerate(sizes)
    )
    return max(by_people, by_rounds)


def _forced(own: list[int], earlier: list[int], plan: Ints, at: int, past: int) -> int:
    """Pairs of one round who must have shared a table in an earlier one; newcomers have met nobody."""
    new = int(((plan[at] >= 0) & (plan[past] < 0)).sum())
    forced = 0
    for size in sorted(own):
        known = max(0, size - new)  # newcomers could all be here
        each, over = divmod(known, max(1, len(earlier)))
        forced += over * each + len(earlier) * each * (each - 1) // 2
    return forced


def _lacking_least(goals: Goals, plan: Ints) -> int:
    """Tables that cannot all have both voices, from how many of each are seated and how many bring both."""
    lacking = 0
    for row in plan:
        seated = row >= 0
        tables = len(np.unique(row[seated]))
        museums, communities = int((goals.museum & seated).sum()), int((goals.community & seated).sum())
        lacking += max(0, tables - min(museums, communities))
    return lacking
