"""Forgetting drafts and requests that are past their time: nothing is left by which anybody could be known."""

import datetime as dt
import re
from collections.abc import Iterable, Sequence

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Model, ProtectedError, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from events.models import Registration
from events.services.asking import DRAFT_DAYS
from partners.models import Concern, MailedLink, Organisation, Person, User
from pwp.journal.models import Entry
from pwp.outbox.models import KeptMail, Message

R = Registration.State

UNANSWERED_MONTHS = 6
SHORTEST_NAME = 3  # letters: a part of a name that is shorter could be anything
FORGOTTEN = _("a person who was forgotten")


def purge_old_requests(*, now: dt.datetime | None = None) -> int:
    """Delete drafts after 30 days, and requests that ended, or that nobody decided, after six months.

    Their people and organisations go with them where nothing else holds them: another request, an introduction.
    Returns how many requests were deleted.
    """
    now = now or timezone.now()
    _forget_drafts(before=now - dt.timedelta(days=DRAFT_DAYS))
    MailedLink.objects.filter(expires_at__lt=now).delete()
    limit = now - dt.timedelta(days=UNANSWERED_MONTHS * 30.4)
    Message.objects.filter(key__startswith="officer:", created_at__lt=limit).delete()  # each names several people
    KeptMail.objects.filter(at__lt=limit).delete()
    ended = Q(state__in=(R.NOT_THIS_TIME, R.ELSEWHERE, R.DECLINED, R.WITHDRAWN, R.MOVED), left_at__lt=limit)
    never_decided = Q(
        state__in=(R.REQUESTED, R.TALKING, R.WAITING), requested_at__lt=limit, event__held_on__lt=limit.date()
    )
    past = Registration.objects.filter(ended | never_decided).select_related("person__user", "membership__organisation")
    return sum(_forget(registration) for registration in past)


def _forget_drafts(*, before: dt.datetime) -> None:
    """With the letters that told where to go on, whether or not the request was sent in the end."""
    Registration.objects.filter(state=R.DRAFT, started_at__lt=before).delete()
    Message.objects.filter(key__startswith="draft:", created_at__lt=before).delete()


def _forget(registration: Registration) -> bool:
    """Remove one request, and its person, their letters and organisation where nothing else holds them."""
    person, membership = registration.person, registration.membership
    if person is None or membership is None:
        return False
    try:
        with transaction.atomic():
            organisation = membership.organisation
            _unname(registration, person)
            _forget_letters(registration)
            registration.delete()
            if not person.registrations.exists():
                records = [organisation, *organisation.listings.all(), *organisation.concerns.all()]
                _leave_out(person, records)
                _forget_person(person)
                if not organisation.memberships.exists() and not organisation.identifier:
                    _clear_log(records)
                    organisation.delete()
    except ProtectedError:  # introduced to somebody: that record stays until the pilot's end
        return False
    return True


def _unname(registration: Registration, person: Person) -> None:
    """What they did stays in the journal and the admin's log, without their name and without their words."""
    calls = list(registration.calls.all())
    talks = list(registration.conversations.all())
    said = [words[:200] for words in (*(talk.summary for talk in talks), *(call.note for call in calls)) if words]
    rows = [registration, *registration.invitations.all(), *calls]
    _forget_worrying_words(registration.organisation, [*rows, *talks, *registration.arrangements.all()])
    for row in rows:
        entries = Entry.objects.about(row)
        entries.filter(by=None, by_name=person.name).update(by_name=str(_("the person")), reason="")
        entries.filter(reason__in=said).update(reason="")
    _leave_out(person, rows)
    _clear_log([*rows, *talks, *registration.arrangements.all(), person])
    for other in _colleagues(registration):
        for row in (other, *other.invitations.all()):
            Entry.objects.about(row).filter(by=None, by_name=person.name).update(by_name=str(FORGOTTEN))


def _forget_worrying_words(organisation: Organisation, rows: Sequence[Model]) -> None:
    """What a concern took away from these rows is deleted with them; that there was a concern stays."""
    lines = (entry for row in rows for entry in Entry.objects.about(row))
    theirs = {(row._meta.label_lower, row.pk) for row in (*rows, *lines)}
    for concern in organisation.concerns.exclude(taken_from=[]):
        if any((label, key) in theirs for label, key, _column, _text in concern.taken_from):
            concern.taken_from = [[label, key, column, ""] for label, key, column, _text in concern.taken_from]
            concern.words = ""
            concern.save(update_fields=["taken_from", "words"])


def _colleagues(registration: Registration) -> list[Registration]:
    """Who came in their place, and in whose place they came."""
    return list(Registration.objects.filter(Q(substitute_for=registration) | Q(substitute=registration)))


def _leave_out(person: Person, rows: Iterable[Model]) -> None:
    """Staff's reasons stay, so that a decision can be explained; the person's name and address in them do not."""
    parts = [part for part in re.split(r"[^\w'’-]+", person.name) if len(part) >= SHORTEST_NAME]
    known = [part for part in (person.contact_email, person.phone, person.name, *parts) if part]
    pattern = re.compile("|".join(rf"(?<!\w){re.escape(part)}(?!\w)" for part in known), re.IGNORECASE)
    for row in rows:
        for entry in Entry.objects.about(row).exclude(reason=""):
            Entry.objects.filter(pk=entry.pk).update(reason=pattern.sub("…", entry.reason))
        for line in _log_of(row):
            words = pattern.sub("…", line.change_message)
            LogEntry.objects.filter(pk=line.pk).update(change_message=words)


def _clear_log(rows: Iterable[Model]) -> None:
    """The admin's own log says that something was changed, and no longer whose it was."""
    for row in rows:
        _log_of(row).update(object_repr=str(FORGOTTEN), change_message="")


def _log_of(row: Model) -> QuerySet[LogEntry]:
    return LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(row), object_id=str(row.pk))


def _forget_letters(registration: Registration) -> None:
    """Letters about this request, and those to a colleague that name who sent them, or who comes instead."""
    about = [f"registration:{registration.code}:"]
    about += [f"invitation:{code}:" for code in registration.invitations.values_list("code", flat=True)]
    for other in _colleagues(registration):
        about += [f"invitation:{code}:sent:" for code in other.invitations.values_list("code", flat=True)]
    named = Q()
    for key in about:
        named |= Q(key__startswith=key)
    for other in _colleagues(registration):
        named |= Q(key__startswith=f"registration:{other.code}:", key__contains=":withdrawn:")
    letters = Message.objects.filter(named)
    _clear_log(letters)
    letters.delete()


def _forget_person(person: Person) -> None:
    letters = Message.objects.to_person(person.code)
    _clear_log([*letters, *person.memberships.all()])
    letters.delete()
    name, user = person.name, person.user
    person.delete()
    if not Person.objects.filter(name=name).exists():  # else nobody could say which of the two it was
        Entry.objects.filter(by=None, by_name=name).update(by_name=str(FORGOTTEN))
    if user is not None and not user.is_staff and not user.people.exists():
        forget_mailbox(user)


def forget_mailbox(user: User) -> None:
    """What they reported stays, without their address."""
    Entry.objects.filter(Q(by=user) | Q(by=None, by_name=user.email)).update(by_name=str(FORGOTTEN))
    for concern in Concern.objects.filter(Q(reported_by=user.email) | Q(worry__contains=user.email)):
        concern.worry = concern.worry.replace(user.email, str(FORGOTTEN))
        if concern.reported_by == user.email:
            concern.reported_by = str(FORGOTTEN)
        concern.save(update_fields=["worry", "reported_by"])
    _clear_log([user])
    user.delete()
