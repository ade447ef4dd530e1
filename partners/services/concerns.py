"""Somebody is worried about a text: it is taken away at once, the safeguarding lead is told, staff close it."""

from collections.abc import Sequence
from datetime import datetime

from django.apps import apps
from django.db import transaction
from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from partners import emails, states
from partners.contacts import contacts
from partners.models import Concern, Listing, Organisation
from partners.models.records import RecordState
from partners.services.texts import hide_description, hide_listing
from pwp.journal.models import By, Entry, write_entry
from pwp.outbox.services import queue_letter, stop_quotes
from pwp.refusals import Refused
from pwp.states import advance


@transaction.atomic
def report_concern(
    organisation: Organisation, listing: Listing | None = None, *, worry: str, by: By, now: datetime | None = None
) -> Concern:
    """Restrict the text (the description, without a listing) and tell the lead. The worry is in no letter, no journal.

    A text has one open concern: what a second person says is added to it, and the lead is told again. Raises Refused
    without words.
    """
    now = now or timezone.now()
    if not worry.strip():
        raise Refused(_("Please say in a few words what worries you."))
    _lock(organisation)
    about = Concern.objects.filter(organisation=organisation, listing=listing, taken_from=[])
    known = about.filter(state=Concern.State.OPEN).last()
    if known is not None:
        return _add(known, worry=worry.strip(), by=by, now=now)
    concern = Concern.objects.create(
        organisation=organisation, listing=listing, worry=worry, reported_by=str(by), reported_at=now
    )
    subject = _subject(concern)
    if type(subject)._base_manager.filter(pk=subject.pk, restricted_at=None).update(restricted_at=now):
        subject.restricted_at = now
    if listing is not None and listing.text:
        stop_quotes(listing.text)
    write_entry(subject, RecordState.SHOWN, RecordState.RESTRICTED, by=by)
    write_entry(concern, "", Concern.State.OPEN, by=by)
    queue_letter(emails.concern_reported(concern, contacts=contacts()), urgent=True)
    return concern


@transaction.atomic
def report_words(
    organisation: Organisation,
    places: Sequence[tuple[Model, str]],
    *,
    worry: str,
    by: By,
    now: datetime | None = None,
) -> Concern:
    """Words in neither a listing nor a description: they go from each of their places, (row, column), into the concern.

    Raises Refused without a worry, or when the words are no longer what they were.
    """
    now = now or timezone.now()
    if not worry.strip():
        raise Refused(_("Please say in a few words what worries you."))
    _lock(organisation)
    taken = [[row._meta.label_lower, row.pk, column, getattr(row, column)] for row, column in places]
    for row, column in places:
        as_read = type(row)._base_manager.filter(**{"pk": row.pk, column: getattr(row, column)})
        if not as_read.exclude(**{column: ""}).update(**{column: ""}):
            raise Refused(_("These words have changed since you read them. Please look again."))
    concern = Concern.objects.create(
        organisation=organisation,
        words=max((text for _model, _key, _column, text in taken), key=len),
        taken_from=taken,
        worry=worry,
        reported_by=str(by),
        reported_at=now,
    )
    write_entry(concern, "", Concern.State.OPEN, by=by)
    queue_letter(emails.concern_reported(concern, contacts=contacts()), urgent=True)
    return concern


def _give_back(concern: Concern) -> None:
    """To every place that is still there and has no newer words."""
    for label, key, column, text in concern.taken_from:
        apps.get_model(label)._base_manager.filter(**{"pk": key, column: ""}).update(**{column: text})
    concern.taken_from = [[label, key, column, ""] for label, key, column, _text in concern.taken_from]
    concern.words = ""
    concern.save(update_fields=["taken_from", "words"])


def _add(concern: Concern, *, worry: str, by: By, now: datetime) -> Concern:
    """Saying the same again, as a second click does, adds nothing."""
    if worry in concern.worry:
        return concern
    concern.worry = f"{concern.worry}\n\n{by}, {timezone.localtime(now):%Y-%m-%d %H:%M}:\n{worry}"
    concern.save(update_fields=["worry"])
    write_entry(concern, Concern.State.OPEN, Concern.State.OPEN, by=by)
    times = Entry.objects.about(concern).filter(to_state=Concern.State.OPEN).count()
    queue_letter(emails.concern_reported(concern, contacts=contacts(), time=times), urgent=True)
    return concern


@transaction.atomic
def close_concern(
    concern: Concern, *, by: By, outcome: str, hide_because: str = "", now: datetime | None = None
) -> None:
    """Write down what was done. The text comes back, or stays hidden and its people are told why.

    While another concern about the same text is open, because two records were merged, the text stays restricted.
    Raises Refused without an outcome.
    """
    now = now or timezone.now()
    if not outcome.strip():
        raise Refused(_("Please write down what was done: somebody will ask in a year."))
    _lock(concern.organisation)
    advance(concern, Concern.State.CLOSED, table=states.CONCERN, by=by, outcome=outcome, closed_at=now)
    if concern.taken_from:
        if not hide_because:
            _give_back(concern)
        return
    subject = _subject(concern)
    same_text = Concern.objects.filter(organisation=concern.organisation, listing=concern.listing, taken_from=[])
    if same_text.filter(state=Concern.State.OPEN).exists():
        return
    if hide_because and isinstance(subject, Listing):
        hide_listing(subject, reason=hide_because, by=by, now=now)
    elif hide_because:
        hide_description(concern.organisation, reason=hide_because, by=by, now=now)
    elif subject.restricted_at is not None:
        type(subject)._base_manager.filter(pk=subject.pk).update(restricted_at=None)
        subject.restricted_at = None
        write_entry(subject, RecordState.RESTRICTED, RecordState.SHOWN, by=by)


def _lock(organisation: Organisation) -> None:
    """So that a text does not come back while somebody else is reporting it."""
    Organisation.objects.select_for_update().get(pk=organisation.pk)


def _subject(concern: Concern) -> Listing | Organisation:
    return concern.listing or concern.organisation
