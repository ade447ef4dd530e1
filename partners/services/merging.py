"""One record taken up into another, an organisation or a person: every row that points to it moves, and all is undone.

The rows are found by walking the models, so that a table added tomorrow, in whatever app, is moved too. Nothing is lost
in silence. Where a row would be there twice:

- mere links (a theme of both, a list both are on) hold nothing of their own, so of two the same one goes;
- of two rows of which one is enough (`Twin`: a suggestion of both to one partner, the membership of one person in both)
  the one that got further stays and takes over what hangs on the other, and the journal says so;
- a row between the two themselves, such as a suggestion of one to the other, goes;
- anything else stands in the way: nothing moves, and the refusal names the row and what to do first.

Whatever goes is kept with the merge, step by step, and undoing brings it back.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.apps import apps
from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners import sectors, states
from partners.models import (
    Concern,
    Difference,
    Merge,
    Organisation,
    Person,
    PersonDifference,
    PersonMerge,
    Twin,
)
from partners.models.records import RecordState
from partners.services import merged_people
from pwp.journal.models import By, write_entry
from pwp.refusals import Refused
from pwp.states import advance

Record = Organisation | Person
AnyMerge = Merge | PersonMerge

# What a person chooses between. The place belongs together, and so does the entry in a list it came from.
ORGANISATION_CHOICES: dict[str, tuple[str, ...]] = {
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
PERSON_CHOICES: dict[str, tuple[str, ...]] = {
    "name": ("name",),
    "language": ("language",),
    "contact_email": ("contact_email", "user"),  # the mailbox they sign in with is the one they are written to
    "phone": ("phone",),
    "pronunciation": ("pronunciation",),
    "communication": ("communication",),
}
KEPT_AS_IS = ("id", "code", "created_at", "updated_at", "forgotten_at")
NAMED_AT_MOST = 10
ELSE_SETTLE_FIRST = gettext_lazy("change or remove one of the two.")


@dataclass(frozen=True)
class Sort:
    """What differs between merging organisations and merging people."""

    choices: Mapping[str, tuple[str, ...]]
    merges: type[Any]
    differences: type[Any]


SORTS: dict[type[models.Model], Sort] = {
    Organisation: Sort(ORGANISATION_CHOICES, Merge, Difference),
    Person: Sort(PERSON_CHOICES, PersonMerge, PersonDifference),
}


class CannotMerge(Refused):
    """Something would be lost. The words say which rows stand in the way, and what to do about them."""


@dataclass(frozen=True)
class Relation:
    """A foreign key to a record, in whatever app."""

    model: type[models.Model]
    field: str

    def rows(self, record: models.Model) -> "models.QuerySet[Any]":
        return self.model._base_manager.filter(**{self.field: record.pk}).order_by("pk")

    @property
    def is_link(self) -> bool:
        """A row of a many-to-many table: it says that two things belong together, and nothing else."""
        return bool(self.model._meta.auto_created)


def relations(model: type[models.Model]) -> list[Relation]:
    """Every foreign key to a model there is, those of many-to-many tables and without a way back included.

    Rows that hang on others of these (an answer on its suggestion) come before them.
    """
    found = [
        Relation(one.related_model, one.field.name)
        for one in model._meta.get_fields(include_hidden=True)
        if isinstance(one, models.ManyToOneRel)
    ]
    others = {relation.model for relation in found} - {model}
    hangs = {
        one.model: any(key.related_model in others for key in one.model._meta.concrete_fields if key.is_relation)
        for one in found
    }
    return sorted(found, key=lambda relation: not hangs[relation.model])


def what_moves(gone: models.Model) -> list[tuple[str, int]]:
    """(what, how many) for everything that hangs on a record, for the page that asks."""
    found = [
        (str(relation.model._meta.verbose_name_plural), relation.rows(gone).count())
        for relation in relations(type(gone))
    ]
    return sorted((what, count) for what, count in found if count)


@transaction.atomic
def merge_records(kept: Any, gone: Any, *, take: Mapping[str, bool], by: By, reason: str = "") -> Any:
    """Take `gone` up into `kept`. `take` says for each of the choices whether the value of `gone` is to stand.

    Raises CannotMerge, with the rows that stand in the way and what to do about them, if anything would be lost.
    """
    model = type(kept)
    if kept.pk == gone.pk:
        raise CannotMerge(_("This is one record already."))
    locked = model._base_manager.select_for_update().in_bulk([kept.pk, gone.pk])
    if len(locked) != 2:
        raise CannotMerge(_("One of the two is not there any more. Please look again."))
    kept, gone = locked[kept.pk], locked[gone.pk]
    _refuse_what_was_said(kept, gone)
    _refuse_another_sector(kept, gone, take)
    before = as_it_is(kept)
    parent = _parent_afterwards(kept, gone, take)
    moving = _Moving(by=by)
    if isinstance(kept, Person):
        moving.steps += merged_people.keep_the_narrower(kept, gone)
        moving.steps += merged_people.hand_over_letters(kept, gone)
    moving.hand_over(gone, kept)
    moving.refuse_if_anything_is_in_the_way()
    _refuse_if_anything_is_left(gone)
    columns = as_it_is(gone)
    gone.delete()
    _take_columns(kept, gone, take, parent)
    merge = SORTS[model].merges.objects.create(
        kept=kept,
        gone_name=gone.name,
        gone_code=gone.code,
        content={"kept": before, "gone": columns, "merged": as_it_is(kept), "steps": moving.steps},
        reason=reason,
        by_name=str(by),
    )
    named = f"{gone.name} ({gone.code})" if isinstance(gone, Organisation) else gone.code  # no names of people
    words = "; ".join([f"← {named} {reason}".strip(), *moving.became_one])
    write_entry(kept, RecordState.APART, RecordState.MERGED, by=by, reason=words)
    return merge


@transaction.atomic
def undo_merge(merge: AnyMerge, *, by: By) -> Any:
    """Take a merge apart: the record is there again, with its rows and its columns. Returns it.

    What was changed since stays as it was changed. Raises Refused if a newer merge builds on this one.
    """
    merges = type(merge)._base_manager.filter(kept=merge.kept_id)
    newer = merges.filter(state=Merge.State.DONE, pk__gt=merge.pk).first()
    if newer:
        raise Refused(_("Please take apart the newer merge first: %(merge)s.") % {"merge": newer})
    content = merge.content
    advance(merge, Merge.State.UNDONE, table=states.MERGE, by=by, content={})  # what it was made of is of use no more
    kept = type(merge.kept)._base_manager.select_for_update().get(pk=merge.kept_id)
    try:
        with transaction.atomic():
            gone = _restore(content["gone"])
            _give_back_columns(kept, content)
            for step in reversed(content["steps"]):
                _take_back(step, kept, gone)
            if isinstance(gone, Organisation):
                _free_what_is_settled(gone)
    except IntegrityError as error:
        raise Refused(
            _("This cannot be taken apart by itself any more: something else has taken its place since."),
            detail=str(error),
        ) from error
    named = f"{gone.name} ({gone.code})" if isinstance(gone, Organisation) else gone.code
    write_entry(kept, RecordState.MERGED, RecordState.APART, by=by, reason=f"→ {named}")
    return gone


# --- before ----------------------------------------------------------------------------------------------------------


def _refuse_what_was_said(kept: Any, gone: Any) -> None:
    first, second = sorted((kept.pk, gone.pk))
    difference = SORTS[type(kept)].differences.objects.filter(one=first, other=second).first()
    if difference:
        words = _("Somebody said that these are different: %(reason)s Delete that note first if it is wrong.")
        raise CannotMerge(words % {"reason": difference.reason or "–"})


def _refuse_another_sector(kept: Any, gone: Any, take: Mapping[str, bool]) -> None:
    if isinstance(kept, Person) or kept.sector == gone.sector:
        return
    changes, sector = (kept, gone.sector) if take.get("sector") else (gone, kept.sector)
    if against := sectors.objections(changes, sector):
        raise CannotMerge(" ".join(against))


def _parent_afterwards(kept: Any, gone: Any, take: Mapping[str, bool]) -> int | None:
    """The chosen parent; nobody becomes part of themselves, however the two were linked."""
    if isinstance(kept, Person):
        return None
    chosen = gone.parent_id if take.get("parent") else kept.parent_id
    if chosen == gone.pk:
        chosen = gone.parent_id
    return None if chosen in (kept.pk, gone.pk) else chosen


# --- rows ------------------------------------------------------------------------------------------------------------


@dataclass
class _Moving:
    """What is done to rows, in the order it is done, so that it can be taken back from the end.

    A step is ["moved", model, field, key, old target, new target], ["was", row], or ["set", …] and ["made", …] of
    `merged_people`.
    """

    by: By
    steps: list[Any] = field(default_factory=list)
    in_the_way: list[str] = field(default_factory=list)
    became_one: list[str] = field(default_factory=list)

    def hand_over(self, old: Any, new: Any) -> None:
        """Point every row from `old` to `new`, one by one, so that whatever stands in the way has a name."""
        for relation in relations(type(old)):
            for row in relation.rows(old):
                if not relation.model._base_manager.filter(pk=row.pk, **{relation.field: old.pk}).exists():
                    continue  # it became one with another meanwhile
                if isinstance(row, (Difference, PersonDifference)):
                    self._rewrite(row, old, new)
                elif self._point(relation, row, old, new):
                    continue
                elif relation.is_link:
                    self._remove(row)
                else:
                    self._settle(relation, row, old, new)

    def refuse_if_anything_is_in_the_way(self) -> None:
        if self.in_the_way:
            shown = " ".join(self.in_the_way[:NAMED_AT_MOST])
            more = len(self.in_the_way) - NAMED_AT_MOST
            shown += _(" … and %(count)d more") % {"count": more} if more > 0 else ""
            words = _("One of two would be lost, so nothing was merged. Please settle first: %(rows)s")
            raise CannotMerge(words % {"rows": shown})

    def _point(self, relation: Relation, row: Any, old: Any, new: Any) -> bool:
        """Point one row to `new`; False if the database does not allow it."""
        target = None if row._meta.model is type(new) and row.pk == new.pk else new.pk  # nothing is part of itself
        try:
            with transaction.atomic():
                relation.model._base_manager.filter(pk=row.pk).update(**{relation.field: target})
        except IntegrityError:
            return False
        if type(new) in SORTS:
            _rename_code(row, old.code, new.code)
        self.steps.append(["moved", relation.model._meta.label_lower, relation.field, row.pk, old.pk, target])
        return True

    def _settle(self, relation: Relation, row: Any, old: Any, new: Any) -> None:
        """A row that would be there twice, or would stand between one record and itself."""
        twin = twin_of(row, relation.field, new.pk)
        if not isinstance(row, Twin) or (twin is not None and not twin.agrees_with(row)):
            self._stands_in_the_way(row)
        elif twin is None:
            self._drop(row)
        elif type(new) in SORTS and row.rank() > twin.rank():
            self._take_up(twin, into=row)
            self._point(relation, row, old, new)
        else:  # what hangs on a row that stays, stays
            self._take_up(row, into=twin)

    def _take_up(self, row: Any, *, into: Any) -> None:
        self.hand_over(row, into)
        self._remove(row)
        if hasattr(into, "code") and hasattr(into, "state"):
            self.became_one.append(f"{row._meta.verbose_name} {row.code} → {into.code}")
            write_entry(into, into.state, into.state, by=self.by, reason=f"← {row.code} ({row.get_state_display()})")

    def _drop(self, row: Any) -> None:
        """Remove a row, and what hangs on it; the merge keeps them."""
        for relation in relations(type(row)):
            for child in relation.rows(row):
                if isinstance(child, Twin) or relation.is_link:
                    self._drop(child)
                else:
                    self._stands_in_the_way(child)
        self._remove(row)
        if hasattr(row, "code"):
            self.became_one.append(f"{row._meta.verbose_name} {row.code} ×")

    def _remove(self, row: Any) -> None:
        if not self.in_the_way:  # else everything is taken back anyway, and what hangs on the row is still there
            self.steps.append(["was", as_it_is(row)])
            type(row)._base_manager.filter(pk=row.pk).delete()

    def _rewrite(self, row: Any, old: Any, new: Any) -> None:
        """What one of the two is different from; they are kept in the order of their keys, and may change places."""
        self.steps.append(["was", as_it_is(row)])
        another = row.other_id if row.one_id == old.pk else row.one_id
        one, other = sorted((new.pk, another))
        rows = type(row)._base_manager
        if rows.filter(one=one, other=other).exists():
            rows.filter(pk=row.pk).delete()
        else:
            rows.filter(pk=row.pk).update(one=one, other=other)

    def _stands_in_the_way(self, row: Any) -> None:
        advice = getattr(row, "settle_first", ELSE_SETTLE_FIRST)
        words = _("%(what)s %(row)s: %(advice)s")
        self.in_the_way.append(words % {"what": row._meta.verbose_name, "row": row, "advice": advice})


def twin_of(row: Any, field: str, target: int) -> Any:
    """The row that has the place of `row`, were it to point to `target` with `field`; None if there is none."""
    values = {column.attname: getattr(row, column.attname) for column in row._meta.concrete_fields}
    values[row._meta.get_field(field).attname] = target
    for names, condition in _unique_together(type(row)):
        wanted = {name: values[row._meta.get_field(name).attname] for name in names}
        if field in names and None not in wanted.values():
            rows = type(row)._base_manager.filter(condition, **wanted)
            if found := rows.exclude(pk=row.pk).first():
                return found
    return None


def _unique_together(model: type[models.Model]) -> Iterator[tuple[tuple[str, ...], models.Q]]:
    for column in model._meta.concrete_fields:
        if column.unique and not column.primary_key:
            yield (column.name,), models.Q()
    for constraint in model._meta.constraints:
        if isinstance(constraint, models.UniqueConstraint):
            yield tuple(constraint.fields), constraint.condition or models.Q()


def _take_back(step: list[Any], kept: Any, gone: Any) -> None:
    """Undo one step; what was changed or removed since stays so."""
    what, *rest = step
    if what == "was":
        read(rest[0]).save()
    elif what == "moved":
        label, name, pk, old, new = rest
        model = apps.get_model(label)
        if [model, pk] == [type(kept), kept.pk]:  # its own parent is a column, see `_give_back_columns`
            return
        moved = model._base_manager.filter(pk=pk, **{name: new}).update(**{name: old})
        if moved and model._meta.get_field(name).related_model is type(kept):
            _rename_code(model._base_manager.get(pk=pk), kept.code, gone.code)
    else:
        merged_people.take_back(step)


def _rename_code(row: models.Model, old: str, new: str) -> None:
    """Where a JSON column of the row names the old code, name the new one; what an older merge keeps is history."""
    columns = [one.attname for one in row._meta.concrete_fields if isinstance(one, models.JSONField)]
    for name in columns if not isinstance(row, (Merge, PersonMerge)) else []:
        value = json.dumps(getattr(row, name))
        if f'"{old}"' in value:
            renamed = json.loads(value.replace(f'"{old}"', f'"{new}"'))
            type(row)._base_manager.filter(pk=row.pk).update(**{name: renamed})


def _refuse_if_anything_is_left(gone: models.Model) -> None:
    left = [f"{what}: {count}" for what, count in what_moves(gone)]
    if left:
        raise CannotMerge(_("Nothing was merged, because these would be lost: %(rows)s") % {"rows": ", ".join(left)})


# --- columns ---------------------------------------------------------------------------------------------------------


def as_it_is(row: models.Model) -> dict[str, Any]:
    """A row as JSON can hold it. Its many-to-many links are rows of their own."""
    values = {column.attname: getattr(row, column.attname) for column in row._meta.concrete_fields}
    columns = {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}
    return {"model": row._meta.label_lower, "columns": columns}


def read(row: dict[str, Any]) -> Any:
    """The reverse of `as_it_is`; not saved."""
    model = apps.get_model(row["model"])
    kinds = {column.attname: column for column in model._meta.concrete_fields}
    return model(**{name: kinds[name].to_python(value) for name, value in row["columns"].items() if name in kinds})


def _take_columns(kept: Any, gone: Any, take: Mapping[str, bool], parent: int | None) -> None:
    for name, columns in SORTS[type(kept)].choices.items():
        if take.get(name):
            for column in columns:
                setattr(kept, column, getattr(gone, column))
    if isinstance(kept, Organisation):
        kept.parent_id = parent
        kept.restricted_at = kept.restricted_at or gone.restricted_at  # a concern that is open stays in force
    elif not kept.contact_email and not kept.phone:
        raise CannotMerge(_("Please keep an e-mail address or a phone number, so that we can reach them."))
    elif kept.contact_email == gone.contact_email:
        kept.user_id = kept.user_id or gone.user_id
    kept.save()


def _restore(columns: dict[str, Any]) -> Any:
    """The row that was taken up, with its old key and code."""
    gone = read(columns)
    if isinstance(gone, Organisation) and gone.parent_id:
        gone.parent = Organisation.objects.filter(pk=gone.parent_id).first()  # it may have been deleted since
    gone.save(force_insert=True)
    return gone


def _free_what_is_settled(gone: Organisation) -> None:
    """A concern that was closed while the record was taken up restricts nothing any more."""
    if not Concern.objects.filter(organisation=gone, listing=None, taken_from=[], state=Concern.State.OPEN).exists():
        gone.restricted_at = None
        gone.save(update_fields=["restricted_at"])


def _give_back_columns(kept: Any, content: dict[str, Any]) -> None:
    """Each column of before, unless somebody changed it since."""
    before, merged = read(content["kept"]), read(content["merged"])
    for column in type(kept)._meta.concrete_fields:
        name = column.attname
        if name not in KEPT_AS_IS and getattr(kept, name) == getattr(merged, name):
            setattr(kept, name, getattr(before, name))
    kept.save()
