"""The words both sides choose from. One in use is not deleted."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.actions import delete_selected
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from partners.models import Audience, Kind, KindRelation, Theme
from partners.models.vocabulary import Term, in_use


def refuse_if_used(request: HttpRequest, term: Term) -> bool:
    """Say so, with a count, if something still uses this term."""
    count = in_use(term)
    if not count:
        return False
    words = ngettext(
        "“%(term)s” was not deleted: %(count)d listing or organisation uses it. Choose another word there first.",
        "“%(term)s” was not deleted: %(count)d listings and organisations use it. Choose another word there first.",
        count,
    )
    messages.error(request, words % {"term": term, "count": count})
    return True


class TermAdmin(admin.ModelAdmin):
    list_display = ["name_en", "name_cy", "cy_reviewed", "slug", "position"]
    list_filter = ["cy_reviewed"]
    search_fields = ["name_en", "name_cy", "slug", "scope_en", "scope_cy"]
    ordering = ["position", "slug"]
    actions = ["delete_selected"]
    fields: Any = [("name_en", "name_cy"), "slug", ("scope_en", "scope_cy"), "cy_reviewed", "position"]

    def get_readonly_fields(self, request: HttpRequest, obj: Term | None = None) -> list[str]:
        return ["slug"] if obj else []

    def get_prepopulated_fields(self, request: HttpRequest, obj: Term | None = None) -> dict[str, Any]:
        return {} if obj else {"slug": ["name_en"]}

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        term = self.get_object(request, object_id)
        if term is not None and self.has_delete_permission(request, term) and refuse_if_used(request, term):
            return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", term.pk)
        return super().delete_view(request, object_id, extra_context)

    @admin.action(description=_("Delete"), permissions=["delete"])
    def delete_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        used = [term.pk for term in queryset if refuse_if_used(request, term)]
        free = queryset.exclude(pk__in=used)
        return delete_selected(self, request, free) if free.exists() else None


@admin.register(Kind)
class KindAdmin(TermAdmin):
    pass


@admin.register(Theme)
class ThemeAdmin(TermAdmin):
    list_display = [*TermAdmin.list_display, "group"]
    list_filter = [*TermAdmin.list_filter, "group"]
    fields = [*TermAdmin.fields, "group"]


@admin.register(Audience)
class AudienceAdmin(TermAdmin):
    pass


@admin.register(KindRelation)
class KindRelationAdmin(admin.ModelAdmin):
    list_display = ["need_kind", "offer_kind", "weight"]
    list_editable = ["weight"]
    list_select_related = ["need_kind", "offer_kind"]
