"""What staff pages share: a question before anything is done, links, and who may delete records of people."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator, capfirst
from django.utils.translation import gettext as _

from partners.models import Membership
from partners.services import note_authority


@dataclass(frozen=True)
class Confirmation:
    """A question to staff: the rows it is about, what will happen to each, and one button."""

    title: str
    explanation: str
    button: str
    headings: Sequence[object]
    rows: Sequence[Sequence[object]]
    post_to: str
    back_to: str
    seen: str = ""
    form: forms.Form = field(default_factory=forms.Form)
    letters: Sequence[object] | None = None  # (registration, letter) as it would leave; None where none is written


def ask_first(
    model_admin: admin.ModelAdmin, request: HttpRequest, confirmation: Confirmation, *, status: int = 200
) -> TemplateResponse:
    context = {
        **model_admin.admin_site.each_context(request),
        "title": confirmation.title,
        "opts": model_admin.opts,
        "confirmation": confirmation,
    }
    return TemplateResponse(request, "admin/confirmation.html", context, status=status)


def seen_rows(rows: Sequence[tuple[int, str]]) -> str:
    """What the page showed, as one field, because forms take 1,000 at most: "12:requested 14:talking"."""
    return " ".join(f"{pk}:{mark}" for pk, mark in rows)


def read_seen(value: str) -> dict[int, str]:
    """The reverse of `seen_rows`; what does not look like it is left out."""
    pairs = (item.partition(":") for item in value.split())
    return {int(pk): mark for pk, _colon, mark in pairs if pk.isdecimal() and len(pk) < 19 and mark}


def digest(*texts: str) -> str:
    """A short mark of some texts, to notice whether they changed after somebody read them."""
    return sha256("\0".join(texts).encode()).hexdigest()[:16]


def link_to(row: models.Model | None, words: object = "") -> SafeString | str:
    """A link to a row's own page in the admin."""
    if row is None:
        return "–"
    address = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
    return format_html('<a href="{}">{}</a>', address, words or row)


def require_change(model_admin: admin.ModelAdmin, request: HttpRequest) -> None:
    """Raises PermissionDenied for staff who may only look."""
    if not model_admin.has_change_permission(request):
        raise PermissionDenied


def list_address(model: type[models.Model]) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def short(text: str, characters: int = 80) -> str:
    return Truncator(text).chars(characters)


class NamedRows(forms.BaseInlineFormSet):
    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        if "DELETE" in form.fields:
            form.fields["DELETE"].widget.attrs["aria-label"] = _("Delete this line")


class NamedFields(admin.TabularInline):
    """A table of fields that fits beside the menu, each named for those who cannot see its column's heading."""

    extra = 0
    template = "admin/partners/tabular.html"
    formset = NamedRows
    formfield_overrides = {models.CharField: {"widget": forms.TextInput(attrs={"size": 16})}}

    def formfield_for_dbfield(self, db_field: models.Field, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None:
            widget: Any = getattr(field.widget, "widget", field.widget)  # a foreign key's is wrapped in its buttons
            widget.attrs["aria-label"] = field.label
        return field


class HatsOfRecord:
    """For the pages of people and organisations: a change of who can decide is a line in the journal."""

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        changed = [
            (row.instance, row.initial["authority"])
            for row in formset.forms
            if formset.model is Membership and row.instance.pk and "authority" in row.changed_data
        ]
        super().save_formset(request, form, formset, change)  # type: ignore[misc]
        for membership, before in changed:
            note_authority(membership, before, by=request.user)  # type: ignore[arg-type]


TICKED: Any = {models.ManyToManyField: {"widget": forms.CheckboxSelectMultiple}}  # short lists: themes, kinds


class RecordAdmin(admin.ModelAdmin):
    """Records of people and what they take part in: deleted by a superuser, one at a time, after a question."""

    show_full_result_count = False
    list_title: Any = ""
    view_on_site = False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        title = {"title": self.list_title or capfirst(self.opts.verbose_name_plural)}
        return super().changelist_view(request, title | (extra_context or {}))

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return bool(request.user.is_active and request.user.is_superuser)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """What hangs on a record goes with it, also where its own pages are read-only."""
        to_delete, counts, _needed, protected = super().get_deleted_objects(objs, request)
        return to_delete, counts, set(), protected
