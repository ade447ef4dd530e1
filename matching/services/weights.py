"""What a set of weights says: the engine's settings, and what a score is worth as a chance.

A score here is as a suggestion keeps it in `parts`: the fields of `engine.Score`.
"""

from collections.abc import Mapping
from dataclasses import fields
from functools import lru_cache
from typing import Any

import numpy as np

from matching import engine
from matching.models import WeightSet

Score = Mapping[str, Any]


def weights_of(weight_set: WeightSet | None) -> engine.Weights:
    """The engine's settings of a set; as delivered without one.

    A weight that the set was made without is as delivered, and one that the engine has no more is left out.
    Raises: ValueError for values the engine refuses.
    """
    if weight_set is None:
        return engine.DEFAULT
    return _weights(tuple(sorted(weight_set.values.items())))


@lru_cache(maxsize=8)  # asked for each pair of a run
def _weights(values: tuple[tuple[str, float], ...]) -> engine.Weights:
    known = {item.name for item in fields(engine.Weights)}
    said: dict[str, Any] = {name: value for name, value in values if name in known}
    return engine.Weights(**said)


def parts_of(score: Score, side: str) -> dict[str, float]:
    """The parts, each in [0, 1], of what the "museum" or the "partner" could get; none for a score without any.

    Where no offer answers a need they are those of shared aims, which have no kind.
    """
    gain = score.get(f"{side}_wants", {})
    return {part["code"]: part["value"] for part in gain.get("parts") or gain.get("aims_parts", ())}


def product_of(score: Score, weights: engine.Weights) -> float:
    """What each side could get by these weights, times what the surroundings leave of it, in [0, 1]."""
    base, near, timing = weights.surroundings
    product = base + near * score["near"] + timing * score["timing"]
    for side in ("museum", "partner"):
        fit = sum(weights.parts[name] * value for name, value in parts_of(score, side).items())
        aims = sum(weights.aims_parts[part["code"]] * part["value"] for part in score[f"{side}_wants"]["aims_parts"])
        product *= max(fit if score[f"{side}_wants"]["parts"] else 0.0, weights.aims * aims)
    return float(min(1.0, product))


def chance_of(weight_set: WeightSet | None, score: Score) -> float | None:
    """The chance of two yeses, in [0, 1]; None until enough answers say what a score is worth."""
    said = weight_set.calibration if weight_set else {}
    if weight_set is None or not said.get("use"):
        return None
    calibration = engine.Calibration(**{item.name: said[item.name] for item in fields(engine.Calibration)})
    return float(calibration.chance(np.array(product_of(score, weights_of(weight_set)))))
