"""Where and when people meet, who asked to come, and who was invited."""

from events.models.attending import Arrangement, Call, Conversation, Invitation, Registration, agrees
from events.models.programme import Event, EventArea, Programme, SectorPlaces

__all__ = [
    "Arrangement",
    "Call",
    "Conversation",
    "Event",
    "EventArea",
    "Invitation",
    "Programme",
    "Registration",
    "SectorPlaces",
    "agrees",
]
