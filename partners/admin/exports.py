"""Buttons above a list of the admin, and the list as a table to take away: what the filters show, in full."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from import_export.resources import Resource

from partners.admin.pages import list_address
from partners.exporting import FORMATS


class ToolsAbove(admin.ModelAdmin):
    """A list with buttons of its own: each is (words, address), with whether the filters go along."""

    change_list_template = "admin/list_with_tools.html"

    def tools(self, request: HttpRequest) -> list[tuple[str, str, bool]]:
        return []

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, {"tools": self.tools(request)} | (extra_context or {}))

    def address_of(self, name: str, *args: object) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{name}", args=args)


class Exported(ToolsAbove):
    """For those who may change the rows: a table leaves our care, so it is not for everybody who may look."""

    export_resource: type[Resource]

    def has_export_permission(self, request: HttpRequest) -> bool:
        return self.has_change_permission(request)

    def tools(self, request: HttpRequest) -> list[tuple[str, str, bool]]:
        if not self.has_export_permission(request):
            return super().tools(request)
        words = {"csv": _("Export as CSV"), "xlsx": _("Export as XLSX")}
        exports = [(words[kind], self.address_of("export", kind), True) for kind in FORMATS]
        return [*super().tools(request), *exports]

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.export_view)
        name = f"{self.opts.app_label}_{self.opts.model_name}_export"
        return [path("export/<slug:kind>/", view, name=name), *super().get_urls()]

    def export_view(self, request: HttpRequest, kind: str) -> HttpResponse:
        if not self.has_export_permission(request) or kind not in FORMATS:
            raise PermissionDenied
        try:
            rows = self.get_changelist_instance(request).get_queryset(request)
        except IncorrectLookupParameters:  # a filter nobody could have pressed
            return redirect(list_address(self.model))
        table = FORMATS[kind]()
        written = table.export_data(self.export_resource().export(rows))
        response = HttpResponse(written, content_type=table.get_content_type())
        name = f"{self.opts.model_name}-{localdate():%Y-%m-%d}.{kind}"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response
