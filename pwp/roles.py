"""What staff may do: four roles, each a group with its rights, made again after every migration.

officer         everything of the desk
access          reads and sees to what people need to take part, but for help with costs, and nothing else
event helper    the events that name them as a helper: who comes, the printed lists, who came
door            the same events: who came, and nothing else

Helpers and the door have no rights over tables: `events.helping` lets them into the pages of the day.
"""

from typing import Any

from django.contrib.auth.models import Group, Permission
from django.db.models import Q

from events.helping import DOOR, HELPER

OFFICER, ACCESS = "officer", "access"
ROLES = (OFFICER, ACCESS, HELPER, DOOR)
DESK = ("events", "partners", "matching", "outbox", "journal")
ABOVE_THE_DESK = ("user",)  # who may sign in, and as what, is decided by whoever looks after the machine


def rights_of(role: str) -> Q | None:
    """The permissions of a role, or None for a role without any."""
    if role == OFFICER:
        return Q(content_type__app_label__in=DESK) & ~Q(content_type__model__in=ABOVE_THE_DESK)
    if role == ACCESS:
        return Q(content_type__app_label="events", codename__in=("view_arrangement", "change_arrangement"))
    return None


def make_groups(**_signal: Any) -> None:
    """Give every role exactly its rights, also where a migration brought new tables."""
    for role in ROLES:
        group, _created = Group.objects.get_or_create(name=role)
        rights = rights_of(role)
        group.permissions.set(Permission.objects.filter(rights) if rights is not None else [])
