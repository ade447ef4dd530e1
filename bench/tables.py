"""Facilitated tables against a thousand plans by chance, on every measure: `python -m bench.tables`.

Invented people from fixed seeds: three in ten from museums, twelve themes, up to twenty pairs with two yeses. Prints
each measure of the engine's plan beside the best that any plan by chance reached on it, and the seconds it took.
"""

import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
from matching.engine import seat
from matching.engine.counting import Goals, measures

LOWER, HIGHER = ("lacking", "yes_unmet", "repeats"), ("score", "themed", "theme_share")
DAYS = ((24, 4, 3), (60, 9, 4), (80, 10, 4), (80, 10, 5), (80, 12, 4), (160, 22, 4))


def main(plans: int) -> None:
    for people, tables, rounds in DAYS:
        day = invented(people, seed=0)
        yes = [(person, person + people // 2) for person in range(0, min(40, people // 2), 2)]
        began = time.perf_counter()
        plan = seat(day["scores"], **rest(day), seats=[8] * tables, rounds=rounds, yes=yes)
        seconds = time.perf_counter() - began
        found = measures_by_chance(day, plan.table, tables, yes, plans)
        print(f"{people} people, {tables} tables, {rounds} rounds: {seconds:.2f} s")
        for name in (*LOWER, *HIGHER):
            best = (min if name in LOWER else max)(getattr(other, name) for other in found)
            ours = getattr(plan.measures, name)
            least = getattr(plan.measures, f"{name}_least", "")
            verdict = "" if (ours <= best if name in LOWER else ours >= best) else "  WORSE"
            print(
                f"    {name:12} {ours:10.3f}   best of {plans} by chance {best:10.3f}   least possible {least}{verdict}"
            )


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


def rest(day: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name: value for name, value in day.items() if name != "scores"}


def measures_by_chance(day: dict[str, np.ndarray], table: np.ndarray, tables: int, yes: list, plans: int) -> list:
    people = len(table.T)
    joined = np.zeros((people, people), dtype=bool)
    for one, other in yes:
        joined[one, other] = joined[other, one] = True
    scores = day["scores"] * ~np.eye(people, dtype=bool)
    suits, nobody = np.ones((people, tables), dtype=bool), np.zeros_like(joined)
    goals = Goals(
        scores, np.full(tables, 8), day["museum"], day["community"], day["themes"] * 1.0, joined, nobody, suits, 7
    )
    chance = np.random.default_rng(1)
    return [measures(goals, np.stack([chance.permutation(row) for row in table])) for _ in range(plans)]


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
