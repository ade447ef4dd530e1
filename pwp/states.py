"""How a row changes state: one table of allowed moves per model, and the only code that writes `state`."""

from collections.abc import Mapping, Set
from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from pwp.journal.models import By, write_entry
from pwp.refusals import Refused

Table = Mapping[Any, Set[str]]  # the key too is a str; mypy would not let a TextChoices member stand for it


class NotAllowed(Refused):
    """The table has no such move."""


class StaleState(Refused):
    """Somebody else moved the row first."""


def swap(row: models.Model, to: str, *, table: Table, **stamps: Any) -> None:
    """Move `row` to state `to` and write `stamps` with it, in one conditional UPDATE; no journal.

    Raises: NotAllowed if the table has no such move, StaleState if the row is no longer in the state it was read in.
    """
    old: str = row.state  # type: ignore[attr-defined]
    if to not in table[old]:
        raise NotAllowed(
            _("This cannot be done any more, because things have moved on. Please look at the page again."),
            detail=f"{row._meta.label} {row.pk}: {old} → {to} is not in the table",
        )
    stamps["state"] = to
    moved = type(row)._base_manager.filter(pk=row.pk, state=old).update(**stamps)
    if not moved:
        raise StaleState(
            _("Somebody else was faster. Please look at the page again."),
            detail=f"{row._meta.label} {row.pk} is no longer {old}",
        )
    for name, value in stamps.items():
        setattr(row, name, value)


def advance(row: models.Model, to: str, *, table: Table, by: By, reason: str = "", **stamps: Any) -> None:
    """`swap`, and a journal entry in the same transaction. `by` is a User, or the name of who did it without one."""
    old: str = row.state  # type: ignore[attr-defined]
    with transaction.atomic():
        swap(row, to, table=table, **stamps)
        write_entry(row, old, to, by=by, reason=reason)
