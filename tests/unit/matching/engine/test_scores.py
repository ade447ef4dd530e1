import pytest

from matching.engine import conclude, prepare, survey
from matching.engine.scores import scores_of


def surveyed(gathering):
    prepared = prepare(gathering)
    return prepared, survey(prepared, range(len(prepared.museums)))


def test_a_shown_pair_has_the_score_it_is_shown_with(crowd):
    prepared, found = surveyed(crowd(12))
    shown = {(pair.museum, pair.partner): pair.score for pair in conclude(prepared, found).suggestions}

    assert scores_of(prepared, found, shown) == shown


def test_a_pair_that_is_not_shown_has_a_score_too(crowd):
    prepared, found = surveyed(crowd(12))
    everybody = [(a.key, b.key) for a in prepared.museums.profiles for b in prepared.partners.profiles]

    scores = scores_of(prepared, found, everybody)

    assert list(scores) == everybody
    assert all(0 <= score.value <= 1 for score in scores.values())


@pytest.mark.parametrize("pairs", [[], [("nobody", "nothing")]])
def test_who_is_not_there_has_no_score(crowd, pairs):
    prepared, found = surveyed(crowd(4))
    turned = [(prepared.partners.profiles[0].key, prepared.museums.profiles[0].key)]

    assert scores_of(prepared, found, [*pairs, *turned]) == {}
