"""Words of English and Welsh: what to leave out, what to fold together. Knows no organisation and no event."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol, cast

import snowballstemmer

from matching.engine.thesaurus import CONCEPTS, GROUPS
from matching.engine.wordlists import (
    BOILERPLATE_ENGLISH,
    BOILERPLATE_WELSH,
    ENGLISH_MARKS,
    ENGLISH_STOP,
    WELSH_MARKS,
    WELSH_STOP,
)

WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
APOSTROPHE = re.compile(r"['’].*$")


class _Stemmer(Protocol):
    def stemWord(self, word: str) -> str: ...  # the library's name


# Snowball folds "training" into "trains", "housing" into "houses" and "ageing" into "any age".
APART = {
    **dict.fromkeys(("training", "trainings", "trainer", "trainers", "trainee", "trainees", "trained"), "training"),
    **dict.fromkeys(("housing", "housed"), "housing"),
    **dict.fromkeys(("university", "universities"), "university"),
    **dict.fromkeys(("caring", "cared"), "caring"),
    **dict.fromkeys(("meeting", "meetings"), "meeting"),
    **dict.fromkeys(("older", "oldest"), "older"),
    **dict.fromkeys(("ageing", "aging"), "ageing"),
    **dict.fromkeys(("pensioner", "pensioners"), "pensioner"),
    **dict.fromkeys(("elderly", "elders", "elder"), "elder"),
    **dict.fromkeys(("policing",), "polic"),
    **dict.fromkeys(("mining", "miner", "miners", "mines"), "mining"),
    **dict.fromkeys(("knitting", "knitters", "knitter", "knitted"), "knit"),
}
WELSH_ENDINGS = (
    "iaethau", "iaeth", "aethau", "aeth", "iadau", "iad", "wyr", "wraig", "iaid", "iau", "ion", "oedd", "adau", "feydd",
    "ydd", "wr", "au", "on", "aid", "io", "ol", "edd", "us", "ig", "od", "u", "i", "o", "a",
)  # fmt: skip
# Mutated and unmutated first letters fold into one mark; a soft-mutated g disappears, so the velars do too.
WELSH_STARTS = (
    ("ngh", ""), ("mh", "b"), ("nh", "d"), ("ng", ""), ("ph", "b"), ("th", "d"), ("ch", ""), ("dd", "d"), ("ll", "l"),
    ("rh", "r"), ("p", "b"), ("f", "b"), ("m", "b"), ("t", "d"), ("n", "d"), ("c", ""), ("g", ""),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Token:
    """One kind of word: its folded form, its stem, and what it stands for in the thesaurus ("" for nothing)."""

    folded: str
    stem: str
    concept: str
    weak: bool  # boilerplate: read when a vocabulary is matched, silent when organisations are compared

    def weakened(self) -> Token:
        """The same word where its place in the sentence makes it boilerplate."""
        return self if self.weak else Token(self.folded, self.stem, "", True)


def fold(word: str) -> str:
    """Lower case without accents; "Sŵn" and "swn" are one word."""
    decomposed = unicodedata.normalize("NFKD", word.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter)).replace("’", "'")


def words_of(text: str) -> list[str]:
    """The words of a text as typed, in order; numbers and signs left out. Any script, any length, may be empty."""
    return WORD.findall(unicodedata.normalize("NFC", text))


def is_welsh(words: list[str], *, declared: str = "en") -> bool:
    """Whether a text reads as Welsh: by its small words, and by the declared language where they do not tell."""
    seen = [word.casefold().replace("’", "'") for word in words[:400]]
    welsh = sum(word in WELSH_MARKS for word in seen)
    english = sum(word in ENGLISH_MARKS for word in seen)
    return welsh > english if welsh != english else declared == "cy"


@lru_cache(maxsize=1)
def _english() -> _Stemmer:
    return cast(_Stemmer, snowballstemmer.stemmer("english"))


@lru_cache(maxsize=65536)
def english_stem(folded: str) -> str:
    """Snowball's stem, but for words that it would fold into one of another meaning."""
    return APART.get(folded) or _english().stemWord(folded)


def welsh_stem(folded: str) -> str:
    """A skeleton under which the mutations and commonest endings of a Welsh word meet, marked `cy:`.

    No Welsh stemmer is published with snowball. Rough on purpose: it may fold two short words into one, which costs
    less than missing "gymuned" for "cymuned".
    """
    stem = folded
    for ending in WELSH_ENDINGS:
        if stem.endswith(ending) and len(stem) - len(ending) >= 4:
            stem = stem[: -len(ending)]
            break
    for start, mark in WELSH_STARTS:
        if stem.startswith(start) and len(stem) - len(start) >= 2:
            stem = mark + stem[len(start) :]
            break
    return f"cy:{stem}"


@lru_cache(maxsize=65536)
def token_of(word: str, *, welsh: bool) -> Token | None:
    """The token of one typed word, or None for a function word.

    A word of one letter is none. English and Welsh words that mean the same thing share a concept.
    """
    folded = fold(word)
    if folded in (WELSH_STOP if welsh else ENGLISH_STOP):
        return None
    folded = APOSTROPHE.sub("", folded)
    if len(folded) < 2 or folded in (WELSH_STOP if welsh else ENGLISH_STOP):
        return None
    stem = welsh_stem(folded) if welsh else english_stem(folded)
    weak = stem in _weak_stems()
    return Token(folded, stem, "" if weak else _concept_of(folded, stem, welsh=welsh), weak)


def _concept_of(folded: str, stem: str, *, welsh: bool) -> str:
    table = _concepts()
    return table.get(stem) or (table.get(english_stem(folded), "") if welsh else "")


@lru_cache(maxsize=1)
def _concepts() -> dict[str, str]:
    table: dict[str, str] = {}
    for name, (english, welsh) in zip(CONCEPTS, GROUPS, strict=True):
        for word in english:
            table.setdefault(english_stem(fold(word)), name)
        for word in welsh:
            table.setdefault(welsh_stem(fold(word)), name)
    return table


@lru_cache(maxsize=1)
def _weak_stems() -> frozenset[str]:
    english = frozenset(english_stem(word) for word in BOILERPLATE_ENGLISH)
    return english | frozenset(welsh_stem(word) for word in BOILERPLATE_WELSH)
