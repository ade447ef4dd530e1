"""Invented values for looking at a letter before anybody gets it. What is not declared here stands as its own name."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from typing import Any

from django.conf import settings

TAG = re.compile(r"{[{%](.+?)[%}]}")
NAME = re.compile(r"(?<![\w.\"'|])[a-z]\w*")
DAY = date(2019, 2, 28)
INSTANT = datetime(2019, 2, 14, 23, 59, tzinfo=UTC)
VALUES: dict[str, Any] = {
    "name": "Gwen Parry",
    "person.name": "Gwen Parry",
    "event.name": {"en": "Swansea", "cy": "Abertawe"},
    "event.held_on": DAY,
    "event.starts_at": time(10),
    "event.ends_at": time(16),
    "event.venue": {"en": "The Old Chapel", "cy": "Yr Hen Gapel"},
    "event.venue_postcode": "SA1 1AA",
    "event.over_invite": 5,
    "organisation.name": "Amgueddfa Cwm Tawe",
    "other.name": "Ben Mills",
    "other.contact_email": "ben.mills@readers.example",
    "other.phone": "01792 960 123",
    "other_organisation.name": "Riverside Readers",
    "programme.name": {"en": "Partnerships with Purpose", "cy": "Partneriaethau â Phwrpas"},
    "programme.officer_name": "Ceri Morgan",
    "programme.officer_phone": "020 7946 0123",
    "programme.officer_email": "ceri.morgan@partnerships.example",
    "programme.officer_hours": {"en": "Monday to Thursday", "cy": "dydd Llun i ddydd Iau"},
    "programme.answer_within_days": 5,
    "programme.cover_name": "Sam Lloyd",
    "programme.cover_phone": "020 7946 0199",
    "programme.is_away": False,
    "event.joining_notes": {
        "en": "The chapel is five minutes from the station. The door on the left has no steps.",
        "cy": "Mae'r capel bum munud o'r orsaf. Does dim grisiau wrth y drws ar y chwith.",
    },
    "old_event.name": {"en": "Sheffield", "cy": "Sheffield"},
    "invitation.reply_by": INSTANT,
    "colleague.name": "Mari Rees",
    "sent_by": "Mari Rees",
    "words": {"en": "We have found a larger room.", "cy": "Rydym wedi dod o hyd i ystafell fwy."},
    "confirmed": True,
    "had_place": True,
    "later_rounds": True,
    "count": 4,
    "full": False,
    "reason": {"en": "There were more requests than places.", "cy": "Roedd mwy o geisiadau nag o leoedd."},
    "reasons": {"en": ["They have a hall; you look for one."], "cy": ["Mae ganddynt neuadd; rydych yn chwilio am un."]},
}
MAY_BE_UNKNOWN = {
    "name",
    "event.starts_at",
    "event.ends_at",
    "event.venue",
    "event.venue_postcode",
    "event.over_invite",
    "other.contact_email",
    "other.phone",
    "programme.officer_hours",
    "programme.cover_name",
    "programme.cover_phone",
    "event.joining_notes",
    "words",
    "reasons",
}
BY_LAST_WORD = {path.rpartition(".")[2]: value for path, value in VALUES.items()} | {"name": VALUES["other.name"]}


def sample_context(source: str, language: str, *, bare: bool = False) -> dict[str, Any]:
    """A value for every name that stands in a tag of this template, and for the frame around every letter."""
    names = {name for tag in TAG.findall(source) for name in NAME.findall(tag)}
    return {name: _value(name, language, bare) for name in sorted(names | {"programme"})}


def _value(path: str, language: str, bare: bool) -> Any:
    """The value declared above; or a date or an address, where the name says so; or the name itself, as words.

    With `bare`, everything that can be unknown is, so that the other side of each condition shows.
    """
    value = VALUES.get(path, BY_LAST_WORD.get(path.rpartition(".")[2]) if "." in path else None)
    if value is None:
        return _guess(path, language, bare)
    if bare and (isinstance(value, bool) or path in MAY_BE_UNKNOWN):
        return not value if isinstance(value, bool) else ""
    return value[language] if isinstance(value, dict) else value


def _guess(path: str, language: str, bare: bool) -> Any:
    name = path.rpartition(".")[2]
    if name.endswith(("link", "sign_in", "url")):
        return f"{settings.SITE_URL}/{'cy/' if language == 'cy' else ''}…/"
    if name.endswith(("_on", "_day", "_date")):
        return DAY
    if name.endswith(("_at", "_from", "_until")):
        return INSTANT
    return Undeclared(path, language, bare)


class Undeclared:
    """Something this file knows nothing of: true, one row long, with attributes, and in print its own name."""

    def __init__(self, path: str, language: str, bare: bool) -> None:
        self.path, self.language, self.bare = path, language, bare

    def __getitem__(self, name: str) -> Any:
        return _value(f"{self.path}.{name}", self.language, self.bare)

    def __iter__(self) -> Iterator["Undeclared"]:
        return iter(() if self.bare else (self,))

    def __bool__(self) -> bool:
        return not self.bare

    def __str__(self) -> str:
        if named := VALUES.get(f"{self.path}.name"):
            return str(named)
        return "" if self.bare else f"[{self.path.replace('_', ' ').replace('.', ', ')}]"
