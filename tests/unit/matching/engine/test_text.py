import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.words import measured
from matching.engine import Listing, Profile, Side, TextMeasure, TextModel, Vocabulary, fit_event, score_block
from matching.engine.types import Gathering

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


def test_a_phrase_is_read_as_a_whole():
    model = TextModel.fit((*TEXTS, "Visits to a care home", "A home for lost dogs", "Respite care", "Older people"))

    assert cosine(model, "Visits to a care home", "A home for lost dogs") == 0
    assert cosine(model, "Visits to a care home", "Older people") > 0.1


def test_a_word_of_a_wider_meaning_is_a_little_alike():
    model = TextModel.fit((*TEXTS, "A festival of the arts", "A brass band"))

    alike = cosine(model, "A brass band", "A choir that sings in Welsh")
    assert alike > cosine(model, "A brass band", "A festival of the arts") > 0


def test_boilerplate_ranks_texts_but_links_none():
    model = TextModel.fit((*TEXTS, "We recruit volunteers", "Volunteers and lunch"))
    rows = model.encode(("We recruit volunteers", "Volunteers and lunch"))

    assert (rows.words @ rows.words.T).todense()[0, 1] == 0
    assert (rows.query @ rows.answer.T).todense()[0, 1] > 0


def test_a_word_with_two_meanings_links_less_than_one_with_one():
    texts = (*TEXTS, "Our bus and our kiln", "A bus for members", "A kiln for members")
    rows = TextModel.fit(texts).encode(texts[4:])
    alike = (rows.words @ rows.words.T).todense()

    assert alike[0, 2] > alike[0, 1] > 0


@pytest.mark.parametrize("typed", ["volunters", "exhibiton", "musicans", "demensia", "photgraphs", "safegaurding"])
def test_a_misspelt_word_counts_as_the_word_that_was_meant(typed):
    meant = {
        "volunters": "volunteers",
        "exhibiton": "exhibition",
        "musicans": "musicians",
        "demensia": "dementia",
        "photgraphs": "photographs",
        "safegaurding": "safeguarding",
    }[typed]
    model = TextModel.fit((*TEXTS, f"{meant} in the hills"))

    assert model.read(typed).features == model.read(meant).features


@pytest.mark.parametrize(("word", "other"), [("morning", "mourning"), ("tables", "tablets"), ("signing", "singing")])
def test_a_word_that_is_right_is_left_alone(word, other):
    model = TextModel.fit(TEXTS)

    assert model.read(word).features.keys().isdisjoint(model.read(other).features)


class FirstLetters:
    """A model of texts that knows nothing but the first letter of each word."""

    documents = 4

    def __init__(self) -> None:
        self.inner = TextModel.fit(["a b c d e f g h i j k l m n o p q r s t u v w x y z".upper()])

    def encode(self, texts, *, languages=()):
        return self.inner.encode([" ".join(word[0] * 3 for word in text.split()) for text in texts])

    def read(self, text, language="en"):
        return self.inner.read(text, language)

    def rarity(self, name):
        return 1.0

    def rarity_of(self, frequency):
        return 1.0


def test_another_model_of_texts_may_take_the_place_of_ours():
    other: TextMeasure = FirstLetters()
    need = Listing("n", Side.NEED, "zebra")
    profiles = (Profile("a", "museum", needs=(need,)), Profile("b", "community", description="zoo"))

    model, museums, partners = fit_event(Gathering(profiles, Vocabulary()), measure=other)

    assert model.text is other
    assert score_block(model, museums, partners).score.shape == (1, 1)


def test_an_everyday_word_counts_for_what_it_means_and_no_more():
    texts = ("The university on Tuesday", "Our university", "Tuesday mornings", "A kiln")
    model = TextModel.fit(texts)
    words = model.encode(texts).words

    alike = (words @ words.T).todense()

    assert alike[0, 1] > 0
    assert alike[0, 2] == alike[1, 3] == 0


@pytest.mark.parametrize(("one", "least"), [("sentences", 0.39), ("texts", 0.34)])
def test_of_what_was_written_blind_those_most_alike_are_about_the_same(one, least):
    gained = measured(one)

    assert gained["engine"] >= least
    assert gained["engine"] > 1.4 * max(gained["TF-IDF"], gained["BM25"])
