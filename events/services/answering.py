"""What becomes of an invitation: opened, reminded, accepted, declined, or run out."""

import datetime as dt
from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from events import emails, states
from events.models import Call, Invitation, Registration
from events.services.inviting import offer_free_places
from events.services.places import lock_event, refuse_kept_place, standing
from events.services.telling import ON_TIME, add_call, close_calls, request_token, tell, written_among
from partners.models import Consent, MailedLink, Membership
from partners.services import attach_proven, record_consents
from pwp.journal.models import By, for_the_journal, write_entry
from pwp.outbox.services import cancel_letters, queue_letter, set_aside
from pwp.refusals import Refused
from pwp.states import advance

R = Registration.State
I = Invitation.State  # noqa: E741

REMINDERS = (3, 7)  # days before the day to answer by
FAIR_TIME = dt.timedelta(days=1)  # silence for less says nothing about whether they would like to come
QUIET_AFTER_SENDING = dt.timedelta(days=2)  # nobody is reminded of a letter that came just now


@transaction.atomic
def accept_invitation(
    invitation: Invitation,
    *,
    by: By,
    via: str = Invitation.Via.BUTTON,
    membership: Membership | None = None,
    consents: Mapping[str, bool] | None = None,
    now: dt.datetime | None = None,
) -> Registration:
    """Confirm the place, or, when it went to somebody faster, keep the person waiting and tell them.

    `membership` is the hat of the day, where the person has several; `consents` is what they chose with it.
    Returns the registration, `confirmed` or `waiting`. Raises Refused if the invitation is no longer open.
    """
    now = now or timezone.now()
    registration = invitation.registration
    event = lock_event(registration)
    promised_to = registration.organisation.sector
    if membership is not None and membership.pk != registration.membership_id:
        choose_hat(registration, membership, by=by)
    sector = registration.organisation.sector
    if invitation.reply_by <= now and standing(event, now=now).room_for(sector, over=True) <= 0:
        raise Refused(
            _("The day to answer by has passed, and the place went to somebody else. Please call us: we want to help.")
        )
    advance(
        invitation,
        I.ACCEPTED,
        table=states.INVITATION,
        by=by,
        answered_at=now,
        answered_via=via,
        opened_at=_opened(invitation, via, now),
    )
    _settled(invitation, by=by)
    if via == Invitation.Via.BUTTON and registration.person:
        attach_proven(registration.person)
    if consents is not None and registration.person:
        on_page = via == Invitation.Via.BUTTON
        record_consents(
            registration.person, consents, channel=Consent.Channel.PAGE if on_page else Consent.Channel.PHONE
        )
    key, token = f"invitation:{invitation.code}", request_token(registration)
    places = standing(event, now=now)
    if (sector == promised_to and places.promised < event.capacity) or places.seats_for(sector) > 0:
        advance(
            registration,
            R.CONFIRMED,
            table=states.REGISTRATION,
            by=by,
            confirmed_at=now,
            waiting_since=None,
            warm_up_sent_at=None,  # who comes after all is asked anew
            warm_up_answered_at=None,
        )
        set_aside(prefix=f"registration:{registration.code}:")
        queue_letter(emails.place_confirmed(registration, key=key, token=token), urgent=via == Invitation.Via.BUTTON)
    else:
        advance(registration, R.WAITING, table=states.REGISTRATION, by=by, waiting_since=now)
        tell(registration, emails.waiting(registration, key=key, full=True, token=token), about=f"{key}:waiting")
    return registration


@transaction.atomic
def decline_invitation(
    invitation: Invitation, *, by: By, via: str = Invitation.Via.BUTTON, now: dt.datetime | None = None
) -> None:
    """Keep the no, and offer the place to the next in line."""
    now = now or timezone.now()
    event = lock_event(invitation.registration)
    advance(
        invitation,
        I.DECLINED,
        table=states.INVITATION,
        by=by,
        answered_at=now,
        answered_via=via,
        opened_at=_opened(invitation, via, now),
    )
    _settled(invitation, by=by)
    advance(invitation.registration, R.DECLINED, table=states.REGISTRATION, by=by, left_at=now)
    offer_free_places(event, now=now)


def mark_opened(invitation: Invitation, *, now: dt.datetime | None = None) -> None:
    """Their press on the page says that they read it; the first one counts."""
    Invitation.objects.filter(pk=invitation.pk, opened_at=None).update(opened_at=now or timezone.now())


@transaction.atomic
def choose_hat(registration: Registration, membership: Membership, *, by: By) -> None:
    """For which of their organisations somebody comes.

    Raises Refused for a hat that is not theirs, and for one of another sector than a kept place was promised to.
    """
    if membership.person_id != registration.person_id:
        raise Refused(_("This person does not speak for that organisation."))
    event = lock_event(registration)
    places = standing(event)
    before = registration.membership
    registration.membership = membership
    registration.save(update_fields=["membership"])
    refuse_kept_place(event, places, organisation=membership.organisation, by=by)
    words = for_the_journal(
        _("comes for %(new)s, not for %(old)s"),
        new=membership.organisation,
        old=before.organisation if before else "–",
    )
    write_entry(registration, registration.state, registration.state, by=by, reason=words)


def expire_invitations(*, now: dt.datetime | None = None) -> int:
    """Free the places of invitations nobody answered, and offer them to the next in line.

    Their people go back to the staff's list and onto the list of calls, never to `declined`; those who had less than
    a day to answer an offer stay where they were on the waiting list.
    """
    now = now or timezone.now()
    expired = 0
    for invitation in Invitation.objects.overdue(now).select_related("registration"):
        with transaction.atomic():
            event = lock_event(invitation.registration)
            try:
                _expire(invitation)
            except Refused:  # answered in this very moment: the answer holds
                transaction.set_rollback(True)
                continue
            offer_free_places(event, now=now)
        expired += 1
    return expired


def _expire(invitation: Invitation) -> None:
    was_sent = invitation.state == I.SENT
    registration = invitation.registration
    advance(invitation, I.EXPIRED, table=states.INVITATION, by=ON_TIME)
    if not was_sent:  # a place that was kept without a letter; the request is on the staff's list as it was
        return
    _settled(invitation, by=ON_TIME)
    if invitation.kind == Invitation.Kind.OFFER and invitation.reply_by - invitation.created_at < FAIR_TIME:
        too_short = for_the_journal(_("they had less than a day to answer, and keep their place on the waiting list"))
        advance(registration, R.WAITING, table=states.REGISTRATION, by=ON_TIME, reason=too_short)
        return
    no_answer = for_the_journal(_("no answer to the invitation"))
    advance(registration, R.TALKING, table=states.REGISTRATION, by=ON_TIME, reason=no_answer, waiting_since=None)
    add_call(registration, Call.Why.SILENT_INVITATION, about=f"invitation:{invitation.code}:expired")


def queue_reminders(*, now: dt.datetime | None = None) -> int:
    """Remind those who have not answered, 7 and 3 days before they must; each once, and nobody who was just invited."""
    now = now or timezone.now()
    waiting = Invitation.objects.filter(
        state=I.SENT, reply_by__gt=now, reply_by__lte=now + dt.timedelta(days=max(REMINDERS))
    ).exclude(registration__person__contact_email="")
    rows = waiting.select_related(
        "registration__event__programme", "registration__person", "registration__membership__organisation"
    )
    due = {key: (invitation, days) for invitation in rows for key, days in _reminder_due(invitation, now)}
    written = written_among(due)
    return sum(_remind(invitation, days, now) for key, (invitation, days) in due.items() if key not in written)


def _reminder_due(invitation: Invitation, now: dt.datetime) -> list[tuple[str, int]]:
    """The one reminder whose time has come, with its key; the smallest number of days first."""
    for days in REMINDERS:
        moment = invitation.reply_by - dt.timedelta(days=days)
        if moment <= now:
            late_enough = invitation.created_at + QUIET_AFTER_SENDING <= moment
            return [(emails.reminder_key(invitation, days), days)] if late_enough else []
    return []


@transaction.atomic
def _remind(invitation: Invitation, days: int, now: dt.datetime) -> bool:
    """Write one reminder, unless they answered in this very moment."""
    lock_event(invitation.registration)
    if not Invitation.objects.filter(pk=invitation.pk, state=I.SENT).exists():
        return False
    token = MailedLink.make(
        MailedLink.Purpose.INVITATION,
        invitation.code,
        person=invitation.registration.person,
        days=(timezone.localdate(invitation.reply_by) - timezone.localdate(now)).days + 1,
    )
    return queue_letter(emails.reminder(invitation, days=days, token=token)) is not None


def _settled(invitation: Invitation, *, by: By) -> None:
    """After any answer: letters that still wait to ask for one do not leave, and nobody needs to ring about it."""
    about = f"invitation:{invitation.code}"
    cancel_letters(prefix=f"{about}:")
    answered = for_the_journal(_("the invitation was answered or has run out"))
    close_calls(invitation.registration, by=by, reason=answered, about=about)
    close_calls(invitation.registration, by=by, reason=answered, why=Call.Why.SILENT_INVITATION)


def _opened(invitation: Invitation, via: str, now: dt.datetime) -> dt.datetime | None:
    return invitation.opened_at or (now if via == Invitation.Via.BUTTON else None)
