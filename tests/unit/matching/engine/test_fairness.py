"""Nobody shines at the cost of others, measured on an event of a real size: 300 organisations in the demo's words."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from bench.engine import invented
from matching.engine import Arcs, Gathering, conclude, gini, join, prepare, survey

FIVE_BEST = 5
MUSEUM = "museum"


def few_museums(gathering: Gathering) -> Gathering:
    """The same event with one museum for every nine others."""
    museums = [profile for profile in gathering.profiles if profile.sector == MUSEUM]
    others = [profile for profile in gathering.profiles if profile.sector != MUSEUM]
    return replace(gathering, profiles=(*museums[: len(others) // 9], *others))


@pytest.mark.parametrize(
    ("gathering", "least", "unequal"),
    [
        *((invented(300, seed), 5, 0.05) for seed in range(3)),
        (few_museums(invented(300, 0)), 2, 0.09),  # nobody is given pairs below the median to fill a list
    ],
    ids=["event 0", "event 1", "event 2", "few museums"],
)
def test_everybody_is_shown_alike_and_almost_nothing_of_the_fit_is_lost(
    gathering: Gathering, least: int, unequal: float
) -> None:
    prepared = prepare(gathering)
    found = join([survey(prepared, rows) for rows in prepared.blocks()])
    said = conclude(prepared, found)

    times = Counter(key for pair in said.suggestions for key in (pair.museum, pair.partner))
    sides = [
        np.array([times[one.key] for one in gathering.profiles if (one.sector == MUSEUM) == is_museum])
        for is_museum in (True, False)
    ]
    plain = top_lists(found.best, len(sides[0]), len(sides[1]))

    assert min(side.min() for side in sides) >= least
    assert max(gini(side) for side in sides) <= unequal
    assert max(side.max() / side.mean() for side in sides) <= 1.15
    assert said.measures["score_kept"] >= 0.98
    # Everybody's own five best would be far from that, or this event would show nothing.
    assert max(gini(side) for side in plain) > 0.35
    assert min(side.min() for side in plain) == 0


def top_lists(best: Arcs, museums: int, others: int) -> list[np.ndarray]:
    """How often each is shown where everybody sees their own five best, whoever else is shown those too."""
    shown = []
    for owner, seen, many in ((best.column, best.row, museums), (best.row, best.column, others)):
        taken: Counter[int] = Counter()
        times = np.zeros(many, dtype=int)
        for at in np.argsort(-best.score, kind="stable"):
            taken[owner[at]] += 1
            times[seen[at]] += taken[owner[at]] <= FIVE_BEST
        shown.append(times)
    return shown
