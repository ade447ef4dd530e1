"""Leaving a list, sending somebody else, and moving to another day."""

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from events import emails, states
from events.models import Event, Invitation, Registration
from events.services.inviting import (
    close_invitations,
    decision_key,
    is_soon,
    offer_free_places,
    too_late_to_offer,
    waiting_line,
)
from events.services.places import last_moment, lock_event
from events.services.telling import close_calls, request_token, stop_letters, tell
from partners.models import MailedLink, Membership, Person, User
from pwp.journal.models import By, for_the_journal
from pwp.outbox.services import queue_letter
from pwp.refusals import Refused
from pwp.states import advance

R = Registration.State
I = Invitation.State  # noqa: E741
MOST_TO_RING = 3
HAD_A_PLACE = (R.INVITED, R.CONFIRMED)


@dataclass(frozen=True)
class Colleague:
    """Who comes in somebody's place, as that person typed it; an e-mail address or a phone number at least."""

    name: str
    email: str = ""
    phone: str = ""


@transaction.atomic
def withdraw(registration: Registration, *, by: By, reason: str = "", now: dt.datetime | None = None) -> None:
    """Give the place back, at any time before the day is over, without having to say why.

    The place is offered to the next in line in the same moment, and the officer hears of it.
    """
    now = now or timezone.now()
    event = lock_event(registration)
    if event.held_on < timezone.localdate(now):
        raise Refused(_("The day has been. If you did not come, you need not do anything."))
    before = registration.state
    advance(registration, R.WITHDRAWN, table=states.REGISTRATION, by=by, reason=reason, left_at=now)
    _left(registration, by=by)
    if before == R.CONFIRMED:
        queue_letter(emails.withdrawn(registration, key=decision_key(registration)))
    offers = offer_free_places(event, now=now)
    if before in HAD_A_PLACE and not _is_staff(by):
        _tell_officer(registration, event, reason=reason, offers=offers, now=now)


@transaction.atomic
def send_colleague(
    registration: Registration, colleague: Colleague, *, by: By, now: dt.datetime | None = None
) -> Invitation:
    """Let a colleague have the place, until the day before. They get a link, and answer for themselves.

    Nothing is copied but the organisation: their consents, needs and answers are their own. The place stays one place.
    """
    now = now or timezone.now()
    event = lock_event(registration)
    if registration.state != R.CONFIRMED:
        raise Refused(_("Only somebody with a confirmed place can send a colleague. Please ring us."))
    if event.cancelled_at or last_moment(event) <= now:
        raise Refused(_("From the day itself on, please just ring us: your colleague is welcome."))
    hat = enter_colleague(colleague, registration)
    old, person = registration.person, hat.person
    sends = for_the_journal(_("sends a colleague"))
    advance(registration, R.WITHDRAWN, table=states.REGISTRATION, by=by, reason=sends, left_at=now)
    _left(registration, by=by)
    instead = Registration.objects.create(
        event=event, person=person, membership=hat, substitute_for=registration, started_at=now
    )
    comes = for_the_journal(_("comes in a colleague's place"))
    advance(instead, R.REQUESTED, table=states.REGISTRATION, by=by, reason=comes, requested_at=now)
    advance(instead, R.INVITED, table=states.REGISTRATION, by=by, reason=comes)
    invitation = Invitation.objects.create(registration=instead, reply_by=last_moment(event), created_at=now)
    token = MailedLink.make(
        MailedLink.Purpose.INVITATION,
        invitation.code,
        person=person,
        days=(event.held_on - timezone.localdate(now)).days + 1,
    )
    advance(invitation, I.SENT, table=states.INVITATION, by=by)
    letter = emails.substitute(invitation, sent_by=old.name if old else "", token=token)
    tell(instead, letter, about=emails.invitation_key(invitation), urgent=is_soon(event, now))
    queue_letter(emails.withdrawn(registration, key=decision_key(registration), colleague=person.name))
    if not _is_staff(by):
        _tell_officer(registration, event, reason="", offers=[], now=now, colleague=person)
    return invitation


def enter_colleague(colleague: Colleague, registration: Registration) -> Membership:
    """The colleague as a person of that organisation. Raises Refused for one nobody could reach."""
    if not colleague.email and not colleague.phone:
        raise Refused(_("Give an e-mail address or a phone number, so that we can reach your colleague."))
    person = Person.objects.create(
        name=colleague.name,
        contact_email=colleague.email,
        phone=colleague.phone,
        language=registration.person.language if registration.person else "en",
    )
    return Membership.objects.create(
        person=person, organisation=registration.organisation, role=Membership.Role.DELEGATE
    )


@transaction.atomic
def move(
    registration: Registration, event: Event, *, by: By, reason: str = "", now: dt.datetime | None = None
) -> Registration:
    """Ask for another event instead: the old request ends, a new one begins with its history, and staff decide.

    Returns the new request. Raises Refused when they ask for that event already, or when it takes no requests.
    """
    now = now or timezone.now()
    old_event = lock_event(registration)
    if event.pk == old_event.pk:
        raise Refused(_("That is the event they ask for already."))
    if registration.state in HAD_A_PLACE and old_event.held_on < timezone.localdate(now):
        raise Refused(_("The day has been. If you did not come, you need not do anything."))
    if not Event.objects.asking_open(timezone.localdate(now)).filter(pk=event.pk).exists():
        raise Refused(_("%(event)s takes no requests any more.") % {"event": event.name})
    active = Registration.objects.active().filter(person=registration.person, event=event)
    if active.exists():
        raise Refused(_("There is a request for %(event)s already.") % {"event": event.name})
    before = registration.state
    to = for_the_journal(_("moved to %(event)s"), event=event)
    why = "; ".join(filter(None, (to, reason)))
    advance(registration, R.MOVED, table=states.REGISTRATION, by=by, reason=why, left_at=now)
    _left(registration, by=by)
    new = Registration.objects.create(
        event=event,
        person=registration.person,
        membership=registration.membership,
        moved_from=registration,
        started_at=now,
        entered_by=registration.entered_by,
        agreed_with=registration.agreed_with,
        agreed_on=registration.agreed_on,
        staff_note=registration.staff_note,
    )
    came_from = for_the_journal(_("moved from %(event)s"), event=old_event)
    advance(new, R.REQUESTED, table=states.REGISTRATION, by=by, reason=came_from, requested_at=now)
    had_place = before == R.CONFIRMED
    letter = emails.moved(new, old=registration, token=request_token(new), had_place=had_place)
    tell(new, letter, about=f"registration:{new.code}:moved")
    offers = offer_free_places(old_event, now=now)
    if before in HAD_A_PLACE and not _is_staff(by):
        _tell_officer(registration, old_event, reason=reason, offers=offers, now=now, new_event=event)
    return new


def _left(registration: Registration, *, by: By) -> None:
    """What ends with a place: its invitation, letters that wait to leave, and calls that nobody needs to make."""
    stop_letters(registration)
    close_invitations(registration, by=by, accepted=True)
    close_calls(registration, by=by, reason=for_the_journal(_("they do not come to this event")))


def _tell_officer(
    registration: Registration,
    event: Event,
    *,
    reason: str,
    offers: list[Invitation],
    now: dt.datetime,
    colleague: Person | None = None,
    new_event: Event | None = None,
) -> None:
    key = decision_key(registration).replace("registration:", "officer:")  # nothing of the guest's cancels it
    first_in_line = list(waiting_line(event)[:MOST_TO_RING]) if too_late_to_offer(event, now=now) else []
    letter = emails.place_given_back(
        registration,
        key=key,
        reason=reason,
        offers=offers,
        colleague=colleague,
        new_event=new_event,
        first_in_line=first_in_line,
    )
    queue_letter(letter, urgent=is_soon(event, now))


def _is_staff(by: By) -> bool:
    return isinstance(by, User) and by.is_staff
