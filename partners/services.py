"""What changes about people and organisations: mailboxes, consents, places, and the words others may see."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from partners import geography
from partners.models import Consent, Kind, Listing, Organisation, Person, User
from pwp.refusals import Refused


def may_sign_in(email: str) -> bool:
    """Whether somebody gave us this address: only then is a code worth sending."""
    return Person.objects.of_mailbox(email).exists()


@transaction.atomic
def open_mailbox(email: str) -> User:
    """The User of an address whose code came back; made now if this is the first time."""
    user, created = User.objects.get_or_create(email=email.strip().lower())
    if created:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    return user


def attach_people(user: User) -> int:
    """Let a proven mailbox act for the people who gave its address. Returns how many were attached."""
    return Person.objects.of_mailbox(user.email).filter(user=None).update(user=user)


def attach_proven(person: Person) -> None:
    """Let a mailbox that signed in before act for a person who just used a link mailed to it."""
    user = User.objects.filter(email=person.contact_email).first() if person.contact_email and not person.user else None
    if user:
        person.user = user
        person.save(update_fields=["user", "updated_at"])


def follow_mailbox(person: Person) -> None:
    """After the e-mail of a person changed: the old mailbox no longer acts for them, and a known new one does."""
    person.user = User.objects.filter(email=person.contact_email).first() if person.contact_email else None
    person.save(update_fields=["user", "updated_at"])


def record_consents(
    person: Person, answers: Mapping[str, bool], *, channel: str, latest: Mapping[str, bool] | None = None
) -> None:
    """Add a line to the ledger for each purpose that was never answered, or now is answered differently.

    `latest` is what they said last, where the caller knows it ({} for somebody new); else it is looked up.
    """
    if latest is None:
        latest = dict(person.consents.order_by("at", "pk").values_list("purpose", "given"))
    Consent.objects.bulk_create(
        Consent(
            person=person,
            purpose=Consent.Purpose(purpose),
            given=given,
            channel=channel,
        )
        for purpose, given in answers.items()
        if latest.get(purpose) != given
    )


def place_organisation(organisation: Organisation) -> None:
    """Fill council and grid reference from where the work happens, or else from the office. Does not save."""
    place = geography.locate(organisation.work_place)
    if place.certainty == geography.Certainty.UNKNOWN and organisation.postcode:
        place = geography.locate(organisation.postcode)
    organisation.council_code = place.council_code
    organisation.council_name = place.council_name
    organisation.easting, organisation.northing = place.easting, place.northing
    organisation.certainty = place.certainty
    organisation.council_share = place.council_share


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
    as_shown = (listing.text, listing.when, listing.how_much)
    changed = (words.text, words.when, words.how_much) != as_shown
    new = (words.text, words.when, words.how_much) if changed else ("", "", "")
    listing.pending_text, listing.pending_when, listing.pending_how_much = new
    listing.hidden_reason = ""
    listing.save(update_fields=["pending_text", "pending_when", "pending_how_much", "hidden_reason", "updated_at"])
    listing.kinds.set(words.kinds)


def describe_organisation(organisation: Organisation, text: str, *, language: str) -> None:
    """The organisation's own description; a new one waits for staff. Does not save."""
    organisation.language = language
    organisation.pending_description = "" if text == organisation.description else text


def approve_listings(listings: Iterable[Listing]) -> int:
    """Let others see the new wording. Returns how many listings changed."""
    waiting = [listing for listing in listings if listing.pending_text]
    return sum(_approve(listing) for listing in waiting)


def _approve(listing: Listing) -> int:
    """Approve the wording that was read; one that was changed in the meantime waits to be read again."""
    as_read = Listing.objects.filter(pk=listing.pk, pending_text=listing.pending_text)
    return as_read.update(
        text=listing.pending_text,
        when=F("pending_when"),
        how_much=F("pending_how_much"),
        pending_text="",
        pending_when="",
        pending_how_much="",
        hidden_reason="",
        updated_at=timezone.now(),
    )


def return_listing(listing: Listing, *, reason: str) -> None:
    """Do not show the new wording; its people read why and can change it."""
    if not reason.strip():
        raise Refused(_("Please say why, so that they know what to change."))
    listing.hidden_reason = reason
    listing.save(update_fields=["hidden_reason", "updated_at"])


def approve_description(organisation: Organisation) -> bool:
    if not organisation.pending_description:
        return False
    as_read = Organisation.objects.filter(pk=organisation.pk, pending_description=organisation.pending_description)
    return bool(
        as_read.update(description=organisation.pending_description, pending_description="", updated_at=timezone.now())
    )


@transaction.atomic
def approve_texts(organisation: Organisation) -> int:
    """Approve everything of this organisation that waits to be read. Returns how many texts changed."""
    return approve_listings(organisation.listings.all()) + approve_description(organisation)
