"""What staff decide about a request, and what the waiting list is owed. A letter waits an hour, and can be undone."""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from events import emails, states
from events.models import Call, Conversation, Event, Invitation, Registration
from events.models.attending import OPEN, RegistrationQuerySet
from events.services.places import (
    Standing,
    end_of,
    last_moment,
    lock,
    lock_event,
    refuse_if_over,
    refuse_second,
    standing,
)
from events.services.telling import ON_TIME, close_calls, request_token, tell
from events.working_days import day_to_answer_by, working_days_after
from partners.models import Consent, MailedLink, User
from pwp.journal.models import By, Entry, for_the_journal, write_entry
from pwp.outbox.models import Message
from pwp.outbox.services import cancel_letters
from pwp.refusals import Refused
from pwp.states import NotAllowed, StaleState, advance

R = Registration.State
I = Invitation.State  # noqa: E741

SHORTEST_OFFER = dt.timedelta(hours=12)  # to read a letter and to answer it; after that somebody rings
SOON = dt.timedelta(days=3)  # so close to the day letters neither wait an hour nor for the morning


@transaction.atomic
def invite(
    registration: Registration,
    *,
    by: User,
    no_talk_reason: str = "",
    reason: str = "",
    words: str = "",
    now: dt.datetime | None = None,
) -> Invitation:
    """Promise a place and write the invitation, with `words` of the staff in it.

    `no_talk_reason` says why nobody talked with them first, `reason` why they come before somebody who waits longer.
    Raises Refused when either is missing where it is needed, or when every place is taken, promised or kept.
    """
    now = now or timezone.now()
    event = lock_event(registration)
    refuse_second(registration)
    refuse_if_over(event, now=now)
    if not no_talk_reason.strip() and not has_talked(registration):
        raise Refused(_("Nobody has talked with them yet. Please write down your talk, or say why none is needed."))
    held = registration.invitations.filter(state=I.HELD, reply_by__gt=now).first()
    if held is None:
        close_invitations(registration, by=ON_TIME)  # one that was kept for them until a day that has passed
        _refuse_without_room(registration, event, reason, now)
    why = "; ".join(filter(None, (no_talk_reason.strip(), reason.strip())))
    advance(registration, R.INVITED, table=states.REGISTRATION, by=by, reason=why, left_at=None)
    invitation = held or Invitation(registration=registration, created_at=now)
    invitation.reply_by = reply_by(event, now=now)
    _send(invitation, event, by=by, words=words, now=now)
    return invitation


def reply_by(event: Event, *, now: dt.datetime) -> dt.datetime:
    """Until when an invitation that is written now can be answered; never later than the day before."""
    return _answer_by(timezone.localdate(now) + dt.timedelta(days=event.reply_days), event, now=now)


def _answer_by(last_day: dt.date, event: Event, *, now: dt.datetime) -> dt.datetime:
    """The end of that day, or of one close to it that is no bank holiday; the day before, if that has passed."""
    moment = end_of(day_to_answer_by(last_day, event))
    return moment if moment > now else last_moment(event)


@transaction.atomic
def hold_place(
    registration: Registration,
    *,
    by: User,
    reason: str = "",
    until: dt.date | None = None,
    now: dt.datetime | None = None,
) -> Invitation:
    """Keep a place for somebody who cannot be invited yet, until a day; nothing is sent."""
    now = now or timezone.now()
    event = lock_event(registration)
    refuse_if_over(event, now=now)
    if R.INVITED not in states.REGISTRATION[registration.state]:
        raise NotAllowed(_("This is not possible for a request as it is now."))
    if registration.invitations.filter(state__in=(I.HELD, I.SENT)).exists():
        raise Refused(_("A place is kept for them already."))
    _refuse_without_room(registration, event, reason, now)
    last_day = until or day_to_answer_by(timezone.localdate(now) + dt.timedelta(days=event.reply_days), event)
    kept_until = min(end_of(last_day), last_moment(event))
    if kept_until <= now:
        raise Refused(_("Please give a day that lies ahead."))
    invitation = Invitation.objects.create(registration=registration, reply_by=kept_until, created_at=now)
    day = date_format(timezone.localdate(kept_until), "SHORT_DATE_FORMAT")
    words = for_the_journal(_("a place is kept until %(day)s"), day=day)
    write_entry(
        registration, registration.state, registration.state, by=by, reason="; ".join(filter(None, (words, reason)))
    )
    return invitation


@transaction.atomic
def release_place(registration: Registration, *, by: User, now: dt.datetime | None = None) -> None:
    """Let a place go that was kept without an invitation."""
    event = lock_event(registration)
    held = registration.invitations.filter(state=I.HELD).first()
    if held is None:
        raise Refused(_("No place is kept for them."))
    advance(held, I.WITHDRAWN, table=states.INVITATION, by=by)
    write_entry(
        registration,
        registration.state,
        registration.state,
        by=by,
        reason=for_the_journal(_("the kept place was let go")),
    )
    offer_free_places(event, now=now)


@transaction.atomic
def keep_considering(registration: Registration, *, by: User, words: str = "") -> None:
    """Say that nothing is decided yet and that there may be room; this is no waiting list."""
    _lock_undecided(registration)
    key = decision_key(registration)
    if registration.state == R.TALKING:
        write_entry(
            registration, R.TALKING, R.TALKING, by=by, reason=for_the_journal(_("told that we are considering it"))
        )
    else:
        advance(registration, R.TALKING, table=states.REGISTRATION, by=by, left_at=None)
    letter = emails.considering(registration, key=key, words=words, token=request_token(registration))
    tell(registration, letter, about=f"{key}:considering", hold=True)


@transaction.atomic
def keep_waiting(
    registration: Registration, *, by: User, reason: str = "", words: str = "", now: dt.datetime | None = None
) -> None:
    """Put an accepted request on the waiting list, at its end, and tell the person.

    Raises Refused while there is room for them, and when nobody talked with them and no `reason` says why not.
    """
    now = now or timezone.now()
    event = _lock_undecided(registration)
    refuse_if_over(event, now=now)
    if not reason.strip() and not has_talked(registration):
        raise Refused(_("Nobody has talked with them yet. Please write down your talk, or say why none is needed."))
    close_invitations(registration, by=by)
    if standing(event, now=now).room_for(registration.organisation.sector) > 0:
        raise Refused(
            _("There is still room for them at %(event)s. Invite them, or tell them that you are considering it.")
            % {"event": event.name}
        )
    key = decision_key(registration)
    stamps = {"waiting_since": now, "left_at": None}
    advance(registration, R.WAITING, table=states.REGISTRATION, by=by, reason=reason, **stamps)
    letter = emails.waiting(registration, key=key, full=False, words=words, token=request_token(registration))
    tell(registration, letter, about=f"{key}:waiting", hold=True)


@transaction.atomic
def next_in_line(registration: Registration, *, by: User, reason: str) -> None:
    """Put somebody at the head of the waiting list; why is in the journal."""
    event = lock_event(registration)
    if not reason.strip():
        raise Refused(_("Please say why they come before those who have waited longer."))
    first = waiting_line(event).first()
    if first is None or first == registration:
        raise Refused(_("They are the first on the waiting list."))
    since: dt.datetime = first.waiting_since  # type: ignore[assignment]  # whoever waits has a date
    before = since - dt.timedelta(milliseconds=1)
    if not event.registrations.filter(pk=registration.pk, state=R.WAITING).update(waiting_since=before):
        raise StaleState(_("They are not on the waiting list any more. Please look at the page again."))
    registration.waiting_since = before
    write_entry(registration, R.WAITING, R.WAITING, by=by, reason=reason)


@transaction.atomic
def not_this_time(
    registration: Registration,
    *,
    by: User,
    reason: str,
    no_event_near: bool = False,
    now: dt.datetime | None = None,
) -> None:
    """Say no for this time, in words a person wrote; `no_event_near` is the letter for those too far from any event.

    Raises Refused without words, or with a gap left in them.
    """
    words = written(reason)
    event = _lock_undecided(registration)
    key = decision_key(registration)
    freed = close_invitations(registration, by=by)
    stamps = {"left_at": now or timezone.now()}
    advance(registration, R.NOT_THIS_TIME, table=states.REGISTRATION, by=by, reason=words, **stamps)
    if no_event_near:
        later_rounds = registration.person is not None and registration.person.agrees_to(Consent.Purpose.KEEP_IN_TOUCH)
        letter = emails.no_event_near(registration, key=key, reason=words, later_rounds=later_rounds)
        tell(registration, letter, about=f"{key}:no-event-near", hold=True)
    else:
        tell(
            registration,
            emails.not_this_time(registration, key=key, reason=words),
            about=f"{key}:not-this-time",
            hold=True,
        )
    if freed:
        offer_free_places(event, now=now)


@transaction.atomic
def suggest_elsewhere(
    registration: Registration, *, by: User, reason: str, other: Event | None = None, now: dt.datetime | None = None
) -> None:
    """Suggest something that suits them better, in words a person wrote, and perhaps another event."""
    words = written(reason)
    event = _lock_undecided(registration)
    key = decision_key(registration)
    freed = close_invitations(registration, by=by)
    stamps = {"left_at": now or timezone.now()}
    advance(registration, R.ELSEWHERE, table=states.REGISTRATION, by=by, reason=words, **stamps)
    letter = emails.elsewhere(registration, key=key, reason=words, other=other)
    tell(registration, letter, about=f"{key}:elsewhere", hold=True)
    if freed:
        offer_free_places(event, now=now)


def written(reason: str) -> str:
    """Words that a person wrote. Raises Refused for none, and for a template with a gap left in it."""
    words = reason.strip()
    if not words:
        raise Refused(_("Please write a sentence that says why: it goes into the letter."))
    if "[" in words or "]" in words:
        raise Refused(_("Please fill in what stands in square brackets: it goes into the letter as it is."))
    return words


def has_talked(registration: Registration) -> bool:
    """Whether a conversation was written down, for this request or for the one it was moved from."""
    chain = [registration.pk]
    before = registration.moved_from
    while before is not None and before.pk not in chain:
        chain.append(before.pk)
        before = before.moved_from
    return Conversation.objects.filter(registration__in=chain).exists()


# --- the waiting list ------------------------------------------------------------------------------------------------


def waiting_line(event: Event) -> RegistrationQuerySet:
    """Those who wait, in the order in which they came onto the list; whoever has a place kept does not wait for one."""
    return (
        event.registrations.filter(state=R.WAITING)
        .exclude(invitations__state__in=(I.HELD, I.SENT))
        .select_related("person", "membership__organisation")
        .order_by("waiting_since", "pk")
    )


@transaction.atomic
def offer_free_places(event: Event, *, now: dt.datetime | None = None) -> list[Invitation]:
    """Offer each free place to the next in line whom it fits, with a day to answer by.

    A place that is kept for one sector passes by the others, and their journal says so. From noon on the day before
    nothing is offered any more: nobody could read it in time.
    """
    now = now or timezone.now()
    event = lock(event.pk)
    if event.cancelled_at or too_late_to_offer(event, now=now):
        return []
    offers: list[Invitation] = []
    passed_by: list[Registration] = []
    told = 0
    for registration in waiting_line(event):
        free = standing(event, now=now)
        if free.capacity <= free.promised:
            break
        if free.room_for(registration.organisation.sector) <= 0:
            passed_by.append(registration)
            continue
        offers.append(_offer(registration, event, now))
        told = len(passed_by)
    for registration in passed_by[:told]:
        words = _("a place went to somebody further down the list, because it is kept for their sector")
        write_entry(registration, R.WAITING, R.WAITING, by=ON_TIME, reason=for_the_journal(words))
    return offers


def too_late_to_offer(event: Event, *, now: dt.datetime) -> bool:
    return last_moment(event) - now < SHORTEST_OFFER


def offer_all_free_places(*, now: dt.datetime | None = None) -> int:
    """For every event ahead: places that became free by whatever way, also because there are more of them now."""
    now = now or timezone.now()
    ahead = Event.objects.filter(held_on__gte=timezone.localdate(now), cancelled_at=None)
    return sum(
        len(offer_free_places(event, now=now)) for event in ahead.filter(registrations__state=R.WAITING).distinct()
    )


def _offer(registration: Registration, event: Event, now: dt.datetime) -> Invitation:
    last_day = working_days_after(timezone.localdate(now), event.programme.offer_days, event)
    advance(
        registration,
        R.INVITED,
        table=states.REGISTRATION,
        by=ON_TIME,
        reason=for_the_journal(_("a place became free, and they were next on the waiting list")),
    )
    invitation = Invitation(
        registration=registration,
        kind=Invitation.Kind.OFFER,
        reply_by=_answer_by(last_day, event, now=now),
        created_at=now,
    )
    _send(invitation, event, by=ON_TIME, words="", now=now)
    return invitation


def _send(invitation: Invitation, event: Event, *, by: By, words: str, now: dt.datetime) -> None:
    """Keep the invitation as sent, and write its letter."""
    registration = invitation.registration
    registration.event = event
    invitation.save()
    token = MailedLink.make(
        MailedLink.Purpose.INVITATION,
        invitation.code,
        person=registration.person,
        days=(event.held_on - timezone.localdate(now)).days + 1,
    )
    advance(invitation, I.SENT, table=states.INVITATION, by=by)
    soon = is_soon(event, now)
    letter = emails.invitation(invitation, token=token, words=words)
    tell(registration, letter, about=emails.invitation_key(invitation), hold=not soon, urgent=soon)


def is_soon(event: Event, now: dt.datetime) -> bool:
    return event.held_on - timezone.localdate(now) <= SOON


def _refuse_without_room(registration: Registration, event: Event, reason: str, now: dt.datetime) -> None:
    """Raises Refused without a place for this sector, or when somebody has waited longer and no `reason` is given."""
    places = standing(event, now=now)
    if places.room_for(registration.organisation.sector, over=True) <= 0:
        if places.promised < event.invitation_limit:
            raise Refused(
                _("The places left at %(event)s are kept for other sectors. Keep fewer, or keep this request waiting.")
                % {"event": event.name}
            )
        raise Refused(
            _("All places at %(event)s are taken or promised. Keep this request waiting, or add places to the event.")
            % {"event": event.name}
        )
    ahead = _ahead_of(registration, event, places)
    if ahead is not None and not reason.strip():
        raise Refused(
            _("%(person)s has waited longer. Invite them first, or say why this request comes before them.")
            % {"person": ahead.person}
        )


def _ahead_of(registration: Registration, event: Event, places: Standing) -> Registration | None:
    """The first in line whom a place would fit, unless that is this request itself."""
    for waiting in waiting_line(event):
        if waiting == registration:
            return None
        if places.room_for(waiting.organisation.sector, over=True) > 0:
            return waiting
    return None


def who_waits_longer(registrations: Sequence[Registration], *, now: dt.datetime | None = None) -> list[Registration]:
    """Who would be passed by if all of these were given a place, in the order of the waiting list."""
    now = now or timezone.now()
    kept = Invitation.objects.filter(registration__in=registrations, state=I.HELD, reply_by__gt=now)
    chosen = {one.pk for one in registrations} - set(kept.values_list("registration", flat=True))
    found: list[Registration] = []
    for event in {one.event for one in registrations if one.event}:
        line = list(waiting_line(event))
        if not line:
            continue
        places = standing(event, now=now)
        behind = {one.pk for one in registrations if one.event == event} & chosen
        for waiting in line:
            behind.discard(waiting.pk)
            if behind and waiting.pk not in chosen and places.room_for(waiting.organisation.sector, over=True) > 0:
                found.append(waiting)
    return found


# --- undoing ---------------------------------------------------------------------------------------------------------


@transaction.atomic
def undo_decision(registration: Registration, *, by: User, now: dt.datetime | None = None) -> str:
    """Take the last decision back while its letter has not left. Returns the state the request is in again.

    Raises Refused when the letter has left, when the call was made, or when there is nothing to take back.
    """
    event = lock_event(registration)
    found = last_decision(registration)
    if found is None:
        raise Refused(_("There is nothing to undo: the last change wrote no letter."))
    entry, prefix = found
    if cancel_letters(prefix=prefix) or registration.calls.filter(about__startswith=prefix, state=Call.State.MADE):
        raise Refused(_("Too late: the letter has left, or they were told. Please ring them if it was a mistake."))
    reason = for_the_journal(_("undone before the letter left"))
    close_calls(registration, by=by, reason=reason, about=prefix)
    close_invitations(registration, by=by)
    if entry.from_state == registration.state:
        write_entry(registration, registration.state, registration.state, by=by, reason=reason)
    else:
        left_at = None if entry.from_state in OPEN else now or timezone.now()
        advance(registration, entry.from_state, table=states.UNDO, by=by, reason=reason, left_at=left_at)
    if entry.to_state == R.INVITED and entry.from_state != R.WAITING:
        offer_free_places(event, now=now)
    return registration.state


def last_decision(registration: Registration) -> tuple[Entry, str] | None:
    """The journal's line of the last decision, and how the keys of its letters begin; None if there is none to undo."""
    entries = Entry.objects.about(registration)
    # Notes about somebody who waits or is invited decide nothing; only "being considered" can be said without a move.
    entry = (
        entries.exclude(from_state=R.WAITING, to_state=R.WAITING)
        .exclude(from_state=R.INVITED, to_state=R.INVITED)
        .first()
    )
    if entry is None or entry.to_state != registration.state or registration.state not in states.DECIDED:
        return None
    if registration.state == R.INVITED:
        invitation = registration.invitations.filter(state=I.SENT).first()
        return (entry, f"invitation:{invitation.code}:") if invitation else None
    prefix = f"registration:{registration.code}:{entries.filter(pk__lt=entry.pk).count()}:"
    return (
        (entry, prefix)
        if Message.objects.filter(key__startswith=prefix).exists()
        or registration.calls.filter(about__startswith=prefix)
        else None
    )


def decision_key(registration: Registration) -> str:
    """Of the letter about the change that is made next."""
    return f"registration:{registration.code}:{Entry.objects.about(registration).count()}"


def close_invitations(registration: Registration, *, by: By, accepted: bool = False) -> int:
    """No invitation outlives the place it promised; `accepted` ones end with it. Returns how many were closed."""
    closing = (I.HELD, I.SENT, I.ACCEPTED) if accepted else (I.HELD, I.SENT)
    open_ones = list(registration.invitations.filter(state__in=closing))
    for invitation in open_ones:
        advance(invitation, I.WITHDRAWN, table=states.INVITATION, by=by)
        cancel_letters(prefix=f"invitation:{invitation.code}:")
        close_calls(
            registration,
            by=by,
            reason=for_the_journal(_("the invitation was taken back")),
            about=f"invitation:{invitation.code}",
        )
    return len(open_ones)


def _lock_undecided(registration: Registration) -> Event:
    """The event, locked.

    Raises NotAllowed for somebody who holds an invitation or a place, Refused for an older request of somebody.
    """
    if registration.state in (R.INVITED, R.CONFIRMED):
        raise NotAllowed(_("They are invited or have a place. Withdraw that first."))
    event = lock_event(registration)
    refuse_second(registration)
    return event
