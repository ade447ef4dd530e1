"""Words of English and Welsh: what to leave out, what to fold together. Knows no organisation and no event."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol, cast

import snowballstemmer

from matching.engine.thesaurus import CONCEPTS, GROUPS

WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
APOSTROPHE = re.compile(r"['’].*$")


class _Stemmer(Protocol):
    def stemWord(self, word: str) -> str: ...  # noqa: N802 - the library's name


# Function words. "show", "place", "nowhere", "need" in the sense of things are not here on purpose.
ENGLISH_STOP = frozenset(
    """a about above across after again all almost along already also although always am among an and another any
    anybody anyone anything are around as at away back be became because become been before began being below between both
    but by came can cannot could did do does doing done down due during each either enough etc even ever every everything few
    first for from further get gets getting give given gives giving go goes going good got had has have having he
    her here hers herself him himself his how however i ie if in including into is isn it its itself just keep kept
    know known like likely ll lot lots made make makes making many may me might more most much must my myself near nearly need
    needed needs neither never new next no nobody none nor not nothing now of off often on once one ones only onto or
    other others our ours ourselves out over own per please put rather re really s same see seen several shall she
    should since so some somebody somebody someone something sometimes soon still such t take taken takes taking than that the their
    theirs them themselves then there these they thing things this those though three through throughout thus to
    together too toward towards two under until up upon us use used uses using usual usually ve very via want wanted wants
    was way ways we well were what whatever when where whether which while who whole whom whose why will willing wish with
    within without would yes yet you your yours yourself""".split()
)
WELSH_STOP = frozenset(
    """a ac ag ai am ambell ar arall at atom awn bod bob bydd byddai byddwn cael chi chwi cyn dan dim dros dy ei eich ein eisiau
    eleni er eraill ers eto ewch fe felly fel fod fy gael gall gallu gallwn gan gennym gennyn gellir gyd gyda gyfer hefyd heb hi hon
    honno hwn hwnnw hwy hyd hyn hynny i iawn iddo iddi iddynt ichi inni je lawer llawer maen mae maent mai mawr mewn mi mo
    na nad nag nawr nes neu nhw ni nid nifer o ond os oedd oes pa pan pob pwy pwysig rhai rhaid rhoi roi rydym rydyn rydw sawl
    sy sydd sydd'n syn tan ti tra trwy tua un unrhyw wedi wrth wnaeth wneud wyf y ydy ydi ydym yma yn yna yno yr ymhlith ystod
    angen anghenion angen cynnig cynigion cynnal gynnig hoffem hoffai hoffwn gallem helpu mae'n rydym'n dwi'n gwneud
    ddim ble beth sut bach da newydd wella""".split()
)
# Words that say what every form says: they fit every organisation, so they link none.
BOILERPLATE = frozenset(
    """admin expenses travel training recruitment premises utilities phone telephone insurance printing stationery
    supervision payroll overhead finance financial equipment materials refreshments hire pension accountancy fees budget
    rent deputy senior junior assistant chief executive ceo director directors trainee apprentice supervisor freelance
    sustainability vulnerable needs awareness approach advertising publicity computer software
    ability able accredited unaccredited accreditation achieve act active actively activities activity add additional
    administrative administration advance advancement aim aims allow annual application apply appropriate area areas
    assist assistance associated association authority available award based basis become begin beneficiaries beneficiary benefit
    benefits better board body bodies bring build building built capacity centre centres charitable charities charity city clients close co
    collection collections come committee common communities community companies company complete condition
    conditions connection continue contribute contribution coordinate coordinator coordination core corporate cost costs council
    country county course cover covers create created current currently daily day days delivery deliver delivered delivering
    develop developing development different direct director district ensure ensuring employ employed essential establish established
    event events exclusively existing expand expenses experience extend extra facilitate facilities facility find focus follow
    foundation fulfil full fund funded funder funders funding funds further furtherance future general governance
    governing government grant grants great group groups grow growing hall head held help helped helping helps high hold hours
    house i identify impact implement improve improved improvement improving include includes increase increased increasing
    independent individual individuals inhabitants initiative initiatives instrument interest interests involve involved issue
    issues item items join key large lead leader leading level levels life limited line lives live living local locality lot main
    maintain maintenance manage management manager mean meet meeting member members membership million mixed month months
    museum museums name national neighbourhood number object objects objective objectives offer offered offering offers
    office officer open operate operating operation opportunities opportunity order organisation organisations organise
    organised organization organizations otherwise outcome outcomes overall overhead overheads part particular particularly partly
    partner partners partnership party pay people person persons phase pilot place places plan planning plus population
    possible post posts potential pounds practical present previously primarily principally principal problem problems process produce
    profit programme programmes project projects promote promotes promoting promotion proportion provide provided provider providers
    provides providing provision public purpose purposes quality range reach recruit regard region regional registered
    related relating relation relevant relief relieve remain rent require required requirements resident residents resource resources
    result right role room rooms run running salaries salary scheme schemes scio section sector seek seeking serve
    service services session sessional sessions set share shared show similar situated small social society special
    specialist specific spend staff staffing standard start statutory stay strategic strategy strengthen strong structure subject
    sub succeed success successful suitable support supported supporting supports surrounding sustain sustainable sustainability system
    target team term terms third time times total town toward trade trading tradition trust trusts trustee trustees try type types
    understand unit united uk england wales scotland britain british variety vary various venue view visit visitors visits
    voluntary volunteer volunteering volunteers wage wages wage week weekly weeks wide wider widening work worked worker workers
    working works world worker worth year years yearly
    amgueddfa amgueddfeydd elusen grwp grwpiau gymuned cymuned cymunedol cymunedau prosiect prosiectau gweithgaredd gweithgareddau
    lleol pobl bobl phobl gwaith gweithio gwasanaeth gwasanaethau cefnogi cefnogaeth sefydliad sefydliadau rhaglen datblygu ardal
    gwirfoddolwyr gwirfoddoli arian grant cyllid ymddiriedolaeth cymdeithas gymdeithas""".split()
)

ENGLISH_MARKS = frozenset("the and of to in for with our we is are who at from by their that on as".split())
WELSH_MARKS = frozenset(
    "y yr yn ac mae ni ein i'r a'r o'r gyda sydd sy ar gyfer rydym ydym am gan wedi neu'r neu hoffem".split()
)

# Snowball folds "training" into "trains" and "housing" into "houses".
APART = {
    **dict.fromkeys(("training", "trainings", "trainer", "trainers", "trainee", "trainees", "trained"), "training"),
    **dict.fromkeys(("housing", "housed"), "housing"),
    **dict.fromkeys(("university", "universities"), "university"),
    **dict.fromkeys(("caring", "cared"), "caring"),
    **dict.fromkeys(("meeting", "meetings"), "meeting"),
    **dict.fromkeys(("older", "oldest"), "older"),
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
    return frozenset(english_stem(word) for word in BOILERPLATE) | frozenset(welsh_stem(word) for word in BOILERPLATE)
