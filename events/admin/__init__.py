"""The staff's pages about events, requests and invitations."""

from events.admin import arrangements, calls, invitations, programme, queue

__all__ = ["arrangements", "calls", "invitations", "programme", "queue"]
