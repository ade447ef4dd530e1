"""Reasons and cautions as sentences: every code the engine can give has words, from either side, in both languages."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

from events.models import Registration
from matching.engine.explanation import NEEDED_FOR
from matching.models import Suggestion
from matching.wording import Words, caution_words, fact_words, question_words, together_words
from tests import factories

ENGINE = Path(__file__).parents[3] / "matching" / "engine"
FACTS: dict[str, dict[str, Any]] = {
    "shared_themes": {"themes": ["history", "health"]},
    "shared_audiences": {"audiences": ["older"]},
    "shared_words": {"words": ["STEELWORKS", "pensioners / elders", "BSL"]},
    "same_words": {"words": ["bus"]},
    "common_words": {"words": ["University"]},
    "same_need": {"kind": "volunteers"},
    "near": {"km": 4},
}
CAUTIONS: dict[str, dict[str, Any]] = {
    "one_way": {"seeker": "me"},
    "far": {"km": 41},
    "thin": {"key": "me"},
    "shared_aims_only": {},
    "words_may_differ": {},
    "distance_unknown": {},
    "words_only": {},
    "different_languages": {},
    "would_help": {"what": "when", "keys": ["me"]},
}


def codes_in_engine(what: str) -> set[str]:
    """The codes the engine writes, read from its source."""
    source = (ENGINE / "explanation.py").read_text(encoding="utf-8")
    return set(re.findall(rf'{what}\("(\w+)"', source))


def test_every_code_of_the_engine_has_words() -> None:
    from_a_fields_name = {"shared_themes", "shared_audiences"}

    assert codes_in_engine("Caution") == set(CAUTIONS)
    assert codes_in_engine("Reason") | from_a_fields_name == {"offer_meets_need", *FACTS}


def test_facts_are_sentences() -> None:
    names = {"history": "Local history", "health": "Health", "older": "Older people", "volunteers": "Volunteers"}

    said = [fact_words(code, evidence, names) for code, evidence in FACTS.items()]

    assert said == [
        "Both care about Local history; Health.",
        "Both work with: Older people.",
        "Both write of “steelworks”, “pensioners / elders”, “BSL”.",
        "Both mention “bus”.",
        "Both write of “University”, which says little by itself.",
        "Both are looking for the same thing (Volunteers), and could ask together.",
        "About 4 km apart.",
    ]


def test_facts_speak_to_the_two_sides_themselves() -> None:
    said = [fact_words(code, evidence, {}, to_them=True) for code, evidence in FACTS.items()]

    assert all(sentence.startswith("You ") for sentence in said)


def test_a_theme_that_nobody_ticked_is_said_to_be_a_guess() -> None:
    for code in ("shared_themes", "shared_audiences"):
        guess = FACTS[code] | {"from_words": True}
        assert " seem to " in fact_words(code, guess, {})
        assert " seem to " in fact_words(code, guess, {}, to_them=True)


def test_two_that_look_for_the_same_thing_could_ask_together() -> None:
    words = ["treasurer"]

    assert together_words("governance", words, {"governance": "Trustees"}) == (
        "Both are looking for the same thing (Trustees; “treasurer”). They could ask together."
    )
    assert together_words("governance", words, {}, to_them=True) == (
        "You are both looking for the same thing (governance; “treasurer”). You could ask together."
    )


@pytest.mark.parametrize("what", NEEDED_FOR)
def test_what_would_help_is_a_thing_to_do_for_one_side_and_a_question_for_the_other(what: str) -> None:
    evidence = {"what": what, "keys": ["me"]}

    assert caution_words("would_help", evidence, "me").startswith("To make this surer:")
    assert caution_words("would_help", evidence, "they") == f"You could ask them: {question_words(what)}"


@pytest.mark.parametrize("code", ["one_way", "thin", "would_help"])
def test_a_caution_about_one_side_reads_differently_from_the_other(code: str) -> None:
    mine = caution_words(code, CAUTIONS[code], "me")
    theirs = caution_words(code, CAUTIONS[code], "they")

    assert mine != theirs


@pytest.mark.parametrize("code", CAUTIONS)
def test_cautions_are_sentences_in_both_languages(code: str) -> None:
    english = caution_words(code, CAUTIONS[code], "me")
    with translation.override("cy"):
        welsh = caution_words(code, CAUTIONS[code], "me")

    assert english.endswith(".")
    assert welsh not in ("", english)


@pytest.mark.parametrize("words_for", [lambda: fact_words("new", {}, {}), lambda: caution_words("new", {})])
def test_a_code_without_words_is_an_error_and_not_an_empty_line(words_for: Any) -> None:
    with pytest.raises(ValueError, match="'new'"):
        words_for()


def test_an_exchange_is_quoted_and_turned_round_for_the_other_side(
    suggestion: Suggestion, museum: Registration, community: Registration
) -> None:
    words = Words([suggestion])

    to_museum = str(words.reasons(suggestion, viewer=museum.organisation)[0])
    to_community = str(words.reasons(suggestion, viewer=community.organisation)[0])

    need, offer = (
        "Stories of the steelworks from people who were there.",
        "A dry room with a long table and forty chairs.",
    )
    assert to_museum == f"You need: “{need}” They offer: “{offer}”"
    assert to_community == f"They need: “{need}” You offer: “{offer}”"


def test_a_long_text_is_quoted_in_part(suggestion: Suggestion, museum: Registration) -> None:
    museum.organisation.listings.filter(side="need").update(text="word " * 60)

    quoted = str(Words([suggestion]).reasons(suggestion, viewer=museum.organisation)[0])

    assert quoted.count("word") == 30


def test_the_kind_that_links_two_lines_is_named_in_the_readers_language(
    suggestion: Suggestion, museum: Registration
) -> None:
    factories.make_kind("stories", name_en="Stories", name_cy="Straeon")
    suggestion.reasons[0]["evidence"]["kind"] = "stories"

    with translation.override("cy"):
        sentence = Words([suggestion]).reasons(suggestion, viewer=museum.organisation)[0]

    assert sentence.kind == "Straeon"


def test_a_term_without_welsh_falls_back_to_english(suggestion: Suggestion, museum: Registration) -> None:
    factories.make_theme("history")
    suggestion.reasons = [{"code": "shared_themes", "evidence": {"themes": ["history"]}}]

    with translation.override("cy"):
        sentence = Words([suggestion]).reasons(suggestion, viewer=museum.organisation)[0]

    assert "History" in sentence.text
