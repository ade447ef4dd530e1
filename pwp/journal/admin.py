"""The journal, for reading; and the two shapes every read-only admin page of the portal is made of."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pwp.journal.models import Entry


class ReadOnlyAdmin(admin.ModelAdmin):
    """Rows that are looked at here and changed elsewhere, or not at all."""

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        title = {"title": capfirst(self.opts.verbose_name_plural)}
        return super().changelist_view(request, title | (extra_context or {}))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


def table(headings: Sequence[object], rows: Iterable[Sequence[object]], *, empty: str) -> SafeString | str:
    """A small table for a read-only field; every cell is escaped unless it is marked safe."""
    body = format_html_join("", "<tr>{}</tr>", ((_cells(headings, row),) for row in rows))
    if not body:
        return empty
    head = format_html_join("", '<th scope="col">{}</th>', ((heading,) for heading in headings))
    return format_html('<table class="stacks"><thead><tr>{}</tr></thead><tbody>{}</tbody></table>', head, body)


def _cells(headings: Sequence[object], row: Sequence[object]) -> SafeString:
    """Each says its heading, which stands before it where the table is too wide for a phone."""
    return format_html_join("", '<td data-heading="{}">{}</td>', zip(headings, row, strict=True))


def moment(at: object) -> str:
    """A local date and time that fits in a table, or nothing."""
    return date_format(localtime(at), "SHORT_DATETIME_FORMAT") if at else ""  # type: ignore[arg-type]


def journal_of(row: models.Model) -> SafeString | str:
    """Who moved this row, when, from what to what, and why."""
    states = dict(row._meta.get_field("state").flatchoices)  # type: ignore[union-attr]
    entries = Entry.objects.about(row)
    return table(
        [_("When"), _("From"), _("To"), _("By"), _("Why")],
        [
            [
                moment(entry.at),
                states.get(entry.from_state, entry.from_state),
                states.get(entry.to_state, entry.to_state),
                entry.by_name,
                entry.why,
            ]
            for entry in entries
        ],
        empty=_("Nothing has happened yet."),
    )


class SubjectFilter(admin.SimpleListFilter):
    """What a line is about, in the words of the desk."""

    title = gettext_lazy("what")
    parameter_name = "subject_model"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        labels = Entry.objects.order_by("subject_model").values_list("subject_model", flat=True).distinct()
        return [(label, capfirst(apps.get_model(label)._meta.verbose_name_plural)) for label in labels]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet[Entry]) -> models.QuerySet[Entry]:
        return queryset.filter(subject_model=self.value()) if self.value() else queryset


class BecameFilter(admin.SimpleListFilter):
    """What it became; asked once it is clear what it is about, since each has states of its own."""

    title = gettext_lazy("to")
    parameter_name = "to_state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        label = request.GET.get(SubjectFilter.parameter_name, "")
        known = {model._meta.label_lower: model for model in apps.get_models()}
        return list(getattr(getattr(known.get(label), "State", None), "choices", []))

    def queryset(self, request: HttpRequest, queryset: models.QuerySet[Entry]) -> models.QuerySet[Entry]:
        return queryset.filter(to_state=self.value()) if self.value() else queryset


@admin.register(Entry)
class EntryAdmin(ReadOnlyAdmin):
    list_display = ["at", "subject", "from_words", "to_words", "by_name", "why"]
    list_filter = [SubjectFilter, BecameFilter]
    search_fields = ["subject_code", "by_name", "reason"]
    date_hierarchy = "at"
    fields = readonly_fields = ["at", "subject", "from_words", "to_words", "by_name", "why"]
    show_full_result_count = False

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Entry | None:
        entry = super().get_object(request, object_id, from_field)
        name_subjects([entry] if entry else [])
        return entry

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        changelist = super().get_changelist_instance(request)
        name_subjects(changelist.result_list)
        return changelist

    @admin.display(description=gettext_lazy("what"))
    def subject(self, entry: Entry) -> str:
        return getattr(entry, "subject_name", "") or f"{entry.subject_model} {entry.subject_code}"

    @admin.display(description=gettext_lazy("why"))
    def why(self, entry: Entry) -> str:
        return entry.why

    @admin.display(description=gettext_lazy("from"), ordering="from_state")
    def from_words(self, entry: Entry) -> str:
        return state_words(entry, entry.from_state)

    @admin.display(description=gettext_lazy("to"), ordering="to_state")
    def to_words(self, entry: Entry) -> str:
        return state_words(entry, entry.to_state)


def name_subjects(entries: Iterable[Entry]) -> None:
    """Give each entry the name of its subject, in one query for each kind of subject; what was deleted has none."""
    by_model: dict[str, list[Entry]] = {}
    for entry in entries:
        by_model.setdefault(entry.subject_model, []).append(entry)
    for label, found in by_model.items():
        model = apps.get_model(label)
        paths = [path for path in _paths_to_names(model) if path]
        rows = model._base_manager.select_related(*paths).in_bulk([entry.subject_pk for entry in found])
        for entry in found:
            row = rows.get(entry.subject_pk)
            entry.subject_name = f"{model._meta.verbose_name}: {row}" if row else ""  # type: ignore[attr-defined]


def _paths_to_names(model: type[models.Model], depth: int = 3) -> list[str]:
    """The foreign keys that the name of a row may pass through."""
    links = [f for f in model._meta.fields if isinstance(f, models.ForeignKey) and f.related_model is not model]
    if depth == 0:
        return []
    return [
        "__".join([link.name, *rest])
        for link in links
        for rest in [[], *([path] for path in _paths_to_names(link.related_model, depth - 1))]  # type: ignore[arg-type]
    ]


def state_words(entry: Entry, state: str) -> str:
    """The state in the words the rest of the admin uses."""
    states = getattr(apps.get_model(entry.subject_model), "State", None)
    return str(states(state).label) if states and state in states.values else state
