"""Where and when people meet, who asked to come, and who was invited."""

from events.models.attending import Conversation, Invitation, Registration
from events.models.programme import Event, EventArea, Programme

__all__ = ["Conversation", "Event", "EventArea", "Invitation", "Programme", "Registration"]
