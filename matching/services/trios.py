"""Trios: a shown pair with a funder or a statutory body that fits both. Every run makes them anew."""

from typing import Any

from matching import engine
from matching.models import MatchRun, Suggestion, Trio
from partners.models import Organisation


def store_trios(run: MatchRun, found: engine.Threes) -> None:
    """Make the event's trios what this run found, for pairs that are shown."""
    pairs = {
        (museum, partner): pk
        for pk, museum, partner in Suggestion.objects.filter(event=run.event)
        .showing()
        .order_by()
        .values_list("pk", "museum__code", "partner__code")
    }
    thirds = dict(Organisation.objects.filter(code__in={trio.third for trio in found.trios}).values_list("code", "pk"))
    Trio.objects.filter(suggestion__event=run.event).delete()
    Trio.objects.bulk_create(
        [
            Trio(suggestion_id=pairs[trio.museum, trio.partner], third_id=thirds[trio.third], score=trio.value)
            for trio in found.trios
            if (trio.museum, trio.partner) in pairs and trio.third in thirds
        ],
        batch_size=500,
    )


def trios_report(found: engine.Threes) -> dict[str, Any]:
    """For the run's report: the trios by code, and their worth beside the bound."""
    return {
        "value": found.value,
        "bound": found.bound,
        "threes": [
            {"museum": trio.museum, "partner": trio.partner, "third": trio.third, "value": trio.value}
            for trio in found.trios
        ],
    }
