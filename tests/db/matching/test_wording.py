"""Reasons and cautions as sentences: every code the engine can give has words, from either side, in both languages."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

from events.models import Registration
from matching.models import Suggestion
from matching.wording import Words, caution_words, fact_words
from tests import factories

ENGINE = Path(__file__).parents[3] / "matching" / "engine"
FACTS: dict[str, dict[str, Any]] = {
    "shared_themes": {"themes": ["history", "health"]},
    "shared_audiences": {"audiences": ["older"]},
    "shared_words": {"words": ["steel", "memory"]},
    "same_need": {"kind": "volunteers"},
    "near": {"km": 4},
}
CAUTIONS: dict[str, dict[str, Any]] = {
    "one_way": {"seeker": "me"},
    "far": {"km": 41},
    "thin": {"key": "me"},
    "shared_aims_only": {},
    "distance_unknown": {},
    "words_only": {},
    "no_time_given": {},
    "different_languages": {},
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
        "Both care about: Local history, Health.",
        "Both work with: Older people.",
        "Both speak of: steel, memory.",
        "Both are looking for the same thing (Volunteers): a chance to ask together.",
        "About 4 km apart.",
    ]


@pytest.mark.parametrize("code", ["one_way", "thin"])
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
