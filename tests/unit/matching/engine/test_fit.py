import numpy as np
import pytest

from matching.engine import Gathering, Profile, encode_side, fit_event, offers_meet_needs
from matching.engine.fit import RankTable, kind_table
from matching.engine.types import Vocabulary


def fits(model, needs, offers):
    seeker = encode_side([Profile("s", "museum", needs=needs)], model.text, model.book)
    provider = encode_side([Profile("p", "community", offers=offers)], model.text, model.book)
    lines, others = seeker.lines, provider.lines
    return offers_meet_needs(lines.of(np.flatnonzero(lines.need)), others.of(np.flatnonzero(others.offer)), model.fit)


def test_offers_that_meet_a_need_by_kind_and_words_fit_best(event, need, offer):
    model, _, _ = fit_event(event)
    offers = (
        offer("a", "An exhibition wall", ["space-show"]),
        offer("b", "An exhibition wall"),
        offer("c", "Gardening lessons", ["training"]),
    )
    both, words, neither = fits(model, (need("n", "Somewhere for an exhibition", ["space-show"]),), offers)[0]

    assert 1 >= both > words > neither >= 0


def test_a_kind_read_from_the_words_counts_less_than_a_tick(event, need, offer):
    model, _, _ = fit_event(event)
    asking = (need("n", "", ["stories"]),)
    ticked, read = fits(model, asking, (offer("a", "oral history", ["stories"]), offer("b", "oral history archives")))[
        0
    ]

    assert ticked > read


def test_scores_can_be_had_from_text_alone(vocabulary, need, offer):
    profiles = (
        Profile("s", "museum", needs=(need("n", "weaving lessons"),)),
        Profile("p", "community", offers=(offer("o", "lessons in weaving"), offer("q", "five-a-side football"))),
    )
    model, museums, partners = fit_event(Gathering(profiles, Vocabulary()))
    lines, others = museums.lines, partners.lines
    table = offers_meet_needs(lines.of(np.flatnonzero(lines.need)), others.of(np.flatnonzero(others.offer)), model.fit)

    assert table.shape == (1, 2)
    assert table[0, 0] > table[0, 1]


def test_no_likeness_ranks_0_and_more_likeness_never_ranks_lower():
    table = RankTable.of(np.array([0.0, 0.2, 0.2, 0.5, 0.9]))
    ranks = table(np.array([0.0, 0.1, 0.2, 0.5, 0.9, 2.0]))

    assert ranks[0] == 0
    assert (np.diff(ranks) >= 0).all()
    assert ranks[-1] <= 1


def test_equal_likeness_has_the_middle_rank():
    assert RankTable.of(np.full(9, 0.3))(np.array([0.3]))[0] == pytest.approx(0.5)


def test_a_first_conversation_is_half_related_to_anything(event):
    model, _, _ = fit_event(event)
    at = model.book.kinds.column

    assert model.fit.kind_table[at["first-talk"], at["stories"]] == 0.5
    assert model.fit.kind_table[at["stories"], at["first-talk"]] == 0.5


def test_a_relation_to_an_unknown_kind_is_refused(event, vocabulary):
    model, _, _ = fit_event(event)
    wrong = Vocabulary(kinds=vocabulary.kinds, related_kinds={("stories", "dragons"): 0.5})

    with pytest.raises(ValueError, match="dragons"):
        kind_table(model.book.kinds, wrong, model.weights)
