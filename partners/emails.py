"""Letters about texts: one function each; nothing here saves or sends."""

from django.conf import settings
from django.urls import reverse
from django.utils import translation

from partners.contacts import Contacts
from partners.models import Concern, Organisation, Person
from pwp.outbox.letters import Letter, compose


def page(name: str, *args: object, language: str) -> str:
    """The full address of a page of ours in that language."""
    with translation.override(language):
        return f"{settings.SITE_URL}{reverse(name, args=args)}"


def text_hidden(
    organisation: Organisation, person: Person, *, key: str, reason: str, contacts: Contacts
) -> Letter | None:
    """To each of its people: why others no longer see a text, and where to change it."""
    if not person.contact_email:
        return None
    return compose(
        "partners/text_hidden",
        key=f"{key}:hidden:{person.code}",
        to_email=person.contact_email,
        to_name=person.name,
        person_code=person.code,
        language=person.language,
        context={
            "person": person,
            "organisation": organisation,
            "reason": reason,
            "contacts": contacts,
            "link": page("partners:profile", organisation.code, language=person.language),
        },
        headers={"Reply-To": contacts.officer_email} if contacts.officer_email else {},
    )


def concern_reported(concern: Concern, *, contacts: Contacts, time: int = 1) -> Letter | None:
    """To the safeguarding lead, or to the officer while there is none. Neither the text nor the worry is in it.

    `time` counts who was worried: the lead hears of each.
    """
    if not contacts.told_email:
        return None
    return compose(
        "partners/concern",
        key=f"concern:{concern.code}:reported{f'-{time}' if time > 1 else ''}:staff",
        to_email=contacts.told_email,
        to_name=contacts.told_name,
        person_code="",
        language="en",
        context={
            "name": contacts.told_name,
            "concern": concern,
            "organisation": concern.organisation,
            "contacts": contacts,
            "link": page("admin:partners_concern_change", concern.pk, language="en"),
        },
    )
