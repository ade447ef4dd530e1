"""Score one event now and store what the engine says; with --rehearsal, the organisations imported for its area."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from events.models import Event
from matching import services
from matching.models import MatchRun
from matching.reports import rehearsed_pairs, summary


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("event", metavar="EVENT", help="the event's slug, e.g. sheffield-2027")
        parser.add_argument("--rehearsal", action="store_true", help="a report for staff; suggests nothing to anybody")
        parser.add_argument("--show", type=int, default=0, metavar="N", help="print the first N pairs with reasons")

    def handle(self, *args: Any, **options: Any) -> None:
        event = Event.objects.filter(slug=options["event"]).first()
        if event is None:
            known = ", ".join(Event.objects.values_list("slug", flat=True))
            raise CommandError(f"There is no event {options['event']!r}. Known: {known or 'none'}.")
        run = services.request_run(event, by="manage.py match", rehearsal=options["rehearsal"])
        if not services.perform_run(run):
            run.refresh_from_db()
            busy = run.state in (MatchRun.State.REQUESTED, MatchRun.State.RUNNING, MatchRun.State.CONCLUDING)
            raise CommandError("Another run of this event is under way." if busy else run.problem)
        for line in summary(run):
            self.stdout.write(line)
        for line in rehearsed_pairs(run, limit=options["show"]):
            self.stdout.write(line)
