"""The staff's pages about events, requests and invitations."""

from events.admin import invitations, programme, queue

__all__ = ["invitations", "programme", "queue"]
