"""Words of English and Welsh: what to leave out, what to fold together. Knows no organisation and no event."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
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
    EVERYDAY,
    EVERYDAY_WELSH,
    TWO_MEANINGS,
    WELSH_MARKS,
    WELSH_STOP,
)

WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
MONEY = re.compile(r"£\s?\d[\d,]*|£")
AGES = re.compile(
    r"\b(?P<bound>over|under|aged?|dros|dan)[ -](?:the )?(?P<years>\d{1,2})(?:'?s)?\b"
    r"|\b(?P<old>\d{1,2}) ?(?:\+|(?:plus|year olds?|years old|oed)\b)",
    re.IGNORECASE,
)
CHILD, GROWN, OLD = 11, 25, 50  # years: up to a child, up to a young adult, from an older person
APOSTROPHE = re.compile(r"['’].*$")


class _Stemmer(Protocol):
    def stemWord(self, word: str) -> str: ...  # the library's name


def _apart(lines: str) -> dict[str, str]:
    """Each word of a line by the first of that line."""
    return {word: line.split()[0] for line in lines.strip().splitlines() for word in line.split()}


# Snowball folds "training" into "trains", "housing" into "houses" and "activities" into "activists": words that it would
# give another meaning, a line for those that stay together.
APART = _apart(
    """
accession accessions accessioning accessioned
accessible accessibility
acting
activist activists activism
activity activities
ageing aging
authority authorities
based
boxing
carer carers
caring cared
chairs
contacts
coaching coached
collectable collectables
elder elders elderly
felting feltmaking
fitness
friendly
guide guides guided
governance
grounds
hands
hospitality
housing housed
international internationally
knit knitting knitters knitter knitted
lifted lifting
meeting meetings
mindfulness
mining miner miners mines
negatives
older oldest
patients
pensioner pensioners
physics
polic policing
polished polishing
publicity publicise publicising publicised
recorder recorders
reference references
refresher refreshers
rowing rowers
touring
training trainings trainer trainers trainee trainees trained
traveller travellers
treasurer treasurers
trusted
unit units
university universities
walled
welcomers welcomer
"""
)
# The same in Welsh, with mutations: "oed" (age) is no "coed" (trees), "lleol" (local) no "lleoliad" (placement).
WELSH_APART = {
    word: f"cy:/{stem}"
    for word, stem in _apart(
        """
adeiladu hadeiladu
blas flas mlas
cadeirydd gadeirydd nghadeirydd chadeirydd
cynt gynt
draws
drws ddrws nrws drysau ddrysau
dysgwyr ddysgwyr nysgwyr dysgwr ddysgwr
for
gofalus ofalus
gofalwyr ofalwyr ngofalwyr gofalwr ofalwr gofalu ofalu ngofalu
gorau orau ngorau
gweithio weithio ngweithio
gweithiwr weithiwr ngweithiwr gweithwyr weithwyr ngweithwyr
llai lai
lleol leol
man fan mannau fannau
neidio
oed
pryd bryd phryd mhryd
rwyf
son
storio
teithio deithio nheithio theithio teithiol deithiol
triniaeth driniaeth nhriniaeth thriniaeth
ysgrifennydd hysgrifennydd
"""
    ).items()
}
SPELT_FROM, SURE_FROM = 6, 8  # letters from which a misspelt word is read as the one that was meant
# Right as they are, though one letter away from a word of our lists.
RIGHTLY_SPELT = frozenset(
    "broadland concept concepts contracts founding framing identity morning mornings plating pointing signing signers tables "
    "store stores treasure treasures trials worksop".split()
)
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
    weak: bool  # boilerplate: read when a vocabulary is matched, nearly silent when organisations are compared

    def weakened(self) -> Token:
        """The same word where its place in the sentence makes it boilerplate."""
        return Token(self.folded, self.stem, "", weak=True)


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
    if folded in WELSH_APART:
        return WELSH_APART[folded]
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


EVERYDAY_STEMS = frozenset(map(english_stem, EVERYDAY)) | frozenset(map(welsh_stem, EVERYDAY_WELSH))
UNCLEAR_STEMS = frozenset(map(english_stem, TWO_MEANINGS))


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
    stem = stem_of(folded, welsh=welsh)
    if not welsh and stem not in _known_stems():
        stem = english_stem(as_meant(folded))
    return Token(folded, stem, _concept_of(folded, stem, welsh=welsh), weak=stem in _weak_stems())


@lru_cache(maxsize=65536)
def stem_of(folded: str, *, welsh: bool) -> str:
    """The stem of a folded word in its language."""
    return welsh_stem(folded) if welsh else english_stem(folded)


@lru_cache(maxsize=65536)
def bare_stem(word: str, *, welsh: bool) -> str:
    """The stem of a typed word, function words included: what phrases are told by."""
    return stem_of(bare(word), welsh=welsh)


def phrase_at(stems: Sequence[str], at: int, *, welsh: bool) -> tuple[int, Token] | None:
    """The longest phrase of the thesaurus that starts at this place of a text: how many words, and its token."""
    for words, token in phrases(welsh=welsh).get(tuple(stems[at : at + 2]), ()):
        if tuple(stems[at : at + len(words)]) == words:
            return len(words), token
    return None


def signs_in(text: str) -> list[tuple[str, Token]]:
    """What figures say, as typed, with its token: sums of money, and ages, which speak of the old or the young."""
    found = [(sign, Token("pounds", "£", "=money", weak=True)) for sign in MONEY.findall(text)[:1]]
    for age in AGES.finditer(text):
        number, bound = int(age["years"] or age["old"]), fold(age["bound"] or "")
        meaning = _age_group(number, upto=bound in ("under", "dan"), least=bound in ("over", "dros"))
        if meaning:
            found.append((age[0], Token(f"{bound} {number}", f"{bound}_{number}", meaning, weak=False)))
    return found


def _age_group(years: int, *, upto: bool, least: bool) -> str:
    """The meaning of an age in years, or of all ages up to or from it; "" where it says nothing."""
    if years >= OLD and not upto:
        return "=older"
    if years <= GROWN and not least:
        return "=children" if years <= CHILD else "=young"
    return ""


def bare(word: str) -> str:
    """A typed word folded, without what follows an apostrophe."""
    return APOSTROPHE.sub("", fold(word))


def as_meant(folded: str) -> str:
    """The word of our lists that an unknown English word misspells, or the word itself.

    From eight letters one wrong, missing, added or swapped letter; from six one missing, doubled or swapped. The first
    letter must be right. Shorter words are left alone: too many real words lie one letter apart.
    """
    if len(folded) < SPELT_FROM or folded in RIGHTLY_SPELT:
        return folded
    near = {known for spelling in _one_letter_less(folded) for known in _spellings().get(spelling, ())}
    meant = sorted(known for known in near if known[0] == folded[0] and _is_slip(folded, known))
    return meant[0] if meant else folded


def _is_slip(typed: str, meant: str) -> bool:
    """Whether one slip of the hand makes `meant` into `typed`; in short words, one that people often make."""
    start = next(
        (at for at, (a, b) in enumerate(zip(typed, meant, strict=False)) if a != b), min(len(typed), len(meant))
    )
    left, right = typed[start:], meant[start:]
    if len(left) == len(right):
        swapped = left[:2] == right[1::-1] and left[2:] == right[2:]
        return swapped or (left[1:] == right[1:] and len(typed) >= SURE_FROM)
    if len(left) < len(right):
        return left == right[1:]
    return left[1:] == right and (len(typed) >= SURE_FROM or left[0] == typed[start - 1])


def _one_letter_less(word: str) -> list[str]:
    return [word, *(word[:at] + word[at + 1 :] for at in range(len(word)))]


@lru_cache(maxsize=1)
def _spellings() -> dict[str, tuple[str, ...]]:
    """Every known English word of six letters or more by itself and by itself with one letter left out."""
    found: dict[str, list[str]] = {}
    for word in sorted(_known_words()):
        if len(word) >= SPELT_FROM:
            for spelling in _one_letter_less(word):
                found.setdefault(spelling, []).append(word)
    return {spelling: tuple(words) for spelling, words in found.items()}


@lru_cache(maxsize=1)
def _known_words() -> frozenset[str]:
    single = {bare(word) for english, _ in GROUPS for word in english if "_" not in word}
    return frozenset(single | BOILERPLATE_ENGLISH)


@lru_cache(maxsize=1)
def _known_stems() -> frozenset[str]:
    return frozenset(map(english_stem, _known_words()))


def _concept_of(folded: str, stem: str, *, welsh: bool) -> str:
    table = _concepts()
    may_be_english = welsh and folded not in WELSH_APART
    return table.get(stem) or (table.get(english_stem(folded), "") if may_be_english else "")


@lru_cache(maxsize=1)
def _concepts() -> dict[str, str]:
    """Stem to meaning, of the single words of the thesaurus."""
    table: dict[str, str] = {}
    for name, groups in zip(CONCEPTS, GROUPS, strict=True):
        for welsh, words in enumerate(groups):
            for word in words:
                if "_" not in word:
                    table.setdefault(stem_of(bare(word), welsh=bool(welsh)), name)
    return table


@lru_cache(maxsize=2)
def phrases(*, welsh: bool) -> dict[tuple[str, ...], tuple[tuple[tuple[str, ...], Token], ...]]:
    """The phrases of the thesaurus as stems with their tokens, by their first two stems, the longest first."""
    found: dict[tuple[str, ...], dict[tuple[str, ...], Token]] = {}
    for name, groups in zip(CONCEPTS, GROUPS, strict=True):
        for phrase in groups[welsh]:
            if "_" in phrase:
                words = [bare(word) for word in phrase.split("_")]
                stems = tuple(stem_of(word, welsh=welsh) for word in words)
                token = Token(" ".join(words), "_".join(stems), name, weak=False)
                found.setdefault(stems[:2], {}).setdefault(stems, token)
    return {first: tuple(sorted(group.items(), key=_longest_first)) for first, group in found.items()}


def _longest_first(item: tuple[tuple[str, ...], Token]) -> tuple[int, tuple[str, ...]]:
    return -len(item[0]), item[0]


@lru_cache(maxsize=1)
def _weak_stems() -> frozenset[str]:
    english = frozenset(english_stem(word) for word in BOILERPLATE_ENGLISH)
    return english | frozenset(welsh_stem(word) for word in BOILERPLATE_WELSH)
