"""How a row changes state: one table of allowed moves per model, and the only code that writes `state`."""

from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from pwp.journal.models import By, write_entries, write_entry
from pwp.refusals import Refused

TOGETHER = 1_000  # rows moved by one statement
Table = Mapping[Any, Set[str]]  # the key too is a str; mypy would not let a TextChoices member stand for it


class NotAllowed(Refused):
    """The table has no such move."""


class StaleState(Refused):
    """Somebody else moved the row first."""


def swap(row: models.Model, to: str, *, table: Table, **stamps: Any) -> None:
    """Move `row` to state `to` and write `stamps` with it, in one conditional UPDATE; no journal.

    Raises: NotAllowed if the table has no such move, StaleState if the row is no longer in the state it was read in.
    """
    _swap([row], to, table=table, **stamps)


def advance(row: models.Model, to: str, *, table: Table, by: By, reason: str = "", **stamps: Any) -> None:
    """`swap`, and a journal entry in the same transaction. `by` is a User, or the name of who did it without one."""
    old: str = row.state  # type: ignore[attr-defined]
    with transaction.atomic():
        swap(row, to, table=table, **stamps)
        write_entry(row, old, to, by=by, reason=reason)


def advance_all(
    rows: Iterable[models.Model], to: str, *, table: Table, by: By, reason: str = "", **stamps: Any
) -> None:
    """`advance` for rows of one model: they all move or none does. A statement for every 1,000, not for each."""
    by_state: dict[str, list[models.Model]] = {}
    for row in rows:
        by_state.setdefault(row.state, []).append(row)  # type: ignore[attr-defined]
    with transaction.atomic():
        for old, alike in by_state.items():
            for first in range(0, len(alike), TOGETHER):
                some = alike[first : first + TOGETHER]
                _swap(some, to, table=table, **stamps)
                write_entries(some, old, to, by=by, reason=reason)


def _swap(rows: Sequence[models.Model], to: str, *, table: Table, **stamps: Any) -> None:
    """One conditional UPDATE of rows that are in one state."""
    first = rows[0]
    old: str = first.state  # type: ignore[attr-defined]
    if to not in table[old]:
        raise NotAllowed(
            _("This cannot be done any more, because things have moved on. Please look at the page again."),
            detail=f"{first._meta.label} {first.pk}: {old} → {to} is not in the table",
        )
    stamps["state"] = to
    moved = type(first)._base_manager.filter(pk__in=[row.pk for row in rows], state=old).update(**stamps)
    if moved != len(rows):
        raise StaleState(
            _("Somebody else was faster. Please look at the page again."),
            detail=f"{first._meta.label} {first.pk} is no longer {old}",
        )
    for row in rows:
        for name, value in stamps.items():
            setattr(row, name, value)
