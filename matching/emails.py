"""Letters about suggestions and introductions; nothing here saves or sends."""

from collections.abc import Sequence

from events.emails import letter_to, page
from events.models import Registration
from matching.models import FollowUp, Introduction
from partners.models import Organisation, Person
from pwp.outbox.letters import Letter


def suggestions_ready(registration: Registration, *, count: int) -> Letter | None:
    if registration.event is None or registration.person is None:
        raise ValueError("a draft has nobody to write to")
    return letter_to(
        "matching/suggestions_ready",
        registration.event,
        registration.person,
        key=f"registration:{registration.code}:suggestions-ready",
        organisation=registration.organisation,
        count=count,
        link=page("matching:suggestion-list", registration.event.slug, language=registration.person.language),
    )


def introduction(
    introduction: Introduction,
    *,
    to: Person,
    other: Person,
    own_organisation: Organisation,
    other_organisation: Organisation,
    reasons: Sequence[str],
) -> Letter | None:
    return letter_to(
        "matching/introduction",
        introduction.suggestion.event,
        to,
        key=f"introduction:{introduction.code}:made",
        other=other,
        organisation=own_organisation,
        other_organisation=other_organisation,
        reasons=reasons,
    )


def follow_up(follow_up: FollowUp, *, other_organisation: Organisation, token: str) -> Letter | None:
    link = page("matching:follow-up", token, language=follow_up.person.language)
    letter = letter_to(
        "matching/follow_up",
        follow_up.introduction.suggestion.event,
        follow_up.person,
        key=f"introduction:{follow_up.introduction.code}:follow-up:{follow_up.rule}",
        other_organisation=other_organisation,
        introduced_on=follow_up.introduction.created_at,
        link=link,
        headers={
            "List-Unsubscribe": f"<{page('matching:follow-up-stop', token, language='en')}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
    )
    return letter
