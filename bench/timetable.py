"""How near the timetable of talks for two comes to its bound, and how fast: `python -m bench.timetable [people …]`.

Invented scores: tastes and popularity, from a fixed seed; tables for 5/6 of the smaller side, everybody at least three
talks but in the first row; in the fourth, one in five comes late or leaves early. With OR-Tools installed
(bench/requirements.txt) CP-SAT solves the first row's task as one programme, for comparison.
"""

import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
from matching.engine import make_timetable

LIMIT = 60.0


def main(sizes: list[int]) -> None:
    for people in sizes:
        for rounds in (8, 12):
            side = people // 2
            scores, tables = invented(side, side), side * 5 // 6
            free = measured("two sides", people, rounds, scores, tables=tables, floor=0)
            plan = measured("floor of 3", people, rounds, scores, tables=tables)
            print(f"{'':40}the floor costs {1 - plan.value / free.value:.2%} of the value")
            everybody = invented(people, people)
            measured("anybody", people, rounds, (everybody + everybody.T) / 2, tables=tables, anybody=True)
            measured("late, early", people, rounds, scores, tables=tables, present=presence(people, rounds))
            rival(people, rounds, scores, tables)


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


def measured(name: str, people: int, rounds: int, scores: np.ndarray, **options: object):
    began, cpu = time.perf_counter(), time.process_time()
    plan = make_timetable(scores, rounds=rounds, **options)
    seconds, spent = time.perf_counter() - began, time.process_time() - cpu
    talks = np.bincount([p for m in plan.meetings for p in m.pair], minlength=people)
    print(
        f"{name:12}{people:>5} x {rounds:<3} {len(plan.meetings):>5} talks  value {plan.value:9.3f}  "
        f"bound {plan.bound:9.3f}  gap {plan.gap:.3%}  fewest {talks.min()}  {seconds:6.2f} s, {spent:.2f} s CPU"
    )
    return plan


def rival(people: int, rounds: int, scores: np.ndarray, tables: int) -> None:
    try:
        from ortools.sat.python import cp_model
    except ImportError:
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
    solver.parameters.max_time_in_seconds, solver.parameters.num_workers = LIMIT, 2
    began = time.perf_counter()
    solver.Solve(model)
    value, bound = solver.ObjectiveValue() / 1e6, solver.BestObjectiveBound() / 1e6
    seconds = time.perf_counter() - began
    print(f"{'CP-SAT':12}{people:>5} x {rounds:<3} value {value:9.3f}  bound {bound:9.3f}  {seconds:.2f} s")


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or [60, 120])
