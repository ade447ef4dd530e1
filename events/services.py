"""From a question to a place at the day. Each function is one story in one transaction."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from events import emails, states
from events.asking import Asked
from events.models import Conversation, Event, Invitation, Programme, Registration
from partners.models import Listing, MailedLink, Membership, Organisation, Person, User
from partners.services import attach_proven, place_organisation, record_consents
from pwp.journal.models import By, Entry
from pwp.outbox.models import Message
from pwp.outbox.services import queue_letter
from pwp.refusals import Refused
from pwp.states import advance

R = Registration.State
I = Invitation.State  # noqa: E741

DRAFT_DAYS = 30
LONGEST_KEPT = 20_000  # characters of one answer in a draft; more than any form accepts
REQUEST_LINK_DAYS = 365
UNANSWERED_MONTHS = 6
THANK_YOU_AFTER = dt.timedelta(days=2)
ON_TIME = "the calendar"  # who it was when no person decided


def keep_draft(registration: Registration | None, answers: Mapping[str, Any]) -> Registration:
    """Keep what was typed so far, whatever it is; NUL characters, which no database keeps, are left out."""
    clean = {name: str(value).replace("\x00", "")[:LONGEST_KEPT] for name, value in answers.items()}
    if registration is None:
        return Registration.objects.create(answers=clean)
    registration.answers = clean
    registration.save(update_fields=["answers"])
    return registration


def draft_behind(token: str) -> Registration:
    """The request that the form with this token belongs to, made with the form's first answer.

    However often and however fast a form is sent, it is one request: the token's hash is unique.
    """
    for _attempt in range(2):
        link = MailedLink.objects.with_token(token, MailedLink.Purpose.DRAFT).first()
        if link is not None:
            return Registration.objects.get(code=link.subject_code)
        try:
            with transaction.atomic():
                registration = Registration.objects.create()
                MailedLink.make(MailedLink.Purpose.DRAFT, registration.code, person=None, days=DRAFT_DAYS, token=token)
                return registration
        except IntegrityError:  # the same form, sent twice at once: the other one made it
            continue
    raise Refused(_("Your form was sent twice at once. Please send it again."))


def mail_draft_link(registration: Registration, *, email: str, name: str, token: str, language: str) -> None:
    programme = Programme.objects.first()
    if programme:
        queue_letter(
            emails.draft_link(registration, email=email, name=name, token=token, language=language, programme=programme)
        )


@transaction.atomic
def submit_request(
    registration: Registration, asked: Asked, *, acknowledge: bool = True, now: dt.datetime | None = None
) -> str:
    """Turn a draft into a request. It never attaches itself to people or organisations we know: staff do that.

    `acknowledge` is off when that mailbox got many letters just now.
    Returns: the token of the page where this person can read, print and withdraw the request.
    """
    now = now or timezone.now()
    person = Person.objects.create(
        name=asked.name,
        contact_email=asked.email,
        phone=asked.phone,
        language=asked.language,
    )
    organisation = Organisation(
        name=asked.organisation,
        sector=asked.sector,
        size=asked.size,
        work_place=asked.work_place,
        open_to_contact=asked.sector != Organisation.Sector.FUNDER,
        language=asked.language,
    )
    place_organisation(organisation)
    organisation.save()
    registration.event, registration.person = asked.event, person
    registration.membership = Membership.objects.create(
        person=person, organisation=organisation, authority=asked.authority
    )
    Listing.objects.bulk_create(
        Listing(organisation=organisation, side=side, pending_text=text, language=asked.language)
        for side, text in ((Listing.Side.OFFER, asked.offer), (Listing.Side.NEED, asked.need))
        if text
    )
    record_consents(person, asked.consents, channel=asked.channel, latest={})
    advance(
        registration,
        R.REQUESTED,
        table=states.REGISTRATION,
        by=person.name,
        requested_at=now,
        answers={},
        event=asked.event,
        person=person,
        membership=registration.membership,
    )
    MailedLink.objects.filter(subject_code=registration.code, purpose=MailedLink.Purpose.DRAFT).update(revoked_at=now)
    token = request_token(registration)
    if acknowledge:
        queue_letter(emails.acknowledgement(registration, token=token))
    return token


def request_token(registration: Registration) -> str:
    return MailedLink.make(
        MailedLink.Purpose.REQUEST, registration.code, person=registration.person, days=REQUEST_LINK_DAYS
    )


@transaction.atomic
def log_conversation(conversation: Conversation, *, by: User) -> None:
    """Keep what was said; the first talk moves a new request on."""
    conversation.by = by
    conversation.save()
    registration = conversation.registration
    if registration.state == R.REQUESTED:
        advance(registration, R.TALKING, table=states.REGISTRATION, by=by, reason=conversation.summary[:200])


@transaction.atomic
def invite(registration: Registration, *, by: User, now: dt.datetime | None = None) -> Invitation:
    """Hold a place and write the invitation. Raises Refused when every place is taken or promised."""
    now = now or timezone.now()
    event = _lock(registration)
    if places_promised(event, now=now) >= event.invitation_limit:
        raise Refused(
            _("All places at %(event)s are taken or promised. Keep this request waiting, or add places to the event.")
            % {"event": event.name}
        )
    advance(registration, R.INVITED, table=states.REGISTRATION, by=by, waiting_since=None)
    last_day = min(timezone.localdate(now) + dt.timedelta(days=event.reply_days), event.held_on - dt.timedelta(days=1))
    reply_by = _end_of(last_day)
    if reply_by <= now:
        raise Refused(_("%(event)s is too close or over: nobody could answer in time.") % {"event": event.name})
    invitation = Invitation.objects.create(registration=registration, reply_by=reply_by, created_at=now)
    token = MailedLink.make(
        MailedLink.Purpose.INVITATION,
        invitation.code,
        person=registration.person,
        days=(event.held_on - timezone.localdate(now)).days + 1,
    )
    advance(invitation, I.SENT, table=states.INVITATION, by=by)
    queue_letter(emails.invitation(invitation, token=token))
    return invitation


@transaction.atomic
def keep_waiting(registration: Registration, *, by: User, reason: str = "", now: dt.datetime | None = None) -> None:
    """Put a request on the waiting list and tell the person; the order is the order of entry."""
    now = now or timezone.now()
    _lock(registration)
    _close_invitations(registration, by=by)
    advance(registration, R.WAITING, table=states.REGISTRATION, by=by, reason=reason, waiting_since=now)
    key = f"registration:{registration.code}:{now:%Y%m%d%H%M%S}"
    queue_letter(emails.waiting(registration, key=key, full=False, token=request_token(registration)))


@transaction.atomic
def not_this_time(registration: Registration, *, by: User, reason: str, now: dt.datetime | None = None) -> None:
    """Say no for this time, in words a person wrote. Raises Refused without words."""
    now = now or timezone.now()
    if not reason.strip():
        raise Refused(_("Please write a sentence that says why: it goes into the letter."))
    advance(registration, R.NOT_THIS_TIME, table=states.REGISTRATION, by=by, reason=reason, left_at=now)
    key = f"registration:{registration.code}:{now:%Y%m%d%H%M%S}"
    queue_letter(emails.not_this_time(registration, key=key, reason=reason))


@transaction.atomic
def accept_invitation(
    invitation: Invitation, *, by: By, via: str = Invitation.Via.BUTTON, now: dt.datetime | None = None
) -> Registration:
    """Confirm the place, or, when it went to somebody faster, keep the person waiting and tell them.

    Returns the registration, `confirmed` or `waiting`. Raises Refused if the invitation is no longer open.
    """
    now = now or timezone.now()
    registration = invitation.registration
    event = _lock(registration)
    if invitation.reply_by <= now and places_promised(event, now=now) >= event.invitation_limit:
        raise Refused(
            _("The day to answer by has passed, and the place went to somebody else. Please call us: we want to help.")
        )
    advance(invitation, I.ACCEPTED, table=states.INVITATION, by=by, answered_at=now, answered_via=via)
    if via == Invitation.Via.BUTTON and registration.person:
        attach_proven(registration.person)
    token = request_token(registration)
    key = f"invitation:{invitation.code}"
    if event.registrations.coming().count() < event.capacity:
        advance(registration, R.CONFIRMED, table=states.REGISTRATION, by=by, confirmed_at=now)
        queue_letter(emails.place_confirmed(registration, key=key, token=token))
    else:
        advance(registration, R.WAITING, table=states.REGISTRATION, by=by, waiting_since=now)
        queue_letter(emails.waiting(registration, key=key, full=True, token=token))
    return registration


@transaction.atomic
def decline_invitation(
    invitation: Invitation, *, by: By, via: str = Invitation.Via.BUTTON, now: dt.datetime | None = None
) -> None:
    now = now or timezone.now()
    _lock(invitation.registration)
    advance(invitation, I.DECLINED, table=states.INVITATION, by=by, answered_at=now, answered_via=via)
    advance(invitation.registration, R.DECLINED, table=states.REGISTRATION, by=by, left_at=now)


@transaction.atomic
def withdraw(registration: Registration, *, by: By, reason: str = "", now: dt.datetime | None = None) -> None:
    """Give the place back, at any time before the day is over, without having to say why."""
    now = now or timezone.now()
    event = _lock(registration)
    if event.held_on < timezone.localdate(now):
        raise Refused(_("The day has been. If you did not come, you need not do anything."))
    advance(registration, R.WITHDRAWN, table=states.REGISTRATION, by=by, reason=reason, left_at=now)
    _close_invitations(registration, by=by)


def _close_invitations(registration: Registration, *, by: By) -> None:
    """No invitation outlives the place it promised."""
    for invitation in registration.invitations.filter(state__in=(I.HELD, I.SENT, I.ACCEPTED)):
        advance(invitation, I.WITHDRAWN, table=states.INVITATION, by=by)


def expire_invitations(*, now: dt.datetime | None = None) -> int:
    """Free the places of invitations nobody answered. Their people go back to the staff's list, never to `declined`."""
    now = now or timezone.now()
    expired = 0
    for invitation in Invitation.objects.overdue(now).select_related("registration"):
        with transaction.atomic():
            _lock(invitation.registration)
            try:
                advance(invitation, I.EXPIRED, table=states.INVITATION, by=ON_TIME)
                advance(
                    invitation.registration,
                    R.TALKING,
                    table=states.REGISTRATION,
                    by=ON_TIME,
                    reason=str(_("no answer to the invitation")),
                )
            except Refused:  # answered in this very moment: the answer holds
                transaction.set_rollback(True)
                continue
        expired += 1
    return expired


def places_promised(event: Event, *, now: dt.datetime | None = None) -> int:
    """Held + sent + confirmed. Lock the event first when something is decided by it."""
    held = Invitation.objects.holding_a_place(now).filter(registration__event=event).count()
    return held + event.registrations.coming().count()


def queue_thank_yous(*, now: dt.datetime | None = None) -> int:
    """Two days after the day, to everybody who had a place and was not marked absent; once each."""
    now = now or timezone.now()
    queued = 0
    latest = timezone.localdate(now) - THANK_YOU_AFTER
    people = Registration.objects.filter(
        state__in=(R.CONFIRMED, R.ATTENDED),
        event__held_on__lte=latest,
        event__held_on__gt=latest - dt.timedelta(days=14),
        thanked_at=None,
    ).select_related("event__programme", "person", "membership__organisation")
    for registration in people:
        with transaction.atomic():
            claimed = Registration.objects.filter(pk=registration.pk, thanked_at=None).update(thanked_at=now)
            if claimed and queue_letter(emails.thank_you(registration)):
                queued += 1
    return queued


def purge_old_requests(*, now: dt.datetime | None = None) -> int:
    """Delete drafts after 30 days, and requests that ended, or that nobody decided, after six months.

    Their people and organisations go with them where nothing else holds them: another request, an introduction.
    Returns how many requests were deleted.
    """
    now = now or timezone.now()
    Registration.objects.filter(state=R.DRAFT, started_at__lt=now - dt.timedelta(days=DRAFT_DAYS)).delete()
    MailedLink.objects.filter(expires_at__lt=now).delete()
    limit = now - dt.timedelta(days=UNANSWERED_MONTHS * 30.4)
    ended = Q(state__in=(R.NOT_THIS_TIME, R.ELSEWHERE, R.DECLINED, R.WITHDRAWN, R.MOVED), left_at__lt=limit)
    never_decided = Q(
        state__in=(R.REQUESTED, R.TALKING, R.WAITING), requested_at__lt=limit, event__held_on__lt=limit.date()
    )
    past = Registration.objects.filter(ended | never_decided).select_related("person", "membership__organisation")
    return sum(_forget(registration) for registration in past)


def _forget(registration: Registration) -> bool:
    """Remove one request, and its person, their letters and organisation where nothing else holds them."""
    person, membership = registration.person, registration.membership
    if person is None or membership is None:
        return False
    try:
        with transaction.atomic():
            organisation = membership.organisation
            Entry.objects.about(registration).filter(by=None, by_name=person.name).update(by_name=str(_("the person")))
            registration.delete()
            if person.registrations.exists():
                return True
            Message.objects.to_person(person.code).delete()
            person.delete()
            if not organisation.memberships.exists() and not organisation.identifier:
                organisation.delete()
    except ProtectedError:  # introduced to somebody: that record stays until the pilot's end
        return False
    return True


def _lock(registration: Registration) -> Event:
    """The event, locked on PostgreSQL; on SQLite the IMMEDIATE transaction is the lock."""
    return Event.objects.select_for_update().get(pk=registration.event_id)  # type: ignore[misc]  # no draft gets here


def _end_of(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(23, 59), tzinfo=timezone.get_default_timezone())
