"""Mailboxes, the people behind them, and what those agreed to."""

from collections.abc import Mapping

from django.db import transaction

from partners.models import Consent, Membership, Person, User
from pwp.journal.models import By, write_entry


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


def note_authority(membership: Membership, before: str, *, by: By) -> None:
    """Their board agreed, or somebody else decides now: when it was, and who entered it, stays in the journal."""
    if membership.authority != before:
        write_entry(membership, before, membership.authority, by=by)


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
