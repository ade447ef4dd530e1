"""Facilitated tables beside other ways of seating people: `python -m bench.tables [--plans N] [--limit SECONDS]`.

Invented people from fixed seeds: three in ten from museums, twelve themes, up to twenty pairs with two yeses, eight
seats a table. Each line is one way of seating the same people, counted by the engine's own measures; under the heading
stands what no plan can better. "Best by chance" takes each measure from the best of N random plans on that measure
alone, so no single plan is that good. CP-SAT is there with OR-Tools installed (bench/requirements.txt); it is given the
goals in the same order, without themes.
"""

import argparse
import itertools
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
from matching.engine import Measures, judge, seat

LOWER, HIGHER = ("lacking", "yes_unmet", "repeats"), ("score", "themed", "theme_share")
DAYS = ((24, 4, 3), (60, 9, 4), (80, 10, 4), (80, 10, 5), (80, 12, 4), (160, 22, 4))
SEATS = 8
LARGEST_FOR_CP_SAT = 24
LINE = "{:28} {:>8} {:>10} {:>8} {:>9} {:>7} {:>7} {:>8}"


def main(plans: int, limit: float) -> None:
    for people, tables, rounds in DAYS:
        print(f"\n{people} people, {tables} tables of {SEATS}, {rounds} rounds")
        print(LINE.format("", "no voice", "yes missed", "repeats", "sum of S", "themed", "share", "seconds"))
        compared(people, tables, rounds, plans, limit)


def compared(people: int, tables: int, rounds: int, plans: int, limit: float) -> None:
    day = invented(people, seed=0)
    yes = [(person, person + people // 2) for person in range(0, min(40, people // 2), 2)]
    rest = {name: value for name, value in day.items() if name != "scores"} | {"seats": [SEATS] * tables, "yes": yes}

    def counted(plan: np.ndarray) -> Measures:
        return judge(day["scores"], plan, **rest).measures

    ours = shown("this engine", counted, lambda: seat(day["scores"], rounds=rounds, **rest).table)
    sizes, least = [np.bincount(row, minlength=tables) for row in ours], counted(ours)
    print(LINE.format("   least possible", least.lacking_least, 0, least.repeats_least, "", "", "", ""))
    shown("greedy by S", counted, lambda: greedy(day["scores"], sizes))
    shown("round robin", counted, lambda: round_robin(people, tables, rounds))
    by_chance(counted, ours, plans)
    if people <= LARGEST_FOR_CP_SAT:
        rival(day, yes, tables, rounds, counted, limit)


def invented(people: int, *, seed: int) -> dict[str, np.ndarray]:
    chance = np.random.default_rng(seed)
    scores = chance.random((people, people))
    museum = np.arange(people) < people * 3 // 10
    return {
        "scores": (scores + scores.T) / 2,
        "museum": museum,
        "community": ~museum,
        "themes": chance.random((people, 12)) < 0.25,
    }


def shown(name: str, counted: Callable[[np.ndarray], Measures], method: Callable[[], np.ndarray]) -> np.ndarray:
    began = time.perf_counter()
    plan = method()
    seconds = time.perf_counter() - began
    line(name, counted(plan), seconds)
    return plan


def line(name: str, found: Measures, seconds: float) -> None:
    figures = (f"{found.score:.1f}", f"{found.themed:.0%}", f"{found.theme_share:.0%}", f"{seconds:.2f}")
    print(LINE.format(name, found.lacking, found.yes_unmet, found.repeats, *figures), flush=True)


def greedy(scores: np.ndarray, sizes: list[np.ndarray]) -> np.ndarray:
    """Table by table: whoever adds most S with those there whom they have not met."""
    people = len(scores)
    met, plan = np.eye(people, dtype=bool), np.full((len(sizes), people), -1)
    for at, own in enumerate(sizes):
        free = np.ones(people, dtype=bool)
        for table, size in enumerate(own.tolist()):
            members: list[int] = []
            for _ in range(size):
                worth = np.where(met, -1.0, scores)[:, members].sum(axis=1) if members else scores.sum(axis=1)
                person = int(np.argmax(np.where(free, worth, -np.inf)))
                members.append(person)
                free[person] = False
            plan[at, members] = table
        met |= plan[at][:, None] == plan[at][None, :]
    return plan


def round_robin(people: int, tables: int, rounds: int) -> np.ndarray:
    """Dealt like cards; each next round everybody moves on by as many tables as their place in the deal says."""
    person = np.arange(people)
    return np.stack([(person + at * (person // tables)) % tables for at in range(rounds)])


def by_chance(counted: Callable[[np.ndarray], Measures], plan: np.ndarray, plans: int) -> None:
    chance = np.random.default_rng(1)
    found = [counted(np.stack([chance.permutation(row) for row in plan])) for _ in range(plans)]
    lower = [min(getattr(one, name) for one in found) for name in LOWER]
    score, themed, share = (max(getattr(one, name) for one in found) for name in HIGHER)
    print(LINE.format(f"best by chance, of {plans}", *lower, f"{score:.1f}", f"{themed:.0%}", f"{share:.0%}", ""))


def rival(
    day: dict[str, np.ndarray],
    yes: list[tuple[int, int]],
    tables: int,
    rounds: int,
    counted: Callable[[np.ndarray], Measures],
    limit: float,
) -> None:
    try:
        from ortools.sat.python import cp_model
    except ImportError:
        print(LINE.format("CP-SAT: not installed", *[""] * 7))
        return
    people, model = len(day["scores"]), cp_model.CpModel()
    x = {key: model.NewBoolVar("") for key in np.ndindex(rounds, people, tables)}
    gains = []
    for r, t in np.ndindex(rounds, tables):
        model.Add(sum(x[r, p, t] for p in range(people)) <= SEATS)
        for voice in ("museum", "community"):
            lacks = model.NewBoolVar("")
            model.AddBoolOr([x[r, p, t] for p in np.flatnonzero(day[voice]).tolist()] + [lacks])
            gains.append(-100_000_000 * lacks)
    for r, p in np.ndindex(rounds, people):
        model.AddExactlyOne(x[r, p, t] for t in range(tables))
    for p, q in itertools.combinations(range(people), 2):
        together = []
        for r in range(rounds):
            beside = model.NewBoolVar("")
            together.append(beside)
            for t in range(tables):
                model.AddImplication(x[r, p, t], x[r, q, t]).OnlyEnforceIf(beside)
                model.AddBoolOr([x[r, p, t].Not(), x[r, q, t].Not(), beside])
        met = model.NewBoolVar("")
        model.AddBoolOr([met.Not(), *together])
        repeats = model.NewIntVar(0, rounds, "")
        model.Add(repeats >= sum(together) - 1)
        worth = int(1000 * day["scores"][p, q]) + 10_000_000 * ((p, q) in yes)
        gains += [worth * met, -1_000_000 * repeats]
    model.Maximize(sum(gains))
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds, solver.parameters.num_workers = limit, 2

    def solve() -> np.ndarray:
        solver.Solve(model)
        return np.array(
            [[next(t for t in range(tables) if solver.Value(x[r, p, t])) for p in range(people)] for r in range(rounds)]
        )

    shown(f"CP-SAT, {limit:.0f} s at most", counted, solve)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--plans", type=int, default=1000)
    parser.add_argument("--limit", type=float, default=60.0)
    said = parser.parse_args()
    main(said.plans, said.limit)
