"""Whether anything may have changed that a run depends on: a fixed number of small sums, instead of reading it all."""

import hashlib
from datetime import datetime
from typing import Any

from django.db.models import Case, Count, F, Func, IntegerField, Q, QuerySet, Sum, When
from django.db.models.functions import Length
from django.utils import timezone

from events.models import Event, Registration
from matching import snapshot
from matching.models import Answer, Introduction, PairRule, Suggestion, WeightSet
from partners.models import Consent, Listing, Organisation


class Microseconds(Func):
    """An instant in microseconds, its days cut off so that millions of them can be added up.

    Their sum, unlike the latest of them, also changes by a row that was written early and committed late.
    """

    output_field = IntegerField()
    arity = 1

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        seconds = "(CAST(strftime('%%%%s', %(expressions)s) AS INTEGER) %%%% 1000000) * 1000000"
        fraction = "CAST(substr(%(expressions)s, 21, 6) AS INTEGER)"
        return self.as_sql(compiler, connection, template=f"({seconds} + {fraction})", **extra)

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        template = "(CAST(EXTRACT(EPOCH FROM %(expressions)s) * 1000000 AS BIGINT) %%%% 1000000000000)"
        return self.as_sql(compiler, connection, template=template, **extra)


def fingerprint(event: Event, *, as_of: datetime) -> str:
    """Equal for two moments between which nothing changed that `snapshot.gathering` or the weights depend on.

    Only what earlier events showed is not looked at: the next run counts it.
    """
    places = Registration.objects.coming().filter(event=event)
    who = Organisation.objects.filter(pk__in=places.values("membership__organisation"))
    listings = Listing.objects.filter(organisation__in=who)
    consents = Consent.objects.filter(purpose=Consent.Purpose.VISIBLE_AT_EVENT)
    declined = Suggestion.objects.filter(state=Suggestion.State.DECLINED, declined_at__gt=as_of - snapshot.DECLINED_FOR)
    sums = [
        _sums(places, "membership", "person", hats=F("person") * F("membership__organisation")),
        _sums(consents.filter(person__in=places.values("person"))),
        _sums(
            who,
            *("easting", "northing", "reach_km", "parent", "most_introductions", "parent__parent"),
            written=Microseconds("updated_at"),
            restricted=Microseconds("restricted_at"),
            words=Length("description"),
            closed=_ones(open_to_contact=False),
            museums=_ones(sector=Organisation.Sector.MUSEUM),
        ),
        _sums(
            listings,
            "organisation",
            written=Microseconds("updated_at"),
            restricted=Microseconds("restricted_at"),
            words=Length("text"),
            times=Length("when"),
        ),
        *(
            _sums(model.through.objects.filter(organisation__in=who))
            for model in (Organisation.themes, Organisation.audiences)
        ),
        *(
            _sums(model.through.objects.filter(listing__organisation__in=who))
            for model in (Listing.kinds, Listing.themes, Listing.audiences)
        ),
        _sums(declined),
        _sums(Introduction.objects.all(), going_on=_ones(state__in=("introduced", "talking"))),
        _sums(PairRule.objects.in_force(event=event, on=timezone.localdate(as_of))),
        _sums(Answer.objects.all(), written=Microseconds("at")),
        list(WeightSet.objects.filter(state=WeightSet.State.IN_USE).values_list("pk", "leanings")),
        event.near_km,
        snapshot.vocabulary(),
    ]
    return hashlib.sha256(repr(sums).encode()).hexdigest()


def _sums(rows: QuerySet[Any], *columns: str, **others: Any) -> dict[str, Any]:
    """How many rows, and the sums of their keys, of these columns and of these expressions; one query."""
    wanted = {name: F(name) for name in ("pk", *columns)} | others
    return rows.order_by().aggregate(rows=Count("pk"), **{f"sum_{name}": Sum(value) for name, value in wanted.items()})


def _ones(**condition: Any) -> Case:
    return Case(When(Q(**condition), then=1), default=0)
