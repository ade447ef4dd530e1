"""Where organisations are: the full directory of postcodes where it is loaded, and what is known without it."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from django.db import transaction

from partners import geography
from partners.geography import Certainty, Place
from partners.models import Organisation, Postcode
from partners.postcodes import Row

BATCH = 5_000  # rows in memory and in one transaction, so that nobody waits long for the database
ORGANISATIONS_AT_ONCE = 500
PLACE_COLUMNS = ("council_code", "council_name", "easting", "northing", "certainty", "council_share")


def find_place(typed: str) -> Place:
    return find_places([typed])[typed]


def find_places(typed: Iterable[str]) -> dict[str, Place]:
    """What was typed to its place: the full postcode, else its sector, outcode, council or town, else unknown.

    Asks the database once however many there are, and not at all if none holds a full postcode.
    """
    meant = {words: geography.full_postcodes(words) for words in typed}
    known = Postcode.objects.in_bulk({postcode for postcodes in meant.values() for postcode in postcodes})
    return {
        words: next((_exact(words, known[postcode]) for postcode in postcodes if postcode in known), None)
        or geography.locate(words)
        for words, postcodes in meant.items()
    }


def _exact(typed: str, row: Postcode) -> Place:
    code = geography.normalise_council(row.council_code)
    name = geography.council_name(code)
    return Place(typed, code, name, row.easting, row.northing, Certainty.POSTCODE, 1.0)


def place_organisation(organisation: Organisation) -> None:
    """Fill council and grid reference from where the work happens, or else from the office. Does not save."""
    _place(organisation, find_places([organisation.work_place, organisation.postcode]))


def place_again() -> int:
    """Work out every organisation's place anew, after the directory changed. Returns how many places changed."""
    rows = Organisation.objects.order_by("pk").only("work_place", "postcode", *PLACE_COLUMNS).iterator()
    changed = 0
    while organisations := list(islice(rows, ORGANISATIONS_AT_ONCE)):
        places = find_places({words for row in organisations for words in (row.work_place, row.postcode)})
        before = [_columns(row) for row in organisations]
        for row in organisations:
            _place(row, places)
        moved = [row for row, old in zip(organisations, before, strict=True) if _columns(row) != old]
        Organisation.objects.bulk_update(moved, PLACE_COLUMNS)
        changed += len(moved)
    return changed


def _place(organisation: Organisation, places: dict[str, Place]) -> None:
    place = places[organisation.work_place]
    if place.certainty == Certainty.UNKNOWN:
        place = places[organisation.postcode]
    organisation.council_code = place.council_code
    organisation.council_name = place.council_name
    organisation.easting, organisation.northing = place.easting, place.northing
    organisation.certainty = place.certainty
    organisation.council_share = place.council_share


def _columns(organisation: Organisation) -> tuple[object, ...]:
    return tuple(getattr(organisation, name) for name in PLACE_COLUMNS)


def store_postcodes(rows: Iterable[Row], *, said: Callable[[int], None]) -> int:
    """Keep each row, a known postcode with its newest council and grid reference; none is ever removed.

    `said` is told after each batch how many are kept so far. Returns how many postcodes were in `rows`.
    """
    count = 0
    for batch in _batches(rows):
        with transaction.atomic():
            Postcode.objects.bulk_create(
                (Postcode(**row._asdict()) for row in batch),
                update_conflicts=True,
                unique_fields=["postcode"],
                update_fields=["council_code", "easting", "northing"],
            )
        count += len(batch)
        said(count)
    return count


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Each without the same postcode twice: the last one counts."""
    left = iter(rows)
    while batch := {row.postcode: row for row in islice(left, BATCH)}:
        yield list(batch.values())
