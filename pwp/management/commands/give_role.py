"""Let somebody work at the desk: officer, access, event helper or door; the last two at the events you name."""

from typing import Any

from django.contrib.auth.models import Group
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from events.helping import ROLES as AT_EVENTS
from events.models import Event
from partners.services import open_mailbox
from pwp.roles import ROLES


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("role", choices=[role.replace(" ", "-") for role in (*ROLES, "none")])
        parser.add_argument("--event", metavar="SLUG", action="append", default=[], help="for event-helper and door")

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        role = options["role"].replace("-", " ")
        events = [self._event(slug) for slug in options["event"]]
        if role in AT_EVENTS and not events:
            raise CommandError("Say at which event: --event SLUG.")
        user = open_mailbox(options["email"])
        user.is_staff = role != "none" or user.is_superuser
        user.save(update_fields=["is_staff"])
        user.groups.set(Group.objects.filter(name=role))
        user.events_helped.set(events)
        self.stdout.write(f"{user.email}: {role}, by the code that is mailed to them at /sign-in/.")

    def _event(self, slug: str) -> Event:
        event = Event.objects.filter(slug=slug).first()
        if event is None:
            known = ", ".join(Event.objects.values_list("slug", flat=True))
            raise CommandError(f"There is no event {slug!r}. Known: {known or 'none; run load_programme first'}.")
        return event
