"""Lists of organisations from a CSV file: visible to staff only, for rehearsals and for looking things up.

Columns: source, ref, kind, name (required); postcode, work_place, event_area, size, text, type, language, website,
needs, offers, themes, audiences (optional); any other column is ignored. `size` is a word or a yearly income in pounds.
`needs` and `offers` hold one line each, several separated by a line break or by " // ", each with kinds before it if
wished: "[space-show, links-people] A wall for our quilts". `themes` and `audiences` are slugs separated by commas.
"""

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from import_export import fields, resources, widgets
from import_export.results import Result
from tablib import Dataset

from events.models import Event
from partners.models import Audience, Kind, Listing, Organisation, Theme
from partners.models.organisations import LONGEST_LISTING
from partners.services import place_organisation
from pwp.refusals import Refused

REQUIRED = ("source", "ref", "kind", "name")
OPTIONAL = ("postcode", "work_place", "event_area", "size", "text", "type", "language", "website")
LISTS = ("needs", "offers", "themes", "audiences")
AREA_WORDS = {"se_london": "south_east_london"}
SECTOR_WORDS = {"charity": "community", "council": "statutory"}
INCOME_BANDS = ((10_000, "tiny"), (100_000, "small"), (1_000_000, "medium"))  # common sector usage; above: large
SIZE_WORDS = {"": "", "unknown": "", "huge": "large"}
LINE = re.compile(r"^(?:\[(?P<kinds>[^\]]*)\])?\s*(?P<text>.+)$", re.DOTALL)


class CannotRead(Refused):
    """The file as a whole cannot be used."""


def read_rows(path: Path) -> Dataset:
    """The file's rows with the `line` each begins on. Raises CannotRead with what to change."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError:
        raise CannotRead(_("There is no file %(path)s.") % {"path": path}) from None
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        words = _("Line %(line)d is not UTF-8. Save the file as “CSV UTF-8” and import it again; nothing was changed.")
        raise CannotRead(words % {"line": line}) from None
    if "\x00" in text:
        line = text[: text.index("\x00")].count("\n") + 1
        raise CannotRead(_("Line %(line)d holds a NUL character: this is not a text file.") % {"line": line})
    reader = csv.DictReader(io.StringIO(text, newline=""))
    missing = [name for name in REQUIRED if name not in (reader.fieldnames or [])]
    if missing:
        words = _("These columns are missing: %(missing)s. The first line must name the columns.")
        raise CannotRead(words % {"missing": ", ".join(missing)})
    columns = [name for name in (*REQUIRED, *OPTIONAL, *LISTS) if name in (reader.fieldnames or [])]
    rows = Dataset(headers=[*columns, "line"])
    begins = 2
    try:
        for row in reader:
            rows.append([*((row.get(name) or "").strip() for name in columns), begins])
            begins = reader.line_num + 1
    except csv.Error as error:
        raise CannotRead(_("Line %(line)d: %(error)s") % {"line": begins, "error": error}) from None
    return rows


class _Sector(widgets.CharWidget):
    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        word = SECTOR_WORDS.get(value.lower(), value.lower())
        if word not in Organisation.Sector.values:
            known = ", ".join(Organisation.Sector.values)
            raise ValueError(_("“%(word)s” is not a sector. Use one of: %(known)s.") % {"word": value, "known": known})
        return word


class _Size(widgets.CharWidget):
    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        word = SIZE_WORDS.get(value.lower(), value.lower())
        if word.isdigit():
            return next((size for most, size in INCOME_BANDS if 0 < int(word) < most), "large" if int(word) else "")
        if word and word not in Organisation.Size.values:
            known = ", ".join(Organisation.Size.values)
            raise ValueError(
                _("“%(word)s” is not a size. Use one of: %(known)s, or an income.") % {"word": value, "known": known}
            )
        return word


class OrganisationRows(resources.ModelResource):
    """Rows as organisations that staff can see. The identifier (source, ref) says which row is which organisation."""

    identifier_scheme = fields.Field(attribute="identifier_scheme", column_name="source")
    identifier = fields.Field(attribute="identifier", column_name="ref")
    sector = fields.Field(attribute="sector", column_name="kind", widget=_Sector())
    size = fields.Field(attribute="size", column_name="size", widget=_Size())
    description = fields.Field(attribute="description", column_name="text")

    class Meta:
        model = Organisation
        import_id_fields = ("identifier_scheme", "identifier")
        fields = (
            "identifier_scheme",
            "identifier",
            "sector",
            "name",
            "size",
            "description",
            "postcode",
            "work_place",
            "type",
            "language",
            "website",
        )
        skip_unchanged = True
        report_skipped = True
        clean_model_instances = True

    def __init__(self, *, event: Event | None = None) -> None:
        super().__init__()
        self.event = event
        self.events = _events_by_area()
        self.kinds = {kind.slug: kind for kind in Kind.objects.all()}
        self.terms: dict[str, dict[str, Theme | Audience]] = {
            "themes": {term.slug: term for term in Theme.objects.all()},
            "audiences": {term.slug: term for term in Audience.objects.all()},
        }
        self.near: dict[int, set[int]] = {}

    def before_import_row(self, row: Any, **kwargs: Any) -> None:
        if "language" in row:
            row["language"] = row["language"] or "en"
        for name in REQUIRED:
            if not row[name]:
                raise ValidationError({name: _("This cell is empty.")})
        self._event_of(row)
        for side in ("needs", "offers"):
            list(self._lines(row, side))
        for name in ("themes", "audiences"):
            self._terms(row, name)

    def before_save_instance(self, instance: Organisation, row: Any, **kwargs: Any) -> None:
        if instance.sector == Organisation.Sector.FUNDER and instance.pk is None:
            instance.open_to_contact = False
        place_organisation(instance)

    def skip_row(self, instance: Organisation, original: Any, row: Any, import_validation_errors: Any = None) -> bool:
        if instance.pk and instance.memberships.exists():  # they speak for themselves now
            return True
        unchanged: bool = super().skip_row(instance, original, row, import_validation_errors)
        return unchanged and not self._new_lines(instance, row) and not self._new_terms(instance, row)

    def after_save_instance(self, instance: Organisation, row: Any, **kwargs: Any) -> None:
        for side, text, kinds in self._new_lines(instance, row):
            listing = Listing.objects.create(organisation=instance, side=side, text=text, language=instance.language)
            listing.kinds.set(kinds)
        for name, terms in self._new_terms(instance, row).items():
            getattr(instance, name).add(*terms)

    def after_import_row(self, row: Any, row_result: Any, **kwargs: Any) -> None:
        event = self._event_of(row) if not row_result.validation_error else None
        if event and row_result.object_id:
            self.near.setdefault(event.pk, set()).add(row_result.object_id)

    def after_import(self, dataset: Dataset, result: Result, **kwargs: Any) -> None:
        for pk, organisations in self.near.items():
            Event.objects.get(pk=pk).known_organisations.add(*organisations)

    def _event_of(self, row: Any) -> Event | None:
        if self.event or not row.get("event_area"):
            return self.event
        area = row["event_area"].lower().replace("-", "_")
        event = self.events.get(AREA_WORDS.get(area, area))
        if event is None:
            known = ", ".join(sorted(self.events)) or _("none; run manage.py load_programme first")
            words = _("“%(area)s” is not the area of an event. Use one of: %(known)s.")
            raise ValidationError({"event_area": words % {"area": row["event_area"], "known": known}})
        return event

    def _lines(self, row: Any, column: str) -> Iterator[tuple[str, str, list[Kind]]]:
        side = Listing.Side.NEED if column == "needs" else Listing.Side.OFFER
        for line in re.split(r"\n| // ", row.get(column, "")):
            found = LINE.match(line.strip())
            if found is None:
                continue
            text, slugs = found["text"].strip(), _slugs(found["kinds"] or "")
            unknown = [slug for slug in slugs if slug not in self.kinds]
            if unknown:
                raise ValidationError({column: _("Not a kind: %(slugs)s.") % {"slugs": ", ".join(unknown)}})
            if len(slugs) > 3:
                raise ValidationError({column: _("A line can have up to three kinds.")})
            if len(text) > LONGEST_LISTING:
                words = _("A line is %(length)d characters long; %(most)d is the most.")
                raise ValidationError({column: words % {"length": len(text), "most": LONGEST_LISTING}})
            yield side, text, [self.kinds[slug] for slug in slugs]

    def _new_lines(self, instance: Organisation, row: Any) -> list[tuple[str, str, list[Kind]]]:
        lines = [line for column in ("needs", "offers") for line in self._lines(row, column)]
        if not lines or instance.pk is None:
            return lines
        known = set(instance.listings.values_list("side", "text"))
        return [line for line in lines if line[:2] not in known]

    def _terms(self, row: Any, name: str) -> list[Theme | Audience]:
        slugs = _slugs(row.get(name, ""))
        unknown = [slug for slug in slugs if slug not in self.terms[name]]
        if unknown:
            raise ValidationError({name: _("Not in the vocabulary: %(slugs)s.") % {"slugs": ", ".join(unknown)}})
        return [self.terms[name][slug] for slug in slugs]

    def _new_terms(self, instance: Organisation, row: Any) -> dict[str, list[Theme | Audience]]:
        wanted = {name: terms for name in ("themes", "audiences") if (terms := self._terms(row, name))}
        if instance.pk is None:
            return wanted
        known = {name: set(getattr(instance, name).all()) for name in wanted}
        return {name: new for name, terms in wanted.items() if (new := [t for t in terms if t not in known[name]])}


def problems(result: Result, rows: Dataset) -> list[str]:
    """Every bad row as "line 12, size: …", in the order of the file."""
    lines = rows["line"]
    found = [(lines[bad.number - 1], _words(bad.error)) for bad in result.invalid_rows]
    found += [
        (lines[number - 1], "; ".join(str(error.error) for error in errors)) for number, errors in result.row_errors()
    ]
    return [_("line %(line)d: %(words)s") % {"line": line, "words": words} for line, words in sorted(found)]


def _words(error: ValidationError) -> str:
    if not hasattr(error, "message_dict"):
        return " ".join(error.messages)
    columns = {"identifier_scheme": "source", "identifier": "ref", "sector": "kind", "description": "text"}
    return "; ".join(
        " ".join(messages) if name == "__all__" else f"{columns.get(name, name)}: {' '.join(messages)}"
        for name, messages in error.message_dict.items()
    )


def _slugs(cell: str) -> list[str]:
    return [slug for slug in (word.strip() for word in cell.split(",")) if slug]


def _events_by_area() -> dict[str, Event]:
    """The newest season's events by their area's word: `sheffield-2027` is `sheffield`."""
    newest_last = Event.objects.order_by("held_on")
    return {event.slug.rsplit("-", 1)[0].replace("-", "_"): event for event in newest_last}
