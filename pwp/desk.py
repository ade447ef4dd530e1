"""The staff's site: Django's admin with today's work first, lists that can be kept, and a second factor where asked."""

from typing import Any

from django.contrib.admin.sites import AdminSite
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import path

from pwp import saved_lists, second_factor
from pwp.today import TodaysWork

APPS = ["events", "partners", "matching", "outbox", "journal"]
ROWS = {  # what is decided every day first, what is looked up rarely last
    "events": ["Registration", "Call", "Invitation", "Event", "Arrangement", "Programme"],
    "partners": ["Listing", "Organisation", "Person"],
    "matching": ["MatchRun", "Suggestion", "Introduction", "FollowUp"],
}


class DeskSite(AdminSite):
    site_header = site_title = "Partnerships with Purpose"
    enable_nav_sidebar = False  # the queue needs the width; the index is one click away

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        apps = super().get_app_list(request, app_label)
        for app in apps:
            rows = ROWS.get(app["app_label"], [])
            app["models"].sort(key=lambda model: _place(rows, model["object_name"]))
        return sorted(apps, key=lambda app: _place(APPS, app["app_label"]))

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        work = TodaysWork(request.user)
        today = {
            "items": work.items(),
            "days": work.days(),
            "saved_lists": saved_lists.of(request.user),
        }
        return super().index(request, today | (extra_context or {}))

    def get_urls(self) -> list[Any]:
        return [
            path("lists/save/", self.admin_view(saved_lists.save), name="list_save"),
            path("lists/<int:pk>/delete/", self.admin_view(saved_lists.delete), name="list_delete"),
            *super().get_urls(),
        ]

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """No page of the desk without a second factor, where staff must have one."""
        return super().admin_view(second_factor.required(view), cacheable)


def _place(order: list[str], name: str) -> int:
    return order.index(name) if name in order else len(order)
