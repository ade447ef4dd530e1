"""A large event, of which only promising pairs are scored: here every event counts as large."""

from dataclasses import replace

import numpy as np
import pytest

from matching.engine import conclude, join, prepare, refresh, score_block, survey


@pytest.fixture
def gathering(crowd):
    barred = {"knitters-00": frozenset({("space-show", "space-show")})}
    return replace(crowd(40), barred_kinds=barred, excluded=frozenset({("gallery-01", "knitters-02")}))


@pytest.fixture
def prepared(gathering):
    return prepare(gathering, large_from=0)


def whole(prepared):
    return survey(prepared, range(len(prepared.museums)))


def test_a_screened_pair_has_the_score_of_its_block(prepared):
    best = whole(prepared).best
    block = score_block(prepared.model, prepared.museums, prepared.partners)

    assert len(best.score)
    assert np.allclose(best.score, block.score[best.row, best.column], atol=1e-6)


def test_the_screen_lets_the_best_pair_of_nearly_everybody_through(gathering, prepared):
    exact, screened = whole(prepare(gathering)).best, whole(prepared).best
    kept = set(zip(screened.row, screened.column, strict=True))

    for node in (exact.row, exact.column):
        order = np.lexsort((-exact.score, node))
        first = order[np.append(True, np.diff(node[order]) > 0)]
        found = [(exact.row[at], exact.column[at]) in kept for at in first]
        assert np.mean(found) > 0.9


def test_who_may_meet_whom_is_counted_exactly(gathering, prepared):
    assert (whole(prepared).reachable == whole(prepare(gathering)).reachable).all()


def test_percentiles_come_from_a_sample_of_pairs(gathering, prepared):
    exact, sampled = (whole(side).levels.percentiles() for side in (prepare(gathering), prepared))

    assert np.abs(np.array(exact) - np.array(sampled)).max() < 2


def test_screened_blocks_may_be_joined_in_any_order(prepared):
    blocks = [survey(prepared, rows) for rows in prepared.blocks(3_000)]

    assert len(blocks) > 3
    assert join(blocks[::-1]).to_bytes() == join(blocks).to_bytes()


def test_gates_hold_and_everybody_is_shown_in_a_large_event_too(prepared):
    matching = conclude(prepared, whole(prepared))

    assert ("gallery-01", "knitters-02") not in {(s.museum, s.partner) for s in matching.suggestions}
    assert matching.measures["never_shown"] == 0
    assert matching.pairs_considered == 80 * 80 - 1


def test_an_edit_in_a_large_event_is_scored_like_in_a_small_one(gathering, prepared):
    edited = tuple(
        replace(p, description="Brass band", themes=("history",)) if p.key == "knitters-03" else p
        for p in gathering.profiles
    )
    fresh, after = refresh(prepared, whole(prepared), replace(gathering, profiles=edited))
    column = [p.key for p in fresh.partners.profiles].index("knitters-03")
    block = score_block(fresh.model, fresh.museums, fresh.partners)
    theirs = after.best.column == column

    assert theirs.sum() >= 40
    assert np.allclose(after.best.score[theirs], block.score[after.best.row[theirs], column], atol=1e-6)
