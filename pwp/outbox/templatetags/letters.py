"""What letters need on top of Django's own filters."""

import re

from django import template

register = template.Library()

WORD_JOINER = "\u2060"
_INSIDE = re.compile(r"(?<=\S)([.:/@])(?=\S)")


@register.filter
def unlinked(value: object) -> str:
    """Words somebody typed, on one line, and written so that no mail program turns part of them into a link."""
    return _INSIDE.sub(rf"\1{WORD_JOINER}", " ".join(str(value).split()))
