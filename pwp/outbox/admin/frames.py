"""A letter's HTML, shown as it will look and unable to do anything."""

from django.http import HttpResponse
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString

from pwp import middleware

# A page of its own without scripts, forms, pictures or an origin; only our own pages may frame it.
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'; sandbox"
)


def frame(address: str, title: str, *, name: str = "") -> SafeString:
    return format_html(
        '<iframe class="letter-frame" src="{}" title="{}" name="{}" sandbox></iframe>', address, title, name
    )


def with_frames(response: HttpResponse) -> HttpResponse:
    """A page of ours that shows letters in frames."""
    response.headers["Content-Security-Policy"] = f"{middleware.POLICY}; frame-src 'self'"
    return response


def framed(html: str) -> HttpResponse:
    return _locked(HttpResponse(html))


def framed_text(text: str, language: str) -> HttpResponse:
    """The plain part as it stands, line by line."""
    page = '<!DOCTYPE html><html lang="{}"><title>{}</title><pre style="white-space: pre-wrap">{}</pre></html>'
    return _locked(HttpResponse(page.format(language, escape(text.partition("\n")[0]), escape(text))))


def _locked(response: HttpResponse) -> HttpResponse:
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response
