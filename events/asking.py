"""What somebody asked for, clean: the value that goes from the form to the service, which do not know each other."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from events.models import Event
from partners.models import Consent, User


@dataclass(frozen=True)
class Asked:
    """The eight answers, clean."""

    event: Event
    name: str
    email: str
    phone: str
    language: str
    organisation: str
    sector: str
    work_place: str
    size: str
    authority: str
    offer: str
    need: str
    consents: Mapping[str, bool] = field(default_factory=dict)
    channel: str = Consent.Channel.FORM


@dataclass(frozen=True)
class Agreement:
    """Who filled the form in for somebody else, with whose agreement, and since when."""

    entered_by: User
    agreed_with: str
    agreed_on: dt.date

    def stamps(self) -> dict[str, Any]:
        return {"entered_by": self.entered_by, "agreed_with": self.agreed_with, "agreed_on": self.agreed_on}
