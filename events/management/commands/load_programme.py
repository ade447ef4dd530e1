"""Add the programme and its four events: the originals with --year 2019, or the same days moved to another year."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from events import season


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--year", type=int, help="2019 for the originals; without it, the next season ahead")

    def handle(self, *args: Any, **options: Any) -> None:
        year = options["year"] or season.next_season(timezone.localdate())
        for event in season.load_season(year):
            self.stdout.write(f"{event.slug}: {event.held_on:%A %d %B %Y}")
