import pytest

from matching.engine import suggest_terms

KNITTERS = "We have 40 pensioners who knit and nowhere to show it."


def slugs(text, terms, **options):
    return [hint.slug for hint in suggest_terms(text, terms, **options)]


def test_pensioners_with_nowhere_to_show_their_knitting_are_offered_space_to_show(vocabulary):
    assert slugs(KNITTERS, vocabulary.kinds)[0] == "space-show"
    assert slugs(KNITTERS, vocabulary.audiences) == ["older"]
    assert set(slugs(KNITTERS, vocabulary.themes)) == {"ageing", "arts"}


def test_a_welsh_sentence_is_read_in_welsh(vocabulary):
    assert slugs("Rydym yn chwilio am wirfoddolwyr i helpu", vocabulary.kinds, language="cy") == ["volunteers"]


def test_words_that_point_nowhere_suggest_nothing(vocabulary):
    assert slugs("the salary of the project officer", vocabulary.kinds) == []
    assert slugs("", vocabulary.kinds) == []


def test_more_telling_words_are_surer(vocabulary):
    one = suggest_terms("photographs", vocabulary.kinds)[0]
    three = suggest_terms("photographs, oral history and archives", vocabulary.kinds)[0]

    assert one.slug == three.slug == "stories"
    assert 0 < one.sureness < three.sureness < 1


def test_a_limit_below_1_is_refused(vocabulary):
    with pytest.raises(ValueError, match="limit"):
        suggest_terms("photographs", vocabulary.kinds, limit=0)
