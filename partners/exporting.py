"""Tables that leave the portal and come back: safe to open, the same after a journey.

A cell that a spreadsheet would run as a formula gets an apostrophe in front; reading takes it away again. CSV begins
with a byte order mark, so that spreadsheets read Welsh letters right. The columns are documented in docs/exports.md and
stay as they are: somebody's own sheets build on them.
"""

from typing import Any

from import_export.formats.base_formats import CSV, XLSX
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from tablib import Dataset

RUNS = ("=", "+", "-", "@", "\t", "\r")
BYTE_ORDER_MARK = "\ufeff"


def neutral(cell: Any) -> Any:
    """The cell as it may be opened in a spreadsheet. Only text can be a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith((*RUNS, *_quoted())) else cell


def plain(cell: Any) -> str:
    """The reverse of `neutral`, for any cell that was read; an empty one is ""."""
    text = "" if cell is None else str(cell)
    return text[1:] if text.startswith(_quoted()) else text


def _quoted() -> tuple[str, ...]:
    return tuple(f"'{first}" for first in (*RUNS, "'"))


def _neutral_table(dataset: Dataset) -> Dataset:
    return Dataset(*([neutral(cell) for cell in row] for row in dataset), headers=dataset.headers)


class SafeCSV(CSV):
    def export_data(self, dataset: Dataset, **kwargs: Any) -> str:
        written: str = _neutral_table(dataset).export("csv")
        return BYTE_ORDER_MARK + written

    def get_content_type(self) -> str:
        return "text/csv; charset=utf-8"


class SafeXLSX(XLSX):
    def export_data(self, dataset: Dataset, **kwargs: Any) -> bytes:
        table = _neutral_table(dataset)
        rows = ([ILLEGAL_CHARACTERS_RE.sub("", c) if isinstance(c, str) else c for c in row] for row in table)
        written: bytes = Dataset(*rows, headers=table.headers).export("xlsx")
        return written


FORMATS: dict[str, type[SafeCSV | SafeXLSX]] = {"csv": SafeCSV, "xlsx": SafeXLSX}
