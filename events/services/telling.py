"""How people hear of things: a letter, or a call where no letter can go; and letters that are no longer true."""

import datetime as dt
from collections.abc import Iterable

from django.utils import timezone

from events import states
from events.models import Call, Event, Registration
from events.working_days import day_to_call_by
from partners.models import MailedLink
from pwp.journal.models import By
from pwp.outbox.letters import Letter
from pwp.outbox.models import Message
from pwp.outbox.services import cancel_letters, queue_letter
from pwp.states import advance

ON_TIME = "the calendar"  # who it was when no person decided
REQUEST_LINK_DAYS = 365


def tell(
    registration: Registration, letter: Letter | None, *, about: str, hold: bool = False, urgent: bool = False
) -> None:
    """Queue `letter`; without one, because there is no e-mail address, put a call on the list. `about` is its key."""
    if letter is None:
        add_call(registration, Call.Why.NO_EMAIL, about=about)
    else:
        queue_letter(letter, hold=hold, urgent=urgent)


def add_call(registration: Registration, why: str, *, about: str, due_on: dt.date | None = None) -> bool:
    """A call for staff to make by the next working day, once for each cause. Returns whether it is new."""
    event: Event = registration.event  # type: ignore[assignment]  # no draft gets here
    _call, created = Call.objects.get_or_create(
        registration=registration,
        why=why,
        about=about,
        defaults={"due_on": due_on or day_to_call_by(timezone.localdate(), event), "created_at": timezone.now()},
    )
    return created


def add_calls(causes: Iterable[tuple[Registration, str]], why: str) -> None:
    """The same for many at once: requests of one event, each with what its call is about."""
    now, today = timezone.now(), timezone.localdate()
    calls = [
        Call(registration=one, why=why, about=about, due_on=day_to_call_by(today, one.event), created_at=now)  # type: ignore[arg-type]
        for one, about in causes
    ]
    Call.objects.bulk_create(calls, ignore_conflicts=True, batch_size=500)


def close_calls(registration: Registration, *, by: By, reason: str, about: str = "", why: str = "") -> None:
    """Take calls off the list that nobody needs to make any more; news about partners stay unless they are named."""
    calls = registration.calls.filter(state=Call.State.TO_MAKE, about__startswith=about)
    if not about and not why:
        calls = calls.exclude(why=Call.Why.PARTNERS)
    for call in calls.filter(why=why) if why else calls:
        advance(call, Call.State.NOT_NEEDED, table=states.CALL, by=by, reason=reason)


def stop_letters(registration: Registration) -> None:
    """What still waits to leave about coming to this event is not true any more."""
    cancel_letters(prefix=f"registration:{registration.code}:")
    for code in registration.invitations.values_list("code", flat=True):
        cancel_letters(prefix=f"invitation:{code}:")


def request_token(registration: Registration) -> str:
    """A new link to the page where this person can read, print and withdraw the request."""
    return MailedLink.make(
        MailedLink.Purpose.REQUEST, registration.code, person=registration.person, days=REQUEST_LINK_DAYS
    )


def written_among(keys: Iterable[str]) -> set[str]:
    """Those of these letters that were written before; not those that never left because they were no longer true."""
    letters = Message.objects.filter(key__in=list(keys))
    return set(letters.exclude(pk__in=letters.never_left().values("pk")).values_list("key", flat=True))
