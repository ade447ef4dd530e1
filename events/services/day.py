"""The weeks before the day, the day itself, and the days after: letters, each once, and who came."""

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Protocol

from django.db import transaction
from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from events import emails, states
from events.asking import Agreement, Asked
from events.models import Call, Invitation, Registration
from events.services.asking import keep_draft, submit_request
from events.services.places import lock_event, refuse_second
from events.services.telling import add_call, close_calls, request_token, tell, written_among
from partners.models import User
from pwp.journal.models import By, Entry, for_the_journal
from pwp.outbox.letters import Letter
from pwp.outbox.services import queue_letter
from pwp.refusals import Refused
from pwp.states import advance

R = Registration.State
I = Invitation.State  # noqa: E741

WARM_UP_DAYS = 14  # before the day: the question whether they still come
LAST_WARM_UP_DAYS = 3
JOINING_DAYS = 7
THANK_YOU_AFTER = dt.timedelta(days=2)
SORRY_AFTER = dt.timedelta(days=1)
TOO_LATE = dt.timedelta(days=14)  # a letter about the day that comes later than this helps nobody


class ComposeLetter(Protocol):
    def __call__(self, registration: Registration, *, token: str, time: int) -> Letter | None: ...


# --- before ----------------------------------------------------------------------------------------------------------


def queue_warm_ups(*, now: dt.datetime | None = None) -> int:
    """Two weeks before the day, ask everybody with a place whether they still come; not those who got it since then."""
    now = now or timezone.now()
    today = timezone.localdate(now)
    asked = 0
    rows = list(
        _coming(
            today + dt.timedelta(days=LAST_WARM_UP_DAYS), today + dt.timedelta(days=WARM_UP_DAYS), warm_up_sent_at=None
        )
    )
    times = _times_confirmed(rows)
    for registration in rows:
        first_day = registration.event.held_on - dt.timedelta(days=WARM_UP_DAYS)  # type: ignore[union-attr]
        if registration.confirmed_at and timezone.localdate(registration.confirmed_at) > first_day:
            continue
        with transaction.atomic():
            mine = Registration.objects.filter(pk=registration.pk, state=R.CONFIRMED, warm_up_sent_at=None)
            if mine.update(warm_up_sent_at=now):
                time = times[registration.pk]
                letter = emails.warm_up(registration, token=request_token(registration), time=time)
                tell(registration, letter, about=emails.about_the_day(registration, emails.WARM_UP, time=time))
                asked += 1
    return asked


@transaction.atomic
def answer_warm_up(registration: Registration, words: str, *, by: By, now: dt.datetime | None = None) -> None:
    """They still come, and perhaps say what would make the day worth their time."""
    now = now or timezone.now()
    lock_event(registration)
    mine = Registration.objects.filter(pk=registration.pk, state=R.CONFIRMED)
    stamps = {"warm_up_answered_at": now} | ({"warm_up_answer": words.strip()} if words.strip() else {})
    if not mine.update(**stamps):
        raise Refused(_("There is no confirmed place any more. This page shows where things stand."))
    said = for_the_journal(_("they said that they still come"))
    close_calls(registration, by=by, reason=said, why=Call.Why.SILENT_WARM_UP)
    close_calls(registration, by=by, reason=said, about=f"registration:{registration.code}:warm-up")


def queue_joining_notes(*, now: dt.datetime | None = None) -> int:
    """A week before the day: how to get there, the times, whom to ring. Whoever has no e-mail address is rung."""
    today = timezone.localdate(now)
    rows = _coming(today + dt.timedelta(days=2), today + dt.timedelta(days=JOINING_DAYS))
    return _write_each(rows, emails.JOINING_NOTES, emails.joining_notes, ring=True)


def queue_day_before(*, now: dt.datetime | None = None) -> int:
    """The day before: a short letter with time, place and phone number."""
    tomorrow = timezone.localdate(now) + dt.timedelta(days=1)
    rows = _coming(tomorrow, tomorrow)
    return _write_each(rows, emails.DAY_BEFORE, emails.day_before)


def _coming(first: dt.date, last: dt.date, **more: object) -> Iterable[Registration]:
    """Confirmed places at events that are held between two days, both included."""
    return Registration.objects.filter(
        state=R.CONFIRMED, event__held_on__gte=first, event__held_on__lte=last, event__cancelled_at=None, **more
    ).select_related("event__programme", "person", "membership__organisation")


def _times_confirmed(rows: Iterable[Registration]) -> dict[int, int]:
    """How often the place of each was confirmed; once at least."""
    times = {row.pk: 1 for row in rows}
    moves = Entry.objects.filter(
        subject_model=Registration._meta.label_lower, subject_pk__in=list(times), to_state=R.CONFIRMED
    ).exclude(from_state=R.CONFIRMED)
    return times | dict(moves.order_by().values_list("subject_pk").annotate(Count("pk")))


def _write_each(rows: Iterable[Registration], step: str, compose: ComposeLetter, *, ring: bool = False) -> int:
    """One letter of this step to each, or a call where `ring`; asking again writes nothing. Returns how many."""
    rows = list(rows)
    times = _times_confirmed(rows)
    due = {emails.key_to(row, step, time=times[row.pk]): row for row in rows}
    written = written_among(due)
    called = set(
        Call.objects.filter(registration__in=due.values(), why=Call.Why.NO_EMAIL).values_list("about", flat=True)
    )
    count = 0
    for key, row in due.items():
        about = key.rpartition(":")[0]
        if key in written or about in called:
            continue
        with transaction.atomic():
            lock_event(row)
            if not Registration.objects.filter(pk=row.pk, state=R.CONFIRMED).exists():
                continue
            if row.person and row.person.contact_email:
                letter = compose(row, token=request_token(row), time=times[row.pk])
                count += queue_letter(letter) is not None
            elif ring:
                count += add_call(row, Call.Why.NO_EMAIL, about=about)
    return count


# --- the day ---------------------------------------------------------------------------------------------------------


@transaction.atomic
def mark_attendance(
    registration: Registration, came: bool, *, by: User, reason: str = "", now: dt.datetime | None = None
) -> None:
    """Keep who came, at the door or later from paper. Somebody without a place who came is a walk-in.

    Saying the same twice changes nothing. Raises Refused before the day, and for a correction without a reason.
    """
    event = lock_event(registration)
    if event.held_on > timezone.localdate(now):
        raise Refused(_("The day has not come yet."))
    to = R.ATTENDED if came else R.ABSENT
    if registration.state == to:
        return
    if registration.state in (R.ATTENDED, R.ABSENT) and not reason.strip():
        raise Refused(_("It is marked already. Please say why it was wrong: both stay in the journal."))
    if came and registration.state not in (R.CONFIRMED, R.ABSENT):
        _let_in(registration, by=by, reason=reason, now=now)
    else:
        advance(registration, to, table=states.REGISTRATION, by=by, reason=reason)
    close_calls(registration, by=by, reason=for_the_journal(R(to).label))


def _let_in(registration: Registration, *, by: User, reason: str, now: dt.datetime | None) -> None:
    refuse_second(registration)
    for invitation in registration.invitations.filter(state=I.SENT):
        advance(
            invitation,
            I.ACCEPTED,
            table=states.INVITATION,
            by=by,
            answered_at=now or timezone.now(),
            answered_via=Invitation.Via.STAFF,
        )
    came = reason or for_the_journal(_("came without a confirmed place"))
    advance(registration, R.ATTENDED, table=states.REGISTRATION, by=by, reason=came, walk_in=True)


@transaction.atomic
def add_walk_in(asked: Asked, *, by: User, now: dt.datetime | None = None) -> Registration:
    """Somebody at the door whom nobody knew: a request of their own, that came. Nothing is consented to for them."""
    registration = keep_draft(None, {})
    agreed = Agreement(
        entered_by=by, agreed_with=for_the_journal(_("themselves, at the door")), agreed_on=timezone.localdate(now)
    )
    submit_request(registration, asked, acknowledge=False, agreed=agreed, now=now)
    mark_attendance(registration, True, by=by, now=now)
    return registration


# --- after -----------------------------------------------------------------------------------------------------------


def queue_thank_yous(*, now: dt.datetime | None = None) -> int:
    """Two days after the day, to everybody who came; once each. Whoever is not marked yet waits for the register."""
    return _write_after(THANK_YOU_AFTER, R.ATTENDED, emails.thank_you, now)


def queue_sorry_letters(*, now: dt.datetime | None = None) -> int:
    """The next day, to everybody who was marked absent; once each, and never beside a thank-you. Or a call."""
    return _write_after(SORRY_AFTER, R.ABSENT, emails.sorry_missed, now, ring="sorry")


def _write_after(
    after: dt.timedelta,
    state: str,
    compose: Callable[[Registration], Letter | None],
    now: dt.datetime | None,
    *,
    ring: str = "",
) -> int:
    """One letter to each; whoever has no e-mail address is rung about the step `ring`. Returns how many letters."""
    latest = timezone.localdate(now) - after
    people = Registration.objects.filter(
        state=state,
        event__held_on__lte=latest,
        event__held_on__gt=latest - TOO_LATE,
        event__cancelled_at=None,
        thanked_at=None,
    ).select_related("event__programme", "person", "membership__organisation")
    queued = 0
    for registration in people:
        with transaction.atomic():
            mine = Registration.objects.filter(pk=registration.pk, state=state, thanked_at=None)
            if not mine.update(thanked_at=now or timezone.now()):
                continue
            letter = compose(registration)
            if letter is None and ring:
                add_call(registration, Call.Why.NO_EMAIL, about=f"registration:{registration.code}:{ring}")
            queued += queue_letter(letter) is not None
    return queued
