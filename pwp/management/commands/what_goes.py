"""What would be deleted or anonymised on a day, today unless you say otherwise. Nothing is changed."""

import datetime as dt
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction
from django.utils import timezone

from events import services as events
from matching import services as matching


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--on", metavar="DATE", type=dt.date.fromisoformat, help="2028-01-31")

    def handle(self, *args: Any, **options: Any) -> None:
        day = options["on"] or timezone.localdate()
        now = dt.datetime.combine(day, dt.time(12), tzinfo=timezone.get_default_timezone())
        with transaction.atomic():  # done for good measure, counted, and taken back
            counted = {
                "requests, with their people and letters": events.purge_old_requests(now=now),
                "notes of what people need": events.purge_arrangements(now=now),
                "guests whose table needs are forgotten": matching.forget_needs(today=day),
                "people anonymised": matching.forget_past_programmes(now=now),
                "lines of the journal and the log": events.purge_journal(now=now),
            }
            transaction.set_rollback(True)
        for what, count in counted.items():
            self.stdout.write(f"{what}: {count}")
