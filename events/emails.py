"""Letters about asking, being invited and coming: one function each; nothing here saves or sends."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import translation

from events import calendar
from events.models import Event, Invitation, Registration
from partners.models import Person
from pwp.outbox.letters import Letter, compose


def page(name: str, *args: object, language: str) -> str:
    """The full address of a page of ours in that language."""
    with translation.override(language):
        return f"{settings.SITE_URL}{reverse(name, args=args)}"


def letter_to(
    template: str,
    event: Event,
    person: Person,
    *,
    key: str,
    attachments: Any = (),
    headers: Mapping[str, str] | None = None,
    **context: object,
) -> Letter | None:
    """A letter in the person's own language; None for somebody without an e-mail address."""
    if not person.contact_email:
        return None
    with translation.override(person.language):
        return compose(
            template,
            key=f"{key}:{person.code}",
            to_email=person.contact_email,
            to_name=person.name,
            person_code=person.code,
            language=person.language,
            context={"person": person, "event": event, "programme": event.programme, **context},
            headers={"Reply-To": event.programme.officer_email, **(headers or {})},
            attachments=attachments,
        )


def draft_link(
    registration: Registration, *, email: str, name: str, token: str, language: str, programme: Any
) -> Letter:
    """To the address somebody typed into a form they have not finished."""
    return compose(
        "events/draft_link",
        key=f"draft:{registration.code}:link:{token[:8]}",
        to_email=email,
        to_name=name,
        person_code="",
        language=language,
        context={
            "name": name,
            "programme": programme,
            "link": page("events:ask-resume", token, language=language),
        },
        headers={"Reply-To": programme.officer_email},
    )


def acknowledgement(registration: Registration, *, token: str) -> Letter | None:
    person, event = _person_and_event(registration)
    return letter_to(
        "events/acknowledgement",
        event,
        person,
        key=f"registration:{registration.code}:acknowledgement",
        organisation=registration.organisation,
        link=page("events:request-detail", token, language=person.language),
    )


def invitation(invitation: Invitation, *, token: str) -> Letter | None:
    person, event = _person_and_event(invitation.registration)
    return letter_to(
        "events/invitation",
        event,
        person,
        key=f"invitation:{invitation.code}:sent",
        invitation=invitation,
        organisation=invitation.registration.organisation,
        link=page("events:invitation-detail", token, language=person.language),
    )


def place_confirmed(registration: Registration, *, key: str, token: str) -> Letter | None:
    person, event = _person_and_event(registration)
    with translation.override(person.language):
        entry = calendar.event_calendar(event, uid=registration.code)
    return letter_to(
        "events/place_confirmed",
        event,
        person,
        key=f"{key}:confirmed",
        attachments=(("partnerships-with-purpose.ics", entry, "text/calendar"),),
        link=page("events:request-detail", token, language=person.language),
        sign_in=page("my", language=person.language),
    )


def waiting(registration: Registration, *, key: str, full: bool, token: str) -> Letter | None:
    """`full` when they said yes and the last place had just gone."""
    person, event = _person_and_event(registration)
    return letter_to(
        "events/waiting",
        event,
        person,
        key=f"{key}:waiting",
        full=full,
        link=page("events:request-detail", token, language=person.language),
    )


def not_this_time(registration: Registration, *, key: str, reason: str) -> Letter | None:
    person, event = _person_and_event(registration)
    return letter_to("events/not_this_time", event, person, key=f"{key}:not-this-time", reason=reason)


def thank_you(registration: Registration) -> Letter | None:
    person, event = _person_and_event(registration)
    return letter_to(
        "events/thank_you",
        event,
        person,
        key=f"registration:{registration.code}:thank-you",
        sign_in=page("my", language=person.language),
    )


def _person_and_event(registration: Registration) -> tuple[Person, Event]:
    if registration.person is None or registration.event is None:
        raise ValueError("a draft has nobody to write to")
    return registration.person, registration.event
