"""Talks for two beside other ways of planning them: `python -m bench.timetable [people …] [--limit SECONDS]`.

Invented scores: tastes and popularity, from a fixed seed; tables for 5/6 of the smaller side. Each line is one way of
making the same timetable, with its gap to the bound that no timetable can exceed. Then the engine alone, on harder
days: a floor of three talks for everybody, anybody with anybody, one in five late or gone early, one in ten who needs
one table in eight. CP-SAT is there with OR-Tools installed (bench/requirements.txt).
"""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy.optimize import linear_sum_assignment

sys.path.insert(0, str(Path(__file__).parents[1]))
from matching.engine import Timetable, make_timetable

LINE = "{:>5} x {:<3} {:28} {:>6} {:>10} {:>8} {:>7} {:>8}"


def main(sizes: list[int], limit: float) -> None:
    print(LINE.format("people", "r.", "how", "talks", "value", "gap", "fewest", "seconds"))
    for people in sizes:
        for rounds in (8, 12):
            side = people // 2
            compared(people, rounds, invented(side, side), side * 5 // 6, limit)


def compared(people: int, rounds: int, scores: np.ndarray, tables: int, limit: float) -> None:
    plan = ours(people, rounds, "this engine", scores, tables=tables, floor=0)
    for name, method in (("optimal round by round", by_round), ("greedy", greedy), ("round robin", round_robin)):
        shown(people, rounds, name, plan.bound, lambda m=method: m(scores, rounds, tables))
    if people <= 240:
        rival(people, rounds, scores, tables, limit, plan.bound)
    ours(people, rounds, "everybody at least 3", scores, tables=tables)
    everybody = invented(people, people)
    ours(people, rounds, "anybody with anybody", (everybody + everybody.T) / 2, tables=tables, anybody=True)
    if people <= 240:
        ours(people, rounds, "1 in 5 late or early", scores, tables=tables, present=presence(people, rounds))
        ours(people, rounds, "1 in 10 need 1 in 8 tables", scores, tables=tables, may_sit=needs(people, tables))


def invented(m: int, n: int) -> np.ndarray:
    chance = np.random.default_rng(0)
    liking = chance.normal(size=(m, 6)) @ chance.normal(size=(6, n)) / 6
    return 1 / (1 + np.exp(-liking - 0.3 * (chance.normal(size=(m, 1)) + chance.normal(size=(1, n)))))


def presence(people: int, rounds: int) -> np.ndarray:
    chance, there = np.random.default_rng(1), np.ones((people, rounds), dtype=bool)
    for person in chance.choice(people, people // 5, replace=False):
        missed = int(chance.integers(2, rounds // 2 + 1))
        there[person, slice(0, missed) if chance.random() < 0.5 else slice(-missed, None)] = False
    return there


def needs(people: int, tables: int) -> np.ndarray:
    may_sit = np.ones((people, tables), dtype=bool)
    may_sit[np.ix_(np.arange(0, people, 10), np.arange(tables // 8, tables))] = False
    return may_sit


def ours(people: int, rounds: int, name: str, scores: np.ndarray, **options: object) -> Timetable:
    began = time.perf_counter()
    plan = make_timetable(scores, rounds=rounds, **options)
    seconds = time.perf_counter() - began
    talks = np.bincount([p for m in plan.meetings for p in m.pair], minlength=people)
    line = (f"{plan.value:.2f}", f"{plan.gap:.2%}", talks.min(), f"{seconds:.2f}")
    print(LINE.format(people, rounds, name, len(plan.meetings), *line), flush=True)
    return plan


def shown(people: int, rounds: int, name: str, bound: float, method: Callable[[], tuple[np.ndarray, float]]) -> None:
    """`method` gives who meets whom, (m, n), and what it is worth."""
    began = time.perf_counter()
    met, value = method()
    seconds = time.perf_counter() - began
    fewest = min(met.sum(axis=1).min(), met.sum(axis=0).min())
    line = (f"{value:.2f}", f"{1 - value / bound:.2%}", fewest, f"{seconds:.2f}")
    print(LINE.format(people, rounds, name, int(met.sum()), *line), flush=True)


def by_round(scores: np.ndarray, rounds: int, tables: int) -> tuple[np.ndarray, float]:
    """The best of each round in turn, and of those the best that the tables hold."""
    met = np.zeros(scores.shape, dtype=bool)
    for _ in range(rounds):
        row, column = linear_sum_assignment(np.where(met, 0, scores), maximize=True)
        best = np.argsort(-scores[row, column], kind="stable")[:tables]
        met[row[best], column[best]] = True
    return met, float(scores[met].sum())


def greedy(scores: np.ndarray, rounds: int, tables: int) -> tuple[np.ndarray, float]:
    """In each round the best pair still free, then the next."""
    met = np.zeros(scores.shape, dtype=bool)
    order = [divmod(int(at), scores.shape[1]) for at in np.argsort(-scores, axis=None, kind="stable")]
    for _ in range(rounds):
        ones, others = set(), set()
        for one, other in order:
            if len(ones) < tables and one not in ones and other not in others and not met[one, other]:
                met[one, other] = True
                ones.add(one)
                others.add(other)
    return met, float(scores[met].sum())


def round_robin(scores: np.ndarray, rounds: int, tables: int) -> tuple[np.ndarray, float]:
    """One side moves on by one table a round; those beyond the tables rest."""
    met, size = np.zeros(scores.shape, dtype=bool), len(scores)
    for at in range(rounds):
        ones = (np.arange(tables) + at) % size
        met[ones, (np.arange(tables) + 2 * at) % size] = True
    return met, float(scores[met].sum())


def rival(people: int, rounds: int, scores: np.ndarray, tables: int, limit: float, bound: float) -> None:
    try:
        from ortools.sat.python import cp_model
    except ImportError:
        print(LINE.format(people, rounds, "CP-SAT: not installed", *[""] * 5))
        return
    model = cp_model.CpModel()
    x = {(i, j, r): model.NewBoolVar("") for (i, j) in np.ndindex(scores.shape) for r in range(rounds)}
    for r in range(rounds):
        for i in range(len(scores)):
            model.AddAtMostOne(x[i, j, r] for j in range(scores.shape[1]))
        for j in range(scores.shape[1]):
            model.AddAtMostOne(x[i, j, r] for i in range(len(scores)))
        model.Add(sum(x[i, j, r] for i, j in np.ndindex(scores.shape)) <= tables)
    for i, j in np.ndindex(scores.shape):
        model.AddAtMostOne(x[i, j, r] for r in range(rounds))
    model.Maximize(sum(int(scores[i, j] * 1e6) * x[i, j, r] for i, j, r in x))
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds, solver.parameters.num_workers = limit, 2

    def solve() -> tuple[np.ndarray, float]:
        found = solver.Solve(model) in (cp_model.OPTIMAL, cp_model.FEASIBLE)
        met = np.zeros(scores.shape, dtype=bool)
        for i, j, r in x if found else ():
            met[i, j] |= bool(solver.Value(x[i, j, r]))
        return met, float(scores[met].sum())

    shown(people, rounds, f"CP-SAT, {limit:.0f} s at most", bound, solve)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("people", nargs="*", type=int, default=[60, 120, 240])
    parser.add_argument("--limit", type=float, default=20.0)
    said = parser.parse_args()
    main(said.people, said.limit)
