"""Asking for an invitation, by oneself or through staff; and the talk that follows."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from events import emails, states
from events.asking import Agreement, Asked
from events.models import Conversation, Programme, Registration
from events.services.telling import request_token
from partners.models import Listing, MailedLink, Membership, Organisation, Person, User
from partners.services import place_organisation, record_consents
from pwp.outbox.services import queue_letter
from pwp.refusals import Refused
from pwp.states import advance

R = Registration.State

DRAFT_DAYS = 30
LONGEST_KEPT = 20_000  # characters of one answer in a draft; more than any form accepts


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

    However often and however fast a form is sent, it is one request: the token's hash is unique. Raises Refused for a
    token that belongs to something else, and for a request that was deleted; the form may be sent again with a new one.
    """
    for _attempt in range(2):
        link = MailedLink.objects.with_token(token, MailedLink.Purpose.DRAFT).first()
        if link is not None:
            registration = Registration.objects.filter(code=link.subject_code).first()
            if registration is None:
                raise Refused(_("The request this form made was deleted. Send the form again to make a new one."))
            return registration
        try:
            with transaction.atomic():
                registration = Registration.objects.create()
                MailedLink.make(MailedLink.Purpose.DRAFT, registration.code, person=None, days=DRAFT_DAYS, token=token)
                return registration
        except IntegrityError:  # the same form, sent twice at once: the other one made it
            continue
    raise Refused(_("Your form could not be kept just now. Please send it again: nothing you typed is lost."))


def mail_draft_link(registration: Registration, *, email: str, name: str, token: str, language: str) -> None:
    programme = Programme.objects.first()
    if programme:
        queue_letter(
            emails.draft_link(
                registration, email=email, name=name, token=token, language=language, programme=programme
            ),
            urgent=True,
        )


@transaction.atomic
def submit_request(
    registration: Registration,
    asked: Asked,
    *,
    acknowledge: bool = True,
    agreed: Agreement | None = None,
    now: dt.datetime | None = None,
) -> str:
    """Turn a draft into a request. It never attaches itself to people or organisations we know: staff do that.

    `acknowledge` is off when that mailbox got many letters just now; `agreed` says who entered it for somebody else.
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
        by=agreed.entered_by if agreed else person.name,
        requested_at=now,
        answers={},
        event=asked.event,
        person=person,
        membership=registration.membership,
        **(agreed.stamps() if agreed else {}),
    )
    MailedLink.objects.filter(subject_code=registration.code, purpose=MailedLink.Purpose.DRAFT).update(revoked_at=now)
    token = request_token(registration)
    if acknowledge:
        queue_letter(emails.acknowledgement(registration, token=token), urgent=True)
    return token


def name_decider(registration: Registration, name: str) -> None:
    """Keep who decides for the organisation, where they who ask do not; "" takes it away."""
    Membership.objects.filter(registrations=registration).update(decider=name)


@transaction.atomic
def log_conversation(conversation: Conversation, *, by: User) -> None:
    """Keep what was said; the first talk moves a new request on."""
    conversation.by = by
    conversation.save()
    registration = conversation.registration
    if registration.state == R.REQUESTED:
        advance(registration, R.TALKING, table=states.REGISTRATION, by=by, reason=conversation.summary[:200])
