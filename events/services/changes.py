"""When the venue, the time or the day itself changes: everybody hears of it, and every calendar follows."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from events import emails, states
from events.models import Call, Event, Invitation, Registration
from events.services.inviting import close_invitations
from events.services.places import last_moment, lock, lock_event
from events.services.telling import add_call, close_calls, request_token, stop_letters, tell
from partners import geography
from partners.models import User
from pwp.journal.models import By, for_the_journal, write_entry
from pwp.outbox.models import Message
from pwp.outbox.services import cancel_letters, queue_letter
from pwp.refusals import Refused
from pwp.states import StaleState, advance

R = Registration.State

FACTS = ("held_on", "starts_at", "ends_at", "venue_en", "venue_cy", "venue_postcode")  # what a calendar says of the day
RING_WITHIN = dt.timedelta(days=3)  # so close to the day a letter alone is not enough
AFTER_A_LETTER = dt.timedelta(minutes=1)


@transaction.atomic
def announce_change(
    event: Event,
    *,
    by: User,
    facts: Mapping[str, Any] | None = None,
    words: str = "",
    words_cy: str = "",
    letters: bool = True,
    now: dt.datetime | None = None,
) -> list[Registration]:
    """Change the `facts`, and write to everybody who comes or is invited, with a new calendar file.

    `facts` are new values of FACTS; page, public calendar and letters agree from the same moment on. `words` of the
    staff stand in each letter, `words_cy` instead of them for who reads Welsh. Without `letters` nobody is told,
    because only a slip is put right.

    Less than three days before the day each of them is on the list of calls too, until they open, answer or sign in.
    `event` is as the person who announces saw it: who presses twice, or saw an older one, is refused with StaleState.
    Returns: those who were told.
    """
    now = now or timezone.now()
    if event.cancelled_at or event.held_on < timezone.localdate(now):
        raise Refused(_("%(event)s is over or cancelled.") % {"event": event.name})
    changed = {name: value for name, value in (facts or {}).items() if getattr(event, name) != value}
    if changed.get("held_on", event.held_on) < timezone.localdate(now):
        raise Refused(_("Please give a day that lies ahead."))
    sequence = _next_sequence(event, **changed, **_where(changed))
    locked = lock(event.pk)
    soon = min(event.held_on, locked.held_on) - timezone.localdate(now) < RING_WITHIN
    write_entry(locked, "planned", "changed", by=by, reason=_what_changed(event, changed, words))
    _nobody_answers_too_late(locked)
    told = list(_people(locked, (R.CONFIRMED, R.INVITED)).prefetch_related("invitations")) if letters else []
    for registration in told:
        registration.event = locked
        code = registration.code
        for step in (emails.JOINING_NOTES, emails.DAY_BEFORE):  # what did not leave yet is written anew
            cancel_letters(prefix=f"registration:{code}:{step}")
        letter = emails.event_changed(
            registration,
            sequence=sequence,
            words=words_in_their_language(registration, words, words_cy),
            token=request_token(registration),
            answer_by=answer_by(registration),
            after=_last_letter(registration),
        )
        if letter is not None:
            queue_letter(letter, urgent=soon)
        if soon or letter is None:
            add_call(registration, Call.Why.VENUE, about=f"change:{code}:{sequence}", due_on=timezone.localdate(now))
    return told


def _nobody_answers_too_late(event: Event) -> None:
    """Where the day comes forward, so does the last moment to answer an invitation, or for which a place is kept."""
    latest = last_moment(event)
    Invitation.objects.holding_a_place(latest).filter(registration__event=event).update(reply_by=latest)


def answer_by(registration: Registration) -> dt.datetime | None:
    """Until when somebody who is invited can answer, with the event's day as it stands; None for anybody else."""
    if registration.state != R.INVITED or registration.event is None:
        return None
    latest = last_moment(registration.event)
    sent = [one for one in registration.invitations.all() if one.state == Invitation.State.SENT]
    return min(sent[0].reply_by, latest) if sent else None


def _where(changed: Mapping[str, Any]) -> dict[str, int | None]:
    """Distances are measured from the new venue."""
    if not changed.get("venue_postcode"):
        return {}
    place = geography.locate(changed["venue_postcode"])
    return {"easting": place.easting, "northing": place.northing}


def _what_changed(before: Event, changed: Mapping[str, Any], words: str) -> str:
    """What the journal keeps: each fact as it was and as it is, and what staff said about it."""
    names = {name: for_the_journal(Event._meta.get_field(name).verbose_name) for name in changed}  # type: ignore[union-attr]
    lines = [f"{names[name]}: {getattr(before, name) or '–'} → {value or '–'}" for name, value in changed.items()]
    return "; ".join(filter(None, (*lines, words)))


@transaction.atomic
def has_seen_change(registration: Registration, *, by: By) -> None:
    """They pressed that they know: nobody needs to ring them about it."""
    lock_event(registration)
    close_calls(registration, by=by, reason=for_the_journal(_("they have read it")), why=Call.Why.VENUE)


@transaction.atomic
def cancel_event(
    event: Event, *, by: User, words: str, words_cy: str = "", now: dt.datetime | None = None
) -> list[Registration]:
    """Tell everybody that the event does not take place, and take it out of their calendars.

    Everybody goes back to the staff's list, so that nobody is left without a next step. Returns: those who were told.
    """
    now = now or timezone.now()
    if not words.strip():
        raise Refused(_("Please write a sentence that says why: it goes into the letter."))
    sequence = _next_sequence(event, cancelled_at=now)
    locked = lock(event.pk)
    write_entry(locked, "planned", "cancelled", by=by, reason=words)
    told = list(_people(locked, (R.REQUESTED, R.TALKING, R.WAITING, R.INVITED, R.CONFIRMED)))
    reason = for_the_journal(_("the event was cancelled"))
    for registration in told:
        registration.event = locked
        had_place = registration.state == R.CONFIRMED
        stop_letters(registration)
        close_invitations(registration, by=by, accepted=True)
        close_calls(registration, by=by, reason=reason)
        if registration.state in (R.WAITING, R.INVITED, R.CONFIRMED):
            advance(registration, R.TALKING, table=states.REGISTRATION, by=by, reason=reason, waiting_since=None)
        said = words_in_their_language(registration, words, words_cy)
        letter = emails.event_cancelled(registration, sequence=sequence, words=said, had_place=had_place)
        tell(registration, letter, about=f"registration:{registration.code}:cancelled-{sequence}", urgent=True)
    return told


def words_in_their_language(registration: Registration, words: str, words_cy: str) -> str:
    """What staff wrote, in Welsh for who reads Welsh and if there is any."""
    welsh = registration.person is not None and registration.person.language == "cy"
    return (words_cy.strip() if welsh else "") or words


def _next_sequence(event: Event, **stamps: object) -> int:
    """Count the calendar files up, once for each page somebody looked at. Raises StaleState for the second press."""
    as_seen = Event.objects.filter(pk=event.pk, calendar_sequence=event.calendar_sequence, cancelled_at=None)
    if not as_seen.update(calendar_sequence=F("calendar_sequence") + 1, **stamps):
        raise StaleState(_("Somebody else was faster. Please look at the page again."))
    event.calendar_sequence += 1
    return event.calendar_sequence


def _people(event: Event, in_states: tuple[str, ...]) -> QuerySet[Registration]:
    rows = event.registrations.filter(state__in=in_states)
    return rows.select_related("event__programme", "person", "membership__organisation").order_by("pk")


def _last_letter(registration: Registration) -> dt.datetime | None:
    """A minute after the last letter with the old facts that still waits to leave, so that the new one is read last."""
    codes = [invitation.code for invitation in registration.invitations.all()]
    waiting = Message.objects.filter(state=Message.State.QUEUED, person_code=registration.person.code)  # type: ignore[union-attr]
    about = [row.send_after for row in waiting if row.key.split(":")[1] in {registration.code, *codes}]
    return max(about) + AFTER_A_LETTER if about else None
