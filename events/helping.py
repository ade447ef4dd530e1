"""Who may work at an event on its day: the officer at each of them, helpers and people at the door at their own."""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from events.models import Arrangement, Event

HELPER = "event helper"  # reads who comes and how to ring them, prints the lists, marks who came
DOOR = "door"  # marks who came, and nothing else
ROLES = (HELPER, DOOR)


def is_officer(user: Any) -> bool:
    return bool(user.has_perm("events.change_registration"))


def needs_read_by(user: Any) -> QuerySet[Arrangement]:
    """What people need, as far as `user` may read it: help with costs is between them and the officer."""
    needs = Arrangement.objects.all()
    return needs if is_officer(user) else needs.exclude(kind=Arrangement.Kind.COST)


def events_of(user: Any, roles: Iterable[str] = ROLES) -> QuerySet[Event]:
    """The events at which somebody may do what one of `roles` does."""
    if is_officer(user):
        return Event.objects.all()
    if not user.groups.filter(name__in=list(roles)).exists():
        return Event.objects.none()
    return Event.objects.filter(helpers=user.pk)


def event_for(user: Any, pk: int, roles: Iterable[str] = ROLES) -> Event:
    """The event, for somebody who may work there. Raises Http404 for everybody else."""
    if not user.is_staff:
        raise Http404
    return get_object_or_404(events_of(user, roles).select_related("programme"), pk=pk)
