"""Who stands behind letters and concerns: the officer and the safeguarding lead. An app above knows and tells us."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Contacts:
    """Each may be "": a portal without a programme has nobody yet, and a programme may have named no lead."""

    officer_name: str = ""
    officer_phone: str = ""
    officer_email: str = ""
    lead_name: str = ""
    lead_phone: str = ""
    lead_email: str = ""

    @property
    def told_name(self) -> str:
        """Who hears of a concern: the lead, or the officer while there is none."""
        return self.lead_name if self.lead_email else self.officer_name

    @property
    def told_email(self) -> str:
        return self.lead_email or self.officer_email


_source: Callable[[], Contacts] = Contacts


def learn_from(source: Callable[[], Contacts]) -> None:
    """Called once, by the app that keeps them."""
    global _source
    _source = source


def contacts() -> Contacts:
    """As they are now: a new officer is in the next letter."""
    return _source()
