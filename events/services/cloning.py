"""An event or a whole programme once more, on other days: places, areas and words are taken over, people are not."""

import datetime as dt
from itertools import count

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from events.models import Event, Programme
from partners.models import User
from pwp.journal.models import for_the_journal, write_entry
from pwp.refusals import Refused

NOT_OF_AN_EVENT = {"id", "slug", "held_on", "calendar_sequence", "cancelled_at"}
NOT_OF_A_PROGRAMME = {"id", "slug", "starts_on", "ends_on", "state", "away_from", "away_until"}


@transaction.atomic
def clone_event(event: Event, held_on: dt.date, *, by: User, programme: Programme | None = None) -> Event:
    """The same event on another day, without its requests and helpers. Raises Refused for its own day."""
    if held_on == event.held_on:
        raise Refused(_("Choose another day than that of the event itself."))
    fields = {
        f.attname: getattr(event, f.attname) for f in Event._meta.concrete_fields if f.name not in NOT_OF_AN_EVENT
    }
    if programme is not None:
        fields["programme_id"] = programme.pk
    new = Event.objects.create(**fields, held_on=held_on, slug=_free_slug(Event, event.slug, event.held_on, held_on))
    for rows in (event.areas.all(), event.sector_places.all()):
        for row in rows:
            row.pk, row.event = None, new
            row._state.adding = True
            row.save()
    new.known_organisations.set(event.known_organisations.all())
    write_entry(new, "", "", by=by, reason=for_the_journal(_("copied from %(event)s"), event=event))
    return new


@transaction.atomic
def clone_programme(programme: Programme, first_day: dt.date, *, by: User) -> Programme:
    """The same programme for a next round, closed until somebody opens it; its events keep their distances in days.

    Raises Refused for a programme without events, or for a first day that is no later than the last of this one.
    """
    events = list(programme.events.filter(cancelled_at=None).order_by("held_on", "pk"))
    if not events:
        raise Refused(_("This programme has no events to copy."))
    if first_day <= events[-1].held_on:
        raise Refused(_("The next round begins after the last day of this one."))
    later = first_day - events[0].held_on
    kept = [f.attname for f in Programme._meta.concrete_fields if f.name not in NOT_OF_A_PROGRAMME]
    fields = {name: getattr(programme, name) for name in kept}
    new = Programme.objects.create(
        **fields,
        slug=_free_slug(Programme, programme.slug, events[0].held_on, first_day),
        state=Programme.State.CLOSED,
        starts_on=programme.starts_on + later,
        ends_on=programme.ends_on + later,
    )
    for event in events:
        clone_event(event, event.held_on + later, by=by, programme=new)
    write_entry(new, "", "", by=by, reason=for_the_journal(_("copied from %(programme)s"), programme=programme))
    return new


def _free_slug(model: type[Event] | type[Programme], slug: str, old: dt.date, new: dt.date) -> str:
    """The slug with the new year in place of the old; numbered where it is taken."""
    stem = f"{slug.removesuffix(f'-{old.year}')[:40]}-{new.year}"
    taken = set(model._default_manager.filter(slug__startswith=stem).values_list("slug", flat=True))
    return stem if stem not in taken else next(s for n in count(2) if (s := f"{stem}-{n}") not in taken)
