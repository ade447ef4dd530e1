"""What people need to take part: said once they are invited, read by two roles, gone thirty days after the event."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from events import emails
from events.models import Arrangement, Event, Registration
from events.models.attending import COMING
from events.services.places import lock_event
from events.services.telling import request_token, tell
from partners.models import User
from pwp.journal.models import write_entry
from pwp.outbox.models import Message
from pwp.outbox.services import cancel_letters
from pwp.refusals import Refused

KEPT_DAYS = 30
R = Registration.State
MAY_SAY = (R.INVITED, R.CONFIRMED)
THE_CALENDAR = "the calendar"


def may_say_needs(registration: Registration, *, now: dt.datetime | None = None) -> bool:
    event = registration.event
    if event is None or event.cancelled_at:
        return False
    return registration.state in MAY_SAY and event.held_on >= timezone.localdate(now)


@transaction.atomic
def keep_needs(registration: Registration, words: Mapping[str, str], *, now: dt.datetime | None = None) -> None:
    """Keep what they need, by kind; "" takes a kind away. New words are to be arranged anew.

    Raises Refused for somebody who is not invited, or when the day is over.
    """
    lock_event(registration)
    registration.refresh_from_db(fields=["state"])
    if not may_say_needs(registration, now=now):
        raise Refused(_("There is no invitation or place any more. Please ring us."))
    kept = {need.kind: need for need in registration.arrangements.all()}
    for kind in Arrangement.Kind.values:
        said = words.get(kind, "").strip()
        need = kept.get(kind)
        if need is None and said:
            registration.arrangements.create(kind=kind, words=said, created_at=now or timezone.now())
        elif need is not None and not said:
            need.delete()
        elif need is not None and need.words != said:
            need.words, need.arranged_on, need.note, need.granted = said, None, "", None
            need.save(update_fields=["words", "arranged_on", "note", "granted"])


@transaction.atomic
def decide_costs(need: Arrangement, *, granted: bool, words: str, by: User, now: dt.datetime | None = None) -> None:
    """Say yes or no to help with costs, which settles it. The letter waits an hour: a new decision takes its place.

    Only the officer reads it; it is in no journal, and the letter goes when the need is deleted.
    """
    now = now or timezone.now()
    registration = need.registration
    lock_event(registration)
    need.granted, need.note, need.arranged_on, need.owner = granted, words, timezone.localdate(now), by
    need.save(update_fields=["granted", "note", "arranged_on", "owner"])
    cancel_letters(list(_letters_about_costs([registration]).values_list("key", flat=True)))
    key = f"registration:{registration.code}:{now:%Y%m%d%H%M%S%f}"
    token = request_token(registration)
    letter = emails.costs_decided(registration, key=key, granted=granted, words=words, token=token)
    tell(registration, letter, about=f"{key}:{emails.COSTS}", hold=True)


def _letters_about_costs(registrations: Iterable[Registration]) -> QuerySet[Message]:
    about = Q(pk__in=[])
    for registration in registrations:
        about |= Q(key__startswith=f"registration:{registration.code}:", key__contains=f":{emails.COSTS}:")
    return Message.objects.filter(about)


def diets_of(event: Event) -> list[tuple[str, int]]:
    """What those who come wrote about food, and how many wrote it: no names, nothing of any other kind."""
    rows = Arrangement.objects.filter(
        kind=Arrangement.Kind.DIET, registration__event=event, registration__state__in=COMING
    )
    said = Counter(" ".join(words.split()).casefold() for words in rows.values_list("words", flat=True))
    return sorted(said.items(), key=lambda item: (-item[1], item[0]))


def purge_arrangements(*, now: dt.datetime | None = None) -> int:
    """Delete needs thirty days after the event, and at once those of people who do not come. Returns how many.

    A line in the event's journal says that it was done, and not whose they were.
    """
    past = timezone.localdate(now) - dt.timedelta(days=KEPT_DAYS)
    old = Arrangement.objects.filter(registration__event__held_on__lt=past)
    not_coming = Arrangement.objects.exclude(registration__state__in=(R.INVITED, *COMING))
    count = 0
    for rows, why in ((old, _("thirty days after the event")), (not_coming, _("they do not come"))):
        for event in Event.objects.filter(pk__in=rows.order_by().values("registration__event")):
            with transaction.atomic():
                of_event = Arrangement.objects.filter(pk__in=rows.filter(registration__event=event).values("pk"))
                decided = of_event.filter(kind=Arrangement.Kind.COST, arranged_on__isnull=False)
                _letters_about_costs([need.registration for need in decided.select_related("registration")]).delete()
                gone = of_event.delete()[0]
                words = ngettext("%(n)d need was removed: %(why)s", "%(n)d needs were removed: %(why)s", gone)
                write_entry(event, "", "", by=THE_CALENDAR, reason=words % {"n": gone, "why": why})
            count += gone
    return count
