"""Where in Great Britain somebody is, from what they typed. No network, no database, no error whatever is typed.

Two files answer. `data/postcode_sectors.csv.gz` says for each postcode sector ("KY16 9"), outcode ("KY16") and council
which council most of its postcodes are in and where its middle is; `docs/build_sectors.py` made it and says how.
`data/councils.csv` is written by hand: the councils' names, other names people use for them, and towns inside them.

Eastings and northings are metres on the British National Grid, so distance is Pythagoras and needs no projection.
The middle of a sector is typically 0.7 km from a postcode in it; the council is right for about 96 in 100 postcodes.
Northern Ireland, the Isle of Man and the Channel Islands are not in the table and are UNKNOWN.

Source: Office for National Statistics licensed under the Open Government Licence v3.0. Contains OS data © Crown
copyright and database right. Contains Royal Mail data © Royal Mail copyright and database right.
"""

import csv
import gzip
import math
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from itertools import product
from pathlib import Path
from typing import Final, NamedTuple

DATA: Final = Path(__file__).parent / "data"
LONGEST_PLACE: Final = 300  # characters; nobody's town is longer, and nobody waits for a novel

# Codes that changed while the council stayed the same: old to new.
NEW_CODES: Final = {
    "E08000016": "E08000038",  # Barnsley, 2025
    "E08000019": "E08000039",  # Sheffield, 2025
    "S12000015": "S12000047",  # Fife, 2018
    "S12000024": "S12000048",  # Perth and Kinross, 2018
}


class Certainty(StrEnum):
    """How a place is known, most exact first."""

    POSTCODE = "postcode"  # looked up postcode by postcode; the sector table alone never says this
    SECTOR = "sector"
    OUTCODE = "outcode"
    COUNCIL = "council"  # said by name: a council or a town
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Place:
    """What is known about a place; `typed` is kept exactly as it came.

    `council_share` is the share of the area's postcodes that are in this council, rounded down to whole percents, so
    1.0 means all of them; 0.0 only if the place is unknown. `easting` and `northing` are in metres, None if unknown.
    """

    typed: str
    council_code: str
    council_name: str
    easting: int | None
    northing: int | None
    certainty: Certainty
    council_share: float


class _Row(NamedTuple):
    """One line of the table."""

    council: str
    easting: int
    northing: int
    share: float


class _Reading(NamedTuple):
    """One way to read a postcode: the area to look up, and the postcode written properly."""

    area: str
    spelt: str


class _Named(NamedTuple):
    """What a name stands for: a council, and the sector, outcode or whole council where it lies."""

    council: str
    area: str


def locate(typed: str) -> Place:
    """Find a full or partial postcode, a council or a town, in English or Welsh. Never raises."""
    if reading := _known_postcode(typed):
        return _place_by_postcode(typed, reading.area)
    if reading := _postcode_inside(typed):
        return _place_by_postcode(typed, reading.area)
    if named := _named(typed):
        return _place_by_name(typed, named)
    if reading := _postcode_at_the_end(typed):
        return _place_by_postcode(typed, reading.area)
    return Place(typed, "", "", None, None, Certainty.UNKNOWN, 0.0)


def distance_km(
    a_easting: int | None, a_northing: int | None, b_easting: int | None, b_northing: int | None
) -> float | None:
    """Straight line in kilometres from grid references in metres; None if any is missing. Water counts as land."""
    if a_easting is None or a_northing is None or b_easting is None or b_northing is None:
        return None
    return math.hypot(a_easting - b_easting, a_northing - b_northing) / 1000


def looks_like_postcode(typed: str) -> bool:
    """Whether this has the shape of a full or partial postcode, known or not."""
    return next(_readings(_words(typed)), None) is not None


def tidy_postcode(typed: str) -> str:
    """The postcode as it is properly written: "ky127nl" is "KY12 7NL"; "" if it is in no known area."""
    reading = _known_postcode(typed)
    return reading.spelt if reading else ""


def full_postcodes(typed: str) -> tuple[str, ...]:
    """Every full postcode this may mean, without its space, likeliest first. A directory says which of them exist."""
    inside = (_words(match.group()) for match in _FULL_INSIDE.finditer(_capitals(typed)))
    texts = ("".join(words) for words in (_words(typed), *inside))
    spelt = (spelling for text in texts if len(text) <= _LONGEST_POSTCODE for spelling in _spellings(text))
    return tuple(dict.fromkeys(spelling for spelling in spelt if _FULL.fullmatch(spelling)))


def mixes_letter_o_and_zero(typed: str) -> bool:
    """Whether the postcode makes sense only with a letter O read as the digit 0, or the other way round."""
    tidy = tidy_postcode(typed)
    return bool(tidy) and tidy.replace(" ", "") != "".join(_words(typed))


def normalise_council(code: str) -> str:
    """The council's code of today, from an old or a new one; an unknown code comes back trimmed and in capitals."""
    code = code.strip().upper()
    return NEW_CODES.get(code, code)


# --- the two files ---


@cache
def _table() -> dict[str, str]:
    """Area to the rest of its line, unparsed: small in memory, and loaded in about 20 ms."""
    text = gzip.decompress((DATA / "postcode_sectors.csv.gz").read_bytes()).decode("ascii")
    return {area: rest for area, _, rest in (line.partition(",") for line in text.splitlines()[1:])}


def _row(area: str) -> _Row:
    council, easting, northing, percent = _table()[area].split(",")
    return _Row(council, int(easting), int(northing), int(percent) / 100)


def _council_lines() -> list[dict[str, str]]:
    with (DATA / "councils.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _council_names() -> dict[str, tuple[str, str]]:
    return {line["code"]: (line["name_en"], line["name_cy"] or line["name_en"]) for line in _council_lines()}


# Code to (English, Welsh) name, for every council in Great Britain. Where there is no Welsh name, the English one.
COUNCIL_NAMES: Final = _council_names()


@cache
def _names() -> dict[str, _Named]:
    """Folded name to what it stands for. A council's own name wins over a town's."""
    names: dict[str, _Named] = {}
    for code, both in COUNCIL_NAMES.items():
        for name in both:
            names[_fold(name)] = _Named(code, code)
    for line in _council_lines():
        for entry in filter(None, line["also"].split("|")):
            name, _, area = entry.partition("=")
            names.setdefault(_fold(name), _Named(line["code"], area or line["code"]))
    return names


# --- postcodes ---

_FULL = re.compile(r"([A-Z]{1,2}[0-9][A-Z0-9]?)([0-9][A-Z]{2})")
_OUTCODE = re.compile(r"[A-Z]{1,2}[0-9][A-Z0-9]?")
_SECTOR = re.compile(r"([A-Z]{1,2}[0-9][A-Z0-9]?)([0-9][A-Z]?)")
_START_OF_INCODE = re.compile(r"[0-9][A-Z]?")
_FULL_INSIDE = re.compile(r"(?<![A-Z0-9])[A-Z]{1,2}[0-9O][A-Z0-9]?[\s.]*[0-9O][A-Z]{2}(?![A-Z0-9])")
_LONGEST_POSTCODE = 7  # letters and digits


def _capitals(typed: str) -> str:
    return unicodedata.normalize("NFKC", typed.strip()[:LONGEST_PLACE]).upper()


def _words(typed: str) -> list[str]:
    """The runs of letters and digits, in capitals; none if there are letters that no postcode has."""
    text = _capitals(typed)
    if any(character.isalnum() and not character.isascii() for character in text):
        return []
    return re.findall(r"[A-Z0-9]+", text)


def _spellings(text: str) -> list[str]:
    """The text as typed, then with letters O and digits 0 exchanged, fewest exchanges first."""
    choices = [character + {"O": "0", "0": "O"}.get(character, "") for character in text]
    spellings = ("".join(choice) for choice in product(*choices))
    return sorted(spellings, key=lambda spelling: sum(a != b for a, b in zip(spelling, text, strict=True)))


def _readings(words: list[str]) -> Iterator[_Reading]:
    """Every way to read these words as one postcode, likeliest first: full, spaced ("S1 2"), outcode, unspaced."""
    text = "".join(words)
    if len(text) > _LONGEST_POSTCODE or text.isalpha() or not text:
        return
    spellings = _spellings(text)
    for spelling in spellings:
        if match := _FULL.fullmatch(spelling):
            yield from _sector_then_outcode(*match.groups())
    if len(words) > 1:
        for spelling in spellings:
            outcode, rest = spelling[: -len(words[-1])], spelling[-len(words[-1]) :]
            if _OUTCODE.fullmatch(outcode) and _START_OF_INCODE.fullmatch(rest):
                yield from _sector_then_outcode(outcode, rest)
    yield from (_Reading(spelling, spelling) for spelling in spellings if _OUTCODE.fullmatch(spelling))
    for spelling in spellings:
        if match := _SECTOR.fullmatch(spelling):
            yield from _sector_then_outcode(*match.groups())


def _sector_then_outcode(outcode: str, incode: str) -> Iterator[_Reading]:
    spelt = f"{outcode} {incode}"
    yield _Reading(f"{outcode} {incode[0]}", spelt)
    yield _Reading(outcode, spelt)


def _known(words: list[str]) -> _Reading | None:
    return next((reading for reading in _readings(words) if reading.area in _table()), None)


def _known_postcode(typed: str) -> _Reading | None:
    return _known(_words(typed))


def _postcode_inside(typed: str) -> _Reading | None:
    """A full postcode within more words: "Horniman Museum, London SE23 3PQ"."""
    readings = (_known_postcode(match.group()) for match in _FULL_INSIDE.finditer(_capitals(typed)))
    return next(filter(None, readings), None)


def _postcode_at_the_end(typed: str) -> _Reading | None:
    """Part of a postcode after other words: "London SE23", "London SE23 3"."""
    words = _words(typed)
    return _known(words[-2:]) or _known(words[-1:])


def _place_by_postcode(typed: str, area: str) -> Place:
    row = _row(area)
    certainty = Certainty.SECTOR if " " in area else Certainty.OUTCODE
    return Place(typed, row.council, council_name(row.council), row.easting, row.northing, certainty, row.share)


# --- names ---

_BEFORE_NAME = re.compile(
    r"^(the|((london|royal|metropolitan|county) borough|city and county|city|county|borough|district)( of)?"
    r"|cyngor|bwrdeistref sirol|dinas a sir|dinas|sir) (?=\w)"
)
_AFTER_NAME = re.compile(r"( and| city| county| metropolitan| borough| district| council| mbc)+$")


def _fold(name: str) -> str:
    """Lower case without accents and punctuation, so that "Tre-gŵyr" and "TRE GWYR" meet: "tre gwyr"."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    plain = "".join(character for character in plain if not unicodedata.combining(character))
    plain = re.sub(r"['’`]", "", plain).replace("&", " and ")
    words = re.findall(r"[^\W_]+", plain)
    return " ".join("st" if word == "saint" else word for word in words)


def _named(typed: str) -> _Named | None:
    """The council or town that this names, whole or in parts: "Leven, Fife" is Leven.

    The last part is the widest, so it wins where the parts disagree: "Newport, Fife" is Fife, not Newport.
    """
    text = typed.strip()[:LONGEST_PLACE]
    if whole := _one_name(text):
        return whole
    parts = [named for part in re.split(r"[,;/()\n]", text) if (named := _one_name(part))]
    return next((named for named in parts if named.council == parts[-1].council), None)


def _one_name(text: str) -> _Named | None:
    name = _fold(text)
    code = normalise_council(name)
    if code in COUNCIL_NAMES:
        return _Named(code, code)
    return next((_names()[shorter] for shorter in _shorter(name) if shorter in _names()), None)


def _shorter(name: str) -> Iterator[str]:
    """The name, then without the words for "council" around it, one after the other: "cyngor sir gar", "sir gar"."""
    yield name
    name = _AFTER_NAME.sub("", name)
    yield name
    while (shorter := _BEFORE_NAME.sub("", name)) != name:
        name = shorter
        yield name


def _place_by_name(typed: str, named: _Named) -> Place:
    """A town listed with an outcode instead of a sector straddles councils, so its share is the outcode's."""
    row = _row(named.area)
    share = row.share if _OUTCODE.fullmatch(named.area) else 1.0
    return Place(typed, named.council, council_name(named.council), row.easting, row.northing, Certainty.COUNCIL, share)


def council_name(code: str, *, language: str = "en") -> str:
    """In English or Welsh, the English name where there is no Welsh one; "" for an unknown code."""
    english, welsh = COUNCIL_NAMES.get(code, ("", ""))
    return (language == "cy" and welsh) or english
