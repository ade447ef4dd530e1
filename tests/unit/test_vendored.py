"""What others wrote and we carry is exactly what VENDORED.json says it is."""

import hashlib
import json
from pathlib import Path

VENDOR = Path(__file__).resolve().parents[2] / "static" / "vendor"
PACKAGES = json.loads((VENDOR / "VENDORED.json").read_text())
SUMS = {path: sha256 for package in PACKAGES for path, sha256 in package["files"].items()}


def test_every_vendored_file_has_the_recorded_checksum() -> None:
    assert {path: hashlib.sha256((VENDOR / path).read_bytes()).hexdigest() for path in SUMS} == SUMS


def test_no_vendored_file_is_missing_from_the_record() -> None:
    carried = {str(path.relative_to(VENDOR)) for path in VENDOR.rglob("*") if path.is_file()}
    assert carried - {"VENDORED.json"} == set(SUMS)


def test_every_vendored_package_carries_its_licence() -> None:
    assert {path.split("/")[0] for path in SUMS} == {path.split("/")[0] for path in SUMS if path.endswith("/LICENSE")}


def test_no_vendored_file_asks_for_a_source_map() -> None:
    assert not [path for path in SUMS if b"sourceMappingURL" in (VENDOR / path).read_bytes()]
