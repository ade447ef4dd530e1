"""What fairness costs on real organisations: `python -m bench.fairness MUSEUMS.csv CHARITIES.csv [size …]`.

Two CSV files of your own with the columns name and postcode, and `subject_matter` of museums (Mapping Museums publishes
such a file) or `description` of charities (360Giving does). A size is the number of organisations, half of them
museums; each is known by its name, that text and its place. Beside the engine's choice stand plain top-5 lists:
everybody is shown their own five best, whoever else is shown those too. `score` and `rank` are what is kept of the five
best: of the sum of their scores, and of where they stand among all pairs of the event.
"""

import csv
import random
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
from matching.engine import Gathering, Listing, Profile, Side, conclude, gini, join, prepare, survey
from matching.engine.exposure import Arcs
from matching.engine.surveying import level_of
from partners.geography import locate

TOP = 5
SIZES = [200, 2000, 6000]


@dataclass(frozen=True)
class Shown:
    """How often each museum and each partner is shown to somebody, and the sums of everybody's five best."""

    name: str
    museums: np.ndarray
    partners: np.ndarray
    score: float
    rank: float
    seconds: float


def main(museums: str, charities: str, sizes: list[int]) -> None:
    sides = [
        list(_profiles(museums, "museum", "subject_matter")),
        list(_profiles(charities, "community", "description")),
    ]
    print("organisations  how      least  never   Gini museums / others  most / mean  score   rank")
    for size in sizes:
        chance = random.Random(0)
        half = min(size // 2, *(len(side) for side in sides))
        picked = [chance.sample(side, half) for side in sides]
        first, second = _measured(Gathering(tuple(picked[0] + picked[1]), near_km=25.0))
        for shown in (first, second):
            _print(2 * half, shown, best=first)


def _profiles(path: str, sector: str, column: str) -> Iterator[Profile]:
    with Path(path).open(encoding="utf-8", newline="") as lines:
        for number, row in enumerate(csv.DictReader(lines)):
            text, place = f"{row['name']}. {row[column].replace('_', ' ')}", locate(row["postcode"])
            key = f"{sector}{number:06}"
            offer = Listing(f"{key}-offer", Side.OFFER, text)
            yield Profile(
                key, sector, description=text, easting=place.easting, northing=place.northing, offers=(offer,)
            )


def _measured(gathering: Gathering) -> tuple[Shown, Shown]:
    """Plain top-5 lists, then the engine's choice."""
    prepared = prepare(gathering)
    found = join(survey(prepared, rows) for rows in prepared.blocks())
    m, n = len(prepared.museums), len(prepared.partners)
    began = time.perf_counter()
    said = conclude(prepared, found)
    seconds = time.perf_counter() - began
    row = {profile.key: at for at, profile in enumerate(prepared.museums.profiles)}
    column = {profile.key: at for at, profile in enumerate(prepared.partners.profiles)}
    pairs = [(row[one.museum], column[one.partner], one.score.value) for one in said.suggestions]
    chosen = Arcs(*(np.array(values) for values in zip(*pairs, strict=True)))
    percentiles = np.array(found.levels.percentiles())
    lists = _best_five(found.best, found.best.row), _best_five(found.best, found.best.column)
    ours = _best_five(chosen, chosen.row), _best_five(chosen, chosen.column)

    def shown(name: str, museums: np.ndarray, partners: np.ndarray, scores: np.ndarray, took: float) -> Shown:
        ranks = percentiles[level_of(scores)]
        return Shown(
            name, np.bincount(museums, minlength=m), np.bincount(partners, minlength=n), scores.sum(), ranks.sum(), took
        )

    best = np.concatenate([found.best.score[one] for one in lists])
    kept = np.concatenate([chosen.score[one] for one in ours])
    return (
        shown("top 5", found.best.row[lists[1]], found.best.column[lists[0]], best, 0.0),
        shown("engine", chosen.row, chosen.column, kept, seconds),
    )


def _best_five(arcs: Arcs, side: np.ndarray) -> np.ndarray:
    """Positions of the five best arcs of each node of this side."""
    order = np.lexsort((-arcs.score, side))
    owners = side[order]
    first = np.flatnonzero(np.append(True, owners[1:] != owners[:-1]))
    place = np.arange(len(owners)) - np.repeat(first, np.diff(np.append(first, len(owners))))
    return order[place < TOP]


def _print(size: int, shown: Shown, *, best: Shown) -> None:
    both = np.concatenate([shown.museums, shown.partners])
    ginis = f"{gini(shown.museums):.2f} / {gini(shown.partners):.2f}"
    most = max(side.max() / side.mean() for side in (shown.museums, shown.partners))
    figures = f"{both.min():>6}{(both == 0).mean():>7.1%}{ginis:>24}{most:>13.1f}"
    print(
        f"{size:>13}  {shown.name:8}{figures}{shown.score / best.score:>7.3f}{shown.rank / best.rank:>7.3f}"
        f"  {shown.seconds:.1f} s"
    )


if __name__ == "__main__":
    if len(sys.argv) < 3:
        print(__doc__)
    else:
        main(sys.argv[1], sys.argv[2], [int(size) for size in sys.argv[3:]] or SIZES)
