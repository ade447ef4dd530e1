"""What every page shows: the programme, and the officer to call."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from events.models import Programme


def site(request: HttpRequest) -> dict[str, Any]:
    return {
        "programme": SimpleLazyObject(lambda: current_programme(request)),
        "mail_is_kept": not settings.EMAIL_URL,
        "site_url": settings.SITE_URL,
    }


def current_programme(request: HttpRequest) -> Programme | None:
    """The newest programme, read once a request."""
    if not hasattr(request, "_programme"):
        request._programme = Programme.objects.first()  # type: ignore[attr-defined]
    return request._programme  # type: ignore[attr-defined]
