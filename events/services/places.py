"""Who has a place, who is promised one, and for whom the rest is kept."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass, replace

from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from events.models import Event, Invitation, Registration
from events.models.attending import ACTIVE
from partners.models import Organisation
from pwp.journal.models import By
from pwp.refusals import Refused

SECTOR = "membership__organisation__sector"


@dataclass(frozen=True)
class Standing:
    """An event's places by sector, as counted at one moment."""

    capacity: int
    over_invite: int
    confirmed: Counter[str]
    invited: Counter[str]
    kept: dict[str, int]

    @property
    def promised(self) -> int:
        """Held + sent + confirmed."""
        return self.confirmed.total() + self.invited.total()

    def room_for(self, sector: str, *, over: bool = False) -> int:
        """Places somebody of `sector` can still be promised; with `over`, counting invitations beyond the places.

        Below zero when more is promised than there is.
        """
        limit = self.capacity + (self.over_invite if over else 0)
        return limit - self.promised - self._kept_from(sector, self.confirmed + self.invited)

    @property
    def beyond(self) -> int:
        """How many places are promised or kept beyond those there are; below zero while some are free."""
        kept = sum(self.still_kept(sector) for sector in self.kept)
        return self.promised + kept - self.capacity - self.over_invite

    def with_sector(self, old: str, new: str, *, confirmed: int, invited: int) -> "Standing":
        """The places as they would be if so many of those of `old` counted as `new`."""
        return replace(
            self,
            confirmed=self.confirmed - Counter({old: confirmed}) + Counter({new: confirmed}),
            invited=self.invited - Counter({old: invited}) + Counter({new: invited}),
        )

    def seats_for(self, sector: str) -> int:
        """Places that are neither taken nor kept for other sectors, whatever was promised."""
        return self.capacity - self.confirmed.total() - self._kept_from(sector, self.confirmed)

    def still_kept(self, sector: str) -> int:
        """Places kept for `sector` that none of it has been promised yet."""
        return max(0, self.kept.get(sector, 0) - self.confirmed[sector] - self.invited[sector])

    def _kept_from(self, sector: str, taken: Counter[str]) -> int:
        return sum(max(0, kept - taken[other]) for other, kept in self.kept.items() if other != sector)


def standing(event: Event, *, now: dt.datetime | None = None) -> Standing:
    """Three questions to the database. Lock the event first when something is decided by the answer."""
    held = Invitation.objects.holding_a_place(now).filter(registration__event=event)
    confirmed = event.registrations.coming().order_by().values_list(SECTOR).annotate(Count("pk"))
    invited = held.order_by().values_list(f"registration__{SECTOR}").annotate(Count("pk"))
    return Standing(
        capacity=event.capacity,
        over_invite=event.over_invite,
        confirmed=Counter(dict(confirmed)),
        invited=Counter(dict(invited)),
        kept=dict(event.sector_places.filter(held__gt=0).values_list("sector", "held")),
    )


def places_promised(event: Event, *, now: dt.datetime | None = None) -> int:
    """Held + sent + confirmed."""
    return standing(event, now=now).promised


@dataclass(frozen=True)
class SectorBalance:
    """One line of an event's mix."""

    sector: str
    label: str
    wanted: int
    held: int
    confirmed: int
    invited: int
    waiting: int
    free: int  # places somebody of this sector can still be promised


def balance(event: Event, *, now: dt.datetime | None = None) -> list[SectorBalance]:
    """Wanted and real, for every sector that is wanted, kept or there; the staff's live view of the mix."""
    now_standing = standing(event, now=now)
    wanted = dict(event.sector_places.values_list("sector", "wanted"))
    line = event.registrations.filter(state=Registration.State.WAITING).order_by()
    waiting = Counter(dict(line.values_list(SECTOR).annotate(Count("pk"))))
    return [
        SectorBalance(
            sector=sector.value,
            label=str(sector.label),
            wanted=wanted.get(sector, 0),
            held=now_standing.kept.get(sector, 0),
            confirmed=now_standing.confirmed[sector],
            invited=now_standing.invited[sector],
            waiting=waiting[sector],
            free=max(0, now_standing.room_for(sector)),
        )
        for sector in Organisation.Sector
        if sector in wanted or now_standing.confirmed[sector] or now_standing.invited[sector] or waiting[sector]
    ]


def sector_objections(organisation: Organisation, sector: str) -> list[str]:
    """Events ahead at which a place would be lost that is kept for others, if `organisation` were of `sector`."""
    ahead = Event.objects.upcoming().filter(cancelled_at=None, registrations__membership__organisation=organisation)
    objections = []
    for event in ahead.distinct():
        theirs = event.registrations.filter(membership__organisation=organisation)
        held = Invitation.objects.holding_a_place().filter(registration__in=theirs)
        now_standing = standing(event)
        after = now_standing.with_sector(
            organisation.sector, sector, confirmed=theirs.coming().count(), invited=held.count()
        )
        if _takes_a_kept_place(now_standing, after):
            words = _(
                "A place of theirs at %(event)s was given as one of “%(sector)s”, and those left are kept for others. "
                "Keep fewer there, or add a place, before you change the sector."
            )
            objections.append(words % {"event": event, "sector": organisation.get_sector_display()})
    return objections


def refuse_kept_place(event: Event, before: Standing, *, organisation: Organisation, by: By) -> None:
    """After somebody's hat changed. Raises Refused when that took a place which is kept for another sector."""
    if not _takes_a_kept_place(before, standing(event)):
        return
    names = {"event": event.name, "organisation": organisation}
    if isinstance(by, str):
        raise Refused(
            _(
                "The place at %(event)s is kept for another kind of organisation than %(organisation)s. "
                "Please answer for the one you asked for, or ring us: we want to help."
            )
            % names
        )
    raise Refused(
        _(
            "There is no place left at %(event)s for %(organisation)s: the others are kept for other sectors. "
            "Keep fewer, or add places to the event."
        )
        % names
    )


def _takes_a_kept_place(before: Standing, after: Standing) -> bool:
    return after.beyond > max(0, before.beyond)


def lock_event(registration: Registration) -> Event:
    """The event, locked on PostgreSQL; on SQLite the IMMEDIATE transaction is the lock."""
    return lock(registration.event_id)  # type: ignore[arg-type]  # no draft gets here


def refuse_second(registration: Registration) -> None:
    """Raises Refused for a request that ended, of somebody who has another one for this event by now."""
    others = Registration.objects.active().filter(event=registration.event_id, person=registration.person_id)
    if registration.state not in ACTIVE and others.exclude(pk=registration.pk).exists():
        raise Refused(_("They have a newer request for this event. Please go on with that one."))


def lock(event_id: int) -> Event:
    return Event.objects.select_for_update(of=("self",)).select_related("programme").get(pk=event_id)


def refuse_if_over(event: Event, *, now: dt.datetime) -> None:
    """Raises Refused for an event that is cancelled or so close that nobody could answer in time."""
    if event.cancelled_at:
        raise Refused(_("%(event)s is cancelled.") % {"event": event.name})
    if last_moment(event) <= now:
        raise Refused(_("%(event)s is too close or over: nobody could answer in time.") % {"event": event.name})


def last_moment(event: Event) -> dt.datetime:
    """The end of the day before: the latest an answer can help."""
    return end_of(event.held_on - dt.timedelta(days=1))


def end_of(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(23, 59), tzinfo=timezone.get_default_timezone())
