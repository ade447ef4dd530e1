"""What somebody asked for, clean: the value that goes from the form to the service, which do not know each other."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from events.models import Event
from partners.models import Consent


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
