"""What speaks against another sector for an organisation. An app above gives places by sector, and tells us."""

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from partners.models import Organisation

Objections = Callable[["Organisation", str], list[str]]


def _none(organisation: "Organisation", sector: str) -> list[str]:
    return []


_source: Objections = _none


def learn_from(source: Objections) -> None:
    """Called once, by the app that knows."""
    global _source
    _source = source


def objections(organisation: "Organisation", sector: str) -> list[str]:
    """Sentences that say why an organisation, as it is stored, cannot be of `sector` now; none if it can."""
    return _source(organisation, sector)
