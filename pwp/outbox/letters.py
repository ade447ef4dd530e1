"""From a letter's words to a `Letter`: one text is the source of both parts, so they always say the same.

A paragraph that is a line of words and one address of this site becomes a button; lines that begin with `- ` become a
list.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

import css_inline
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from pwp.outbox.wording import words_of


@dataclass(frozen=True)
class Letter:
    """What the outbox needs to know. `key` is `<what>:<code>:<step>:<person code>`: the same key is the same letter."""

    key: str
    to_email: str
    subject: str
    text: str
    html: str = ""
    to_name: str = ""
    person_code: str = ""
    language: str = "en"
    headers: Mapping[str, str] = field(default_factory=dict)
    attachments: tuple[tuple[str, str, str], ...] = ()
    send_after: datetime | None = None


def compose(
    template: str,
    *,
    key: str,
    to_email: str,
    to_name: str,
    person_code: str,
    language: str,
    context: Mapping[str, Any],
    **rest: Any,
) -> Letter:
    """The letter "<app>/<name>" in that language: its own file, or what staff wrote instead of it."""
    with translation.override(language):
        subject, body = words_of(template, language, context)
        text, html = both_parts(subject, body, language, context)
    return Letter(
        key=key,
        to_email=to_email,
        to_name=to_name,
        person_code=person_code,
        language=language,
        subject=subject[:250],
        text=text,
        html=html,
        **rest,
    )


def both_parts(subject: str, body: str, language: str, context: Mapping[str, Any]) -> tuple[str, str]:
    """(plain text, HTML) of a letter, in the frame that all letters share; the language must be in force."""
    frame = {"subject": subject, "language": language, "site_url": settings.SITE_URL, **context}
    text = render_to_string("email/base.txt", {**frame, "body": mark_safe(body)})  # noqa: S308 plain text
    html = render_to_string("email/base.html", {**frame, "body": as_html(body)})
    return text.strip() + "\n", _inliner(render_to_string("email/letters.css")).inline(html)


@cache
def _inliner(sheet: str) -> css_inline.CSSInliner:
    return css_inline.CSSInliner(extra_css=sheet, load_remote_stylesheets=False)


def as_html(body: str) -> SafeString:
    """The HTML of a letter's text. Everything is escaped; only addresses of this site become links."""
    return mark_safe("\n".join(_block(block) for block in body.split("\n\n") if block.strip()))  # noqa: S308 escaped


def _block(block: str) -> str:
    lines = [line.strip() for line in block.strip().splitlines()]
    if len(lines) == 2 and _is_ours(lines[1]):
        return format_html('<p><a class="button" href="{}">{}</a></p>', lines[1], lines[0].rstrip(":"))
    if all(line.startswith("- ") for line in lines):
        return format_html("<ul>{}</ul>", format_html_join("", "<li>{}</li>", ((line[2:],) for line in lines)))
    return f"<p>{'<br>'.join(_line(line) for line in lines)}</p>"


def _line(line: str) -> str:
    if _is_ours(line):
        return format_html('<a href="{0}">{0}</a>', line)
    return escape(line)


def _is_ours(line: str) -> bool:
    return line.startswith(f"{settings.SITE_URL}/") and " " not in line
