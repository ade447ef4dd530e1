import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matching.engine import (
    Gathering,
    Survey,
    Weights,
    conclude,
    join,
    match,
    prepare,
    refresh,
    score_block,
    survey,
)
from matching.engine.surveying import Levels, level_of

SMALL = 1_000  # line pairs in a block, so that a small event has several
FEW = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
POSTERS = ("An exhibition in a gallery", "Volunteers dig the garden", "", "Photographs of the steelworks", "🎈 Ωmega")


def surveyed(gathering, cells=SMALL):
    prepared = prepare(gathering)
    return prepared, [survey(prepared, rows) for rows in prepared.blocks(cells)]


def whole(prepared):
    return survey(prepared, range(len(prepared.museums)))


def edited(gathering, key, **changes):
    return replace(gathering, profiles=tuple(replace(p, **changes) if p.key == key else p for p in gathering.profiles))


@pytest.mark.parametrize(("worse", "percentile"), [(0, 50.0), (1, 75.0), (24, 98.0), (2_000_000, 99.99)])
def test_a_percentile_goes_down_to_hundredths_so_that_nobody_beats_everybody(worse, percentile):
    levels = Levels.of(np.array([0.2] * worse + [0.9]))

    assert levels.percentiles()[int(level_of(np.array([0.9]))[0])] == percentile


def test_blocks_joined_in_any_order_say_what_one_survey_of_everybody_says(crowd):
    prepared, blocks = surveyed(crowd(12))
    at_once = whole(prepared).to_bytes()
    random.Random(1).shuffle(blocks)

    assert len(blocks) > 3
    assert join(blocks).to_bytes() == at_once
    assert join([join(blocks[:2]), join(blocks[2:])]).to_bytes() == at_once


def test_an_event_concluded_from_blocks_is_the_event_matched(crowd):
    prepared, blocks = surveyed(crowd(8))
    stored = [block.to_bytes() for block in reversed(blocks)]

    assert conclude(prepared, join(Survey.from_bytes(content) for content in stored)) == match(crowd(8))


def test_a_museum_surveyed_twice_is_refused(crowd):
    _, blocks = surveyed(crowd(8))

    with pytest.raises(ValueError, match="twice"):
        join([*blocks, blocks[1]])


def test_nothing_is_concluded_before_every_museum_was_surveyed(crowd):
    prepared, blocks = surveyed(crowd(8))

    with pytest.raises(ValueError, match="not surveyed"):
        conclude(prepared, join(blocks[1:]))


def test_blocks_of_two_events_are_not_joined(crowd):
    with pytest.raises(ValueError, match="one event"):
        join([*surveyed(crowd(4))[1], *surveyed(crowd(5))[1]])


@pytest.mark.parametrize("profiles", [0, 1])
def test_an_event_of_nobody_or_of_one_organisation_can_be_surveyed(vocabulary, gallery, profiles):
    prepared, blocks = surveyed(Gathering((gallery,)[:profiles], vocabulary))

    assert join(blocks).whole
    assert conclude(prepared, join(blocks)).suggestions == ()


def test_bringing_an_unchanged_event_up_to_date_changes_nothing(crowd):
    gathering = crowd(6)
    prepared = prepare(gathering)
    found = whole(prepared)
    again, after = refresh(prepared, found, replace(gathering, profiles=gathering.profiles[::-1]))

    assert after.to_bytes() == found.to_bytes()
    assert conclude(again, after) == conclude(prepared, found)


def test_after_an_edit_every_score_is_that_of_the_block_scored_with_the_same_words(crowd):
    gathering = crowd(6)
    prepared = prepare(gathering)
    now = edited(gathering, "knitters-03", description="Retired miners with a brass band", themes=("history",))
    fresh, after = refresh(prepared, whole(prepared), now)
    block = score_block(fresh.model, fresh.museums, fresh.partners)
    best = after.best

    assert fresh.model.fit is prepared.model.fit
    assert np.allclose(best.score, block.score[best.row, best.column], atol=1e-6)
    assert {s.partner for s in conclude(fresh, after).suggestions} >= {"knitters-03"}


@FEW
@given(data=st.data())
def test_an_event_brought_up_to_date_is_the_event_surveyed_afresh_with_the_same_words(data, crowd):
    gathering = replace(crowd(3), excluded=frozenset({("gallery-00", "knitters-01"), ("knitters-02", "mill-01")}))
    prepared = prepare(gathering)
    keys = [p.key for p in gathering.profiles]
    gone = data.draw(st.sets(st.sampled_from(keys), max_size=3))
    changed = data.draw(st.sets(st.sampled_from(keys), max_size=3))
    pairs = [(min(a, b), max(a, b)) for a in keys for b in keys if a[0] in "gm" and b[0] in "ka"]
    excluded = data.draw(st.frozensets(st.sampled_from(pairs), max_size=4))
    barred = data.draw(st.sampled_from([{}, {"knitters-00": frozenset({("space-show", "space-show")})}]))
    profiles = [
        replace(p, description=data.draw(st.sampled_from(POSTERS)), limit=data.draw(st.sampled_from([None, 0])))
        if p.key in changed
        else p
        for p in gathering.profiles
        if p.key not in gone
    ]
    profiles += [replace(p, key=f"new-{p.key}") for p in gathering.profiles if data.draw(st.booleans())][:2]
    now = replace(gathering, profiles=tuple(profiles), excluded=excluded, barred_kinds=barred)
    fresh, after = refresh(prepared, whole(prepared), now)
    afresh = whole(fresh)

    assert (after.reachable == afresh.reachable).all()
    assert (after.levels.counts == afresh.levels.counts).all()
    assert [after.best.row.tolist(), after.best.column.tolist()] == [
        afresh.best.row.tolist(),
        afresh.best.column.tolist(),
    ]
    assert np.allclose(after.best.score, afresh.best.score, atol=1e-9)


def test_an_event_concluded_again_after_an_edit_says_what_it_would_say_the_first_time(crowd):
    gathering = crowd(8)
    prepared, again = prepare(gathering), prepare(gathering)
    now = edited(gathering, "knitters-03", description="Retired miners with a brass band", themes=("history",))
    conclude(prepared, whole(prepared))
    after_a_conclusion, at_once = (refresh(side, whole(side), now) for side in (prepared, again))

    assert prepared.explained
    assert not again.explained
    assert conclude(*after_a_conclusion) == conclude(*at_once)


def test_new_pins_count_when_an_event_is_brought_up_to_date(crowd):
    gathering = crowd(6)
    prepared = prepare(gathering)
    now = replace(gathering, must_meet=frozenset({("allotment-05", "gallery-00")}))
    suggestions = conclude(*refresh(prepared, whole(prepared), now)).suggestions

    assert [(s.museum, s.partner) for s in suggestions if s.pinned] == [("gallery-00", "allotment-05")]


def test_another_vocabulary_asks_for_a_fresh_start(crowd):
    gathering = crowd(3)
    prepared = prepare(gathering)

    with pytest.raises(ValueError, match="prepare the event afresh"):
        refresh(prepared, whole(prepared), replace(gathering, near_km=9))


@FEW
@given(texts=st.lists(st.sampled_from(POSTERS), min_size=4, max_size=12), chance=st.randoms(use_true_random=False))
def test_the_order_of_profiles_changes_no_survey(texts, chance, event):
    profiles = [replace(event.profiles[at % 4], key=f"org{at}", description=text) for at, text in enumerate(texts)]
    shuffled = list(profiles)
    chance.shuffle(shuffled)

    one, other = (whole(prepare(replace(event, profiles=tuple(order)))) for order in (profiles, shuffled))

    assert one.to_bytes() == other.to_bytes()


def test_a_survey_keeps_the_best_pairs_of_each_side_and_no_more(crowd):
    prepared = prepare(crowd(12), Weights(candidates=3))
    found = whole(prepared)
    block = score_block(prepared.model, prepared.museums, prepared.partners)
    rows, columns = np.indices(block.score.shape)
    ranked = block.score + prepared.ties(rows, columns)
    good = (ranked >= -np.sort(-ranked, axis=1)[:, 2:3]) | (ranked >= -np.sort(-ranked, axis=0)[2])

    assert set(zip(found.best.row, found.best.column, strict=True)) == set(zip(*np.nonzero(good), strict=True))
