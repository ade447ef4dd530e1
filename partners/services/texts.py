"""The words others may see: typed by an organisation's people, read by staff, shown, returned or hidden.

A text is restricted while somebody is worried about it (`partners.services.concerns`): then nobody edits, approves or
sees it. The journal has a line for everything staff decide about a text.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from partners import emails
from partners.contacts import contacts
from partners.models import Kind, Listing, Organisation
from partners.models.records import RecordState
from pwp.journal.models import By, write_entry
from pwp.outbox.services import queue_letter
from pwp.refusals import Refused

WORDS = ("text", "when", "how_much", "pending_text", "pending_when", "pending_how_much")
STAFF = "the staff"  # in the journal, where no single person read the text: the demo, lists that were imported


@dataclass(frozen=True)
class ListingWords:
    """One line as somebody typed it."""

    side: str
    text: str
    when: str = ""
    how_much: str = ""
    cost_covered: bool | None = None
    kinds: tuple[Kind, ...] = ()


@transaction.atomic
def add_listing(organisation: Organisation, words: ListingWords, *, language: str) -> Listing:
    """Add a need or an offer; others see it once staff have read it."""
    listing = Listing.objects.create(
        organisation=organisation,
        side=words.side,
        pending_text=words.text,
        pending_when=words.when,
        pending_how_much=words.how_much,
        language=language,
        cost_covered=words.cost_covered,
    )
    listing.kinds.add(*words.kinds)
    return listing


@transaction.atomic
def edit_listing(listing: Listing, words: ListingWords) -> None:
    """Keep the words others see until staff have read the new ones; the kinds change at once."""
    refuse_restricted(listing)
    as_shown = (listing.text, listing.when, listing.how_much)
    changed = (words.text, words.when, words.how_much) != as_shown
    new = (words.text, words.when, words.how_much) if changed else ("", "", "")
    listing.pending_text, listing.pending_when, listing.pending_how_much = new
    listing.hidden_reason = ""
    listing.save(update_fields=["pending_text", "pending_when", "pending_how_much", "hidden_reason", "updated_at"])
    listing.kinds.set(words.kinds)


@transaction.atomic
def remove_listing(listing: Listing) -> None:
    """Remove a line for good; one that a concern is about stays until the concern is closed, and the concern stays."""
    refuse_restricted(listing)
    listing.concerns.update(listing=None)
    listing.delete()


def refuse_restricted(record: Listing | Organisation) -> None:
    if record.restricted_at is not None:
        raise Refused(_("We are looking at these words. Until we have, nobody can change them; please call us."))


def describe_organisation(organisation: Organisation, text: str, *, language: str) -> None:
    """The organisation's own description; a new one waits for staff. Does not save."""
    if organisation.restricted_at is not None:
        return
    organisation.language = language
    organisation.pending_description = "" if text == organisation.description else text
    organisation.description_hidden_reason = ""


@transaction.atomic
def approve_listings(listings: Iterable[Listing], *, by: By = STAFF) -> int:
    """Let others see the new wording. Returns how many listings changed."""
    waiting = [listing for listing in listings if listing.pending_text]
    return sum(_approve(listing, by=by) for listing in waiting)


def _approve(listing: Listing, *, by: By) -> int:
    """Approve the wording that was read; one that was changed or restricted in the meantime waits."""
    as_read = Listing.objects.filter(pk=listing.pk, pending_text=listing.pending_text, restricted_at=None)
    approved = as_read.update(
        text=listing.pending_text,
        when=F("pending_when"),
        how_much=F("pending_how_much"),
        pending_text="",
        pending_when="",
        pending_how_much="",
        hidden_reason="",
        updated_at=timezone.now(),
    )
    if approved:
        write_entry(listing, RecordState.WAITING, RecordState.SHOWN, by=by)
    return approved


@transaction.atomic
def return_listing(listing: Listing, *, reason: str, by: By = STAFF) -> None:
    """Do not show the new wording; its people read why and can change it."""
    _need_a_reason(reason)
    refuse_restricted(listing)
    listing.hidden_reason = reason
    listing.save(update_fields=["hidden_reason", "updated_at"])
    write_entry(listing, RecordState.WAITING, RecordState.RETURNED, by=by, reason=reason)


@transaction.atomic
def hide_listing(listing: Listing, *, reason: str, by: By, now: datetime | None = None) -> None:
    """Take a hostile or advertising text away from others; its people are told why and how to change it."""
    _need_a_reason(reason)
    now = now or timezone.now()
    latest = (listing.latest_text, listing.latest_when, listing.latest_how_much)
    listing.pending_text, listing.pending_when, listing.pending_how_much = latest
    listing.text = listing.when = listing.how_much = ""
    listing.hidden_reason, listing.restricted_at = reason, None
    listing.save(update_fields=[*WORDS, "hidden_reason", "restricted_at", "updated_at"])
    write_entry(listing, RecordState.SHOWN, RecordState.HIDDEN, by=by, reason=reason)
    _tell_its_people(listing.organisation, reason, what=f"listing:{listing.code}", now=now)


@transaction.atomic
def approve_description(organisation: Organisation, *, by: By = STAFF) -> bool:
    if not organisation.pending_description:
        return False
    as_read = Organisation.objects.filter(
        pk=organisation.pk, pending_description=organisation.pending_description, restricted_at=None
    )
    approved = as_read.update(
        description=organisation.pending_description,
        pending_description="",
        description_hidden_reason="",
        updated_at=timezone.now(),
    )
    if approved:
        write_entry(organisation, RecordState.WAITING, RecordState.SHOWN, by=by)
    return bool(approved)


@transaction.atomic
def return_description(organisation: Organisation, *, reason: str, by: By) -> None:
    """Do not show the new description; its people read why and can change it."""
    _need_a_reason(reason)
    refuse_restricted(organisation)
    organisation.description_hidden_reason = reason
    organisation.save(update_fields=["description_hidden_reason", "updated_at"])
    write_entry(organisation, RecordState.WAITING, RecordState.RETURNED, by=by, reason=reason)


@transaction.atomic
def hide_description(organisation: Organisation, *, reason: str, by: By, now: datetime | None = None) -> None:
    """Take the description away from others; its people are told why and how to change it."""
    _need_a_reason(reason)
    now = now or timezone.now()
    organisation.pending_description = organisation.pending_description or organisation.description
    organisation.description = ""
    organisation.description_hidden_reason, organisation.restricted_at = reason, None
    organisation.save(
        update_fields=[
            "pending_description",
            "description",
            "description_hidden_reason",
            "restricted_at",
            "updated_at",
        ]
    )
    write_entry(organisation, RecordState.SHOWN, RecordState.HIDDEN, by=by, reason=reason)
    _tell_its_people(organisation, reason, what=f"organisation:{organisation.code}", now=now)


@transaction.atomic
def approve_texts(organisation: Organisation, *, by: By = STAFF) -> int:
    """Approve everything of this organisation that waits to be read. Returns how many texts changed."""
    waiting = [listing for listing in organisation.listings.all() if not listing.hidden_reason]
    described = not organisation.description_hidden_reason and approve_description(organisation, by=by)
    return approve_listings(waiting, by=by) + described


def _need_a_reason(reason: str) -> None:
    if not reason.strip():
        raise Refused(_("Please say why, so that they know what to change."))


def _tell_its_people(organisation: Organisation, reason: str, *, what: str, now: datetime) -> None:
    key, ours = f"{what}:{now:%Y%m%d%H%M%S}", contacts()
    for membership in organisation.memberships.select_related("person"):
        queue_letter(emails.text_hidden(organisation, membership.person, key=key, reason=reason, contacts=ours))
