"""System checks: outside the embedded default an unsafe set-up is refused, each with a hint."""

import os
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register


@register(Tags.security)
def production_is_complete(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    if settings.EMBEDDED:
        return []
    found: list[CheckMessage] = []
    if len(os.environ.get("SECRET_KEY", "")) < 40:  # asked for in settings, an empty one ends the process with no hint
        found.append(
            Error(
                "SECRET_KEY is missing or short.",
                hint="Set SECRET_KEY to 50 random characters: openssl rand -base64 40",
                id="pwp.E001",
            )
        )
    if not settings.ALLOWED_HOSTS or "*" in settings.ALLOWED_HOSTS:
        found.append(
            Error("ALLOWED_HOSTS is empty or open to all.", hint="Set ALLOWED_HOSTS=portal.example.org", id="pwp.E002")
        )
    if not os.environ.get("SITE_URL"):
        found.append(
            Error(
                "SITE_URL is missing: links in letters would lead nowhere.",
                hint="Set SITE_URL=https://portal.example.org",
                id="pwp.E003",
            )
        )
    if not settings.ON_THIS_MACHINE and not settings.SITE_URL.startswith("https://"):
        found.append(
            Error(
                "SITE_URL is not https: sign-ins and people's details would travel in the open.",
                hint="Put a proxy with a certificate in front and set SITE_URL=https://portal.example.org",
                id="pwp.E008",
            )
        )
    if not settings.EMAIL_URL:
        found.append(
            Error(
                "Mail goes nowhere.",
                hint="Set EMAIL_URL=smtp://user:password@mail.example.org:587?tls=1",
                id="pwp.E004",
            )
        )
    elif "FROM_EMAIL" not in os.environ:
        found.append(
            Error(
                "Letters have no sender.",
                hint='Set FROM_EMAIL="Partnerships with Purpose <partnerships@example.org>"',
                id="pwp.E005",
            )
        )
    if settings.REDIS_URL and not settings.DATABASE_URL:
        found.append(
            Error(
                "Redis invites workers on several hosts, but SQLite lives on one.",
                hint="Set DATABASE_URL=postgresql://user:password@host/name, or leave REDIS_URL out.",
                id="pwp.E006",
            )
        )
    if settings.DEBUG:
        found.append(Error("DEBUG is on.", hint="Unset DEBUG.", id="pwp.E007"))
    return found
