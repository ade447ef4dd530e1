"""What earlier answers of an organisation do to its scores: something, not much, and nothing that is said of it."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matching.engine import DEFAULT, Answers, lean, match, prepare, reciprocal_score, score_block, score_pairs
from matching.engine.pairs import take_apart
from matching.engine.reciprocal import leaned

SHARES = np.array([DEFAULT.parts[name] for name in ("kind", "text", "theme", "audience")])


def leaning(gathering, **by_key):
    """The gathering with readiness and appeal of these organisations."""
    profiles = tuple(
        replace(p, readiness=by_key[p.key][0], appeal=by_key[p.key][1]) if p.key in by_key else p
        for p in gathering.profiles
    )
    return replace(gathering, profiles=profiles)


def only(gathering):
    found = match(gathering).suggestions
    assert len(found) == 1
    return found[0]


@pytest.fixture
def two(event, gallery, knitters):
    return replace(event, profiles=(gallery, knitters))


def test_answers_that_hang_on_who_answers_teach_who_says_yes_readily():
    chance = np.random.default_rng(1)
    readiness = chance.normal(size=30) * 1.5
    chooser, chosen = (chance.integers(0, 30, 900) for _ in range(2))
    yes = chance.random(900) < 1 / (1 + np.exp(-readiness[chooser]))
    found = lean(Answers(chance.random((900, 4)), chooser, chosen, yes))

    assert found.use
    assert found.loss_with < found.loss_without
    assert np.corrcoef(found.readiness, np.clip(readiness, -0.5, 0.5))[0, 1] > 0.8
    assert max(np.abs(found.readiness).max(), np.abs(found.appeal).max()) <= 0.5


def test_answers_by_chance_move_nobody():
    chance = np.random.default_rng(2)
    chooser, chosen = (chance.integers(0, 30, 400) for _ in range(2))

    assert not lean(Answers(chance.random((400, 4)), chooser, chosen, chance.random(400) < 0.4)).use


@pytest.mark.parametrize("count", [0, 1, 19])
def test_a_handful_of_answers_moves_nobody(count):
    answers = Answers(np.zeros((count, 4)), np.arange(count), np.arange(count)[::-1], np.ones(count, dtype=bool))

    assert not lean(answers).use
    assert not lean(answers).readiness.any()


def test_four_answers_an_organisation_foretell_new_pairs_better_by_a_twentieth_of_the_curve():
    """AUC of two yeses over pairs nobody answered: people differ as much as their fits do, as at real events."""
    chance, size, gains = np.random.default_rng(7), 60, []
    for _ in range(5):
        parts = chance.random((2, size, size, 4))  # what each side could get of the other
        ready, liked = chance.normal(size=(2, 2, size)) * 1.2
        odds = 4 * (parts @ SHARES) - 2.5
        odds += np.stack([ready[0][:, None] + liked[1][None, :], ready[1][None, :] + liked[0][:, None]])
        yes = chance.random(odds.shape) < 1 / (1 + np.exp(-odds))
        asked = [(side, at, other) for side in (0, 1) for at in range(size) for other in chance.permutation(size)[:4]]
        asked = [asked[at] for at in chance.permutation(len(asked))]
        cells = [(side, at, other) if side == 0 else (side, other, at) for side, at, other in asked]
        rows = np.array([at + side * size for side, at, _ in asked])
        columns = np.array([other + (1 - side) * size for side, _, other in asked])
        seen = tuple(np.array(cells).T)
        found = lean(Answers(parts[seen], rows, columns, yes[seen]))
        want = parts @ SHARES
        moved = (
            leaned(want[0], found.readiness[:size, None] + found.appeal[None, size:]),
            leaned(want[1], found.readiness[None, size:] + found.appeal[:size, None]),
        )
        new = np.ones((size, size), dtype=bool)
        new[seen[1], seen[2]] = False
        both = (yes[0] & yes[1])[new]
        before, after = (reciprocal_score(*sides, DEFAULT)[new] for sides in (want, moved))
        gains.append(_auc(after, both) - _auc(before, both))

    assert np.mean(gains) >= 0.05


def _auc(score, yes):
    rank = np.argsort(np.argsort(score))
    return (rank[yes].mean() - (yes.sum() - 1) / 2) / (~yes).sum()


def test_whom_others_say_yes_to_scores_higher_and_for_the_same_reasons(two):
    usual, liked = only(two), only(leaning(two, knitters=(0.0, 0.4)))

    assert liked.score.value > usual.score.value
    assert liked.score.museum_wants.leaning == pytest.approx(0.4)
    assert liked.score.partner_wants == usual.score.partner_wants
    assert (liked.reasons, liked.cautions) == (usual.reasons, usual.cautions)


def test_what_is_taught_of_one_organisation_counts_half_a_log_odd_at_most(two):
    least, far_less = only(leaning(two, gallery=(-0.5, -0.5))), only(leaning(two, gallery=(-9.0, -50.0)))

    assert far_less.score == least.score
    assert only(two).score.value > least.score.value > 0.6 * only(two).score.value


def test_a_leaning_that_is_no_number_is_refused(two):
    with pytest.raises(ValueError, match="must be a number"):
        match(leaning(two, gallery=(float("nan"), 0.0)))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 1000))
def test_scores_of_a_table_of_a_list_and_taken_apart_lean_alike(crowd, seed):
    chance = np.random.default_rng(seed)
    gathering = crowd(4)
    leans = {p.key: tuple(chance.uniform(-0.6, 0.6, 2)) for p in gathering.profiles}
    prepared = prepare(leaning(gathering, **leans))
    museums, partners = prepared.museums, prepared.partners
    row, column = (grid.ravel() for grid in np.indices((len(museums), len(partners))))
    table = score_block(prepared.model, museums, partners)
    listed = score_pairs(prepared.model, museums, partners, row, column)
    apart = list(take_apart(prepared.model, museums, partners, row, column))

    assert np.allclose(table.score.ravel(), listed.score, atol=1e-9)
    assert np.allclose([pair.value for pair in apart], listed.score, atol=1e-8)
    assert np.allclose([pair.both_wants[0] for pair in apart], listed.museum_wants, atol=1e-8)
    assert ((table.score >= 0) & (table.score <= 1)).all()
