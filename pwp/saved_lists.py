"""Lists of the admin that somebody keeps under a name: the address with the filters chosen, for themselves alone."""

from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import Resolver404, resolve, reverse
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_POST

from partners.models import SavedList

MOST = 40  # more are no help to find anything


def of(user: Any) -> QuerySet[SavedList]:
    return SavedList.objects.filter(user=user.pk)


@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """Keep the list at `address` under `name`; a name that is taken gets the new address."""
    name = " ".join(request.POST.get("name", "").split())[:80]
    address = _address_of_a_list(request.POST.get("address", ""))
    mine = of(request.user)
    if not name:
        messages.warning(request, _("Please give the list a name."))
    elif mine.exclude(name=name).count() >= MOST:
        messages.warning(request, _("You have many lists. Please delete one first."))
    else:
        SavedList.objects.update_or_create(user=request.user, name=name, defaults={"address": address})  # type: ignore[misc]
        messages.success(request, _("Saved. You find “%(name)s” on your first page.") % {"name": name})
    return redirect(address)


@require_POST
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    get_object_or_404(of(request.user), pk=pk).delete()
    messages.success(request, _("The list is no longer kept. Its rows are as they were."))
    return redirect("admin:index")


def _address_of_a_list(typed: str) -> str:
    """The path and filters of one of the admin's lists, without a language. Raises Http404 for any other address."""
    parts = urlsplit(typed)
    path = parts.path.removeprefix("/cy")
    try:
        with override("en"):
            found = resolve(path)
    except Resolver404:
        raise Http404 from None
    is_list = found.namespace == "admin" and (found.url_name or "").endswith("_changelist")
    if parts.netloc or parts.scheme or not is_list or len(typed) > 500:
        raise Http404
    with override("en"):
        path = reverse(f"admin:{found.url_name}")
    return f"{path}?{parts.query}" if parts.query else path
