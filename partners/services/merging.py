"""One organisation taken up into another: every row that points to it moves, and everything can be undone.

The rows are found by walking the models, so that a table added tomorrow, in whatever app, is moved too. Nothing is lost
in silence: if a row cannot move because it would be there twice, nothing moves at all, and the refusal names the row.
Mere links (a theme of both, a list both are on) hold nothing of their own, so of two the same one goes; undoing
brings it back.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.apps import apps
from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext as _

from partners import states
from partners.models import Concern, Difference, Merge, Organisation
from partners.models.organisations import RecordState
from pwp.journal.models import By, write_entry
from pwp.refusals import Refused
from pwp.states import advance

# What a person chooses between. The place belongs together, and so does the entry in a list it came from.
CHOICES: dict[str, tuple[str, ...]] = {
    "name": ("name",),
    "sector": ("sector",),
    "type": ("type",),
    "size": ("size",),
    "work_place": (
        "work_place", "postcode",
        "council_code", "council_name", "easting", "northing", "certainty", "council_share",
    ),
    "reach_km": ("reach_km",),
    "most_introductions": ("most_introductions",),
    "website": ("website",),
    "charity_number": ("charity_number",),
    "gives_grants": ("gives_grants",),
    "open_to_contact": ("open_to_contact",),
    "parent": ("parent",),
    "description": (
        "description", "pending_description", "description_hidden_reason", "restricted_at", "language",
    ),
    "identifier": ("identifier_scheme", "identifier"),
}  # fmt: skip
KEPT_AS_IS = ("id", "code", "created_at", "updated_at")
NAMED_AT_MOST = 10


class CannotMerge(Refused):
    """Something would be lost. The words say which rows stand in the way."""


@dataclass(frozen=True)
class Relation:
    """A foreign key to organisations, in whatever app."""

    model: type[models.Model]
    field: str

    def rows(self, organisation: Organisation) -> "models.QuerySet[Any]":
        return self.model._base_manager.filter(**{self.field: organisation.pk}).order_by("pk")

    @property
    def is_link(self) -> bool:
        """A row of a many-to-many table: it says that two things belong together, and nothing else."""
        return bool(self.model._meta.auto_created)


def relations() -> Iterator[Relation]:
    """Every foreign key to organisations there is, those of many-to-many tables and without a way back included."""
    for field in Organisation._meta.get_fields(include_hidden=True):
        if isinstance(field, models.ManyToOneRel):
            yield Relation(field.related_model, field.field.name)


def what_moves(gone: Organisation) -> list[tuple[str, int]]:
    """(what, how many) for everything that hangs on an organisation, for the page that asks."""
    found = [(str(relation.model._meta.verbose_name_plural), relation.rows(gone).count()) for relation in relations()]
    return sorted((what, count) for what, count in found if count)


@transaction.atomic
def merge_organisations(
    kept: Organisation, gone: Organisation, *, take: Mapping[str, bool], by: By, reason: str = ""
) -> Merge:
    """Take `gone` up into `kept`. `take` says for each name in CHOICES whether the value of `gone` is to stand.

    Raises CannotMerge, with the rows that stand in the way, if anything would be lost.
    """
    if kept.pk == gone.pk:
        raise CannotMerge(_("This is one record already."))
    locked = Organisation.objects.select_for_update().in_bulk([kept.pk, gone.pk])
    if len(locked) != 2:
        raise CannotMerge(_("One of the two is not there any more. Please look again."))
    kept, gone = locked[kept.pk], locked[gone.pk]
    _refuse_what_was_said(kept, gone)
    before = as_it_is(kept)
    parent = _parent_afterwards(kept, gone, take)
    moved, again = _move_rows(kept, gone)
    _refuse_if_anything_is_left(gone)
    columns = as_it_is(gone)
    gone.delete()
    _take_columns(kept, gone, take, parent)
    merge = Merge.objects.create(
        kept=kept,
        gone_name=gone.name,
        gone_code=gone.code,
        content={"kept": before, "gone": columns, "merged": as_it_is(kept), "moved": moved, "again": again},
        reason=reason,
        by_name=str(by),
    )
    words = f"← {gone.name} ({gone.code}) {reason}".strip()
    write_entry(kept, RecordState.APART, RecordState.MERGED, by=by, reason=words)
    return merge


@transaction.atomic
def undo_merge(merge: Merge, *, by: By) -> Organisation:
    """Take a merge apart: the record is there again, with its rows and its columns. Returns it.

    What was changed since stays as it was changed. Raises Refused if a newer merge builds on this one.
    """
    newer = Merge.objects.filter(kept=merge.kept_id, state=Merge.State.DONE, pk__gt=merge.pk).first()
    if newer:
        raise Refused(_("Please take apart the newer merge first: %(merge)s.") % {"merge": newer})
    advance(merge, Merge.State.UNDONE, table=states.MERGE, by=by)
    content = merge.content
    kept = Organisation.objects.select_for_update().get(pk=merge.kept_id)
    try:
        with transaction.atomic():
            gone = _restore(content["gone"])
            _give_back_columns(kept, content)
            _give_back_rows(kept, gone, content)
            _free_what_is_settled(gone)
    except IntegrityError as error:
        raise Refused(
            _("This cannot be taken apart by itself any more: something else has taken its place since."),
            detail=str(error),
        ) from error
    words = f"→ {gone.name} ({gone.code})"
    write_entry(kept, RecordState.MERGED, RecordState.APART, by=by, reason=words)
    return gone


# --- before ----------------------------------------------------------------------------------------------------------


def _refuse_what_was_said(kept: Organisation, gone: Organisation) -> None:
    first, second = sorted((kept.pk, gone.pk))
    difference = Difference.objects.filter(one=first, other=second).first()
    if difference:
        words = _("Somebody said that these are different: %(reason)s Delete that note first if it is wrong.")
        raise CannotMerge(words % {"reason": difference.reason or "–"})


def _parent_afterwards(kept: Organisation, gone: Organisation, take: Mapping[str, bool]) -> int | None:
    """The chosen parent; nobody becomes part of themselves, however the two were linked."""
    chosen = gone.parent_id if take.get("parent") else kept.parent_id
    if chosen == gone.pk:
        chosen = gone.parent_id
    return None if chosen in (kept.pk, gone.pk) else chosen


# --- rows ------------------------------------------------------------------------------------------------------------


def _move_rows(kept: Organisation, gone: Organisation) -> tuple[list[Any], list[Any]]:
    """Point every row from `gone` to `kept`, one by one, so that whatever stands in the way has a name.

    Returns: the foreign keys moved, as [model, field, pk]; and rows as they were, for undoing to write again: mere
    links that are there already, and differences, in which the two may change places.
    """
    moved: list[Any] = []
    again: list[Any] = []
    in_the_way: list[str] = []
    for relation in relations():
        for row in relation.rows(gone):
            arrived = _move(relation, row, kept, gone)
            if relation.model is Difference or (relation.is_link and not arrived):
                again.append(as_it_is(row))
                if not arrived:
                    relation.model._base_manager.filter(pk=row.pk).delete()
            elif arrived:
                _rename_code(row, gone.code, kept.code)
                moved.append([relation.model._meta.label_lower, relation.field, row.pk])
            else:
                in_the_way.append(f"{relation.model._meta.verbose_name}: {row}")
    if in_the_way:
        shown = "; ".join(in_the_way[:NAMED_AT_MOST])
        more = len(in_the_way) - NAMED_AT_MOST
        shown += _(" … and %(count)d more") % {"count": more} if more > 0 else ""
        words = _("Both records have this, so one would be lost; nothing was merged. Please settle first: %(rows)s")
        raise CannotMerge(words % {"rows": shown})
    return moved, again


def _move(relation: Relation, row: models.Model, kept: Organisation, gone: Organisation) -> bool:
    """Point one row to `kept`; False if the database does not allow it, because it is there already."""
    values: dict[str, Any] = {relation.field: kept.pk}
    if isinstance(row, Difference):
        another = row.other_id if row.one_id == gone.pk else row.one_id
        values = dict(zip(("one", "other"), sorted((kept.pk, another)), strict=True))
    if relation.model is Organisation and row.pk == kept.pk:
        values = {relation.field: None}  # it was part of the record it takes up; `_take_columns` says what now
    try:
        with transaction.atomic():
            relation.model._base_manager.filter(pk=row.pk).update(**values)
    except IntegrityError:
        return False
    return True


def _rename_code(row: models.Model, old: str, new: str) -> None:
    """Where a JSON column of the row names the old code, name the new one; what an older merge keeps is history."""
    columns = [field.attname for field in row._meta.concrete_fields if isinstance(field, models.JSONField)]
    for name in columns if not isinstance(row, Merge) else []:
        value = json.dumps(getattr(row, name))
        if f'"{old}"' in value:
            renamed = json.loads(value.replace(f'"{old}"', f'"{new}"'))
            type(row)._base_manager.filter(pk=row.pk).update(**{name: renamed})


def _refuse_if_anything_is_left(gone: Organisation) -> None:
    left = [f"{what}: {count}" for what, count in what_moves(gone)]
    if left:
        raise CannotMerge(_("Nothing was merged, because these would be lost: %(rows)s") % {"rows": ", ".join(left)})


def _give_back_rows(kept: Organisation, gone: Organisation, content: dict[str, Any]) -> None:
    """What moved and is still with `kept` goes back; what was removed since stays removed."""
    for label, field, pk in content["moved"]:
        if [label, pk] != ["partners.organisation", kept.pk]:  # its own parent is a column, see `_give_back_columns`
            model = apps.get_model(label)
            model._base_manager.filter(pk=pk, **{field: kept.pk}).update(**{field: gone.pk})
            for row in model._base_manager.filter(pk=pk, **{field: gone.pk}):
                _rename_code(row, kept.code, gone.code)
    for row in content["again"]:
        read(row).save()


# --- columns ---------------------------------------------------------------------------------------------------------


def as_it_is(row: models.Model) -> dict[str, Any]:
    """A row as JSON can hold it. Its many-to-many links are rows of their own."""
    values = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    columns = {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}
    return {"model": row._meta.label_lower, "columns": columns}


def read(row: dict[str, Any]) -> Any:
    """The reverse of `as_it_is`; not saved."""
    model = apps.get_model(row["model"])
    kinds = {field.attname: field for field in model._meta.concrete_fields}
    return model(**{name: kinds[name].to_python(value) for name, value in row["columns"].items() if name in kinds})


def _take_columns(kept: Organisation, gone: Organisation, take: Mapping[str, bool], parent: int | None) -> None:
    for name, columns in CHOICES.items():
        if take.get(name):
            for column in columns:
                setattr(kept, column, getattr(gone, column))
    kept.parent_id = parent
    kept.restricted_at = kept.restricted_at or gone.restricted_at  # a concern that is open stays in force
    kept.save()


def _restore(columns: dict[str, Any]) -> Organisation:
    """The row that was taken up, with its old key and code."""
    gone: Organisation = read(columns)
    if gone.parent_id and not Organisation.objects.filter(pk=gone.parent_id).exists():
        gone.parent_id = None
    gone.save(force_insert=True)
    return gone


def _free_what_is_settled(gone: Organisation) -> None:
    """A concern that was closed while the record was taken up restricts nothing any more."""
    if not Concern.objects.filter(organisation=gone, listing=None, state=Concern.State.OPEN).exists():
        gone.restricted_at = None
        gone.save(update_fields=["restricted_at"])


def _give_back_columns(kept: Organisation, content: dict[str, Any]) -> None:
    """Each column of before, unless somebody changed it since."""
    before, merged = read(content["kept"]), read(content["merged"])
    for field in Organisation._meta.concrete_fields:
        name = field.attname
        if name not in KEPT_AS_IS and getattr(kept, name) == getattr(merged, name):
            setattr(kept, name, getattr(before, name))
    kept.save()
