"""Small things every template may use; in settings as a builtin, so no template loads it."""

from dataclasses import dataclass
from typing import Any

from django import template
from django.db.models import Model
from django.templatetags.static import static
from django.urls import Resolver404, resolve, reverse, translate_url
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, override

register = template.Library()


@dataclass(frozen=True)
class OtherLanguage:
    code: str
    name: str
    url: str


@register.simple_tag
def other_language(path: str = "") -> OtherLanguage:
    """The same page, with its query, in the other language; the first page where this one has no address."""
    code, name = ("en", "English") if get_language() == "cy" else ("cy", "Cymraeg")
    if path and _is_ours(path):
        return OtherLanguage(code, name, translate_url(path, code))
    with override(code):
        return OtherLanguage(code, name, reverse("home"))


def _is_ours(path: str) -> bool:
    try:
        resolve(path.partition("?")[0])
    except Resolver404:
        return False
    return True


@register.filter
def lang_if_missing(row: Model, field: str) -> SafeString | str:
    """` lang="en"` where a Welsh page has to show the English column, so that it is read aloud rightly."""
    if get_language() == "cy" and getattr(row, f"{field}_en") and not getattr(row, f"{field}_cy"):
        return format_html(' lang="{}"', "en")
    return ""


@register.filter
def lang_of(language: str) -> SafeString | str:
    """` lang="…"` for people's own words in another language than the page's."""
    return format_html(' lang="{}"', language) if language and language != get_language() else ""


@register.filter
def first_input(field: Any) -> str:
    """The id an error summary links to: the field, or the first of its choices."""
    return f"{field.auto_id}_0" if field.use_fieldset and list(field.subwidgets) else str(field.auto_id)


@register.filter
def dialled(number: str) -> str:
    """A phone number as a tel: address takes it."""
    return "".join(sign for sign in number.partition("ext")[0] if sign.isdigit() or sign == "+")


@register.simple_tag
def static_if_there(path: str) -> str:
    """For the page that must work when nothing else does: no address rather than an error."""
    try:
        return static(path)
    except ValueError:
        return ""
