import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.engine import TextModel

TEXTS = ("We run a gardening club", "Steam trains on Sundays", "Knitting for pensioners", "A choir that sings in Welsh")
ODD = (
    "",
    "x",
    "MUSEUM",
    "🎉🎉",
    "!!!",
    "متحف المدينة القديمة",
    "博物館",
    "Amgueddfa’r dref â’i hanes",
    "ß" * 50,
    "a\u0301\x00b",
)


@pytest.mark.parametrize("text", ODD)
def test_odd_texts_are_read_without_a_murmur(text):
    encoded = TextModel.fit((*TEXTS, text)).encode((text,))

    assert encoded.words.shape[0] == encoded.pieces.shape[0] == 1
    assert np.isfinite(encoded.latent).all()


def test_a_text_of_5000_words_is_read():
    text = " ".join(f"{word} river" for word in ("boat", "mill", "weir", "lock", "barge") * 500)
    encoded = TextModel.fit((*TEXTS, text)).encode((text,))

    assert encoded.said.tolist() == [True]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(max_size=60), max_size=12))
def test_whatever_is_typed_every_row_has_length_1_or_0(texts):
    encoded = TextModel.fit(texts).encode(texts)
    lengths = np.sqrt(np.asarray(encoded.words.multiply(encoded.words).sum(axis=1)).ravel())

    assert np.all(np.isclose(lengths, 1) | (lengths == 0))


def cosine(model, one, other, languages=("en", "en")):
    rows = model.encode((one, other), languages=languages).words
    return float((rows @ rows.T).todense()[0, 1])


def test_pensioners_and_elderly_people_are_alike_though_they_share_no_word():
    model = TextModel.fit((*TEXTS, "Lunches for the elderly"))

    assert cosine(model, "Knitting for pensioners", "Lunches for the elderly") > 0.05


def test_a_mutated_welsh_word_is_the_same_word():
    texts = ("Rydym yn chwilio am wirfoddolwyr i'r ardd", "Mae gardd gyda ni", *TEXTS)
    model = TextModel.fit(texts, languages=("cy", "cy", "en", "en", "en", "en"))

    assert cosine(model, "i'r ardd", "mae gardd gyda ni", ("cy", "cy")) > 0.5


def test_a_welsh_word_meets_the_english_word_for_the_same_thing():
    texts = ("Mae gardd gyda ni", *TEXTS)
    model = TextModel.fit(texts, languages=("cy", "en", "en", "en", "en"))

    assert cosine(model, "Mae gardd gyda ni", "We run a gardening club", ("cy", "en")) > 0.1


def test_a_typing_error_is_near_the_word_that_was_meant():
    pieces = TextModel.fit(TEXTS).encode(("gradening", "gardening", "trains")).pieces
    likeness = (pieces @ pieces.T).todense()

    assert likeness[0, 1] > 0.25 > likeness[0, 2]


def test_training_courses_are_not_about_trains():
    assert cosine(TextModel.fit((*TEXTS, "Training courses")), "Steam trains", "Training courses") == 0


def test_languages_must_be_given_for_every_text_or_for_none():
    with pytest.raises(ValueError, match="2 texts but 1 languages"):
        TextModel.fit(("a", "b"), languages=("en",))


def test_what_is_paid_for_is_not_what_an_organisation_does():
    model = TextModel.fit((*TEXTS, "A transport museum", "Salaries, travel, transport and insurance costs"))

    assert cosine(model, "A transport museum", "Salaries, travel, transport and insurance costs") == 0
