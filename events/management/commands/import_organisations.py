"""Import a CSV list of organisations, visible to staff only. `events/importing.py` says which columns."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from events.importing import OrganisationRows, problems, read_rows
from events.models import Event
from pwp.refusals import Refused


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        where = parser.add_mutually_exclusive_group(required=True)
        where.add_argument("--areas", action="store_true", help="the column event_area says which event a row is near")
        where.add_argument("--event", metavar="SLUG", help="all rows are near this event")
        parser.add_argument("--dry-run", action="store_true", help="check everything, change nothing")
        parser.add_argument(
            "--keep-good-rows", action="store_true", help="import the good rows although others are bad"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        event = self._event(options["event"])
        try:
            rows = read_rows(options["file"])
        except Refused as refusal:
            raise CommandError(str(refusal)) from None
        result = OrganisationRows(event=event).import_data(
            rows,
            dry_run=options["dry_run"],
            use_transactions=True,
            rollback_on_validation_errors=not options["keep_good_rows"],
        )
        bad = problems(result, rows)
        for line in bad:
            self.stderr.write(line)
        totals = result.totals
        counts = f"{totals['new']} new, {totals['update']} changed, {totals['skip']} as before, {len(bad)} bad"
        if bad and not options["keep_good_rows"]:
            raise CommandError(f"{counts}: nothing was imported. Mend these lines, or use --keep-good-rows.")
        self.stdout.write(f"{counts}." + (" Dry run: nothing was changed." if options["dry_run"] else ""))

    def _event(self, slug: str | None) -> Event | None:
        if slug is None:
            return None
        event = Event.objects.filter(slug=slug).first()
        if event is None:
            known = ", ".join(Event.objects.values_list("slug", flat=True))
            raise CommandError(f"There is no event {slug!r}. Known: {known or 'none; run load_programme first'}.")
        return event
