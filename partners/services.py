"""What changes about people and organisations: mailboxes, consents, places, and the words others may see."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from partners import geography
from partners.models import Consent, Kind, Listing, Organisation, Person, User
from pwp.refusals import Refused

CONSENT_TEXT_VERSION = "2026-11"


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


def record_consents(person: Person, answers: Mapping[str, bool], *, channel: str) -> None:
    """Add a line to the ledger for each purpose whose answer differs from the last one."""
    for purpose, given in answers.items():
        last = person.consents.filter(purpose=purpose).order_by("-at", "-pk").first()
        if last is None or last.given != given:
            Consent.objects.create(
                person=person,
                purpose=Consent.Purpose(purpose),
                given=given,
                text_version=CONSENT_TEXT_VERSION,
                channel=channel,
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
        language=language,
        when=words.when,
        how_much=words.how_much,
        cost_covered=words.cost_covered,
    )
    listing.kinds.set(words.kinds)
    return listing


@transaction.atomic
def edit_listing(listing: Listing, words: ListingWords) -> None:
    """Keep the wording others see until staff have read the new one; everything else changes at once."""
    listing.pending_text = "" if words.text == listing.text else words.text
    listing.when, listing.how_much, listing.cost_covered = words.when, words.how_much, words.cost_covered
    listing.hidden_reason = ""
    listing.save()
    listing.kinds.set(words.kinds)


def describe_organisation(organisation: Organisation, text: str, *, language: str) -> None:
    """The organisation's own description; a new one waits for staff. Does not save."""
    organisation.language = language
    organisation.pending_description = "" if text == organisation.description else text


def approve_listings(listings: Iterable[Listing]) -> int:
    """Let others see the new wording. Returns how many listings changed."""
    waiting = [listing for listing in listings if listing.pending_text]
    for listing in waiting:
        listing.text, listing.pending_text, listing.hidden_reason = listing.pending_text, "", ""
        listing.save(update_fields=["text", "pending_text", "hidden_reason", "updated_at"])
    return len(waiting)


def return_listing(listing: Listing, *, reason: str) -> None:
    """Do not show the new wording; its people read why and can change it."""
    if not reason.strip():
        raise Refused(_("Please say why, so that they know what to change."))
    listing.hidden_reason = reason
    listing.save(update_fields=["hidden_reason", "updated_at"])


def approve_description(organisation: Organisation) -> bool:
    if not organisation.pending_description:
        return False
    organisation.description, organisation.pending_description = organisation.pending_description, ""
    organisation.save(update_fields=["description", "pending_description", "updated_at"])
    return True


@transaction.atomic
def approve_texts(organisation: Organisation) -> int:
    """Approve everything of this organisation that waits to be read. Returns how many texts changed."""
    return approve_listings(organisation.listings.all()) + approve_description(organisation)
