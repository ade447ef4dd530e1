"""Letters about asking, being invited and coming: one function each; nothing here saves or sends."""

import datetime as dt
from collections.abc import Mapping, Sequence
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
    send_after: dt.datetime | None = None,
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
            send_after=send_after,
        )


def stop_by_mail(event: Event) -> dict[str, str]:
    """For reminders: the mail program's own "unsubscribe" writes to the officer, who takes it as an answer."""
    return {"List-Unsubscribe": f"<mailto:{event.programme.officer_email}?subject=unsubscribe>"}


WARM_UP, JOINING_NOTES, DAY_BEFORE, COSTS = "warm-up", "joining-notes", "day-before", "costs"


def about_the_day(registration: Registration, step: str, *, time: int) -> str:
    """How the key of a letter begins that everybody with a place gets once.

    `time` counts how often their place was confirmed: who withdrew and comes after all gets it again.
    """
    return f"registration:{registration.code}:{step}" + (f"-{time}" if time > 1 else "")


def key_to(registration: Registration, step: str, *, time: int) -> str:
    """The whole key of that letter."""
    person, _event = _person_and_event(registration)
    return f"{about_the_day(registration, step, time=time)}:{person.code}"


def invitation_key(invitation: Invitation) -> str:
    """How the key of an invitation's letter begins; the person's code follows."""
    step = "offer" if invitation.kind == Invitation.Kind.OFFER else "sent"
    return f"invitation:{invitation.code}:{step}"


def reminder_key(invitation: Invitation, days: int) -> str:
    """The whole key of the reminder so many days before the day to answer by."""
    person, _event = _person_and_event(invitation.registration)
    return f"invitation:{invitation.code}:reminder-{days}:{person.code}"


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


def invitation(invitation: Invitation, *, token: str, words: str = "") -> Letter | None:
    """The invitation, or the offer of a place that became free; `words` are the staff's own."""
    person, event = _person_and_event(invitation.registration)
    return letter_to(
        "events/offer" if invitation.kind == Invitation.Kind.OFFER else "events/invitation",
        event,
        person,
        key=invitation_key(invitation),
        invitation=invitation,
        organisation=invitation.registration.organisation,
        words=words,
        link=page("events:invitation-detail", token, language=person.language),
    )


def reminder(invitation: Invitation, *, days: int, token: str) -> Letter | None:
    person, event = _person_and_event(invitation.registration)
    return letter_to(
        "events/reminder",
        event,
        person,
        key=reminder_key(invitation, days).rpartition(":")[0],
        headers=stop_by_mail(event),
        invitation=invitation,
        link=page("events:invitation-detail", token, language=person.language),
    )


def substitute(invitation: Invitation, *, sent_by: str, token: str) -> Letter | None:
    """To the colleague somebody named to come in their place."""
    person, event = _person_and_event(invitation.registration)
    return letter_to(
        "events/substitute",
        event,
        person,
        key=invitation_key(invitation),
        invitation=invitation,
        organisation=invitation.registration.organisation,
        sent_by=sent_by,
        link=page("events:invitation-detail", token, language=person.language),
    )


def place_confirmed(registration: Registration, *, key: str, token: str) -> Letter | None:
    person, event = _person_and_event(registration)
    return letter_to(
        "events/place_confirmed",
        event,
        person,
        key=f"{key}:confirmed",
        attachments=(calendar.calendar_file(registration),),
        link=page("events:request-detail", token, language=person.language),
        sign_in=page("my", language=person.language),
    )


def considering(registration: Registration, *, key: str, token: str, words: str = "") -> Letter | None:
    """Nothing is decided, and there may be room: no waiting list."""
    person, event = _person_and_event(registration)
    return letter_to(
        "events/considering",
        event,
        person,
        key=f"{key}:considering",
        words=words,
        link=page("events:request-detail", token, language=person.language),
    )


def waiting(registration: Registration, *, key: str, full: bool, token: str, words: str = "") -> Letter | None:
    """`full` when they said yes and the last place had just gone."""
    person, event = _person_and_event(registration)
    return letter_to(
        "events/waiting",
        event,
        person,
        key=f"{key}:waiting",
        full=full,
        words=words,
        link=page("events:request-detail", token, language=person.language),
    )


def not_this_time(registration: Registration, *, key: str, reason: str) -> Letter | None:
    person, event = _person_and_event(registration)
    return letter_to("events/not_this_time", event, person, key=f"{key}:not-this-time", reason=reason)


def no_event_near(registration: Registration, *, key: str, reason: str, later_rounds: bool) -> Letter | None:
    """`later_rounds` when they agreed to hear about those."""
    person, event = _person_and_event(registration)
    return letter_to(
        "events/no_event_near", event, person, key=f"{key}:no-event-near", reason=reason, later_rounds=later_rounds
    )


def elsewhere(registration: Registration, *, key: str, reason: str, other: Event | None) -> Letter | None:
    """`other` is the event we suggest instead, where there is one."""
    person, event = _person_and_event(registration)
    link = ("events:event-detail", other.slug) if other else ("home",)
    return letter_to(
        "events/elsewhere",
        event,
        person,
        key=f"{key}:elsewhere",
        reason=reason,
        other=other,
        link=page(*link, language=person.language),
    )


def moved(new: Registration, *, old: Registration, token: str, had_place: bool) -> Letter | None:
    """To somebody who asks for another event now; `had_place` takes the old day out of their calendar."""
    person, event = _person_and_event(new)
    return letter_to(
        "events/moved",
        event,
        person,
        key=f"registration:{new.code}:moved",
        attachments=(calendar.calendar_file(old, cancelled=True),) if had_place else (),
        old_event=old.event,
        had_place=had_place,
        link=page("events:request-detail", token, language=person.language),
    )


def withdrawn(registration: Registration, *, key: str, colleague: str = "") -> Letter | None:
    """To somebody who had a place; `colleague` comes instead."""
    person, event = _person_and_event(registration)
    return letter_to(
        "events/withdrawn",
        event,
        person,
        key=f"{key}:withdrawn",
        attachments=(calendar.calendar_file(registration, cancelled=True),),
        colleague=colleague,
    )


def place_given_back(
    registration: Registration,
    *,
    key: str,
    reason: str,
    offers: Sequence[Invitation],
    colleague: Person | None = None,
    new_event: Event | None = None,
    first_in_line: Sequence[Registration] = (),
) -> Letter:
    """To the officer, or to who covers while the officer is away: a place is free, and who was offered it.

    `first_in_line` are those to ring, where it is too late for an offer.
    """
    person, event = _person_and_event(registration)
    programme = event.programme
    covered = programme.is_away and programme.cover_email
    return compose(
        "events/place_given_back",
        key=f"{key}:given-back:staff",
        to_email=programme.cover_email if covered else programme.officer_email,
        to_name=programme.cover_name if covered else programme.officer_name,
        person_code="",
        language="en",
        context={
            "person": person,
            "organisation": registration.organisation,
            "event": event,
            "programme": programme,
            "reason": reason,
            "offers": offers,
            "colleague": colleague,
            "new_event": new_event,
            "first_in_line": first_in_line,
        },
    )


def costs_decided(registration: Registration, *, key: str, granted: bool, words: str, token: str) -> Letter | None:
    """The officer's yes or no to help with costs; nothing of what the guest wrote is in it."""
    person, event = _person_and_event(registration)
    return letter_to(
        "events/costs_decided",
        event,
        person,
        key=f"{key}:{COSTS}",
        granted=granted,
        words=words,
        link=page("events:request-detail", token, language=person.language),
    )


def warm_up(registration: Registration, *, token: str, time: int = 1) -> Letter | None:
    """Two weeks before the day: do they still come?"""
    person, event = _person_and_event(registration)
    return letter_to(
        "events/warm_up",
        event,
        person,
        key=about_the_day(registration, WARM_UP, time=time),
        headers=stop_by_mail(event),
        link=page("events:still-coming", token, language=person.language),
    )


def joining_notes(registration: Registration, *, token: str, time: int = 1) -> Letter | None:
    person, event = _person_and_event(registration)
    return letter_to(
        "events/joining_notes",
        event,
        person,
        key=about_the_day(registration, JOINING_NOTES, time=time),
        link=page("events:request-detail", token, language=person.language),
    )


def day_before(registration: Registration, *, token: str, time: int = 1) -> Letter | None:
    person, event = _person_and_event(registration)
    return letter_to(
        "events/day_before",
        event,
        person,
        key=about_the_day(registration, DAY_BEFORE, time=time),
        link=page("events:request-detail", token, language=person.language),
    )


def event_changed(
    registration: Registration,
    *,
    sequence: int,
    words: str,
    token: str,
    answer_by: dt.datetime | None = None,
    after: dt.datetime | None = None,
) -> Letter | None:
    """The facts as they are now, and the calendar file that replaces the old one for who has a place.

    `answer_by`: until when who is invited can answer.
    """
    person, event = _person_and_event(registration)
    confirmed = registration.state == Registration.State.CONFIRMED
    return letter_to(
        "events/event_changed",
        event,
        person,
        key=f"registration:{registration.code}:changed-{sequence}",
        attachments=(calendar.calendar_file(registration),) if confirmed else (),
        send_after=after,
        confirmed=confirmed,
        answer_by=answer_by,
        words=words,
        link=page("events:request-detail", token, language=person.language),
    )


def event_cancelled(registration: Registration, *, sequence: int, words: str, had_place: bool) -> Letter | None:
    person, event = _person_and_event(registration)
    return letter_to(
        "events/event_cancelled",
        event,
        person,
        key=f"registration:{registration.code}:cancelled-{sequence}",
        attachments=(calendar.calendar_file(registration, cancelled=True),) if had_place else (),
        confirmed=had_place,
        words=words,
    )


def thank_you(registration: Registration) -> Letter | None:
    person, event = _person_and_event(registration)
    return letter_to(
        "events/thank_you",
        event,
        person,
        key=f"registration:{registration.code}:thank-you",
        sign_in=page("my", language=person.language),
    )


def sorry_missed(registration: Registration) -> Letter | None:
    """To somebody who had a place and did not come; no blame."""
    person, event = _person_and_event(registration)
    return letter_to(
        "events/sorry_missed",
        event,
        person,
        key=f"registration:{registration.code}:sorry",
        sign_in=page("my", language=person.language),
    )


def _person_and_event(registration: Registration) -> tuple[Person, Event]:
    if registration.person is None or registration.event is None:
        raise ValueError("a draft has nobody to write to")
    return registration.person, registration.event
