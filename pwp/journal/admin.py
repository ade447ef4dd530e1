"""The journal, for reading; and the two shapes every read-only admin page of the portal is made of."""

from collections.abc import Iterable, Sequence

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from pwp.journal.models import Entry


class ReadOnlyAdmin(admin.ModelAdmin):
    """Rows that are looked at here and changed elsewhere, or not at all."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


def table(headings: Sequence[object], rows: Iterable[Sequence[object]], *, empty: str) -> SafeString | str:
    """A small table for a read-only field; every cell is escaped unless it is marked safe."""
    body = format_html_join("", "<tr>{}</tr>", ((_cells(row),) for row in rows))
    if not body:
        return empty
    head = format_html_join("", '<th scope="col">{}</th>', ((heading,) for heading in headings))
    return format_html("<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table>", head, body)


def _cells(row: Sequence[object]) -> SafeString:
    return format_html_join("", "<td>{}</td>", ((cell,) for cell in row))


def moment(at: object) -> str:
    """A local date and time that sorts and fits in a table, or nothing."""
    return f"{localtime(at):%Y-%m-%d %H:%M}" if at else ""  # type: ignore[arg-type]


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
                entry.reason,
            ]
            for entry in entries
        ],
        empty=_("Nothing has happened yet."),
    )


@admin.register(Entry)
class EntryAdmin(ReadOnlyAdmin):
    list_display = ["at", "subject_model", "subject_code", "from_state", "to_state", "by_name", "reason"]
    list_filter = ["subject_model", "to_state"]
    search_fields = ["subject_code", "by_name", "reason"]
    date_hierarchy = "at"
    fields = ["at", "subject_model", "subject_code", "from_state", "to_state", "by_name", "reason"]
    show_full_result_count = False
