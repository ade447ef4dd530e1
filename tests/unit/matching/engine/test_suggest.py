import json
from pathlib import Path

import pytest

from matching.engine import Term, TermReader, side_of, suggest_terms

KNITTERS = "We have 40 pensioners who knit and nowhere to show it."
VOCABULARY = json.loads((Path(__file__).parents[4] / "partners" / "data" / "vocabulary.json").read_text("utf-8"))
NAMES = ("name_en", "name_cy", "scope_en", "scope_cy")
KINDS, THEMES, AUDIENCES = (
    TermReader.of([Term(row["slug"], tuple(row[name] for name in NAMES)) for row in VOCABULARY[terms]])
    for terms in ("kinds", "themes", "audiences")
)


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


SAID = [
    ("en", "Our lunch club has lost its room and needs somewhere warm.", "space-meet"),
    ("en", "There is a blank wall in our foyer until Easter.", "space-show"),
    ("en", "An overgrown walled garden, free for anybody who will plant it.", "space-outdoor"),
    ("en", "Suitcases of 1950s things that we lend to care homes.", "objects"),
    ("en", "We want to record what people remember of the mill.", "stories"),
    ("en", "More hands on the front desk at weekends!", "volunteers"),
    ("en", "Placements for students who have never had a job.", "volunteer-places"),
    ("en", "Is there a nurse who could look at our safeguarding policy and referral practice?", "health-care-skills"),
    ("en", "The banner is falling apart and there is woodworm in the case.", "heritage-skills"),
    ("en", "A felt maker to run a workshop in clay or wool.", "creative-sessions"),
    ("en", "Our treasurer is retiring.", "governance"),
    ("en", "A partner for a heritage fund application.", "joint-bid"),
    ("en", "Figures that prove to funders that it works.", "evidence"),
    ("en", "A line in your newsletter and a poster on your board.", "networks"),
    ("en", "laptops and a projecter for our ofice", "equipment-digital"),
    ("en", "A minibus with a tail lift, idle on Sundays.", "travel-access"),
    ("en", "Could we just have a chat over a cup of tea?", "first-talk"),
    ("en", "We are £300 short for materials.", "money"),
    ("cy", "Mae angen ystafell arnom i gwrdd bob wythnos.", "space-meet"),
    ("cy", "Does gennym unman i ddangos ein gwaith.", "space-show"),
    ("cy", "Chwilio am drysorydd i'r pwyllgor.", "governance"),
    ("cy", "Gallwn fenthyg ein bws mini.", "travel-access"),
    ("cy", "Hen luniau o'r chwarel a straeon y dynion.", "stories"),
]


@pytest.mark.parametrize(("language", "text", "kind"), SAID)
def test_a_need_or_an_offer_in_plain_words_finds_its_kind(language, text, kind):
    assert [hint.slug for hint in KINDS.read(text, language=language, limit=1)] == [kind]


@pytest.mark.parametrize(
    ("text", "theme", "audience"),
    [
        ("Befriending for lonely people over 80", "loneliness", "older"),
        ("English classes for refugees and people seeking asylum", "migration-sanctuary", "migrants"),
        ("A choir for people living with dementia", "ageing-dementia", "dementia"),
        ("Respite for unpaid carers", "caring", "carers"),
        ("Reading with 6 year olds", "children-young-learning", "children"),
        ("Bowls for the over-65s", "active-healthy", "older"),
        ("A food bank with debt advice for families on low incomes", "poverty-hardship", "low-income"),
    ],
)
def test_a_description_in_plain_words_finds_its_theme_and_audience(text, theme, audience):
    assert theme in [hint.slug for hint in THEMES.read(text, limit=2)]
    assert audience in [hint.slug for hint in AUDIENCES.read(text, limit=2)]


def test_each_hint_says_whether_its_own_words_ask_or_give():
    text = "We can lend our minibus; we are looking for a treasurer."
    sides = {hint.slug: hint.side for hint in KINDS.read(text)}

    assert (sides["travel-access"], sides["governance"]) == ("offer", "need")


@pytest.mark.parametrize(
    ("language", "text", "side"),
    [
        ("en", KNITTERS, "need"),
        ("en", "We are looking for a room", "need"),
        ("en", "Could anyone lend us a projector?", "need"),
        ("en", "You could use our hall for free", "offer"),
        ("en", "Happy to share our recordings", "offer"),
        ("en", "We would love to share what we learnt", "offer"),
        ("en", "A museum of bells", ""),
        ("en", "", ""),
        ("cy", "Mae angen gwirfoddolwyr arnom", "need"),
        ("cy", "Heb le i gwrdd", "need"),
        ("cy", "Gallwn gynnig ystafell", "offer"),
        ("cy", "Amgueddfa clychau", ""),
    ],
)
def test_asking_and_giving_are_told_apart_where_the_words_say_so(language, text, side):
    assert side_of(text, language) == side


def test_texts_that_somebody_confirmed_teach_new_words(vocabulary):
    text = "Marbling for beginners"
    confirmed = {"training": ("Bell ringing for beginners", "Family trees for beginners")}

    assert slugs(text, vocabulary.kinds) == []
    assert slugs(text, vocabulary.kinds, examples=confirmed) == ["training"]


def test_one_confirmed_text_weighs_less_than_what_a_term_is_called(vocabulary):
    confirmed = {"stories": ("Volunteers who dig",)}

    assert slugs("Volunteers", vocabulary.kinds, examples=confirmed)[0] == "volunteers"


def test_an_example_of_an_unknown_term_is_refused(vocabulary):
    with pytest.raises(ValueError, match="bells"):
        TermReader.of(vocabulary.kinds, {"bells": ("Ding",)})


@pytest.mark.parametrize("text", ["", "x", "MUSEUM", "🎉🎉", "博物館", "£", "a\u0301\x00b", "Knit! " * 5000])
def test_odd_texts_are_read_without_a_murmur(text):
    for reader in (KINDS, THEMES, AUDIENCES):
        assert all(0 < hint.sureness < 1 for hint in reader.read(text))
