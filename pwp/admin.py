"""The staff's index: what is decided every day first, what is looked up rarely last."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

APPS = ["events", "partners", "matching", "outbox", "journal"]
ROWS = {
    "events": ["Registration", "Invitation", "Event", "Programme"],
    "partners": ["Listing", "Organisation", "Person"],
    "matching": ["MatchRun", "Suggestion", "Introduction", "FollowUp"],
}

_alphabetical = admin.site.get_app_list


def ordered_app_list(request: HttpRequest, app_label: str | None = None) -> list[dict[str, Any]]:
    apps = _alphabetical(request, app_label)
    for app in apps:
        rows = ROWS.get(app["app_label"], [])
        app["models"].sort(key=lambda model: _place(rows, model["object_name"]))
    return sorted(apps, key=lambda app: _place(APPS, app["app_label"]))


def _place(order: list[str], name: str) -> int:
    return order.index(name) if name in order else len(order)


admin.site.enable_nav_sidebar = False  # the queue needs the width; the index is one click away
admin.site.get_app_list = ordered_app_list  # type: ignore[method-assign]
