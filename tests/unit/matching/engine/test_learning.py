import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from matching.engine import DEFAULT, Answers, Decline, calibrate, learn, learn_from_reasons, learned_weights
from matching.engine.learning import SCALE, calibration_error, fit_answers, log_loss

FEW = settings(max_examples=15, deadline=None)
SHARES = np.array([0.4, 0.3, 0.2, 0.1])


def answered(count, *, weights=(6.0, 0.5, 0.5, 0.0), effects=0.8, organisations=40, seed=0):
    """Invented answers whose log-odds are these weights of the parts and an effect of either side."""
    chance = np.random.default_rng(seed)
    parts = chance.random((count, 4))
    chooser, chosen = (chance.integers(0, organisations, count) for _ in range(2))
    own, other = (effects * chance.normal(size=organisations) for _ in range(2))
    line = parts @ np.array(weights) - sum(weights) / 2 + own[chooser] + other[chosen]
    return Answers(parts, chooser, chosen, chance.random(count) < 1 / (1 + np.exp(-line)))


@FEW
@given(st.integers(0, 200))
def test_the_regression_finds_the_lowest_point_that_a_general_solver_finds(seed):
    chance = np.random.default_rng(seed)
    answers = answered(60, weights=chance.normal(size=4) * 4, organisations=5, seed=seed)
    model = fit_answers(answers, SHARES, organisations=5)

    def cost(z):
        line = z[0] + answers.parts @ z[1:5] + z[5:10][answers.chooser] + z[10:][answers.chosen]
        ridge = 0.01 * z[0] ** 2 + ((z[1:5] - SCALE * SHARES) ** 2).sum() + (z[5:] ** 2).sum()
        return (np.logaddexp(0, line) - answers.yes * line).sum() + ridge / 2

    best = minimize(cost, np.zeros(15), bounds=[(None, None)] + [(0, None)] * 4 + [(None, None)] * 10)
    found = np.concatenate([[model.intercept], model.weights, model.chooser, model.chosen])
    assert cost(found) <= best.fun + 1e-6
    assert (model.weights >= 0).all()


def test_answers_that_follow_the_kind_move_the_weights_to_it_and_are_adopted():
    lesson = learn(answered(1000))

    assert lesson.adopt
    assert lesson.loss_new < lesson.loss_old
    assert lesson.new[0] > 0.6 > lesson.old[0]
    assert sum(lesson.new) == pytest.approx(sum(lesson.old))
    assert learned_weights(DEFAULT, lesson).parts["kind"] == pytest.approx(lesson.new[0])


def test_answers_by_chance_change_nothing():
    answers = answered(600, seed=3)
    lesson = learn(replace(answers, yes=np.random.default_rng(1).random(600) < 0.5))

    assert sum(lesson.new) == pytest.approx(1.0)
    assert not lesson.adopt or lesson.loss_old - lesson.loss_new < 0.02


def test_weights_are_adopted_only_when_the_newest_fifth_is_told_better():
    answers = answered(500, seed=4)
    turned = np.where(np.arange(500) < 400, answers.yes, ~answers.yes)
    lesson = learn(replace(answers, yes=turned))

    assert lesson.loss_new > lesson.loss_old
    assert not lesson.adopt


def test_effects_of_either_side_tell_more_than_the_parts_alone_and_are_clipped_in_a_ranking():
    answers = answered(2000, effects=1.5, seed=5)
    model = learn(answers).model
    told = model.chance(answers)
    silent = replace(model, chooser=np.zeros(40), chosen=np.zeros(40)).chance(answers)

    assert log_loss(told, answers.yes) < log_loss(silent, answers.yes) - 0.05
    assert np.abs(model.lift(np.arange(40), np.arange(40))).max() == 1.0


def test_an_organisation_nobody_answered_has_no_effect():
    answers = Answers(np.full((30, 4), 0.5), np.zeros(30, dtype=int), np.full(30, 2), np.arange(30) % 2 == 0)
    model = fit_answers(answers, SHARES, organisations=3)

    assert model.chooser[1] == model.chosen[0] == 0


@pytest.mark.parametrize("said", [True, False])
def test_the_same_answer_from_everybody_is_survived(said):
    lesson = learn(replace(answered(100), yes=np.full(100, said)))

    assert all(math.isfinite(share) and share >= 0 for share in lesson.new)


@pytest.mark.parametrize("count", [0, 1, 19])
def test_a_handful_of_answers_leaves_the_weights_alone(count):
    lesson = learn(answered(count))

    assert (lesson.adopt, lesson.new, lesson.model) == (False, lesson.old, None)


def test_chances_that_are_too_bold_are_calibrated():
    chance = np.random.default_rng(0)
    truth = chance.random(2000) * 0.5
    bold = np.clip(2 * truth, 0, 1)
    found = calibrate(bold, chance.random(2000) < truth)

    assert found.use
    assert found.ece_after < 0.08 < found.ece_before
    assert found.chance(np.array([0.2, 0.8]))[0] < found.chance(np.array([0.2, 0.8]))[1] < 0.8


def test_chances_that_are_right_already_are_hardly_touched():
    chance = np.random.default_rng(1)
    truth = chance.random(3000)
    found = calibrate(truth, chance.random(3000) < truth)

    assert found.chance(np.array([0.1, 0.5, 0.9])) == pytest.approx([0.1, 0.5, 0.9], abs=0.06)


def test_calibration_needs_two_hundred_answers_and_a_score_that_points_the_right_way():
    chance = np.random.default_rng(2)
    product = chance.random(400)

    assert not calibrate(product[:199], np.ones(199, dtype=bool)).use
    assert not calibrate(product, chance.random(400) > product).use
    assert calibrate(product[:199], np.ones(199, dtype=bool)).chance(np.array([0.3])).tolist() == [0.3]


def test_the_calibration_error_is_the_mean_distance_between_said_and_happened():
    yes = np.arange(100) % 2 == 0

    assert calibration_error(np.full(100, 0.5), yes) == pytest.approx(0.0)
    assert calibration_error(np.full(100, 0.9), yes) == pytest.approx(0.4)
    assert calibration_error(np.zeros(0), np.zeros(0, dtype=bool)) == 0


def test_too_far_draws_the_reach_in_but_never_below_what_was_accepted():
    declines = [Decline("ana", "too_far", km=10), Decline("ben", "too_far", km=10), Decline("cai", "too_far", km=90)]
    feedback = learn_from_reasons(declines, {"ana": 25, "ben": 25, "cai": 25}, accepted_km={"ben": 40})

    assert dict(feedback.reach) == {"ana": 15.0, "ben": 20.0}


def test_a_wrong_kind_is_barred_for_that_organisation_and_other_reasons_bar_nothing():
    declines = [
        Decline("ana", "wrong_kind", kinds=("training", "mentoring")),
        Decline("ana", "wrong_kind", kinds=("training", "mentoring")),
        Decline("ben", "no_time", km=3, kinds=("money", "money")),
    ]
    feedback = learn_from_reasons(declines, {"ana": 25, "ben": 25})

    assert feedback.barred == (("ana", "training", "mentoring"),)
    assert dict(feedback.reach) == {}


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: learn(replace(answered(30), parts=np.full((30, 4), 1.5))), r"\[0, 1\]"),
        (lambda: learn(replace(answered(30), parts=np.full((30, 4), np.nan))), r"\[0, 1\]"),
        (lambda: learn(replace(answered(30), chooser=np.zeros(3, dtype=int))), "one row"),
        (lambda: learn(answered(30), names=("kind", "text", "theme", "luck")), "Not parts"),
        (lambda: learn(replace(answered(30), chosen=np.full(30, -1))), "from 0"),
        (lambda: calibrate(np.array([0.5, np.nan]), np.array([True, False])), r"\[0, 1\]"),
        (lambda: calibrate(np.array([0.5]), np.array([True, False])), "products"),
        (lambda: learn_from_reasons([Decline("ana", "bored")], {}), "bored"),
        (lambda: learn_from_reasons([Decline("ana", "too_far", km=math.nan)], {}), "distance"),
    ],
)
def test_what_makes_no_sense_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()
