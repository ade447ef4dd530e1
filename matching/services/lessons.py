"""What answers teach: weights to propose to staff, and what a score is worth as a chance. Runs every night."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from django.db import transaction
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from matching import engine, states
from matching.models import Answer, FollowUp, WeightSet
from matching.services.follow_ups import ON_TIME
from matching.services.proposals import propose, written_down
from matching.services.weights import parts_of, product_of, weights_of
from pwp.states import advance

NEW_ANSWERS = 10  # since the last set that was learnt, before staff are asked again
WORTH_ASKING = 0.01  # a share that changes by less is not worth a person's time
DIGITS = 4  # of a learnt weight
SLIGHT = 0.005  # log-odds that nobody would notice
SAYS_NOTHING = (Answer.Reason.NO_TIME, Answer.Reason.KNOWN)  # noes without a word on how well two fit

# As in `engine.learning`, which brings solvers that only the nightly lesson needs; a test keeps them equal.
FEWEST = 20  # answers before anything is learnt
ENOUGH = 200  # pairs whose outcome is known before a score is shown as a chance
BINS = 10
PARTS = ("kind", "text", "theme", "audience")

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Said:
    """One answer: by whom to whom, to what score, and whether it was a yes that held.

    `tells_fit` is False for a no that says nothing of how well two fit.
    """

    suggestion: int
    chooser: str
    chosen: str
    side: str
    score: dict[str, Any]
    yes: bool
    tells_fit: bool

    @property
    def parts(self) -> list[float]:
        said = parts_of(self.score, self.side)
        return [said.get(name, 0.0) for name in PARTS]


def said_so_far() -> list[Said]:
    """Every answer to a pair that was scored, oldest first, in two queries.

    A "not now" is no yes: beside a yes of the same people it says which of the two fitted better. A yes whose people
    said later that they will not take it further is no yes any more.
    """
    ended = set(
        FollowUp.objects.filter(outcome=FollowUp.Outcome.ENDED).values_list("introduction__suggestion", "person")
    )
    answers = Answer.objects.select_related("suggestion__museum", "suggestion__partner").order_by("at", "pk")
    found = []
    for answer in answers.defer("suggestion__reasons", "suggestion__cautions", "reason_text"):
        pair = answer.suggestion
        score = answer.score or pair.parts
        if not score:
            continue
        by_museum = answer.organisation_id == pair.museum_id
        chooser, chosen = (pair.museum, pair.partner) if by_museum else (pair.partner, pair.museum)
        found.append(
            Said(
                suggestion=pair.pk,
                chooser=chooser.code,
                chosen=chosen.code,
                side="museum" if by_museum else "partner",
                score=score,
                yes=answer.choice == Answer.Choice.YES and (pair.pk, answer.person_id) not in ended,
                tells_fit=answer.reason not in SAYS_NOTHING,
            )
        )
    return found


def lesson(said: Sequence[Said], weights: engine.Weights) -> engine.Lesson:
    """Old and new shares of the parts, and whether the newest fifth of the answers speaks for the new ones."""
    return engine.learn(_answers(said)[1], weights)


def leanings(said: Sequence[Said], weights: engine.Weights) -> dict[str, Any]:
    """How readily each organisation says yes and is said yes to, beside what fits explain, as a set keeps it.

    `of`: by code, readiness and appeal in log-odds, without those who lean nowhere. Used only if the newest fifth of
    the answers is foretold better with them.
    """
    codes, answers = _answers(said)
    found = engine.lean(answers, weights)
    both = zip(codes, found.readiness.round(DIGITS).tolist(), found.appeal.round(DIGITS).tolist(), strict=True)
    of = {code: [readiness, appeal] for code, readiness, appeal in both if max(abs(readiness), abs(appeal)) >= SLIGHT}
    return {
        "use": found.use,
        "answers": found.answers,
        "loss_without": found.loss_without,
        "loss_with": found.loss_with,
        "of": of,
    }


def _answers(said: Sequence[Said]) -> tuple[list[str], engine.Answers]:
    """The codes of who answered or was answered, and what tells how well two fit, with their positions in them."""
    telling = [one for one in said if one.tells_fit]
    codes = sorted({code for one in telling for code in (one.chooser, one.chosen)})
    number = {code: at for at, code in enumerate(codes)}
    return codes, engine.Answers(
        parts=np.array([one.parts for one in telling], dtype=np.float64).reshape(-1, len(PARTS)),
        chooser=np.array([number[one.chooser] for one in telling], dtype=np.intp),
        chosen=np.array([number[one.chosen] for one in telling], dtype=np.intp),
        yes=np.array([one.yes for one in telling], dtype=bool),
    )


def decided(said: Sequence[Said], weights: engine.Weights) -> tuple[Floats, Bools]:
    """Pairs whose outcome is known, by their last answer: products of what each side could get, and two yeses or not.

    A yes that still waits for the other side says nothing yet.
    """
    by_pair: dict[int, list[Said]] = {}
    for one in reversed(said):  # so that pairs come by their last answer, newest first
        by_pair.setdefault(one.suggestion, []).append(one)
    known = [pair for pair in reversed(by_pair.values()) if len(pair) > 1 or not pair[0].yes]
    products = [product_of(pair[0].score, weights) for pair in known]
    both = [len(pair) > 1 and all(one.yes for one in pair) for pair in known]
    return np.array(products, dtype=np.float64), np.array(both, dtype=bool)


def learn_from_answers(*, now: dt.datetime | None = None) -> int:
    """Calibrate the set in use, see who leans which way, and propose new weights if the newest answers speak for them.

    Returns how many sets were proposed.

    Nothing is asked again before there are ten more answers; a newer proposal puts the older one away.
    """
    said = said_so_far()
    if len(said) < FEWEST:
        return 0
    weights = weights_of(WeightSet.objects.in_use())
    found, learnt, leaning = calibration(said, weights), lesson(said, weights), leanings(said, weights)
    with transaction.atomic():
        used = written_down(now)
        if weights_of(used) != weights:  # staff decided a moment ago: tomorrow's lesson is about that set
            return 0
        used.calibration, used.leanings = found, leaning
        used.save(update_fields=["calibration", "leanings"])
        before = WeightSet.objects.filter(source=WeightSet.Source.LEARNT).first()
        if before and len(said) < before.evidence["answers"] + NEW_ANSWERS:
            return 0
        return _propose_learnt(learnt, weights, answers=len(said), now=now)


def _propose_learnt(learnt: engine.Lesson, weights: engine.Weights, *, answers: int, now: dt.datetime | None) -> int:
    new = rounded(engine.learned_weights(weights, learnt))
    if not learnt.adopt or max(abs(new.parts[name] - weights.parts[name]) for name in PARTS) < WORTH_ASKING:
        return 0
    for older in WeightSet.objects.proposed().filter(source=WeightSet.Source.LEARNT):
        reason = _("newer answers taught something else")
        advance(older, WeightSet.State.RETIRED, table=states.WEIGHT_SET, by=ON_TIME, reason=reason)
    propose(new, source=WeightSet.Source.LEARNT, by=ON_TIME, evidence=evidence(learnt, answers), now=now)
    return 1


def evidence(learnt: engine.Lesson, answers: int) -> dict[str, Any]:
    """What speaks for a learnt set, kept with it: `answers` in all, of which `telling` ones were learnt from."""
    return {
        "answers": answers,
        "telling": learnt.answers,
        "loss_old": learnt.loss_old,
        "loss_new": learnt.loss_new,
        "old": dict(zip(learnt.names, learnt.old, strict=True)),
        "new": dict(zip(learnt.names, learnt.new, strict=True)),
    }


def rounded(weights: engine.Weights) -> engine.Weights:
    return replace(weights, **{name: round(getattr(weights, name), DIGITS) for name in PARTS})


def calibration(said: Sequence[Said], weights: engine.Weights) -> dict[str, Any]:
    """What a score by these weights is worth; used only if the newest fifth of the pairs says that it is better."""
    product, both = decided(said, weights)
    found = engine.calibrate(product, both)
    return asdict(found) | {"groups": groups(found.chance(product), both) if found.use else []}


def groups(chance: Floats, both: Bools) -> list[dict[str, float]]:
    """Ten groups of equal size by what was said: `said` on average, `happened`, both in [0, 1], of how many `pairs`."""
    order = np.array_split(np.argsort(chance, kind="stable"), BINS)
    return [
        {"said": float(chance[group].mean()), "happened": float(both[group].mean()), "pairs": len(group)}
        for group in order
        if len(group)
    ]
