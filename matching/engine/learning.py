"""What answers teach: weights of the parts, how yes-saying each side is, what a score is worth as a chance, and reach.

Nothing is adopted here: every function returns the old and the new with the evidence, and staff decide.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import lsq_linear
from scipy.sparse.linalg import cg

from matching.engine.encoding import LEAN
from matching.engine.weights import DEFAULT, Weights

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]

PARTS = ("kind", "text", "theme", "audience")
SCALE = 4.0  # log-odds between the worst fit and the best, before any answer is known
PRIOR_SD = 1.0  # of a part's weight round its default, and of each chooser's and chosen one's effect, in log-odds
NEWEST = 0.2  # share of the answers, the newest, that judge what the others taught
ENOUGH = 200  # answers before a score is shown as a chance
FEWEST = 20  # answers before weights are learnt at all
BINS = 10
STEPS, CLOSE = 50, 1e-9
EDGE = 1e-6

NO_WORD_ON_FIT = frozenset({"no_time", "known"})  # declines that say nothing of how well two fit
REASONS = NO_WORD_ON_FIT | {"", "too_far", "wrong_kind", "other"}
LEAST_REACH = 0.5  # km
BEYOND = 2.0  # a pair at this many times the reach counts as far


@dataclass(frozen=True, slots=True)
class Answers:
    """N answers, oldest first: `parts` (N, K) in [0, 1] of what the chooser could get, `yes` (N,).

    `chooser` and `chosen` (N,) number organisations from 0, the same numbers for both.
    """

    parts: Floats
    chooser: Ints
    chosen: Ints
    yes: Bools

    def __len__(self) -> int:
        return len(self.yes)

    def span(self, first: int, last: int) -> Answers:
        return Answers(self.parts[first:last], self.chooser[first:last], self.chosen[first:last], self.yes[first:last])


@dataclass(frozen=True, slots=True)
class Model:
    """A fitted logistic regression: log-odds = intercept + parts x weights + chooser's effect + chosen one's effect."""

    intercept: float
    weights: Floats  # (K,) at least 0
    chooser: Floats  # (organisations,)
    chosen: Floats

    def chance(self, answers: Answers) -> Floats:
        """P(yes) of each answer, (N,)."""
        own = self.chooser[answers.chooser] + self.chosen[answers.chosen]
        return _sigmoid(self.intercept + answers.parts @ self.weights + own)

    def lift(self, chooser: Ints, chosen: Ints) -> Floats:
        """What both effects may add to the log-odds in a ranking, any shape: each clipped to +-.5."""
        return np.clip(self.chooser[chooser], -LEAN, LEAN) + np.clip(self.chosen[chosen], -LEAN, LEAN)


@dataclass(frozen=True, slots=True)
class Lesson:
    """Old and new shares of the parts, with what speaks for either.

    `loss_old`, `loss_new`: mean log-loss on the newest fifth of `answers` answers, both learnt from the older ones,
    with the parts' weights in the old proportions or free. `adopt` where the new ones lose less.
    """

    names: tuple[str, ...]
    old: tuple[float, ...]
    new: tuple[float, ...]
    adopt: bool
    loss_old: float
    loss_new: float
    answers: int
    model: Model | None


@dataclass(frozen=True, slots=True)
class Leanings:
    """How much more readily than their fits explain organisations say yes, and are said yes to; log-odds, (O,) each.

    `use` where the newest fifth of `answers` answers was foretold better with them: `loss_…` is its mean log-loss.
    """

    readiness: Floats
    appeal: Floats
    use: bool
    answers: int
    loss_without: float
    loss_with: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """p = sigmoid(a + b logit(P_A x P_B)), and whether the newest fifth says that it is better than P_A x P_B itself.

    `ece_…`: expected calibration error over ten groups of equal size, in [0, 1]; `loss_…`: mean log-loss.
    """

    a: float
    b: float
    use: bool
    answers: int
    loss_before: float
    loss_after: float
    ece_before: float
    ece_after: float

    def chance(self, product: Floats) -> Floats:
        """The chance of a mutual yes, any shape, in [0, 1], from the product of both sides' chances."""
        return _sigmoid(self.a + self.b * _logit(product)) if self.use else np.asarray(product, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Decline:
    """One no with its reason, from an organisation by key; `km` apart, `kinds`: kind of its need, kind of the offer."""

    chooser: str
    reason: str
    km: float | None = None
    kinds: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Feedback:
    """`reach` in km of organisations it moves; `barred` (organisation, kind of need, kind of offer), sorted."""

    reach: Mapping[str, float]
    barred: tuple[tuple[str, str, str], ...]


def learn(answers: Answers, weights: Weights = DEFAULT, *, names: Sequence[str] = PARTS) -> Lesson:
    """New shares of the parts from answers, and whether the newest fifth of them says that they are better.

    Ridge logistic regression: the prior of a part's weight is its default, of an effect 0. `names` of the K columns,
    all of them parts of a fit. With fewer than 20 answers the old shares stay.
    Raises: ValueError for shapes that disagree, parts outside [0, 1], or a name that is no part.
    """
    names = tuple(names)
    _check(answers, names)
    old = np.array([weights.parts[name] for name in names])
    count = len(answers)
    kept = Lesson(names, tuple(old.tolist()), tuple(old.tolist()), False, 0.0, 0.0, count, None)
    if count < FEWEST:
        return kept
    cut = count - max(1, round(NEWEST * count))
    older, newest = answers.span(0, cut), answers.span(cut, count)
    size = int(max(answers.chooser.max(), answers.chosen.max())) + 1
    loss_old = log_loss(fit_answers(older, old, organisations=size, held=True).chance(newest), newest.yes)
    loss_new = log_loss(fit_answers(older, old, organisations=size).chance(newest), newest.yes)
    model = fit_answers(answers, old, organisations=size)
    total = float(model.weights.sum())
    new = model.weights / total * old.sum() if total > 0 else old
    adopt = bool(total > 0 and loss_new < loss_old)
    return replace(kept, new=tuple(new.tolist()), adopt=adopt, loss_old=loss_old, loss_new=loss_new, model=model)


def lean(answers: Answers, weights: Weights = DEFAULT, *, names: Sequence[str] = PARTS) -> Leanings:
    """What the answers say of each organisation beside its fits, with the shares of the parts held as they are.

    Of use only from 20 answers on, and if the newest fifth says so. Each within +-.5, drawn to 0 where answers are few.
    Raises: as `learn`.
    """
    names = tuple(names)
    _check(answers, names)
    shares = np.array([weights.parts[name] for name in names])
    count = len(answers)
    size = int(max(answers.chooser.max(), answers.chosen.max())) + 1 if count else 0
    if count < FEWEST:
        return Leanings(np.zeros(size), np.zeros(size), False, count, 0.0, 0.0)
    cut = count - max(1, round(NEWEST * count))
    older, newest = answers.span(0, cut), answers.span(cut, count)
    all_alike = [_as_one(part) for part in (older, newest)]
    without = fit_answers(all_alike[0], shares, organisations=1, held=True).chance(all_alike[1])
    own = fit_answers(older, shares, organisations=size, held=True).chance(newest)
    losses = log_loss(without, newest.yes), log_loss(own, newest.yes)
    model = fit_answers(answers, shares, organisations=size, held=True)
    readiness, appeal = (np.clip(effect, -LEAN, LEAN) for effect in (model.chooser, model.chosen))
    return Leanings(readiness, appeal, bool(losses[1] < losses[0]), count, *losses)


def _as_one(answers: Answers) -> Answers:
    """As if one organisation had answered everything, to one other."""
    nobody = np.zeros(len(answers), dtype=np.intp)
    return replace(answers, chooser=nobody, chosen=nobody)


def learned_weights(weights: Weights, lesson: Lesson) -> Weights:
    """The settings with the lesson's new shares; parts it did not look at keep theirs. For whoever decides to adopt."""
    shares = {**weights.parts, **dict(zip(lesson.names, lesson.new, strict=True))}
    return replace(
        weights, kind=shares["kind"], text=shares["text"], theme=shares["theme"], audience=shares["audience"]
    )


def fit_answers(answers: Answers, shares: Floats, *, organisations: int, held: bool = False) -> Model:
    """The regression by iteratively reweighted least squares; convex, so the answer is the only one.

    `shares` (K,) sum to at most 1: the prior of the weights is `SCALE` times them. With `held` their proportions stay,
    and only how much they count together is learnt.
    """
    if held:
        together = replace(answers, parts=(answers.parts @ shares / shares.sum())[:, None])
        model = fit_answers(together, np.array([shares.sum()]), organisations=organisations)
        return replace(model, weights=model.weights[0] * shares / shares.sum())
    prior = np.concatenate([[0.0], SCALE * shares])
    fixed = np.column_stack([np.ones(len(answers)), answers.parts])
    rows = np.tile(np.arange(len(answers)), 2)
    columns = np.concatenate([answers.chooser, organisations + answers.chosen])
    own = sparse.csr_array((np.ones(len(rows)), (rows, columns)), shape=(len(answers), 2 * organisations))
    precision = np.full(len(prior), 1.0 / PRIOR_SD**2)
    precision[0] = 1e-2  # the intercept is nearly free
    yes = answers.yes.astype(np.float64)
    at = (prior.copy(), np.zeros(2 * organisations))

    def cost(point: tuple[Floats, Floats]) -> float:
        line = fixed @ point[0] + own @ point[1]
        loss = float((np.logaddexp(0.0, line) - yes * line).sum())
        return loss + 0.5 * float(precision @ (point[0] - prior) ** 2) + 0.5 * float(point[1] @ point[1]) / PRIOR_SD**2

    now = cost(at)
    for _ in range(STEPS):
        aim = _step(fixed, own, yes, at, prior, precision)
        share = 1.0
        while cost(after := _between(at, aim, share)) > now and share > 1e-6:
            share /= 2.0
        better = cost(after)
        if better >= now - CLOSE:
            break
        at, now = after, better
    effects = at[1]
    return Model(float(at[0][0]), at[0][1:], effects[:organisations], effects[organisations:])


def _between(start: tuple[Floats, Floats], aim: tuple[Floats, Floats], share: float) -> tuple[Floats, Floats]:
    return start[0] + share * (aim[0] - start[0]), start[1] + share * (aim[1] - start[1])


def _step(
    fixed: Floats,
    own: sparse.csr_array,
    yes: Floats,
    at: tuple[Floats, Floats],
    prior: Floats,
    precision: Floats,
) -> tuple[Floats, Floats]:
    """Where the quadratic around a point is lowest with no weight below 0: effects eliminated, then a small problem."""
    line = fixed @ at[0] + own @ at[1]
    chance = _sigmoid(line)
    weight = np.maximum(chance * (1.0 - chance), EDGE)
    target = weight * line + yes - chance  # weighted working response
    weighted = own.T @ sparse.diags_array(weight)
    inner = sparse.csr_array(weighted @ own + sparse.eye_array(own.shape[1]) / PRIOR_SD**2)
    right = np.column_stack([weighted @ fixed, own.T @ target])
    solved = np.column_stack([_solved(inner, column) for column in right.T])
    across, response = solved[:, :-1], solved[:, -1]
    normal = fixed.T @ (weight[:, None] * fixed) + np.diag(precision) - right[:, :-1].T @ across
    goal = fixed.T @ target + precision * prior - right[:, :-1].T @ response
    root = np.linalg.cholesky((normal + normal.T) / 2.0)
    least = np.concatenate([[-np.inf], np.zeros(len(prior) - 1)])
    best = lsq_linear(root.T, np.linalg.solve(root, goal), bounds=(least, np.inf), method="bvls").x
    best[1:] = np.maximum(best[1:], 0.0)
    return best, response - across @ best


def _solved(matrix: sparse.csr_array, right: Floats) -> Floats:
    solution, _ = cg(matrix, right, rtol=1e-10, atol=0.0, M=sparse.diags_array(1.0 / matrix.diagonal()))
    found: Floats = solution
    return found


def calibrate(product: Floats, yes: Bools) -> Calibration:
    """Platt's two numbers from answered pairs, oldest first: `product` (N,) of both sides' chances, `yes` (N,) of both.

    Used only from 200 answers on, if b is above 0, and if the newest fifth, unseen, has a lower log-loss with it.
    Raises: ValueError for shapes that disagree or products outside [0, 1].
    Source: Platt 1999; his targets keep a and b finite when all say the same.
    """
    product, yes = np.asarray(product, dtype=np.float64), np.asarray(yes, dtype=bool)
    if product.ndim != 1 or product.shape != yes.shape:
        raise ValueError(f"{product.shape} products but {yes.shape} answers.")
    if not ((product >= 0) & (product <= 1)).all():
        raise ValueError("Products of chances must lie in [0, 1].")
    count = len(yes)
    if count < ENOUGH:
        return Calibration(0.0, 1.0, False, count, 0.0, 0.0, 0.0, 0.0)
    cut = count - round(NEWEST * count)
    a, b = _platt(product[:cut], yes[:cut])
    before, after = product[cut:], _sigmoid(a + b * _logit(product[cut:]))
    losses = log_loss(before, yes[cut:]), log_loss(after, yes[cut:])
    errors = calibration_error(before, yes[cut:]), calibration_error(after, yes[cut:])
    final = _platt(product, yes)
    use = bool(losses[1] < losses[0] and final[1] > 0)
    return Calibration(*final, use, count, *losses, *errors)


def _platt(product: Floats, yes: Bools) -> tuple[float, float]:
    """a and b by Newton's method."""
    hits, misses = int(yes.sum()), int((~yes).sum())
    target = np.where(yes, (hits + 1.0) / (hits + 2.0), 1.0 / (misses + 2.0))
    design = np.column_stack([np.ones(len(yes)), _logit(product)])
    at = np.array([0.0, 1.0])

    def cost(point: Floats) -> float:
        line = design @ point
        return float((np.logaddexp(0.0, line) - target * line).sum())

    for _ in range(STEPS):
        chance = _sigmoid(design @ at)
        bend = design.T @ ((chance * (1.0 - chance))[:, None] * design) + 1e-9 * np.eye(2)
        step = np.linalg.solve(bend, design.T @ (target - chance))
        while cost(at + step) > cost(at) and np.abs(step).max() > CLOSE:
            step = step / 2.0
        at = at + step
        if np.abs(step).max() <= CLOSE:
            break
    return float(at[0]), float(at[1])


def calibration_error(chance: Floats, yes: Bools) -> float:
    """Expected calibration error, in [0, 1]: mean over ten groups, of equal size by chance, of |said - happened|."""
    groups = np.array_split(np.argsort(chance, kind="stable"), BINS)
    apart = [len(group) * abs(float(chance[group].mean() - yes[group].mean())) for group in groups if len(group)]
    return sum(apart) / len(yes) if len(yes) else 0.0


def log_loss(chance: Floats, yes: Bools) -> float:
    """Mean of -ln of the chance given to what happened; 0 for no answers."""
    safe = np.clip(chance, EDGE, 1.0 - EDGE)
    return float(-np.where(yes, np.log(safe), np.log1p(-safe)).mean()) if len(yes) else 0.0


def learn_from_reasons(
    declines: Sequence[Decline], reach_km: Mapping[str, float], *, accepted_km: Mapping[str, float] | None = None
) -> Feedback:
    """What reasons for a no change, oldest first.

    "too_far" at d km moves that organisation's reach half-way to d / 2, where d counts as far, if it is larger; never
    below half of the farthest distance it accepted (`accepted_km`), nor half a km. "wrong_kind" bars the kind of offer
    for the kind of need. `reach_km`: everybody's reach now.
    Raises: ValueError for an unknown reason or a distance that is no number of at least 0.
    """
    reach: dict[str, float] = {}
    barred: set[tuple[str, str, str]] = set()
    for decline in declines:
        if decline.reason not in REASONS:
            raise ValueError(f"Unknown reason: {decline.reason!r}.")
        if decline.km is not None and not 0 <= decline.km < float("inf"):
            raise ValueError(f"Not a distance in km: {decline.km!r}.")
        who = decline.chooser
        if decline.reason == "too_far" and decline.km is not None and who in reach_km:
            now, aim = reach.get(who, reach_km[who]), decline.km / BEYOND
            least = max(LEAST_REACH, (accepted_km or {}).get(who, 0.0) / BEYOND)
            reach[who] = min(now, max(least, (now + aim) / 2.0)) if aim < now else now
        if decline.reason == "wrong_kind" and decline.kinds is not None:
            barred.add((who, *decline.kinds))
    moved = {who: reach[who] for who in sorted(reach) if reach[who] != reach_km[who]}
    return Feedback(moved, tuple(sorted(barred)))


def _sigmoid(line: Floats) -> Floats:
    chance: Floats = 0.5 * (1.0 + np.tanh(0.5 * line))
    return chance


def _logit(chance: Floats) -> Floats:
    safe = np.clip(chance, EDGE, 1.0 - EDGE)
    odds: Floats = np.log(safe) - np.log1p(-safe)
    return odds


def _check(answers: Answers, names: Sequence[str]) -> None:
    count = len(answers)
    if answers.parts.shape != (count, len(names)) or len(answers.chooser) != count or len(answers.chosen) != count:
        raise ValueError("Parts, choosers, chosen and answers must have one row for each answer.")
    unknown = sorted(set(names) - set(PARTS))
    if unknown or len(set(names)) != len(names):
        raise ValueError(f"Not parts of a fit, each once: {list(names)}.")
    if count and not ((answers.parts >= 0) & (answers.parts <= 1)).all():
        raise ValueError("Parts must lie in [0, 1].")
    if count and min(answers.chooser.min(), answers.chosen.min()) < 0:
        raise ValueError("Organisations are numbered from 0.")
