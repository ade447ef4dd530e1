"""Calls for staff to make: people whom no letter reaches, or who stay silent."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from events import states
from events.models import Call, Conversation, Invitation, Registration
from events.models.attending import COMING
from events.services.answering import accept_invitation, decline_invitation
from events.services.asking import log_conversation
from events.services.day import answer_warm_up
from events.services.going import withdraw
from events.services.places import lock_event
from events.services.telling import ON_TIME, add_call
from partners.models import Membership, User
from pwp.journal.models import By, for_the_journal
from pwp.outbox.models import Message
from pwp.refusals import Refused
from pwp.states import advance

R = Registration.State
TO_MAKE = Call.State.TO_MAKE
ABOUT_COMING = (Call.Why.SILENT_INVITATION, Call.Why.SILENT_WARM_UP, Call.Why.VENUE)

SILENT_FOR = dt.timedelta(days=7)  # after the question whether they still come
LOOK_BACK = dt.timedelta(days=30)  # letters that came back longer ago are no news
YES, NO = "yes", "no"


def queue_calls(*, now: dt.datetime | None = None) -> int:
    """Put on the list who is not reached or stays silent, take off who signed in since. Returns how many are new."""
    now = now or timezone.now()
    _close_where_they_signed_in()
    _close_after_the_day(timezone.localdate(now))
    _close_where_nobody_comes()
    return _call_about_bounces(now) + _call_the_silent(now)


def _call_about_bounces(now: dt.datetime) -> int:
    """Letters that came back, or that were put off twice, to people who are still on their way to an event."""
    lost = Message.objects.filter(
        Q(bounced_at__isnull=False) | Q(delays__gte=2),
        Q(key__startswith="invitation:") | Q(key__startswith="registration:"),
        Q(created_at__gt=now - LOOK_BACK) | Q(claimed_at__gt=now - LOOK_BACK),
    )
    abouts = [_about_this_try(letter) for letter in lost.only("key", "claimed_at").order_by("pk")]
    called = set(Call.objects.filter(why=Call.Why.BOUNCED, about__in=abouts).values_list("about", flat=True))
    code_of = {about: about.split(":")[1] for about in abouts if about not in called}
    ahead = Registration.objects.active().filter(event__held_on__gte=timezone.localdate(now))
    by_code = {row.code: row for row in ahead.filter(code__in=set(code_of.values()))}
    invitations = Invitation.objects.filter(code__in=set(code_of.values()), registration__in=ahead)
    by_code |= {row.code: row.registration for row in invitations.select_related("registration")}
    return sum(
        add_call(by_code[code], Call.Why.BOUNCED, about=about) for about, code in code_of.items() if code in by_code
    )


def _about_this_try(letter: Message) -> str:
    """The letter and when it last left: one that was sent again and came back again is another call."""
    about = letter.key.rpartition(":")[0]
    return f"{about}:{letter.claimed_at:%Y%m%d%H%M%S}" if letter.claimed_at else about


def _call_the_silent(now: dt.datetime) -> int:
    """A week without an answer to the question whether they still come: a call, never a cancelled place."""
    called = Call.objects.filter(registration=OuterRef("pk"), why=Call.Why.SILENT_WARM_UP)
    silent = Registration.objects.filter(
        state=R.CONFIRMED,
        warm_up_sent_at__lte=now - SILENT_FOR,
        warm_up_answered_at=None,
        event__held_on__gte=timezone.localdate(now),
        event__cancelled_at=None,
    ).exclude(Exists(called))
    return sum(add_call(row, Call.Why.SILENT_WARM_UP, about="warm-up") for row in silent.select_related("event"))


def _close_where_they_signed_in() -> None:
    """Whoever has signed in since a change was announced has read it on their page."""
    read = Call.objects.filter(
        why=Call.Why.VENUE, state=TO_MAKE, registration__person__user__last_login__gt=F("created_at")
    )
    _drop(read, for_the_journal(_("they have signed in since")))


def _close_after_the_day(today: dt.date) -> None:
    """Nobody needs to hear of another room, or to be asked whether they come, when the day is over."""
    over = Call.objects.filter(why__in=ABOUT_COMING, state=TO_MAKE, registration__event__held_on__lt=today)
    _drop(over, for_the_journal(_("the day is over")))


def _close_where_nobody_comes() -> None:
    """Without a place nobody is suggested to them."""
    suggested = Call.objects.filter(why=Call.Why.PARTNERS, state=TO_MAKE, about__endswith=":suggestions-ready")
    gone = suggested.exclude(registration__state__in=COMING)
    _drop(gone, for_the_journal(_("they do not come to this event")))


def _drop(calls: QuerySet[Call], reason: str) -> None:
    for call in calls.select_related("registration"):
        with transaction.atomic():
            lock_event(call.registration)
            call.refresh_from_db(fields=["state"])
            if call.state == TO_MAKE:
                drop_call(call, by=ON_TIME, reason=reason)


@transaction.atomic
def make_call(
    call: Call,
    *,
    by: User,
    note: str,
    answer: str = "",
    membership: Membership | None = None,
    consents: Mapping[str, bool] | None = None,
    now: dt.datetime | None = None,
) -> None:
    """Keep what was said, as a conversation too, and enter their `answer`, "yes" or "no", where they gave one.

    `membership` and `consents` go with a yes to an invitation.

    Raises Refused without a note, or when there is nothing their answer could be about.
    """
    now = now or timezone.now()
    if not note.strip():
        raise Refused(_("Please write a few words about what was said."))
    lock_event(call.registration)  # before the call, as everybody does who closes calls
    advance(call, Call.State.MADE, table=states.CALL, by=by, reason=note[:200], made_at=now, note=note)
    registration = call.registration
    talk = Conversation(
        registration=registration, means=Conversation.Means.CALL, held_on=timezone.localdate(now), summary=note
    )
    log_conversation(talk, by=by)
    if answer:
        _enter_answer(registration, answer, by=by, now=now, membership=membership, consents=consents)


def _enter_answer(registration: Registration, answer: str, *, by: User, now: dt.datetime, **with_a_yes: Any) -> None:
    phone = Invitation.Via.PHONE
    invitation = registration.invitations.filter(state=Invitation.State.SENT).first()
    if invitation is not None:
        invitation.registration = registration
        if answer == YES:
            accept_invitation(invitation, by=by, via=phone, now=now, **with_a_yes)
        else:
            decline_invitation(invitation, by=by, via=phone, now=now)
    elif registration.state == R.CONFIRMED and answer == YES:
        answer_warm_up(registration, "", by=by, now=now)
    elif registration.state == R.CONFIRMED:
        withdraw(registration, by=by, reason=for_the_journal(_("said so by phone")), now=now)
    else:
        raise Refused(_("There is no open invitation: invite them again first."))


@transaction.atomic
def drop_call(call: Call, *, by: By, reason: str = "") -> None:
    """Nobody needs to ring about this any more."""
    lock_event(call.registration)
    advance(call, Call.State.NOT_NEEDED, table=states.CALL, by=by, reason=reason)


def reopen_call(call: Call, *, by: By, reason: str = "") -> None:
    """Nobody answered, or it was not over after all: the call is on the list again."""
    advance(call, TO_MAKE, table=states.CALL, by=by, reason=reason, made_at=None)
