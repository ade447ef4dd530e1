"""What fairness costs, two-sided flow against plain top-5 lists: `python -m bench.exposure [size …]`.

Scores are invented, from a fixed seed. A size is the number of organisations, two in five of them museums; candidates
are the best 40 a side. "prices" is the way of large events, whatever the size; up to 10,000 organisations it stands
beside the exact flow. With OR-Tools installed (bench/requirements.txt) its min-cost flow solves the same arcs.

Then one partner for everybody, which others can solve too: the flow with caps of 1 beside scipy's
`linear_sum_assignment` and networkx' blossom algorithm on the same scores. Blossom stops at 500 organisations.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path

import networkx as nx
import numpy as np
from scipy.optimize import linear_sum_assignment

sys.path.insert(0, str(Path(__file__).parents[1]))
from matching.engine import Arcs, allocate, caps_for, gini
from matching.engine.exposure import solve

FLOOR, CANDIDATES, COMPARED = 5, 40, 5
EXACT_UP_TO = 10_000
ONE_EACH = [200, 500, 1000, 2000]
BLOSSOM_UP_TO = 500


def main(sizes: list[int]) -> None:
    for size in sizes:
        m, n = size * 2 // 5, size - size * 2 // 5
        scores = invented(m, n)
        arcs = candidates(scores)
        cap_m, cap_n = caps_for(FLOOR, m, n, ratio=1.25)
        floors, caps = np.full(m + n, FLOOR), np.concatenate([np.full(m, cap_m), np.full(n, cap_n)])
        lists = top_lists(scores)
        report("top 5", size, *(shown.sum(axis=0) for shown in lists), 1.0, 0.0)
        for name, exact in (("flow", len(arcs.score)), ("prices", 0)) if size <= EXACT_UP_TO else (("prices", 0),):
            began = time.perf_counter()
            chosen = solve(arcs, floors=floors, caps=caps, museums=m, exact=exact)
            seconds = time.perf_counter() - began
            shown = np.zeros(scores.shape, dtype=bool)
            shown[arcs.row[chosen], arcs.column[chosen]] = True
            kept = best_five(np.where(shown, scores, 0.0)) / best_five(scores)
            report(name, size, shown.sum(axis=1), shown.sum(axis=0), kept, seconds)
            value, counts = arcs.score[chosen].sum(), (shown.sum(axis=1), shown.sum(axis=0))
            missed = sum(int(np.maximum(FLOOR - side, 0).sum()) for side in counts)
            print(f"{'':14}  value {value:.3f}, places short of the floor {missed}")
        rival(arcs, floors, caps, m)


def invented(m: int, n: int) -> np.ndarray:
    chance = np.random.default_rng(0)
    liking = chance.normal(size=(m, 8)) @ chance.normal(size=(8, n)) / 8
    return 1 / (1 + np.exp(-2 * liking - 0.2 * chance.normal(size=(1, n)) - 0.2 * chance.normal(size=(m, 1))))


def candidates(scores: np.ndarray) -> Arcs:
    keep = np.zeros(scores.shape, dtype=bool)
    for axis in (0, 1):
        best = np.argsort(-scores, axis=axis, kind="stable")
        np.put_along_axis(keep, np.take(best, range(min(CANDIDATES, scores.shape[axis])), axis=axis), True, axis=axis)
    row, column = np.nonzero(keep)
    return Arcs(row, column, scores[row, column])


def top_lists(scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Who is on whose list of five: museums on the partners' lists (n, m), partners on the museums' (m, n)."""
    lists = []
    for table in (scores.T, scores):
        best = np.argsort(-table, axis=1, kind="stable")[:, :COMPARED]
        shown = np.zeros(table.shape, dtype=bool)
        np.put_along_axis(shown, best, True, axis=1)
        lists.append(shown)
    return lists[0], lists[1]


def best_five(scores: np.ndarray) -> float:
    return sum(float(-np.sort(-table, axis=1)[:, :COMPARED].sum()) for table in (scores, scores.T))


def report(name: str, size: int, museums: np.ndarray, partners: np.ndarray, kept: float, seconds: float) -> None:
    never = int((museums == 0).sum() + (partners == 0).sum())
    most = max(side.max() / side.mean() for side in (museums, partners))
    ginis = f"{gini(museums):.2f} / {gini(partners):.2f}"
    fair = f"never shown {never:>5}  Gini {ginis}  most / mean {most:5.2f}"
    print(f"{name:8}{size:>6}  {fair}  kept {kept:.3f}  {seconds:.2f} s")


def rival(arcs: Arcs, floors: np.ndarray, caps: np.ndarray, m: int) -> None:
    try:
        from ortools.graph.python import min_cost_flow
    except ImportError:
        return
    flow, source, scale, bonus = min_cost_flow.SimpleMinCostFlow(), len(caps), 10**6, 10**8
    sink = source + 1
    for node, (floor, cap) in enumerate(zip(floors.tolist(), caps.tolist(), strict=True)):
        ends = (source, node) if node < m else (node, sink)
        flow.add_arc_with_capacity_and_unit_cost(*ends, floor, -bonus)
        flow.add_arc_with_capacity_and_unit_cost(*ends, cap - floor, 0)
    first = flow.num_arcs()
    for row, column, score in zip(arcs.row.tolist(), arcs.column.tolist(), arcs.score.tolist(), strict=True):
        flow.add_arc_with_capacity_and_unit_cost(row, column + m, 1, -int(score * scale))
    flow.add_arc_with_capacity_and_unit_cost(sink, source, int(caps.sum()), 0)
    began = time.perf_counter()
    flow.solve()
    value = sum(arcs.score[at] for at in range(len(arcs.score)) if flow.flow(first + at))
    print(f"{'OR-Tools':8}{'':6}  value {value:.3f}  {time.perf_counter() - began:.2f} s")


def one_each(size: int) -> None:
    scores = invented(size // 2, size // 2)
    rivals: list[tuple[str, Callable[[np.ndarray], float]]] = [
        ("flow", flow_of_one),
        ("scipy", lambda scores: float(scores[linear_sum_assignment(-scores)].sum())),
    ]
    if size <= BLOSSOM_UP_TO:
        rivals.append(("blossom", blossom))
    for name, solved in rivals:
        began = time.perf_counter()
        value = solved(scores)
        print(f"{name:8}{size:>6}  one partner each: value {value:.6f}  {time.perf_counter() - began:.3f} s")


def flow_of_one(scores: np.ndarray) -> float:
    return float(scores[allocate(scores, floor=1, cap_museums=1, cap_partners=1, exact=scores.size)].sum())


def blossom(scores: np.ndarray) -> float:
    graph = nx.Graph()
    pairs = [((0, row), (1, column), score) for (row, column), score in np.ndenumerate(scores)]
    graph.add_weighted_edges_from(pairs)
    matched = nx.max_weight_matching(graph, maxcardinality=True)
    return sum(graph.edges[pair]["weight"] for pair in matched)


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or [200, 1000, 2500])
    for size in ONE_EACH:
        one_each(size)
